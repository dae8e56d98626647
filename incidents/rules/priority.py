"""What an incident deserves: impact on the business times how soon it must be met."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ssoc.core.vocabulary import Priority, Severity
from ssoc.estate.values import Criticality

Matrix = Mapping[tuple[int, int], Priority]
LEVELS = (1, 2, 3)
_WEIGHT = {Criticality.VITAL: 1, Criticality.IMPORTANT: 2, Criticality.SUPPORTING: 3}


def matrix_of(words: str) -> Matrix:
    """Read a matrix such as ``P1 P2 P3 / P2 P3 P4 / P3 P4 P4``: rows are impact, columns urgency.

    Raises:
        ValueError: not three rows of three priorities.

    """
    rows = [row.split() for row in words.split("/")]
    known = {each.value for each in Priority}
    if [len(row) for row in rows] != [3, 3, 3] or any(set(row) - known for row in rows):
        raise ValueError('expected three rows of three, such as "P1 P2 P3 / P2 P3 P4 / P3 P4 P4"')
    return {
        (impact, urgency): Priority(rows[impact - 1][urgency - 1])
        for impact in LEVELS
        for urgency in LEVELS
    }


DEFAULT = matrix_of("P1 P2 P3 / P2 P3 P4 / P3 P4 P4")


@dataclass(frozen=True)
class Thresholds:
    """From where on a figure raises the impact; shares are of usual traffic, 0 to 1."""

    high_share: Decimal = Decimal("0.25")
    medium_share: Decimal = Decimal("0.05")
    many_markets: int = 3
    redundant_level: int = 3  # at best, while all that fails is carried by something else
    guessed_level: int = 3  # at best, while only a guess fails and customers pay as usual
    unseen_level: int = 1  # of a market that is wholly unseen: we are blind to its customers


@dataclass(frozen=True)
class Impact:
    """How much the business is hurt, 1 worst to 3, and what made it so."""

    level: int
    reasons: Sequence[str] = ()

    @property
    def words(self) -> str:
        """Return the level and its reasons in one line."""
        return f"impact {self.level}: {', '.join(self.reasons)}"


def prioritise(impact: int, urgency: int, matrix: Matrix = DEFAULT) -> Priority:
    """Return the priority of an impact and an urgency, each 1 (worst) to 3."""
    return matrix[impact, urgency]


def urgency_of(severity: Severity) -> int:
    """Return how soon alerts of this severity must be met: 1 now, 2 soon, 3 in its turn."""
    return {Severity.CRITICAL: 1, Severity.ERROR: 2}.get(severity, 3)


@dataclass(frozen=True)
class Softening:
    """What makes a failure weigh less than its component would.

    ``carriers`` are names of what carries on in its place. ``is_guess``: nothing is known of the
    component itself, its answer is unreadable or others point at it. ``is_own``: no component
    fails, ssoc tells something of its own work.
    """

    carriers: Sequence[str] = ()
    is_guess: bool = False
    is_own: bool = False


def impact_of(
    criticality: Criticality | None,
    markets: Collection[str],
    share_lost: Decimal | None = None,
    thresholds: Thresholds = Thresholds(),  # noqa: B008 (frozen)
    unseen: Sequence[str] = (),
    softening: Softening = Softening(),  # noqa: B008 (frozen)
) -> Impact:
    """Return the impact of a failing component; the worst reason decides.

    Args:
        criticality: of the component, None when the estate does not know it (counts as important).
        markets: those the incident touches.
        share_lost: share of usual successful traffic that is lost now in the market that is hurt
            most, None when nobody can know: it then neither raises nor lowers.
        thresholds: where shares and markets begin to count.
        unseen: names of markets of which nobody sees anything.
        softening: redundancy that holds, and guesses that measured payments do not confirm.

    """
    unknown = "no component fails by itself" if softening.is_own else "criticality unknown"
    level, reasons = _of_component(criticality, markets, thresholds, unknown)
    level, reasons = _softened(level, reasons, share_lost, thresholds, softening)
    if share_lost is not None and share_lost >= thresholds.medium_share:
        level = min(level, 1 if share_lost >= thresholds.high_share else 2)
        reasons.append(f"{share_lost:.0%} of usual traffic lost")
    if unseen and thresholds.unseen_level < max(LEVELS):
        level = min(level, thresholds.unseen_level)
        reasons.append(_blind(unseen))
    return Impact(level, tuple(reasons))


def _of_component(
    criticality: Criticality | None,
    markets: Collection[str],
    thresholds: Thresholds,
    unknown: str,
) -> tuple[int, list[str]]:
    level = _WEIGHT[criticality or Criticality.IMPORTANT]
    reasons = [f"{criticality.name.lower()} component" if criticality else unknown]
    if len(markets) >= thresholds.many_markets:
        level = max(1, level - 1)
        reasons.append(f"{len(markets)} markets")
    return level, reasons


def _softened(
    level: int,
    reasons: list[str],
    share_lost: Decimal | None,
    thresholds: Thresholds,
    softening: Softening,
) -> tuple[int, list[str]]:
    """Return level and reasons as redundancy and measured payments leave them."""
    if softening.carriers:
        names = " and ".join(softening.carriers)
        carry = "carries" if len(softening.carriers) == 1 else "carry"
        return max(level, thresholds.redundant_level), [f"redundancy lost: {names} {carry} it"]
    if softening.is_guess and share_lost is not None and share_lost < thresholds.medium_share:
        return max(level, thresholds.guessed_level), [*reasons, "payments go through as usual"]
    return level, reasons


def _blind(unseen: Sequence[str]) -> str:
    return f"{unseen[0]} not seen at all" if len(unseen) == 1 else f"{len(unseen)} markets not seen"
