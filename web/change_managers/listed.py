"""The list of changes."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ssoc.core.permissions import EVERYWHERE, Permission
from web.app import request_view
from web.change_managers.blueprint import changes


@changes.get("/")
def listed() -> ResponseReturnValue:
    """List changes, the newest first."""
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
    return render_template("changes/listed.html", found=[])
