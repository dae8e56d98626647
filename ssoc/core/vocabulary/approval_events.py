"""What happens while changes are approved: answers, escalations, delegations, the board."""

from dataclasses import dataclass

from ssoc.core.vocabulary.change_events import ChangeRequestEvent
from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class ApprovalStageOpened(ChangeRequestEvent):
    """A stage of its round waits for answers: those who may give one are written to."""

    round: int = 0
    stage: int = 0
    name: str = ""


@dataclass(frozen=True)
class ChangeAnswered(ChangeRequestEvent):
    """Somebody, a delegate for somebody, or the board said yes or no in a stage of its round."""

    round: int = 0
    stage: int = 0
    yes: bool = False
    reason: str = ""
    on_behalf_of: str = ""
    meeting: int = 0


@dataclass(frozen=True)
class ApprovalEscalated(ChangeRequestEvent):
    """Nobody answered a stage in time; ``to`` is the role that is told. It stays unapproved."""

    round: int = 0
    stage: int = 0
    name: str = ""
    to: str = ""


@dataclass(frozen=True)
class SeparationExcepted(ChangeRequestEvent):
    """Somebody may hold two duties in one change, against the rule, with the reason."""

    person: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ChangeDiscussed(ChangeRequestEvent):
    """The board spoke about it: ``decision`` is approve, refuse or defer; with the minutes."""

    meeting: int = 0
    round: int = 0
    decision: str = ""
    minutes: str = ""


@dataclass(frozen=True)
class DelegationSet(DomainEvent):
    """Somebody answers for somebody else in one role, between two instants."""

    delegation_id: int
    person: str
    delegate: str
    role: str
    markets: str
    starts_at: str
    expires_at: str
    reason: str = ""

    @property
    def subject(self) -> str:
        """Return the delegation."""
        return f"delegation:{self.delegation_id}"


@dataclass(frozen=True)
class DelegationRevoked(DomainEvent):
    """A delegation ended before its time."""

    delegation_id: int
    person: str
    delegate: str
    role: str

    @property
    def subject(self) -> str:
        """Return the delegation."""
        return f"delegation:{self.delegation_id}"


@dataclass(frozen=True)
class MeetingChanged(DomainEvent):
    """A meeting of the change advisory board was planned, changed, opened, held or cancelled."""

    meeting_id: int
    what: str
    title: str = ""
    detail: str = ""

    @property
    def subject(self) -> str:
        """Return the meeting."""
        return f"meeting:{self.meeting_id}"
