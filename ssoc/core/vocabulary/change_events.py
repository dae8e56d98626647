"""What happens to changes."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class ChangeRequestEvent(DomainEvent):
    """Base of what happens to one change; ``markets`` are codes with commas between."""

    change_id: int
    markets: str

    @property
    def subject(self) -> str:
        """Return the change."""
        return f"change:{self.change_id}"


@dataclass(frozen=True)
class ChangeRaised(ChangeRequestEvent):
    """Somebody drafted a change, a file brought it, or an unannounced one was found."""

    title: str = ""
    type: str = ""
    origin: str = ""


@dataclass(frozen=True)
class ChangeEdited(ChangeRequestEvent):
    """Its plan was changed: ``what`` names the fields; approvals given before are void if so."""

    what: str = ""
    voids_approvals: bool = False


@dataclass(frozen=True)
class ChangeSubmitted(ChangeRequestEvent):
    """It waits for approval: a round began."""

    round: int = 0


@dataclass(frozen=True)
class ChangeReturned(ChangeRequestEvent):
    """It went back to be planned again, with the reason."""

    reason: str = ""


@dataclass(frozen=True)
class ChangeApproved(ChangeRequestEvent):
    """The last stage of its round was approved, or its template is a standard one."""

    round: int = 0
    why: str = ""


@dataclass(frozen=True)
class ChangeRefused(ChangeRequestEvent):
    """Somebody refused it, or its round ended without the answers it needs."""

    round: int = 0
    reason: str = ""


@dataclass(frozen=True)
class ChangeScheduled(ChangeRequestEvent):
    """It has its place in the calendar: nothing stands in its way."""

    starts_at: str = ""
    ends_at: str = ""


@dataclass(frozen=True)
class ChangeUnscheduled(ChangeRequestEvent):
    """It lost its place in the calendar, with the reason; its approval stands."""

    reason: str = ""


@dataclass(frozen=True)
class ChangeStarted(ChangeRequestEvent):
    """Its execution began."""

    run_id: int = 0
    components: str = ""
    title: str = ""


@dataclass(frozen=True)
class ChangeEnded(ChangeRequestEvent):
    """Its execution ended, well or not: ``outcome`` says which."""

    run_id: int = 0
    outcome: str = ""
    overran: bool = False


@dataclass(frozen=True)
class ChangeReviewed(ChangeRequestEvent):
    """Its review after the fact was written."""

    reviewer: str = ""


@dataclass(frozen=True)
class ChangeClosed(ChangeRequestEvent):
    """Nothing more is to be done about it."""


@dataclass(frozen=True)
class ChangeCancelled(ChangeRequestEvent):
    """It will not be done, with the reason."""

    reason: str = ""
