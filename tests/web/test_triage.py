"""Triage: filters in the address, pages by keyset, many at once."""

from datetime import timedelta

import pytest

from incidents.clock_actions import start_clocks
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import SilenceDraft, WindowDraft, ingest, set_silence, set_window
from ssoc.monitoring.rules.matching import Matcher
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn


@pytest.fixture
def three(console: Runtime) -> Runtime:
    """Give three incidents: KE P1 of amina, TZ P2 of nobody, KE P3 of nobody."""
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz, ussd-ke")
        start_clocks(work, factories.incident(work, title="Core Kenya", owner="amina"), ["KE"])
        factories.incident(
            work, ["TZ"], component="core-tz", title="Core Tanzania", priority=Priority.P2
        )
        factories.incident(work, component="ussd-ke", title="USSD Kenya", priority=Priority.P3)
    return console


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", "Core Kenya|Core Tanzania|USSD Kenya", id="everything"),
        pytest.param("?market=KE", "Core Kenya|USSD Kenya", id="market"),
        pytest.param("?priority=P2", "Core Tanzania", id="priority"),
        pytest.param("?owner=amina", "Core Kenya", id="owner"),
        pytest.param("?owner=-", "Core Tanzania|USSD Kenya", id="nobody's"),
        pytest.param("?owner=me", "", id="mine"),
        pytest.param("?state=acknowledged", "", id="state"),
        pytest.param("?q=ussd", "USSD Kenya", id="words"),
        pytest.param("?q=INC-2", "Core Tanzania", id="number"),
        pytest.param("?clock=risk", "Core Kenya", id="clock at risk"),
        pytest.param("?clock=over", "", id="clock over"),
        pytest.param("?market=KE&priority=P3", "USSD Kenya", id="two together"),
    ],
)
def test_filters(
    three: Runtime, clock: FrozenClock, as_person: SignIn, query: str, expected: str
) -> None:
    clock.advance(timedelta(minutes=4))
    page = as_person(people.OPERATOR).get(f"/triage{query}").text
    titles = ("Core Kenya", "Core Tanzania", "USSD Kenya")
    shown = [title for title in titles if f"<bdi>{title}</bdi></a><small>" in page]
    assert "|".join(shown) == expected


@pytest.mark.parametrize("query", ["?priority=P9", "?state=lost", "?cursor=nonsense"])
def test_a_wrong_address_is_explained(three: Runtime, as_person: SignIn, query: str) -> None:
    answer = as_person(people.OPERATOR).get(f"/triage{query}")
    assert answer.status_code == 400
    assert "<h1>" in answer.text


@pytest.mark.parametrize("query", ["CHG-7", "chg-7"])
def test_the_number_of_a_change_leads_to_it(three: Runtime, as_person: SignIn, query: str) -> None:
    answer = as_person(people.OPERATOR).get(f"/triage?q={query}")
    assert answer.location.endswith("/changes/7")
    nobody = as_person("nobody-yet").get(f"/triage?q={query}")
    assert nobody.status_code == 403, "who sees no changes is not led there"


def test_words_that_no_incident_has_may_be_a_changes(three: Runtime, as_person: SignIn) -> None:
    page = as_person(people.OPERATOR).get("/triage?q=larger+log").text
    assert "Look among changes" in page
    assert "/changes/?state=all&amp;q=larger+log" in page


def test_pages_follow_each_other_without_gap(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        for number in range(61):
            factories.incident(work, component=f"part-{number}", title=f"Part {number:02d} fails")
    client = as_person(people.OPERATOR)
    first = client.get("/triage").text
    assert "50 of 61 on this page" in first
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = client.get(older.replace("&amp;", "&")).text
    shown = [f"Part {number:02d} fails</bdi></a>" for number in range(61)]
    assert [text in first for text in shown].count(True) == 50
    assert [text in second for text in shown].count(True) == 11
    assert all((text in first) != (text in second) for text in shown)


def test_many_are_acknowledged_at_once(three: Runtime, as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    given = {"i": ["1", "2"], "do": "acknowledge", "back": "/triage?market=KE", "at": "1"}
    answer = client.post("/triage/bulk", data=given)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/triage?market=KE&at=1")
    page = client.get("/triage").text
    assert "Acknowledged: INC-1 and INC-2." in page
    client.post("/triage/bulk", data={"i": ["1", "3"], "do": "acknowledge"})
    page = client.get("/triage").text
    assert "Acknowledged: INC-3." in page
    assert "INC-1 was left alone" in page


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"do": "assign", "i": "1"}, "/triage/assign?i=1"),
        ({"do": "merge", "i": "1"}, "/triage/merge?i=1"),
        ({"do": "silence", "i": "1"}, "/silences/new?i=1"),
        ({"do": "acknowledge", "i": "1", "back": "https://evil.example/"}, "/triage"),
        ({"do": "acknowledge", "i": "1", "back": "//evil.example/"}, "/triage"),
        ({"do": "acknowledge"}, "/triage"),
    ],
)
def test_where_the_buttons_lead(
    three: Runtime, as_person: SignIn, given: dict[str, str], where: str
) -> None:
    answer = as_person(people.OPERATOR).post("/triage/bulk", data=given)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(where)


def test_who_may_not_work_sees_no_buttons_and_is_refused(three: Runtime, as_person: SignIn) -> None:
    client = as_person(people.AUDITOR)
    page = client.get("/triage").text
    assert "Core Kenya" in page
    assert 'value="acknowledge"' not in page
    client.post("/triage/bulk", data={"i": "1", "do": "acknowledge"})
    assert "INC-1 was left alone" in client.get("/triage").text


def test_what_other_markets_have_is_not_there(three: Runtime, as_person: SignIn) -> None:
    client = as_person("desk-ke")
    assert "Core Tanzania" not in client.get("/triage").text
    assert client.get("/triage/pane/2").status_code == 404
    assert client.get("/incidents/2").status_code == 404
    assert client.post("/incidents/2/acknowledge").status_code == 404


def test_the_head_says_what_came_in_and_what_holds_pages(
    three: Runtime, as_person: SignIn, clock: FrozenClock
) -> None:
    now, hour = clock.now(), timedelta(hours=1)
    with three.work(SYSTEM) as work:
        ingest(work, [factories.report(name="Down"), factories.report(name="Late")])
        ingest(work, [factories.report(name="Down")])
        for lasts in (hour, 2 * hour):
            set_silence(work, SilenceDraft((Matcher("a", "b"),), now, now + lasts, "planned"))
        set_silence(work, SilenceDraft((Matcher("a", "c"),), now + hour, now + 2 * hour, "later"))
        set_window(work, WindowDraft("Disks", now, now + hour, ["core-ke"]))
        set_window(work, WindowDraft("Links", now + hour, now + 2 * hour, ["core-ke"]))
    page = as_person(people.OPERATOR).get("/triage").text
    head = page.partition('id="counts"')[2].partition("</p>")[0].replace("\u00a0", " ")
    assert '<a href="/alerts">3 messages and 2 alerts in the last hour</a>' in head
    assert '<a href="/silences">2 silences</a>, <a href="/windows">1 window</a> hold pages' in head
