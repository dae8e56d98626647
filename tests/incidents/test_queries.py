"""What screens read: the picture, the story, the lists; limited to markets, in few statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from incidents import actions, queries
from incidents.lifecycle import State
from incidents.queries import Edge, Filters, NodeState
from incidents.queries.members import alert_keys
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import SYSTEM, Actor, ActorKind, Role, grant_all
from ssoc.core.vocabulary import Priority, Severity
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.actions.changes import Change, record_change
from tests import factories
from tests.incidents.stories import Story

AMINA = factories.person("amina", Role.NOC_OPERATOR, "KE")
KIOSK = Actor("wall", grant_all(), ActorKind.KIOSK)
SHARED = "ussd-ke > api-ke > core, ussd-tz > api-tz > core, core > dc|dr"


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    found: list[str] = []

    def note(_1: object, _2: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def shared(story: Story) -> Story:
    story.estate(SHARED)
    story.fire("ussd-ke", "ussd-tz", "api-tz", "core", summary="gone")
    story.settle()
    return story


def test_the_picture_of_a_cause(shared: Story) -> None:
    with shared.runtime.view(SYSTEM) as work:
        page = queries.page(work, 1)
    drawn = {each.component: (each.layer, each.state) for each in page.nodes}
    assert drawn == {
        "ussd-ke": (0, NodeState.SYMPTOM),
        "ussd-tz": (0, NodeState.SYMPTOM),
        "api-ke": (1, NodeState.UNSEEN),
        "api-tz": (1, NodeState.SYMPTOM),
        "core": (2, NodeState.CAUSE),
        "dc": (3, NodeState.UNSEEN),
        "dr": (3, NodeState.UNSEEN),
    }
    assert Edge("ussd-ke", "api-ke") in page.edges
    assert Edge("core", "dc", "any") in page.edges
    assert (page.drawn, page.firing) == (3, 4)
    assert [(each.market, each.components, each.alerts) for each in page.symptoms] == [
        ("KE", ["ussd-ke"], 1),
        ("TZ", ["api-tz", "ussd-tz"], 2),
    ]


def test_who_sees_one_market_sees_its_part(shared: Story) -> None:
    with shared.runtime.view(AMINA) as work:
        page = queries.page(work, 1)
        assert queries.wall(work).lines[0].markets == ("KE",)
    names = {each.component for each in page.nodes if each.state is NodeState.SYMPTOM}
    assert names == {"ussd-ke"}
    assert [each.market for each in page.symptoms] == ["KE"]
    assert page.firing == 2, "the shared component and the symptom of this market"


def test_names_of_other_markets_stay_out_and_are_counted(shared: Story) -> None:
    with shared.runtime.view(AMINA) as work:
        mine = queries.page(work, 1)
    with shared.runtime.view(SYSTEM) as work:
        whole = queries.page(work, 1)
    names = {each.component for each in mine.nodes}
    assert names == {"ussd-ke", "api-ke", "core", "dc", "dr"}, "what is shared stays"
    assert {each.component for each in mine.edges} | {each.needs for each in mine.edges} <= names
    assert (mine.elsewhere, whole.elsewhere) == (2, 0)


def test_what_the_cause_needs_elsewhere_stays_out_too(story: Story) -> None:
    story.estate("ussd-ke > core > dc-tz")
    story.fire("ussd-ke", "core")
    story.settle()
    with story.runtime.view(AMINA) as work:
        page = queries.page(work, 1)
    assert {each.component for each in page.nodes} == {"ussd-ke", "core"}
    assert page.elsewhere == 1


def test_alerts_of_the_cause_come_first_then_the_worst(story: Story) -> None:
    story.estate("ussd-ke > core, ussd-tz > core")
    story.fire("core", severity=Severity.WARNING, key=1, market="KE")
    story.turn(1)
    story.fire("ussd-ke", severity=Severity.WARNING, key=2)
    story.fire("ussd-ke", severity=Severity.CRITICAL, key=3, name="Down")
    story.fire("ussd-tz", severity=Severity.ERROR, key=4)
    story.fire("ussd-tz", severity=Severity.ERROR, key=5, name="Odd", market="KE")
    story.settle()
    story.turn(1)
    story.fire("ussd-ke", severity=Severity.WARNING, key=6, name="New")
    story.settle()
    with story.runtime.view(SYSTEM) as work:
        keys, total = alert_keys(work, 1, limit=3)
        assert (keys[:2], set(keys) <= {1, 3, 4, 5}, total) == ([1, 3], True, 6)
    with story.runtime.view(AMINA) as work:
        assert alert_keys(work, 1) == ([1, 3, 6, 2], 4)


def test_an_incident_of_other_markets_does_not_exist(story: Story) -> None:
    story.estate("api-tz > core")
    story.fire("api-tz")
    story.settle()
    with story.runtime.view(AMINA) as work:
        for ask in (queries.page, queries.timeline, queries.line_of):
            with pytest.raises(NotFound, match="INC-1"):
                ask(work, 1)
        assert queries.triage(work).total == 0
        assert queries.wall(work).lines == []


def test_the_story_in_one_stream(shared: Story) -> None:
    with shared.runtime.work(SYSTEM) as work:
        half_an_hour_ago = work.now - timedelta(minutes=30)
        record_change(
            work,
            Change(
                at=half_an_hour_ago,
                source="deployer",
                market="KE",
                component="core",
                reference="CHG-1",
                summary="ledger limits",
            ),
        )
    with shared.runtime.work(factories.person("amina")) as work:
        actions.acknowledge(work, 1)
    shared.clear("ussd-ke", "ussd-tz", "api-tz", "core")
    shared.turn(600)
    with shared.runtime.view(SYSTEM) as work:
        told = [(each.source, each.kind) for each in queries.timeline(work, 1)]
        texts = [each.text for each in queries.timeline(work, 1)]
    assert told == [
        ("correlation", "recovered"),
        ("alerts", "alerts_cleared"),
        ("people", "acknowledged"),
        ("correlation", "joined"),
        ("correlation", "opened"),
        ("alerts", "alerts_began"),
        ("changes", "change"),
    ]
    assert "4 alerts began: SuccessLow × 4" in texts
    assert "CHG-1: ledger limits" in texts


def test_a_change_of_a_whole_market_is_part_of_the_story(story: Story) -> None:
    """Somebody changed something in Kenya, and nobody says on which component."""
    story.estate("ussd-ke > db-ke, elsewhere-ke")
    story.fire("db-ke")
    story.settle()
    with story.runtime.work(SYSTEM) as work:
        for market, component in (("KE", ""), ("MZ", ""), ("KE", "elsewhere-ke"), ("", "")):
            said = f"release {market or 'nowhere'} {component}".strip()
            change = Change(work.now, "deployer", said, market=market, component=component)
            record_change(work, change)
    with story.runtime.view(SYSTEM) as work:
        told = [each.text for each in queries.timeline(work, 1) if each.source == "changes"]
    assert told == ["release KE"]


def test_a_kiosk_sees_no_names_of_people(shared: Story) -> None:
    with shared.runtime.work(factories.person("amina")) as work:
        actions.acknowledge(work, 1)
        actions.take_role(work, 1, "commander")
    with shared.runtime.view(KIOSK) as work:
        page = queries.page(work, 1)
        shown = f"{queries.wall(work)} {page}"
    assert page.roles == []
    assert "amina" not in shown


@pytest.mark.parametrize(
    ("ask", "most"),
    [
        pytest.param(lambda work: queries.wall(work), 9, id="wall"),
        pytest.param(lambda work: queries.triage(work, Filters(nested=True)), 9, id="triage"),
        pytest.param(lambda work: queries.page(work, 1), 30, id="page"),
    ],
)
def test_many_incidents_cost_as_many_statements_as_one(
    runtime: Runtime, ask: Callable[[Work], object], most: int
) -> None:
    counts = []
    for size in (2, 40):
        with runtime.work(SYSTEM) as work:
            for number in range(size):
                parent = 1 if number else None
                name = f"c{size}-{number}"
                factories.incident(work, ["KE", "TZ"], component=name, parent_id=parent)
        with runtime.view(SYSTEM) as work, counted(runtime.engine) as statements:
            ask(work)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= most


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param(Filters(), [1], id="live and on their own"),
        pytest.param(Filters(nested=True), [1, 2], id="with symptoms"),
        pytest.param(Filters(state="all", nested=True), [1, 3, 2], id="all"),
        pytest.param(Filters(state="resolved"), [3], id="resolved"),
        pytest.param(Filters(priority="P2", nested=True), [2], id="by priority"),
        pytest.param(Filters(owner="-", state="all", nested=True), [1, 2], id="of nobody"),
        pytest.param(Filters(owner="amina", state="all"), [3], id="of somebody"),
        pytest.param(Filters(market="TZ"), [], id="of another market"),
        pytest.param(Filters(text="inc-3", state="all"), [3], id="by number"),
        pytest.param(Filters(text="LEDGER %"), [], id="a wildcard is a character"),
        pytest.param(Filters(text="core ledger"), [1], id="by words"),
    ],
)
def test_filters(work: Work, filters: Filters, expected: list[int]) -> None:
    factories.incident(work)
    factories.incident(work, component="b", parent_id=1, priority=Priority.P2)
    factories.incident(
        work, component="c", state=State.RESOLVED, owner="amina", resolved_at=work.now
    )
    assert [each.id for each in queries.triage(work, filters).items] == expected


@pytest.mark.parametrize(
    ("filters", "cursor"),
    [
        (Filters(state="asleep"), ""),
        (Filters(priority="P9"), ""),
        (Filters(), "P1~x~1"),
        (Filters(), f"P1~{'9' * 20}~1"),
    ],
)
def test_what_cannot_be_asked(work: Work, filters: Filters, cursor: str) -> None:
    with pytest.raises(BadInput):
        queries.triage(work, filters, cursor)
