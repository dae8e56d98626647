"""Lists of parallel runs and of breaks: filters, pages, counts, files; what is cut is told."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from changes.reconciliation.actions import breaks as acts
from changes.reconciliation.actions import many
from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.queries import break_list, days, exits, exporting, parallels
from changes.reconciliation.queries.break_list import BreakFilter
from changes.reconciliation.queries.overview import NOBODY, RunFilter, overview, run_rows
from changes.reconciliation.rules.groups import Group
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests.changes.reconciling_story import MONDAY, prepare, run
from tests.factories import person
from tests.web.counting import statements

DAY = timedelta(days=1)
TUESDAY, WEDNESDAY = MONDAY + DAY, MONDAY + 2 * DAY
THURSDAY_NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
TANZANIA = person("asha", Role.SITE_TEAM, "TZ")
KENYA = person("amina", Role.SITE_TEAM, "KE")
READER = person("ed", Role.AUDITOR, "KE")


@pytest.fixture
def runs(runtime: Runtime, clock: FrozenClock) -> dict[str, int]:
    """Four parallel runs on Thursday at noon: clean, with breaks, without a run, elsewhere."""
    clock.advance(THURSDAY_NOON - clock.now())
    with runtime.work(SYSTEM) as work:
        made = {
            name: prepare(work, subject=f"site:{at}", title=f"Shop {name}")
            for at, name in enumerate(("clean", "unclean", "missing"), 1)
        }
    with runtime.work(SYSTEM) as work:
        made["abroad"] = prepare(work, subject="site:9", title="Duka", market="TZ")
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        run(runtime, made["clean"], "A 100, B 2", "B 2, A 100", day)
    run(runtime, made["unclean"], "A 100, B 20, C 7, D 1", "B 20, A 99", MONDAY)
    run(runtime, made["unclean"], "A 100, B 20", "B 20, A 100", TUESDAY)
    run(runtime, made["unclean"], "E 100, F 20", "F 20, E 50", WEDNESDAY)
    run(runtime, made["missing"], "A 100, B 2", "B 2, A 100", MONDAY)
    run(runtime, made["abroad"], "A 9, B 2", "B 2", WEDNESDAY)
    return made


def found(runtime: Runtime, actor: Any = SYSTEM, **wanted: Any) -> list[tuple[str, str]]:
    with runtime.view(actor) as work:
        lines = overview(work, RunFilter(**wanted)).lines
    return [(each.view.title, each.group.value) for each in lines]


def test_parallel_runs_that_need_somebody_come_first(
    runtime: Runtime, runs: dict[str, int]
) -> None:
    assert found(runtime) == [
        ("Shop missing", "missing"),
        ("Shop unclean", "unclean"),
        ("Duka", "unclean"),
        ("Shop clean", "exit met"),
    ]
    with runtime.view(SYSTEM) as work:
        seen = overview(work, RunFilter())
    assert seen.counts == {Group.MISSING: 1, Group.UNCLEAN: 2, Group.MET: 1}
    opened = next(each.open for each in seen.lines if each.view.title == "Shop unclean")
    assert (opened.count, opened.oldest, opened.age) == (4, MONDAY, 3)
    assert opened.values == {"KES": Decimal("59.00")}, "1 + 7 + 1 + 50"
    assert (list(opened.owners), opened.unowned) == ([], 4)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        pytest.param({"market": "TZ"}, ["Duka"], id="market"),
        pytest.param({"words": "shop CLEAN"}, ["Shop unclean", "Shop clean"], id="words"),
        pytest.param({"words": "site:9"}, ["Duka"], id="subject in words"),
        pytest.param({"words": "100%"}, [], id="a sign that a database would take for any"),
        pytest.param({"subjects": {"site:1"}}, ["Shop clean"], id="subjects of a wave"),
        pytest.param({"subjects": ()}, [], id="a wave without sites"),
        pytest.param({"group": "unclean"}, ["Shop unclean", "Duka"], id="state"),
        pytest.param({"day": TUESDAY, "group": "clean"}, ["Shop unclean", "Shop clean"], id="day"),
        pytest.param({"day": MONDAY, "group": "missing"}, ["Duka"], id="missing on a day"),
        pytest.param({"day": date(2026, 2, 27)}, [], id="a day before all"),
        pytest.param({"owner": NOBODY}, ["Shop unclean", "Duka"], id="breaks nobody owns"),
        pytest.param({"owner": "juma"}, [], id="an owner without any"),
        pytest.param({"group": "ended"}, [], id="ended"),
    ],
)
def test_parallel_runs_are_filtered(
    runtime: Runtime, runs: dict[str, int], wanted: dict[str, Any], names: list[str]
) -> None:
    assert [name for name, _ in found(runtime, **wanted)] == names


def test_one_sees_parallel_runs_and_breaks_of_ones_own_markets(
    runtime: Runtime, runs: dict[str, int]
) -> None:
    assert found(runtime, TANZANIA) == [("Duka", "unclean")]
    with runtime.view(TANZANIA) as work:
        seen = break_list.page(work, BreakFilter())
        other = break_list.page(work, BreakFilter(parallel_id=runs["unclean"]))
    assert [each.title for each in seen.items] == ["Duka"]
    assert (list(other.items), other.whole) == ([], 0)


def breaks(runtime: Runtime, **wanted: Any) -> list[str]:
    with runtime.view(SYSTEM) as work:
        items = break_list.page(work, BreakFilter(**wanted)).items
    return [f"{each.view.reference} {each.view.day:%a} {each.market}" for each in items]


ALL = ["A Mon KE", "C Mon KE", "D Mon KE", "E Wed KE", "A Wed TZ"]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        pytest.param({}, ALL, id="oldest first"),
        pytest.param({"order": "amount"}, ["E", "A Wed TZ", "C", "A Mon KE", "D"], id="largest"),
        pytest.param({"kind": "missing"}, ["C", "D", "A Wed TZ"], id="class"),
        pytest.param({"age": 2}, ["A Mon KE", "C", "D"], id="age in business days"),
        pytest.param({"age": 3}, ["A Mon KE", "C", "D"], id="the age itself is within"),
        pytest.param({"age": 4}, [], id="older than any"),
        pytest.param({"amount": Decimal("7.00")}, ["C", "E", "A Wed TZ"], id="amount, edge within"),
        pytest.param({"amount": Decimal("7.001")}, ["E", "A Wed TZ"], id="amount above the edge"),
        pytest.param({"market": "TZ"}, ["A Wed TZ"], id="market"),
        pytest.param({"day": WEDNESDAY}, ["E", "A Wed TZ"], id="day"),
        pytest.param({"words": "e"}, ["E"], id="reference"),
        pytest.param({"owner": NOBODY}, ALL, id="nobody's"),
        pytest.param({"owner": "juma"}, [], id="somebody's"),
        pytest.param({"state": "explained"}, [], id="state"),
        pytest.param({"state": "any"}, ALL, id="any state"),
        pytest.param({"currency": "TZS"}, [], id="currency"),
    ],
)
def test_breaks_are_filtered(
    runtime: Runtime, runs: dict[str, int], wanted: dict[str, Any], left: list[str]
) -> None:
    seen = breaks(runtime, **wanted)
    assert len(seen) == len(left)
    assert all(one.startswith(other) for one, other in zip(seen, left, strict=True)), seen


@pytest.mark.parametrize("order", ["oldest", "amount"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_break_is_on_one_page_alone(
    runtime: Runtime, runs: dict[str, int], order: str, size: int
) -> None:
    def pages() -> Iterator[int]:
        cursor = ""
        with runtime.view(SYSTEM) as work:
            while True:
                one = break_list.page(work, BreakFilter(order=order), cursor, size)
                assert one.whole == 5
                yield from (each.view.id for each in one.items)
                cursor = one.next
                if not cursor:
                    return

    seen = list(pages())
    assert len(seen) == 5
    assert len(set(seen)) == 5


@pytest.mark.parametrize(
    ("wanted", "cursor"),
    [
        ({"state": "lost"}, ""),
        ({"kind": "odd"}, ""),
        ({"order": "colour"}, ""),
        ({"amount": Decimal("NaN")}, ""),
        ({"amount": Decimal("1e40")}, ""),
        ({"amount": Decimal(-1)}, ""),
        ({"age": 10_000}, ""),
        ({}, "x"),
        ({}, "2026-03-02"),
        ({}, "2026-03-02.x"),
        ({"order": "amount"}, "2026-03-02.4"),
        ({"order": "amount"}, "9" * 30 + ".1"),
    ],
)
def test_odd_filters_of_breaks_are_refused(
    runtime: Runtime, runs: dict[str, int], wanted: dict[str, Any], cursor: str
) -> None:
    with runtime.view(SYSTEM) as work, pytest.raises(BadInput):
        break_list.page(work, BreakFilter(**wanted), cursor)


def test_breaks_of_many_parallel_runs_are_judged_at_once(
    runtime: Runtime, runs: dict[str, int]
) -> None:
    with runtime.work(SYSTEM) as work:
        numbers = break_list.numbers(work, BreakFilter(kind="missing"))
        assert many.judge(work, "assign", numbers, owner="juma") == 3
        assert many.judge(work, "explain", numbers, "till was closed", "juma") == 3
    assert breaks(runtime) == ["A Mon KE", "E Wed KE"]
    assert len(breaks(runtime, state="explained", owner="juma")) == 3


def test_all_of_them_or_none(runtime: Runtime, runs: dict[str, int]) -> None:
    """Amina works in Kenya; one of the chosen breaks is Tanzania's."""
    with runtime.view(SYSTEM) as work:
        numbers = break_list.numbers(work, BreakFilter())
    with pytest.raises(NotFound), runtime.work(KENYA) as work:
        many.judge(work, "explain", numbers, "all fine")
    with pytest.raises(NotAllowed), runtime.work(READER) as work:
        many.judge(work, "explain", numbers[:1], "all fine")
    with pytest.raises(NotFound, match="there is no break 999"), runtime.work(SYSTEM) as work:
        many.judge(work, "explain", [*numbers, 999], "all fine")
    for act, given in (("tidy", numbers), ("explain", []), ("explain", [0]), ("explain", [-1])):
        with pytest.raises(BadInput), runtime.work(SYSTEM) as work:
            many.judge(work, act, given, "all fine")
    assert breaks(runtime) == ALL


def test_breaks_leave_as_a_file_that_no_spreadsheet_takes_for_formulas(
    runtime: Runtime, runs: dict[str, int]
) -> None:
    run(runtime, runs["unclean"], "=1+1 100, B 20", "B 20", WEDNESDAY)
    with runtime.view(SYSTEM) as work:
        rows = exporting.table(work, BreakFilter(kind="missing", day=WEDNESDAY, market="KE"))
    read = list(csv.reader(io.StringIO(exporting.as_csv(rows).decode("utf-8-sig"))))
    assert read[0] == list(exporting.HEADER)
    told = dict(zip(read[0], read[1], strict=True))
    assert told["reference"] == "'=1+1"
    assert (told["old amount"], told["new amount"], told["difference"]) == ("100.00", "", "-100.00")
    assert (told["day"], told["age in business days"]) == ("2026-03-04", "1")
    page = load_workbook(io.BytesIO(exporting.as_workbook(rows))).active
    assert page is not None
    cells = [[each.value for each in row] for row in page.iter_rows()]
    assert cells[1][5] == "'=1+1"
    assert cells[1][9] == -100


def test_what_is_cut_is_told_and_never_meets_an_exit(
    runtime: Runtime, runs: dict[str, int]
) -> None:
    """5,003 breaks: 5,000 are kept and explained, 3 are only counted."""
    number = runs["clean"]
    many_rows = ", ".join(f"R{at} {at + 1}" for at in range(5_003))
    run(runtime, number, f"A 100, {many_rows}", "A 100", WEDNESDAY)
    with runtime.view(SYSTEM) as work:
        seen = break_list.page(work, BreakFilter(parallel_id=number))
        assert (seen.whole, seen.unlisted) == (5_000, 3)
        assert min(each.view.difference for each in seen.items) < 0
        with pytest.raises(BadInput, match="more than 1000 breaks"):
            break_list.numbers(work, BreakFilter(parallel_id=number))
    for _ in range(5):
        with runtime.work(SYSTEM) as work:
            page, some, cursor = BreakFilter(parallel_id=number), [], ""
            for _ in range(5):
                one = break_list.page(work, page, cursor, 200)
                some += [each.view.id for each in one.items]
                cursor = one.next
            acts.carry(work, number, some, "juma", "a batch of yesterday")
    with runtime.view(SYSTEM) as work:
        assert break_list.page(work, BreakFilter(parallel_id=number)).whole == 0
        where = exits.standing(work, ["site:1"])["site:1"]
        line = next(each for each in overview(work, RunFilter()).lines if each.view.id == number)
    assert not where.is_met
    assert where.why.endswith("Wed 04 Mar had 3 breaks that nobody has explained")
    assert (line.group, line.open.count, line.open.unlisted) == (Group.UNCLEAN, 0, 3)
    run(runtime, number, "A 100, B 3", "B 3, A 100", WEDNESDAY)
    with runtime.view(SYSTEM) as work:
        assert exits.standing(work, ["site:1"])["site:1"].is_met, "compared again, whole"
        assert days.runs(work, number, WEDNESDAY)[0].unlisted == 0


def test_lists_cost_the_same_however_many(runtime: Runtime, runs: dict[str, int]) -> None:
    def cost() -> int:
        with runtime.view(SYSTEM) as work, statements(runtime.engine) as seen:
            overview(work, RunFilter(day=WEDNESDAY))
            break_list.page(work, BreakFilter(age=1, amount=Decimal(1)))
        return len(seen)

    few = cost()
    with runtime.work(SYSTEM) as work:
        more = [prepare(work, subject=f"site:{n}", title=f"S{n}") for n in range(20, 26)]
    for each in more:
        run(runtime, each, "A 100, B 20", "B 20", WEDNESDAY)
    assert cost() == few


def test_the_statements_of_the_lists_use_their_indexes(
    runtime: Runtime, runs: dict[str, int]
) -> None:
    dialect = runtime.engine.dialect
    is_sqlite = dialect.name == "sqlite"
    with runtime.view(SYSTEM) as work:
        known = {each.id: each for each in work.session.scalars(run_rows(work, RunFilter()))}
        statement = break_list.break_rows(work, BreakFilter(), known, "").limit(101)
        compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        connection = work.session.connection()
        if not is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        lines = connection.exec_driver_sql(explain + str(compiled)).all()
    plan = "\n".join(str(line) for line in lines)
    assert "ix_recon_break_state" in plan or "ix_recon_break_run" in plan, plan
    assert "SCAN recon_break" not in plan, plan
    assert BreakState.OPEN in str(compiled).lower() or BreakState.OPEN.name in str(compiled)
    assert parallels.MOST
