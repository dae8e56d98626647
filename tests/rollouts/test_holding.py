"""What holds a wave back, the alert of a pause, the letter, and the forecast."""

from typing import Any

import pytest

from changes.actions import assessing, causes, freeze_list, running
from changes.actions.freeze_list import FreezeDraft
from changes.lifecycle import Effect, State
from changes.models import Change, TroubledIncident
from changes.rollouts import jobs
from changes.rollouts.actions import deciding, planning, waves
from changes.rollouts.queries.running import running_now
from changes.rollouts.rules import drafting
from changes.rollouts.rules.ahead import outlook
from changes.rules.running import Standing
from changes.values import plan_digest
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import IllegalMove, NotAllowed
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import (
    IncidentEvent,
    IncidentOpened,
    IncidentRecovered,
    IncidentReopened,
)
from ssoc.core.work import Runtime
from ssoc.monitoring import queries as monitoring
from tests import factories
from tests.changes.gates import story as gates
from tests.rollouts import story


def begin(runtime: Runtime, number: int, position: int | None = None) -> None:
    with runtime.work(story.IMRE) as work:
        waves.start(work, number, position)


def trouble(runtime: Runtime, component: str, priority: str = "P1", *markets: str) -> None:
    with runtime.work(SYSTEM) as work:
        row = TroubledIncident(
            incident_id=7,
            component=component,
            markets=list(markets or ("TZ",)),
            priority=priority,
            began_at=work.now,
        )
        work.session.merge(row)


@pytest.mark.parametrize(
    ("component", "priority", "markets", "held"),
    [
        pytest.param("core", "P1", ("TZ",), True, id="P1 on what it touches"),
        pytest.param("app-tz", "P2", ("TZ",), True, id="P2 on what stands on it"),
        pytest.param("core", "P1", (), True, id="an incident of every market"),
        pytest.param("core", "P3", ("TZ",), False, id="P3 holds nothing"),
        pytest.param("db", "P1", ("TZ",), True, id="the cause, beneath what it touches"),
        pytest.param("db", "P1", ("GH",), False, id="beneath it, in another market"),
        pytest.param("sms-gh", "P1", ("GH",), False, id="elsewhere"),
        pytest.param("core", "P1", ("GH",), False, id="another market than the wave's"),
    ],
)
def test_an_incident_holds_the_next_wave(
    runtime: Runtime, component: str, priority: str, markets: tuple[str, ...], held: bool
) -> None:
    number = story.planned(runtime, {"name": "a", "markets": ["KE", "TZ"]})
    trouble(runtime, component, priority, *markets)
    reasons = story.look(runtime, number).wave(1).held
    assert any("held by INC-7" in each for each in reasons) is held, reasons
    if held:
        with pytest.raises(IllegalMove, match=r"held by INC-7: P\d on \S+ in (KE, )?TZ[,;]"):
            begin(runtime, number)
        with runtime.work(SYSTEM) as work:
            work.get(TroubledIncident, 7).ended_at = work.now
    begin(runtime, number)


def judged(runtime: Runtime) -> int:
    """Plan two waves, Kenya first, judged by a payment interface that the change leaves alone."""
    change = story.stored(runtime, state=State.DRAFT)
    components = [
        factories.component("core", *story.MARKETS),
        *(factories.component(f"core-{code.lower()}", code) for code in story.MARKETS),
    ]
    checks = [gates.check(code) for code in story.MARKETS]
    metric = gates.metric(provider={"samples": {"check": "core-{cc}/kpi", "sample": "success"}})
    gate = {"metrics": [metric | {"count": 2}]}
    rows = ({"name": "home", "markets": ["KE"], "gate": gate}, {"name": "all", "gate": gate})
    with runtime.work(SYSTEM) as work:
        graph = f"{story.GRAPH}, core-ke > hsm-ke, app-ke > core-ke"
        factories.estate(work, graph, components=components, checks=checks)
    with runtime.work(story.RITA) as work:
        number = planning.plan(work, change, drafting.read(story.waves(*rows)))
    story.approve(runtime, change)
    return number


@pytest.mark.parametrize(
    ("component", "market", "words"),
    [
        pytest.param("core-ke", "KE", "which its gate measures", id="the gate asks it"),
        pytest.param("hsm-ke", "KE", "which it stands on", id="beneath what the gate asks"),
        pytest.param("app-ke", "KE", "which stands on it", id="on what the gate asks"),
        pytest.param("core-tz", "TZ", "", id="of a market that the wave leaves alone"),
    ],
)
def test_an_incident_on_what_the_gate_measures_holds_a_wave(
    runtime: Runtime, component: str, market: str, words: str
) -> None:
    number = judged(runtime)
    trouble(runtime, component, "P1", market)
    first, second = (each.held for each in story.look(runtime, number).waves)
    line = f"held by INC-7: P1 on {component} in {market}, {words or 'which its gate measures'};"
    assert any(each.startswith(line) for each in first) is bool(words), first
    assert any(each.startswith(line) for each in second), "a later wave says it as well"


def test_one_that_comes_back_holds_again(runtime: Runtime) -> None:
    number = story.planned(runtime, {"name": "all", "markets": ["TZ"]})

    def tell(kind: type[IncidentEvent], number: int) -> None:
        with runtime.work(SYSTEM) as work:
            causes.keep(work, kind(7, "TZ", "db", "P1", number), work.now)

    tell(IncidentOpened, 1)
    assert "held by INC-7: P1 on db in TZ" in story.look(runtime, number).wave(1).held[0]
    tell(IncidentRecovered, 2)
    assert story.look(runtime, number).wave(1).held == ()
    tell(IncidentReopened, 3)
    assert "held by INC-7: P1 on db in TZ" in story.look(runtime, number).wave(1).held[0]


def test_a_symptom_is_not_named_beside_its_cause(runtime: Runtime) -> None:
    number = story.planned(runtime, {"name": "all", "markets": ["TZ"]})
    trouble(runtime, "db")
    with runtime.work(SYSTEM) as work:
        work.session.add(
            TroubledIncident(
                incident_id=5,
                component="app-tz",
                markets=["TZ"],
                priority="P1",
                began_at=work.now,
                is_nested=True,
            )
        )
    (only,) = story.look(runtime, number).wave(1).held
    assert only.startswith("held by INC-7")
    with runtime.work(SYSTEM) as work:
        work.get(TroubledIncident, 7).ended_at = work.now
    (only,) = story.look(runtime, number).wave(1).held
    assert only.startswith("held by INC-5")


def test_a_card_says_what_refuses_to_begin_the_change(runtime: Runtime, clock: FrozenClock) -> None:
    """What the start asks of a change stands on the card: collisions, an open run, duties."""
    number = story.planned(runtime, {"name": "all"})
    with runtime.work(SYSTEM) as work:
        other: dict[str, Any] = {
            "title": "core",
            "state": State.SCHEDULED,
            "starts_at": clock.now(),
        }
        more: dict[str, Any] = {
            "ends_at": clock.now() + 9 * story.H,
            "approved_at": clock.now(),
            "round": 1,
        }
        factories.change(work, ["KE"], [("core", Effect.DOWN)], **other, **more)
        assessing.assess(work, story.look(runtime, number).change_id)
    (reason,) = story.look(runtime, number).wave(1).held
    assert reason.startswith("a collision blocks CHG-1: ")
    with pytest.raises(IllegalMove, match="a collision blocks CHG-1"):
        begin(runtime, number)
    with runtime.work(SYSTEM) as work:
        change = work.get(Change, story.look(runtime, number).change_id)
        change.implementer = change.requester
    held = story.look(runtime, number).wave(1).held
    assert any("requester, implementer, approver" in each for each in held), held


def test_soak_order_and_not_before(runtime: Runtime, clock: FrozenClock) -> None:
    later = (clock.now() + 3 * story.H).isoformat()
    rows = ({"name": "a", "soak_minutes": 60}, {"name": "b", "not_before": later}, {"name": "c"})
    number = story.planned(runtime, *rows)
    begin(runtime, number)
    story.measure(runtime, number, [99.5, 99.5])
    held = {each.position: each.held for each in story.look(runtime, number).waves}
    assert held[2] == ("wave 1 soaks until 09:00 UTC", "not before 11:00 UTC")
    assert held[3] == ("waits for wave 2, which is waiting",)
    clock.advance(3 * story.H)
    assert story.look(runtime, number).wave(2).held == ()


def test_a_freeze_of_a_market_of_the_wave_holds_it(runtime: Runtime, clock: FrozenClock) -> None:
    number = story.planned(runtime, {"name": "home", "markets": ["KE"]}, {"name": "all"})
    until = clock.now() + 48 * story.H
    with runtime.work(story.RITA) as work:
        draft = FreezeDraft("Payday", True, "salaries", ("TZ",), (), clock.now(), until)
        freeze_list.set_freeze(work, draft)
    begin(runtime, number)
    story.measure(runtime, number, [99.5, 99.5])
    reasons = story.look(runtime, number).wave(2).held
    assert len(reasons) == 1
    assert reasons[0].startswith("hard freeze Payday in TZ until ")
    with pytest.raises(NotAllowed, match="the hard freeze Payday in TZ holds until"):
        begin(runtime, number)


def test_after_the_window_nothing_begins(runtime: Runtime, clock: FrozenClock) -> None:
    number = story.planned(runtime, ends_at=clock.now() + 2 * story.H)
    clock.advance(2 * story.H)
    assert story.look(runtime, number).wave(1).held == ("the window of CHG-1 ended 10:00 UTC",)


def test_other_waves_after_approval_begin_a_new_round(runtime: Runtime, clock: FrozenClock) -> None:
    """A7; what was approved without waves keeps its hash."""
    begins = clock.now() + 96 * story.H
    given: dict[str, Any] = {"starts_at": begins, "ends_at": begins + 48 * story.H}
    change = story.stored(runtime, **given)
    bare = story.change_of_number(runtime, change)
    with runtime.work(story.RITA) as work:
        number = planning.plan(work, change, drafting.read(story.waves()))
    view = story.change_of(runtime, number)
    assert (view.state, view.round) == (State.SUBMITTED, 2)
    assert plan_digest(view) != plan_digest(bare)
    story.approve(runtime, change)
    with runtime.work(story.RITA) as work:
        planning.plan(work, change, drafting.read(story.waves()))
    assert story.change_of(runtime, number).state is State.SCHEDULED, "the same waves void nothing"
    with runtime.work(story.RITA) as work:
        planning.remove(work, number, "one night will do")
    again = story.change_of_number(runtime, change)
    assert (again.state, again.round) == (State.SUBMITTED, 3)
    assert plan_digest(again) == plan_digest(bare)


def test_a_change_with_waves_is_not_started_from_the_run_sheet(runtime: Runtime) -> None:
    number = story.planned(runtime)
    with (
        runtime.work(story.IMRE) as work,
        pytest.raises(IllegalMove, match="is rolled out in waves and has no run sheet"),
    ):
        running.start(work, story.look(runtime, number).change_id)


def test_a_pause_by_its_gate_stands_on_the_wall_until_decided(runtime: Runtime) -> None:
    number = story.planned(runtime, {"name": "all", "markets": ["TZ"], "gate": story.unsure()})
    begin(runtime, number)
    jobs.tell_paused(runtime)
    assert alerts(runtime) == []
    story.measure(runtime, number, [98.5])
    jobs.tell_paused(runtime)
    jobs.tell_paused(runtime)
    assert [each.split(";")[0] for each in alerts(runtime)] == [
        "ROL-1 wave 1 paused by its gate: Success rate in TZ: inconclusive, 98.5 % is between 98 % "
        "and 99 %"
    ]
    with runtime.view(SYSTEM) as work:
        now = running_now(work)
    assert [(each.title, each.rollout_id) for each in now] == [
        ("Savings pocket, wave 1 of 1, paused", 1)
    ]
    with runtime.work(story.OLGA) as work:
        deciding.resume(work, number, 1, "seen")
    jobs.tell_paused(runtime)
    assert alerts(runtime) == []


def test_the_alert_stands_only_in_markets_that_went_bad(runtime: Runtime) -> None:
    number = story.planned(runtime, {"name": "all"})
    begin(runtime, number)
    story.measure(runtime, number, {"TZ": [97.0]})
    jobs.tell_paused(runtime)
    with runtime.view(SYSTEM) as work:
        found = [each for each in monitoring.alerts(work).alerts if each.name == "RolloutPaused"]
    assert [each.market for each in found] == ["TZ"]
    assert "failed, 97 % is below 99 %; 1 failed, 0 tolerated; Savings pocket" in found[0].summary


def alerts(runtime: Runtime) -> list[str]:
    with runtime.view(SYSTEM) as work:
        found = monitoring.alerts(work)
        return [each.summary for each in found.alerts if each.name == "RolloutPaused"]


def test_g12_a_pause_does_not_stop_the_window(runtime: Runtime, clock: FrozenClock) -> None:
    rows = ({"name": "a", "gate": story.unsure(), "soak_minutes": 30}, {"name": "b"})
    number = story.planned(runtime, *rows, ends_at=clock.now() + 60 * story.MINUTE)
    begin(runtime, number)
    first = outlook(story.look(runtime, number), clock.now())
    assert first is not None
    assert first.end == clock.now() + (5 + 30 + 5) * story.MINUTE
    assert first.standing is Standing.IN_TIME
    story.measure(runtime, number, [98.5])
    clock.advance(30 * story.MINUTE)
    late = outlook(story.look(runtime, number), clock.now())
    assert late is not None
    assert late.is_least
    assert late.end == clock.now() + 40 * story.MINUTE
    assert (late.standing, late.words) == (
        Standing.OVERRUN,
        "overrun alert, 18 min before the checkpoint",
    )
    clock.advance(18 * story.MINUTE)
    due = outlook(story.look(runtime, number), clock.now())
    assert due is not None
    assert due.words == "roll-back decision due now"
