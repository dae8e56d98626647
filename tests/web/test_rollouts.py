"""The pages of roll-outs: who sees and presses what, what bad input does, what they cost."""

import re
import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from changes.features.actions import keeping
from changes.rollouts.actions import deciding, waves
from changes.rollouts.lifecycle import RolloutState, WaveState
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput
from ssoc.core.work import Runtime
from tests.changes.features import story as features
from tests.rollouts import story
from tests.web.conftest import SignIn
from tests.web.counting import statements
from tests.web.test_features import samples
from web import plotting
from web.rollouts import plan
from web.rollouts.plan import as_yaml

OPERATOR, LEAD, PLANNER = "noc-operator", "operations-lead", "change-manager"
MOVES = ("start", "pause", "decide", "remove")


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    return plain.replace("\u00a0", " ").replace("\u202f", " ")


def paused(runtime: Runtime, **given: Any) -> int:
    """Return a roll-out whose first wave its gate has paused for Tanzania."""
    rows = ({"name": "staff", "gate": story.unsure()}, {"name": "all", "markets": ["KE"]})
    number = story.planned(runtime, *rows, **given)
    with runtime.work(story.IMRE) as work:
        waves.start(work, number)
    story.measure(runtime, number, {"KE": [99.5, 99.5], "GH": [99.5, 99.5], "TZ": [99.5, 98.5]})
    return number


def test_who_may_not_decide_reads_who_may_and_what_helps_meanwhile(
    console: Runtime, as_person: SignIn
) -> None:
    number = paused(console)
    feature(console, number)
    lead = as_person(LEAD)
    shown = text_of(lead, f"/roll-outs/{number}")
    assert "May decide: " in shown
    named = re.search(r"May decide: ([\w, -]+?)\. ", shown)
    assert named is not None
    assert "rita" not in named[1], "she asked for it"
    page = as_person(OPERATOR).get(f"/roll-outs/{number}").text
    assert f"May decide: <bdi>{named[1].strip()}</bdi>" in page
    assert 'href="/runbooks/RolloutPaused"' in page
    assert 'href="/roll-outs/features/savings-pocket/kill">Force off savings-pocket…</a>' in page


def feature(runtime: Runtime, number: int) -> None:
    """Let a roll-out bring a feature with a flag."""
    with runtime.work(story.RITA) as work:
        keeping.make(work, features.draft(number))


def test_the_page_says_what_failed_where_and_what_to_do(
    console: Runtime, as_person: SignIn
) -> None:
    number = paused(console)
    shown = text_of(as_person(LEAD), f"/roll-outs/{number}")
    for each in (
        "Savings pocket",
        "paused by its gate",
        "Success rate in TZ: inconclusive, 98.5 % is between 98 % and 99 %; 1 inconclusive, 0 "
        "tolerated",
        "Nothing was taken away. Going on is an approval",
        "Wave 1 · staff",
        "at gate, paused",
        "98.5 % unsure 1, 0 allowed",
        "pass 2/2",
        "≥ 99 %",
        "Waits for wave 1, which is paused",
        "roll-back not tested",
        "Forecast end",
        "Decide…",
        "wave 1: pause",
    ):
        assert each in shown, each


def row_of(page: str, wave: int) -> str:
    """Return one row of the table of waves, as text."""
    found = re.search(rf"<tr[^>]*><th[^>]*><bdi>Wave {wave} .*?</tr>", page, re.DOTALL)
    assert found, f"wave {wave} has no row"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).replace("\u00a0", " ")


def test_each_wave_has_a_row_with_its_gate_what_is_next_and_the_press(
    console: Runtime, as_person: SignIn
) -> None:
    number = paused(console)
    page = as_person(LEAD).get(f"/roll-outs/{number}").text
    first, second = row_of(page, 1), row_of(page, 2)
    for each in ("unsure", "Success rate in TZ: inconclusive", "evidence", "Decide…"):
        assert each in first, each
    assert "Somebody decides: resume, roll back or abort" in first
    for each in ("not begun", "everybody KE", "1 metric, at least 5 min", "Waits for wave 1"):
        assert each in second, each
    assert "Decide…" not in second
    gate = story.look(console, number).wave(1).gate_id
    assert f"/roll-outs/{number}/gates/{gate}/evidence?metric=success" in page
    looking = row_of(as_person("auditor").get(f"/roll-outs/{number}").text, 1)
    assert "Decide…" not in looking


def test_figures_that_nobody_stored_are_told_until_it_begins(
    console: Runtime, as_person: SignIn
) -> None:
    number = story.planned(console)
    page = f"/roll-outs/{number}"
    said = "nothing was ever stored of core/kpi success_percent; until there is one it is no data"
    assert said in text_of(as_person(LEAD), page)
    with console.work(story.IMRE) as work:
        waves.start(work, number)
    assert said not in text_of(as_person(LEAD), page)


def test_from_the_change_to_planned_waves(console: Runtime, as_person: SignIn) -> None:
    begins = console.clock.now() + 96 * story.H
    ends = begins + 48 * story.H
    change = story.stored(
        console, starts_at=begins, ends_at=ends, submitted_at=begins - 96 * story.H
    )
    web = as_person(PLANNER)
    assert "Roll out in waves…" in text_of(web, f"/changes/{change}")
    form = f"/roll-outs/plan/{change}"
    assert "10 % of stripe 0 to 9" not in text_of(web, form)
    assert "stripe 0 to 9" in text_of(web, form)
    plan = as_yaml(story.waves())
    looked = web.post(form, data={"waves": plan, "do": "look"})
    assert looked.status_code == 200
    assert "Wave 3 · 50 %" in looked.text
    kept = web.post(form, data={"waves": plan, "do": "keep"})
    assert kept.status_code == 303
    shown = text_of(web, kept.location)
    assert "0 of 4 waves passed" in shown
    assert "CHG-1 is submitted; it begins once it is approved" in shown
    assert "Rolled out in waves" in text_of(web, f"/changes/{change}")
    edited = web.post(
        f"{kept.location}/plan", data={"waves": as_yaml(story.waves({"name": "all"})), "do": "keep"}
    )
    assert edited.status_code == 303
    assert "0 of 1 wave passed" in text_of(web, kept.location)
    gone = web.post(f"{kept.location}/remove", data={"reason": "one night will do"})
    assert gone.status_code == 303
    assert "Rolled out in waves" not in text_of(web, f"/changes/{change}")


def test_a_change_with_waves_has_no_run_sheet(console: Runtime, as_person: SignIn) -> None:
    number = story.planned(console)
    web = as_person(OPERATOR)
    assert "/changes/1/start" not in web.get("/changes/1").text
    refused = web.post("/changes/1/start")
    assert refused.status_code == 409
    assert "is rolled out in waves and has no run sheet" in refused.text
    assert web.post(f"/roll-outs/{number}/start", data={"wave": "1"}).status_code == 303
    assert story.look(console, number).state is RolloutState.RUNNING


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("waves: [", id="no YAML"),
        pytest.param("- 1", id="no fields"),
        pytest.param("a: &x [1]\nb: *x", id="refers to itself"),
        pytest.param("waves: 7", id="no list"),
        pytest.param("waves: [{name: x, gate: {metrics: [{name: y}]}}]", id="no provider"),
        pytest.param("waves: [{name: 2026-01-01, people: -3, percent: 101}]", id="odd values"),
        pytest.param("waves: [{name: x, not_before: yesterday, cohorts: [{}]}]", id="odd fields"),
        pytest.param("[" * 5_000, id="deep"),
        pytest.param("\x00", id="unprintable"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_bad_plan_is_refused_with_its_faults(
    console: Runtime, as_person: SignIn, bad: str
) -> None:
    change = story.stored(console)
    web = as_person(PLANNER)
    answer = web.post(f"/roll-outs/plan/{change}", data={"waves": bad, "do": "keep"})
    assert answer.status_code == 400
    assert "nothing was kept" in answer.text or "\x00" in bad
    assert "No roll-outs" in text_of(web, "/roll-outs/")


def test_a_page_may_draw_the_chart_that_its_refresh_will_bring(
    console: Runtime, as_person: SignIn
) -> None:
    number = story.planned(console)
    answer = as_person(PLANNER).get(f"/roll-outs/{number}")
    assert "data-chart" not in answer.text, "no gate has measured yet"
    assert plotting.EMPTY_STYLE in answer.headers["Content-Security-Policy"]


def test_decide_resumes_with_a_reason(console: Runtime, as_person: SignIn) -> None:
    number = paused(console)
    web = as_person(LEAD)
    page = f"/roll-outs/{number}/decide"
    shown = text_of(web, page)
    for each in ("Resume wave 1", "Success rate in TZ: inconclusive, 98.5 %", "Gate of wave 1, by",
                 "98.5 % unsure 1, 0 allowed", "Success rate, Tanzania"):  # fmt: skip
        assert each in shown, each
    form = web.get(page).text
    assert "data-chart" in form
    assert " selected" not in form[form.index('name="do"') :].partition("Resume")[2], "chosen yet"
    assert "Choose what is to happen" in web.post(page, data={"reason": "x"}).text
    assert web.post(page, data={"do": "resume", "reason": " "}).status_code == 400
    assert web.post(page, data={"do": "roll_back", "reason": "x"}).status_code == 409
    assert web.post(page, data={"do": "resume", "reason": "one bank"}).status_code == 303
    assert story.look(console, number).wave(1).state is WaveState.AT_GATE
    assert "evidence up to measurement" in text_of(web, f"/roll-outs/{number}")


@pytest.mark.parametrize("name", ["quality-lead", "auditor", "desk-ke", "noc-operator"])
def test_who_may_not_approve_may_not_decide(console: Runtime, as_person: SignIn, name: str) -> None:
    number = paused(console)
    web = as_person(name)
    assert "/decide" not in web.get(f"/roll-outs/{number}").text
    assert web.get(f"/roll-outs/{number}/decide").status_code == 403
    refused = web.post(f"/roll-outs/{number}/decide", data={"do": "resume", "reason": "fine"})
    assert refused.status_code == 403
    assert story.look(console, number).wave(1).state is WaveState.PAUSED


@pytest.mark.parametrize("name", ["auditor", "desk-ke"])
def test_forms_are_refused_to_whom_the_press_would_be(
    console: Runtime, as_person: SignIn, name: str
) -> None:
    number = story.planned(console)
    for move in MOVES:
        assert as_person(name).get(f"/roll-outs/{number}/{move}").status_code == 403, move


def test_of_another_market_nothing_is_there(console: Runtime, as_person: SignIn) -> None:
    number = story.planned(console)
    with console.work(story.RITA) as work:
        from changes.models import ChangeMarket

        for code in ("KE", "GH"):
            work.session.delete(work.session.get_one(ChangeMarket, (1, code)))
    web = as_person("desk-ke")
    assert "No roll-outs" in text_of(web, "/roll-outs/")
    for path in ("", *(f"/{each}" for each in MOVES), "/plan", "/gates/1/evidence"):
        assert web.get(f"/roll-outs/{number}{path}").status_code == 404, path


def test_an_operator_of_one_market_begins_a_wave_there_only(
    console: Runtime, as_person: SignIn
) -> None:
    rows = ({"name": "home", "markets": ["KE"]}, {"name": "all"})
    number = story.planned(console, *rows)
    web = as_person("desk-ke")
    assert web.post(f"/roll-outs/{number}/start", data={"wave": "1"}).status_code == 303
    story.measure(console, number, [99.5, 99.5])
    assert web.post(f"/roll-outs/{number}/start", data={"wave": "2"}).status_code == 403


def test_a_wave_that_is_held_says_why(console: Runtime, as_person: SignIn) -> None:
    number = paused(console)
    refused = as_person(OPERATOR).post(f"/roll-outs/{number}/start", data={"wave": "2"})
    assert refused.status_code == 409
    assert "waits for wave 1, which is paused" in refused.text


def test_tasks_are_pressed_and_a_question_is_answered(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    manual = {
        "name": "payments",
        "title": "Two test payments",
        "provider": {"manual": "Two test payments done?"},
        "success_condition": "result[0] == 1",
    }
    wave = {"name": "all", "tasks": [{"title": "Load"}], "gate": {"metrics": [manual]}}
    number = story.planned(console, wave)
    web = as_person(OPERATOR)
    web.post(f"/roll-outs/{number}/start", data={"wave": "1"})
    assert web.post(f"/roll-outs/{number}/waves/1/tasks/1", data={"do": "done"}).status_code == 303
    assert web.post(f"/roll-outs/{number}/waves/1/tasks/1").status_code == 409
    gate = story.look(console, number).wave(1).gate_id
    shown = web.get(f"/roll-outs/{number}").text
    assert "Answer…" in shown
    places = [f"metric=payments&market={each}" for each in story.MARKETS]
    address = f"/roll-outs/{number}/gates/{gate}/answer?{places[0]}"
    assert as_person("auditor").get(address).status_code == 403
    asked = web.get(address).text
    assert "Choose…" in asked
    assert 'value="yes" selected' not in asked
    assert web.post(address).status_code == 400
    for place in places:
        assert "Two test payments done?" in text_of(
            web, f"/roll-outs/{number}/gates/{gate}/answer?{place}"
        )
        said = web.post(f"/roll-outs/{number}/gates/{gate}/answer?{place}", data={"said": "yes"})
        assert said.status_code == 303
    story.tell(console)
    assert story.look(console, number).state is RolloutState.FINISHED
    evidence = text_of(web, f"/roll-outs/{number}/gates/{gate}/evidence?{places[0]}")
    assert "Two test payments done? yes" in evidence


@pytest.mark.parametrize(
    "path",
    [
        "/roll-outs/99",
        "/roll-outs/99999999999999999999",
        "/roll-outs/?state=odd",
        "/roll-outs/1/gates/1/evidence",
        "/roll-outs/1/gates/99/evidence?metric=success&market=KE",
        "/roll-outs/1/gates/1/evidence?metric=success&market=KE&cursor=x",
        "/roll-outs/1/gates/1/answer?metric=success&market=KE",
        "/roll-outs/plan/99",
    ],
)
def test_bad_addresses_are_never_a_fault_of_ours(
    console: Runtime, as_person: SignIn, path: str
) -> None:
    paused(console)
    assert as_person(LEAD).get(path).status_code in {400, 404}, path


def test_pages_cost_the_same_however_much_there_is(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    number = paused(console)
    web = as_person(LEAD)
    counted = []
    for _ in range(2):
        for path in (f"/roll-outs/{number}", "/roll-outs/"):
            web.get(path)
            with statements(console.engine) as sent:
                web.get(path)
            counted.append(len(sent))
        with console.work(story.OLGA) as work:
            deciding.resume(work, number, 1, "again")
        story.measure(console, number, {"TZ": [99.5, 98.5]})
    assert counted[:2] == counted[2:]
    assert counted[0] <= 60
    assert counted[1] <= 20


def test_a_deep_plan_keeps_nobody_busy() -> None:
    began = time.process_time()
    with pytest.raises(BadInput, match="nested 25 deep; 24 is the most"):
        plan.from_yaml("[" * 60_000)
    assert time.process_time() - began < 1, "each level is read slower than the one before"
    assert plan.from_yaml("[" * 24 + "]" * 24)


def test_every_decision_and_attempt_leads_to_its_evidence(
    console: Runtime, as_person: SignIn
) -> None:
    number = paused(console, rollback_rehearsed_at=console.clock.now() - story.H)
    first = story.look(console, number).wave(1).gate_id
    with console.work(story.OLGA) as work:
        deciding.roll_back(work, number, 1, "bad in Tanzania")
    with console.work(story.OLGA) as work:
        deciding.plan_again(work, number, 1, "mended")
    with console.work(story.IMRE) as work:
        waves.start(work, number)
    web = as_person(LEAD)
    page = web.get(f"/roll-outs/{number}").text
    second = story.look(console, number).wave(1).gate_id
    assert first != second
    decided = page[page.index('id="decisions"') :]
    for gate in (first, second):
        assert f"/roll-outs/{number}/gates/{gate}/evidence?metric=success" in decided
    row = page[page.index("Wave 1 · staff") : page.index("Wave 2 · all")]
    assert f'earlier <a href="/roll-outs/{number}/gates/{first}/evidence' in row
    earlier = f"/roll-outs/{number}/gates/{first}/evidence?metric=success&market=KE"
    assert web.get(earlier).status_code == 200


def test_evidence_as_a_file(console: Runtime, as_person: SignIn) -> None:
    number = paused(console)
    gate = story.look(console, number).wave(1).gate_id
    web, at = as_person(LEAD), f"/roll-outs/{number}/gates/{gate}/evidence.csv"
    assert f'href="{at}"' in web.get(f"/roll-outs/{number}").text
    lines = web.get(at).text.splitlines()
    assert lines[0].startswith("metric,market,number,at,value,unit")
    assert len(lines) == 1 + 6, "two measurements in each of three markets"
    assert any(
        each.startswith("success,TZ,2,") and ",98.5,%," in each and "inconclusive" in each
        for each in lines
    )
    assert as_person("desk-tz").get(f"/roll-outs/9/gates/{gate}/evidence.csv").status_code == 404
    assert web.get(f"/roll-outs/{number}/gates/99/evidence.csv").status_code == 404


def test_curves_of_the_feature_stand_under_the_gate_for_the_chosen_market(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    number = paused(console)
    with console.work(story.RITA) as work:
        more = {"adoption": "core/kpi/adoption", "errors": "core/kpi/errors"}
        keeping.make(work, features.draft(number, **more))
    web, at = as_person(LEAD), f"/roll-outs/{number}"
    begun = text_of(web, at)
    assert "Adoption and errors, TZ" in begun, "the market that went bad"
    assert "No sample was stored for adoption in TZ and errors in TZ" in begun
    assert "Adoption and errors, KE" in text_of(web, f"{at}?market=KE")
    assert "Adoption and errors, TZ" in text_of(web, f"{at}?market=zz")
    samples(console, clock, "core/kpi", "adoption", [3.0, 7.0, 12.0])
    web = as_person(LEAD)
    page = web.get(f"{at}?market=KE").text
    assert page.index('id="gate"') < page.index('id="curves"') < page.index('id="evidence"')
    assert 'id="adoption-ke-plot"' in page
    assert "Adoption is 12" in page
    with statements(console.engine) as sent:
        web.get(f"{at}?market=GH")
    with statements(console.engine) as more_sent:
        web.get(f"{at}?market=KE")
    assert len(sent) == len(more_sent)
