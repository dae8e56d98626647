"""What is being changed now and was changed lately, on the wall and in triage."""

import re
from datetime import timedelta
from typing import Any

import pytest

from changes.lifecycle import Outcome, State
from changes.models import Run
from changes.outside_jobs import match_change_log
from ssoc.accounts import machines
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.actions import Change, WindowDraft, record_change, set_window
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.counting import statements

HOUR = timedelta(hours=1)


def running(work: Work, minutes: float, **given: Any) -> int:
    """Store a change that runs since an hour; its window ends in so many minutes."""
    usual: dict[str, Any] = {
        "state": State.RUNNING,
        "started_at": work.now - HOUR,
        "starts_at": work.now - HOUR,
        "ends_at": work.now + timedelta(minutes=minutes),
    }
    row = factories.change(work, **{**usual, **given})
    work.session.add(
        Run(
            change_id=row.id,
            started_at=row.started_at,
            started_by="imre",
            window_ends_at=row.ends_at,
        )
    )
    work.session.flush()
    return row.id


def ended(work: Work, minutes: float, outcome: Outcome = Outcome.SUCCESSFUL, **given: Any) -> int:
    """Store a change whose run ended so many minutes ago."""
    number = running(work, -minutes, **given)
    run = work.session.query(Run).filter_by(change_id=number).one()
    run.ended_at, run.outcome = work.now - timedelta(minutes=minutes), outcome
    run.state = "ended"  # type: ignore[assignment]
    return number


def changing(page: str) -> str:
    """Return the panel as text, in one line."""
    panel = re.split(r"<span>Chang(?:ing now|ed lately)</span>", page)[1].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", panel))


@pytest.fixture
def estate(console: Runtime) -> Runtime:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke > db-ke, core-tz")
    return console


def test_a_calm_wall_says_that_nothing_is_changed(estate: Runtime, as_person: SignIn) -> None:
    assert "No change runs, no window is open" in as_person(people.OPERATOR).get("/wall").text


def test_late_ones_first_then_by_the_end_of_their_window(
    estate: Runtime, as_person: SignIn
) -> None:
    with estate.work(SYSTEM) as work:
        running(work, 90, title="Core release")
        running(work, -10, title="Log volume", components=["db-ke"])
        running(work, 30, title="Limits table", markets=["TZ"], components=["core-tz"])
        running(work, 110, title="Fonts")
        running(work, 120, title="Menu texts")
    page = as_person(people.OPERATOR).get("/wall").text
    said = changing(page)
    assert said.index("Log volume") < said.index("Limits table") < said.index("Core release")
    assert "Menu texts" not in said
    assert "+ 1 more" in said
    assert "CHG-2 · KE · db-ke" in said
    assert re.search(r"\+10.min overrun", said)
    assert page.count("4 changing") == 1, "in the tile of Kenya"
    assert page.count("1 changing") == 1, "in the tile of Tanzania"


def test_a_run_and_its_own_window_are_one(estate: Runtime, as_person: SignIn) -> None:
    with estate.work(SYSTEM) as work:
        number = running(work, 30, title="Core release")
        for title, reference in (("CHG-1: Core release", f"CHG-{number}"), ("Array", "PS-7")):
            draft = WindowDraft(title, work.now, work.now + HOUR, ["core-ke"], reference=reference)
            set_window(work, draft)
    page = as_person(people.OPERATOR).get("/wall").text
    assert changing(page).count("Core release") == 1
    assert "Array" in changing(page)
    assert page.count("2 changing") == 1


def test_what_was_changed_lately_stands_below(estate: Runtime, as_person: SignIn) -> None:
    with estate.work(SYSTEM) as work:
        over = {"state": State.ENDED, "finished_at": work.now}
        ended(work, 20, Outcome.ROLLED_BACK, title="Core release", **over)
        ended(work, 90, title="Of this morning")
        record_change(
            work, Change(work.now - timedelta(minutes=5), "argo", "api v7", "KE", "core-ke")
        )
    client = as_person(people.OPERATOR)
    page = client.get("/wall").text
    said = changing(page)
    assert "Changed lately" in page
    assert said.index("api v7") < said.index("Core release")
    assert "rolled back" in said
    assert "Of this morning" not in said
    triage = client.get("/triage").text
    assert ">1 ended in the last 1\u00a0h</a>" in triage
    assert ">1 told by tools in the last 1\u00a0h</a>" in triage
    (there,) = re.findall(r'href="([^"]+)"[^>]*>1 ended in', triage)
    assert "Core release" in client.get(there.replace("&amp;", "&")).text
    (there,) = re.findall(r'href="([^"]+)"[^>]*>1 told by', triage)
    match_change_log(estate)
    assert "api v7" in client.get(there).text
    assert "changing now" not in triage


def test_what_nobody_announced_is_marked_and_what_is_ignored_left_out(
    estate: Runtime, as_person: SignIn
) -> None:
    with estate.work(SYSTEM) as work:
        ended(work, 2, title="Core release")
        for minutes in (9, 8):
            at = work.now - timedelta(minutes=minutes)
            record_change(work, Change(at, "argo", "Limits table", "TZ", "core-tz"))
        for each in range(6):
            at = work.now - timedelta(minutes=each)
            record_change(work, Change(at, "argo", f"Test {each}", "KE", ""))
    match_change_log(estate)
    said = changing(as_person(people.OPERATOR).get("/wall").text)
    assert "Test" not in said, "nothing was changed that we run"
    assert said.index("Limits table") < said.index("Core release")
    assert re.search(r"Limits table CHG-\d+ · TZ · core-tz 8.min unauthorised", said)
    assert said.count("Limits table") == 1


def test_the_wall_counts_what_it_has_no_room_for(estate: Runtime, as_person: SignIn) -> None:
    with estate.work(SYSTEM) as work:
        for number in range(7):
            ended(work, 10 + number, title=f"Release {number}")
    said = changing(as_person(people.OPERATOR).get("/wall").text)
    assert "+ 3 more" in said


def test_triage_counts_what_is_changing(estate: Runtime, as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    assert "changing now" not in client.get("/triage").text
    with estate.work(SYSTEM) as work:
        running(work, 30)
    assert ">1 changing now</a>" in as_person(people.OPERATOR).get("/triage").text


def test_a_desk_hears_of_its_own_market_only(estate: Runtime, as_person: SignIn) -> None:
    with estate.work(SYSTEM) as work:
        running(work, 30, title="Core release")
    assert "Core release" in changing(as_person("desk-ke").get("/wall").text)
    assert "Core release" not in as_person("desk-tz").get("/wall").text


def test_a_wall_screen_shows_changes_and_opens_none(estate: Runtime, app: Any) -> None:
    with estate.work(SYSTEM) as work:
        number = running(work, 30, title="Core release")
        key = machines.create_kiosk(work, "wall", ["KE"])
    screen = app.test_client()
    screen.get(f"/kiosk/{key}")
    assert "Core release" in changing(screen.get("/wall").text)
    assert screen.get(f"/changes/{number}").status_code in {302, 303, 401, 403}


def test_the_wall_costs_no_more_for_many_changes(
    estate: Runtime, as_person: SignIn, clock: FrozenClock
) -> None:
    client = as_person(people.OPERATOR)

    def cost() -> tuple[int, int]:
        clock.advance(timedelta(seconds=10))
        with statements(estate.engine) as sent:
            answer = client.get("/wall")
        tag = {"If-None-Match": answer.headers["ETag"]}
        with statements(estate.engine) as again:
            assert client.get("/wall", headers=tag).status_code == 304
        return len(sent), len(again)

    _, at_rest = cost()
    with estate.work(SYSTEM) as work:
        running(work, 60)
        ended(work, 10)
    few = cost()
    with estate.work(SYSTEM) as work:
        for number in range(12):
            running(work, 60 + number)
            ended(work, 10 + number)
    assert cost() == few
    assert few[1] == at_rest, "a screen that shows the newest pays nothing for changes"
