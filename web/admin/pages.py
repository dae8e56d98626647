"""Who was told what lately, and what did not arrive."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.notify import queries
from web import shell
from web.admin.blueprint import admin
from web.app import request_view
from web.noc import pages_view


@admin.get("/admin/pages")
def pages() -> ResponseReturnValue:
    """Show the newest pages of the actor's markets, those not delivered first."""
    with request_view() as work:
        if not work.actor.markets(Permission.JOB_SEE):
            work.require(Permission.JOB_SEE, EVERYWHERE)
        return render_template(
            "admin/pages.html",
            pages=pages_view.recent(work),
            failing=queries.undelivered(work),
            now=work.now,
            where=shell.scope_of(work.actor),
        )
