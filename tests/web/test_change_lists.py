"""The list, the board and the calendar of changes: what they show, to whom, and how cheaply."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask

from changes.lifecycle import Outcome, State
from changes.models import CollisionFinding, Freeze
from changes.rules.collisions import Level
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.actions import WindowDraft, set_window
from tests import factories
from tests.changes import running_story
from tests.web.conftest import SignIn
from tests.web.counting import statements

HOUR = timedelta(hours=1)
KE_DESK = "desk-ke"
PAGES = ["/changes/", "/changes/board", "/changes/calendar"]
CALENDARS = [
    "/changes/calendar?view=month",
    "/changes/calendar?view=week",
    "/changes/calendar?view=night",
]


def add(work: Work, title: str, hours: float, state: State, **given: object) -> int:
    """Store a change of two hours that begins so many hours from now."""
    starts_at = work.now + hours * HOUR
    usual = {
        "title": title,
        "state": state,
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * HOUR,
    }
    markets = given.pop("markets", ["KE"])
    return factories.change(work, markets, **{**usual, **given}).id  # type: ignore[arg-type]


def collide(work: Work, one: int, other: int, at: datetime) -> None:
    """Store a finding of two changes."""
    work.session.add(
        CollisionFinding(
            key="a" * 24,
            rule="C4",
            level=Level.BLOCK,
            change_id=one,
            other_id=other,
            subject="core",
            sentence="CHG-1 and CHG-2 touch the shared core.",
            path=["core-ke"],
            markets=["KE", "MZ"],
            waivers=["incident_manager"],
            since=at,
            until=at + HOUR,
            place="here",
            found_at=work.now,
        )
    )


@pytest.fixture
def planned(console: Runtime) -> Runtime:
    """Give two changes that collide tonight, one that ran by day, works and a freeze."""
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz, core-mz")
        tonight = work.now + 12 * HOUR
        one = add(
            work, "Core: log volume", 12, State.SUBMITTED, markets=["KE", "TZ"], risk_points=54.0
        )
        other = add(
            work, "Core: limits", 12.5, State.SCHEDULED, markets=["MZ"], components=["core-mz"]
        )
        collide(work, one, other, tonight)
        add(
            work,
            "Switch firmware",
            0.25,
            State.SCHEDULED,
            markets=["KE"],
        )
        add(
            work,
            "Old one",
            -40,
            State.CLOSED,
            outcome=Outcome.FAILED,
            started_at=work.now - 40 * HOUR,
            finished_at=work.now - 37 * HOUR,
        )
        add(work, "Nobody asked", -6, State.ENDED, is_unauthorised=True, markets=["TZ"])
        set_window(
            work,
            WindowDraft(
                title="Mopane Networks: fibre ring",
                starts_at=work.now + 10 * HOUR,
                ends_at=work.now + 14 * HOUR,
                markets=["TZ"],
            ),
        )
        work.session.add(
            Freeze(
                name="Black Friday",
                is_hard=True,
                markets=["KE"],
                since=work.now + 24 * HOUR,
                until=work.now + 60 * HOUR,
                added_by="rita",
                added_at=work.now,
                changed_at=work.now,
            )
        )
    return console


def test_the_list_says_all_of_a_row(planned: Runtime, as_person: SignIn) -> None:
    page = as_person("change-manager").get("/changes/").text
    for words in ("Core: log volume", "CHG-1", "Mon 2 Mar 20:00–22:00", "23:00 Nairobi"):
        assert words.replace("Mon 2 Mar 20", "Mon\u00a02\u00a0Mar\u00a020") in page, words
    assert "54" in page
    assert "1 block<" in page.replace("\u00a0", " ")
    assert "blocked" in page
    assert "Old one" not in page
    over = as_person("change-manager").get("/changes/?state=over").text
    assert "Old one" in over
    assert "failed" in over


FILTERS = [
    pytest.param("state=live&market=MZ", ["Core: limits"], id="market"),
    pytest.param("risk=50", ["Core: log volume"], id="risk"),
    pytest.param("q=firmware", ["Switch firmware"], id="words"),
    pytest.param("state=all&unauthorised=yes", ["Nobody asked"], id="unauthorised"),
    pytest.param("since=2026-03-03&until=2026-03-04", [], id="between days"),
    pytest.param("state=mine", [], id="mine"),
    pytest.param("state=waiting", [], id="waiting for me"),
]
ALL = ["Core: log volume", "Core: limits", "Switch firmware", "Old one", "Nobody asked"]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_filters_of_the_address(
    planned: Runtime, as_person: SignIn, query: str, expected: list[str]
) -> None:
    answer = as_person("change-manager").get(f"/changes/?{query}")
    assert answer.status_code == 200
    assert [each for each in ALL if each in answer.text] == [e for e in ALL if e in expected]
    assert ("No change matches" in answer.text or "Nothing waits" in answer.text) is not bool(
        expected
    )


BAD = [
    *("/changes/?state=asleep", "/changes/?risk=many", "/changes/?since=yesterday"),
    *("/changes/?order=mood", "/changes/?cursor=start~1", "/changes/?until=9999-12-31"),
    *("/changes/calendar?on=tomorrow", "/changes/calendar?on=0001-01-01"),
    *("/changes/calendar?view=night&on=9999-12-31", "/changes/calendar?on=2026-02-30"),
]


@pytest.mark.parametrize("path", BAD)
def test_bad_words_in_an_address_are_named(planned: Runtime, as_person: SignIn, path: str) -> None:
    assert as_person("change-manager").get(path).status_code == 400


@pytest.mark.parametrize("path", [*PAGES, *CALENDARS])
def test_who_may_see_no_change_sees_no_page(planned: Runtime, as_person: SignIn, path: str) -> None:
    assert as_person("nobody-yet").get(path).status_code == 403


@pytest.mark.parametrize("path", [*PAGES, *CALENDARS])
def test_one_market_sees_what_touches_it(planned: Runtime, as_person: SignIn, path: str) -> None:
    page = as_person(KE_DESK).get(path).text
    assert "Core: limits" not in page
    if "month" not in path:
        assert "Core: log volume" in page
    assert "<b>MZ</b><br>" not in page


@pytest.mark.parametrize("path", [*PAGES, "/changes/calendar?market=KE&component=core-ke"])
@pytest.mark.parametrize("name", ["auditor", "noc-operator", "product-owner", "executive"])
def test_every_role_may_look(planned: Runtime, as_person: SignIn, path: str, name: str) -> None:
    assert as_person(name).get(path).status_code == 200


def test_the_board_has_a_column_for_each_stage(planned: Runtime, as_person: SignIn) -> None:
    page = as_person("change-manager").get("/changes/board").text
    for word in ("Submitted", "Approved", "Scheduled", "Running", "Ended, to review"):
        assert f'aria-label="{word}"' in page
    assert "unauthorised" in page
    assert "2\u00a0changes blocked" in page


def test_the_week_shows_bars_where_they_stand(planned: Runtime, as_person: SignIn) -> None:
    page = as_person("change-manager").get("/changes/calendar").text
    assert "Changes: nights of 2 to 8 March" in page
    assert 'class="slot at-10 len-4 lane-0 p1 short"' in page, "23:00 to 01:00 in Nairobi"
    assert ">1 C4<" in page
    assert "slot at-6 len-8 lane-0 vendor" in page.replace("lane-1", "lane-0"), "21:00 to 01:00"
    assert "freeze" in page
    assert "1 by day" in page, "11:15 in Nairobi has no bar, and is not lost"
    assert "Switch firmware" in page
    assert "CHG-1 and CHG-2 touch the shared core" in page
    assert "waiver: incident manager" in page
    assert "Tonight, Mon\u00a02\u00a0Mar" in page
    assert "Black Friday" in page


def test_the_month_counts_and_leads_to_the_night(planned: Runtime, as_person: SignIn) -> None:
    client = as_person("change-manager")
    page = client.get("/changes/calendar?view=month").text
    assert "Changes: March 2026" in page
    assert "/changes/calendar?view=night&amp;on=2026-03-02" in page
    night = client.get("/changes/calendar?view=night&on=2026-03-02").text
    assert "the night of 2 March" in night
    assert "Core: log volume" in night
    assert "Switch firmware" in night


@pytest.mark.parametrize(
    ("day", "words"),
    [
        pytest.param("2026-10-29", "clock 00:00 → 23:00, 13\u00a0h", id="back"),
        pytest.param("2026-04-23", "clock 00:00 → 01:00, 11\u00a0h", id="forward"),
    ],
)
def test_a_night_with_a_change_of_clocks_says_so(
    planned: Runtime, as_person: SignIn, day: str, words: str
) -> None:
    page = as_person("change-manager").get(f"/changes/calendar?on={day}&market=EG").text
    assert words in page
    assert page.count("clock 00:00") == 1


@pytest.mark.parametrize("path", [*PAGES, *CALENDARS, "/changes/?state=all"])
def test_the_statements_do_not_grow(
    planned: Runtime, app: Flask, as_person: SignIn, path: str
) -> None:
    client = as_person("change-manager")
    client.get(path)
    with statements(planned.engine) as few:
        client.get(path)
    with planned.work(SYSTEM) as work:
        for number in range(40):
            add(work, f"More {number}", 14 + number / 4, State.SUBMITTED, risk_points=1.0)
            add(work, f"Plan {number}", 14 + number / 4, State.SCHEDULED, markets=["GH"])
    with statements(planned.engine) as many:
        assert client.get(path).status_code == 200
    assert len(many) <= len(few)  # a full page does not ask for those without a window


def test_nothing_planned_says_so(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work)
    client = as_person("change-manager")
    assert "No change is live" in client.get("/changes/").text
    assert "New change" in client.get("/changes/").text
    assert "New change" not in as_person("auditor").get("/changes/").text
    assert client.get("/changes/board").text.count('class="hint">none') == 5
    assert "Nothing is planned" in client.get("/changes/calendar").text


LATE = [
    pytest.param(60, "", id="in time"),
    pytest.param(181, "overran by 1\u00a0min", id="past its window"),
    pytest.param(196, "overran by 16\u00a0min", id="well past it"),
    pytest.param(175, "forecast", id="ahead"),
]


@pytest.mark.parametrize(("minutes", "words"), LATE)
@pytest.mark.parametrize("path", ["/changes/", "/changes/board"])
def test_a_late_run_says_by_how_much(  # noqa: PLR0913 (fixtures)
    console: Runtime,
    as_person: SignIn,
    clock: FrozenClock,
    path: str,
    minutes: int,
    words: str,
) -> None:
    running_story.begun(console)
    clock.advance(timedelta(minutes=minutes))
    page = as_person("change-manager").get(path).text
    assert "CHG-1" in page
    if not words:
        assert "overran" not in page
        assert "beyond its window" not in page
    elif "forecast" in words:
        assert re.search(r"forecast [0-9 \u00a0hmin]+ beyond its window", page)
    else:
        assert words in page


def test_a_change_that_runs_without_a_sheet_overruns_too(
    console: Runtime, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        add(work, "Begun elsewhere", -3, State.RUNNING, started_at=work.now - 3 * HOUR)
    assert "overran by 1\u00a0h" in as_person("change-manager").get("/changes/").text


MEANINGLESS = [
    pytest.param("/changes/?market=XX", ["market 'XX'", "there are: "], id="list"),
    pytest.param("/changes/?type=big", ["type 'big'", "there are: standard"], id="type"),
    pytest.param("/changes/board?market=XX", ["market 'XX'"], id="board"),
    pytest.param("/changes/calendar?market=XX", ["market 'XX'"], id="calendar"),
    pytest.param("/changes/calendar?view=foo", ["there are: month, week, night"], id="view"),
]


@pytest.mark.parametrize(("address", "words"), MEANINGLESS)
def test_a_filter_that_means_nothing_is_refused_with_the_words_it_knows(
    planned: Runtime, as_person: SignIn, address: str, words: list[str]
) -> None:
    answer = as_person("change-manager").get(address)
    assert answer.status_code == 400
    said = unescape(answer.text).casefold()
    assert [each for each in words if each.casefold() not in said] == []


@pytest.mark.parametrize("path", PAGES)
def test_freezes_and_templates_are_one_step_away(
    planned: Runtime, as_person: SignIn, path: str
) -> None:
    client = as_person("noc-operator")
    page = client.get(path).text
    ways = page[page.index('class="chips ways"') : page.index("</nav>", page.index("chips ways"))]
    for address in ("/changes/freezes", "/changes/templates"):
        assert f'href="{address}"' in ways
        assert client.get(address).status_code == 200


def test_the_freezes_panel_of_the_calendar_leads_to_all_of_them(
    planned: Runtime, as_person: SignIn
) -> None:
    page = as_person("noc-operator").get("/changes/calendar").text
    assert '<a href="/changes/freezes">all freezes</a>' in page


@pytest.mark.parametrize(("name", "may"), [("change-manager", True), ("noc-operator", False)])
def test_the_import_is_offered_to_those_who_may(
    planned: Runtime, as_person: SignIn, name: str, may: bool
) -> None:
    client = as_person(name)
    assert ('href="/changes/import"' in client.get("/changes/").text) is may
    assert client.get("/changes/import").status_code == (200 if may else 403)
