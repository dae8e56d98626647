"""The blueprint of the room's screens, and what they answer when somebody was faster."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.core.errors import Conflict, IllegalMove, SsocError
from web import errors

noc = Blueprint("noc", __name__, template_folder="templates")


@noc.errorhandler(IllegalMove)
@noc.errorhandler(Conflict)
def explain_conflict(error: SsocError) -> ResponseReturnValue:
    """Say that the page was overtaken, and lead back to how things stand now."""
    if errors.wants_json():
        return errors.explain(error)
    number = (request.view_args or {}).get("incident_id")
    back = url_for("noc.incident", incident_id=number) if number else url_for("noc.triage")
    return render_template("noc/conflict.html", what=str(error), back=back), error.status
