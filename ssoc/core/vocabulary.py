"""Every domain event the packages tell each other, and the words they use, on one page.

Fields are plain JSON values: an event outlives the code that wrote it. Add fields with a
default; never rename or remove one, state a new event instead. Every event is a row of the
audit trail; ``subject`` names what it is about, such as ``incident:12``.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar


@dataclass(frozen=True)
class DomainEvent:
    """Something that has happened and that other packages or auditors may care about."""

    types: ClassVar[dict[str, type["DomainEvent"]]] = {}

    def __init_subclass__(cls) -> None:
        """Register the subclass under its own name."""
        DomainEvent.types[cls.__name__] = cls

    @property
    def subject(self) -> str:
        """Return what the event is about, as ``kind:key``."""
        raise NotImplementedError


class Severity(IntEnum):
    """How bad a source says it is, worst highest; stored as the number."""

    INFO = 1
    WARNING = 2
    ERROR = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """Return the word operators use."""
        return self.name.lower()


class Priority(StrEnum):
    """What an incident deserves, from impact and urgency."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"

    @property
    def word(self) -> str:
        """Return the word beside the mark."""
        return {"P1": "critical", "P2": "high", "P3": "medium", "P4": "low"}[self.value]


@dataclass(frozen=True)
class IncidentEvent(DomainEvent):
    """Base of what happens to one incident; ``markets`` are codes with commas between.

    ``number`` counts the events of one incident, so that who hears them late can tell.
    """

    incident_id: int
    markets: str
    component: str
    priority: str
    number: int = 0

    @property
    def subject(self) -> str:
        """Return the incident."""
        return f"incident:{self.incident_id}"


@dataclass(frozen=True)
class IncidentOpened(IncidentEvent):
    """A component is impaired and nobody has taken it yet."""

    title: str = ""
    held_because: str = ""


@dataclass(frozen=True)
class IncidentWorsened(IncidentEvent):
    """Its severity or priority rose after people had begun to work on it."""

    was: str = ""
    held_because: str = ""


@dataclass(frozen=True)
class IncidentSpread(IncidentEvent):
    """It touches markets that it did not touch before: ``reached``, with commas between."""

    reached: str = ""
    held_because: str = ""


@dataclass(frozen=True)
class IncidentFlapped(IncidentEvent):
    """Its alerts change too often to be believed: pages wait until they have been quiet."""


@dataclass(frozen=True)
class IncidentReleased(IncidentEvent):
    """The silence, window or flapping that held its pages has ended, and it still fails."""

    was: str = ""


@dataclass(frozen=True)
class IncidentAcknowledged(IncidentEvent):
    """Somebody has taken the incident."""

    owner: str = ""


@dataclass(frozen=True)
class IncidentAssigned(IncidentEvent):
    """Somebody was named to own the incident."""

    owner: str = ""


@dataclass(frozen=True)
class IncidentMitigated(IncidentEvent):
    """Customers are served again; the cause may still be there."""


@dataclass(frozen=True)
class IncidentRecovered(IncidentEvent):
    """Its last alert cleared, and the incident resolved by itself."""


@dataclass(frozen=True)
class IncidentUnwatched(IncidentEvent):
    """The check or component that said it fails was retired: resolved, though nothing recovered."""


@dataclass(frozen=True)
class IncidentResolved(IncidentEvent):
    """A person resolved it."""

    reason: str = ""
    forced: bool = False


@dataclass(frozen=True)
class IncidentReopened(IncidentEvent):
    """It failed again within the relapse time, or a person reopened it."""

    reason: str = ""
    held_because: str = ""


@dataclass(frozen=True)
class IncidentClosed(IncidentEvent):
    """Nothing more is to be done."""


@dataclass(frozen=True)
class IncidentNested(IncidentEvent):
    """It turned out to be a symptom of another incident."""

    parent_id: int = 0


@dataclass(frozen=True)
class IncidentUnnested(IncidentEvent):
    """It outlived its cause, or a person took it out again: it stands alone."""

    parent_id: int = 0
    held_because: str = ""


@dataclass(frozen=True)
class IncidentRerooted(IncidentEvent):
    """A suspected cause was found deeper; the incident moved there."""

    was: str = ""


@dataclass(frozen=True)
class IncidentPrioritised(IncidentEvent):
    """A person set the priority, against the matrix."""

    was: str = ""
    reason: str = ""


@dataclass(frozen=True)
class IncidentNoted(IncidentEvent):
    """A person wrote a note or an update; the text stands in the timeline."""

    is_update: bool = False


@dataclass(frozen=True)
class IncidentRoleTaken(IncidentEvent):
    """A person took or handed over a role in the incident."""

    role: str = ""
    person: str = ""


@dataclass(frozen=True)
class IncidentClockMoved(IncidentEvent):
    """A clock of the incident was paused or resumed, or a pause was disputed, with a reason."""

    move: str = ""
    party: str = ""
    reason: str = ""


@dataclass(frozen=True)
class IncidentClockRanShort(IncidentEvent):
    """A clock of the incident came to be at risk, or was breached; said once for each promise."""

    clock: str = ""
    status: str = ""
    due_at: str = ""
    run: int = 0


@dataclass(frozen=True)
class IncidentAlertsMoved(IncidentEvent):
    """A person moved alerts to another incident: by merge, split or one by one."""

    to_incident_id: int = 0
    alerts: int = 0
    how: str = ""


@dataclass(frozen=True)
class SilenceSet(DomainEvent):
    """Somebody made or changed a silence: pages are held, state is not."""

    silence_id: str
    matchers: str
    ends_at: str
    comment: str = ""

    @property
    def subject(self) -> str:
        """Return the silence."""
        return f"silence:{self.silence_id}"


@dataclass(frozen=True)
class SilenceExpired(DomainEvent):
    """Somebody ended a silence before its time."""

    silence_id: str

    @property
    def subject(self) -> str:
        """Return the silence."""
        return f"silence:{self.silence_id}"


@dataclass(frozen=True)
class WindowSet(DomainEvent):
    """A maintenance window was announced or changed."""

    window_id: int
    title: str
    starts_at: str
    ends_at: str

    @property
    def subject(self) -> str:
        """Return the window."""
        return f"window:{self.window_id}"


@dataclass(frozen=True)
class WindowEnded(DomainEvent):
    """A maintenance window was cancelled or ended early."""

    window_id: int

    @property
    def subject(self) -> str:
        """Return the window."""
        return f"window:{self.window_id}"


@dataclass(frozen=True)
class AlertsClosed(DomainEvent):
    """A person closed stale alerts whose source is gone; ``keys`` have commas between."""

    keys: str
    markets: str
    reason: str

    @property
    def subject(self) -> str:
        """Return the first of the alerts."""
        return f"alert:{self.keys.partition(',')[0]}"


@dataclass(frozen=True)
class HeartbeatSet(DomainEvent):
    """A dead-man heartbeat was created, changed or removed."""

    name: str
    every_seconds: int
    removed: bool = False

    @property
    def subject(self) -> str:
        """Return the heartbeat."""
        return f"heartbeat:{self.name}"


@dataclass(frozen=True)
class EstateLoaded(DomainEvent):
    """The estate files were read into the database."""

    version: int
    digest: str
    added: int
    changed: int
    retired: int

    @property
    def subject(self) -> str:
        """Return the version."""
        return f"estate:{self.version}"


@dataclass(frozen=True)
class PersonChanged(DomainEvent):
    """An account was added, disabled, enabled, or its password, roles or second factor changed."""

    name: str
    what: str
    roles: str = ""

    @property
    def subject(self) -> str:
        """Return the person."""
        return f"person:{self.name}"


@dataclass(frozen=True)
class SignedIn(DomainEvent):
    """Somebody signed in, or was locked out after too many wrong passwords."""

    name: str
    address: str
    locked_out: bool = False

    @property
    def subject(self) -> str:
        """Return the person."""
        return f"person:{self.name}"


@dataclass(frozen=True)
class TokenChanged(DomainEvent):
    """An API token or a kiosk link was made or revoked."""

    name: str
    what: str
    scope: str
    market: str

    @property
    def subject(self) -> str:
        """Return the token."""
        return f"token:{self.name}"
