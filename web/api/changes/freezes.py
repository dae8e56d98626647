"""Freezes over the API: what holds when, set, change, lift; the calendars they are read from."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.actions import freeze_feeds, freeze_list
from changes.actions.freeze_feeds import FeedDraft
from changes.actions.freeze_list import FreezeDraft
from changes.queries import freeze_pages
from changes.queries.freeze_pages import FeedLine, FreezeLine, HandFreeze
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.repeating import once
from web.app import request_view
from web.uploads import takes_files

FIRST_YEAR, LAST_YEAR = 2000, 2190
MOST_ASKED = timedelta(days=400)
FIELDS = (
    *("name", "is_hard", "reason", "markets", "components"),
    *("since", "until", "local_since", "local_until"),
)
FEED_FIELDS = (
    "name",
    "is_hard",
    "markets",
    "components",
    "zone",
    "url",
    "content",
    "every_minutes",
)


@api.get("/freezes", endpoint="freezes")
def listed() -> ResponseReturnValue:
    """Return the freezes of the next 90 days, or of a stretch, with the changes they hit."""
    given = asked.parameters("since", "until", "market")
    with request_view() as work:
        asked.check_market(work, given.get("market", ""), Permission.CHANGE_SEE)
        since, until = _stretch(work, given)
        market = given.get("market", "")
        found = [
            _line(each)
            for each in freeze_pages.lines(work, since, until)
            if not market or not each.markets or market in each.markets
        ]
    return jsonify(items=found, next=None)


def _stretch(work: Work, given: Mapping[str, str]) -> tuple[datetime, datetime]:
    fields = Fields(given)
    since = fields.instant("since", work.now)
    if not FIRST_YEAR <= since.year <= LAST_YEAR:
        raise BadInput(f"since must be in the years {FIRST_YEAR} to {LAST_YEAR}")
    until = fields.instant("until", since + freeze_pages.AHEAD)
    if not since < until <= since + MOST_ASKED:
        raise BadInput(f"until must be after since, by {MOST_ASKED.days} days at most")
    return since, until


@api.get("/freezes/<int:number>", endpoint="freeze")
def one(number: int) -> ResponseReturnValue:
    """Return one freeze that was set by hand."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_hand(work, freeze_pages.hand_freeze(work, number)))


@api.post("/freezes", endpoint="freeze_set")
def make() -> ResponseReturnValue:
    """Set a freeze; times with their offset, or wall times of each market."""
    asked.parameters()
    given = asked.body(*FIELDS)
    return once(lambda work: _kept(work, freeze_list.set_freeze(work, _draft(given))), 201)


@api.put("/freezes/<int:number>", endpoint="freeze_change")
def change(number: int) -> ResponseReturnValue:
    """Write a freeze anew over the version that was read."""
    asked.parameters()
    given = asked.body(*FIELDS, "version")

    def do(work: Work) -> Json:
        freeze_list.change_freeze(work, number, _draft(given), given.number("version"))
        return _kept(work, number)

    return once(do)


@api.post("/freezes/<int:number>/lift", endpoint="freeze_lift")
def lift(number: int) -> ResponseReturnValue:
    """End a freeze now, with the reason."""
    asked.parameters()
    given = asked.body("reason")

    def do(work: Work) -> Json:
        freeze_list.lift_freeze(work, number, given.text("reason"))
        return _kept(work, number)

    return once(do)


def _draft(given: Fields) -> FreezeDraft:
    return FreezeDraft(
        name=given.text("name"),
        is_hard=given.switch("is_hard"),
        reason=given.text("reason", ""),
        markets=tuple(given.texts("markets")),
        components=tuple(given.texts("components")),
        since=given.instant("since") if "since" in given.values else None,
        until=given.instant("until") if "until" in given.values else None,
        local_since=given.text("local_since", ""),
        local_until=given.text("local_until", ""),
    )


def _kept(work: Work, number: int) -> Json:
    work.session.flush()
    return _hand(work, freeze_pages.hand_freeze(work, number))


def _hand(work: Work, found: HandFreeze) -> Json:
    return {
        "id": found.id,
        "key": f"list/{found.id}",
        "name": found.name,
        "is_hard": found.is_hard,
        "reason": found.reason,
        "markets": list(found.markets),
        "components": list(found.components),
        "since": instant(found.since),
        "until": instant(found.until),
        "local_since": found.local_since or None,
        "local_until": found.local_until or None,
        "state": found.state(work.now),
        "added_by": found.added_by,
        "added_at": instant(found.added_at),
        "lifted_by": found.lifted_by or None,
        "lifted_at": instant(found.lifted_at),
        "lifted_because": found.lifted_because or None,
        "version": found.version,
    }


def _line(found: FreezeLine) -> Json:
    first = found.first
    return {
        "key": found.key,
        "name": first.name,
        "is_hard": first.is_hard,
        "source": first.source.value,
        "reason": first.reason,
        "markets": list(found.markets),
        "components": list(first.components),
        "spans": [
            {
                "markets": list(each.markets),
                "since": instant(each.since),
                "until": instant(each.until),
            }
            for each in found.spans
        ],
        "hits": [
            {"change": each.change.id, "phase": each.phase.value, "markets": list(each.markets)}
            for each in found.hits
        ],
    }


@api.get("/freeze-feeds", endpoint="freeze_feeds")
def feeds() -> ResponseReturnValue:
    """Return the calendars of freezes with their last reading and faults."""
    asked.parameters()
    with request_view() as work:
        return jsonify(items=[_feed(each) for each in freeze_pages.feeds(work)], next=None)


@api.post("/freeze-feeds", endpoint="freeze_feed_add")
@takes_files
def add_feed() -> ResponseReturnValue:
    """Add a calendar: its address in ``url``, or its text in ``content``."""
    asked.parameters()
    given = asked.body(*FEED_FIELDS)

    def do(work: Work) -> Json:
        minutes = given.number("every_minutes") if "every_minutes" in given.values else 60
        draft = FeedDraft(
            name=given.text("name"),
            is_hard=given.switch("is_hard"),
            markets=tuple(given.texts("markets")),
            components=tuple(given.texts("components")),
            zone=given.text("zone", ""),
            url=given.text("url", ""),
            content=given.text("content", "").encode(),
            every_minutes=minutes,
        )
        return _found(work, freeze_feeds.add_feed(work, draft))

    return once(do, 201)


@api.post("/freeze-feeds/<int:number>/refresh", endpoint="freeze_feed_refresh")
def refresh(number: int) -> ResponseReturnValue:
    """Let a calendar be asked within a minute."""
    asked.parameters()
    asked.body()

    def do(work: Work) -> Json:
        freeze_feeds.refresh_soon(work, number)
        return _found(work, number)

    return once(do)


@api.put("/freeze-feeds/<int:number>/content", endpoint="freeze_feed_replace")
@takes_files
def replace_content(number: int) -> ResponseReturnValue:
    """Put a new file in the place of the old one; a broken one changes nothing."""
    asked.parameters()
    given = asked.body("content")

    def do(work: Work) -> Json:
        freeze_feeds.replace_file(work, number, given.text("content").encode())
        return _found(work, number)

    return once(do)


@api.post("/freeze-feeds/<int:number>/remove", endpoint="freeze_feed_remove")
def remove(number: int) -> ResponseReturnValue:
    """Remove a calendar with its freezes."""
    asked.parameters()
    given = asked.body("reason")

    def do(work: Work) -> Json:
        found = _found(work, number)
        freeze_feeds.remove_feed(work, number, given.text("reason"))
        return {**found, "is_removed": True}

    return once(do)


def _found(work: Work, number: int) -> Json:
    work.session.flush()
    return _feed(freeze_pages.feed(work, number))


def _feed(found: FeedLine) -> Json:
    return {
        "id": found.id,
        "name": found.name,
        "url": found.url or None,
        "is_hard": found.is_hard,
        "markets": list(found.markets),
        "components": list(found.components),
        "zone": found.zone,
        "every_minutes": found.every_minutes,
        "tried_at": instant(found.tried_at),
        "read_at": instant(found.read_at),
        "failing_since": instant(found.failing_since),
        "faults": list(found.faults),
        "to_come": found.to_come,
    }
