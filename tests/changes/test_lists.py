"""Lists of changes: filters, orders, pages without gaps, and what the database reads for them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from changes.lifecycle import Outcome, State
from changes.models import Change, ChangeComponent, ChangeMarket
from changes.queries import lists
from changes.queries.lists import ChangeFilter, between, listed
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Role, operator
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.web.counting import statements

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def titles(work: Work, **given: Any) -> list[str]:
    return [each.title for each in listed(work, ChangeFilter(**given)).items]


@pytest.fixture
def shelf(work: Work) -> Work:
    """Store one change of each kind, in an order that is not that of their windows."""
    factories.estate(work)
    now = work.now

    def add(title: str, state: State, hours: float, **given: Any) -> None:
        starts_at = now + hours * HOUR
        factories.change(
            work,
            given.pop("markets", ["KE"]),
            given.pop("components", ["core-ke"]),
            given.pop("steps", []),
            **{
                "title": title,
                "state": state,
                "starts_at": starts_at,
                "ends_at": starts_at + 2 * HOUR,
                **given,
            },
        )

    add("later", State.SCHEDULED, 48, risk_points=10.5, vendor="Okapi")
    add("next", State.SUBMITTED, 5, type="emergency", markets=["TZ", "KE"], risk_points=60.0)
    add("running", State.RUNNING, -1, started_at=now - HOUR, team="core team")
    add("draft", State.DRAFT, 3, requester="ana")
    add("over", State.CLOSED, -30, outcome=Outcome.FAILED, finished_at=now - 29 * HOUR)
    add("ended", State.ENDED, -20, finished_at=now - 18 * HOUR, is_unauthorised=True)
    add("refused", State.REFUSED, 8, steps=[{"owner": "sam"}])
    add("loose", State.APPROVED, 0, starts_at=None, ends_at=None, components=["hsm-ke"])
    return work


CASES: list[Any] = [
    pytest.param({}, ["running", "next", "later", "loose"], id="live, next to begin first"),
    pytest.param({"state": "over"}, ["ended", "over"], id="over, last ended first"),
    pytest.param({"state": "review"}, ["ended"], id="owed a review"),
    pytest.param({"state": "stopped"}, ["refused"], id="refused or cancelled"),
    pytest.param({"state": "planned"}, ["later", "loose"], id="approved and scheduled"),
    pytest.param({"state": "draft"}, ["draft"], id="one state"),
    pytest.param({"state": "all", "market": "TZ"}, ["next"], id="market"),
    pytest.param({"type": "emergency"}, ["next"], id="type"),
    pytest.param({"component": "hsm-ke"}, ["loose"], id="component"),
    pytest.param({"vendor": "Okapi"}, ["later"], id="vendor"),
    pytest.param({"risk_at_least": 10.5}, ["next", "later"], id="risk, and the limit itself"),
    pytest.param({"state": "all", "person": "ana"}, ["draft"], id="mine: asked for"),
    pytest.param({"state": "all", "person": "sam"}, ["refused"], id="mine: owns a step"),
    pytest.param({"state": "all", "text": "HSM"}, ["loose"], id="words in a component"),
    pytest.param({"text": "core team"}, ["running"], id="words in a team"),
    pytest.param({"text": "100%_"}, [], id="wildcards are words"),
    pytest.param({"state": "all", "is_unauthorised": True}, ["ended"], id="unauthorised"),
    pytest.param({"among": []}, [], id="of none"),
    pytest.param(
        {"state": "all", "order": "newest"},
        ["loose", "refused", "ended", "over", "draft", "running", "next", "later"],
        id="newest first",
    ),
    pytest.param({"order": "risk"}, ["next", "later", "loose", "running"], id="riskiest first"),
]


@pytest.mark.parametrize(("wanted", "expected"), CASES)
def test_filters(shelf: Work, wanted: Mapping[str, Any], expected: list[str]) -> None:
    assert titles(shelf, **wanted) == expected


def test_a_number_finds_its_change(shelf: Work) -> None:
    found = listed(shelf, ChangeFilter(text="next")).items[0]
    assert titles(shelf, text=found.reference.lower()) == ["next"]
    assert titles(shelf, text=str(found.id)) == ["next"]


def test_windows_that_only_meet_the_stretch_are_outside(shelf: Work) -> None:
    five = shelf.now + 5 * HOUR
    assert titles(shelf, since=five - HOUR, until=five) == []
    assert titles(shelf, since=five + 2 * HOUR, until=five + 3 * HOUR) == []
    assert titles(shelf, since=five, until=five + HOUR) == ["next"]


def test_counts_hold_for_every_state_under_the_same_filters(shelf: Work) -> None:
    page = listed(shelf, ChangeFilter(market="KE"))
    assert {state.value: number for state, number in page.counts.items() if number} == {
        **{each: 1 for each in ("draft", "submitted", "refused", "approved", "scheduled")},
        **{each: 1 for each in ("running", "ended", "closed")},
    }
    assert page.total == 4


@pytest.mark.parametrize("order", lists.ORDERS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_hold_each_change_once(shelf: Work, order: str, size: int) -> None:
    whole = listed(shelf, ChangeFilter("all", order=order)).items
    assert len(whole) == 8
    found, cursor = list[int](), ""
    while True:
        page = listed(shelf, ChangeFilter("all", order=order), cursor, size)
        found += [each.id for each in page.items]
        cursor = page.next
        if not cursor:
            break
    assert found == [each.id for each in whole]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(ChangeFilter("asleep"), id="state"),
        pytest.param(ChangeFilter(order="by mood"), id="order"),
    ],
)
def test_words_nobody_knows_are_named(shelf: Work, wanted: ChangeFilter) -> None:
    with pytest.raises(BadInput, match="there are"):
        listed(shelf, wanted)


@pytest.mark.parametrize(
    "cursor",
    ["x", "start~1", "risk~1~1", "start~9999999999999999999~1", "start~1.5~1", "start~-~x", "~~"],
)
def test_a_foreign_cursor_is_refused(shelf: Work, cursor: str) -> None:
    with pytest.raises(BadInput, match="begin again"):
        listed(shelf, ChangeFilter(), cursor)


def test_only_what_the_actor_may_see(runtime: Runtime) -> None:
    with runtime.work(operator()) as work:
        factories.estate(work)
        factories.change(work, ["KE"], title="alone", state=State.SUBMITTED)
        factories.change(work, ["KE", "MZ"], title="shared", state=State.SUBMITTED)
    with runtime.view(factories.person("mo", Role.CHANGE_MANAGER, "MZ")) as view:
        page = listed(view)
        assert [each.title for each in page.items] == ["shared"]
        assert page.total == 1
        assert titles(view, market="KE") == ["shared"]
        assert [each.title for each in between(view, view.now, view.now + DAY)] == ["shared"]


class TestBetween:
    """What a calendar is given."""

    def test_by_window_or_by_real_run(self, work: Work) -> None:
        factories.estate(work)
        now = work.now
        on_time: dict[str, Any] = {"starts_at": now - 8 * HOUR, "ends_at": now - 6 * HOUR}
        late: dict[str, Any] = {"started_at": now - 7 * HOUR, "finished_at": now - 3 * HOUR}
        factories.change(work, title="overran", state=State.ENDED, **on_time, **late)
        factories.change(
            work, title="runs on", state=State.RUNNING, started_at=now - 7 * HOUR, **on_time
        )
        factories.change(work, title="kept", state=State.SCHEDULED, **on_time)
        factories.change(work, title="refused", state=State.REFUSED)
        found = between(work, now - 4 * HOUR, now - 2 * HOUR)
        assert [each.title for each in found] == ["overran", "runs on"]
        assert [each.title for each in between(work, now - 6 * HOUR, now)] == ["overran", "runs on"]
        assert len(between(work, now - 9 * HOUR, now - 7 * HOUR)) == 3

    def test_states_on_demand(self, work: Work) -> None:
        factories.change(work, title="refused", state=State.REFUSED)
        wanted = ChangeFilter("stopped")
        assert len(between(work, work.now, work.now + DAY, wanted)) == 1
        assert between(work, work.now, work.now + DAY) == []

    @pytest.mark.parametrize("days", [0, -1, 63])
    def test_a_stretch_has_its_limits(self, work: Work, days: int) -> None:
        with pytest.raises(BadInput, match="62 days"):
            between(work, work.now, work.now + days * DAY)


MANY = 12_000


@pytest.fixture
def crowd(work: Work) -> Work:
    """Store 12,000 changes, one an hour: most over, 1,000 to come."""
    factories.estate(work)
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    rows = []
    for at in range(MANY):
        starts_at = begin + at * HOUR
        live = at >= MANY - 1000
        rows.append(
            {
                "id": at + 1,
                "title": f"change {at}",
                "type": "normal",
                "state": State.SCHEDULED if live else State.CLOSED,
                "requester": "rita",
                "implementer": "imre",
                "starts_at": starts_at,
                "ends_at": starts_at + 2 * HOUR,
                "finished_at": None if live else starts_at + HOUR,
                "created_at": begin,
                "version": 1,
            }
        )
    work.session.execute(insert(Change), rows)
    places = [{"change_id": at + 1, "market": ("KE", "TZ")[at % 2]} for at in range(MANY)]
    work.session.execute(insert(ChangeMarket), places)
    parts = [{"change_id": at + 1, "component": f"c{at % 300}"} for at in range(MANY)]
    work.session.execute(insert(ChangeComponent), parts)
    work.session.execute(text("ANALYZE"))
    return work


PLANS = [
    pytest.param("live", "", "ix_change_", id="live"),
    pytest.param("over", "", "ix_change_finished_at", id="over"),
]


@pytest.mark.parametrize(("state", "order", "index"), PLANS)
def test_a_page_of_many_is_read_from_an_index(
    crowd: Work, state: str, order: str, index: str
) -> None:
    with statements(crowd.session.get_bind()) as sent:  # type: ignore[arg-type]
        page = listed(crowd, ChangeFilter(state, order=order))
    assert len(page.items) == 50
    rows = lists._valued(  # noqa: SLF001  the very statement of the page
        lists._ORDERS[lists.order_of(ChangeFilter(state, order=order))],  # noqa: SLF001
        lists._in_states(lists.states_of(state)),  # noqa: SLF001
        None,
        51,
    )
    plan = explained(crowd, rows)
    assert index in plan, plan
    assert len(sent) <= 7


def explained(work: Work, rows: Any) -> str:
    """Return the database's plan of a statement, as text."""
    bind = work.session.get_bind()
    said = str(rows.compile(bind, compile_kwargs={"literal_binds": True}))
    word = "EXPLAIN QUERY PLAN" if bind.dialect.name == "sqlite" else "EXPLAIN"
    return "\n".join(str(row) for row in work.session.execute(text(f"{word} {said}")))


def test_the_statements_are_as_many_for_a_thousand_as_for_one(crowd: Work) -> None:
    def count(limit: int) -> int:
        with statements(crowd.session.get_bind()) as sent:  # type: ignore[arg-type]
            listed(crowd, ChangeFilter(), limit=limit)
        return len(sent)

    count(1)  # the estate is read once and kept
    assert count(1) == count(200)
