"""The life of a change, of a run of it, and how a change can have ended."""

from enum import StrEnum

from ssoc.core.lifecycle import Lifecycle


class State(StrEnum):
    """Where a change stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"
    REVIEWED = "reviewed"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def is_live(self) -> bool:
        """Tell whether it still may touch a platform, or does."""
        return self in {State.SUBMITTED, State.APPROVED, State.SCHEDULED, State.RUNNING}

    @property
    def may_be_edited(self) -> bool:
        """Tell whether its plan may be changed; after approval that begins a new round."""
        return self in {
            State.DRAFT,
            State.SUBMITTED,
            State.REFUSED,
            State.APPROVED,
            State.SCHEDULED,
        }


class Move(StrEnum):
    """What can be done to a change.

    ``approve`` and ``refuse`` follow from people's answers; ``resubmit`` from a plan that changed
    after it was submitted: a new round of approval begins.
    """

    SUBMIT = "submit"
    PREAPPROVE = "preapprove"
    APPROVE = "approve"
    REFUSE = "refuse"
    RETURN = "return"
    RESUBMIT = "resubmit"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    START = "start"
    END = "end"
    REVIEW = "review"
    CLOSE = "close"
    CANCEL = "cancel"


# Everything any type of change can do; a type (data) may have less, never more.
CHANGE = Lifecycle(
    start=State.DRAFT,
    table={
        (State.DRAFT, Move.SUBMIT): State.SUBMITTED,
        (State.DRAFT, Move.PREAPPROVE): State.APPROVED,
        (State.DRAFT, Move.CANCEL): State.CANCELLED,
        (State.SUBMITTED, Move.APPROVE): State.APPROVED,
        (State.SUBMITTED, Move.REFUSE): State.REFUSED,
        (State.SUBMITTED, Move.RETURN): State.DRAFT,
        (State.SUBMITTED, Move.RESUBMIT): State.SUBMITTED,
        (State.SUBMITTED, Move.CANCEL): State.CANCELLED,
        (State.REFUSED, Move.RETURN): State.DRAFT,
        (State.REFUSED, Move.CANCEL): State.CANCELLED,
        (State.APPROVED, Move.SCHEDULE): State.SCHEDULED,
        (State.APPROVED, Move.START): State.RUNNING,
        (State.APPROVED, Move.RETURN): State.DRAFT,
        (State.APPROVED, Move.RESUBMIT): State.SUBMITTED,
        (State.APPROVED, Move.CANCEL): State.CANCELLED,
        (State.SCHEDULED, Move.START): State.RUNNING,
        (State.SCHEDULED, Move.UNSCHEDULE): State.APPROVED,
        (State.SCHEDULED, Move.RETURN): State.DRAFT,
        (State.SCHEDULED, Move.RESUBMIT): State.SUBMITTED,
        (State.SCHEDULED, Move.CANCEL): State.CANCELLED,
        (State.RUNNING, Move.END): State.ENDED,
        (State.ENDED, Move.REVIEW): State.REVIEWED,
        (State.ENDED, Move.CLOSE): State.CLOSED,
        (State.REVIEWED, Move.CLOSE): State.CLOSED,
    },
)


class TemplateState(StrEnum):
    """Where a template stands: its changes are approved beforehand while it is standard."""

    ORDINARY = "ordinary"
    PROPOSED = "proposed"
    STANDARD = "standard"
    RETIRED = "retired"

    @property
    def is_standard(self) -> bool:
        """Tell whether changes that follow it are approved beforehand."""
        return self is TemplateState.STANDARD


class TemplateMove(StrEnum):
    """What can be done to a template; ``lose`` follows from its record, or from another plan."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    DECLINE = "decline"
    LOSE = "lose"
    RETIRE = "retire"


TEMPLATE = Lifecycle(
    start=TemplateState.ORDINARY,
    table={
        (TemplateState.ORDINARY, TemplateMove.PROPOSE): TemplateState.PROPOSED,
        (TemplateState.ORDINARY, TemplateMove.RETIRE): TemplateState.RETIRED,
        (TemplateState.PROPOSED, TemplateMove.ACCEPT): TemplateState.STANDARD,
        (TemplateState.PROPOSED, TemplateMove.DECLINE): TemplateState.ORDINARY,
        (TemplateState.PROPOSED, TemplateMove.LOSE): TemplateState.ORDINARY,
        (TemplateState.STANDARD, TemplateMove.LOSE): TemplateState.ORDINARY,
        (TemplateState.STANDARD, TemplateMove.RETIRE): TemplateState.RETIRED,
    },
)


class Outcome(StrEnum):
    """How a change ended."""

    SUCCESSFUL = "successful"
    WITH_ISSUES = "with issues"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"

    @property
    def is_failure(self) -> bool:
        """Tell whether it counts as failed: it did not reach what it was for."""
        return self in {Outcome.ROLLED_BACK, Outcome.FAILED}


class Effect(StrEnum):
    """What a change does to a component while it lasts."""

    NONE = "no effect"
    REDUNDANCY = "less redundant"
    DEGRADED = "degraded"
    DOWN = "down"


class RunState(StrEnum):
    """Where a run, or a rehearsal, stands."""

    RUNNING = "running"
    ROLLING_BACK = "rolling back"
    ENDED = "ended"


class RunMove(StrEnum):
    """What can be done to a run."""

    ROLL_BACK = "roll back"
    END = "end"


RUN = Lifecycle(
    start=RunState.RUNNING,
    table={
        (RunState.RUNNING, RunMove.ROLL_BACK): RunState.ROLLING_BACK,
        (RunState.RUNNING, RunMove.END): RunState.ENDED,
        (RunState.ROLLING_BACK, RunMove.END): RunState.ENDED,
    },
)


class StepState(StrEnum):
    """Where one step of a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNDONE = "undone"


class StepMove(StrEnum):
    """What can be done to a step; a hold point passes by ``finish`` with a name."""

    START = "start"
    FINISH = "finish"
    FAIL = "fail"
    SKIP = "skip"
    REPEAT = "repeat"
    UNDO = "undo"


STEP = Lifecycle(
    start=StepState.WAITING,
    table={
        (StepState.WAITING, StepMove.START): StepState.RUNNING,
        (StepState.WAITING, StepMove.SKIP): StepState.SKIPPED,
        (StepState.RUNNING, StepMove.FINISH): StepState.DONE,
        (StepState.RUNNING, StepMove.FAIL): StepState.FAILED,
        (StepState.FAILED, StepMove.REPEAT): StepState.RUNNING,
        (StepState.FAILED, StepMove.SKIP): StepState.SKIPPED,
        (StepState.FAILED, StepMove.UNDO): StepState.UNDONE,
        (StepState.DONE, StepMove.UNDO): StepState.UNDONE,
    },
)


class Verdict(StrEnum):
    """What people say of a suspect: it is never more than suspected until somebody does."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    RULED_OUT = "ruled out"


class CauseMove(StrEnum):
    """What a person can say of a suspect; every answer stays, the last one counts."""

    CONFIRM = "confirm"
    RULE_OUT = "rule out"
    DOUBT = "doubt"


CAUSE = Lifecycle(
    start=Verdict.SUSPECTED,
    table={
        (Verdict.SUSPECTED, CauseMove.CONFIRM): Verdict.CONFIRMED,
        (Verdict.SUSPECTED, CauseMove.RULE_OUT): Verdict.RULED_OUT,
        (Verdict.CONFIRMED, CauseMove.RULE_OUT): Verdict.RULED_OUT,
        (Verdict.CONFIRMED, CauseMove.DOUBT): Verdict.SUSPECTED,
        (Verdict.RULED_OUT, CauseMove.CONFIRM): Verdict.CONFIRMED,
        (Verdict.RULED_OUT, CauseMove.DOUBT): Verdict.SUSPECTED,
    },
)


class MeetingState(StrEnum):
    """Where a meeting of the change advisory board stands."""

    PLANNED = "planned"
    OPEN = "open"
    HELD = "held"
    CANCELLED = "cancelled"


class MeetingMove(StrEnum):
    """What can be done to a meeting."""

    OPEN = "open"
    END = "end"
    CANCEL = "cancel"


MEETING = Lifecycle(
    start=MeetingState.PLANNED,
    table={
        (MeetingState.PLANNED, MeetingMove.OPEN): MeetingState.OPEN,
        (MeetingState.PLANNED, MeetingMove.CANCEL): MeetingState.CANCELLED,
        (MeetingState.OPEN, MeetingMove.END): MeetingState.HELD,
    },
)


class BoardWord(StrEnum):
    """What the board can say of a change."""

    APPROVE = "approve"
    REFUSE = "refuse"
    DEFER = "defer"


class Sighted(StrEnum):
    """What became of an entry of the change log."""

    ANNOUNCED = "announced"
    AHEAD = "ahead"  # of a time to come, and no change covers it yet
    UNAUTHORISED = "unauthorised"
    JOINED = "joined"  # belongs to an unauthorised change that was found before
    UNWATCHED = "not watched"
    IGNORED = "ignored"
