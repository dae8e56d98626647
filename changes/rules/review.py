"""Which changes must be reviewed, why, and by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.lifecycle import Outcome, State

HAS_ENDED = frozenset({State.ENDED, State.REVIEWED, State.CLOSED})


@dataclass(frozen=True)
class ReviewPolicy:
    """When a review is required, as data."""

    unplanned_types: Sequence[str] = ("emergency",)
    after_failure: bool = True
    after_overrun: bool = True
    overrun_tolerance: timedelta = timedelta(0)
    after_incident: bool = True
    after_unauthorised: bool = True
    due_after: timedelta = timedelta(days=5)
    looked_back: timedelta = timedelta(days=180)

    def __post_init__(self) -> None:
        """Refuse a due time that is no time."""
        if self.due_after <= timedelta(0) or self.looked_back <= timedelta(0):
            raise ValueError("due_after and looked_back must be longer than nothing")


@dataclass(frozen=True)
class Caused:
    """An incident that a person confirmed to be caused by the change."""

    incident_id: int
    confirmed_at: datetime


@dataclass(frozen=True)
class Ended:
    """What the rule looks at; ``settled_at`` is when it was last reviewed, or closed without."""

    state: State
    type: str
    outcome: Outcome | None = None
    ends_at: datetime | None = None
    finished_at: datetime | None = None
    is_unauthorised: bool = False
    settled_at: datetime | None = None
    caused: Sequence[Caused] = ()


@dataclass(frozen=True)
class Duty:
    """A review that is owed: why, and by when."""

    reasons: Sequence[str]
    due_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have been written by now."""
        return self.due_at is not None and self.due_at < now


def duty(change: Ended, policy: ReviewPolicy) -> Duty | None:
    """Return the review that is owed, None when none is.

    What was known when the change was last reviewed, or closed, is settled. A cause that was
    confirmed later asks for another review, and its time runs from then.
    """
    if change.state not in HAS_ENDED:
        return None
    if change.settled_at is None:
        reasons = [*_of_itself(change, policy), *_of_incidents(change.caused, policy)]
        since = change.finished_at
    else:
        later = [each for each in change.caused if each.confirmed_at > change.settled_at]
        reasons = _of_incidents(later, policy)
        since = min((each.confirmed_at for each in later), default=None)
    if not reasons:
        return None
    return Duty(tuple(reasons), since + policy.due_after if since else None)


def required(change: Ended, policy: ReviewPolicy) -> list[str]:
    """Return every reason why the change has to be reviewed, settled or not."""
    if change.state not in HAS_ENDED:
        return []
    return [*_of_itself(change, policy), *_of_incidents(change.caused, policy)]


def _of_itself(change: Ended, policy: ReviewPolicy) -> list[str]:
    said = (
        (change.type in policy.unplanned_types, f"it is an {change.type} change"),
        (policy.after_failure and _failed(change), f"it ended as {change.outcome}"),
        (policy.after_overrun and overran(change, policy), _overrun_words(change)),
        (policy.after_unauthorised and change.is_unauthorised, "nobody had announced it"),
    )
    return [words for applies, words in said if applies]


def _failed(change: Ended) -> bool:
    return change.outcome is not None and change.outcome.is_failure


def overran(change: Ended, policy: ReviewPolicy) -> bool:
    """Tell whether it ended later than its window; one without a window cannot."""
    if change.finished_at is None or change.ends_at is None or change.is_unauthorised:
        return False
    return change.finished_at > change.ends_at + policy.overrun_tolerance


def _overrun_words(change: Ended) -> str:
    if change.finished_at is None or change.ends_at is None:
        return ""
    minutes = -((change.ends_at - change.finished_at) // timedelta(minutes=1))
    return f"it ended {minutes} min after its window"


def _of_incidents(caused: Sequence[Caused], policy: ReviewPolicy) -> list[str]:
    if not policy.after_incident:
        return []
    return [f"it caused INC-{each.incident_id}" for each in caused]
