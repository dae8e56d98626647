"""What happens to incidents."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


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
    began_at: str = ""  # when it began to fail, before it was opened; ISO, in UTC


@dataclass(frozen=True)
class IncidentWorsened(IncidentEvent):
    """Its severity or priority rose after people had begun to work on it.

    ``news`` is what its alert says now, where the alert tells a story of ours.
    """

    was: str = ""
    held_because: str = ""
    news: str = ""


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
    title: str = ""


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
