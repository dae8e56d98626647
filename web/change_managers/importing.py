"""Import of another tool's changes: bring a file, look at what it would do, then do it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions import offering
from changes.actions.offering import Offer
from changes.importing.encodings import ENCODINGS
from changes.importing.mapping import TOOLS
from changes.importing.orders import ORDERS, in_words
from ssoc.core.errors import BadInput, Conflict, TooLarge
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view, request_work
from web.change_managers.blueprint import changes
from web.noc.choices import Choice
from web.uploads import takes_imports

_NAMES = {"servicenow": "ServiceNow", "itop": "iTop", "glpi": "GLPI"}
_DATES = {
    "year-first": "2026-12-31, year first",
    "day-first": "31-12-2026, day first",
    "month-first": "12-31-2026, month first",
}
SHOWN = 200


@changes.get("/import")
def import_form() -> ResponseReturnValue:
    """Ask for a file and how it is to be read."""
    return _form()


def _form(fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        _require(work)
        given = request.form
        zones = sorted({zone for each in _markets(work) for zone in each})
        orders = [("", "find out"), *((each, _DATES[each]) for each in ORDERS)]
        encodings = [("", "find out"), *((each, each) for each in ENCODINGS)]
        shown = render_template(
            "changes/import.html",
            fault=fault,
            past=[(each, words.when(each.at, work.now)) for each in offering.past(work)],
            tools=Choice("tool", "From", [(t, _NAMES[t]) for t in TOOLS], given.get("tool", "")),
            encodings=Choice("encoding", "Encoding", encodings, given.get("encoding", "")),
            dates=Choice("dates", "Order of its dates", orders, given.get("dates", "")),
            zone=given.get("zone", ""),
            zones=zones,
            mapping=given.get("mapping", ""),
            most_rows=work.settings.changes.most_import_rows,
        )
    return shown, status


def _markets(work: Work) -> list[tuple[str, ...]]:
    return [tuple(each.zones) for each in estate_queries.current(work).markets.values()]


def _require(work: Work) -> None:
    if not work.actor.markets(Permission.CHANGE_MANAGE):
        work.require(Permission.CHANGE_MANAGE, EVERYWHERE)


@changes.post("/import")
@takes_imports
def import_offer() -> ResponseReturnValue:
    """Keep the file and go on to what it would do; one that cannot be read is refused here."""
    given, file = request.form, request.files.get("file")
    try:
        with request_work() as work:
            number = offering.offer(
                work,
                Offer(
                    given.get("tool", ""),
                    (file.filename if file else "") or "changes.csv",
                    file.read() if file else b"",
                    given.get("zone", "").strip(),
                    given.get("encoding", ""),
                    given.get("mapping", ""),
                    given.get("dates", ""),
                ),
            )
            offering.look_at(work, number)
    except (BadInput, TooLarge) as refusal:
        text = str(refusal)
        return _form(f"{text[:1].upper()}{text[1:]}.", refusal.status)
    return redirect(url_for("changes.import_preview", number=number), code=303)


@changes.get("/import/<int:number>")
def import_preview(number: int) -> ResponseReturnValue:
    """Show what the import would do, with every fault by row and column."""
    with request_view() as work:
        given, found = offering.look_at(work, number)
        return render_template(
            "changes/import_preview.html",
            number=number,
            given=given,
            tool=_NAMES[given.tool],
            found=found,
            dates=in_words(found.dates.order),
            faults=found.faults[:SHOWN],
            separator={",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[
                found.sheet.separator
            ],
            now=work.now,
        )


@changes.post("/import/<int:number>")
def import_take(number: int) -> ResponseReturnValue:
    """Import the file; should it have a fault by now, nothing is written and it is shown."""
    with request_work() as work:
        found = offering.take(work, number)
    if not found.is_written:
        raise Conflict(f"the file has {words.counted(found.fault_count, 'fault')} now")
    flash(
        f"Imported: {words.exact(found.created)} new, {words.exact(found.updated)} altered, "
        f"{words.exact(found.unchanged)} as before, {words.exact(found.kept)} left alone."
    )
    return redirect(url_for("changes.listed"), code=303)
