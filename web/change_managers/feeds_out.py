"""Calendars handed out: read with nothing but their secret address, as their person sees now.

The address of a calendar is all its reader has: no session, no sign-in. It is bounded in how
often it may be read, and answers 304 while nothing has changed.
"""

import hashlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from changes.actions import calendar_links
from changes.calendar_writing import Writer
from changes.queries import calendar_feeds
from changes.queries.calendar_feeds import Link
from ssoc.accounts import queries as accounts
from ssoc.accounts.tokens import hash_of
from ssoc.core.errors import NotFound, SsocError, TooMany
from ssoc.core.permissions import ANONYMOUS, SYSTEM, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import auth
from web.app import request_runtime

feeds = Blueprint("feeds", __name__, url_prefix="/feeds")
log = logging.getLogger(__name__)
MOST_READS = 30  # of one address, or by one reader with wrong ones …
WITHIN = timedelta(minutes=5)  # … within this time
MOST_COUNTED = 10_000
_COUNTS = "ssoc.feeds"
_counting = Lock()
_GONE = "there is no such calendar; make one on your page of calendars"


@feeds.get("/changes/<token>.ics")
@auth.public
def changes(token: str) -> ResponseReturnValue:
    """Return the calendar of one secret address."""
    runtime = request_runtime()
    kept = hash_of(token[:64])
    with runtime.view(ANONYMOUS) as work:
        link = calendar_feeds.link_of(work, kept)
        now = work.now
        _bound(kept if link else f"from {auth.address()}", now)
        if link is None:
            raise NotFound(_GONE)
        content = _content(work, link)
    _touch(link, now)
    return _answer(content)


def _content(work: Work, link: Link) -> bytes:
    """Return the calendar as its person sees it; NotFound when they see nothing any more."""
    account = accounts.active(replace(work, actor=SYSTEM), link.person)
    if account is None or not account.actor.markets(Permission.CHANGE_SEE):
        raise NotFound(_GONE)
    seeing = replace(work, actor=account.actor)
    public = work.settings.web.public_url.rstrip("/")
    writer = Writer(link.person, estate_queries.current(work), public)
    return writer.write(f"ssoc {link.name}", calendar_feeds.told(seeing, link))


def _answer(content: bytes) -> ResponseReturnValue:
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.set_etag(hashlib.sha256(content).hexdigest()[:32])
    answer.headers["Cache-Control"] = "private, max-age=300"
    answer.headers["Content-Disposition"] = 'inline; filename="changes.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer.make_conditional(request)


def _bound(who: str, now: datetime) -> None:
    """Refuse a reader who asks too often; counted by each process for itself."""
    with _counting:
        counts: dict[str, tuple[datetime, int]] = current_app.extensions.setdefault(_COUNTS, {})
        began, number = counts.get(who, (now, 0))
        if now - began >= WITHIN:
            began, number = now, 0
        if len(counts) >= MOST_COUNTED:
            counts.clear()
        counts[who] = (began, number + 1)
    if number >= MOST_READS:
        raise TooMany(
            f"this calendar was read {MOST_READS} times within 5 minutes; ask again after "
            f"{began + WITHIN:%H:%M} UTC, and let it be read once an hour"
        )


def _touch(link: Link, now: datetime) -> None:
    """Note that the calendar was read; failing to note it refuses nobody."""
    last = link.last_used_at
    if last is not None and now - last < calendar_links.TOUCH_AT_MOST:
        return
    try:
        with request_runtime().work(ANONYMOUS) as work:
            calendar_links.touch_link(work, link.id)
    except SsocError as error:
        log.warning("calendar %s was read, unnoted: %s", link.id, error)
