"""The risk of a change: twelve terms from 0 to 1, each times its weight, added up. Pure.

What is not known counts as its worst and says so. The inputs are kept with the score, so that an
old score can be reckoned again when the weights have changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from changes.rules.shares import laplace

NOT_KNOWN = "not known, so counted as worst"


@dataclass(frozen=True)
class Weights:
    """Points of each term at its worst; together 100."""

    blast: float
    criticality: float
    redundancy: float
    reversibility: float
    novelty: float
    history: float
    size: float
    pressure: float
    vendor: float
    peak: float
    evidence: float
    collisions: float

    def __post_init__(self) -> None:
        """Refuse weights that do not make a scale of 0 to 100."""
        given = [getattr(self, each.name) for each in fields(self)]
        if min(given) < 0 or abs(sum(given) - 100) > 1e-6:
            raise ValueError(
                f"the weights add up to {sum(given):g}; none below 0, and 100 together"
            )


@dataclass(frozen=True)
class RiskTerms:
    """What scores are reckoned with: weights, and how bad each kind of thing is, 0 to 1."""

    weights: Weights
    effects: Mapping[str, float]
    criticality: Mapping[str, float]
    findings: Mapping[str, float]

    def __post_init__(self) -> None:
        """Refuse shares that are none."""
        for named in (self.effects, self.criticality, self.findings):
            if any(not 0 <= value <= 1 for value in named.values()):
                raise ValueError("effects, criticality and findings count 0 to 1 each")


@dataclass(frozen=True)
class RiskInputs:
    """What a score is reckoned from; None is not known.

    ``effects`` are the worst effect by market, ``shares`` what of all transactions each market
    has in the window. ``runs`` counts earlier ones of this model on the component it knows least.
    ``findings`` counts open ones by level.
    """

    effects: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, float | None] = field(default_factory=dict)
    criticality: str | None = None
    critical_name: str = ""
    spare_removed: float | None = None
    rollback_minutes: float = 0
    rollback_tested: bool = False
    window_minutes: float | None = None
    runs: int | None = None
    failures: int | None = None
    n: int | None = None
    history_of: str = ""
    planned_minutes: float | None = None
    largest_minutes: float | None = None
    overrun_ratio: float | None = None
    vendor: str = ""
    vendor_attends: bool = False
    peak_share: float | None = None
    tests: int = 0
    tests_missing: int = 0
    findings: Mapping[str, int] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, Any]:
        """Return the inputs as plain JSON, as they are stored."""
        return asdict(self)


def inputs_of(plain: Mapping[str, Any]) -> RiskInputs:
    """Return stored inputs; what an older release did not know is not known."""
    known = {each.name for each in fields(RiskInputs)}
    return RiskInputs(**{name: value for name, value in plain.items() if name in known})


@dataclass(frozen=True)
class Term:
    """One factor of a score: its value, 0 to 1, its weight, and what it was reckoned from."""

    key: str
    name: str
    value: float
    weight: float
    said: str
    is_known: bool = True

    @property
    def points(self) -> float:
        """Return what it adds to the score."""
        return self.value * self.weight


Reckoned = tuple[float | None, str]  # None is not known


def terms(inputs: RiskInputs, by: RiskTerms) -> list[Term]:
    """Return the twelve terms in the order of the reference."""
    found = []
    for key, (name, reckon) in _TERMS.items():
        value, said = reckon(inputs, by)
        known = value is not None
        worded = said if known else f"{said}: {NOT_KNOWN}"
        clamped = min(1.0, max(0.0, value if value is not None else 1.0))
        found.append(Term(key, name, clamped, getattr(by.weights, key), worded, known))
    return found


def score(found: Sequence[Term]) -> float:
    """Return the sum of unrounded terms, 0 to 100."""
    return min(100.0, sum(each.points for each in found))


def _blast(given: RiskInputs, by: RiskTerms) -> Reckoned:
    parts = [
        by.effects.get(effect, 1.0) * share
        for market, effect in given.effects.items()
        if (share := given.shares.get(market)) is not None
    ]
    count = f"{len(given.effects)} market{'s' * (len(given.effects) != 1)}"
    if not given.effects:
        return 0.0, "no market is touched"
    if len(parts) < len(given.effects):
        return None, f"{count}, whose share of transactions is"
    return sum(parts), f"{count}, share of transactions × effect: {_summands(given, by)}"


_MOST_SUMMANDS = 4


def _summands(given: RiskInputs, by: RiskTerms) -> str:
    """Return the sum, to be followed: ``KE 21.3 % × 1 + TZ 9.8 % × 0.6``, the largest first."""
    found = [
        (by.effects.get(effect, 1.0), given.shares.get(market) or 0.0, market)
        for market, effect in given.effects.items()
    ]
    found.sort(key=lambda each: (-each[0] * each[1], each[2]))
    shown = [f"{market} {100 * share:.1f} % × {weight:g}" for weight, share, market in found]
    rest = len(shown) - _MOST_SUMMANDS
    return " + ".join([*shown[:_MOST_SUMMANDS], *([f"{rest} more"] if rest > 0 else [])])


def _criticality(given: RiskInputs, by: RiskTerms) -> Reckoned:
    if given.criticality is None or given.criticality not in by.criticality:
        return None, "criticality is"
    return by.criticality[given.criticality], f"{given.critical_name}: {given.criticality}".strip(
        ": "
    )


def _redundancy(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if given.spare_removed is None:
        return None, "spare capacity is"
    share = round(given.spare_removed * 100)
    return given.spare_removed, f"takes {share} % of what is spare" if share else "none taken"


def _reversibility(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if not given.rollback_tested:
        return 1.0, "no tested roll-back"
    if not given.window_minutes:
        return None, "the window is"
    said = f"tested roll-back {given.rollback_minutes:g} of {given.window_minutes:g} min"
    return given.rollback_minutes / given.window_minutes, said


def _novelty(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if given.runs is None:
        return None, "earlier runs are"
    if not given.runs:
        return 1.0, "first time on this component"
    often = "once" if given.runs == 1 else f"{given.runs} times"
    return 0.0, f"done {often} before on this component"


def _history(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if given.n is None or given.failures is None:
        return None, "earlier failures are"
    of = f" of {given.history_of}" if given.history_of else ""
    said = f"{given.failures} of {given.n}{of}, Laplace {given.failures + 1} of {given.n + 2}"
    return laplace(given.failures, given.n), said


def _size(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if given.planned_minutes is None or not given.largest_minutes:
        return None, "size against the largest template is"
    said = f"{given.planned_minutes:g} min of steps, largest template {given.largest_minutes:g}"
    return given.planned_minutes / given.largest_minutes, said


def _pressure(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if not given.window_minutes or given.planned_minutes is None:
        return None, "window and planned time are"
    if given.overrun_ratio is None:
        return None, f"{given.planned_minutes:g} of {given.window_minutes:g} min, past overrun is"
    said = (
        f"{given.planned_minutes:g} min × {given.overrun_ratio:.2f} past overrun, "
        f"of {given.window_minutes:g}"
    )
    return given.planned_minutes * given.overrun_ratio / given.window_minutes, said


def _vendor(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if not given.vendor_attends:
        return 0.0, "no vendor has to be there"
    return 1.0, f"{given.vendor or 'a vendor'} must be present"


def _peak(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if given.peak_share is None:
        return None, "peak hours are"
    share = round(given.peak_share * 100)
    return given.peak_share, f"{share} % in peak hours or pay days" if share else "no overlap"


def _evidence(given: RiskInputs, _: RiskTerms) -> Reckoned:
    if not given.tests:
        return 1.0, "no tests are named"
    return given.tests_missing / given.tests, f"{given.tests_missing} of {given.tests} missing"


def _collisions(given: RiskInputs, by: RiskTerms) -> Reckoned:
    total = sum(by.findings.get(level, 0.0) * n for level, n in given.findings.items())
    n = sum(given.findings.values())
    return min(1.0, total), f"{n} open finding{'s' * (n != 1)}" if n else "no open finding"


_TERMS: Mapping[str, tuple[str, Callable[[RiskInputs, RiskTerms], Reckoned]]] = {
    "blast": ("Blast radius", _blast),
    "criticality": ("Criticality", _criticality),
    "redundancy": ("Redundancy loss", _redundancy),
    "reversibility": ("Reversibility", _reversibility),
    "novelty": ("Novelty", _novelty),
    "history": ("Failure history", _history),
    "size": ("Size", _size),
    "pressure": ("Window pressure", _pressure),
    "vendor": ("Vendor dependence", _vendor),
    "peak": ("Peak", _peak),
    "evidence": ("Test evidence", _evidence),
    "collisions": ("Collisions", _collisions),
}
