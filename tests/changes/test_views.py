"""A change as a value: its spans, and who sees it."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from changes import queries
from changes.lifecycle import Effect
from changes.models import Change
from changes.values import plan_digest
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Role
from ssoc.core.work import Runtime, Work
from tests import factories


def test_a_change_comes_back_whole(work: Work) -> None:
    row = factories.change(
        work,
        ["TZ", "KE"],
        [("core", Effect.DOWN)],
        [{"title": "Stop", "planned_minutes": 5}, {"title": "Start", "needs": [1]}],
        preparation_minutes=30,
        rollback_minutes=40,
        soak_minutes=20,
        people=["ana"],
        tests=[{"name": "Load test", "evidence": "run 7", "passed": True}],
        notices=[{"to": "partners", "market": "KE", "hours_before": 48}],
    )
    view = queries.change(work, row.id)
    assert (view.reference, view.markets) == (f"CHG-{row.id}", ("KE", "TZ"))
    assert [(each.component, each.effect) for each in view.touched] == [("core", Effect.DOWN)]
    assert [(each.position, each.title, each.needs) for each in view.steps] == [
        (1, "Stop", ()),
        (2, "Start", (1,)),
    ]
    assert view.starts_at
    assert view.ends_at
    assert view.span
    assert view.span.since == view.starts_at - timedelta(minutes=30)
    assert view.span.until == view.ends_at + timedelta(minutes=60)
    assert view.checkpoint == view.ends_at - timedelta(minutes=40)
    assert view.people_at_work == {"imre", "ana"}
    assert (view.tests[0].passed, view.notices[0].hours_before) == (True, 48)


def test_many_changes_cost_as_many_statements_as_one(runtime: Runtime) -> None:
    with runtime.work(factories.person("rita", Role.CHANGE_MANAGER)) as work:
        for _ in range(12):
            factories.change(work, ["KE", "TZ"], steps=[{}, {}])
    seen: list[str] = []

    def count(*given: object) -> None:
        seen.append(str(given[2]))

    with runtime.view(factories.person("rita", Role.CHANGE_MANAGER)) as work:
        rows = list(work.session.scalars(select(Change)))
        event.listen(runtime.engine, "before_cursor_execute", count)
        try:
            assert len(queries.changes_of(work, rows)) == 12
        finally:
            event.remove(runtime.engine, "before_cursor_execute", count)
    assert len([each for each in seen if "change_" in each]) == 3


def test_who_sees_one_of_its_markets_sees_the_change_others_do_not(runtime: Runtime) -> None:
    with runtime.work(factories.person("rita", Role.CHANGE_MANAGER)) as work:
        number = factories.change(work, ["KE", "TZ"]).id
    with runtime.view(factories.person("tina", Role.NOC_OPERATOR, "TZ")) as work:
        assert queries.change(work, number).markets == ("KE", "TZ")
    gita = factories.person("gita", Role.NOC_OPERATOR, "GH")
    with runtime.view(gita) as work, pytest.raises(NotFound, match="that you may see"):
        queries.change(work, number)


@pytest.mark.parametrize(
    ("field", "value", "is_other"),
    [
        ("ends_at", factories.at(99_999), True),
        ("rollback_plan", "restore the snapshot", True),
        ("implementer", "ida", False),
        ("purpose", "another reason", False),
    ],
)
def test_what_an_approval_is_about(work: Work, field: str, value: object, is_other: bool) -> None:
    row = factories.change(work)
    before = plan_digest(queries.change(work, row.id))
    setattr(row, field, value)
    assert (plan_digest(queries.change(work, row.id)) != before) is is_other
