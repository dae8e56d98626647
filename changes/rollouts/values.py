"""A roll-out as frozen values: what rules, screens and the API decide and show with. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from changes.lifecycle import State
from changes.rollouts.lifecycle import RolloutState, WaveState
from ssoc.core.calendar import Span
from ssoc.core.errors import NotFound


@dataclass(frozen=True)
class Cohort:
    """Whom a wave reaches: an attribute of the context (``stripe``, ``channel``) and its values."""

    name: str
    attribute: str
    values: Sequence[str]


@dataclass(frozen=True)
class TaskView:
    """Something a person does in a wave."""

    position: int
    title: str
    owner: str = ""
    undo: str = ""
    done_at: datetime | None = None
    done_by: str = ""
    note: str = ""
    undone_at: datetime | None = None
    undone_by: str = ""


@dataclass(frozen=True)
class WaveView:
    """One wave; ``held`` are the reasons why it may not begin now, in words."""

    id: int
    position: int
    name: str
    state: WaveState
    markets: Sequence[str]
    cohorts: Sequence[Cohort] = ()
    sites: Sequence[str] = ()
    percent: int = 100
    people: int | None = None
    not_before: datetime | None = None
    is_automatic: bool = False
    soak_minutes: int = 0
    gate: Mapping[str, Any] = field(default_factory=dict)
    gate_id: int | None = None
    was: WaveState | None = None
    attempts: int = 0
    started_at: datetime | None = None
    at_gate_at: datetime | None = None
    paused_at: datetime | None = None
    paused_by: str = ""
    paused_because: str = ""
    ended_at: datetime | None = None
    tasks: Sequence[TaskView] = ()
    held: Sequence[str] = ()

    @property
    def open_tasks(self) -> tuple[TaskView, ...]:
        """Return what is still to be done before its gate decides."""
        return tuple(each for each in self.tasks if each.done_at is None)

    @property
    def tasks_to_undo(self) -> tuple[TaskView, ...]:
        """Return what was done, can be undone and is not yet, the last one first."""
        found = [t for t in self.tasks if t.done_at and t.undo and t.undone_at is None]
        return tuple(reversed(found))


@dataclass(frozen=True)
class DecisionView:
    """What was decided on a wave, or on the whole (``position`` None), by whom and why."""

    id: int
    position: int | None
    move: str
    state: str
    reason: str
    by: str
    at: datetime
    gate_id: int | None = None
    through: int = 0


@dataclass(frozen=True)
class RolloutView:
    """One roll-out with its waves in order; title and roll-back are those of its change."""

    id: int
    change_id: int
    title: str
    state: RolloutState
    markets: Sequence[str]
    components: Sequence[str]
    waves: Sequence[WaveView]
    watch_minutes: int = 0
    watch: Mapping[str, Any] = field(default_factory=dict)
    rollback_minutes: int = 0
    rollback_is_tested: bool = False
    started_at: datetime | None = None
    watched_from: datetime | None = None
    gate_id: int | None = None
    paused_at: datetime | None = None
    paused_by: str = ""
    paused_because: str = ""
    rolled_back_at: datetime | None = None
    ended_at: datetime | None = None
    created_at: datetime | None = None
    created_by: str = ""
    requester: str = ""
    implementer: str = ""
    verifier: str = ""
    change_state: State = State.DRAFT
    window: Span | None = None
    decisions: Sequence[DecisionView] = ()
    version: int = field(default=1, compare=False)

    @property
    def reference(self) -> str:
        """Return what people call it: ``ROL-12``."""
        return f"ROL-{self.id}"

    @property
    def current(self) -> WaveView | None:
        """Return the wave that is under way or paused, None between two."""
        return next((each for each in self.waves if each.state.is_under_way), None)

    @property
    def next(self) -> WaveView | None:
        """Return the first wave that has not begun."""
        return next((each for each in self.waves if each.state is WaveState.WAITING), None)

    @property
    def is_paused(self) -> bool:
        """Tell whether somebody has to decide before it goes on."""
        current = self.current
        return self.paused_at is not None or bool(current and current.state is WaveState.PAUSED)

    @property
    def in_force(self) -> tuple[WaveView, ...]:
        """Return the waves whose effect is in place."""
        return tuple(each for each in self.waves if each.state.is_in_force)

    def wave(self, position: int) -> WaveView:
        """Return the wave at a position, or raise NotFound."""
        for each in self.waves:
            if each.position == position:
                return each
        raise NotFound(f"{self.reference} has no wave {position}; it has {len(self.waves)} of them")
