"""Parallel runs at a glance and their breaks over the API: filtered, counted, judged, as files."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.reconciliation.actions import many
from changes.reconciliation.queries import break_list, exporting
from changes.reconciliation.queries.break_list import ListedBreak
from changes.reconciliation.queries.overview import OpenBreaks, RunFilter, RunLine, overview
from changes.reconciliation.rules.groups import Group
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json
from web.api.programmes.reconciliation import break_shape, parallel_shape, require_sight
from web.api.repeating import once
from web.app import request_view
from web.programmes.recon_asked import NAMES, break_filter, wave_subjects
from web.programmes.recon_breaks import sent
from web.programmes.recon_list_view import date_of


@api.get("/parallel-runs/overview", endpoint="parallel_runs_overview")
def standing() -> ResponseReturnValue:
    """Return parallel runs by what they need, with counts by ``state`` and what is open.

    ``day`` tells how they stood that day, ``owner`` ``-`` what nobody owns.
    """
    given = asked.parameters("market", "wave", "day", "state", "owner", "q")
    state = asked.one_of(given, "state", [each.value for each in Group])
    with request_view() as work:
        require_sight(work)
        wanted = RunFilter(
            market=given.get("market", ""),
            subjects=wave_subjects(work, given.get("wave", "")),
            words=given.get("q", "")[:200],
            day=date_of(given.get("day", "")),
            group=state,
            owner=given.get("owner", ""),
        )
        found = overview(work, wanted)
    counts = {group.value: number for group, number in found.counts.items()}
    items = [_line(each) for each in found.lines]
    return jsonify(items=items, counts=counts, is_cut=found.is_cut)


def _line(each: RunLine) -> Json:
    return {
        **parallel_shape(each.view),
        "state": each.group.value,
        "open": _open(each.open),
    }


def _open(found: OpenBreaks) -> Json:
    return {
        "breaks": found.count,
        "unlisted": found.unlisted,
        "oldest": found.oldest.isoformat() if found.oldest else None,
        "age": found.age,
        "owners": list(found.owners),
        "unowned": found.unowned,
        "values": {currency: str(value) for currency, value in found.values.items()},
    }


@api.get("/parallel-breaks", endpoint="parallel_breaks")
def breaks() -> ResponseReturnValue:
    """Return breaks of all parallel runs, open ones unless ``state`` asks otherwise.

    ``age`` is in business days, ``amount`` in units of each break's currency, ``owner`` ``-`` is
    nobody; ``after`` is the cursor of the next page. ``unlisted`` ones were counted, not kept;
    ``is_cut``: those of older parallel runs than the newest 2,000 of the filter are not in here.
    """
    given = asked.parameters(*NAMES, "after", "limit")
    with request_view() as work:
        require_sight(work)
        wanted = break_filter(work, given)
        found = break_list.page(work, wanted, given.get("after", ""), asked.limit(given))
    counts = [
        {
            "kind": each.kind.value,
            "currency": each.currency,
            "breaks": each.breaks,
            "value": str(each.value),
        }
        for each in found.counts
    ]
    items = [_break(each) for each in found.items]
    return jsonify(
        items=items,
        next=found.next or None,
        counts=counts,
        unlisted=found.unlisted,
        is_cut=found.is_cut,
    )


def _break(each: ListedBreak) -> Json:
    where = {"title": each.title, "subject": each.subject, "market": each.market}
    return {**break_shape(each.view), "parallel_run": each.view.parallel_id, **where}


@api.get("/parallel-breaks.<kind>", endpoint="parallel_breaks_file")
def file(kind: str) -> ResponseReturnValue:
    """Return breaks under the same filters as ``csv`` or ``xlsx``."""
    if kind not in ("csv", "xlsx"):
        raise NotFound(f"breaks come as csv or xlsx, not as {kind[:8]!r}")
    given = asked.parameters(*NAMES)
    with request_view() as work:
        require_sight(work)
        rows = exporting.table(work, break_filter(work, given))
        at = work.now
    return sent(rows, kind, at)


@api.post("/parallel-breaks/<action>", endpoint="parallel_breaks_judge")
def judged(action: str) -> ResponseReturnValue:
    """Explain, carry, assign, close or reopen ``breaks`` of any parallel runs: all, or none."""
    if action not in many.ACTS:
        raise NotFound(f"there is no action {action[:64]!r}; there are {', '.join(many.ACTS)}")
    asked.parameters()
    given = asked.body("breaks", "reason", "owner")
    numbers = given.values.get("breaks")
    if not isinstance(numbers, list) or not all(type(each) is int for each in numbers):
        raise BadInput("the field breaks must be a list of numbers")

    def do(work: Work) -> Json:
        reason, owner = given.text("reason", ""), given.text("owner", "")
        return {"judged": many.judge(work, action, numbers, reason, owner)}

    return once(do)
