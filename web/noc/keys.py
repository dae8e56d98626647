"""The keys as a page of its own, for browsers without JavaScript."""

from flask import render_template
from flask.typing import ResponseReturnValue

from web.noc.blueprint import noc


@noc.get("/keys")
def keys() -> ResponseReturnValue:
    """Show which key does what."""
    return render_template("noc/keys_page.html")
