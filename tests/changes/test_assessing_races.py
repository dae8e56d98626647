"""Two people assess and waive at once: nothing twice, nobody stands in front of a closed door."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from changes.actions import assessing
from changes.lifecycle import Effect, State
from changes.models import CollisionFinding, CollisionWaiver
from changes.queries import assessment as queries
from ssoc.core.errors import Conflict
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories


@pytest.fixture
def pair(runtime: Runtime) -> list[int]:
    """Store two changes in each other's way."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        parts = [("core-ke", Effect.DOWN)]
        return [factories.change(work, ["KE"], parts, state=State.APPROVED).id for _ in range(2)]


def test_both_sides_assessed_at_once_store_each_finding_once(
    runtime: Runtime, pair: list[int]
) -> None:
    """The key is the database's business."""

    def assess(number: int) -> None:
        with runtime.work(SYSTEM) as work:
            assessing.assess(work, number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(assess, pair * 3))
    with runtime.view(SYSTEM) as work:
        rules = work.session.scalars(select(CollisionFinding.rule)).all()
        found = [each.rule for each in queries.assessment(work, pair[0]).findings]
    assert rules.count("C1") == 1
    assert "C1" in found


def test_two_waivers_at_once_are_one(runtime: Runtime, pair: list[int]) -> None:
    """From both sides of the pair; the second is told who was faster."""
    with runtime.work(SYSTEM) as work:
        for number in pair:
            assessing.assess(work, number)
        key = queries.blocking(work, pair[0])[0].key

    def waive(number: int) -> bool:
        try:
            with runtime.work(SYSTEM) as work:
                assessing.waive(work, number, key, "they only read")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(waive, pair))
    assert sorted(done) == [False, True]
    with runtime.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(CollisionWaiver)) == 1
        assert queries.blocking(work, pair[1]) == []


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("change_id = 1 OR other_id = 1", id="of a change"),
        pytest.param("until > '2026-03-01' AND since < '2026-03-02'", id="of the calendar"),
    ],
)
def test_findings_are_found_by_index(runtime: Runtime, statement: str) -> None:
    """EXPLAIN names an index for what pages ask, also where so small a table is read whole."""
    is_sqlite = runtime.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    with runtime.view(SYSTEM) as work:
        connection = work.session.connection()
        if not is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(
            f"{explain} SELECT * FROM collision_finding WHERE {statement}"  # noqa: S608
        )
        said = " ".join(str(row[-1]) for row in plan)
    assert "ix_collision_finding" in said
    assert "Seq Scan" not in said
    assert "SCAN collision_finding" not in said.replace("SCAN collision_finding USING", "")
