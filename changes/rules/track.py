"""What became of earlier changes of a kind: the record that scores and statuses are drawn from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from changes.lifecycle import Outcome


@dataclass(frozen=True)
class Done:
    """One change that has ended; ``planned_minutes`` are those of its steps, 0 when it has none."""

    outcome: Outcome
    starts_at: datetime | None
    ends_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    planned_minutes: int = 0
    incidents: tuple[str, ...] = ()  # priorities of incidents that people say it caused

    @property
    def overrun_ratio(self) -> float | None:
        """Return how long it took as against its plan, None when one of the two is unknown."""
        if self.started_at is None or self.finished_at is None:
            return None
        planned = self.planned_minutes * 60.0
        if not planned and self.starts_at is not None and self.ends_at is not None:
            planned = (self.ends_at - self.starts_at).total_seconds()
        return (self.finished_at - self.started_at).total_seconds() / planned if planned else None


@dataclass(frozen=True)
class TrackRecord:
    """``n`` changes that ended, what became of them, and the incidents they caused by priority.

    ``overrun_ratio`` is the median of real over planned length, None when no change has both.
    ``harmful`` counts changes that failed, were rolled back or caused an incident.
    """

    n: int
    failures: int
    with_issues: int
    incidents: Mapping[str, int] = field(default_factory=dict)
    overrun_ratio: float | None = None
    harmful: int = 0

    @property
    def successes(self) -> int:
        """Return how many reached what they were for without an issue."""
        return self.n - self.failures - self.with_issues


def record_of(done: Iterable[Done]) -> TrackRecord:
    """Return the record of changes that have ended."""
    known = list(done)
    ratios = [ratio for each in known if (ratio := each.overrun_ratio) is not None]
    return TrackRecord(
        n=len(known),
        failures=sum(each.outcome.is_failure for each in known),
        with_issues=sum(each.outcome is Outcome.WITH_ISSUES for each in known),
        incidents=dict(sorted(Counter(p for each in known for p in each.incidents).items())),
        overrun_ratio=median(ratios) if ratios else None,
        harmful=sum(each.outcome.is_failure or bool(each.incidents) for each in known),
    )
