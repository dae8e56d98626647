"""What pages say is words: no class names, no numbers of rows, nothing that is not offered."""

import re

import pytest

from incidents import actions
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from ssoc.monitoring import actions as monitoring
from ssoc.monitoring.actions import SilenceDraft
from ssoc.monitoring.rules.matching import Matcher
from tests import factories
from tests.web.conftest import SignIn
from tests.web.test_one_market import number, say, settle, story
from web.admin.audit import event_words, subject_words
from web.noc import graph

__all__ = ["story"]


def plain(page: str) -> str:
    """Return the text of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_only_who_may_act_in_all_markets_is_offered(story: Runtime, as_person: SignIn) -> None:
    client, incident = as_person("noc-operator"), number(as_person)
    offered = client.get(f"/incidents/{incident}/assign").text
    assert "incident-manager" in offered
    assert "desk-ke" not in offered
    refused = client.post(f"/incidents/{incident}/assign", data={"owner": "desk-ke"})
    assert refused.status_code == 400
    said = plain(refused.text)
    assert "no person named desk-ke may work in all of KE and TZ" in said.replace("No ", "no ")
    assert "desk-tz" not in said


def test_what_came_in_is_called_messages(story: Runtime, as_person: SignIn) -> None:
    assert "Alerts ever" not in as_person("admin").get("/admin/ingest").text
    assert "messages and" in as_person("noc-operator").get("/triage").text.replace("\xa0", " ")


def test_a_refusal_says_what_cannot_be_seen(console: Runtime, as_person: SignIn) -> None:
    said = plain(as_person("desk-ke").get("/admin/audit").text)
    assert "You may not read the audit trail" in said
    assert "None of your roles lets you, so nothing of it is shown" in said
    assert "held for" not in said
    assert "changed" not in said


def test_no_language_is_asked_for_while_there_is_one(console: Runtime, as_person: SignIn) -> None:
    assert "Language" not in as_person("noc-operator").get("/account").text


def test_all_incidents_leave_no_number_out(
    story: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    say(story, clock, "till-ke", "KE", "TillDown")
    settle(story, clock)
    client = as_person("noc-operator")
    first = number(as_person)
    (second,) = (
        each["id"] for each in client.get("/api/v1/incidents?component=till-ke").get_json()["items"]
    )
    with story.work(SYSTEM) as work:
        actions.merge(work, second, first)
    listed = client.get("/api/v1/incidents?state=all").get_json()["items"]
    assert {first, second} <= {each["id"] for each in listed}
    assert sorted(each["id"] for each in listed) == list(range(1, len(listed) + 1))


def test_urgent_ones_are_those_not_resolved(
    story: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    client = as_person("noc-operator")
    with story.work(SYSTEM) as work:
        actions.prioritise(work, number(as_person), Priority.P1, "to be seen")
    assert "2 critical or high, not resolved" in plain(client.get("/triage?state=all").text)
    with story.work(SYSTEM) as work:
        actions.resolve(work, number(as_person), "over", force=True)
    assert "1 critical or high, not resolved" in plain(client.get("/triage?state=all").text)


def test_an_alert_is_called_by_its_component_and_name(story: Runtime, as_person: SignIn) -> None:
    client = as_person("noc-operator")
    found = client.get("/api/v1/alerts").get_json()["items"]
    (key,) = (each["id"] for each in found if each["name"] == "LedgerDown")
    page = client.get(f"/alerts/{key}").text
    assert "Alerts / Ledger database East: LedgerDown" in plain(page)
    assert "<h1><bdi>Ledger database East: LedgerDown</bdi></h1>" in page


def test_a_silence_is_called_by_what_it_holds(story: Runtime, as_person: SignIn) -> None:
    with story.work(SYSTEM) as work:
        matchers = (Matcher("component", "core"), Matcher("alertname", "LedgerDown"))
        draft = SilenceDraft(matchers, work.now, work.now.replace(hour=12), "being mended")
        made = monitoring.set_silence(work, draft)
    page = plain(as_person("noc-operator").get(f"/silences/{made}").text)
    assert "Silences / Ledger database East, LedgerDown" in page
    assert "Silence of Ledger database East, LedgerDown" in page


def test_the_audit_trail_is_words(story: Runtime, as_person: SignIn) -> None:
    page = plain(as_person("auditor").get("/admin/audit?kind=IncidentOpened").text)
    assert "Incident opened" in page
    assert "INC-1" in page
    assert "IncidentOpened" not in page


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        pytest.param("incident:12", "INC-12", id="an incident"),
        pytest.param("component:core", "component Core ledger", id="a component"),
        pytest.param("component:?-/PollerSilent", "component PollerSilent", id="no component"),
        pytest.param("component:?KE/DiskFull", "component DiskFull in KE", id="of a market"),
        pytest.param("person:amina", "person amina", id="a person"),
    ],
)
def test_what_an_event_is_about_is_named(subject: str, told: str) -> None:
    named = factories.component("core", "KE", name="Core ledger")
    assert subject_words(subject, factories.estate_of(components=[named])) == told


def test_the_name_of_an_event_is_words() -> None:
    assert event_words("IncidentRoleTaken") == "Incident role taken"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param(
            "Agent cash-in and cash-out Kenya", "Agent cash-in… Kenya", id="the country stays"
        ),
        pytest.param("Core ledger", "Core ledger", id="short"),
        pytest.param("Abcdefghijklmnopqrstuvwxyz", "Abcdefghijklmnopqrstu…", id="one word"),
    ],
)
def test_a_label_keeps_what_tells_it_apart(name: str, told: str) -> None:
    nodes = [graph.Node("a", name, "", "sym", 0), graph.Node("b", "b", "", "root", 1)]
    made = graph.picture(nodes, [graph.Edge("a", "b")])
    assert made is not None
    (box,) = (each for each in made.boxes if each.node.key == "a")
    assert box.title == told


@pytest.mark.parametrize(
    ("name", "leads"),
    [
        pytest.param("desk-ke", "/admin/jobs", id="an operator"),
        pytest.param("auditor", "/admin/", id="an auditor"),
        pytest.param("admin", "/admin/", id="an admin"),
    ],
)
def test_admin_leads_to_the_first_page_one_may_see(
    console: Runtime, as_person: SignIn, name: str, leads: str
) -> None:
    client = as_person(name)
    answer = client.get("/admin")
    assert answer.status_code == 303
    assert answer.location.startswith(leads)
    assert client.get(answer.location).status_code == 200


def test_who_may_see_nothing_of_it_is_told_so(console: Runtime, as_person: SignIn) -> None:
    assert as_person("nobody-yet").get("/admin").status_code == 403


def test_a_window_begins_now_and_finds_its_component_by_name(
    story: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    client = as_person("noc-operator")
    form = client.get("/windows/new").text
    values = dict(re.findall(r'name="(starts|ends)" type="text" value="([^"]*)"', form))
    assert values == {"starts": "2026-03-02 08:01", "ends": "2026-03-02 09:01"}
    assert '<option value="Ledger database East (core)">' in form
    given = {"title": "Mending", "named": "ledger database east", **values}
    assert client.post("/windows/new", data=given).status_code == 303
    assert "Ledger database East" in client.get("/windows").text
    wrong = client.post("/windows/new", data={**given, "named": "Legder"})
    assert wrong.status_code == 400
    assert "no component is called" in wrong.text.lower()


def test_alerts_of_nested_incidents_are_not_left_out(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > core-ke")
        cause = factories.incident(work, ["KE"], component="core-ke")
        factories.incident(work, ["KE"], component="ussd-ke", parent_id=cause.id, alerts=12)
        number_of_cause = cause.id
    page = as_person("noc-operator").get(f"/incidents/{number_of_cause}").text
    assert "0 open alerts; 12 alerts in the nested INC-" in plain(page.replace("\xa0", " "))
