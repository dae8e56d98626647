"""One's own calendars over the API; a person's session is needed, a token has no calendars."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.actions import calendar_links
from changes.actions.calendar_links import LinkDraft, Shows
from changes.queries import calendar_feeds
from changes.queries.calendar_feeds import Link
from ssoc.core.errors import BadInput, NotAllowed
from ssoc.core.permissions import ActorKind
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.app import request_view, request_work
from web.change_managers.calendars import address_of


@api.get("/calendars", endpoint="calendars")
def listed() -> ResponseReturnValue:
    """Return one's own calendars; their addresses are shown once, when made."""
    asked.parameters()
    with request_view() as work:
        _require_person(work)
        return jsonify(items=[_link(each) for each in calendar_feeds.links(work)], next=None)


@api.post("/calendars", endpoint="calendar_make")
def make() -> ResponseReturnValue:
    """Make a calendar, and return its address this once; nothing of it is kept to repeat."""
    asked.parameters()
    given = asked.body("name", "markets", "component", "shows")
    shows = given.text("shows", Shows.BOTH.value)
    if shows not in set(Shows):
        raise BadInput(f"the field shows must be one of {', '.join(Shows)}")
    draft = LinkDraft(
        given.text("name"), given.texts("markets"), given.text("component", ""), Shows(shows)
    )
    with request_work() as work:
        plain = calendar_links.make_link(work, draft)
    with request_view() as work:
        newest = max(calendar_feeds.links(work), key=lambda each: each.id)
    answer = jsonify({**_link(newest), "address": address_of(plain)})
    answer.headers["Cache-Control"] = "no-store"
    return answer, 201


@api.post("/calendars/<int:number>/revoke", endpoint="calendar_revoke")
def revoke(number: int) -> ResponseReturnValue:
    """End one's own calendar at once."""
    asked.parameters()
    asked.body()
    with request_work() as work:
        calendar_links.revoke_link(work, number)
        work.session.flush()
        (found,) = (each for each in calendar_feeds.links(work) if each.id == number)
    return jsonify(_link(found))


def _require_person(work: Work) -> None:
    if work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed("a calendar belongs to a person; nothing was changed; sign in by name")


def _link(found: Link) -> Json:
    return {
        "id": found.id,
        "name": found.name,
        "markets": list(found.markets),
        "component": found.component or None,
        "shows": found.shows,
        "made_at": instant(found.made_at),
        "revoked_at": instant(found.revoked_at),
        "last_used_at": instant(found.last_used_at),
    }
