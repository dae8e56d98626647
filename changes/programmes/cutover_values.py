"""The cut-over of one site as frozen values: what its sheet, the API and guards show. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.lifecycle import RunState
from changes.programmes.rules.cut_over import TemplateStep, is_flagged
from changes.rules.durations import Duration
from changes.rules.running import Forecast, Standing
from changes.run_values import RunStepView

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class CutOverStep(RunStepView):
    """A step of a site's run sheet; ``usual`` is how long it is forecast to take.

    ``last_minutes`` is how long it took in the last rehearsal, None where there was none.
    """

    p90: int = 0
    drains: bool = False
    no_return: bool = False
    in_flight: int | None = None
    usual: Duration | None = None
    last_minutes: float | None = None

    @property
    def is_flagged(self) -> bool:
        """Tell whether the last rehearsal took longer than p90 of the plan."""
        return is_flagged(self.p90, self.last_minutes)


@dataclass(frozen=True)
class CutOverView:
    """One cut-over of a site, or a rehearsal of it, with its forecast while it goes on."""

    id: int
    programme_id: int
    programme: str
    site_rollout_id: int
    code: str
    site: str
    market: str
    zone: str
    is_rehearsal: bool
    state: RunState
    started_at: datetime
    started_by: str
    window_ends_at: datetime
    rollback_minutes: int
    steps: Sequence[CutOverStep]
    went_on_at: datetime | None = None
    went_on_by: str = ""
    went_on_because: str = ""
    rolled_back_at: datetime | None = None
    rolled_back_because: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""
    note: str = ""
    forecast: Forecast | None = None
    standing: Standing | None = None
    standing_words: str = ""
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
    def step_of(self) -> Mapping[int, CutOverStep]:
        """Return the steps by position."""
        return {each.position: each for each in self.steps}

    @property
    def past_return(self) -> CutOverStep | None:
        """Return the point of no return once it is behind, else None."""
        passed = {"running", "done", "failed"}
        return next(
            (each for each in self.steps if each.no_return and each.state.value in passed), None
        )


@dataclass(frozen=True)
class Timing:
    """One step of the template beside what it took in rehearsals and cut-overs, newest last."""

    step: TemplateStep
    took: Sequence[float]
    usual: Duration
    last_minutes: float | None = None

    @property
    def is_flagged(self) -> bool:
        """Tell whether the last rehearsal took longer than p90 of the plan."""
        return is_flagged(self.step.p90, self.last_minutes)


@dataclass(frozen=True)
class Template:
    """The run sheet that every site of a programme begins with, with what steps took."""

    programme_id: int
    programme: str
    markets: Sequence[str]
    timings: Sequence[Timing]
    window_minutes: int
    rollback_minutes: int
    set_at: datetime | None = None
    set_by: str = ""
    version: int = 0
