"""A run as frozen values: what its rules, screens and the API decide and show with. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from changes.lifecycle import Outcome, RunState, StepState
from changes.rules.running import Forecast, Standing
from changes.values import ChangeView
from ssoc.monitoring.report import is_own_place, own_place

_MINUTE = timedelta(minutes=1)
AHEAD, CHECKPOINT, OVERRAN = "ChangeOverrunAhead", "ChangeCheckpointPassed", "ChangeOverran"
RUN_ALERTS = (AHEAD, CHECKPOINT, OVERRAN)
_RUN = ", run "


def place_of_run(reference: str, run_id: int) -> str:
    """Return the place of all alerts of one run: they are one incident."""
    return own_place(f"{reference}{_RUN}{run_id}")


def is_of_a_run(component: str) -> bool:
    """Tell whether an incident is of the alerts of a late run."""
    return is_own_place(component) and _RUN in component


def run_of_place(component: str) -> tuple[str, int] | None:
    """Return the change and the number of the run that an incident is about, None for others."""
    if not is_of_a_run(component):
        return None
    reference, _, number = component.rpartition("/")[2].partition(_RUN)
    return (reference, int(number)) if number.isdecimal() else None


class Decision(StrEnum):
    """What can be decided in a run; each needs a reason and stays on record."""

    GO_ON = "go on"
    HOLD_PAGES = "hold pages longer"
    ROLL_BACK = "roll back"


@dataclass(frozen=True)
class StepNote:
    """What somebody wrote when they pressed."""

    move: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class RunStepView:
    """One step of a run as planned and as it went; ``waits_for`` are steps to be done before."""

    position: int
    title: str
    planned_at: datetime
    state: StepState
    owner: str = ""
    planned_minutes: int = 0
    check: str = ""
    undo: str = ""
    is_hold_point: bool = False
    waits_for: Sequence[int] = ()
    began_at: datetime | None = None
    began_by: str = ""
    resumed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    repeats: int = 0
    undone_at: datetime | None = None
    undone_by: str = ""
    notes: Sequence[StepNote] = ()

    @property
    def took(self) -> timedelta | None:
        """Return how long it took, None until it ended."""
        if self.began_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.began_at

    @property
    def over(self) -> timedelta | None:
        """Return how much longer than planned it took; negative when it was quicker."""
        took = self.took
        return None if took is None else took - self.planned_minutes * _MINUTE


@dataclass(frozen=True)
class DecisionView:
    """One decision of a run."""

    kind: Decision
    reason: str
    by: str
    at: datetime
    forecast_end: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Presence:
    """Somebody on the bridge; ``left_at`` is None while they are there."""

    person: str
    partner: str
    joined_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True)
class RunView:
    """One run of a change, or a rehearsal of it, with its forecast.

    ``standing`` and ``forecast`` are None once it has ended, and where nobody asked for what lies
    ahead. ``like_runs`` counts earlier runs of
    the same template that the forecast could draw on.
    """

    id: int
    change: ChangeView
    is_rehearsal: bool
    state: RunState
    started_at: datetime
    started_by: str
    window_ends_at: datetime
    rollback_minutes: int
    steps: Sequence[RunStepView]
    decisions: Sequence[DecisionView] = ()
    bridge: Sequence[Presence] = ()
    outcome: Outcome | None = None
    rolled_back_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    note: str = ""
    suppressed: Sequence[str] = ()
    suppressed_until: datetime | None = None
    suppression_id: int | None = None
    forecast: Forecast | None = None
    standing: Standing | None = None
    standing_words: str = ""
    like_runs: int = 0
    is_decided: bool = False

    @property
    def checkpoint(self) -> datetime:
        """Return the last moment to begin a roll-back that ends within the window."""
        return self.window_ends_at - self.rollback_minutes * _MINUTE

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on."""
        return self.ended_at is None

    @property
    def overran(self) -> bool:
        """Tell whether it ended after its window."""
        return self.ended_at is not None and self.ended_at > self.window_ends_at

    @property
    def on_bridge(self) -> tuple[Presence, ...]:
        """Return who is on the bridge now."""
        return tuple(each for each in self.bridge if each.left_at is None)

    @property
    def roster(self) -> Mapping[str, tuple[Presence, ...]]:
        """Return who is on the bridge by partner; ourselves stand under an empty name."""
        found: dict[str, tuple[Presence, ...]] = {}
        for each in sorted(self.on_bridge, key=lambda one: (one.partner, one.joined_at)):
            found[each.partner] = (*found.get(each.partner, ()), each)
        return found

    @property
    def step_of(self) -> Mapping[int, RunStepView]:
        """Return the steps by position."""
        return {each.position: each for each in self.steps}


@dataclass(frozen=True)
class RunningChange:
    """A change that is being executed now; ``state`` is its standing against the window.

    By its run, or in waves: then ``rollout_id`` is set and ``words`` say which wave.
    """

    change_id: int
    title: str
    markets: Sequence[str]
    components: Sequence[str]
    started_at: datetime
    window_end: datetime
    forecast_end: datetime
    state: Standing
    run_id: int = 0
    words: str = ""
    is_rolling_back: bool = False
    rollout_id: int = 0


@dataclass(frozen=True)
class EndedChange:
    """A change whose execution ended lately."""

    change_id: int
    title: str
    markets: Sequence[str]
    components: Sequence[str]
    started_at: datetime
    ended_at: datetime
    outcome: Outcome
    overran: bool
    run_id: int = 0
