"""What happens around decisions about sites: go/no-go, cut-over, the brake, days applied."""

from dataclasses import dataclass

from ssoc.core.vocabulary.programme_events import ProgrammeEvent


@dataclass(frozen=True)
class GoNoGoChanged(ProgrammeEvent):
    """Something happened to a go/no-go meeting: planned, voted, overridden, decided …."""

    decision_id: int = 0
    about: str = ""
    what: str = ""
    detail: str = ""


@dataclass(frozen=True)
class CutOverMoved(ProgrammeEvent):
    """The run sheet of a site began, is rolled back, went on past its checkpoint, or ended."""

    run_id: int = 0
    site_rollout_id: int = 0
    site: str = ""
    move: str = ""
    is_rehearsal: bool = False
    reason: str = ""


@dataclass(frozen=True)
class CutOverPressed(ProgrammeEvent):
    """Somebody pressed a step of the run sheet of a site."""

    run_id: int = 0
    site_rollout_id: int = 0
    site: str = ""
    position: int = 0
    move: str = ""
    state: str = ""
    note: str = ""


@dataclass(frozen=True)
class ProgrammeWaveBraked(ProgrammeEvent):
    """A wave of a programme was paused, by its brake or a person, or resumed."""

    wave_id: int = 0
    wave: str = ""
    move: str = ""
    reason: str = ""


@dataclass(frozen=True)
class SlotsApplied(ProgrammeEvent):
    """Somebody applied a proposal of days and crews to the sites that are left."""

    sites: int = 0
    reason: str = ""
