"""Calendars of freezes: read whole or not at all, kept while they cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from changes.actions.freeze_feeds import (
    FeedDraft,
    add_feed,
    keep_fetched,
    refresh_soon,
    remove_feed,
    replace_file,
)
from changes.freeze_fetching import fetch
from changes.freeze_jobs import refresh_feeds
from changes.queries import freeze_pages
from changes.queries.freezes import freeze_spans
from changes.rules import feed_reading
from changes.rules.feed_reading import BadFeed, FeedTerms, Occurrence, read
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests.changes.freeze_story import calendar, estate, utc
from tests.factories import person

NOW = utc("2026-03-02 08:00")
CAIRO = FeedTerms("Africa/Cairo", is_hard=False)
MANAGER = person("marta", Role.CHANGE_MANAGER)
DAY = ("UID:day", "DTSTART;VALUE=DATE:20260424", "SUMMARY:Feast")
TIMED = ("UID:timed", "DTSTART:20260310T180000Z", "DTEND:20260311T060000Z", "SUMMARY:Cut-over")
GOOD = calendar(DAY, TIMED)


def said(*events: tuple[str, ...]) -> list[Occurrence]:
    return read(calendar(*events), CAIRO, NOW)


@pytest.mark.parametrize(
    ("event", "since", "until"),
    [
        pytest.param(TIMED, "2026-03-10 18:00", "2026-03-11 06:00", id="in UTC"),
        pytest.param(
            ("UID:a", "DTSTART:20260423T180000", "DTEND:20260424T060000"),
            "2026-04-23 16:00",
            "2026-04-24 03:00",
            id="no zone: the feed's own, 11 hours over Cairo's spring change",
        ),
        pytest.param(
            ("UID:a", "DTSTART:20260424T000000", "DURATION:PT5H"),
            "2026-04-23 22:00",
            "2026-04-24 02:00",
            id="no zone, from a midnight that does not exist",
        ),
        pytest.param(
            (
                "UID:a",
                "DTSTART;TZID=Africa/Nairobi:20260310T180000",
                "DTEND;TZID=Africa/Nairobi:20260310T190000",
            ),
            "2026-03-10 15:00",
            "2026-03-10 16:00",
            id="its own zone",
        ),
    ],
)
def test_times_are_read_in_their_zone(event: tuple[str, ...], since: str, until: str) -> None:
    (found,) = said(event)
    assert (found.since, found.until) == (utc(since), utc(until))


def test_an_all_day_event_is_days_without_times() -> None:
    (found,) = said(("UID:a", "DTSTART;VALUE=DATE:20260424", "DTEND;VALUE=DATE:20260427"))
    assert (found.first_on, found.last_on) == ("2026-04-24", "2026-04-26"), "DTEND is exclusive"
    (one,) = said(DAY)
    assert (one.first_on, one.last_on) == ("2026-04-24", "2026-04-24")


def test_what_repeats_is_worked_out_with_its_exceptions() -> None:
    weekly = (
        "UID:w",
        "DTSTART:20260310T180000Z",
        "DURATION:PT2H",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE:20260317T180000Z",
        "SUMMARY:Audit",
    )
    moved = ("UID:w", "RECURRENCE-ID:20260324T180000Z", "DTSTART:20260325T180000Z", "DURATION:PT1H")
    found = said(weekly, moved)
    assert [each.since for each in found] == [
        utc("2026-03-10 18:00"),
        utc("2026-03-25 18:00"),
        utc("2026-03-31 18:00"),
    ]
    assert len({each.key for each in found}) == 3


def test_what_repeats_for_ever_is_worked_out_400_days_ahead() -> None:
    found = said(("UID:a", "DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=MONTHLY"))
    assert (found[0].first_on, found[-1].first_on) == ("2026-02-01", "2027-04-01")


@pytest.mark.parametrize(
    ("lines", "is_hard"),
    [
        pytest.param((), False, id="as the calendar is"),
        pytest.param(("CATEGORIES:Hard,platform",), True, id="hard"),
        pytest.param(("CATEGORIES:x", "CATEGORIES:soft"), False, id="soft"),
    ],
)
def test_a_category_says_hard_or_soft(lines: tuple[str, ...], is_hard: bool) -> None:
    assert [each.is_hard for each in said((*TIMED, *lines))] == [is_hard]


def test_cancelled_events_are_no_freezes() -> None:
    assert said(DAY, (*TIMED, "STATUS:CANCELLED"))[0].name == "Feast"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "is no calendar", id="empty"),
        pytest.param(b"hello", "is no calendar", id="another text"),
        pytest.param(b"\xff\xfe\x00B", "is no calendar", id="another encoding"),
        pytest.param(b"BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT", "is no calendar", id="an event"),
        pytest.param(calendar(), "has no event", id="no event"),
        pytest.param(calendar(("UID:a",)), "has no DTSTART", id="no start"),
        pytest.param(calendar(("UID:a", "DTSTART:soon")), "DTSTART cannot", id="no time"),
        pytest.param(
            calendar(("UID:a", "DTSTART:20260310T180000Z", "DTEND:20260310T170000Z")),
            "ends before it starts",
            id="backwards",
        ),
        pytest.param(calendar(("UID:a", "DTSTART:20260310T180000Z")), "no length", id="a moment"),
        pytest.param(
            calendar(("UID:a", "DTSTART:20260310T180000Z", "DTEND;VALUE=DATE:20260311")),
            "a day and the other a time",
            id="mixed",
        ),
        pytest.param(
            calendar(("UID:a", "DTSTART;TZID=Nowhere/Land:20260310T180000", "DURATION:PT1H")),
            "time zone Nowhere/Land",
            id="a zone nobody knows",
        ),
        pytest.param(calendar((*TIMED, "RRULE:FREQ=NONSENSE")), "RRULE cannot", id="no rule"),
        pytest.param(calendar((*TIMED, "RRULE:FREQ=SECONDLY")), "more than once a day", id="often"),
        pytest.param(
            calendar((*TIMED, "RRULE:FREQ=DAILY;BYHOUR=1,2,3")), "more than once a day", id="hours"
        ),
        pytest.param(calendar(("UID:a", "DTSTART;VALUE=DATE:10000101")), "year 1000", id="old"),
        pytest.param(calendar(*[DAY] * 2_001), "2001 events", id="too many events"),
        pytest.param(
            calendar(*[(*DAY, "RRULE:FREQ=DAILY")] * 101), "101 of its events", id="repeating"
        ),
    ],
)
def test_a_broken_calendar_is_refused_with_its_faults(content: bytes, words: str) -> None:
    with pytest.raises(BadFeed, match=words):
        read(content, CAIRO, NOW)


def test_all_faults_are_listed_at_once() -> None:
    with pytest.raises(BadFeed) as refusal:
        said(("UID:a", "SUMMARY:First"), DAY, ("UID:b", "DTSTART:soon", "SUMMARY:Third"))
    assert refusal.value.faults == (
        "event 1 (First): it has no DTSTART",
        "event 3 (Third): DTSTART cannot be read",
    )


def test_too_many_occurrences_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_reading, "MOST_OCCURRENCES", 100)
    with pytest.raises(BadFeed, match="more than 100 freezes"):
        said((*DAY, "RRULE:FREQ=DAILY"))


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with pytest.raises(BadFeed):
        read(content, CAIRO, NOW)


LINES = st.sampled_from(
    [
        *("UID:a", "UID:b", "SUMMARY:x\\,y", "STATUS:CANCELLED", "DTSTART:20260310T180000Z"),
        *("DTSTART;VALUE=DATE:20260310", "DTEND:20260311T060000", "DTEND;VALUE=DATE:20260312"),
        *("DURATION:P1D", "DURATION:-PT5H", "DURATION:x", "RRULE:FREQ=DAILY;COUNT=3", "RRULE:x=y"),
        *("EXDATE:20260310T180000Z", "RDATE:20260401T000000Z", "RECURRENCE-ID:20260310T180000Z"),
        *("CATEGORIES:hard", "DTSTART:99991231T235959Z", "DTSTART;TZID=:20260310T180000", ":", "X"),
        *("BEGIN:VALARM", "END:VALARM", "END:VEVENT", "RRULE:FREQ=YEARLY;BYDAY=5MO;BYMONTH=2"),
    ]
)


@given(st.lists(st.lists(LINES, max_size=7), max_size=4))
@settings(deadline=None)
def test_odd_events_are_read_or_refused(events: list[list[str]]) -> None:
    found: list[Occurrence] = []
    with suppress(BadFeed):
        found = read(calendar(*events), CAIRO, NOW)
    assert all(each.since < each.until for each in found)


# what is kept


@pytest.fixture
def story(runtime: Runtime) -> Runtime:
    """Give the runtime with the eight markets, allowed to ask the hosts of these tests."""
    with runtime.work(SYSTEM) as work:
        estate(work)
    changed = replace(runtime.settings.changes, feed_hosts=("127.0.0.1",), most_feed_bytes=4_096)
    return replace(runtime, settings=replace(runtime.settings, changes=changed))


def add(runtime: Runtime, **given: Any) -> int:
    usual: dict[str, Any] = {"name": "Group", "is_hard": True, "markets": ("EG", "KE")}
    with runtime.work(MANAGER) as work:
        return add_feed(work, FeedDraft(**{**usual, **given}))


def held(runtime: Runtime) -> dict[tuple[str, tuple[str, ...]], tuple[str, str]]:
    with runtime.view(MANAGER) as work:
        found = freeze_spans(work, utc("2026-03-01 00:00"), utc("2026-05-01 00:00"))
        return {
            (each.name, each.markets): (f"{each.since:%m-%d %H:%M}", f"{each.until:%m-%d %H:%M}")
            for each in found
            if each.source.value == "feed"
        }


BOTH = {
    ("Cut-over", ("EG", "KE")): ("03-10 18:00", "03-11 06:00"),
    ("Feast", ("EG",)): ("04-23 22:00", "04-24 21:00"),
    ("Feast", ("KE",)): ("04-23 21:00", "04-24 21:00"),
}


def test_a_file_holds_on_the_local_days_of_each_market(story: Runtime) -> None:
    add(story, content=GOOD)
    assert held(story) == BOTH


def test_a_broken_file_changes_nothing(story: Runtime) -> None:
    with pytest.raises(BadInput, match="event 1"):
        add(story, content=calendar(("UID:a",)))
    number = add(story, content=GOOD)
    with pytest.raises(BadInput, match="event 2"), story.work(MANAGER) as work:
        replace_file(work, number, calendar(DAY, ("UID:b",)))
    assert held(story) == BOTH
    with story.work(MANAGER) as work:
        replace_file(work, number, calendar(DAY))
    assert len(held(story)) == 2


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({}, "either the address", id="neither"),
        pytest.param({"url": "http://127.0.0.1/", "content": GOOD}, "either", id="both"),
        pytest.param({"url": "http://10.0.0.1/x"}, "feed_hosts in .changes", id="another host"),
        pytest.param({"url": "file:///etc/passwd"}, "scheme file", id="no web address"),
        pytest.param({"url": "http://me:pw@127.0.0.1/"}, "holds a user", id="a user"),
        pytest.param({"url": "http://127.0.0.1@evil.example/"}, "user", id="a trick"),
        pytest.param({"content": GOOD, "name": ""}, "no name", id="no name"),
        pytest.param({"content": GOOD, "zone": "Mars/Base"}, "no time zone", id="zone"),
        pytest.param({"content": GOOD, "markets": ("XX",)}, "does not know", id="market"),
        pytest.param({"content": GOOD, "every_minutes": 1}, "5 to 1440", id="too often"),
        pytest.param({"content": b"x" * 5_000}, "more than 4096 bytes", id="too large"),
    ],
)
def test_a_feed_that_makes_no_sense_is_refused(
    story: Runtime, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        add(story, **given)
    with story.view(MANAGER) as work:
        assert freeze_pages.feeds(work) == []


def test_who_may_add_and_remove_a_feed(story: Runtime) -> None:
    number = add(story, content=GOOD)
    for actor in (person("desk"), person("ke", Role.CHANGE_MANAGER, "KE")):
        with pytest.raises(NotAllowed), story.work(actor) as work:
            remove_feed(work, number, "mine")
        with pytest.raises(NotAllowed), story.work(actor) as work:
            add_feed(work, FeedDraft("x", False, ("EG",), content=GOOD))
    with pytest.raises(BadInput, match="no reason"), story.work(MANAGER) as work:
        remove_feed(work, number, " ")
    with story.work(MANAGER) as work:
        remove_feed(work, number, "moved")
    assert held(story) == {}
    with pytest.raises(Conflict), story.work(MANAGER) as work:
        remove_feed(work, number, "again")


class Site:
    """Another house's calendar: what it answers next, and what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.etag = 200, GOOD, '"one"'
        self.location = ""
        self.asked: list[str | None] = []


@contextmanager
def serving(site: Site) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.headers.get("If-None-Match"))
            known = site.status == 200 and self.headers.get("If-None-Match") == site.etag
            body = b"" if known else site.body
            self.send_response(304 if known else site.status)
            self.send_header("ETag", site.etag)
            self.send_header("Content-Length", str(len(body)))
            if site.location:
                self.send_header("Location", site.location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/freezes.ics?key=secret"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def alarms(runtime: Runtime) -> list[tuple[str, int]]:
    with runtime.view(SYSTEM) as work:
        rows = work.session.execute(
            text("select name, state from alert where name = 'FreezeFeedFailing'")
        )
        return [(row.name, row.state) for row in rows]


def test_a_feed_is_read_again_and_keeps_its_last_good_copy(
    story: Runtime, clock: FrozenClock
) -> None:
    site = Site()
    with serving(site) as url:
        number = add(story, url=url, every_minutes=15)
        assert held(story) == {}
        refresh_feeds(story)
        assert held(story) == BOTH
        refresh_feeds(story)
        assert site.asked == [None], "not due yet"
        clock.advance(timedelta(minutes=15))
        refresh_feeds(story)
        assert site.asked == [None, '"one"'], "asked with what is known"
        assert held(story) == BOTH
        for status, body in ((500, GOOD), (200, b"<html>"), (200, calendar()), (302, b"")):
            site.status, site.body, site.etag = status, body, f'"{status}{len(body)}"'
            clock.advance(timedelta(minutes=15))
            refresh_feeds(story)
            assert held(story) == BOTH, "never silently empty"
            with story.view(MANAGER) as work:
                (line,) = freeze_pages.feeds(work)
            assert line.failing_since is not None
            assert line.faults
            assert "secret" not in line.faults[0]
        assert alarms(story) == [("FreezeFeedFailing", 0)]
        site.status, site.body, site.etag = 200, calendar(DAY), '"new"'
        with story.work(MANAGER) as work:
            refresh_soon(work, number)
        refresh_feeds(story)
    assert len(held(story)) == 2
    with story.view(MANAGER) as work:
        (line,) = freeze_pages.feeds(work)
    assert (line.failing_since, line.faults, line.to_come) == (None, (), 1)
    assert [state for _, state in alarms(story)] != [0]
    clock.advance(timedelta(minutes=15))
    refresh_feeds(story)
    assert len(held(story)) == 2, "the site is gone, its freezes stay"


def test_only_allowed_hosts_are_asked_and_only_so_much_is_read(story: Runtime) -> None:
    site = Site()
    with serving(site) as url:
        strange = replace(story.settings.changes, feed_hosts=("calendar.example",))
        other = replace(story.settings, changes=strange)
        assert "feed_hosts in [changes]" in fetch(other, url, "").fault
        assert site.asked == []
        site.body = b"x" * 5_000
        assert "most_feed_bytes in [changes]" in fetch(story.settings, url, "").fault
        site.status, site.location = 302, "http://169.254.169.254/latest/"
        site.body = b""
        assert "leads elsewhere (302)" in fetch(story.settings, url, "").fault
        assert len(site.asked) == 2, "no redirect is followed"


def test_what_repeats_is_worked_out_again_every_day(story: Runtime, clock: FrozenClock) -> None:
    add(story, content=calendar((*DAY, "RRULE:FREQ=DAILY")))
    with story.view(MANAGER) as work:
        before = freeze_pages.feeds(work)[0].to_come
    clock.advance(timedelta(days=30))
    refresh_feeds(story)
    with story.view(MANAGER) as work:
        after = freeze_pages.feeds(work)[0].to_come
        read_at = freeze_pages.feeds(work)[0].read_at
    assert after == before + 30
    assert read_at == clock.now()


def test_a_removed_feed_takes_nothing_any_more(story: Runtime) -> None:
    from changes.actions.freeze_feeds import Fetched

    number = add(story, content=GOOD)
    with story.work(MANAGER) as work:
        remove_feed(work, number, "moved")
    with story.work(SYSTEM) as work:
        assert keep_fetched(work, number, Fetched(content=GOOD))
    assert held(story) == {}
