"""Suspects of an incident as its events tell it, what people say of them, and what follows."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from changes.actions import causes, outside, running
from changes.cause_jobs import rank_causes
from changes.lifecycle import Outcome, Sighted, State, StepState, Verdict
from changes.models import CauseSuspect, ChangeSighting, Run, RunStep, TroubledIncident
from changes.outside_jobs import match_change_log
from changes.queries import causes as queries
from changes.run_jobs import watch_runs
from incidents import queries as incident_queries
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import IncidentNested, IncidentOpened, IncidentUnnested
from ssoc.core.work import Runtime, Work
from ssoc.estate.values import Check
from ssoc.monitoring import actions as monitoring
from ssoc.monitoring.actions import Change as Logged
from ssoc.monitoring.actions import WindowDraft
from ssoc.monitoring.reading import Sample
from tests import factories
from tests.changes import running_story
from tests.factories import at
from tests.incidents.stories import Story
from tests.monitoring.polling.estates import polled, record, recorder
from tests.web.counting import statements

GRAPH = "ussd-ke > api-ke > core-ke > db-ke, ussd-mz > core-mz"
HOUR = timedelta(hours=1)
AMINA = factories.person("amina")
JUMA = factories.person("juma", Role.NOC_OPERATOR, "MZ")
CARLOS = factories.person("carlos", Role.CHANGE_MANAGER)
SELAM = factories.person("selam", Role.AUDITOR)


@pytest.fixture
def story(runtime: Runtime, clock: FrozenClock) -> Story:
    made = Story(runtime, clock)
    made.estate(GRAPH)
    return made


def ran(work: Work, hours: float, component: str = "core-ke", **given: Any) -> int:
    """Store a change that ended well so many hours before eight, after an hour."""
    ended = at(-hours * 3600)
    usual: dict[str, Any] = {
        "state": State.ENDED,
        "outcome": Outcome.SUCCESSFUL,
        "started_at": ended - HOUR,
        "finished_at": ended,
        "starts_at": ended - HOUR,
        "ends_at": ended,
        "components": [component],
    }
    return factories.change(work, **{**usual, **given}).id


def broken(story: Story, component: str = "core-ke") -> int:
    """Let a component fail now until it is an incident whose suspects are ranked."""
    story.fire(component)
    story.settle()
    story.deliver()
    return story.live()[component].id


def keys(work: Work, incident: int) -> list[str]:
    return [each.suspect.candidate.key for each in queries.suspects(work, incident).suspects]


def test_an_incident_has_its_suspects_as_soon_as_it_is_open(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        late = ran(work, 1, "ussd-ke", title="Menu texts", markets=["MZ"])
        ran(work, 1, "ussd-mz", markets=["MZ"])
        near = ran(work, 20, title="Core release")
        coming = ran(work, -3)  # begins two hours after
        draft = ran(work, 2, state=State.CANCELLED)
    incident = broken(story)
    with story.runtime.view(AMINA) as work:
        assert keys(work, incident) == [f"change:{near}", f"change:{late}"]
        assert {coming, draft}.isdisjoint(
            each.suspect.candidate.change_id for each in queries.suspects(work, incident).suspects
        )
        rows = work.session.scalars(select(CauseSuspect).order_by(CauseSuspect.rank)).all()
        first = queries.suspects(work, incident).suspects[0].suspect
        assert [each.change_id for each in rows] == [near, late], "and they are stored"
        assert sum(t["value"] * t["weight"] for t in rows[0].terms) == pytest.approx(first.score)
        assert rows[0].path == ["core-ke"]


def test_nothing_is_listed_twice(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        ours = ran(work, 2)
        window = monitoring.set_window(
            work,
            WindowDraft("Core release", at(60), at(600), ["core-ke"], reference="tonight"),
        )
        named = monitoring.set_window(
            work, WindowDraft("Core release", at(60), at(600), ["core-ke"], reference=f"CHG-{ours}")
        )
        vendor = monitoring.set_window(work, WindowDraft("Array work", at(60), at(600), ["db-ke"]))
        run = Run(
            change_id=ours,
            started_at=at(-10_800),
            started_by="imre",
            window_ends_at=at(-7_200),
            ended_at=at(-7_200),
            outcome=Outcome.SUCCESSFUL,
            suppression_id=window,
        )
        work.session.add(run)
        event = monitoring.record_change(
            work, Logged(at(-11_000), "argo", "core v2", "KE", "core-ke")
        )
        alone = monitoring.record_change(work, Logged(at(-900), "argo", "api v7", "KE", "api-ke"))
        work.session.add(
            ChangeSighting(
                event_id=event,
                change_id=ours,
                verdict=Sighted.ANNOUNCED,
                at=at(-11_000),
                received_at=work.now,
                judged_at=work.now,
                source="argo",
                market="KE",
                component="core-ke",
                reason="within its window",
            )
        )
    story.clock.advance(timedelta(minutes=5))
    incident = broken(story)
    with story.runtime.view(AMINA) as work:
        found = {
            each.suspect.candidate.key: each.suspect.candidate
            for each in queries.suspects(work, incident).suspects
        }
    assert sorted(found) == sorted([f"change:{ours}", f"window:{vendor}", f"event:{alone}"]), named
    assert found[f"change:{ours}"].began_at == at(-11_000), "as the tool that did it says"


def test_a_symptom_is_kept_in_mind_as_one(story: Story) -> None:
    incident = broken(story)
    for kind, is_nested in ((IncidentNested, True), (IncidentUnnested, False)):
        with story.runtime.work(SYSTEM) as work:
            row = work.session.get_one(TroubledIncident, incident)
            event = kind(incident, "KE", "core-ke", "P2", number=row.told + 1, parent_id=7)
            causes.keep(work, event)
            assert row.is_nested is is_nested


def test_what_was_settled_as_part_of_another_is_listed_once(story: Story) -> None:
    hour = timedelta(hours=1)
    with story.runtime.work(SYSTEM) as work:
        told = Logged(work.now, "argo", "limits 7", "KE", "core-ke", reference="CHG-4711")
        event = monitoring.record_change(work, told)
        coming = factories.change(work, state=State.SCHEDULED, approved_at=work.now - hour).id
    match_change_log(story.runtime)
    story.clock.advance(timedelta(minutes=5))
    incident = broken(story)
    with story.runtime.work(CARLOS) as work:
        [found] = [each for each in queries.suspects(work, incident).suspects]
        finding = found.suspect.candidate.change_id or 0
        outside.belongs_to(work, finding, coming, "it went early")
    rank_causes(story.runtime)
    with story.runtime.view(CARLOS) as work:
        assert keys(work, incident) == [f"event:{event}"]
        [left] = queries.suspects(work, incident).suspects
        stored = work.session.scalars(select(CauseSuspect.candidate)).all()
    assert left.suspect.candidate.reference == "", "CHG-4711 is not what it belongs to"
    assert stored == [f"event:{event}"]


def test_what_is_confirmed_as_a_cause_is_not_settled_away(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        monitoring.record_change(work, Logged(work.now, "argo", "limits 7", "KE", "core-ke"))
    match_change_log(story.runtime)
    story.clock.advance(timedelta(minutes=5))
    incident = broken(story)
    with story.runtime.work(CARLOS) as work:
        [key] = keys(work, incident)
        causes.judge(work, incident, key, Verdict.CONFIRMED, "it broke at once")
        with pytest.raises(IllegalMove, match="confirmed to have caused an incident"):
            outside.ignore(work, int(key.partition(":")[2]), "nothing")


@pytest.mark.parametrize(
    ("given", "step", "gate"),
    [
        pytest.param({"outcome": Outcome.ROLLED_BACK}, None, "it was rolled back", id="rolled"),
        pytest.param({"outcome": Outcome.WITH_ISSUES}, None, "it ended with issues", id="issues"),
        pytest.param({}, (StepState.FAILED, False), "1 step of it failed", id="failed step"),
        pytest.param({}, (StepState.SKIPPED, True), "1 hold point left out", id="skipped check"),
        pytest.param({}, (StepState.SKIPPED, False), "it ended well", id="a skipped step is fine"),
    ],
)
def test_what_its_own_checks_said(
    story: Story, given: dict[str, Any], step: tuple[StepState, bool] | None, gate: str
) -> None:
    with story.runtime.work(SYSTEM) as work:
        number = ran(work, 2, **given)
        run = Run(
            change_id=number, started_at=at(-10_800), started_by="imre", window_ends_at=at(-7_200)
        )
        run.ended_at = at(-7_200)
        work.session.add(run)
        work.session.flush()
        if step:
            work.session.add(
                RunStep(
                    run_id=run.id,
                    position=1,
                    title="Check",
                    planned_at=at(-10_800),
                    state=step[0],
                    is_hold_point=step[1],
                )
            )
    incident = broken(story)
    with story.runtime.view(AMINA) as work:
        (one,) = queries.suspects(work, incident).suspects
    said = {each.name: (each.value, each.said) for each in one.suspect.terms}
    assert said["gate"] == (0.0 if gate == "it ended well" else 1.0, gate)


def test_overrun_risk_and_history_of_a_change(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        for outcome in (Outcome.FAILED, Outcome.SUCCESSFUL, Outcome.SUCCESSFUL):
            ran(work, 24 * 30, outcome=outcome, team="core")
        late = ran(work, 2, team="core", risk_points=62.0, ends_at=at(-2.5 * 3600))
        running = ran(work, 2, state=State.RUNNING, outcome=None, ends_at=at(-600))
    incident = broken(story)
    with story.runtime.view(AMINA) as work:
        found = {
            each.suspect.candidate.change_id: {t.name: t.said for t in each.suspect.terms}
            for each in queries.suspects(work, incident).suspects
        }
    assert found[late]["overran"] == "overran by 30 min"
    assert found[late]["risk"] == "risk 62 of 100"
    assert found[late]["history"] == "1 of 4 of core failed", "itself among them"
    assert (found[running]["time"], found[running]["overran"]) == (
        "still running",
        "overran by 10 min",
    )


def test_a_certificate_that_ran_out_is_a_suspect(story: Story) -> None:
    check = Check("api-ke", "tls", "net", timedelta(minutes=5), "KE")
    story.estate(GRAPH, checks=[check])
    before = at(-86_400)
    record(recorder(story.runtime), [polled(check, before, Sample("days_left", 0.9))])
    incident = broken(story)
    with story.runtime.view(AMINA) as work:
        (one,) = queries.suspects(work, incident).suspects
    assert one.suspect.candidate.key == "expiry:api-ke/tls"
    assert one.suspect.candidate.began_at == before + timedelta(days=0.9)
    assert [each.said for each in one.suspect.terms][:2] == [
        "expired and not renewed",
        "1 hop away",
    ]
    assert one.suspect.path == ("core-ke", "api-ke")


def test_suspects_are_ranked_again_when_the_incident_moves(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        above, below = ran(work, 2, "api-ke"), ran(work, 2, "db-ke")
    story.fire("ussd-ke", "api-ke")
    story.settle()
    story.deliver()
    (incident,) = (each for each in story.live().values() if each.parent_id is None)
    with story.runtime.view(SYSTEM) as work:
        before = keys(work, incident.id)
    story.fire("db-ke")
    story.settle()
    story.deliver()
    with story.runtime.view(SYSTEM) as work:
        moved = work.session.get(TroubledIncident, incident.id)
        assert moved is not None
        if "Rerooted db-ke" in story.events():
            assert moved.component == "db-ke"
            assert keys(work, incident.id)[0] == f"change:{below}" != before[0]
        else:
            assert keys(work, story.live()["db-ke"].id)[0] == f"change:{below}"
        assert before[0] == f"change:{above}"


def test_a_change_reported_late_is_ranked_by_the_job(story: Story) -> None:
    incident = broken(story)
    with story.runtime.work(SYSTEM) as work:
        assert keys(work, incident) == []
    story.clock.advance(timedelta(minutes=10))
    with story.runtime.work(SYSTEM) as work:
        number = monitoring.record_change(
            work, Logged(at(-1_800), "git", "core v3", "KE", "core-ke")
        )
    rank_causes(story.runtime)
    with story.runtime.view(SYSTEM) as work:
        stored = work.session.scalars(select(CauseSuspect.candidate)).all()
        assert stored == [f"event:{number}"]
        assert causes.outdated(work, story.clock.now() - HOUR) == [], "and it rests then"


def test_an_incident_is_kept_as_its_events_tell_it(story: Story) -> None:
    incident = broken(story)
    story.clock.advance(timedelta(minutes=3))
    story.clear("core-ke")
    story.settle()
    story.deliver()
    with story.runtime.view(SYSTEM) as work:
        row = work.session.get(TroubledIncident, incident)
        assert row is not None
        assert (row.component, row.markets, row.began_at) == ("core-ke", ["KE"], at(0))
        assert row.ended_at is not None
    story.clock.advance(timedelta(minutes=1))
    story.fire("core-ke")
    story.settle()
    story.deliver()
    with story.runtime.view(SYSTEM) as work:
        again = work.session.get(TroubledIncident, incident)
        assert again is not None
        assert (again.began_at, again.ended_at) == (at(0), None)
        assert again.again_at is not None
        assert again.again_at > at(180)


def test_events_that_come_late_change_nothing_newer(story: Story) -> None:
    incident = broken(story)
    with story.runtime.work(SYSTEM) as work:
        row = work.session.get(TroubledIncident, incident)
        assert row is not None
        row.told, row.component, row.markets = 9, "db-ke", ["KE", "MZ"]
    with story.runtime.work(SYSTEM) as work:
        record = work.session.scalars(
            select(EventRecord).where(EventRecord.kind == "IncidentOpened")
        ).one()
        assert isinstance(record.event, IncidentOpened)
        causes.keep(work, replace(record.event, title="old"))
    with story.runtime.view(SYSTEM) as work:
        row = work.session.get(TroubledIncident, incident)
        assert row is not None
        assert (row.component, row.markets, row.told) == ("db-ke", ["KE", "MZ"], 9)
        assert row.title != "old"


def test_an_incident_of_before_is_learnt_from_the_log_when_it_is_judged(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        number = ran(work, 2)
    incident = broken(story)
    story.clock.advance(timedelta(minutes=3))
    story.clear("core-ke")
    story.settle()
    story.deliver()
    with story.runtime.work(SYSTEM) as work:
        known = work.session.get(TroubledIncident, incident)
        assert known is not None
        kept = (known.component, known.markets, known.began_at, known.ended_at, known.title)
        work.session.delete(known)
    judge(story, AMINA, incident, f"change:{number}", "confirmed")
    with story.runtime.view(SYSTEM) as work:
        again = work.session.get(TroubledIncident, incident)
        assert again is not None
        found = (again.component, again.markets, again.began_at, again.ended_at, again.title)
        assert found == kept


# ------------------------------------------------------------------- verdicts


def judge(story: Story, actor: Any, incident: int, key: str, verdict: str, **more: Any) -> Any:
    with story.runtime.work(actor) as work:
        reason = more.pop("reason", "the logs say so")
        return causes.judge(work, incident, key, verdict, reason, **more)


def test_confirmed_ruled_out_and_revised(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        one, other = ran(work, 2), ran(work, 30)
    incident = broken(story)
    judge(story, AMINA, incident, f"change:{one}", "confirmed")
    judge(story, CARLOS, incident, f"change:{other}", "ruled out", reason="it was rolled back")
    with story.runtime.view(AMINA) as work:
        verdicts = {
            each.suspect.candidate.change_id: each.verdict
            for each in queries.suspects(work, incident).suspects
        }
        assert verdicts == {one: Verdict.CONFIRMED, other: Verdict.RULED_OUT}
        caused = queries.confirmed(work, [one, other])
        assert [each.incident_id for each in caused[one]] == [incident]
        assert (caused[one][0].priority, other in caused) == ("P2", False)
        (mine,) = queries.incidents_of(work, one)
        assert (mine.verdict, mine.by, mine.reason) == ("confirmed", "amina", "the logs say so")
    story.clock.advance(HOUR)
    judge(story, CARLOS, incident, f"change:{one}", "ruled out", reason="db-ke had failed before")
    with story.runtime.view(AMINA) as work:
        assert queries.confirmed(work, [one]) == {}, "only what was said last counts"
        said = queries.judgements(work, incident)[f"change:{one}"]
        assert [(each.verdict, each.by) for each in said] == [
            ("confirmed", "amina"),
            ("ruled out", "carlos"),
        ], "and nothing that was said is lost"
        told = work.session.scalars(
            select(EventRecord).where(EventRecord.kind == "CauseJudged").order_by(EventRecord.id)
        ).all()
        assert [(each.by, each.body["was"], each.body["verdict"]) for each in told] == [
            ("amina", "suspected", "confirmed"),
            ("carlos", "suspected", "ruled out"),
            ("carlos", "confirmed", "ruled out"),
        ]
        assert told[0].subject == f"incident:{incident}"
    story.deliver()
    with story.runtime.view(AMINA) as work:
        moments = incident_queries.story(work, incident, "people", "", 50).moments
        assert [(each.by, each.text) for each in moments] == [
            (
                "carlos",
                "cause ruled out: Core ledger Kenya: larger log volume; db-ke had failed before",
            ),
            ("carlos", "cause ruled out: Core ledger Kenya: larger log volume; it was rolled back"),
            ("amina", "cause confirmed: Core ledger Kenya: larger log volume; the logs say so"),
        ], "and the incident's story tells it in their names"


@pytest.mark.parametrize(
    ("actor", "given", "error", "words"),
    [
        pytest.param(SELAM, {}, NotAllowed, "work on incidents", id="may only look"),
        pytest.param(JUMA, {}, NotFound, "no incident", id="sees another market"),
        pytest.param(AMINA, {"reason": "  "}, BadInput, "reason is missing", id="no reason"),
        pytest.param(AMINA, {"reason": "x" * 2_001}, BadInput, "2000 are the most", id="a novel"),
        pytest.param(AMINA, {"verdict": "guilty"}, BadInput, "no verdict", id="no such verdict"),
        pytest.param(AMINA, {"verdict": "suspected"}, IllegalMove, "doubt", id="is suspected"),
        pytest.param(AMINA, {"key": "change:999"}, NotFound, "no suspect", id="not a suspect"),
        pytest.param(AMINA, {"key": "' or 1"}, NotFound, "no suspect", id="no key at all"),
        pytest.param(AMINA, {"incident": 999}, NotFound, "no incident", id="no such incident"),
        pytest.param(AMINA, {"was": "confirmed"}, Conflict, "meanwhile", id="overtaken"),
    ],
)
def test_what_is_refused_writes_nothing(
    story: Story, actor: Any, given: dict[str, Any], error: type[Exception], words: str
) -> None:
    with story.runtime.work(SYSTEM) as work:
        number = ran(work, 2)
    incident = broken(story)
    usual = {"incident": incident, "key": f"change:{number}", "verdict": "confirmed"}
    with pytest.raises(error, match=words):
        judge(story, actor, **{**usual, **given})
    with story.runtime.view(SYSTEM) as work:
        assert queries.judgements(work, incident) == {}


def test_who_works_in_one_of_two_markets_does_not_judge(story: Story) -> None:
    story.estate(
        "ussd-ke > hub, ussd-mz > hub", components=[factories.component("hub", "KE", "MZ")]
    )
    with story.runtime.work(SYSTEM) as work:
        number = ran(work, 2, "hub", markets=["KE", "MZ"])
    incident = broken(story, "hub")
    with story.runtime.view(JUMA) as work:
        assert keys(work, incident) == [f"change:{number}"], "who sees one market sees it"
    with pytest.raises(NotAllowed, match="KE"):
        judge(story, JUMA, incident, f"change:{number}", "confirmed")


def test_two_people_at_once_do_not_both_have_the_last_word(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        number = ran(work, 2)
    incident, both = broken(story), Barrier(2)
    outcomes: list[str] = []

    def say(actor: Any, verdict: str) -> None:
        both.wait()
        try:
            judge(story, actor, incident, f"change:{number}", verdict, was="suspected")
            outcomes.append(verdict)
        except Conflict:
            outcomes.append("conflict")

    people = [
        Thread(target=say, args=(AMINA, "confirmed")),
        Thread(target=say, args=(CARLOS, "ruled out")),
    ]
    for each in people:
        each.start()
    for each in people:
        each.join(20)
    assert sorted(outcomes) in (["confirmed", "conflict"], ["conflict", "ruled out"])
    with story.runtime.view(SYSTEM) as work:
        assert len(queries.judgements(work, incident)[f"change:{number}"]) == 1


def test_what_was_judged_stays_when_it_is_no_candidate_any_more(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        number = ran(work, 2)
    incident = broken(story)
    judge(story, AMINA, incident, f"change:{number}", "ruled out")
    with story.runtime.work(SYSTEM) as work:
        row = work.session.get(TroubledIncident, incident)
        assert row is not None
        row.began_at = at(-4 * 3600)  # it had failed before that change
    with story.runtime.view(AMINA) as work:
        found = queries.suspects(work, incident)
        assert ([*found.suspects], [each.verdict for each in found.others]) == ([], ["ruled out"])


def test_the_statements_do_not_grow_with_the_candidates(story: Story) -> None:
    incident = broken(story)

    def cost() -> int:
        with statements(story.runtime.engine) as sent, story.runtime.view(AMINA) as work:
            queries.suspects(work, incident)
        return len(sent)

    def more(number: int) -> None:
        with story.runtime.work(SYSTEM) as work:
            for each in range(number):
                ran(work, 2 + each, team=f"team {each}", template_id=None)
                monitoring.record_change(
                    work, Logged(at(-600 - each), "git", "v", "KE", "core-ke", f"r{each}")
                )

    more(1)
    few = cost()
    more(30)
    assert cost() == few


def test_the_alert_of_a_late_run_is_titled_by_its_sentence_and_suspects_nobody(
    story: Story, clock: FrozenClock
) -> None:
    with story.runtime.work(SYSTEM) as work:
        ran(work, 1, title="Core release")
        number = running_story.tonight(work, title="Core: larger log volume")
    with story.runtime.work(running_story.IMRE) as work:
        running.start(work, number)
    clock.advance(3 * HOUR + running_story.MINUTE)
    watch_runs(story.runtime)
    story.settle()
    story.deliver()
    incident = story.live()[f"?ssoc/CHG-{number}, run 1"]
    assert incident.title == (
        f"Past its window, which ended 11:00 UTC: CHG-{number} “Core: larger log volume”"
    )
    with story.runtime.view(AMINA) as work:
        assert keys(work, incident.id) == []
        assert queries.incidents_of(work, number) == []
        [own] = queries.own_incidents(work, f"CHG-{number}")
        assert own.incident_id == incident.id
        assert queries.own_incidents(work, f"CHG-{number}1") == []
    with story.runtime.view(JUMA) as work:
        assert queries.own_incidents(work, f"CHG-{number}") == [], "of another market"
