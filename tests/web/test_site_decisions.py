"""Go/no-go, cut-over, hypercare, steering on pages and over the API: rights, bad input, cost."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from changes.programmes.actions import cutting_over, go_no_go
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import CutOverRun, DecisionVote, SiteFigure, SiteRollout
from changes.programmes.queries import decisions, site_facts
from changes.programmes.queries.decisions import DecisionStanding
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.factories import EIGHT
from tests.programmes import scenes
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.counting import statements

MANAGER, TEAM, OWNER = "change-manager", "site-team", "product-owner"
ROLES = [role.value.replace("_", "-") for role in Role]
STEPS: list[dict[str, Any]] = [
    {"title": "Close the old till", "p50": 10, "p90": 15, "undo": "open it"},
    {"title": "Drain", "p50": 20, "p90": 30, "drains": True},
    {"title": "First sale", "p50": 5, "p90": 9, "is_hold_point": True, "no_return": True},
]


@pytest.fixture
def made(console: Runtime, monkeypatch: pytest.MonkeyPatch) -> scenes.Ids:
    """Give a programme with a run sheet and a meeting about its first site; training is red."""
    red = {"training": lambda _, ids: dict.fromkeys(ids, DecisionStanding(False, "2 of 6 not"))}
    monkeypatch.setattr(site_facts, "FACTS", {**site_facts.FACTS, **red})
    with console.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(
            work,
            24,
            ("KE", "TZ"),
            states=(SiteState.GO_NO_GO, *scenes.HALF_WAY),
            steering={"IT": [MANAGER], "business": [OWNER]},
            authority="executive",
            baseline={"2026-02-15": 4, "2026-06-01": 24},
            terms={"quorum": 2},
        )
        cutting_over.set_template(work, ids.programme, STEPS, 120, 30)
        go_no_go.plan(work, MeetingDraft(EIGHT, ids.first, rollback_owner=TEAM))
        cutting_over.rehearse(work, ids.first)
    return ids


def addresses(made: scenes.Ids) -> list[str]:
    here, site = f"/programmes/{made.programme}", f"/programmes/sites/{made.first}"
    return [
        f"{here}/decisions",
        f"{here}/steering",
        f"{here}/steering.csv",
        f"{here}/run-sheet",
        f"{here}/run-sheet/edit",
        f"{here}/plan-again",
        site,
        f"{site}/cut-over/rehearse",
        "/programmes/decisions/1",
        "/programmes/decisions/1/vote",
        "/programmes/decisions/1/decide",
        "/programmes/decisions/1/override",
        "/programmes/decisions/1/condition",
        "/programmes/decisions/1/criterion",
        "/programmes/decisions/1/edit",
        f"/programmes/decisions/new?site={made.first}",
        "/programmes/cut-overs/1",
        "/programmes/cut-overs/1/steps/1/fail",
        "/programmes/cut-overs/1/roll-back",
        "/programmes/cut-overs/1/end",
        f"/programmes/waves/{made.waves[0]}/pause",
        "/api/v1/decisions/1",
        "/api/v1/cut-overs/1",
        f"/api/v1/programmes/{made.programme}/decisions",
        f"/api/v1/programmes/{made.programme}/steering",
        f"/api/v1/programmes/{made.programme}/run-sheet",
        f"/api/v1/sites/{made.first}/hypercare",
        f"/api/v1/sites/{made.first}/cut-overs",
    ]


NOT_THEIRS = {TEAM: ("/override", "/pause"), "executive": ("/cut-over/rehearse",)}


@pytest.mark.parametrize("role", NOT_THEIRS)
def test_every_page_answers_who_may_see(made: scenes.Ids, as_person: SignIn, role: str) -> None:
    client = as_person(role)
    for address in addresses(made):
        wanted = 403 if address.endswith(NOT_THEIRS[role]) else 200
        assert client.get(address).status_code == wanted, (role, address)


def test_another_market_sees_nothing_of_it(made: scenes.Ids, as_person: SignIn) -> None:
    client = as_person("desk-tz")
    alone = [each for each in addresses(made) if f"/{made.programme}/" not in each]
    for address in alone:
        assert client.get(address).status_code == 404, address
    assert as_person("nobody-yet").get("/programmes/decisions/1").status_code in {403, 404}


def test_a_criterion_leads_to_where_it_is_mended(made: scenes.Ids, as_person: SignIn) -> None:
    page = as_person(MANAGER).get("/programmes/decisions/1").text
    here = f"/programmes/sites/{made.first}"
    for where in ("/training", "/migration", "/interfaces", "/acceptance", "#cut-over", "/book"):
        assert f'href="{here}{where}"' in page, where
    assert f"{here}#slot" not in page


def vote(client: FlaskClient, role: str, word: str = "yes") -> int:
    given = {"role": role, "word": word, "reason": "stock is short"}
    return client.post("/programmes/decisions/1/vote", data=given).status_code


def test_a_go_is_refused_by_a_red_hard_criterion_and_the_override_is_shown(
    made: scenes.Ids, as_person: SignIn, console: Runtime
) -> None:
    manager, owner, boss = as_person(MANAGER), as_person(OWNER), as_person("executive")
    due = {"text": "rehearse the switch once", "owner": TEAM}
    assert manager.post("/programmes/decisions/1/condition", data=due).status_code == 303
    assert (vote(manager, "IT"), vote(owner, "business")) == (303, 303)
    assert vote(manager, "business") == 403
    told = manager.post(
        "/programmes/decisions/1/vote", data={"role": "business", "word": "yes"}
    ).text
    assert "You do not vote for business" in told
    assert f"{OWNER} does" in told.lower()
    assert "roles let you in" not in told
    assert "ho may:" not in told
    assert as_person(TEAM).post("/programmes/decisions/1/vote", data={}).status_code == 403
    refused = manager.post("/programmes/decisions/1/decide", data={"word": "go"})
    assert refused.status_code == 409
    assert "hard criterion" in refused.text
    assert "executive may override it in writing" in refused.text
    reason = {"reason": "two floaters cover it"}
    refused = manager.post("/programmes/decisions/1/override", data=reason)
    assert refused.status_code == 403
    assert "Only executive may override a red hard criterion" in refused.text
    assert "ho may:" not in refused.text
    assert boss.post("/programmes/decisions/1/override", data={"reason": ""}).status_code == 400
    assert boss.post("/programmes/decisions/1/override", data=reason).status_code == 303
    assert manager.post("/programmes/decisions/1/decide", data={"word": "go"}).status_code == 303
    page = manager.get("/programmes/decisions/1").text
    assert "Go with conditions, with override" in page
    assert "two floaters cover it" in page
    assert manager.post("/programmes/decisions/1/decide", data={"word": "go"}).status_code == 409
    with console.view(SYSTEM) as work:
        assert work.session.query(DecisionVote).count() == 2


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/programmes/decisions/1/vote", {"role": "press", "word": "yes"}),
        ("/programmes/decisions/1/vote", {"role": "IT", "word": "perhaps"}),
        ("/programmes/decisions/1/vote", {"role": "IT", "word": "no"}),
        ("/programmes/decisions/1/decide", {"word": "maybe"}),
        ("/programmes/decisions/1/condition", {"text": "", "owner": "x"}),
        ("/programmes/decisions/1/condition", {"text": "x", "owner": "x", "due": "soon"}),
        ("/programmes/decisions/1/criterion", {"title": "x", "light": "blue"}),
        ("/programmes/decisions/1/edit", {"meets_at": "tomorrow"}),
        ("/programmes/decisions/new", {"site": "x", "meets_at": "2026-03-03 09:00"}),
        ("/programmes/decisions/new", {"meets_at": "2026-03-03 09:00", "zone": "UTC"}),
        ("/programmes/cut-overs/1/steps/1/skip", {"note": ""}),
        ("/programmes/cut-overs/1/go-on", {"reason": ""}),
        ("/programmes/1/run-sheet/edit", {"steps": "x | | soon", "window": "60", "rollback": "1"}),
        ("/programmes/1/run-sheet/edit", {"steps": "x|||||||fast", "window": "60"}),
        ("/programmes/1/plan-again", {"crews": "North"}),
        ("/programmes/1/plan-again", {"crews": "North: KE", "since": "soon"}),
        ("/programmes/1/plan-again/apply", {"slots": "7 soon x"}),
        ("/programmes/1/plan-again/apply", {"slots": ""}),
        ("/programmes/waves/1/pause", {"reason": ""}),
    ],
)
def test_bad_input_is_refused_in_words(
    made: scenes.Ids, as_person: SignIn, address: str, data: dict[str, str]
) -> None:
    answer = as_person(MANAGER).post(address, data=data)
    assert answer.status_code in {400, 404}, answer.text[:300]


@pytest.mark.parametrize(
    "address",
    [
        "/programmes/decisions/99",
        "/programmes/cut-overs/99",
        "/programmes/cut-overs/1/steps/9/start",
        "/programmes/cut-overs/1/steps/1/jump",
        "/programmes/waves/99/brake",
        "/programmes/waves/1/brake",
        "/programmes/99/steering",
        "/api/v1/decisions/99",
        "/api/v1/cut-overs/99",
        "/api/v1/sites/9999/hypercare",
    ],
)
def test_what_is_not_there_is_not_found(made: scenes.Ids, as_person: SignIn, address: str) -> None:
    assert as_person(MANAGER).get(address).status_code == 404


def test_a_rehearsal_is_pressed_on_the_page(
    made: scenes.Ids, as_person: SignIn, console: Runtime
) -> None:
    team, here = as_person(TEAM), "/programmes/cut-overs/1"
    for position, move, data, status in (
        (1, "start", {}, 303),
        (1, "start", {}, 409),
        (1, "finish", {}, 303),
        (2, "start", {}, 303),
        (2, "finish", {"in_flight": "3"}, 400),
        (2, "finish", {"in_flight": "many"}, 400),
        (2, "finish", {"in_flight": "0"}, 303),
        (3, "start", {}, 303),
        (3, "finish", {}, 400),
        (3, "finish", {"note": "receipt 1"}, 303),
    ):
        answer = team.post(f"{here}/steps/{position}/{move}", data=data)
        assert answer.status_code == status, (position, move, answer.text[:200])
    page = team.get(here).text
    assert "Every step is done" in page
    assert "0 in flight" in page
    assert team.post(f"{here}/end", data={}).status_code == 303
    assert as_person("auditor").post(f"{here}/end", data={}).status_code == 403
    with console.view(SYSTEM) as work:
        assert work.session.get_one(CutOverRun, 1).ended_by == TEAM


def test_steering_says_forecast_and_plan_and_sends_a_sheet(
    made: scenes.Ids, as_person: SignIn
) -> None:
    client = as_person("executive")
    page = client.get(f"/programmes/{made.programme}/steering").text
    assert "Sites accepted" in page
    assert "Ends by plan" in page
    assert ", 0\u00a0%" not in page, "shares are of a hundred"
    sheet = client.get(f"/programmes/{made.programme}/steering.csv")
    assert sheet.text.startswith("\ufeffwave,wave name,site,name")
    assert len(sheet.text.strip().splitlines()) == 25
    told = people.told(client.get(f"/api/v1/programmes/{made.programme}/steering"))
    assert (told["total"], told["planned_on"]) == (24, "2026-06-30")
    assert told["left"] == 24 - told["accepted"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"crews": "North"}, "write it like North: KE, TZ/Mwanza"),
        ({"stock": "120"}, "write it like 2026-12-01: 120"),
        ({"trained": "-2"}, "is no whole number of 0 or more; write digits alone"),
    ],
)
def test_a_fault_of_planning_again_says_how_its_field_is_written(
    made: scenes.Ids, as_person: SignIn, given: dict[str, str], said: str
) -> None:
    sent = {"crews": "North: KE", "since": "2026-03-09"} | given
    answer = as_person(MANAGER).post(f"/programmes/{made.programme}/plan-again", data=sent)
    assert answer.status_code == 400
    assert said in answer.text


def test_a_fault_of_steering_says_how_steering_is_written(
    made: scenes.Ids, as_person: SignIn
) -> None:
    given = {"name": "x", "markets": "KE", "steering": "IT"}
    answer = as_person(MANAGER).post("/programmes/new", data=given)
    assert answer.status_code == 400
    assert "write it like IT: adwoa, carlos" in answer.text


def test_crews_are_offered_where_they_have_worked(
    made: scenes.Ids, as_person: SignIn, console: Runtime
) -> None:
    with console.work(SYSTEM) as work:
        work.session.get_one(SiteRollout, made.first).crew = "North"
    page = as_person(MANAGER).get(f"/programmes/{made.programme}/plan-again").text
    shown = page[page.index('name="crews"') :].partition("</textarea>")[0]
    assert any(f"North: KE/{each}" in shown for each in scenes.REGIONS["KE"])


def test_a_proposal_is_shown_and_booked_whole(
    made: scenes.Ids, as_person: SignIn, console: Runtime
) -> None:
    client = as_person(MANAGER)
    given = {"crews": "North: KE, TZ", "since": "2026-03-09", "trained": "", "stock": ""}
    page = client.post(f"/programmes/{made.programme}/plan-again", data=given)
    assert page.status_code == 200
    assert "Week of Mon" in page.text.replace("\u00a0", " ")
    assert any(each in page.text for each in (*scenes.REGIONS["KE"], *scenes.REGIONS["TZ"]))
    slots = page.text.split('name="slots" value="')[1].split('"')[0]
    place = f"/programmes/{made.programme}/plan-again/apply"
    twice = f"{slots}\n{slots.split()[0]} 2026-03-09 North"
    refused = client.post(place, data={"slots": twice})
    assert refused.status_code == 409
    with console.view(SYSTEM) as work:
        assert work.session.query(SiteRollout).filter_by(crew="North").count() == 0, "nothing half"
    done = client.post(place, data={"slots": slots})
    assert done.status_code == 303
    with console.view(SYSTEM) as work:
        booked = work.session.query(SiteRollout).filter_by(crew="North").all()
    assert len(booked) == len(slots.splitlines())
    assert len({each.slot_on for each in booked}) == len(booked)
    assert as_person(TEAM).post(place, data={"slots": slots}).status_code == 403


def test_waves_are_paused_and_resumed_by_steering(made: scenes.Ids, as_person: SignIn) -> None:
    wave, manager = made.waves[1], as_person(MANAGER)
    assert (
        manager.post(f"/programmes/waves/{wave}/pause", data={"reason": "strike"}).status_code
        == 303
    )
    page = manager.get(f"/programmes/{made.programme}/steering").text
    assert "strike" in page
    lead = as_person("operations-lead")
    why = {"reason": "it is over"}
    assert lead.post(f"/programmes/waves/{wave}/resume", data=why).status_code == 403
    assert manager.post(f"/api/v1/programme-waves/{wave}/resume", json=why).status_code == 200
    assert manager.post(f"/api/v1/programme-waves/{wave}/resume", json=why).status_code == 409


def test_figures_come_as_json_and_csv_and_sent_twice_are_once(
    made: scenes.Ids, as_person: SignIn, console: Runtime
) -> None:
    client = as_person(TEAM)
    row = {
        "site": "KE-0001",
        "hour": "2026-03-01T08:00:00Z",
        "count": 3,
        "value": "9.5",
        "currency": "KES",
    }
    for _ in range(2):
        answer = client.post("/api/v1/site-figures", json={"rows": [row]})
        assert (answer.status_code, people.told(answer)) == (200, {"stored": 1})
    text = "site,hour,count,value,currency,failed\nKE-0001,2026-03-01T09:00:00Z,4,10,KES,1\n"
    answer = client.post("/api/v1/site-figures", data=text, content_type="text/csv")
    assert people.told(answer) == {"stored": 1}
    bad: dict[str, Any]
    for bad in (
        {"data": b"\xff\xfe", "content_type": "text/csv"},
        {"data": "site,hour\nKE-0001", "content_type": "text/csv"},
        {"data": "a\n1,2,3\n", "content_type": "text/csv"},
        {"json": {"rows": "x"}},
        {"json": {"rows": []}},
        {"json": {"rows": [{"site": None}]}},
        {"json": {"rows": [dict(row, count=1.5)]}},
        {"json": {"rows": [dict(row, hour=5)]}},
    ):
        assert client.post("/api/v1/site-figures", **bad).status_code == 400, bad
    tickets = {"rows": [{"site": "KE-0001", "reference": "T1", "opened_at": row["hour"]}]}
    assert people.told(client.post("/api/v1/site-tickets", json=tickets)) == {"new": 1}
    assert people.told(client.post("/api/v1/site-tickets", json=tickets)) == {"new": 0}
    with console.view(SYSTEM) as work:
        assert work.session.query(SiteFigure).count() == 2


def test_the_api_does_what_the_pages_do(made: scenes.Ids, as_person: SignIn) -> None:
    client = as_person(MANAGER)
    told = people.told(client.get("/api/v1/decisions/1"))
    assert told["comes_to"] == "no decision"
    for action, body, status in (
        ("vote", {"role": "IT", "word": "yes"}, 200),
        ("vote", {"role": "IT"}, 400),
        ("vote", {"role": 5, "word": "yes"}, 400),
        ("fly", {}, 404),
        ("decide", {"word": "go"}, 409),
        ("condition", {"text": "x", "owner": TEAM, "due_on": "2026-03-04"}, 200),
        ("condition", {"text": "x", "owner": TEAM, "due_on": "never"}, 400),
        ("condition", {"text": "x", "owner": "nobody", "due_on": "2026-03-04"}, 400),
        ("condition", {"text": "x", "owner": TEAM, "due_on": "1999-01-01"}, 400),
        ("close", {"condition": 1, "how": "done"}, 200),
        ("close", {"condition": 1, "how": "done"}, 409),
        ("criterion", {"title": "Weather", "light": "green", "source": "seen"}, 200),
        ("edit", {"meets_at": "2026-03-04T09:00:00Z", "rollback_owner": TEAM}, 200),
    ):
        answer = client.post(f"/api/v1/decisions/1/{action}", json=body)
        assert answer.status_code == status, (action, body, answer.text)
    plan = {"site": made.rollouts[1], "meets_at": "2026-03-04T09:00:00Z"}
    assert client.post("/api/v1/decisions", json=plan).status_code == 201
    assert client.post("/api/v1/decisions", json={**plan, "wave": 1}).status_code == 400
    for action, body, status in (
        ("step", {"position": 1, "move": "start"}, 200),
        ("step", {"position": 1, "move": "start"}, 409),
        ("step", {"position": 1, "move": "finish", "in_flight": "x"}, 400),
        ("roll_back", {"reason": "try it"}, 200),
        ("end", {}, 200),
        ("go_on", {"reason": "late"}, 409),
    ):
        answer = client.post(f"/api/v1/cut-overs/1/{action}", json=body)
        assert answer.status_code == status, (action, body, answer.text)
    begun = client.post(f"/api/v1/sites/{made.first}/cut-overs", json={"is_rehearsal": True})
    assert begun.status_code == 201
    assert client.post(f"/api/v1/sites/{made.first}/cut-overs", json={}).status_code == 409
    sheet = f"/api/v1/programmes/{made.programme}/run-sheet"
    body = {"steps": STEPS, "window_minutes": 90, "rollback_minutes": 10}
    assert people.told(client.put(sheet, json=body))["window_minutes"] == 90
    for bad in ({}, {**body, "steps": "x"}, {**body, "rollback_minutes": 91}):
        assert client.put(sheet, json=bad).status_code == 400, bad
    slots = f"/api/v1/programmes/{made.programme}/slots"
    for rows in ("x", [5], [{"site": 1}], [{"site": 1, "day": "x", "crew": "y"}], []):
        assert client.post(slots, json={"slots": rows}).status_code == 400, rows


@pytest.mark.parametrize("place", ["steering", "decisions", "run-sheet"])
def test_pages_cost_as_many_statements_for_many_sites(
    app: Flask, made: scenes.Ids, as_person: SignIn, console: Runtime, place: str
) -> None:
    client, here = as_person(MANAGER), f"/programmes/{made.programme}/{place}"
    client.get(here)
    with statements(console.engine) as few:
        client.get(here)
    with console.work(SYSTEM) as work:
        row = work.session.get_one(SiteRollout, made.first)
        more = scenes.programme(
            work, 60, ("KE", "TZ"), states=scenes.HALF_WAY, name="Others", prefix="X"
        )
        work.session.query(SiteRollout).where(SiteRollout.id.in_(more.rollouts)).update(
            {"programme_id": row.programme_id, "wave_id": row.wave_id}
        )
    with statements(console.engine) as many:
        client.get(here)
    assert len(many) <= len(few), place


def test_a_meeting_about_a_wave_costs_the_same_for_many_sites(
    made: scenes.Ids, console: Runtime
) -> None:
    with console.work(SYSTEM) as work:
        number = go_no_go.plan(work, MeetingDraft(EIGHT + timedelta(days=1), wave_id=made.waves[0]))
    with console.view(SYSTEM) as work, statements(console.engine) as few:
        decisions.decision(work, number)
    assert len(few) < 60


def test_a_meeting_about_a_wave_is_planned_from_three_places(
    as_person: SignIn, made: scenes.Ids
) -> None:
    client = as_person(MANAGER)
    wave = made.waves[0]
    ask = f"/programmes/decisions/new?wave={wave}"
    here = f"/programmes/{made.programme}"
    assert ask in client.get(here).text
    assert ask in client.get(f"{here}/steering").text
    listed = client.get(f"{here}/decisions").text
    assert f'<option value="{wave}">' in listed
    page = client.get(ask)
    assert (page.status_code, "still to go" in page.text) == (200, True)
    form = {"wave": str(wave), "meets_at": "2026-03-03 09:00", "zone": "UTC"}
    answer = client.post("/programmes/decisions/new", data=form)
    assert answer.status_code == 303, answer.text
    assert "Wave 1" in client.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("wave=99999", 404, id="no such wave"),
        pytest.param("wave=x", 400, id="no number"),
        pytest.param("", 400, id="about nothing"),
    ],
)
def test_a_meeting_is_about_something(
    as_person: SignIn, made: scenes.Ids, query: str, status: int
) -> None:
    assert as_person(MANAGER).get(f"/programmes/decisions/new?{query}").status_code == status


def test_who_plans_nothing_is_offered_no_meeting(as_person: SignIn, made: scenes.Ids) -> None:
    client = as_person(TEAM)
    assert "Plan a go/no-go" not in client.get(f"/programmes/{made.programme}/decisions").text
    assert "decisions/new" not in client.get(f"/programmes/{made.programme}").text
    assert client.get(f"/programmes/decisions/new?wave={made.waves[0]}").status_code == 403
