"""The blueprint of the programme screens, and what they answer when somebody was faster."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.core.errors import Conflict, IllegalMove, SsocError
from web import errors

programmes = Blueprint(
    "programmes", __name__, template_folder="templates", url_prefix="/programmes"
)


@programmes.errorhandler(IllegalMove)
@programmes.errorhandler(Conflict)
def explain_conflict(error: SsocError) -> ResponseReturnValue:
    """Say that the page was overtaken, and lead back to how things stand now."""
    if errors.wants_json():
        return errors.explain(error)
    back = _back(request.view_args or {})
    return render_template("noc/conflict.html", what=str(error), back=back), error.status


def _back(known: Mapping[str, Any]) -> str:
    if "site_rollout_id" in known:
        return url_for("programmes.site", site_rollout_id=known["site_rollout_id"])
    if "programme_id" in known:
        return url_for("programmes.programme", programme_id=known["programme_id"])
    return url_for("programmes.listed")
