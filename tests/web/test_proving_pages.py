"""The pages that prove a site: training, migration, interfaces, acceptance; who may, bad input."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from changes.programmes.actions import acceptance as accepting
from changes.programmes.actions import interfaces as connecting
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import ProgrammeWave, Site, SiteRollout
from changes.programmes.queries import acceptance, migration, training
from changes.programmes.queries import planner as planner_queries
from changes.programmes.rules.acceptance import FLOWS
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.programmes import scenes
from tests.programmes.proving import (
    CUT_OVER,
    MONDAY,
    course,
    minimum,
    plan,
    programme,
    roster,
    staff_of,
)
from tests.web.conftest import SignIn
from tests.web.counting import statements

MANAGER, DESK, DESK_TZ, TEAM = "change-manager", "noc-operator", "desk-tz", "site-team"
Ids = scenes.Ids


@pytest.fixture
def ids(console: Runtime) -> Ids:
    """Give a programme with a course, an interface and a scope of tests."""
    made = programme(console, sites=3, staff=4)
    with console.work(SYSTEM) as work:
        course(work, made.programme)
        connecting.add_interface(work, made.programme, "Books", "accounting", "till", "ERP")
        accepting.set_scope(work, made.programme, ["card", "QR"], FLOWS)
    return made


def pages(ids: Ids) -> list[str]:
    site, whole = f"/programmes/sites/{ids.first}", f"/programmes/{ids.programme}"
    return [
        *(f"{site}/{each}" for each in ("acceptance", "training", "migration", "interfaces")),
        *(f"{whole}/{each}" for each in ("acceptance", "training", "training.csv")),
        f"{whole}/training/proposal",
    ]


def forms(ids: Ids) -> list[str]:
    site, whole = f"/programmes/sites/{ids.first}", f"/programmes/{ids.programme}"
    return [
        f"{whole}/training/sessions/new?place=site:{ids.sites[0]}&day=2026-03-03",
        f"{whole}/training/courses/new",
        f"{whole}/interfaces/new",
        f"{whole}/acceptance/scope",
        f"{site}/competencies",
        f"{site}/interfaces/1/round-trip",
        f"{site}/migration/waive",
    ]


def test_acceptance_opens_on_the_first_wave_with_work_left(
    console: Runtime, as_person: SignIn
) -> None:
    made = programme(console, sites=4, waves=3)
    with console.work(SYSTEM) as work:
        accepting.set_scope(work, made.programme, ["card"], FLOWS)
        for way in made.rollouts[:2]:
            work.session.get_one(SiteRollout, way).state = SiteState.ACCEPTED
        work.session.get_one(ProgrammeWave, made.waves[1]).name = "Coast"
    client, path = as_person(MANAGER), f"/programmes/{made.programme}/acceptance"
    assert "<h2>Sites of wave 2 · <bdi>Coast</bdi></h2>" in client.get(path).text
    assert "<h2>Sites of wave 1 · " in client.get(f"{path}?wave=1").text
    with console.work(SYSTEM) as work:
        for way in made.rollouts:
            work.session.get_one(SiteRollout, way).state = SiteState.ACCEPTED
    assert "<h2>Sites of wave 1 · " in client.get(path).text, "all is done"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        pytest.param(MANAGER, 200, id="a change manager"),
        pytest.param(TEAM, 200, id="the site team"),
        pytest.param("auditor", 200, id="an auditor"),
        pytest.param(DESK_TZ, 404, id="another market is not told"),
        pytest.param("nobody-yet", 403, id="nobody"),
    ],
)
def test_who_opens(ids: Ids, as_person: SignIn, name: str, status: int) -> None:
    client = as_person(name)
    assert {each: client.get(each).status_code for each in pages(ids)} == dict.fromkeys(
        pages(ids), status
    )


def test_forms_open_and_refuse_what_is_empty(ids: Ids, as_person: SignIn) -> None:
    client = as_person(MANAGER)
    for each in forms(ids):
        assert client.get(each).status_code == 200, each
        assert client.post(each.partition("?")[0], data={}).status_code in {400, 409}, each


def test_who_only_looks_changes_nothing(ids: Ids, as_person: SignIn, console: Runtime) -> None:
    client = as_person("auditor")
    site, whole = f"/programmes/sites/{ids.first}", f"/programmes/{ids.programme}"
    cell = '["Copper Bank", "card", "sale"]'
    for address, given in (
        (f"{site}/acceptance", {"status": "pass", "cell": cell}),
        (f"{site}/roster", {"day": "2026-03-11", "person": "1"}),
        (f"{site}/absences", {"day": "2026-03-11", "person": "1"}),
        (f"{site}/interfaces/1/round-trip", {"result": "ok", "reference": "x"}),
        (f"{site}/migration/waive", {"reason": "x"}),
        (f"{whole}/training/courses/new", {"name": "x"}),
        (f"{whole}/acceptance/scope", {"methods": "x", "flows": "y"}),
    ):
        assert client.post(address, data=given).status_code == 403, address
    with console.view(SYSTEM) as work:
        assert acceptance.standing(work, [ids.first])[ids.first].coverage.untested == 20


def test_cells_are_tested_one_after_the_other(
    ids: Ids, as_person: SignIn, console: Runtime
) -> None:
    client, address = as_person(TEAM), f"/programmes/sites/{ids.first}/acceptance"
    page = client.get(address).text
    assert "Next: <bdi>Copper Bank</bdi>, card, sale" in page
    first = '["Copper Bank", "card", "sale"]'
    said = client.post(
        address, data={"status": "pass", "cell": first, "evidence": "4711"}, follow_redirects=True
    ).text
    assert "1 of 20 pass" in said
    assert "Next: <bdi>Copper Bank</bdi>, card, refund" in said
    both = ['["Copper Bank", "card", "refund"]', '["Copper Bank", "card", "reversal"]']
    refused = client.post(address, data={"status": "fail", "cell": both})
    assert (refused.status_code, "The evidence" in refused.text) == (400, True)
    assert refused.text.count("checked>") == 2, "what was chosen is kept"
    client.post(address, data={"status": "fail", "cell": both, "evidence": "no receipt"})
    for bad in ("", "[]", "[1, 2, 3]", "nonsense", '["X", "card", "sale"]'):
        answer = client.post(address, data={"status": "pass", "cell": bad})
        assert answer.status_code == 400, bad
    with console.view(SYSTEM) as work:
        found = acceptance.standing(work, [ids.first])[ids.first].coverage
        assert (found.passed, found.failed) == (1, 2)
    wave = as_person("auditor").get(f"/programmes/{ids.programme}/acceptance").text
    assert "1.7" in wave
    assert "2 failed" in wave


def test_a_scope_is_written_with_what_does_not_exist(ids: Ids, as_person: SignIn) -> None:
    client, address = as_person(MANAGER), f"/programmes/{ids.programme}/acceptance/scope"
    given = {
        "methods": "card\nQR",
        "flows": "sale\noffline",
        "exclusions": "method=QR, flow=offline",
        "version": "1",
    }
    assert client.post(address, data=given).status_code == 303
    assert client.post(address, data=given).status_code == 409
    bad = client.post(address, data={**given, "exclusions": "QR offline", "version": "2"})
    assert (bad.status_code, "is no exclusion" in bad.text) == (400, True)
    page = client.get(f"/programmes/sites/{ids.first}/acceptance").text
    assert page.count("does not exist") == 2


def test_a_session_is_planned_where_people_can_be_spared(
    ids: Ids, as_person: SignIn, console: Runtime, clock: FrozenClock
) -> None:
    site = ids.sites[0]
    with console.work(SYSTEM) as work:
        people = staff_of(work, site)
        minimum(work, site, 4)
    client = as_person(MANAGER)
    address = f"/programmes/{ids.programme}/training/sessions/new"
    page = client.get(f"{address}?place=site:{site}&day=2026-03-03").text
    assert page.count("disabled>") == 4
    assert "Cannot be chosen: S-KE-0001 would have 3 on site where 4 must be" in page
    given: dict[str, Any] = {
        "place": f"site:{site}",
        "day": "2026-03-03",
        "course": "1",
        "trainer": "Ana Sousa",
        "hours": "09:00-12:00",
        "capacity": "8",
        "person": [str(people[0])],
    }
    refused = client.post(address, data=given)
    assert (refused.status_code, "where 4 must be" in refused.text) == (409, True)
    with console.work(SYSTEM) as work:
        minimum(work, site, 3)
    assert client.post(address, data=given).status_code == 303
    week = client.get(f"/programmes/{ids.programme}/training?week=2026-03-04").text
    assert "can spare nobody" in week
    lines = client.get(f"/programmes/{ids.programme}/training.csv?week=2026-03-04").text
    assert "2026-03-03,09:00-12:00,Tills,Ana Sousa,S-KE-0001,,8,Seller 1," in lines
    shown = "/programmes/training/sessions/1"
    assert "who came is written down once it has begun" in client.get(shown).text
    assert client.post(shown, data={"came-1": "yes"}).status_code == 409
    clock.advance(timedelta(days=1, hours=6))
    team = as_person(TEAM)
    bad = team.post(shown, data={f"came-{people[0]}": "yes", f"score-{people[0]}": "many"})
    assert (bad.status_code, "no whole number" in bad.text) == (400, True)
    assert team.post(shown, data={f"came-{people[0]}": "yes"}).status_code == 303
    with console.view(SYSTEM) as work:
        assert len(training.held_of(work, people[:1])[people[0]]) == 1
    late = as_person(MANAGER).post(f"{shown}/cancel", data={"reason": "late"})
    assert late.status_code == 409


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"day": "soon"}, id="day"),
        pytest.param({"day": "9999-12-31"}, id="for ever"),
        pytest.param({"capacity": "-1"}, id="capacity"),
        pytest.param({"person": "x"}, id="person"),
        pytest.param({"place": "site:x"}, id="site"),
        pytest.param({"place": "moon:1"}, id="place"),
        pytest.param({"course": ""}, id="course"),
        pytest.param({"cover": "3", "place": "region:KE/"}, id="cover without a site"),
    ],
)
def test_a_bad_session_form_is_given_back(
    ids: Ids, as_person: SignIn, console: Runtime, given: dict[str, str]
) -> None:
    usual = {
        "place": f"site:{ids.sites[0]}",
        "day": "2026-03-03",
        "course": "1",
        "trainer": "Ana",
        "hours": "09:00-12:00",
        "capacity": "8",
    }
    address = f"/programmes/{ids.programme}/training/sessions/new"
    answer = as_person(MANAGER).post(address, data={**usual, **given})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    with console.view(SYSTEM) as work:
        view = planner_queries.planner(work, ids.programme, MONDAY)
        assert view.sessions == []


def test_a_proposal_leads_to_filled_forms(ids: Ids, as_person: SignIn) -> None:
    client = as_person(MANAGER)
    address = f"/programmes/{ids.programme}/training/proposal?week=2026-03-02&trainers=Ana%0ABen"
    page = client.get(address).text
    assert page.count("Plan it…") > 1
    assert client.get(f"{address}&capacity=many").status_code == 400
    assert client.get(f"/programmes/{ids.programme}/training?week=soon").status_code == 400


def test_rosters_absences_and_stand_ins_on_the_page(
    ids: Ids, as_person: SignIn, console: Runtime
) -> None:
    client, site = as_person(TEAM), f"/programmes/sites/{ids.first}"
    with console.view(SYSTEM) as work:
        people, others = staff_of(work, ids.sites[0]), staff_of(work, ids.sites[1])
    day = CUT_OVER.isoformat()
    roster_form = {"day": day, "person": [str(each) for each in people]}
    assert client.post(f"{site}/roster", data=roster_form).status_code == 303
    absent = {"day": day, "person": str(people[0]), "reason": "ill"}
    assert client.post(f"{site}/absences", data=absent).status_code == 303
    assert client.post(f"{site}/absences", data=absent).status_code == 409
    assert "nobody stands in" in client.get(f"{site}/training").text
    with console.work(SYSTEM) as work:
        work.session.execute(update(Site).values(region="Coast"))
        roster(work, ids.rollouts[1], others[1:])
    offered = client.get(f"{site}/absences/1/cover").text
    assert f'<option value="{others[0]}">Seller 1, S-KE-0002 (not trained)' in offered
    assert client.post(f"{site}/absences/1/cover", data={"person": "x"}).status_code == 400
    chosen = {"person": str(others[0])}
    assert client.post(f"{site}/absences/1/cover", data=chosen).status_code == 303
    assert "stands in, not trained" in client.get(f"{site}/training").text
    assert client.post(f"{site}/covers/1/remove").status_code == 303
    assert client.post(f"{site}/absences/1/back").status_code == 303
    assert client.post(f"{site}/absences/1/back").status_code == 404
    for bad in ({}, {"day": day}, {"day": "x", "person": "1"}, {"day": day, "person": "99999"}):
        assert client.post(f"{site}/absences", data=bad).status_code == 400, bad
    held = {"person": str(people[0]), "course": "1", "since": "2026-01-01", "evidence": "paper"}
    assert client.post(f"{site}/competencies", data=held).status_code == 303


TABLE = """kind,name,account_class,currency,expected,actual,tolerance
count,accounts,,,120,120,
sum,balances,customer,KES,1000.50,1000.50,0.00
"""
RUN = {
    "snapshot": "2026-03-01T20:00Z",
    "started": "2026-03-02 01:00",
    "ended": "2026-03-02 02:00",
    "table": TABLE,
}


def file(text: str | bytes, name: str = "keys.txt") -> tuple[io.BytesIO, str]:
    return io.BytesIO(text if isinstance(text, bytes) else text.encode()), name


def test_a_run_is_judged_from_a_table_and_two_lists(
    ids: Ids, as_person: SignIn, console: Runtime
) -> None:
    client, address = as_person(TEAM), f"/programmes/sites/{ids.first}/migration"
    assert client.post(address, data=RUN).status_code == 303
    keys = {
        "keys_name": "customers",
        "expected_keys": file("A\nB\nC\n"),
        "actual_keys": file("B\nC\nD\n"),
    }
    given = {**RUN, "table": "", "file": file(TABLE.replace(",", ";"), "checks.csv"), **keys}
    assert client.post(address, data=given).status_code == 303
    page = client.get(address).text
    assert "missing: <bdi>A</bdi>" in page
    assert "KES 1000.50" in page
    with console.view(SYSTEM) as work:
        assert [each.is_clean for each in migration.page(work, ids.first).runs] == [False, True]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"table": ""}, "no checks", id="nothing"),
        pytest.param({"table": "sort,name\n"}, "&#39;sort&#39; is unknown", id="column"),
        pytest.param({"table": "name\nx"}, "kind is missing", id="no kind"),
        pytest.param({"table": "kind,name\ncount,a,b"}, "more cells than columns", id="cells"),
        pytest.param({"table": 'kind,name\ncount,"a'}, "of the table", id="quote"),
        pytest.param({"started": "soon"}, "is no date and time", id="time"),
        pytest.param({"ended": "2026-03-01 00:00"}, "ends before it starts", id="backwards"),
        pytest.param({"started": "2026-04-01 00:00"}, "in the future", id="future"),
        pytest.param({"file": b"\xff\xfe\x00"}, "is no text in UTF-8", id="bytes"),
        pytest.param({"expected_keys": b"A"}, "one side are missing", id="one list"),
        pytest.param({"table": TABLE.replace("KES", "")}, "needs its currency", id="currency"),
        pytest.param(
            {"table": TABLE.replace("1000.50", "1.000,50")}, "Line 3 of the table", id="comma"
        ),
    ],
)
def test_a_bad_run_is_given_back_whole(
    ids: Ids, as_person: SignIn, console: Runtime, given: dict[str, Any], words: str
) -> None:
    sent = {
        name: file(each, "given.csv") if isinstance(each, bytes) else each
        for name, each in {**RUN, **given}.items()
    }
    answer = as_person(TEAM).post(f"/programmes/sites/{ids.first}/migration", data=sent)
    assert (answer.status_code, words in answer.text) == (400, True)
    with console.view(SYSTEM) as work:
        assert migration.page(work, ids.first).runs == []


def test_a_waiver_is_for_those_who_decide(ids: Ids, as_person: SignIn) -> None:
    address = f"/programmes/sites/{ids.first}/migration/waive"
    assert as_person(DESK).get(address).status_code == 403
    assert as_person(MANAGER).post(address, data={"reason": "twelve"}).status_code == 303
    assert (
        "Waived by change-manager: twelve"
        in as_person(TEAM).get(f"/programmes/sites/{ids.first}/migration").text
    )


def test_proofs_are_recorded(ids: Ids, as_person: SignIn) -> None:
    client, site = as_person(TEAM), f"/programmes/sites/{ids.first}/interfaces"
    for proof in ("round-trip", "first-message", "first-daily-file"):
        given = {"result": "ok", "reference": "R-1"}
        assert client.post(f"{site}/1/{proof}", data=given).status_code == 303
    assert "1 of 1 have their three proofs" in client.get(site).text
    assert client.get(f"{site}/9/round-trip").status_code == 404
    assert client.get(f"{site}/1/guess").status_code == 404


def test_pages_need_the_same_statements_for_few_and_many(
    console: Runtime, as_person: SignIn
) -> None:
    counted = []
    client = as_person(MANAGER)
    for number, sites in enumerate((2, 40)):
        made = programme(console, sites=sites, name=f"P{number}", prefix=f"P{number}-")
        with console.work(SYSTEM) as work:
            tills = course(work, made.programme)
            accepting.set_scope(work, made.programme, ["card"], FLOWS)
            plan(work, made.programme, tills, market="KE", trainer=f"T{number}")
        sent = {}
        for page in ("acceptance", "training", "training/proposal"):
            client.get(f"/programmes/{made.programme}/{page}")
            with statements(console.engine) as found:
                client.get(f"/programmes/{made.programme}/{page}")
            sent[page] = len(found)
        counted.append(sent)
    assert counted[0] == counted[1]
