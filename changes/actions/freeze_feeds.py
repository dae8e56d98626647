"""Calendars of freezes: add, read again, remove. What cannot be read changes nothing.

The network is asked by ``changes.freeze_fetching`` outside any transaction; what came back is
kept here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from changes.actions.moving import require_in
from changes.models import FreezeEvent, FreezeFeed
from changes.queries import freezes as freeze_queries
from changes.rules.feed_reading import BadFeed, FeedTerms, Occurrence, read
from ssoc.core.calendar import zone_of
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import bump
from ssoc.core.signs import is_blank, told
from ssoc.core.vocabulary import FreezeFeedChanged
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.adapters.hosts import url_fault

MOST_FEEDS = 50
LEAST_MINUTES, MOST_MINUTES = 5, 1_440
MOST_NAME, MOST_URL, MOST_FAULTS, MOST_FAULT = 128, 500, 50, 500


@dataclass(frozen=True)
class FeedDraft:
    """A calendar as somebody adds it: an address, or the content of a file."""

    name: str
    is_hard: bool
    markets: Collection[str] = ()
    components: Collection[str] = ()
    zone: str = ""  # of times that name none; empty: that of the first market
    url: str = ""
    content: bytes = b""
    every_minutes: int = 60


@dataclass(frozen=True)
class Fetched:
    """What the other side answered: a calendar, that nothing is new, or a fault."""

    content: bytes = b""
    etag: str = ""
    is_unchanged: bool = False
    fault: str = ""


def add_feed(work: Work, draft: FeedDraft) -> int:
    """Add a calendar of freezes; return its number. An address is asked within a minute.

    Raises:
        NotAllowed: the right is missing in one of the markets it is for.
        BadInput: what is wrong with it; every fault of a file at once.

    """
    _require(work, draft.markets, draft.components)
    _check(work, draft)
    row = FreezeFeed(
        name=draft.name.strip()[:MOST_NAME],
        url=draft.url.strip(),
        is_hard=draft.is_hard,
        markets=sorted(set(draft.markets)),
        components=sorted(set(draft.components)),
        zone=draft.zone or _first_zone(work, draft.markets),
        every_minutes=draft.every_minutes,
        added_by=work.actor.name,
        added_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    _tell(work, row, "added", row.url or "from a file")
    if not row.url:
        _take(work, row, draft.content)
    return row.id


def replace_file(work: Work, feed_id: int, content: bytes) -> None:
    """Put a new file in the place of a calendar's old one; a broken one changes nothing."""
    row = _open(work, feed_id)
    if row.url:
        raise BadInput(f"{row.name} is read from {row.url}; remove it, then add a file")
    _take(work, row, content)
    _tell(work, row, "read", "from a file")


def refresh_soon(work: Work, feed_id: int) -> None:
    """Let a calendar be asked at the next turn, whatever its interval."""
    row = _open(work, feed_id)
    if not row.url:
        raise BadInput(f"{row.name} came from a file; give a new file instead")
    row.tried_at = None
    bump(work.session)


def remove_feed(work: Work, feed_id: int, reason: str) -> None:
    """Remove a calendar with its freezes; they hold no more."""
    row = _open(work, feed_id)
    said = told(reason)[:MOST_FAULT]
    if not said:
        raise BadInput("the removal has no reason; say why its freezes hold no more")
    row.removed_by, row.removed_at = work.actor.name, work.now
    _tell(work, row, "removed", said)


def keep_fetched(work: Work, feed_id: int, fetched: Fetched) -> bool:
    """Keep what came of asking a calendar; return whether it could be read.

    A fault leaves the last good copy in force. For the job: no right is asked for.
    """
    row = work.session.get(FreezeFeed, feed_id, with_for_update=True)
    if row is None or row.removed_at is not None:
        return True
    row.tried_at = work.now
    if fetched.fault:
        return _fail(work, row, [fetched.fault])
    content = row.content.encode() if fetched.is_unchanged else fetched.content
    try:
        found = read(content, FeedTerms(row.zone, row.is_hard), work.now)
    except BadFeed as error:
        return _fail(work, row, error.faults)
    _keep(work, row, content, found)
    row.etag = row.etag if fetched.is_unchanged else fetched.etag[:255]
    return True


def _take(work: Work, row: FreezeFeed, content: bytes) -> None:
    """Keep the content of a file, or raise BadInput with every fault and change nothing."""
    most = work.settings.changes.most_feed_bytes
    if len(content) > most:
        raise BadInput(f"the file has more than {most} bytes: see most_feed_bytes in [changes]")
    try:
        found = read(content, FeedTerms(row.zone, row.is_hard), work.now)
    except BadFeed as error:
        raise BadInput("\n".join(error.faults[:MOST_FAULTS])) from None
    row.tried_at = work.now
    _keep(work, row, content, found)


def _keep(work: Work, row: FreezeFeed, content: bytes, found: Sequence[Occurrence]) -> None:
    row.content = content.decode("utf-8", "replace").replace("\0", "")
    row.read_at = row.expanded_at = work.now
    if row.failing_since is not None:
        _tell(work, row, "read again", "")
    row.failing_since, row.fault, row.faults = None, "", []
    if _store(work, row.id, {each.key: each for each in found}):
        bump(work.session)
    work.session.flush()
    freeze_queries.forget(work)


def _store(work: Work, feed_id: int, found: Mapping[str, Occurrence]) -> int:
    """Make the kept occurrences those ``found``; return how many were not so before."""
    rows = work.session.scalars(select(FreezeEvent).where(FreezeEvent.feed_id == feed_id))
    kept = {row.key: row for row in rows}
    changed = 0
    for key in kept.keys() - found.keys():
        work.session.delete(kept[key])
        changed += 1
    for key, each in found.items():
        row = kept.get(key) or FreezeEvent(feed_id=feed_id, key=key)
        said = (each.name, each.reason, each.is_hard, each.first_on, each.last_on)
        stands = (row.name, row.reason, row.is_hard, row.first_on, row.last_on)
        if key in kept and (*said, each.since, each.until) == (*stands, row.since, row.until):
            continue
        row.name, row.reason, row.is_hard, row.first_on, row.last_on = said
        row.since, row.until, row.known_at = each.since, each.until, work.now
        work.session.add(row)
        changed += 1
    return changed


def _fail(work: Work, row: FreezeFeed, faults: Sequence[str]) -> bool:
    if row.failing_since is None:
        row.failing_since = work.now
        _tell(work, row, "could not be read", faults[0][:MOST_FAULT])
    row.fault, row.faults = faults[0][:MOST_FAULT], list(faults[:MOST_FAULTS])
    bump(work.session)
    return False


def _open(work: Work, feed_id: int) -> FreezeFeed:
    row = work.session.get(FreezeFeed, feed_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no calendar of freezes {feed_id}")
    _require(work, row.markets, row.components)
    if row.removed_at is not None:
        raise Conflict(f"{row.removed_by} has removed the calendar {row.name} already")
    return row


def _require(work: Work, markets: Collection[str], components: Collection[str]) -> None:
    estate = estate_queries.current(work)
    touched = set(markets) or {code for key in components for code in estate.markets_of(key)}
    require_in(work, Permission.CHANGE_MANAGE, touched or {EVERYWHERE})


def _check(work: Work, draft: FeedDraft) -> None:
    estate = estate_queries.current(work)
    if is_blank(draft.name):
        raise BadInput("the calendar has no name; say whose it is")
    unknown = [each for each in draft.components if each not in estate.components]
    unknown += [each for each in draft.markets if each not in estate.markets]
    if unknown:
        raise BadInput(f"the estate does not know {', '.join(sorted(unknown))[:200]}")
    if draft.zone:
        zone_of(draft.zone)
    if not LEAST_MINUTES <= draft.every_minutes <= MOST_MINUTES:
        raise BadInput(f"a calendar is asked every {LEAST_MINUTES} to {MOST_MINUTES} minutes")
    if bool(draft.url.strip()) == bool(draft.content):
        raise BadInput("give either the address of the calendar or a file, not both and not none")
    if draft.url.strip() and (fault := address_fault(work, draft.url.strip())):
        raise BadInput(fault)
    here = select(func.count()).select_from(FreezeFeed).where(FreezeFeed.removed_at.is_(None))
    if (work.session.scalar(here) or 0) >= MOST_FEEDS:
        raise BadInput(f"there are {MOST_FEEDS} calendars already; remove one first")


def address_fault(work: Work, url: str) -> str:
    """Return why an address may not be asked, empty when it may."""
    if len(url) > MOST_URL:
        return f"the address is longer than {MOST_URL} characters"
    fault = url_fault(url, work.settings.changes.feed_hosts)
    return fault.replace("allow_hosts in [polling]", "feed_hosts in [changes]")


def _first_zone(work: Work, markets: Collection[str]) -> str:
    estate = estate_queries.current(work)
    for code in estate.in_order(markets or estate.markets):
        if zones := estate.markets[code].zones:
            return zones[0]
    return "UTC"


def _tell(work: Work, row: FreezeFeed, what: str, why: str) -> None:
    work.session.flush()
    freeze_queries.forget(work)
    bump(work.session)
    work.record(FreezeFeedChanged(row.id, row.name, what, why))
