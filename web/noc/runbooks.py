"""Runbooks as pages: the list, and each of them."""

from flask import render_template
from flask.typing import ResponseReturnValue

from ssoc.core.errors import NotFound
from web import books
from web.noc.blueprint import noc


@noc.get("/runbooks")
def runbooks() -> ResponseReturnValue:
    """List the alerts that ssoc raises by itself, each with its runbook."""
    return render_template("noc/runbook.html", book=books.book(books.INDEX), is_index=True)


@noc.get("/runbooks/<book>")
def runbook(book: str) -> ResponseReturnValue:
    """Show what to look at first, what to do, and when the alert clears."""
    found = books.book(book)
    if found is None:
        raise NotFound(f"there is no runbook {book[:64]}; the list has all of them: /runbooks")
    return render_template("noc/runbook.html", book=found, is_index=False)
