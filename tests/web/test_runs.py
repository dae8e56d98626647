"""The run sheet: who sees it, who presses, what bad input does, and what it costs."""

import re

import pytest
from flask.testing import FlaskClient

from changes.actions import running
from changes.lifecycle import Effect, RunState, State, StepMove, StepState
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes import running_story as story
from tests.changes.running_story import IMRE, MINUTE
from tests.web.conftest import SignIn
from tests.web.counting import statements

OPERATOR, QUALITY = "noc-operator", "quality-lead"


def planned(runtime: Runtime, **given: object) -> int:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        return story.tonight(work, **given)


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_from_the_page_of_the_change_to_its_end(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    number = planned(console)
    web = as_person(OPERATOR)
    assert f"/changes/{number}/start" in web.get(f"/changes/{number}").text
    assert "Pages of what the plan says" in text_of(web, f"/changes/{number}/start")
    answer = web.post(f"/changes/{number}/start")
    assert answer.status_code == 303
    sheet = answer.location
    assert "Begin step 1" in text_of(web, sheet)
    for position, minutes in ((1, 20), (2, 10), (3, 30)):
        assert web.post(f"{sheet}/steps/{position}/start").status_code == 303
        clock.advance(minutes * MINUTE)
        assert web.post(f"{sheet}/steps/{position}/finish").status_code == 303
    shown = text_of(web, sheet)
    assert "done, +5 min" in shown.replace("\u00a0", " ")
    assert web.post(f"{sheet}/steps/4/start").status_code == 303
    assert "Pass hold point…" in text_of(web, sheet)
    assert "Check: p95" in text_of(web, f"{sheet}/steps/4/finish")
    refused = web.post(f"{sheet}/steps/4/finish", data={"note": " "})
    assert refused.status_code == 400
    assert "what its check said" in refused.text
    assert web.post(f"{sheet}/steps/4/finish", data={"note": "180 ms"}).status_code == 303
    for move in ("start", "finish"):
        assert web.post(f"{sheet}/steps/5/{move}").status_code == 303
    assert "Every step is done" in text_of(web, sheet)
    ended = web.post(f"{sheet}/end", data={"outcome": "successful"})
    assert ended.status_code == 303
    assert "Ended" in text_of(web, sheet)
    assert "The run" in text_of(web, f"/changes/{number}")
    assert "+5" in text_of(web, f"/changes/{number}/runs")


def test_a_roll_back_on_the_page(console: Runtime, clock: FrozenClock, as_person: SignIn) -> None:
    run = story.begun(console)
    web, sheet = as_person(OPERATOR), f"/changes/runs/{run}"
    for position in (1, 2):
        story.through(console, clock, run, position, 5)
    assert "undone backwards: 2" in text_of(web, f"{sheet}/roll-back")
    assert web.post(f"{sheet}/roll-back", data={"reason": ""}).status_code == 400
    assert web.post(f"{sheet}/roll-back", data={"reason": "writes fail"}).status_code == 303
    assert "Undo: open payouts" in text_of(web, sheet)
    assert web.post(f"{sheet}/steps/2/undo").status_code == 303
    shown = text_of(web, sheet)
    assert "Nothing is left to undo" in shown
    assert "1 of 5 done, 1 undone, 3 not begun" in shown
    done = web.post(f"{sheet}/end", data={"outcome": "rolled back", "note": "all as before"})
    assert done.status_code == 303
    assert story.look(console, run).change.state is State.ENDED


def test_at_the_checkpoint_the_page_asks_for_a_decision(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    run = story.begun(console)
    web, sheet = as_person(OPERATOR), f"/changes/runs/{run}"
    clock.advance(131 * MINUTE)
    shown = text_of(web, sheet)
    assert "Decide: go on, or roll back…" in shown
    assert "Past the checkpoint: going on needs a recorded decision." in shown
    assert "Begin step 1" not in shown
    assert web.post(f"{sheet}/steps/1/start").status_code == 409
    assert "The checkpoint was 10:10 UTC" in text_of(web, f"{sheet}/decide")
    assert web.post(f"{sheet}/decide", data={"reason": "x"}).status_code == 400
    given = {"decision": "go on", "reason": "half an hour is left"}
    assert web.post(f"{sheet}/decide", data=given).status_code == 303
    shown = text_of(web, sheet)
    assert "half an hour is left" in shown
    assert "Begin step 1" in shown


def test_pages_are_held_longer_from_the_page(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    run = story.begun(console)
    web, sheet = as_person(OPERATOR), f"/changes/runs/{run}"
    clock.advance(170 * MINUTE)
    bad = web.post(f"{sheet}/hold-pages", data={"until": "soon", "reason": "x"})
    assert bad.status_code == 400
    held = "2026-03-02 11:00"
    for _ in range(2):  # what is proposed is later than they are held already, and is taken
        asked = web.get(f"{sheet}/hold-pages").text
        (proposed,) = re.findall(r'name="until"[^>]*value="([^"]+)"', asked)
        assert proposed > held
        given = {"until": proposed, "reason": "as proposed"}
        assert web.post(f"{sheet}/hold-pages", data=given).status_code == 303
        held = proposed
    given = {"until": "2026-03-02 17:30", "zone": "Africa/Nairobi", "reason": "half an hour"}
    assert web.post(f"{sheet}/hold-pages", data=given).status_code == 303
    assert "ends by itself 14:30" in text_of(web, sheet)


def test_the_bridge_on_the_page(console: Runtime, as_person: SignIn) -> None:
    run = story.begun(console)
    web, sheet = as_person(OPERATOR), f"/changes/runs/{run}"
    given = {"person": "Ana Sousa", "partner": "Pangolin Storage"}
    assert web.post(f"{sheet}/bridge", data=given).status_code == 303
    assert web.post(f"{sheet}/bridge", data=given).status_code == 409
    quiet = as_person(QUALITY)
    assert quiet.post(f"{sheet}/bridge", data={"person": QUALITY}).status_code == 303
    shown = text_of(web, sheet)
    assert "Bridge: 2 people" in shown.replace("\u00a0", " ")
    assert "Pangolin Storage" in shown
    assert web.post(f"{sheet}/bridge/leave", data={"person": "Ana Sousa"}).status_code == 303
    assert web.post(f"{sheet}/bridge/leave", data={"person": "Ana Sousa"}).status_code == 404


PRESSES = [
    ("steps/1/start", {}),
    ("steps/1/skip", {"note": "not needed"}),
    ("roll-back", {"reason": "x"}),
    ("decide", {"decision": "go on", "reason": "x"}),
    ("end", {"outcome": "failed", "note": "x"}),
    ("hold-pages", {"until": "2026-03-02 12:00", "reason": "x"}),
    ("bridge", {"person": "somebody"}),
]


@pytest.mark.parametrize(("path", "given"), PRESSES)
@pytest.mark.parametrize(
    ("who", "status"),
    [("quality-lead", 403), ("executive", 403), ("desk-tz", 404), ("nobody-yet", 403)],
)
def test_who_may_not_run_presses_nothing(
    console: Runtime, as_person: SignIn, path: str, given: dict[str, str], who: str, status: int
) -> None:
    run = story.begun(console)
    before = story.look(console, run)
    answer = as_person(who).post(f"/changes/runs/{run}/{path}", data=given)
    assert answer.status_code == status
    assert story.look(console, run) == before


@pytest.mark.parametrize(
    ("who", "status"),
    [("quality-lead", 200), ("desk-ke", 200), ("desk-tz", 404), ("nobody-yet", 403)],
)
def test_who_sees_a_run_sheet(console: Runtime, as_person: SignIn, who: str, status: int) -> None:
    run = story.begun(console)
    number = story.look(console, run).change.id
    client = as_person(who)
    assert client.get(f"/changes/runs/{run}").status_code == status
    assert client.get(f"/changes/{number}/runs").status_code == status
    if who == "quality-lead":
        shown = text_of(client, f"/changes/runs/{run}")
        assert "You may look" in shown
        assert "Begin step 1" not in shown
        assert "Roll back…" not in shown
        assert "Start…" not in text_of(client, f"/changes/{number}")


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("steps/99/start", {}, 404),
        ("steps/1/jump", {}, 404),
        ("steps/1/finish", {}, 409),
        ("steps/3/start", {}, 409),
        ("steps/1/undo", {}, 409),
        ("steps/1/skip", {"note": "x" * 5_000}, 400),
        ("decide", {"decision": "perhaps", "reason": "x"}, 400),
        ("decide", {"decision": "go on", "reason": "x"}, 409),
        ("end", {"outcome": "splendid"}, 400),
        ("end", {"outcome": "successful"}, 409),
        ("end", {"outcome": "rolled back", "note": "x"}, 409),
        ("hold-pages", {"until": "2026-03-02 02:00", "reason": "x"}, 400),
        ("hold-pages", {"until": "2026-03-02 12:00", "zone": "Mars/Base", "reason": "x"}, 400),
        ("hold-pages", {"until": "9999-12-31 23:59", "reason": "x"}, 400),
        ("bridge", {"person": "x" * 400}, 400),
        ("bridge/leave", {"person": "\x00"}, 400),
    ],
)
def test_bad_presses_change_nothing(
    console: Runtime, as_person: SignIn, path: str, given: dict[str, str], status: int
) -> None:
    run = story.begun(console)
    before = story.look(console, run)
    answer = as_person(OPERATOR).post(f"/changes/runs/{run}/{path}", data=given)
    assert answer.status_code == status, answer.text[:300]
    assert story.look(console, run) == before


def test_what_cannot_begin_says_why_on_its_own_page(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    number = planned(console)
    clock.advance(-61 * MINUTE)
    web = as_person(OPERATOR)
    assert "Start…" not in text_of(web, f"/changes/{number}")
    answer = web.post(f"/changes/{number}/start")
    assert answer.status_code == 409
    assert "may begin from 2026-03-02 07:00 UTC" in answer.text
    assert web.post("/changes/999/start").status_code == 404
    assert web.get("/changes/runs/999").status_code == 404


def test_the_second_of_two_presses_reads_who_was_first(console: Runtime, as_person: SignIn) -> None:
    run = story.begun(console)
    story.press(console, run, 1, StepMove.START)
    answer = as_person(OPERATOR).post(f"/changes/runs/{run}/steps/1/start")
    assert answer.status_code == 409
    assert "imre pressed at 08:00 UTC" in answer.text
    assert f'href="/changes/runs/{run}"' in answer.text, "the way back is the run sheet"


def test_a_rehearsal_on_the_page(console: Runtime, as_person: SignIn) -> None:
    number = planned(console, state=State.DRAFT)
    web = as_person(OPERATOR)
    assert "Rehearse…" in text_of(web, f"/changes/{number}")
    sheet = web.post(f"/changes/{number}/rehearse").location
    shown = text_of(web, sheet)
    assert "a rehearsal touches nothing" in shown
    assert "Hold pages longer" not in shown
    assert "Rehearsal sheet" in text_of(web, f"/changes/{number}")
    assert web.post(f"/changes/{number}/rehearse").status_code == 409


def test_a_sheet_costs_as_many_statements_with_forty_steps(
    console: Runtime, as_person: SignIn, clock: FrozenClock
) -> None:
    counts = []
    for steps, place in ((2, "core-ke"), (40, "sms-ke")):
        plan = [{"planned_minutes": 3, "undo": "back"}] * steps
        with console.work(SYSTEM) as work:
            factories.estate(work, story.GRAPH)
            number = story.tonight(work, steps=plan, components=[(place, Effect.DOWN)])
        with console.work(IMRE) as work:
            run = running.start(work, number)
            running.join_bridge(work, run)
        for position in range(1, min(steps, 6)):
            story.through(console, clock, run, position, 1)
        client = as_person(OPERATOR)
        client.get(f"/changes/runs/{run}")
        with statements(console.engine) as sent:
            assert client.get(f"/changes/runs/{run}").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 30, sent


def test_a_page_that_is_known_costs_little(console: Runtime, as_person: SignIn) -> None:
    run = story.begun(console)
    client = as_person(OPERATOR)
    tag = client.get(f"/changes/runs/{run}").headers["ETag"]
    again = client.get(f"/changes/runs/{run}", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_side_by_side_steps_have_their_own_buttons(
    console: Runtime, as_person: SignIn, clock: FrozenClock
) -> None:
    plan = [{}, {"needs": [1]}, {"needs": [1]}, {"needs": [2, 3]}]
    run = story.begun(console, steps=plan)
    story.through(console, clock, run, 1, 1)
    web, sheet = as_person(OPERATOR), f"/changes/runs/{run}"
    shown = text_of(web, sheet)
    assert "Begin step 2" in shown
    assert "Begin step 3" in shown
    assert "Begin step 4" not in shown
    for position in (2, 3):
        assert web.post(f"{sheet}/steps/{position}/start").status_code == 303
    states = [each.state for each in story.look(console, run).steps]
    assert states[1:3] == [StepState.RUNNING] * 2
    assert story.look(console, run).state is RunState.RUNNING


def test_the_sheet_can_be_read_ahead_and_shows_what_failed(
    console: Runtime, as_person: SignIn
) -> None:
    run = story.begun(console)
    web, sheet = as_person(OPERATOR), f"/changes/runs/{run}"
    shown = text_of(web, sheet)
    assert "check: p95" in shown
    assert "undo: switch back" in shown
    story.press(console, run, 1, StepMove.START)
    story.press(console, run, 1, StepMove.FAIL, note="no route to the array")
    panel = web.get(sheet).text.partition('id="next-step"')[2].partition("</section>")[0]
    assert "Failed 08:00 UTC: no route to the array, imre" in panel
    assert "Repeat step 1" in panel
    assert "Roll back…" in panel


def test_an_ended_run_says_when_it_ended_not_now(console: Runtime, as_person: SignIn) -> None:
    run = story.begun(console)
    with console.work(IMRE) as work:
        running.end(work, run, "failed", "no")
    window = as_person(OPERATOR).get(f"/changes/runs/{run}").text.partition('id="window"')[2]
    pairs = window.partition("</section>")[0].partition('<dl class="pairs')[2]
    assert "<dt>Ended</dt>" in pairs
    assert "<dt>Now</dt>" not in pairs


def test_a_rehearsal_says_that_it_is_one(console: Runtime, as_person: SignIn) -> None:
    number = planned(console)
    web = as_person(OPERATOR)
    sheet = web.post(f"/changes/{number}/rehearse").location
    shown = text_of(web, sheet)
    assert "rehearsal runs" in shown
    assert "A rehearsal. It is timed as if" in shown


def test_a_forecast_is_the_same_minute_on_every_clock(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    run = story.begun(console)
    clock.advance(7 * MINUTE)
    shown = as_person(OPERATOR).get(f"/changes/runs/{run}").text
    here = story.look(console, run).forecast
    assert here is not None
    assert here.end.second, "or this shows nothing"
    later = here.end + MINUTE
    assert f"{later:%H:%M}" in shown
    assert f"{later + 180 * MINUTE:%H:%M}" in shown, "Nairobi"
    assert f"{here.end + 180 * MINUTE:%H:%M}" not in shown
