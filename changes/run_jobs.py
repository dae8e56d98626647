"""What is done about runs by the clock: tell the room before a window is overrun, once a state."""

from datetime import timedelta

from changes.actions import moving
from changes.models import Run
from changes.queries import runs
from changes.rules.running import Standing, minute_after
from changes.run_values import AHEAD, CHECKPOINT, OVERRAN, RUN_ALERTS, RunView, place_of_run
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.vocabulary import RunOverrunForecast, Severity
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Criticality
from ssoc.monitoring import own_alerts
from ssoc.monitoring.own_alerts import OwnAlert


def watch_runs(runtime: Runtime) -> None:
    """Keep the alerts of each execution whose window will not do, and record what changed.

    All alerts of a run are one incident of its own. They name no component: pages of what the
    change touches are held back, these are not.
    """
    with runtime.view(SYSTEM) as work:
        found = runs.open_runs(work)
        alerts = [alert for each in found for alert in alerts_of(work, each)]
    own_alerts.keep_all(runtime, RUN_ALERTS, {each.key: each for each in alerts})
    _tell(runtime, found)


def alerts_of(work: Work, run: RunView) -> list[OwnAlert]:
    """Return what fires for a run, each alert once for each market of the change.

    What has fired goes on until the run ends: nothing clears and fires again. Its sentence
    follows the standing, and each further name is news.
    """
    if run.forecast is None or run.standing is None:
        return []
    place = place_of_run(run.change.reference, run.id)
    names = own_alerts.told(work, RUN_ALERTS, place)
    names |= {due} if (due := name_of(run)) else set()
    about = {"change": run.change.reference, "run": str(run.id)}
    vital = _is_vital(work, run) if names else False
    return [
        OwnAlert(
            name,
            words_of(run),
            about,
            market,
            severity=_severity(name, is_vital=vital),
            place=place,
        )
        for name in sorted(names)
        for market in run.change.markets or [""]
    ]


def name_of(run: RunView) -> str:
    """Return the name of what the room must hear of a run now, empty while it is in time."""
    if run.standing is Standing.OVER:
        return OVERRAN
    if run.standing in {Standing.DUE, Standing.PAST}:
        return CHECKPOINT
    return AHEAD if run.forecast and run.forecast.end > run.window_ends_at else ""


def words_of(run: RunView) -> str:
    """Return the sentence that says where a run stands against its window, the point first.

    A wall cuts what is long; the name of the change stands beside it among what changes now.
    """
    which = f"{run.change.reference} “{run.change.title}”"
    window = run.window_ends_at
    end = minute_after(run.forecast.end) if run.forecast else window
    at, until, back = f"{end:%H:%M} UTC", f"{window:%H:%M} UTC", f"{run.checkpoint:%H:%M} UTC"
    ends = f"{at} in 9 of 10 cases"
    ends += f", after its window {until}" if end > window else ", within its window"
    match run.standing:
        case Standing.OVER:
            return f"Past its window, which ended {until}: {which}"
        case Standing.DUE | Standing.PAST:
            return f"Checkpoint {back} reached, nobody has decided: {which}; forecast end {at}"
        case Standing.GOING_ON:
            return f"Goes on past its checkpoint {back} by decision, ends {ends}: {which}"
        case Standing.ROLLING_BACK:
            return f"Is rolled back, ends {ends}: {which}; checkpoint {back}"
    return f"Ends {ends}: {which}; checkpoint {back}"


def _severity(name: str, *, is_vital: bool) -> Severity:
    """Return what makes it a P2 by the usual rules where the change or the moment asks for it."""
    return Severity.CRITICAL if is_vital or name != AHEAD else Severity.ERROR


def _is_vital(work: Work, run: RunView) -> bool:
    """Tell whether the change touches a vital component, or takes one down with it."""
    known = estate_queries.current(work).components
    touched = {*run.change.components, *run.suppressed} & known.keys()
    return any(known[each].criticality is Criticality.VITAL for each in touched)


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
