"""The wall: what is open, what it costs, and how every market is seen."""

from datetime import timedelta

import pytest

from incidents import actions
from incidents.clock_actions import start_clocks
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import JobRun
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from ssoc.scheduler import guarded
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.counting import statements


def test_an_empty_installation_says_what_to_do(as_person: SignIn) -> None:
    page = as_person(people.OPERATOR).get("/wall").text
    assert "No P1, P2 or P3 is open in any market." in page
    assert "ssoc estate load" in page


def test_what_sources_say_is_never_markup(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > core-ke")
        factories.incident(
            work, title="Core: <script>alert(1)</script>", reason="<img src=x onerror=y>"
        )
        factories.incident(work, component="ussd-ke", title="<b>second</b>", reason="<i>why</i>")
    for path in ("/wall", "/triage", "/incidents/1", "/triage/pane/1", "/incidents/1/resolve"):
        page = as_person(people.OPERATOR).get(path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page, path
        for raw in ("<script>alert", "<img src=x", "<b>second", "<i>why"):
            assert raw not in page, path


def test_the_lead_says_harm_age_and_the_next_update(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > core-ke")
        start_clocks(work, factories.incident(work))
    clock.advance(timedelta(minutes=3))
    page = as_person(people.OPERATOR).get("/wall").text
    assert "Core ledger Kenya: transactions fail" in page
    assert "open 3\u00a0min" in page
    assert "nobody has taken it" in page
    assert "to response due" in page, "the clock that is due first"


@pytest.mark.parametrize(
    ("minutes", "acknowledged", "words"),
    [
        pytest.param(3, False, "to response due", id="the response is due first"),
        pytest.param(12, False, "response overdue", id="the response is over"),
        pytest.param(3, True, "to next update due", id="then the update"),
        pytest.param(600, True, "next update overdue", id="over longest"),
    ],
)
def test_the_lead_names_the_clock_that_is_due_next(
    console: Runtime,
    clock: FrozenClock,
    as_person: SignIn,
    minutes: int,
    acknowledged: bool,
    words: str,
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > core-ke")
        start_clocks(work, factories.incident(work))
    client = as_person(people.OPERATOR)
    if acknowledged:
        client.post("/incidents/1/acknowledge")
        client.post("/incidents/1/note", data={"text": "at it", "kind": "update"})
    clock.advance(timedelta(minutes=minutes))
    lead = as_person(people.OPERATOR).get("/wall").text.partition('class="w-hurt"')[2]
    assert words in lead.partition("</dl>")[0]


def test_clocks_at_risk_stand_beside_it(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > core-ke")
        start_clocks(work, factories.incident(work))
    clock.advance(timedelta(minutes=4))
    assert "at risk" in as_person(people.OPERATOR).get("/wall").text
    clock.advance(timedelta(minutes=8))
    assert "breached" in as_person(people.OPERATOR).get("/wall").text


def test_a_kiosk_sees_no_names_of_people(console: Runtime, as_person: SignIn) -> None:
    from ssoc.accounts import machines

    with console.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > core-ke")
        number = factories.incident(work).id
        actions.assign(work, number, "Amina Wanjiku")
        token = machines.create_kiosk(work, "wall-1")
    client = as_person(people.OPERATOR)
    assert "Amina Wanjiku" in client.get("/wall").text
    kiosk = client.application.test_client()
    entered = kiosk.get(f"/kiosk/{token}", follow_redirects=True)
    assert entered.status_code == 200
    assert "Core ledger Kenya" in entered.text
    assert "Amina" not in entered.text
    assert kiosk.get("/triage").status_code == 403


@pytest.mark.parametrize("name", ["desk-ke", people.OPERATOR])
def test_markets_out_of_sight_stay_out_of_sight(
    console: Runtime, as_person: SignIn, name: str
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        factories.incident(work)
        factories.incident(work, ["TZ"], component="core-tz", title="Core ledger Tanzania: slow")
    page = as_person(name).get("/wall").text
    assert ("Core ledger Tanzania" in page) is (name == people.OPERATOR)
    assert ("<bdi>Tanzania</bdi>" in page) is (name == people.OPERATOR)


def test_nothing_new_costs_no_rendering(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        factories.incident(work)
    client = as_person(people.OPERATOR)
    first = client.get("/wall")
    tag = first.headers["ETag"]
    with statements(console.engine) as sent:
        again = client.get("/wall", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert "no-store" in first.headers["Cache-Control"]
    assert len([each for each in sent if "incident" in each]) == 0
    with console.work(SYSTEM) as work:
        actions.note(work, 1, "something has changed")
    clock.advance(timedelta(seconds=1))
    changed = client.get("/wall", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_what_only_time_changes_is_shown_within_ten_seconds(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    client = as_person(people.OPERATOR)
    tag = client.get("/wall").headers["ETag"]
    clock.advance(timedelta(seconds=10))
    assert client.get("/wall", headers={"If-None-Match": tag}).status_code == 200


def test_two_people_never_share_a_tag(console: Runtime, as_person: SignIn) -> None:
    tags = {as_person(name).get("/wall").headers["ETag"] for name in ("desk-ke", people.OPERATOR)}
    assert len(tags) == 2


def test_a_silent_poller_is_said(console: Runtime, clock: FrozenClock, as_person: SignIn) -> None:
    from ssoc.estate.values import Check

    check = Check("core-ke", "health", "health", timedelta(seconds=10), "KE")
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke", checks=[check])
    assert "Poller silent" not in as_person(people.OPERATOR).get("/wall").text
    clock.advance(timedelta(minutes=5))
    page = as_person(people.OPERATOR).get("/wall").text
    assert "Poller silent since 08:00 UTC" in page
    assert "Not seen" in page


def test_a_dead_scheduler_is_said(console: Runtime, clock: FrozenClock, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        work.session.add(JobRun(name="correlate", every_seconds=1, started_at=work.now))
    assert "Scheduler silent" not in as_person(people.OPERATOR).get("/wall").text
    clock.advance(timedelta(minutes=2))
    page = as_person(people.OPERATOR).get("/wall").text
    assert "Scheduler silent since 08:00 UTC, 2\u00a0min" in page


def test_a_job_that_only_fails_is_no_calm(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    works, answer = [True], as_person(people.OPERATOR)

    def correlate(_: Runtime) -> None:
        if not works[0]:
            raise ValueError("a column is missing")

    def turns(number: int) -> None:
        for _ in range(number):
            clock.advance(timedelta(seconds=1))
            guarded("incidents.correlate", correlate, console, timedelta(seconds=1))

    turns(3)
    works[0] = False
    turns(33)
    assert "fails at every turn" not in answer.get("/wall").text, "one failure may be of a moment"
    turns(2)
    clock.advance(timedelta(seconds=10))  # what only time changes is drawn every ten seconds
    for page in ("/wall", "/triage"):
        shown = answer.get(page).text
        assert "Job incidents.correlate fails at every turn since 08:00 UTC" in shown
        assert "no alert becomes an incident" in shown
    health = answer.get("/api/health")
    assert health.status_code == 503
    assert people.told(health)["failing_jobs"] == ["incidents.correlate"]
    assert people.told(health)["parts"]["jobs"] == "degraded"
    works[0] = True
    turns(1)
    clock.advance(timedelta(seconds=10))
    assert "fails at every turn" not in answer.get("/wall").text
    assert "failing_jobs" not in people.told(answer.get("/api/health"))


def many(console: Runtime, number: int, start: int = 0) -> None:
    """Store so many incidents with clocks, in several markets."""
    with console.work(SYSTEM) as work:
        for each in range(start, start + number):
            row = factories.incident(
                work, ["KE", "TZ"], component=f"part-{each}", priority=list(Priority)[each % 4]
            )
            start_clocks(work, row, ["KE", "TZ"])


@pytest.mark.parametrize("path", ["/wall", "/triage", "/incidents/1"])
def test_fifty_incidents_need_no_more_statements_than_one(
    console: Runtime, clock: FrozenClock, as_person: SignIn, path: str
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
    client = as_person(people.OPERATOR)
    counts = []
    for start, number in ((0, 1), (1, 49)):
        many(console, number, start)
        client.get(path)
        clock.advance(timedelta(seconds=10))  # a wall drawn already would cost nothing
        with statements(console.engine) as sent:
            assert client.get(path).status_code == 200
        counts.append(len(sent))
    assert counts[1] == counts[0], counts
    assert counts[0] <= 55
