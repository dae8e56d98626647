"""Merge, split and move by hand, resolve by force; the correlator respects what people decide."""

import pytest
from sqlalchemy import select

from incidents import actions, jobs, queries
from incidents.lifecycle import State
from incidents.models import IncidentAlert
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound, SsocError
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import Priority, Severity
from tests import factories
from tests.incidents.stories import Story

GRAPH = "ussd-ke > api-ke > db-ke, sms-ke, pay-tz"
MANAGER = factories.person("wanjiru", Role.INCIDENT_MANAGER)


@pytest.fixture
def story(story: Story) -> Story:
    story.estate(GRAPH)
    return story


def homes(story: Story) -> dict[str, int | None]:
    with story.runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(IncidentAlert).where(IncidentAlert.state < 2))
        return {row.component: row.incident_id for row in rows}


def keys(story: Story, *components: str) -> list[int]:
    with story.runtime.view(SYSTEM) as work:
        wanted = select(IncidentAlert.key).where(IncidentAlert.component.in_(components))
        return list(work.session.scalars(wanted))


def test_merging_lasts_as_long_as_it_fails(story: Story) -> None:
    story.fire("db-ke", "sms-ke")
    story.settle()
    with story.runtime.work(MANAGER) as work:
        actions.merge(work, 2, 1)
    story.turn(10)
    story.fire("sms-ke", name="Backlog")
    story.turn(10)
    assert {each.id: each.state for each in story.all()} == {1: State.OPEN, 2: State.RESOLVED}
    assert homes(story) == {"db-ke": 1, "sms-ke": 1}
    story.clear("db-ke")
    story.turn(200)
    assert story.live()["db-ke"].cause_cleared_at, "what a person put here stays"
    story.clear("sms-ke")
    story.clear("sms-ke", name="Backlog")
    story.turn(10)
    assert story.live() == {}
    story.fire("sms-ke")
    story.turn(10)
    assert story.alone() == ["sms-ke"], "a new failure stands on its own"


def test_a_split_symptom_stays_out_while_it_fails(story: Story) -> None:
    story.fire("db-ke", "api-ke", "ussd-ke")
    story.settle()
    with story.runtime.work(MANAGER) as work:
        new = actions.split(work, 1, components=["ussd-ke"], title="USSD menu broken").id
    story.turn(10)
    assert story.alone() == ["db-ke", "ussd-ke"]
    assert homes(story) == {"db-ke": 1, "api-ke": 1, "ussd-ke": new}
    story.clear("ussd-ke")
    story.turn(10)
    assert story.alone() == ["db-ke"]


def test_single_alerts_are_taken_out(story: Story) -> None:
    story.fire("db-ke")
    story.fire("db-ke", name="Disk")
    story.turn()
    with story.runtime.work(MANAGER) as work:
        disk = select(IncidentAlert.key).where(IncidentAlert.name == "Disk")
        new = actions.split(work, 1, keys=[work.session.scalars(disk).one()]).id
    story.turn(10)
    live = {each.id: each.alerts for each in story.live().values()}
    assert live == {1: 1, new: 1}
    story.clear("db-ke", name="Disk")
    story.turn(10)
    assert [each.id for each in story.live().values()] == [1]


def test_alerts_are_moved(story: Story) -> None:
    story.fire("db-ke", "sms-ke")
    story.settle()
    with story.runtime.work(MANAGER) as work:
        assert actions.move_alerts(work, keys(story, "sms-ke"), 1) == 1
    story.turn(10)
    assert homes(story) == {"db-ke": 1, "sms-ke": 1}
    first, second = story.all()
    assert (first.alerts, second.alerts) == (2, 0)
    assert second.state is State.RESOLVED, "nothing is left in it"
    story.clear("db-ke")
    story.turn(200)
    assert story.alone() == ["db-ke"], "what was moved keeps it open"
    story.clear("sms-ke")
    story.turn(10)
    assert story.live() == {}


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda work: actions.merge(work, 1, 1), id="into itself"),
        pytest.param(lambda work: actions.split(work, 1), id="nothing chosen"),
        pytest.param(lambda work: actions.split(work, 1, ["db-ke"]), id="the cause"),
        pytest.param(lambda work: actions.split(work, 1, ["pay-tz"]), id="a stranger"),
        pytest.param(lambda work: actions.split(work, 1, keys=[7]), id="a strange alert"),
        pytest.param(lambda work: actions.move_alerts(work, [7], 1), id="no such alert"),
        pytest.param(lambda work: actions.merge(work, 9, 1), id="no such incident"),
        pytest.param(lambda work: actions.note(work, 1, "  "), id="an empty note"),
        pytest.param(lambda work: actions.note(work, 1, "x" * 10_001), id="a book"),
        pytest.param(lambda work: actions.take_role(work, 1, "king"), id="no such role"),
        pytest.param(lambda work: actions.give_up_role(work, 1, "scribe"), id="nobody's role"),
        pytest.param(lambda work: actions.reopen(work, 1, "why"), id="open already"),
        pytest.param(lambda work: actions.close(work, 1), id="not resolved yet"),
    ],
)
def test_what_is_refused_changes_nothing(story: Story, act) -> None:  # type: ignore[no-untyped-def]
    story.fire("db-ke", "api-ke")
    story.settle()
    before, events = [each.version for each in story.all()], story.events()
    with pytest.raises(SsocError) as refusal, story.runtime.work(MANAGER) as work:
        act(work)
    assert isinstance(refusal.value, BadInput | Conflict | NotFound | IllegalMove)
    assert ([each.version for each in story.all()], story.events()) == (before, events)


def test_d11_a_resolve_while_it_fires_needs_force_and_a_reason(story: Story) -> None:
    story.fire("db-ke", "api-ke")
    story.settle()
    with pytest.raises(Conflict, match="2 firing alerts"), story.runtime.work(MANAGER) as work:
        actions.resolve(work, 1)
    with pytest.raises(BadInput, match="reason"), story.runtime.work(MANAGER) as work:
        actions.resolve(work, 1, force=True)
    with story.runtime.work(MANAGER) as work:
        actions.resolve(work, 1, "false alarm", force=True)
    story.fire("db-ke", "api-ke")
    story.turn(200)
    assert [each.state for each in story.all()] == [State.RESOLVED], "repeats change nothing"
    assert story.all()[0].is_forced
    story.clear("db-ke")
    story.turn(10)
    story.fire("db-ke")
    story.turn(10)
    assert story.states() == {"db-ke": State.REOPENED}, "a new episode is a relapse"


def test_after_a_forced_resolve_and_quiet_it_is_as_any_other(story: Story) -> None:
    story.fire("db-ke")
    story.turn()
    with story.runtime.work(MANAGER) as work:
        actions.resolve(work, 1, "false alarm", force=True)
    story.clear("db-ke")
    story.turn(10)
    story.turn(10)
    assert not story.all()[0].is_forced


def test_a_forced_resolve_takes_the_nested_ones_along(story: Story) -> None:
    story.fire("ussd-ke")
    story.settle()
    story.fire("db-ke")
    story.turn(10)
    with story.runtime.work(MANAGER) as work:
        actions.resolve(work, 2, "exercise", force=True)
    story.turn(200)
    assert set(story.states().values()) == {State.RESOLVED}


def test_what_people_reopen_only_people_resolve(story: Story) -> None:
    story.fire("db-ke")
    story.turn()
    story.clear("db-ke")
    story.turn(10)
    with story.runtime.work(MANAGER) as work:
        actions.reopen(work, 1, "customers still complain")
    story.turn(10)
    assert story.states() == {"db-ke": State.REOPENED}
    with story.runtime.work(MANAGER) as work:
        actions.resolve(work, 1)
    assert story.states() == {"db-ke": State.RESOLVED}


def test_old_incidents_close_and_may_be_reopened(story: Story) -> None:
    story.fire("db-ke")
    story.turn()
    story.clear("db-ke")
    story.turn(10)
    story.clock.at = factories.at(10 + 7 * 86_400 - 1)
    jobs.close_old(story.runtime)
    assert story.states() == {"db-ke": State.RESOLVED}
    story.clock.at = factories.at(10 + 7 * 86_400)
    jobs.close_old(story.runtime)
    assert story.states() == {"db-ke": State.CLOSED}
    story.fire("db-ke")
    story.turn()
    with pytest.raises(Conflict, match="INC-2"), story.runtime.work(MANAGER) as work:
        actions.reopen(work, 1, "again")


def test_a_person_s_priority_stands(story: Story) -> None:
    story.fire("db-ke", severity=Severity.WARNING)
    story.turn()
    operator = factories.person("amina", Role.NOC_OPERATOR)
    with pytest.raises(NotAllowed), story.runtime.work(operator) as work:
        actions.prioritise(work, 1, Priority.P1, "the board watches")
    with story.runtime.work(MANAGER) as work:
        actions.prioritise(work, 1, Priority.P4, "only a test system")
    story.clock.at = factories.at(60)
    story.fire("db-ke")
    story.turn()
    assert story.live()["db-ke"].priority is Priority.P4


def test_roles_are_handed_over_never_overwritten(story: Story) -> None:
    story.fire("db-ke")
    story.turn()
    for person in ("amina", "amina", "juma"):
        with story.runtime.work(MANAGER) as work:
            actions.take_role(work, 1, "commander", person)
    with story.runtime.view(SYSTEM) as work:
        page = queries.page(work, 1)
    assert [(each.role, each.person) for each in page.roles] == [("commander", "juma")]
    assert story.events().count("RoleTaken db-ke") == 2


def test_many_at_once_each_by_itself(story: Story) -> None:
    story.fire("db-ke", "sms-ke", "pay-tz")
    story.settle()
    amina = factories.person("amina", Role.NOC_OPERATOR, "KE")
    with story.runtime.work(amina) as work:
        done = actions.bulk(work, actions.acknowledge, [1, 2, 3, 99])
    live = story.live()
    assert [each.is_done for each in done] == [live_in_ke(each.incident_id, story) for each in done]
    assert "INC-99" in done[-1].message
    assert live["db-ke"].state is live["sms-ke"].state is State.ACKNOWLEDGED
    assert live["pay-tz"].state is State.OPEN
    assert sorted(story.events()[3:]) == ["Acknowledged db-ke", "Acknowledged sms-ke"]


def live_in_ke(incident_id: int, story: Story) -> bool:
    return any(each.id == incident_id and "-ke" in each.component for each in story.all())
