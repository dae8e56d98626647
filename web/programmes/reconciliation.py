"""Reconciliation: a parallel run with its days, a day with its breaks, both files brought."""

from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.reconciliation.actions import breaks as acts
from changes.reconciliation.actions.reconciling import Given, reconcile
from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.queries import break_list, days, parallels
from changes.reconciliation.queries.break_list import ANY, MOST_AT_ONCE, BreakFilter
from changes.reconciliation.queries.overview import line_of
from changes.reconciliation.rules.lines import Side
from changes.reconciliation.values import ParallelView, Source, SourceKind
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotFound, SsocError
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_runtime, request_view, request_work
from web.programmes import recon_list_view, recon_view
from web.programmes.blueprint import programmes
from web.uploads import takes_extracts

SHOWN_FAULTS = 100
_DONE = {
    "explain": "explained",
    "carry": "carried",
    "close": "closed",
    "reopen": "opened again",
    "assign": "assigned",
}


@programmes.get("/reconciliation/<int:parallel_id>")
def recon(parallel_id: int) -> ResponseReturnValue:
    """Show one parallel run: where its exit stands, its days, breaks by class."""
    with request_view() as work:
        one = parallels.parallel(work, parallel_id)
        runs = days.runs(work, parallel_id)
        return render_template(
            "programmes/recon.html",
            one=one,
            card=recon_view.card(one, 400),
            today=recon_list_view.today(line_of(work, one)),
            runs=[each for each in runs if each.is_current or not each.has_result][:60],
            chart=recon_view.class_chart(runs),
            now=work.now,
            may_plan=work.actor.may(Permission.PROGRAMME_PLAN, one.market) and not one.ended_at,
        )


def _day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(f"{text[:16]!r} is no day such as 2026-03-02") from None


@programmes.get("/reconciliation/<int:parallel_id>/<day>")
def recon_day(parallel_id: int, day: str) -> ResponseReturnValue:
    """Show a day: sums side by side, breaks with their owners, what was carried into it."""
    return _day_page(parallel_id, _day_of(day))


def _day_page(
    parallel_id: int, day: date, fault: str = "", status: int = 200
) -> ResponseReturnValue:
    state, cursor = request.args.get("state", ""), request.args.get("after", "")
    with request_view() as work:
        one = parallels.parallel(work, parallel_id)
        runs = days.runs(work, parallel_id, day)
        current = next((each for each in runs if each.is_current), None)
        page = days.breaks(work, current.id, cursor, state) if current else days.BreakPage(())
        carried = days.carried_into(work, parallel_id, day)
        may_work = work.actor.may(Permission.PROGRAMME_WORK, one.market) and not one.ended_at
        shown = render_template(
            "programmes/recon_day.html",
            one=one,
            card=recon_view.card(one),
            day=day,
            runs=runs,
            current=current,
            failed=next(iter(each for each in runs[:1] if not each.has_result), None),
            totals=recon_view.totals(current) if current else (),
            breaks=recon_view.break_lines(page, one.zone),
            whole=days.counted(work, current.id, state) if current and may_work else 0,
            most=MOST_AT_ONCE,
            clock=recon_view.clock_words(days.clock_gap(work, current.id)) if current else "",
            carried=recon_view.break_lines(carried, one.zone),
            states=[("", "all"), *((each.value, each.value) for each in BreakState)],
            state=state,
            older=url_for(
                ".recon_day", parallel_id=parallel_id, day=day, state=state, after=page.next
            )
            if page.next
            else "",
            first=url_for(".recon_day", parallel_id=parallel_id, day=day, state=state)
            if cursor
            else "",
            may_work=may_work,
            sides=[(side, source.kind is SourceKind.UPLOAD) for side, source in _sources(one)],
            fault=fault,
            now=work.now,
            shown_faults=SHOWN_FAULTS,
            sum_of=recon_view.sum_of,
        )
    return shown, status


def _sources(one: ParallelView) -> list[tuple[Side, Source]]:
    return [(Side.OLD, one.old), (Side.NEW, one.new)]


@programmes.post("/reconciliation/<int:parallel_id>/<day>")
@takes_extracts
def recon_run(parallel_id: int, day: str) -> ResponseReturnValue:
    """Compare a day with the files that were brought; what is fetched needs none."""
    on = _day_of(day)
    given = {}
    for side in Side:
        file = request.files.get(side.value)
        if file is not None and file.filename:
            given[side] = Given(file.filename, file.stream)  # type: ignore[arg-type]
    try:
        number = reconcile(request_runtime(), g.actor, parallel_id, on, given)
    except (BadInput, Conflict, IllegalMove) as refusal:
        return _day_page(parallel_id, on, _sentence(refusal), refusal.status)
    with request_view() as work:
        run = next(each for each in days.runs(work, parallel_id, on) if each.id == number)
    if run.has_result:
        flash(f"Compared: {words.counted(run.breaks, 'break')}.")
    return redirect(url_for(".recon_day", parallel_id=parallel_id, day=day), code=303)


def _sentence(refusal: SsocError) -> str:
    text = str(refusal)
    return f"{text[:1].upper()}{text[1:]}."


@programmes.post("/reconciliation/<int:parallel_id>/<day>/breaks")
def recon_judge(parallel_id: int, day: str) -> ResponseReturnValue:
    """Explain, carry, close, reopen or assign the chosen breaks, all of them or none."""
    on = _day_of(day)
    try:
        with request_work() as work:
            said = _judge(work, parallel_id, _chosen(work, parallel_id, on))
    except (BadInput, Conflict, IllegalMove, NotFound) as refusal:
        if isinstance(refusal, NotFound):
            with request_view() as work:
                parallels.found(work, parallel_id)
        return _day_page(parallel_id, on, _sentence(refusal), refusal.status)
    flash(said)
    return redirect(url_for(".recon_day", parallel_id=parallel_id, day=day), code=303)


def _chosen(work: Work, parallel_id: int, day: date) -> list[int]:
    """Return what was ticked, or all of the day in the state shown when they are still as many."""
    form, every = request.form, request.form.get("every", "")
    if not every:
        return [
            int(each)
            for each in form.getlist("break")
            if each.isascii() and each.isdecimal() and len(each) < 18
        ]
    parallels.found(work, parallel_id)
    wanted = BreakFilter(parallel_id=parallel_id, day=day, state=request.args.get("state") or ANY)
    found = break_list.numbers(work, wanted)
    if str(len(found)) != every:
        raise Conflict(
            f"the day has {words.counted(len(found), 'break')} in this state by now; look again, "
            "then repeat; nothing was changed"
        )
    return found


def _judge(work: Work, parallel_id: int, chosen: list[int]) -> str:
    form = request.form
    act, reason, owner = form.get("act", ""), form.get("reason", ""), form.get("owner", "")
    match act:
        case "explain":
            acts.explain(work, parallel_id, chosen, reason, owner)
        case "carry":
            acts.carry(work, parallel_id, chosen, owner, reason)
        case "close":
            acts.close(work, parallel_id, chosen, reason)
        case "reopen":
            acts.reopen(work, parallel_id, chosen, reason)
        case "assign":
            acts.assign(work, parallel_id, chosen, owner)
        case _:
            raise BadInput(f"say what to do: {', '.join(_DONE)}")
    return f"{words.counted(len(set(chosen)), 'break')} {_DONE[act]}."
