"""Reconciliation over the API: parallel runs, their days and breaks."""

from collections.abc import Callable, Mapping
from datetime import date

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue

from changes.programmes.queries import reconciled
from changes.reconciliation.actions import breaks as acts
from changes.reconciliation.actions import planning
from changes.reconciliation.actions.planning import ParallelDraft
from changes.reconciliation.actions.reconciling import Given, reconcile
from changes.reconciliation.queries import days, parallels
from changes.reconciliation.rules.lines import Side
from changes.reconciliation.rules.money import tolerance_of
from changes.reconciliation.values import BreakView, Mode, ParallelView, RunView, Source, SourceKind
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.repeating import once
from web.app import request_runtime, request_view
from web.uploads import takes_extracts

_SOURCE = ("kind", "definition", "path", "url", "query", "site")
_PARALLEL = (
    "subject",
    "title",
    "market",
    "starts_on",
    "ends_on",
    "mode",
    "days",
    "tolerance",
    "needs_month_end",
    "zone",
    "weekdays",
    "window_seconds",
    "rounding",
    "by_account",
    "old",
    "new",
    "due_minute",
)


@api.get("/parallel-runs", endpoint="parallel_runs")
def listed() -> ResponseReturnValue:
    """Return parallel runs, the newest first; ``subject`` such as ``site:12`` narrows them."""
    given = asked.parameters("subject", "before")
    before = _whole(given["before"], "before") if given.get("before") else None
    with request_view() as work:
        require_sight(work)
        found = parallels.listed(work, given.get("subject", "")[:64], before)
    more = found[-1].id if len(found) == parallels.MOST else None
    return jsonify(items=[parallel_shape(each) for each in found], next=more)


@api.post("/parallel-runs", endpoint="parallel_run_plan")
def planned() -> ResponseReturnValue:
    """Plan a parallel run, and return it."""
    asked.parameters()
    given = asked.body(*_PARALLEL)
    return once(lambda work: _shown(work, planning.plan(work, _draft(work, given))), 201)


@api.get("/parallel-runs/<int:number>", endpoint="parallel_run")
def one(number: int) -> ResponseReturnValue:
    """Return one parallel run with where its exit stands."""
    asked.parameters()
    with request_view() as work:
        return jsonify(parallel_shape(parallels.parallel(work, number)))


@api.put("/parallel-runs/<int:number>", endpoint="parallel_run_change")
def changed(number: int) -> ResponseReturnValue:
    """Write a parallel run anew over the version that was read, and return it."""
    asked.parameters()
    given = asked.body(*_PARALLEL, "version")

    def do(work: Work) -> Json:
        planning.replan(work, number, _draft(work, given), given.number("version"))
        return _shown(work, number)

    return once(do)


@api.get("/parallel-runs/<int:number>/days/<day>", endpoint="parallel_run_day")
def day_of(number: int, day: str) -> ResponseReturnValue:
    """Return the runs of a day, the newest first, each with sums, classes and faults."""
    asked.parameters()
    on = _day(day)
    with request_view() as work:
        found = days.runs(work, number, on)
        carried = days.carried_into(work, number, on).items
    return jsonify(
        items=[_run(each) for each in found], carried=[break_shape(each) for each in carried]
    )


@api.post("/parallel-runs/<int:number>/days/<day>", endpoint="parallel_run_reconcile")
@takes_extracts
def compared(number: int, day: str) -> ResponseReturnValue:
    """Compare a day with the files ``old`` and ``new`` of a multipart body, and return its run."""
    asked.parameters()
    on = _day(day)
    given = {
        side: Given(file.filename or side.value, file.stream)  # type: ignore[arg-type]
        for side in Side
        if (file := request.files.get(side.value)) is not None
    }
    made = reconcile(request_runtime(), g.actor, number, on, given)
    with request_view() as work:
        found = next(each for each in days.runs(work, number, on) if each.id == made)
    return jsonify(_run(found)), 201


@api.get("/parallel-runs/<int:number>/days/<day>/breaks", endpoint="parallel_run_breaks")
def breaks_of(number: int, day: str) -> ResponseReturnValue:
    """Return the breaks of the run that counts; ``after`` is the cursor of the next page."""
    given = asked.parameters("state", "after", "limit")
    with request_view() as work:
        current = days.current(work, number, _day(day))
        if current is None:
            raise NotFound(f"{day[:16]} has no run with a result")
        page = days.breaks(
            work, current.id, given.get("after", ""), given.get("state", ""), asked.limit(given)
        )
    return jsonify(items=[break_shape(each) for each in page.items], next=page.next or None)


_Do = Callable[[Work, int, Fields], None]
PARALLEL_ACTIONS: Mapping[str, tuple[tuple[str, ...], _Do]] = {
    "explain": (
        ("breaks", "reason", "owner"),
        lambda work, number, given: acts.explain(
            work, number, _numbers(given), given.text("reason"), given.text("owner", "")
        ),
    ),
    "carry": (
        ("breaks", "reason", "owner"),
        lambda work, number, given: acts.carry(
            work, number, _numbers(given), given.text("owner"), given.text("reason")
        ),
    ),
    "assign": (
        ("breaks", "owner"),
        lambda work, number, given: acts.assign(work, number, _numbers(given), given.text("owner")),
    ),
    "close": (
        ("breaks", "reason"),
        lambda work, number, given: acts.close(work, number, _numbers(given), given.text("reason")),
    ),
    "reopen": (
        ("breaks", "reason"),
        lambda work, number, given: acts.reopen(
            work, number, _numbers(given), given.text("reason")
        ),
    ),
    "end": (
        ("reason",),
        lambda work, number, given: planning.end(work, number, given.text("reason")),
    ),
}


@api.post("/parallel-runs/<int:number>/<action>", endpoint="parallel_run_act")
def act(number: int, action: str) -> ResponseReturnValue:
    """Do one of ``PARALLEL_ACTIONS``, and return the parallel run as it stands then."""
    if action not in PARALLEL_ACTIONS:
        there = ", ".join(PARALLEL_ACTIONS)
        raise NotFound(f"there is no action {action[:64]!r}; there are {there}")
    asked.parameters()
    known, run = PARALLEL_ACTIONS[action]
    given = asked.body(*known)

    def do(work: Work) -> Json:
        run(work, number, given)
        return _shown(work, number)

    return once(do)


def require_sight(work: Work) -> None:
    """Raise NotAllowed for who may see no market."""
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


def _numbers(given: Fields) -> list[int]:
    found = given.values.get("breaks")
    if not isinstance(found, list) or not all(type(each) is int for each in found):
        raise BadInput("the field breaks must be a list of numbers")
    return found


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise BadInput(f"{name} must be a whole number")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text[:16]!r} is no day such as 2026-03-02") from None


def _number(given: Fields, name: str, usual: int) -> int:
    found = given.values.get(name, usual)
    if type(found) is not int:
        raise BadInput(f"the field {name} must be a whole number")
    return found


def _source(given: Fields, name: str) -> Source:
    found = given.values.get(name, {})
    if not isinstance(found, dict) or set(found) - set(_SOURCE):
        raise BadInput(f"the field {name} must be an object of {', '.join(_SOURCE)}")
    if not all(isinstance(each, str) and len(each) <= 4000 for each in found.values()):
        raise BadInput(f"the field {name} must hold texts")
    if found.get("kind", "upload") not in set(SourceKind):
        raise BadInput(f"the kind of {name} must be one of {', '.join(SourceKind)}")
    return Source(
        SourceKind(found.get("kind", "upload")), *(found.get(each, "") for each in _SOURCE[1:])
    )


def _draft(work: Work, given: Fields) -> ParallelDraft:
    mode = given.text("mode", "shadow")
    if mode not in set(Mode):
        raise BadInput(f"the field mode must be one of {', '.join(Mode)}")
    weekdays = given.values.get("weekdays", [])
    if not isinstance(weekdays, list) or not all(type(each) is int for each in weekdays):
        raise BadInput("the field weekdays must be a list of numbers, 1 for Monday")
    ends = given.text("ends_on", "")
    return ParallelDraft(
        subject=given.text("subject"),
        title=given.text("title"),
        market=given.text("market"),
        starts_on=_day(given.text("starts_on")),
        ends_on=_day(ends) if ends else None,
        mode=Mode(mode),
        days=_number(given, "days", 3),
        tolerance=tolerance_of(given.text("tolerance", "1.00")),
        needs_month_end=given.switch("needs_month_end"),
        zone=given.text("zone", ""),
        weekdays=tuple(weekdays) or reconciled.week_of(work, given.text("subject").strip()),
        window_seconds=_number(given, "window_seconds", 600),
        rounding=_number(given, "rounding", 1),
        by_account=given.switch("by_account"),
        old=_source(given, "old"),
        new=_source(given, "new"),
        due_minute=_number(given, "due_minute", 600),
    )


def _shown(work: Work, number: int) -> Json:
    work.session.flush()
    return parallel_shape(parallels.parallel(work, number))


def parallel_shape(each: ParallelView) -> Json:
    """Return a parallel run with where its exit stands."""
    where = each.standing
    return {
        "id": each.id,
        "subject": each.subject,
        "title": each.title,
        "market": each.market,
        "zone": each.zone,
        "mode": each.mode.value,
        "starts_on": each.starts_on.isoformat(),
        "ends_on": each.ends_on.isoformat() if each.ends_on else None,
        "ended_at": instant(each.ended_at),
        "days": each.terms.days,
        "tolerance": str(each.terms.tolerance),
        "needs_month_end": each.terms.needs_month_end,
        "weekdays": list(each.weekdays),
        "window_seconds": each.window_seconds,
        "rounding": each.rounding,
        "by_account": each.by_account,
        "due_minute": each.due_minute,
        "old": _plain(each.old),
        "new": _plain(each.new),
        "version": each.version,
        "exit": {
            "is_met": where.is_met,
            "met_on": where.met_on.isoformat() if where.met_on else None,
            "why": where.why,
            "streak": where.streak,
            "marks": [[day.isoformat(), mark.value] for day, mark in where.marks],
        },
    }


def _plain(source: Source) -> Json:
    return {name: str(getattr(source, name)) for name in _SOURCE}


def _run(each: RunView) -> Json:
    return {
        "id": each.id,
        "day": each.day.isoformat(),
        "number": each.number,
        "has_result": each.has_result,
        "is_current": each.is_current,
        "reason": each.reason,
        "at": instant(each.at),
        "by": each.by,
        "old": {"name": each.old_name, "sha256": each.old_digest, "lines": each.old_lines},
        "new": {"name": each.new_name, "sha256": each.new_digest, "lines": each.new_lines},
        "breaks": each.breaks,
        "unlisted": each.unlisted,
        "matches": dict(each.matches),
        "totals": [
            {
                "currency": one.currency,
                "old": str(one.old),
                "new": str(one.new),
                "difference": str(one.difference),
                "old_matched": str(one.old_matched),
                "new_matched": str(one.new_matched),
            }
            for one in each.totals
        ],
        "classes": [
            {
                "class": one.kind.value,
                "currency": one.currency,
                "breaks": one.breaks,
                "value": str(one.value),
            }
            for one in each.classes
        ],
        "fault_count": each.fault_count,
        "faults": list(each.faults),
    }


def break_shape(each: BreakView) -> Json:
    """Return a break."""
    return {
        "id": each.id,
        "day": each.day.isoformat(),
        "class": each.kind.value,
        "currency": each.currency,
        "reference": each.reference,
        "old_amount": None if each.old_amount is None else str(each.old_amount),
        "new_amount": None if each.new_amount is None else str(each.new_amount),
        "difference": str(each.difference),
        "lines": list(each.lines),
        "gap_seconds": None if each.gap is None else each.gap.total_seconds(),
        "note": each.note,
        "state": each.state.value,
        "owner": each.owner,
        "explanation": each.explanation,
        "explained_by": each.explained_by,
        "explained_at": instant(each.explained_at),
        "found_on": each.found_on.isoformat() if each.found_on else None,
        "age": each.age,
    }
