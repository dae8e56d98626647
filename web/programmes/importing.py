"""Sites, staff and plan from a file: bring it, look at what it would do, then do it; and export."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import offering, planning
from changes.programmes.queries import exporting
from changes.programmes.queries import programmes as plans
from changes.programmes.sheets.columns import COLUMNS, SheetName
from ssoc.core.errors import BadInput, Conflict, TooLarge
from web import words
from web.app import request_view, request_work
from web.noc.choices import Choice
from web.programmes.blueprint import programmes
from web.uploads import takes_imports

SHOWN = 200
_SHEETS = {SheetName.SITES: "Sites", SheetName.STAFF: "Staff", SheetName.PLAN: "Plan"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@programmes.get("/<int:programme_id>/import")
def import_form(programme_id: int) -> ResponseReturnValue:
    """Ask for a file."""
    return _form(programme_id)


def _form(programme_id: int, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        one = plans.programme(work, programme_id)
        planning.require_all(work, one.markets)
        given = request.form.get("sheet", "")
        options = [("", "find out"), *((each.value, _SHEETS[each]) for each in SheetName)]
        shown = render_template(
            "programmes/import.html",
            one=one,
            fault=fault,
            sheets=Choice("sheet", "A CSV file is", options, given),
            columns=[(_SHEETS[name], columns) for name, columns in COLUMNS.items()],
            past=[(each, words.when(each.at, work.now)) for each in offering.past(work, one.id)],
            most_rows=work.settings.changes.most_import_rows,
        )
    return shown, status


@programmes.post("/<int:programme_id>/import")
@takes_imports
def import_offer(programme_id: int) -> ResponseReturnValue:
    """Keep the file and go on to what it would do; one that cannot be read is refused here."""
    given, file = request.form, request.files.get("file")
    name = (file.filename if file else "") or "sites.csv"
    try:
        with request_work() as work:
            content = file.read() if file else b""
            number = offering.offer(work, programme_id, name, content, given.get("sheet", ""))
            offering.look_at(work, number)
    except (BadInput, TooLarge) as refusal:
        text = str(refusal)
        return _form(programme_id, f"{text[:1].upper()}{text[1:]}.", refusal.status)
    place = url_for("programmes.import_preview", programme_id=programme_id, number=number)
    return redirect(place, code=303)


@programmes.get("/<int:programme_id>/import/<int:number>")
def import_preview(programme_id: int, number: int) -> ResponseReturnValue:
    """Show what the import would do, with every fault by sheet, row and column."""
    with request_view() as work:
        one = plans.programme(work, programme_id)
        name, found = offering.look_at(work, number)
        return render_template(
            "programmes/import_preview.html",
            one=one,
            number=number,
            name=name,
            found=found,
            counted=[(_SHEETS[sheet], each) for sheet, each in found.sheets.items()],
            faults=found.faults.kept[:SHOWN],
            fault_count=found.faults.count,
        )


@programmes.post("/<int:programme_id>/import/<int:number>")
def import_take(programme_id: int, number: int) -> ResponseReturnValue:
    """Import the file; should it have a fault by now, nothing is written and it is shown."""
    with request_work() as work:
        found = offering.take(work, number)
    if not found.is_written:
        raise Conflict(f"the file has {words.counted(found.faults.count, 'fault')} now")
    flash(f"Imported: {words.exact(found.created)} new, {words.exact(found.updated)} altered.")
    return redirect(url_for("programmes.programme", programme_id=programme_id), code=303)


@programmes.get("/<int:programme_id>/export")
def exports(programme_id: int) -> ResponseReturnValue:
    """Show which files there are of a programme."""
    with request_view() as work:
        one = plans.programme(work, programme_id)
        return render_template(
            "programmes/export.html",
            one=one,
            sheets=[(each.value, _SHEETS[each]) for each in SheetName],
        )


@programmes.get("/<int:programme_id>/export/<name>")
def export(programme_id: int, name: str) -> ResponseReturnValue:
    """Send one sheet as CSV, or all as a workbook; an import reads either again."""
    sheet, dot, kind = name.partition(".")
    with request_view() as work:
        if kind == "xlsx" and sheet == "programme":
            return _sent(exporting.as_workbook(work, programme_id), _XLSX, programme_id, name)
        chosen = offering.sheet_named(sheet)
        if chosen is None or not dot or kind != "csv":
            raise BadInput(f"no file {name[:40]!r} of a programme; open its page of exports")
        content = exporting.as_csv(work, programme_id, chosen)
    return _sent(content, "text/csv; charset=utf-8", programme_id, name)


def _sent(content: bytes, kind: str, programme_id: int, name: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=f"PRG-{programme_id}-{name}")
    return answer
