"""What changed before an incident: ranked on its page, judged there and over the API."""

from datetime import timedelta
from typing import Any

import pytest

from changes.lifecycle import Outcome, State
from changes.rollouts.actions import waves
from changes.run_values import place_of_run
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.vocabulary import IncidentOpened, Priority
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.actions import Change, WindowDraft, record_change, set_window
from tests import factories
from tests.rollouts import story as rollouts
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.counting import statements
from tests.web.people import told
from tests.web.test_api_actions import Make, machine  # noqa: F401 (a fixture)

HOUR = timedelta(hours=1)


def opened(work: Work, markets: list[str], **given: Any) -> int:
    """Store an open incident as the correlator would, with the event that tells of it."""
    row = factories.incident(work, markets, **given)
    row.told = 1
    work.record(
        IncidentOpened(row.id, ",".join(markets), row.component, row.priority, 1, title=row.title)
    )
    return row.id


def ran(work: Work, hours: float, **given: Any) -> int:
    """Store a change that ended well so many hours ago, after an hour."""
    ended = work.now - timedelta(hours=hours)
    usual: dict[str, Any] = {
        "state": State.ENDED,
        "outcome": Outcome.SUCCESSFUL,
        "started_at": ended - HOUR,
        "finished_at": ended,
        "starts_at": ended - HOUR,
        "ends_at": ended,
    }
    return factories.change(work, **{**usual, **given}).id


@pytest.fixture
def one(console: Runtime) -> Runtime:
    """Give one incident of two markets at core-ke, one of Tanzania alone, and a change each."""
    with console.work(SYSTEM) as work:
        factories.estate(work, "app-ke > core-ke > db-ke, core-tz")
        opened(work, ["KE"])
        opened(work, ["TZ"], component="core-tz", title="Core TZ", priority=Priority.P2)
        ran(work, 1.5, title="Ledger <b>limits</b> table", outcome=Outcome.ROLLED_BACK)
        ran(work, 34, title="Platform window", components=["db-ke"])
    outbox.deliver(console)
    return console


def test_suspects_stand_by_rank_with_their_terms(one: Runtime, as_person: SignIn) -> None:
    page = as_person(people.OPERATOR).get("/incidents/1").text
    panel = page[page.index("What changed") : page.index("Nested symptoms")]
    assert "Ledger &lt;b&gt;limits&lt;/b&gt; table" in panel
    assert panel.index("limits") < panel.index("Platform window")
    assert "it was rolled back" in panel
    assert "same component" in panel
    assert "1\u00a0hop below" in panel
    assert "path: <bdi>core-ke – db-ke</bdi>" in panel
    assert "0.30 = 0.282" in panel, "the term of time: exp(-1.5/24) times its weight"
    assert panel.count('class="badge">suspected') == 2
    assert 'href="/changes/1"' in panel


def test_what_came_from_outside_stands_there_too(one: Runtime, as_person: SignIn) -> None:
    with one.work(SYSTEM) as work:
        soon = work.now - timedelta(minutes=5)
        link = {"href": "https://git.example/7"}
        record_change(work, Change(soon, "argo", "api v7", "KE", "app-ke", "v7", {}, [link]))
        record_change(work, Change(soon, "deploy", "release of KE", market="KE"))
        record_change(work, Change(soon, "deploy", "release of TZ", market="TZ"))
    page = as_person(people.OPERATOR).get("/incidents/1").text
    panel = page[page.index("What changed") : page.index("Nested symptoms")]
    assert '<a href="https://git.example/7" rel="noreferrer"><bdi>api v7</bdi></a>' in panel
    assert "1\u00a0hop above" in panel
    assert "the whole market" in panel
    assert "release of TZ" not in panel


def test_nothing_says_how_far_was_looked(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        opened(work, ["KE"])
    page = as_person(people.OPERATOR).get("/incidents/1").text
    assert "in the 7 d before it began (since Mon\u00a023\u00a0Feb" in page


@pytest.mark.parametrize("name", [people.OPERATOR, people.MANAGER, "change-manager", "desk-ke"])
def test_who_may_say_what_caused_it(one: Runtime, as_person: SignIn, name: str) -> None:
    client = as_person(name)
    assert "Rule out…" in client.get("/incidents/1").text
    asked = client.get("/incidents/1/judge?candidate=change:1&verdict=confirmed&was=suspected")
    assert "Ledger &lt;b&gt;limits&lt;/b&gt; table" in asked.text
    given = {"candidate": "change:1", "verdict": "confirmed", "was": "suspected"}
    empty = client.post("/incidents/1/judge", data={**given, "reason": " "})
    assert (empty.status_code, "The reason is missing" in empty.text) == (400, True)
    done = client.post("/incidents/1/judge", data={**given, "reason": "limit 0 in <log>"})
    assert (done.status_code, done.headers["Location"]) == (303, "/incidents/1#changed")
    page = client.get("/incidents/1").text
    assert 'class="badge done">confirmed' in page
    assert "limit 0 in &lt;log&gt;" in page
    history = client.get("/changes/1").text
    assert "Confirmed as cause of INC-1: limit 0 in &lt;log&gt;" in history
    again = client.post("/incidents/1/judge", data={**given, "reason": "me too"})
    assert again.status_code == 409
    assert "it is confirmed" in again.text


@pytest.mark.parametrize(
    ("name", "status"),
    [
        pytest.param(people.AUDITOR, 403, id="auditor"),
        pytest.param(people.ADMIN, 403, id="admin"),
        pytest.param("desk-tz", 404, id="another market"),
    ],
)
def test_who_may_not(one: Runtime, as_person: SignIn, name: str, status: int) -> None:
    client = as_person(name)
    assert "Rule out…" not in client.get("/incidents/1").text
    given = {"candidate": "change:1", "verdict": "confirmed", "reason": "so it is"}
    assert client.post("/incidents/1/judge", data=given).status_code == status
    assert "suspected" in as_person(people.OPERATOR).get("/incidents/1").text
    assert 'done">confirmed' not in as_person(people.OPERATOR).get("/incidents/1").text


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param({"candidate": "change:99"}, 404, id="no such change"),
        pytest.param({"candidate": "x" * 5_000}, 404, id="long"),
        pytest.param({"candidate": "\0"}, 400, id="a null"),
        pytest.param({"verdict": "hanged"}, 400, id="no such verdict"),
        pytest.param({"reason": "r" * 3_000}, 400, id="a novel"),
        pytest.param({}, 400, id="nothing"),
    ],
)
def test_bad_input_is_refused(
    one: Runtime, as_person: SignIn, given: dict[str, str], status: int
) -> None:
    usual = {"candidate": "change:1", "verdict": "confirmed", "reason": "so"} if given else {}
    answer = as_person(people.OPERATOR).post("/incidents/1/judge", data={**usual, **given})
    assert answer.status_code in {status, 404}
    assert 'done">confirmed' not in as_person(people.OPERATOR).get("/incidents/1").text


def test_a_change_tells_the_incidents_after_it(one: Runtime, as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    page = client.get("/changes/1").text
    panel = page[page.index("Incidents after it") :]
    assert "INC-1" in panel
    assert "rank 1, score" in panel
    given = {"candidate": "change:1", "verdict": "confirmed", "reason": "logs"}
    client.post("/incidents/1/judge", data=given)
    panel = client.get("/changes/1").text.partition("Incidents after it")[2]
    assert "1 of 1\u00a0incident confirmed" in panel
    assert "noc-operator" in panel
    hidden = as_person("desk-tz").get("/changes/1")
    assert hidden.status_code == 404


def test_a_change_of_two_markets_tells_no_incident_of_another(
    console: Runtime, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        opened(work, ["KE"])
        ran(work, 2, markets=["KE", "TZ"], components=["core-ke", "core-tz"])
    outbox.deliver(console)
    panel = as_person("desk-tz").get("/changes/1").text.partition("Incidents after it")[2]
    assert "INC-1" not in panel
    assert "INC-1" in as_person("desk-ke").get("/changes/1").text


def test_a_change_that_has_not_begun_has_no_such_panel(one: Runtime, as_person: SignIn) -> None:
    with one.work(SYSTEM) as work:
        coming = factories.change(work).id
    assert "Incidents after it" not in as_person(people.OPERATOR).get(f"/changes/{coming}").text


def test_the_page_needs_as_many_statements_for_many_suspects(
    one: Runtime, as_person: SignIn, clock: FrozenClock
) -> None:
    client = as_person(people.OPERATOR)

    def cost() -> int:
        clock.advance(timedelta(seconds=30))
        with statements(one.engine) as sent:
            assert client.get("/incidents/1").status_code == 200
        return len(sent)

    cost()
    with one.work(SYSTEM) as work:
        now = work.now - timedelta(minutes=30)
        record_change(work, Change(now, "argo", "v", "KE", "core-ke"))
        set_window(work, WindowDraft("Array", work.now, work.now + HOUR, ["db-ke"]))
    few = cost()
    with one.work(SYSTEM) as work:
        for number in range(25):
            ran(work, 1 + number, title=f"Change {number}")
            record_change(work, Change(now, "argo", f"v{number}", "KE", "core-ke", f"{number}"))
    assert cost() == few


# ------------------------------------------------------------------------- API


def test_the_api_answers_with_suspects_and_judges(one: Runtime, machine: Make) -> None:  # noqa: F811
    client = machine()
    found = told(client.get("/incidents/1/suspects"))
    assert [each["candidate"] for each in found["items"]] == ["change:1", "change:2"]
    first = found["items"][0]
    assert first["score"] == pytest.approx(sum(each["points"] for each in first["terms"]))
    assert (found["look_back_hours"], found["highest_score"]) == (168.0, pytest.approx(1.0))
    body = {"candidate": "change:1", "verdict": "confirmed", "reason": "logs", "was": "suspected"}
    assert client.post("/incidents/1/judge", body).status_code == 200
    page = told(client.get("/incidents/1"))
    assert [each["verdict"] for each in page["suspects"]] == ["confirmed", "suspected"]
    assert client.post("/incidents/1/judge", body).status_code == 409
    after = told(client.get("/changes/1/incidents"))["items"]
    assert [(each["incident"], each["verdict"]) for each in after] == [(1, "confirmed")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"candidate": "change:1", "verdict": "confirmed"}, 400, id="no reason"),
        pytest.param({"candidate": 1, "verdict": "confirmed", "reason": "x"}, 400, id="a number"),
        pytest.param(
            {"candidate": "change:77", "verdict": "confirmed", "reason": "x"}, 404, id="nobody"
        ),
        pytest.param(
            {"candidate": "change:1", "verdict": "guilty", "reason": "x"}, 400, id="no verdict"
        ),
    ],
)
def test_the_api_refuses(
    one: Runtime,
    machine: Make,  # noqa: F811
    body: dict[str, Any],
    status: int,
) -> None:
    assert machine().post("/incidents/1/judge", body).status_code == status
    assert machine(TokenScope.READ).get("/incidents/99/suspects").status_code == 404


def test_a_token_of_another_market_sees_no_suspects(one: Runtime, machine: Make) -> None:  # noqa: F811
    other = machine(TokenScope.READ, "TZ")
    assert other.get("/incidents/1/suspects").status_code == 404
    assert other.get("/changes/1/incidents").status_code == 404


def test_the_incident_of_a_late_run_leads_to_its_run_sheet(
    console: Runtime, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        late = factories.incident(work, component=place_of_run("CHG-7", 31), title="Past it").id
        other = factories.incident(work, component="core-ke", title="Core is slow").id
    client = as_person("noc-operator")
    assert (
        '<a href="/changes/runs/31">CHG-7, its run sheet</a>'
        in client.get(f"/incidents/{late}").text
    )
    assert "a change that runs late" not in client.get(f"/incidents/{other}").text


def test_a_wave_is_a_suspect_by_its_own_hour(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    rows = ({"name": "staff", "markets": ["KE"]}, {"name": "all"})
    number = rollouts.planned(console, *rows)
    clock.advance(30 * HOUR)
    with console.work(rollouts.IMRE) as work:
        waves.start(work, number)
    clock.advance(timedelta(minutes=10))
    with console.work(SYSTEM) as work:
        opened(work, ["KE"], component="core", title="Core, Kenya")
    outbox.deliver(console)
    shown = as_person(people.OPERATOR).get("/incidents/1").text
    panel = shown[shown.index("What changed") : shown.index("Nested symptoms")]
    said = f"ROL-{number} Savings pocket: wave 1, staff"
    assert f'<a href="/roll-outs/{number}"><bdi>{said}</bdi></a>' in panel
    assert "ended 14:00, 10" in panel, "by the hour of the wave, not that of its change"
