"""Calendars handed out: right by RFC 5545, the same bytes for the same content, read back."""

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import text

from changes.actions.calendar_links import LinkDraft, Shows, make_link, revoke_link
from changes.actions.freeze_list import FreezeDraft, lift_freeze, set_freeze
from changes.calendar_writing import Writer
from changes.lifecycle import State
from changes.queries import calendar_feeds
from changes.queries.calendar_feeds import link_of, told
from ssoc.accounts.tokens import hash_of
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime
from ssoc.estate import queries as estate_queries
from tests import factories
from tests.changes.freeze_story import estate, utc
from tests.factories import person

READER = person("imre", Role.NOC_OPERATOR)
MANAGER = person("marta", Role.CHANGE_MANAGER)


@pytest.fixture
def story(runtime: Runtime) -> Runtime:
    """Give the runtime with the eight markets."""
    with runtime.work(SYSTEM) as work:
        estate(work)
    return runtime


def add_change(runtime: Runtime, markets: tuple[str, ...] = ("KE",), **given: Any) -> int:
    usual: dict[str, Any] = {"state": State.SCHEDULED, "submitted_at": runtime.clock.now()}
    with runtime.work(SYSTEM) as work:
        return factories.change(work, markets, ("core",), **{**usual, **given}).id


def content(runtime: Runtime, actor: Actor = READER, **given: Any) -> bytes:
    with runtime.work(actor) as work:
        plain = make_link(work, LinkDraft(**{"name": "telephone", "shows": Shows.CHANGES, **given}))
    with runtime.view(actor) as work:
        link = link_of(work, hash_of(plain))
        assert link is not None
        writer = Writer(actor.name, estate_queries.current(work), "https://ssoc.example")
        return writer.write("ssoc telephone", told(work, link))


def events(content: bytes) -> dict[str, Any]:
    """Return what a reader finds, by UID."""
    return {str(each["UID"]): each for each in Calendar.from_ical(content).walk("VEVENT")}


def test_a_change_reads_back(story: Runtime) -> None:
    number = add_change(
        story,
        ("EG", "KE"),
        title="Core release, ledger; part 2",
        preparation_minutes=30,
        rollback_minutes=20,
    )
    found = content(story)
    (uid, event), *rest = events(found).items()
    assert rest == []
    assert uid == f"change-{number}@ssoc.example"
    assert event["SUMMARY"] == f"CHG-{number} Core release, ledger; part 2"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (
        utc("2026-03-02 20:00"),
        utc("2026-03-02 22:00"),
    )
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "OPAQUE"), "imre carries it out"
    assert event["URL"] == f"https://ssoc.example/changes/{number}"
    assert "EG: Mon 02 Mar 2026 22:00 to Tue 03 Mar 2026 00:00 Africa/Cairo" in event["DESCRIPTION"]
    assert "Last moment to roll back in time: 21:40 UTC" in event["DESCRIPTION"]
    assert event.errors == []


def test_lines_are_folded_and_end_as_they_must(story: Runtime) -> None:
    add_change(story, title="ኢትዮጵያ " * 30)
    found = content(story)
    assert found.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert found.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in found.replace(b"\r\n", b"")
    assert max(len(line) for line in found.split(b"\r\n")) <= 75
    for needed in (b"PRODID:", b"DTSTAMP:", b"UID:"):
        assert needed in found


@pytest.mark.parametrize(
    ("state", "status", "transp"),
    [
        pytest.param(State.SUBMITTED, "TENTATIVE", "OPAQUE", id="waits for approval"),
        pytest.param(State.APPROVED, "TENTATIVE", "OPAQUE", id="has no place yet"),
        pytest.param(State.RUNNING, "CONFIRMED", "OPAQUE", id="runs"),
        pytest.param(State.CLOSED, "CONFIRMED", "OPAQUE", id="was done"),
        pytest.param(State.CANCELLED, "CANCELLED", "TRANSPARENT", id="cancelled stays"),
        pytest.param(State.REFUSED, "CANCELLED", "TRANSPARENT", id="refused stays"),
        pytest.param(State.DRAFT, "TENTATIVE", "OPAQUE", id="taken back to be planned again"),
    ],
)
def test_the_status_follows_the_state(
    story: Runtime, state: State, status: str, transp: str
) -> None:
    add_change(story, state=state)
    (event,) = events(content(story)).values()
    assert (event["STATUS"], event["TRANSP"]) == (status, transp)


def test_drafts_nobody_submitted_and_changes_without_window_stay_out(story: Runtime) -> None:
    add_change(story, state=State.DRAFT, submitted_at=None)
    add_change(story, starts_at=None, ends_at=None)
    add_change(story, state=State.CANCELLED, submitted_at=None)
    assert events(content(story)) == {}


def test_the_same_content_is_the_same_bytes_and_sequence_rises(
    story: Runtime, clock: FrozenClock
) -> None:
    number = add_change(story)
    first = content(story)
    clock.advance(timedelta(hours=1))
    assert content(story) == first
    with story.work(SYSTEM) as work:
        from changes.models import Change

        row = work.session.get_one(Change, number)
        row.starts_at, row.ends_at = utc("2026-03-03 20:00"), utc("2026-03-03 21:00")
    before, after = (next(iter(events(each).values())) for each in (first, content(story)))
    assert before["UID"] == after["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


def test_a_reader_sees_their_markets_of_now(story: Runtime) -> None:
    kenya, egypt = add_change(story, ("KE",)), add_change(story, ("EG", "KE"))
    add_change(story, ("MZ",))
    of_kenya = person("imre", Role.NOC_OPERATOR, "KE")
    assert set(events(content(story, of_kenya))) == {
        f"change-{kenya}@ssoc.example",
        f"change-{egypt}@ssoc.example",
    }
    assert len(events(content(story))) == 3
    assert len(events(content(story, markets=("EG",)))) == 1
    assert len(events(content(story, component="ussd-ke"))) == 0
    with pytest.raises(NotAllowed):
        content(story, of_kenya, markets=("EG",))


def test_freezes_read_back_and_lifted_ones_are_cancelled(
    story: Runtime, clock: FrozenClock
) -> None:
    with story.work(MANAGER) as work:
        local: dict[str, Any] = {
            "local_since": "2026-04-23T18:00",
            "local_until": "2026-04-24T06:00",
        }
        wall = set_freeze(work, FreezeDraft("Feast", True, "closed", markets=("EG", "KE"), **local))
        span: dict[str, Any] = {"since": utc("2026-03-10 00:00"), "until": utc("2026-03-11 00:00")}
        dropped = set_freeze(
            work, FreezeDraft("Audit", False, "looked at", markets=("KE",), **span)
        )
    clock.advance(timedelta(hours=1))
    with story.work(MANAGER) as work:
        lift_freeze(work, dropped, "moved")
    found = events(content(story, shows=Shows.FREEZES, markets=("KE",)))
    feast = found[f"freeze-list-{wall}-KE@ssoc.example"]
    assert feast["SUMMARY"] == "Hard freeze: Feast (KE)"
    assert (feast["DTSTART"].dt, feast["TRANSP"]) == (utc("2026-04-23 15:00"), "TRANSPARENT")
    audit = found[f"freeze-list-{dropped}-KE@ssoc.example"]
    assert (audit["STATUS"], int(audit["SEQUENCE"]) > int(feast["SEQUENCE"])) == ("CANCELLED", True)
    assert not any("-EG@" in uid for uid in found), "another market"
    assert any("computed-salary-days-KE" in uid for uid in found)
    assert len(found) == len({(str(e["UID"]), e["DTSTART"].dt) for e in found.values()})


def test_what_is_kept_of_an_address_is_its_hash(story: Runtime) -> None:
    with story.work(READER) as work:
        plain = make_link(work, LinkDraft("telephone"))
    with story.view(READER) as work:
        row = work.session.execute(text("select hash, person from calendar_link")).one()
        assert (row.hash, row.person) == (hash_of(plain), "imre")
        assert link_of(work, hash_of(plain + "x")) is None
        (link,) = calendar_feeds.links(work)
    with pytest.raises(NotFound), story.work(MANAGER) as work:
        revoke_link(work, link.id)
    with story.work(READER) as work:
        revoke_link(work, link.id)
    with story.view(READER) as work:
        assert link_of(work, hash_of(plain)) is None


@pytest.mark.parametrize(
    ("actor", "given", "refused"),
    [
        pytest.param(READER, {"name": " "}, BadInput, id="no name"),
        pytest.param(READER, {"component": "nope"}, BadInput, id="component"),
        pytest.param(READER, {"markets": ("XX",)}, BadInput, id="market"),
        pytest.param(Actor("nobody"), {}, NotAllowed, id="no role"),
        pytest.param(SYSTEM, {}, NotAllowed, id="no person"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(
    story: Runtime, actor: Actor, given: dict[str, Any], refused: type[Exception]
) -> None:
    with pytest.raises(refused), story.work(actor) as work:
        make_link(work, LinkDraft(**{"name": "telephone", **given}))


def test_nobody_has_more_than_twenty(story: Runtime) -> None:
    with story.work(READER) as work:
        for number in range(20):
            make_link(work, LinkDraft(f"n{number}"))
    with pytest.raises(BadInput, match="20 calendars"), story.work(READER) as work:
        make_link(work, LinkDraft("one more"))
