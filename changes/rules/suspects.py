"""Which change caused this incident: suspects ranked by a sum of terms, each of them shown.

score = time·exp(-dt/tau) + nearness/(1 + hops) + market·overlap + gate·(failed or inconclusive)
      + overran·(overran) + risk·(risk) + history·(failure history)

A suspect stays suspected until a person confirms it or rules it out: the score never does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp

Hops = Mapping[str, tuple[int, Sequence[str]]]  # component: hops from the incident, and the path


@dataclass(frozen=True)
class Weights:
    """What each term counts; their sum is the highest score there can be."""

    time: float
    nearness: float
    market: float
    gate: float
    overran: float
    risk: float
    history: float

    def __post_init__(self) -> None:
        """Refuse weights that would turn the ranking round."""
        if any(each < 0 for each in vars(self).values()):
            raise ValueError("a weight is below zero; 0 leaves a term out")

    @property
    def total(self) -> float:
        """Return the highest score there can be."""
        return float(sum(vars(self).values()))


@dataclass(frozen=True)
class SuspectPolicy:
    """The formula as data: weights, how fast time forgives, how far is looked back.

    ``market_hops`` stands for the distance of a change that names a market and no component;
    ``unknown_risk`` for the risk of what nobody scored. ``kept`` suspects are stored.
    """

    weights: Weights
    tau: timedelta
    look_back: timedelta
    market_hops: int = 2
    unknown_risk: float = 0.5
    shown: int = 8
    kept: int = 20

    def __post_init__(self) -> None:
        """Refuse what the formula cannot be reckoned with."""
        if self.tau <= timedelta(0) or self.look_back <= timedelta(0):
            raise ValueError("tau and look_back must be longer than nothing")
        if not 0 <= self.unknown_risk <= 1:
            raise ValueError("unknown_risk must be from 0 to 1")
        if not 1 <= self.shown <= self.kept <= 200:
            raise ValueError("shown must be from 1 to kept, and kept at most 200")
        if self.market_hops < 0:
            raise ValueError("market_hops must not be below zero")


class Kind(StrEnum):
    """What sort of thing may have caused it."""

    CHANGE = "change"
    LOGGED = "change log"
    VENDOR = "maintenance window"
    EXPIRY = "expiry"


class Gate(StrEnum):
    """What a change's own checks said of it."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NONE = "none"

    @property
    def counts(self) -> bool:
        """Tell whether it makes the change more suspect."""
        return self in {Gate.FAILED, Gate.INCONCLUSIVE}


@dataclass(frozen=True)
class Candidate:
    """Something that was changed, or changed by itself; ``ended_at`` None while it goes on.

    ``key`` names it for ever: ``change:12``, ``event:7``, ``window:3``, ``expiry:api-ke/tls``.
    ``risk`` and ``history`` are 0 to 1, None when nobody knows. ``note`` says more about the gate.
    """

    key: str
    kind: Kind
    title: str
    began_at: datetime
    ended_at: datetime | None = None
    components: Sequence[str] = ()
    markets: Sequence[str] = ()
    gate: Gate = Gate.NONE
    gate_note: str = ""
    overran: timedelta = timedelta(0)
    risk: float | None = None
    history: float | None = None
    history_note: str = ""
    reference: str = ""
    origin: str = ""
    href: str = ""
    change_id: int | None = None


@dataclass(frozen=True)
class Troubled:
    """The incident as far as a ranking needs it.

    ``began`` are the instants at which it began: first, and again when it was reopened.
    """

    component: str
    markets: Sequence[str]
    began: Sequence[datetime]


@dataclass(frozen=True)
class Term:
    """One term of a score: ``value`` is 0 to 1, its points are value times weight."""

    name: str
    value: float
    weight: float
    said: str = ""

    @property
    def points(self) -> float:
        """Return what it adds to the score."""
        return self.value * self.weight


@dataclass(frozen=True)
class Suspect:
    """A candidate with its score, terms, and the path from the incident to what it touched."""

    candidate: Candidate
    terms: Sequence[Term]
    hops: int | None = None
    path: Sequence[str] = ()
    rank: int = 0
    before: timedelta = field(default=timedelta(0))  # from its beginning to the incident's

    @property
    def score(self) -> float:
        """Return the sum of its terms."""
        return sum(each.points for each in self.terms)


def rank(
    incident: Troubled,
    candidates: Iterable[Candidate],
    hops: Hops,
    policy: SuspectPolicy,
) -> list[Suspect]:
    """Return the candidates that began before the incident and were active within the look-back.

    What has neither a path to the incident nor a market in common is none of them. The highest
    score first; of equals the one that began last, then by key: the order of ``candidates`` plays
    no part.
    """
    judged = [
        suspect
        for each in candidates
        if (suspect := _judged(incident, each, hops, policy)) is not None
    ]
    judged.sort(key=lambda each: (-round(each.score, 9), -_last(each), each.candidate.key))
    return [
        Suspect(each.candidate, each.terms, each.hops, each.path, place, each.before)
        for place, each in enumerate(judged, 1)
    ]


def _last(suspect: Suspect) -> float:
    return suspect.candidate.began_at.timestamp()


def _judged(
    incident: Troubled, candidate: Candidate, hops: Hops, policy: SuspectPolicy
) -> Suspect | None:
    moment = next((each for each in incident.began if candidate.began_at < each), None)
    if moment is None:
        return None
    dt = time_since(candidate, moment)
    if dt > policy.look_back:
        return None
    distance, path = nearest(candidate, hops, policy)
    share = overlap(candidate.markets, incident.markets)
    if not share and not path:
        return None
    return Suspect(
        candidate,
        terms_of(policy, candidate, dt=dt, hops=distance, overlap=share),
        distance,
        path,
        before=moment - candidate.began_at,
    )


def time_since(candidate: Candidate, moment: datetime) -> timedelta:
    """Return how long before ``moment`` it was last active: nothing if it still was."""
    if candidate.ended_at is None:
        return timedelta(0)
    return max(timedelta(0), moment - candidate.ended_at)


def nearest(
    candidate: Candidate, hops: Hops, policy: SuspectPolicy
) -> tuple[int | None, tuple[str, ...]]:
    """Return the fewest hops to what it touched, with the path; None when nothing leads there."""
    found = [(hops[each][0], tuple(hops[each][1])) for each in candidate.components if each in hops]
    if found:
        return min(found)
    if candidate.components or not candidate.markets:
        return None, ()
    return policy.market_hops, ()


def overlap(touched: Sequence[str], hurt: Sequence[str]) -> float:
    """Return which share of the incident's markets it touched."""
    return len(set(touched) & set(hurt)) / len(set(hurt)) if hurt else 0.0


def terms_of(
    policy: SuspectPolicy,
    candidate: Candidate,
    *,
    dt: timedelta,
    hops: int | None,
    overlap: float,
) -> tuple[Term, ...]:
    """Return the seven terms of the formula, in its order, each with its words."""
    weights = policy.weights
    risk = policy.unknown_risk if candidate.risk is None else candidate.risk
    history = 0.5 if candidate.history is None else candidate.history
    overran = candidate.overran > timedelta(0)
    return (
        Term("time", exp(-dt / policy.tau), weights.time, _time_words(candidate, dt)),
        Term(
            "nearness",
            0.0 if hops is None else 1 / (1 + hops),
            weights.nearness,
            _hop_words(candidate, hops),
        ),
        Term("market", overlap, weights.market, f"{overlap:.0%} of the incident's markets"),
        Term("gate", float(candidate.gate.counts), weights.gate, _gate_words(candidate)),
        Term(
            "overran",
            float(overran),
            weights.overran,
            f"overran by {span(candidate.overran)}" if overran else "kept its window",
        ),
        Term("risk", risk, weights.risk, _risk_words(candidate, risk)),
        Term("history", history, weights.history, _history_words(candidate)),
    )


def _time_words(candidate: Candidate, dt: timedelta) -> str:
    if candidate.ended_at is None:
        return "expired and not renewed" if candidate.kind is Kind.EXPIRY else "still running"
    return f"ended {span(dt)} before" if dt else "was running when it began"


def _hop_words(candidate: Candidate, hops: int | None) -> str:
    if hops is None:
        return "no path to the incident"
    if not candidate.components:
        return f"the whole market, counted as {hops} hops"
    if hops == 0:
        return "same component"
    return f"{hops} hop{'' if hops == 1 else 's'} away"


def _gate_words(candidate: Candidate) -> str:
    if candidate.gate is Gate.NONE:
        return "no gate of its own"
    return candidate.gate_note or f"its gate {_GATE[candidate.gate]}"


_GATE = {
    Gate.PASSED: "passed",
    Gate.FAILED: "failed",
    Gate.INCONCLUSIVE: "was inconclusive",
}


def _risk_words(candidate: Candidate, risk: float) -> str:
    if candidate.risk is None:
        return f"risk not known, counted as {risk:.2f}"
    return f"risk {100 * risk:.0f} of 100"


def _history_words(candidate: Candidate) -> str:
    if candidate.history is None:
        return "no history, counted as 0.50"
    return candidate.history_note or f"failure history {candidate.history:.2f}"


def span(length: timedelta) -> str:
    """Return a length as people say it: ``12 min``, ``1 h 30``, ``2 d 4 h``."""
    minutes = round(length.total_seconds() / 60)
    if minutes < 60:
        return f"{max(minutes, 1)} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02}" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
