"""Sites, staff and plan as files over the API: the body of the request is the file."""

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from changes.programmes.actions.importing import import_file
from changes.programmes.actions.offering import sheet_named
from changes.programmes.queries import exporting
from web.api import asked
from web.api.blueprint import api
from web.api.programmes import shapes
from web.app import request_view, request_work
from web.uploads import takes_imports

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@api.post("/programmes/<int:number>/import", endpoint="programme_import")
@takes_imports
def imported(number: int) -> ResponseReturnValue:
    """Import the body, CSV or XLSX: all of it, or nothing and every fault; ``dry_run`` looks only.

    A file with faults is answered with 400 and all of them by sheet, row and column.
    """
    given = asked.parameters("name", "sheet", "dry_run")
    sheet = sheet_named(given.get("sheet", ""))
    dry_run = asked.switch(given, "dry_run")
    content = request.get_data(cache=False)
    with request_view() if dry_run else request_work() as work:
        found = import_file(work, number, content, given.get("name", "api"), sheet, dry_run)
    return jsonify(shapes.imported(found)), 400 if found.faults.count else 200


@api.get("/programmes/<int:number>/export", endpoint="programme_export")
def exported(number: int) -> ResponseReturnValue:
    """Return the workbook of a programme, or one ``sheet`` of it as CSV."""
    given = asked.parameters("sheet")
    sheet = sheet_named(given.get("sheet", ""))
    with request_view() as work:
        if sheet is None:
            return download(exporting.as_workbook(work, number), f"programme-{number}.xlsx")
        content = exporting.as_csv(work, number, sheet)
    return download(content, f"programme-{number}-{sheet.value}.csv")


def download(content: bytes, name: str) -> Response:
    """Return a file that a browser keeps and never shows."""
    kind = WORKBOOK if name.endswith(".xlsx") else "text/csv; charset=utf-8"
    head = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=head, content_type=kind)
