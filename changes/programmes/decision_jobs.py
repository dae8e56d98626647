"""What the clock does for decisions: judge watched days, measure brakes, keep forecasts."""

from collections.abc import Callable
from datetime import timedelta

from changes.programmes.actions import braking, forecasting, watching
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import GateDecided
from ssoc.core.work import Runtime, Work


def watch_sites(runtime: Runtime) -> None:
    """Judge the days of watched sites that are over, then measure the brake of each wave."""
    with runtime.view(SYSTEM) as work:
        found = watching.due_days(work)
    if found:
        with runtime.work(SYSTEM) as work:
            watching.keep_days(work, found)
    with runtime.work(SYSTEM) as work:
        braking.open_brakes(work)
    with runtime.work(SYSTEM) as work:
        braking.measure_brakes(work)


def keep_forecasts(runtime: Runtime) -> None:
    """Keep today's forecast of each programme beside those of the days before."""
    with runtime.work(SYSTEM) as work:
        forecasting.keep(work)


def brake_wave(work: Work, event: GateDecided) -> None:
    """Pause the wave behind the one whose brake decided."""
    braking.follow_brake(work, event)


JOBS: dict[Callable[[Runtime], None], timedelta] = {
    watch_sites: timedelta(minutes=15),
    keep_forecasts: timedelta(hours=1),
}
