"""The blueprint of the change screens, and what they answer when somebody was faster."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.core.errors import Conflict, IllegalMove, SsocError
from web import errors

changes = Blueprint("changes", __name__, template_folder="templates", url_prefix="/changes")


@changes.errorhandler(IllegalMove)
@changes.errorhandler(Conflict)
def explain_conflict(error: SsocError) -> ResponseReturnValue:
    """Say that the page was overtaken, and lead back to how things stand now."""
    if errors.wants_json():
        return errors.explain(error)
    number = (request.view_args or {}).get("change_id")
    back = url_for("changes.change", change_id=number) if number else url_for("changes.listed")
    return render_template("noc/conflict.html", what=str(error), back=back), error.status
