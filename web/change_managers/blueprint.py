"""The blueprint of the change screens, and what they answer when somebody was faster."""

from collections.abc import Mapping
from typing import Any

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
    back = _back(request.view_args or {})
    return render_template("noc/conflict.html", what=str(error), back=back), error.status


def _back(known: Mapping[str, Any]) -> str:
    if "run_id" in known:
        return url_for("changes.run", run_id=known["run_id"])
    if "change_id" in known:
        return url_for("changes.change", change_id=known["change_id"])
    return url_for("changes.listed")
