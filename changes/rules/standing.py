"""How a template earns and loses being a standard one, from what became of its changes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from changes.rules.shares import Share, wilson
from changes.rules.track import TrackRecord


@dataclass(frozen=True)
class TemplateTerms:
    """Points and limits as data; ``caused`` are points by the priority of incidents it caused.

    A template becomes standard with at least ``least_changes`` ended changes, a failure rate whose
    upper Wilson bound is at most ``earn_below``, and ``least_score`` points. It loses that when
    the lower bound rises above ``lose_above``.
    """

    success: int = 3
    with_issues: int = -2
    unsuccessful: int = -5
    caused: Mapping[str, int] = field(default_factory=lambda: {"P1": -10, "P2": -5, "P3": -2})
    least_changes: int = 12
    least_score: int = 20
    earn_below: float = 0.25
    lose_above: float = 0.05

    def __post_init__(self) -> None:
        """Refuse limits that no share can meet."""
        if not 0 < self.earn_below <= 1 or not 0 <= self.lose_above < 1:
            raise ValueError("earn_below and lose_above are shares from 0 to 1")
        if self.least_changes < 1:
            raise ValueError("least_changes is 1 or more; nothing is proved by no change")


@dataclass(frozen=True)
class Standing:
    """A judgement with all that it rests on; ``against`` says what speaks against standard."""

    n: int
    score: int
    failed: Share
    against: tuple[str, ...]
    must_lose: str = ""

    @property
    def may_be_standard(self) -> bool:
        """Tell whether the record is good and long enough."""
        return not self.against

    @property
    def words(self) -> str:
        """Return the record in one line: n, failures with their interval, points."""
        if not self.n:
            return "no change of it has ended yet (n = 0)"
        return (
            f"{self.failed.hits} of {self.n} failed ({interval(self.failed)}), {self.score} points"
        )


def interval(share: Share) -> str:
    """Return a share as the screens show it: ``5.0 %; 1.4 to 16.5 %``."""
    if share.rate is None or share.low is None or share.high is None:
        return "no case yet"
    return f"{share.rate * 100:.1f} %; {share.low * 100:.1f} to {share.high * 100:.1f} %"


def score(record: TrackRecord, terms: TemplateTerms) -> int:
    """Return the points of a record: +3 a success, -2 with issues, -5 unsuccessful, less harm.

    Source of the usual points: ServiceNow's documentation of its change success score.
    """
    good = record.n - record.failures - record.with_issues
    harm = sum(terms.caused.get(word, 0) * count for word, count in record.incidents.items())
    return (
        good * terms.success
        + record.with_issues * terms.with_issues
        + record.failures * terms.unsuccessful
        + harm
    )


def judge(record: TrackRecord, terms: TemplateTerms) -> Standing:
    """Return how a template stands by its record."""
    failed, points = wilson(record.failures, record.n), score(record, terms)
    against = []
    if record.n < terms.least_changes:
        against.append(
            f"only {record.n} changes of it have ended, {terms.least_changes} are needed"
        )
    if failed.high is not None and failed.high > terms.earn_below:
        against.append(
            f"its failure rate may be as high as {failed.high * 100:.1f} %, "
            f"{terms.earn_below * 100:.1f} % is the most"
        )
    if points < terms.least_score:
        against.append(f"its score is {points}, {terms.least_score} is the least")
    return Standing(record.n, points, failed, tuple(against), _must_lose(failed, terms))


def _must_lose(failed: Share, terms: TemplateTerms) -> str:
    if failed.low is None or failed.low <= terms.lose_above:
        return ""
    return (
        f"its failure rate is at least {failed.low * 100:.1f} % by now, "
        f"{terms.lose_above * 100:.1f} % is the limit: {failed.hits} of {failed.n} failed "
        f"({interval(failed)})"
    )
