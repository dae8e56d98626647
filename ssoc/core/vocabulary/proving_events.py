"""What shows that a site is ready for the new system: training, migration, interfaces, tests."""

from dataclasses import dataclass

from ssoc.core.vocabulary.programme_events import ProgrammeEvent


@dataclass(frozen=True)
class CourseAdded(ProgrammeEvent):
    """A programme teaches one course more; required ones reopen what was ready."""

    course: str = ""
    is_required: bool = True


@dataclass(frozen=True)
class TrainingPlanned(ProgrammeEvent):
    """A session was planned, or other people are booked into it."""

    session_id: int = 0
    trainer: str = ""
    day: str = ""
    people: int = 0


@dataclass(frozen=True)
class TrainingCancelled(ProgrammeEvent):
    """A session will not be held, with the reason."""

    session_id: int = 0
    reason: str = ""


@dataclass(frozen=True)
class TrainingHeld(ProgrammeEvent):
    """Who came to a session, and how many passed, was written down."""

    session_id: int = 0
    attended: int = 0
    passed: int = 0


@dataclass(frozen=True)
class CompetencyRecorded(ProgrammeEvent):
    """Somebody's competency was written down without a session, with its evidence."""

    staff_id: int = 0
    course: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class RosterWritten(ProgrammeEvent):
    """Who works at a site on a day was written anew; ``joined`` are those who were not there."""

    site_rollout_id: int = 0
    site: str = ""
    day: str = ""
    people: int = 0
    joined: str = ""


@dataclass(frozen=True)
class AbsenceReported(ProgrammeEvent):
    """Somebody on a roster will not be there; ``is_back`` takes it back."""

    site_rollout_id: int = 0
    site: str = ""
    day: str = ""
    staff_id: int = 0
    is_back: bool = False


@dataclass(frozen=True)
class CoverAssigned(ProgrammeEvent):
    """Somebody stands in at a site for a day; ``is_removed`` takes it back."""

    site_rollout_id: int = 0
    site: str = ""
    day: str = ""
    staff_id: int = 0
    is_removed: bool = False


@dataclass(frozen=True)
class MigrationRecorded(ProgrammeEvent):
    """A migration of a site was run and judged."""

    site_rollout_id: int = 0
    site: str = ""
    number: int = 0
    is_rehearsal: bool = True
    is_clean: bool = False
    snapshot: str = ""


@dataclass(frozen=True)
class MigrationWaived(ProgrammeEvent):
    """A person lets a site go on without its clean rehearsals, with the reason."""

    site_rollout_id: int = 0
    site: str = ""
    reason: str = ""


@dataclass(frozen=True)
class InterfaceNamed(ProgrammeEvent):
    """Every site of a programme needs one connection more."""

    interface: str = ""
    type: str = ""


@dataclass(frozen=True)
class InterfaceProved(ProgrammeEvent):
    """One of the three proofs of a connection at a site came, or failed."""

    site_rollout_id: int = 0
    site: str = ""
    interface: str = ""
    proof: str = ""
    is_ok: bool = True


@dataclass(frozen=True)
class AcceptanceScoped(ProgrammeEvent):
    """What is tested at every site of a programme was written anew."""

    methods: str = ""
    flows: str = ""


@dataclass(frozen=True)
class AcceptanceRecorded(ProgrammeEvent):
    """Cells of a site's acceptance matrix were tested; ``cells`` are bank/method/flow."""

    site_rollout_id: int = 0
    site: str = ""
    status: str = ""
    cells: str = ""
    software_version: str = ""
    terminal_version: str = ""
