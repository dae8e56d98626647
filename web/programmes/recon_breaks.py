"""Breaks of all parallel runs: filtered, judged many at once, taken along as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.queries import reconciled
from changes.reconciliation.actions import many
from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.queries import break_list, exporting
from changes.reconciliation.queries.break_list import ANY, LARGEST, OLDEST, BreakList, ListedBreak
from changes.reconciliation.queries.overview import NOBODY
from changes.reconciliation.rules.outcome import BreakClass
from ssoc.accounts.queries import active_holders
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotFound, SsocError
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.noc.asked import Asked, asked_of
from web.noc.choices import Choice
from web.programmes.blueprint import programmes
from web.programmes.recon_asked import NAMES, break_filter
from web.programmes.recon_list import places_choices, require_sight
from web.programmes.recon_view import BreakLine, break_line, sum_of

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DONE = {
    "explain": "explained",
    "carry": "carried",
    "close": "closed",
    "reopen": "opened again",
    "assign": "assigned",
}
_WORDS = {"q": "reference", "kind": "class", NOBODY: "nobody", "age": "business days at least"}


@dataclass(frozen=True)
class Row:
    """One break of the list with where it was found."""

    line: BreakLine
    title: str
    about: str
    market: str
    href: str


@programmes.get("/reconciliation/breaks")
def recon_breaks() -> ResponseReturnValue:
    """List breaks of all parallel runs, open ones unless asked otherwise."""
    return _page()


def _asked() -> Asked:
    return asked_of(request, "programmes.recon_breaks", NAMES, {})


def _page(fault: str = "", status: int = 200) -> ResponseReturnValue:
    asked = _asked()
    with request_view() as work:
        require_sight(work)
        choices, names, _ = places_choices(work, asked["market"], asked["wave"])
        found = break_list.page(work, break_filter(work, asked.given), asked.cursor)
        places = reconciled.places(work, {each.subject for each in found.items})
        may_work = bool(work.actor.markets(Permission.PROGRAMME_WORK))
        shown = render_template(
            "programmes/recon_breaks.html",
            rows=[_row(each, places) for each in found.items],
            found=found,
            sums=[(each, sum_of(each.value, each.currency)) for each in found.counts],
            choices=[*_choices(asked), *choices],
            chips=asked.chips(_WORDS | names),
            asked=asked,
            here=asked.link(cursor=asked.cursor),
            first=asked.link() if asked.cursor else "",
            older=asked.link(cursor=found.next) if found.next else "",
            range=_range(found),
            files=[(kind, _file(asked, kind)) for kind in ("csv", "xlsx")],
            people=sorted(active_holders(work)) if may_work else (),
            may_work=may_work,
            most=break_list.MOST_AT_ONCE,
            most_runs=break_list.MOST,
            fault=fault,
        )
    return shown, status


def _choices(asked: Asked) -> list[Choice]:
    states = [("", "open"), *((each.value, each.value) for each in list(BreakState)[1:])]
    kinds = [("", "Any class"), *((each.value, each.value) for each in BreakClass)]
    orders = [("", "Oldest first"), (LARGEST, "Largest difference first")]
    return [
        Choice("state", "State", [*states, (ANY, "any state")], asked["state"]),
        Choice("kind", "Class", kinds, asked["kind"]),
        Choice("order", "Order", orders, "" if asked["order"] == OLDEST else asked["order"]),
    ]


def _range(found: BreakList) -> str:
    whole = words.counted(found.whole, "break")
    shown = len(found.items)
    return whole if shown == found.whole else f"{words.exact(shown)} on this page, {whole} in all"


def _file(asked: Asked, kind: str) -> str:
    place = url_for("programmes.recon_breaks_file", kind=kind)
    return f"{place}?{urlencode(asked.given)}" if asked.given else place


def _row(each: ListedBreak, places: dict[str, reconciled.Place]) -> Row:
    place, one = places.get(each.subject), each.view
    return Row(
        break_line(one, each.zone),
        each.title,
        f"{place.code}, {place.wave}" if place else each.subject,
        each.market,
        url_for("programmes.recon_day", parallel_id=one.parallel_id, day=one.day.isoformat()),
    )


@programmes.post("/reconciliation/breaks")
def recon_breaks_judge() -> ResponseReturnValue:
    """Judge the chosen breaks, or all that the filter leaves: all of them, or none."""
    asked, form = _asked(), request.form
    act = form.get("act", "")
    try:
        with request_work() as work:
            require_sight(work)
            chosen = _chosen(work, asked, form.getlist("break"), form.get("every", ""))
            given = (form.get("reason", ""), form.get("owner", ""))
            number = many.judge(work, act, chosen, *given)
    except (BadInput, Conflict, IllegalMove, NotFound) as refusal:
        return _page(_sentence(refusal), refusal.status)
    flash(f"{words.counted(number, 'break')} {_DONE[act]}.")
    return redirect(asked.link(cursor=asked.cursor), code=303)


def _sentence(refusal: SsocError) -> str:
    text = str(refusal)
    return f"{text[:1].upper()}{text[1:]}."


def _chosen(work: Work, asked: Asked, ticked: Sequence[str], every: str) -> list[int]:
    """Return the numbers of what was ticked, or of all when they are as many as was said."""
    if not every:
        return [int(each) for each in ticked if each.isascii() and each.isdecimal()]
    found = break_list.numbers(work, break_filter(work, asked.given))
    if str(len(found)) != every:
        raise Conflict(
            f"the filter leaves {words.counted(len(found), 'break')} by now; look again, then "
            "repeat; nothing was changed"
        )
    return found


@programmes.get("/reconciliation/breaks.<kind>")
def recon_breaks_file(kind: str) -> ResponseReturnValue:
    """Send the breaks under a filter as CSV or as a workbook."""
    if kind not in ("csv", "xlsx"):
        raise NotFound(f"breaks come as csv or xlsx, not as {kind[:8]!r}")
    asked = _asked()
    with request_view() as work:
        require_sight(work)
        rows = exporting.table(work, break_filter(work, asked.given))
        at = work.now
    return sent(rows, kind, at)


def sent(rows: Sequence[Sequence[str]], kind: str, at: datetime) -> Response:
    """Return rows as a file that a browser keeps and never shows."""
    is_csv = kind == "csv"
    content = exporting.as_csv(rows) if is_csv else exporting.as_workbook(rows)
    head = {
        "Content-Disposition": f'attachment; filename="breaks-{at:%Y-%m-%d}.{kind}"',
        "X-Content-Type-Options": "nosniff",
    }
    kind_of = "text/csv; charset=utf-8" if is_csv else _XLSX
    return Response(content, headers=head, content_type=kind_of)
