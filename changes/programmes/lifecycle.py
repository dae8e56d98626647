"""The life of one site in a roll-out over many sites."""

from enum import StrEnum

from ssoc.core.lifecycle import Lifecycle


class SiteState(StrEnum):
    """Where a site stands."""

    PLANNED = "planned"
    SURVEYED = "surveyed"
    READY = "ready"
    MIGRATING = "migrating"
    PARALLEL = "parallel"
    GO_NO_GO = "go/no-go"
    CUT_OVER = "cut over"
    HYPERCARE = "hypercare"
    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    ROLLED_BACK = "rolled back"
    DEFERRED = "deferred"

    @property
    def is_cut_over(self) -> bool:
        """Tell whether customers are served by the new system, or were about to be."""
        return self in {SiteState.CUT_OVER, SiteState.HYPERCARE, SiteState.ACCEPTED}

    @property
    def is_under_way(self) -> bool:
        """Tell whether it has begun and goes on: not accepted, not blocked, not put off."""
        resting = {SiteState.PLANNED, SiteState.ACCEPTED, SiteState.BLOCKED, SiteState.DEFERRED}
        return self not in resting


# The way from planned to accepted; the other three stand beside it.
WAY = (
    SiteState.PLANNED,
    SiteState.SURVEYED,
    SiteState.READY,
    SiteState.MIGRATING,
    SiteState.PARALLEL,
    SiteState.GO_NO_GO,
    SiteState.CUT_OVER,
    SiteState.HYPERCARE,
    SiteState.ACCEPTED,
)


class SiteMove(StrEnum):
    """What can be done to a site.

    ``reopen`` follows from readiness that was lost; ``resume`` takes a deferred site up again. A
    blocked site remembers where it was: of the moves ``back to …`` only that one is offered, and
    the guards of that state are asked again.
    """

    SURVEY = "survey"
    MAKE_READY = "make ready"
    MIGRATE = "migrate"
    RUN_PARALLEL = "run parallel"
    DECIDE = "decide"
    CUT_OVER = "cut over"
    WATCH = "watch"
    ACCEPT = "accept"
    REOPEN = "reopen"
    BLOCK = "block"
    BACK_TO_PLANNED = "back to planned"
    BACK_TO_SURVEYED = "back to surveyed"
    BACK_TO_READY = "back to ready"
    BACK_TO_MIGRATING = "back to migrating"
    BACK_TO_PARALLEL = "back to parallel"
    BACK_TO_GO_NO_GO = "back to go/no-go"
    BACK_TO_CUT_OVER = "back to cut over"
    BACK_TO_HYPERCARE = "back to hypercare"
    ROLL_BACK = "roll back"
    RETURN = "return"
    DEFER = "defer"
    RESUME = "resume"


FORWARD = dict(
    zip(
        WAY,
        (
            SiteMove.SURVEY,
            SiteMove.MAKE_READY,
            SiteMove.MIGRATE,
            SiteMove.RUN_PARALLEL,
            SiteMove.DECIDE,
            SiteMove.CUT_OVER,
            SiteMove.WATCH,
            SiteMove.ACCEPT,
        ),
        strict=False,
    )
)
_BEFORE_CUT_OVER = WAY[: WAY.index(SiteState.CUT_OVER)]
BACK = {each: SiteMove(f"back to {each.value}") for each in WAY[:-1]}
SITE = Lifecycle(
    start=SiteState.PLANNED,
    table={
        **{(WAY[at], move): WAY[at + 1] for at, move in enumerate(FORWARD.values())},
        **{(each, SiteMove.BLOCK): SiteState.BLOCKED for each in WAY[:-1]},
        **{(each, SiteMove.DEFER): SiteState.DEFERRED for each in _BEFORE_CUT_OVER},
        (SiteState.READY, SiteMove.REOPEN): SiteState.SURVEYED,
        **{(SiteState.BLOCKED, move): state for state, move in BACK.items()},
        (SiteState.BLOCKED, SiteMove.DEFER): SiteState.DEFERRED,
        (SiteState.BLOCKED, SiteMove.ROLL_BACK): SiteState.ROLLED_BACK,
        (SiteState.CUT_OVER, SiteMove.ROLL_BACK): SiteState.ROLLED_BACK,
        (SiteState.HYPERCARE, SiteMove.ROLL_BACK): SiteState.ROLLED_BACK,
        (SiteState.ROLLED_BACK, SiteMove.RETURN): SiteState.READY,
        (SiteState.ROLLED_BACK, SiteMove.DEFER): SiteState.DEFERRED,
        (SiteState.DEFERRED, SiteMove.RESUME): SiteState.PLANNED,
    },
)
