"""Gates as people read them: the whole gate, evidence to its end, by indexes, per market."""

import pytest
from sqlalchemy import event

from changes.gates.actions import opening
from changes.gates.actions.recording import MeasurementDraft, record
from changes.gates.lifecycle import Judgement, Phase
from changes.gates.queries import due, gates
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.gates import story
from tests.changes.gates.definitions import row
from tests.changes.gates.story import MINUTE, metric, turn


def _recorded(runtime: Runtime, clock: FrozenClock, count: int) -> int:
    """Return a gate with so many recorded measurements in Kenya."""
    with runtime.work(SYSTEM) as work:
        content = {"metrics": [row(interval="1m", success_condition="result < 1e9")]}
        number = opening.open_gate(work, "brake:2", content, ["KE", "MZ"])
    for start in range(0, count, 100):
        with runtime.work(SYSTEM) as work:
            for value in range(start, min(start + 100, count)):
                assert record(work, number, "figure", "KE", MeasurementDraft(float(value), 10))
    clock.advance(MINUTE)
    return number


def test_s14_five_hundred_measurements_are_all_readable(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = _recorded(runtime, clock, 500)
    seen: list[float | None] = []
    cursor = ""
    with runtime.view(SYSTEM) as work:
        while True:
            page = gates.evidence(work, number, "figure", "KE", cursor, 70)
            seen += [each.value for each in page.items]
            cursor = page.next
            if not cursor:
                break
        assert [each.value for each in gates.points(work, number, "figure", "KE")] == seen[::-1]
    assert seen == [float(each) for each in range(499, -1, -1)]


def test_a_gate_as_it_stands(runtime: Runtime, clock: FrozenClock) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(failure_condition="result < 95"), components=["core-ke"])
    turn(runtime, clock, 1, KE=99.9, MZ=97, LS=99.9)
    with runtime.view(SYSTEM) as work:
        found = gates.gate(work, number)
    assert (found.about, found.phase, found.components) == (
        "wave:7",
        Phase.INCONCLUSIVE,
        ("core-ke",),
    )
    assert dict(found.markets) == {
        "KE": Phase.SUCCESSFUL,
        "LS": Phase.SUCCESSFUL,
        "MZ": Phase.INCONCLUSIVE,
    }
    worst = next(each for each in found.series if each.market == "MZ")
    assert worst.newest is not None
    assert (worst.newest.value, worst.newest.samples) == (97, 100)
    assert worst.newest.judgement is Judgement.INCONCLUSIVE
    assert [(each.sign, each.figure) for each in worst.metric.limits] == [(">=", 99), (">=", 95)]
    assert found.through == worst.newest.id
    assert "success in MZ: inconclusive" in found.words
    with runtime.work(SYSTEM) as work:
        opening.consume(work, number)
    with runtime.view(SYSTEM) as work:
        (page,) = gates.evidence(work, number, "success", "MZ").items
        assert page.is_consumed
        assert gates.gate(work, number).words == "running: 0 of 3 decided"
        assert gates.gates_of(work, "wave:7") == [number]


@pytest.mark.parametrize("markets", [("KE",), ("KE", "LS", "MZ")])
def test_statements_do_not_grow_with_the_gate(
    runtime: Runtime, clock: FrozenClock, markets: tuple[str, ...]
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric("a"), metric("b"), metric("c"), markets=markets)
    turn(runtime, clock, 1, **dict.fromkeys(markets, 99.9))
    seen: list[str] = []
    with runtime.view(SYSTEM) as work:
        connection = work.session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
        gates.gate(work, number)
    assert len(seen) == 3


def test_only_who_sees_one_of_its_markets_sees_a_gate(runtime: Runtime, clock: FrozenClock) -> None:
    number = _recorded(runtime, clock, 1)
    with runtime.view(factories.person("amina", Role.NOC_OPERATOR, "KE")) as work:
        assert gates.gate(work, number).markets["MZ"] is Phase.PENDING, "the whole of it"
        assert gates.gates_of(work, "brake:2") == [number]
    with runtime.view(factories.person("juma", Role.NOC_OPERATOR, "LS")) as work:
        assert gates.gates_of(work, "brake:2") == []
        for ask in (gates.gate, lambda w, n: gates.evidence(w, n, "figure", "KE")):
            with pytest.raises(NotFound, match=f"no gate {number} that you may see"):
                ask(work, number)


def test_what_is_not_there_is_said(runtime: Runtime, clock: FrozenClock) -> None:
    number = _recorded(runtime, clock, 1)
    with runtime.view(SYSTEM) as work:
        for strange in (0, -1, 2**70):
            with pytest.raises(NotFound):
                gates.gate(work, strange)
        with pytest.raises(NotFound, match="no metric 'speed' in KE"):
            gates.points(work, number, "speed", "KE")
        for cursor in ("x", "9" * 40, "-1", "²"):
            with pytest.raises(BadInput, match="cursor"):
                gates.evidence(work, number, "figure", "KE", cursor)
        with pytest.raises(BadInput, match="limit is from 1"):
            gates.evidence(work, number, "figure", "KE", "", 0)


def test_reads_use_their_indexes(runtime: Runtime, clock: FrozenClock) -> None:
    """What is due and what is read page by page must not walk through all evidence."""
    number = _recorded(runtime, clock, 20)
    with runtime.view(SYSTEM) as work:
        dialect = work.session.get_bind().dialect
        if dialect.name == "postgresql":
            work.session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            work.session.connection().exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        for statement, index in (
            (gates.evidence_rows(number, "figure", "KE", 200).limit(51), "uq_gate_measurement"),
            (due.due_rows(work.now), "ix_gate_series_next_at"),
        ):
            compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
            lines = work.session.connection().exec_driver_sql(explain + str(compiled)).all()
            plan = "\n".join(str(line) for line in lines)
            assert index in plan or "sqlite_autoindex_gate_measurement" in plan, plan
            assert "SCAN gate_" not in plan, plan
