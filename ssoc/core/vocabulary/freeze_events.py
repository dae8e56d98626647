"""What happens to freezes, to the calendars they are read from, and to calendars handed out."""

from dataclasses import dataclass

from ssoc.core.vocabulary.change_events import ChangeRequestEvent
from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class FreezeEventBase(DomainEvent):
    """Base of what happens to a freeze that somebody set; ``markets`` empty means every one."""

    freeze_id: int
    name: str
    markets: str = ""

    @property
    def subject(self) -> str:
        """Return the freeze."""
        return f"freeze:{self.freeze_id}"


@dataclass(frozen=True)
class FreezeSet(FreezeEventBase):
    """Somebody set a freeze, or changed it: ``what`` says which; times are as they were given."""

    what: str = "set"
    is_hard: bool = False
    components: str = ""
    since: str = ""
    until: str = ""
    reason: str = ""


@dataclass(frozen=True)
class FreezeLifted(FreezeEventBase):
    """Somebody ended a freeze before its time, with the reason."""

    reason: str = ""


@dataclass(frozen=True)
class FreezeOverridden(ChangeRequestEvent):
    """A named approver lets one change, as planned now, run through one hard freeze."""

    freeze_key: str = ""
    freeze_name: str = ""
    reason: str = ""


@dataclass(frozen=True)
class FreezeRunInto(ChangeRequestEvent):
    """A freeze began while the change was running; the change went on."""

    freeze_key: str = ""
    freeze_name: str = ""
    is_hard: bool = False
    began_at: str = ""


@dataclass(frozen=True)
class FreezeFeedChanged(DomainEvent):
    """A calendar of freezes was added, read, found broken or removed: ``what`` says which."""

    feed_id: int
    name: str
    what: str
    why: str = ""

    @property
    def subject(self) -> str:
        """Return the calendar."""
        return f"freeze_feed:{self.feed_id}"


@dataclass(frozen=True)
class CalendarLinkChanged(DomainEvent):
    """Somebody made or revoked a secret address of a calendar: ``what`` says which."""

    person: str
    name: str
    what: str

    @property
    def subject(self) -> str:
        """Return the person."""
        return f"person:{self.person}"
