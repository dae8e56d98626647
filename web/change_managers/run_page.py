"""The run sheet: what goes on, the one next thing to press, and who is on the bridge."""

from flask import render_template
from flask.typing import ResponseReturnValue

from changes.queries import runs
from changes.rules.running import minute_after
from changes.run_values import RunView
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web.app import request_view
from web.change_managers import run_view
from web.change_managers.blueprint import changes
from web.noc import live, times


@changes.get("/runs/<int:run_id>", endpoint="run")
def show(run_id: int) -> ResponseReturnValue:
    """Show one run, for the night and for a telephone."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        run = runs.run(work, run_id)
        shown = render_template(
            "changes/run.html",
            sheet=run_view.sheet(work, run),
            run=run,
            there=_there(work, run),
            me=work.actor.name,
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def _there(work: Work, run: RunView) -> list[tuple[str, str]]:
    """Return the moments that matter on the clocks of the markets."""
    zones = times.zones_of(estate_queries.current(work), run.change.markets)
    first = ("Ended", run.ended_at) if run.ended_at else ("Now", work.now)
    moments = [first, ("Checkpoint", run.checkpoint)]
    if run.forecast is not None:
        moments.append(("Forecast end", minute_after(run.forecast.end)))
    moments.append(("Window ends", run.window_ends_at))
    return [(name, times.local(at, work.now, zones)) for name, at in moments] if zones else []
