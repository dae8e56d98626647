"""What is done about runs by the clock: tell the room before a window is overrun, once a state."""

from datetime import timedelta

from changes.actions import moving
from changes.models import Run
from changes.queries import runs
from changes.rules.running import Standing
from changes.run_values import AHEAD, CHECKPOINT, OVERRAN, RUN_ALERTS, RunView
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.vocabulary import RunOverrunForecast, Severity
from ssoc.core.work import Runtime
from ssoc.monitoring import own_alerts
from ssoc.monitoring.own_alerts import OwnAlert


def watch_runs(runtime: Runtime) -> None:
    """Keep an alert for each execution whose window will not do, and record what changed.

    The alerts name no component: pages of what the change touches are held back, these are not.
    """
    with runtime.view(SYSTEM) as work:
        found = runs.open_runs(work)
    alerts = [alert for each in found if (alert := alert_of(each))]
    # all names together: one alert follows the other unbroken
    own_alerts.keep_all(runtime, RUN_ALERTS, {each.key: each for each in alerts})
    _tell(runtime, found)


def alert_of(run: RunView) -> OwnAlert | None:
    """Return what the room must hear of a run now, None while it is in time."""
    if run.forecast is None or run.standing is None:
        return None
    end, window = run.forecast.end, run.window_ends_at
    said = f"{run.change.reference} “{run.change.title}” "
    if run.standing is Standing.OVER:
        return _alert(
            run, OVERRAN, f"{said}goes on after its window, which ended {window:%H:%M} UTC"
        )
    if run.standing in {Standing.DUE, Standing.PAST}:
        what = f"{said}reached its checkpoint {run.checkpoint:%H:%M} UTC and nobody has decided to "
        return _alert(run, CHECKPOINT, f"{what}go on; forecast end {end:%H:%M} UTC")
    if end <= window:
        return None
    back = "is rolled back and " if run.standing is Standing.ROLLING_BACK else ""
    return _alert(
        run,
        AHEAD,
        f"{said}{back}ends {end:%H:%M} UTC in 9 of 10 cases, after its window {window:%H:%M} UTC; "
        f"checkpoint {run.checkpoint:%H:%M} UTC",
    )


def _alert(run: RunView, name: str, summary: str) -> OwnAlert:
    markets = run.change.markets
    market = markets[0] if len(markets) == 1 else ""
    return OwnAlert(name, summary, {"change": run.change.reference}, market, "", Severity.ERROR)


def _tell(runtime: Runtime, found: list[RunView]) -> None:
    """Record each standing that is another than the last one told; a calm turn writes nothing."""
    with runtime.view(SYSTEM) as work:
        told = {each.id: row.told for each in found if (row := work.session.get(Run, each.id))}
    moved = [each for each in found if each.standing and told.get(each.id) != each.standing.value]
    if not moved:
        return
    with runtime.work(SYSTEM) as work:
        for each in moved:
            row = work.session.get(Run, each.id, with_for_update=True)
            if row is None or row.ended_at is not None or each.standing is None:
                continue
            is_first = not row.told and each.standing is Standing.IN_TIME
            row.told = each.standing.value
            if is_first or each.forecast is None:
                continue  # a run in time from its start is no news
            markets = moving.markets_text(each.change.markets)
            ends = (each.forecast.end.isoformat(), each.window_ends_at.isoformat())
            work.record(
                RunOverrunForecast(each.change.id, markets, each.id, each.standing.value, *ends)
            )
        bump(work.session)


JOBS = {watch_runs: timedelta(seconds=15)}
