"""The row of links between the list, the board and the calendar, and who may raise a change."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

NEW = "changes.change_new"  # the form of a new change
INBOX = "changes.approvals_inbox"  # what waits for one's answer


@dataclass(frozen=True)
class Tab:
    """One way to look at changes."""

    word: str
    href: str
    is_here: bool


def require_sight(work: Work) -> None:
    """Raise NotAllowed for who may see no change at all."""
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


def refuse_unknown(what: str, given: str, known: Iterable[str]) -> None:
    """Raise BadInput for a filter that means nothing, with the words that it knows."""
    there = list(known)
    if given and given not in there:
        raise BadInput(f"no {what} {given[:40]!r}; there are: {', '.join(there) or 'none'}")


def tabs(here: str, **kept: str) -> list[Tab]:
    """Return every way to look at changes; ``kept`` are filters that go along."""
    given = {name: value for name, value in kept.items() if value}
    places = [
        ("list", "List", url_for("changes.listed", **_only(given, "market", "component"))),
        ("board", "Board", url_for("changes.board", **_only(given, "market", "component"))),
        *(
            (view, word, url_for("changes.calendar", view=view, **_only(given, *given)))
            for view, word in (("month", "Month"), ("week", "Week, nights"), ("night", "One night"))
        ),
        ("approvals", "Approvals", url_for(INBOX)),
    ]
    places += [
        ("reviews", "Reviews", url_for("changes.reviews_due")),
        ("log", "Change log", url_for("changes.change_log")),
        ("delivery", "Delivery", url_for("changes.delivery_page")),
        ("freezes", "Freezes", url_for("changes.freezes")),
        ("templates", "Templates", url_for("changes.templates")),
    ]
    return [Tab(word, href, view == here) for view, word, href in places]


def _only(given: dict[str, str], *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def import_place(work: Work) -> str:
    """Return where another tool's changes are brought in, empty for who may not."""
    may = bool(work.actor.markets(Permission.CHANGE_MANAGE))
    return url_for("changes.import_form") if may else ""


def new_change(work: Work) -> str:
    """Return where a new change is raised, empty for who may not."""
    may = bool(work.actor.markets(Permission.CHANGE_PLAN))
    return url_for(NEW) if may and NEW in current_app.view_functions else ""
