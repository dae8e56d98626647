"""Days compared, stored, run again, explained; what is wrong with extracts leaves no result."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from changes.reconciliation import jobs
from changes.reconciliation.actions import breaks as acts
from changes.reconciliation.actions import planning, storing
from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.queries import days, exits, parallels
from changes.reconciliation.rules.exits import Mark
from changes.reconciliation.rules.outcome import BreakClass
from changes.reconciliation.values import BreakView, RunView, Source, SourceKind
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests.changes.reconciling_story import MONDAY, PLAIN, extract, prepare, run
from tests.factories import person

TUESDAY, WEDNESDAY, FRIDAY = (MONDAY + timedelta(n) for n in (1, 2, 4))
NOON_OF_FRIDAY = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


@pytest.fixture
def parallel(runtime: Runtime, clock: FrozenClock) -> int:
    clock.advance(NOON_OF_FRIDAY - clock.now())
    with runtime.work(SYSTEM) as work:
        return prepare(work)


def day_of(runtime: Runtime, parallel: int, day: date = MONDAY) -> RunView:
    with runtime.view(SYSTEM) as work:
        return days.runs(work, parallel, day)[0]


def breaks_of(runtime: Runtime, run_id: int) -> list[BreakView]:
    with runtime.view(SYSTEM) as work:
        return list(days.breaks(work, run_id).items)


def test_a_day_is_compared_and_kept(runtime: Runtime, parallel: int) -> None:
    number = run(runtime, parallel, "A 100, B 20.50, C 7", "A 100, B 20.50, D 9")
    found = day_of(runtime, parallel)
    assert (found.id, found.has_result, found.is_current, found.breaks) == (number, True, True, 2)
    [total] = found.totals
    assert (total.old, total.new, total.old_matched) == (
        Decimal("127.50"),
        Decimal("129.50"),
        Decimal("120.50"),
    )
    assert total.difference == Decimal("2.00")
    assert {(each.kind, each.breaks) for each in found.classes} == {(BreakClass.MISSING, 2)}
    assert len(found.old_digest) == len(found.new_digest) == 64
    assert [each["old"]["reference"] for each in found.sample] == ["A", "B"]
    kept = {each.reference: each for each in breaks_of(runtime, number)}
    assert (kept["C"].old_amount, kept["C"].new_amount) == (Decimal("7.00"), None)
    assert kept["D"].state is BreakState.OPEN


def test_a_later_run_takes_the_place_and_both_stay(runtime: Runtime, parallel: int) -> None:
    first = run(runtime, parallel, "A 100, C 7", "A 100, D 9")
    with runtime.work(SYSTEM) as work:
        [chosen] = [each.id for each in days.breaks(work, first).items if each.reference == "C"]
        acts.explain(work, parallel, [chosen], "a test sale", "amina")
    second = run(runtime, parallel, "A 100, C 7", "A 100")
    with runtime.view(SYSTEM) as work:
        found = days.runs(work, parallel, MONDAY)
    assert [(each.id, each.is_current) for each in found] == [(second, True), (first, False)]
    [kept] = breaks_of(runtime, second)
    assert (kept.state, kept.explanation, kept.owner) == (
        BreakState.EXPLAINED,
        "a test sale",
        "amina",
    )


def test_a_failed_run_leaves_the_result_that_was(runtime: Runtime, parallel: int) -> None:
    good = run(runtime, parallel, "A 100", "A 100.00")
    bad = run(runtime, parallel, "A 1x0", "A 100")
    with runtime.view(SYSTEM) as work:
        found = {each.id: each for each in days.runs(work, parallel, MONDAY)}
    assert found[good].is_current
    assert not found[bad].has_result
    assert found[bad].fault_count == 1
    [fault] = found[bad].faults
    assert (fault["side"], fault["row"], fault["column"]) == ("old", 2, "amount")
    assert found[bad].totals == [], "nothing half-done"


WRONG = [
    pytest.param("A 100", b"", "is empty", id="an empty file"),
    pytest.param("A 100", b"ref,amount,time\n", "no data is never green", id="no line"),
    pytest.param(
        "A 100",
        extract("A 100", TUESDAY),
        "1 are of the day before or after",
        id="the next day's file",
    ),
    pytest.param(
        "A 100",
        extract("A 100", date(2026, 5, 2)),
        "rows with faults: 0 of the old system and 1 of the new",
        id="another month",
    ),
    pytest.param("A 100", extract("A 100"), "the same, sign by sign", id="the same file twice"),
    pytest.param(
        "A 100",
        b"id,sum\n1,2\n",
        "no column ref, amount, time; it has id, sum; is it the file of the other",
        id="the other system's columns",
    ),
    pytest.param("A 100", extract("A 1.234"), "1 of the new", id="too many decimals"),
    pytest.param(
        "A 100",
        b'ref,amount,time\nA,"1.000,50",2026-03-02 09:00\n',
        "1 of the new",
        id="a decimal comma",
    ),
    pytest.param(
        "A 100",
        b"ref,amount,time\nA,100,02.03.2026 09:00\n",
        "1 of the new",
        id="another form of time",
    ),
    pytest.param("A 100", b"ref,amount,time\nA,100\n", "1 of the new", id="a cell too few"),
    pytest.param(
        "A 100", b"ref,amount,time\n,100,2026-03-02 09:00\n", "1 of the new", id="no reference"
    ),
    pytest.param(
        "A 100",
        b'ref,amount,time\n"A,100,2026-03-02 09:00\n',
        "cannot be read",
        id="a quote that never ends",
    ),
    pytest.param("A 100", b"\xff\xfer\x00e\x00", "UTF-16", id="UTF-16"),
    pytest.param("A 100", bytes(range(256)), "", id="no text at all"),
]


@pytest.mark.parametrize(("old", "new", "reason"), WRONG)
def test_extracts_that_are_wrong_fail_the_day(
    runtime: Runtime, parallel: int, old: str, new: bytes, reason: str
) -> None:
    run(runtime, parallel, old, new)
    found = day_of(runtime, parallel)
    assert reason in found.reason
    assert (found.has_result, found.breaks, found.is_current) == (False, 0, False)
    with runtime.view(SYSTEM) as work:
        standing = exits.standing(work, ["site:12"])["site:12"]
    assert standing.marks[0] == (MONDAY, Mark.FAILED), "no data is never green"


def test_yesterdays_file_again_is_refused(runtime: Runtime, parallel: int) -> None:
    run(runtime, parallel, "A 100", "A 100.00")
    run(runtime, parallel, extract("A 100", MONDAY), "B 1", TUESDAY)
    assert (
        "was the extract of the old system for 2026-03-02"
        in day_of(runtime, parallel, TUESDAY).reason
    )


def test_a_file_on_the_wrong_side_is_known_by_its_name(
    runtime: Runtime, clock: FrozenClock
) -> None:
    clock.advance(NOON_OF_FRIDAY - clock.now())
    with runtime.work(SYSTEM) as work:
        number = prepare(
            work,
            legacy={**PLAIN, "pattern": "new-*.csv"},
            next={**PLAIN, "pattern": "old-*.csv"},
        )
    run(runtime, number, "A 100", "A 100.00")
    assert "it looks like one of the new system" in day_of(runtime, number).reason


def test_marks_zones_and_signs_of_each_system(runtime: Runtime, clock: FrozenClock) -> None:
    clock.advance(NOON_OF_FRIDAY - clock.now())
    other = {
        "columns": {
            "reference": "Beleg",
            "amount": "Betrag",
            "at": "Zeit",
            "currency": "W",
            "side": "S/H",
        },
        "zone": "UTC",
        "time": "%d.%m.%Y %H:%M",
        "mark": ",",
        "group": ".",
        "debits": ["S"],
        "strip_prefixes": ["TX-"],
        "filters": [{"column": "Status", "is": ["ok"]}],
    }
    with runtime.work(SYSTEM) as work:
        number = prepare(work, next=other)
    content = (
        "Beleg;Betrag;W;S/H;Zeit;Status\n"
        "TX-A;1.234,50;KES;H;02.03.2026 06:00;ok\n"
        "TX-B;20,00;kes;S;02.03.2026 06:05;ok\n"
        "TX-C;1,00;KES;S;02.03.2026 06:05;failed\n"
    )
    run(runtime, number, "A 1234.50 09:00, B -20 09:05", content.encode("cp1252"))
    found = day_of(runtime, number)
    assert (found.reason, found.breaks, found.matches["one"]) == ("", 0, 2)


def test_a_timing_break_is_closed_by_the_day_that_brings_it(
    runtime: Runtime, parallel: int
) -> None:
    first = run(runtime, parallel, "A 100, L 50 23:58", "A 100.00")
    [waits] = breaks_of(runtime, first)
    assert waits.kind is BreakClass.MISSING
    run(runtime, parallel, "B 1", "B 1.00, L 50 00:01", TUESDAY)
    assert day_of(runtime, parallel, TUESDAY).breaks == 0
    [closed] = breaks_of(runtime, first)
    assert (closed.state, closed.kind, closed.found_on) == (
        BreakState.CLOSED,
        BreakClass.TIMING,
        TUESDAY,
    )
    run(runtime, parallel, "B 1.0", "B 1.00", TUESDAY)
    [again] = breaks_of(runtime, first)
    assert (again.state, again.found_on) == (BreakState.OPEN, None), "the new run did not find it"


def test_q5_what_is_still_open_is_shown_as_carried(runtime: Runtime, parallel: int) -> None:
    first = run(runtime, parallel, "A 100, L 50", "A 100.00", WEDNESDAY)
    with runtime.work(SYSTEM) as work:
        [waits] = days.breaks(work, first).items
        acts.carry(work, parallel, [waits.id], "juma", "comes with the batch of Saturday")
    run(runtime, parallel, "B 1", "B 1.00", FRIDAY)
    with runtime.view(SYSTEM) as work:
        [shown] = days.carried_into(work, parallel, FRIDAY).items
        assert days.carried_into(work, parallel, WEDNESDAY).items == []
    assert (shown.state, shown.owner, shown.age) == (BreakState.CARRIED, "juma", 2)


def test_the_exit_follows_days_and_explanations(runtime: Runtime, parallel: int) -> None:
    for day in (MONDAY, TUESDAY):
        run(runtime, parallel, f"A{day:%d} 100", f"A{day:%d} 100.00", day)
    third = run(runtime, parallel, "R 100.00, X 5", "R 100.01, X 5.00", WEDNESDAY)
    with runtime.view(SYSTEM) as work:
        before = exits.standing(work, ["site:12", "site:13"])
    assert (before["site:12"].is_met, before["site:12"].streak) == (False, 0)
    assert "no parallel run is planned" in before["site:13"].why
    with runtime.work(SYSTEM) as work:
        acts.explain(work, parallel, [days.breaks(work, third).items[0].id], "half cents")
    with runtime.view(SYSTEM) as work:
        after = exits.standing(work, ["site:12"])["site:12"]
    assert (after.met_on, after.is_met) == (None, False), "Thursday had no run"
    thursday = WEDNESDAY + timedelta(1)
    run(runtime, parallel, "T 1", "T 1.00", thursday)
    with runtime.view(SYSTEM) as work:
        assert exits.standing(work, ["site:12"])["site:12"].met_on == WEDNESDAY


def test_an_explained_break_worth_more_than_e_is_not_clean(runtime: Runtime, parallel: int) -> None:
    first = run(runtime, parallel, "A 100, B 5", "A 100.00")
    with runtime.work(SYSTEM) as work:
        [lone] = days.breaks(work, first).items
        acts.explain(work, parallel, [lone.id], "lost on the way")

    def mark() -> Mark:
        with runtime.view(SYSTEM) as work:
            return exits.standing(work, ["site:12"])["site:12"].marks[0][1]

    assert mark() is Mark.VALUE
    with runtime.work(SYSTEM) as work:
        acts.carry(work, parallel, [lone.id], "juma", "asks the bank")
    assert mark() is Mark.VALUE, "a name beside it makes it no smaller"
    with runtime.work(SYSTEM) as work:
        acts.close(work, parallel, [lone.id], "booked by hand as JV-12")
    assert mark() is Mark.CLEAN


def test_many_breaks_are_judged_at_once_or_none(runtime: Runtime, parallel: int) -> None:
    first = run(runtime, parallel, "A 1, B 2, C 3", "Z 9")
    numbers = [each.id for each in breaks_of(runtime, first)]
    with runtime.work(SYSTEM) as work:
        acts.assign(work, parallel, numbers, "juma")
        acts.explain(work, parallel, numbers[:2], "test sales")
    with pytest.raises(IllegalMove), runtime.work(SYSTEM) as work:
        acts.close(work, parallel, numbers, "done")
    states = [each.state.value for each in breaks_of(runtime, first)]
    assert states == ["explained", "explained", "open", "open"]
    with pytest.raises(NotFound), runtime.work(SYSTEM) as work:
        acts.explain(work, parallel, [*numbers, 10**9], "x")
    with pytest.raises(BadInput, match="no person named nobody"), runtime.work(SYSTEM) as work:
        acts.assign(work, parallel, numbers, "nobody")


def test_who_may(runtime: Runtime, parallel: int) -> None:
    with pytest.raises(NotAllowed):
        run(runtime, parallel, "A 1", "A 1.0", actor=person("eve", Role.AUDITOR))
    with pytest.raises(NotFound):
        run(runtime, parallel, "A 1", "A 1.0", actor=person("tom", Role.SITE_TEAM, "TZ"))
    assert run(runtime, parallel, "A 1", "A 1.0", actor=person("sam", Role.SITE_TEAM, "KE"))
    with pytest.raises(NotAllowed), runtime.work(person("sam", Role.SITE_TEAM)) as work:
        planning.end(work, parallel, "enough")


@pytest.mark.parametrize("day", [MONDAY - timedelta(1), FRIDAY + timedelta(1)])
def test_days_outside_are_refused(runtime: Runtime, parallel: int, day: date) -> None:
    with pytest.raises(BadInput):
        run(runtime, parallel, "A 1", "A 1.0", day)


def test_of_two_who_run_a_day_at_once_one_wins(
    runtime: Runtime, parallel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read and matched before either stores."""
    both, store = threading.Barrier(2, timeout=20), storing.store
    told: list[str] = []

    def together(work, result):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        return store(work, result)

    original = storing.waiting

    def waits(work, parallel_id, day):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        found = original(work, parallel_id, day)
        if threading.current_thread() is not threading.main_thread():
            both.wait()
        return found

    monkeypatch.setattr(storing, "waiting", waits)
    monkeypatch.setattr(storing, "store", together)

    def go(name: str) -> None:
        try:
            run(runtime, parallel, f"A {name}", f"A {name}.0", actor=person("sam", Role.SITE_TEAM))
            told.append("stored")
        except Conflict:
            told.append("refused")

    threads = [threading.Thread(target=go, args=(name,)) for name in ("1", "2")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(told) == ["refused", "stored"]
    with runtime.view(SYSTEM) as work:
        assert len(days.runs(work, parallel, MONDAY)) == 1


def fetching(runtime: Runtime, folder: Path) -> Runtime:
    settings = runtime.settings
    changes = replace(settings.changes, extract_folder=str(folder))
    return replace(runtime, settings=replace(settings, changes=changes))


def test_days_are_fetched_when_due(
    runtime: Runtime, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(datetime(2026, 3, 3, 6, 0, tzinfo=UTC) - clock.now())
    runtime = fetching(runtime, tmp_path)
    base = create_engine(f"sqlite:///{tmp_path}/new.db")
    with base.begin() as connection:
        connection.execute(text("CREATE TABLE sale (ref TEXT, amount NUMERIC, time TEXT)"))
        connection.execute(text("INSERT INTO sale VALUES ('A', 100, '2026-03-02 09:00:00')"))
    base.dispose()
    address = f"sqlite:///file:{tmp_path}/new.db?mode=ro&uri=true"
    monkeypatch.setenv("SSOC_TEST_EXTRACT", address)
    query = "SELECT ref, amount, time FROM sale WHERE time >= :since AND time < :until"
    with runtime.work(SYSTEM) as work:
        number = prepare(
            work,
            old=Source(SourceKind.FOLDER, "legacy", path="old/{day}.csv"),
            new=Source(SourceKind.SQL, "next", url="env:SSOC_TEST_EXTRACT", query=query),
            due_minute=600,
        )
    jobs.reconcile_due(runtime)
    with runtime.view(SYSTEM) as work:
        assert days.runs(work, number) == [], "not due before ten"
    clock.advance(timedelta(hours=2))
    jobs.reconcile_due(runtime)
    found = day_of(runtime, number)
    assert "there is no 2026-03-02.csv in the folder" in found.reason
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "2026-03-02.csv").write_bytes(extract("A 100"))
    jobs.reconcile_due(runtime)
    with runtime.view(SYSTEM) as work:
        assert len(days.runs(work, number)) == 1, "tried once an hour"
    clock.advance(timedelta(hours=1))
    jobs.reconcile_due(runtime)
    found = day_of(runtime, number)
    assert (found.reason, found.has_result, found.breaks) == ("", True, 0)
    clock.advance(timedelta(hours=1))
    jobs.reconcile_due(runtime)
    with runtime.view(SYSTEM) as work:
        assert len(days.runs(work, number)) == 2, "what is done is not done again"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (Source(SourceKind.SQL, "legacy", url="env:X", query="DELETE FROM sale"), "one SELECT"),
        (
            Source(SourceKind.SQL, "legacy", url="env:X", query="SELECT 1; DROP TABLE x"),
            "one SELECT",
        ),
        (
            Source(SourceKind.SQL, "legacy", url="postgresql://u:p@h/x", query="SELECT 1"),
            "env:NAME",
        ),
        (Source(SourceKind.FOLDER, "legacy", path="../{day}.csv"), "not below"),
        (Source(SourceKind.FOLDER, "legacy", path="fixed.csv"), "must hold {day}"),
        (Source(definition="nowhere"), "no definition 'nowhere'"),
    ],
)
def test_sources_that_could_do_harm_are_refused(
    runtime: Runtime, tmp_path: Path, source: Source, fault: str
) -> None:
    runtime = fetching(runtime, tmp_path)
    with pytest.raises(BadInput, match=fault.replace("{", r"\{")), runtime.work(SYSTEM) as work:
        prepare(work, old=source)


def test_a_host_that_is_not_allowed_is_not_asked(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(NOON_OF_FRIDAY - clock.now())
    monkeypatch.setenv("SSOC_TEST_EXTRACT", "postgresql+psycopg://u:secret@db.example/x")
    with runtime.work(SYSTEM) as work:
        source = Source(SourceKind.SQL, "next", url="env:SSOC_TEST_EXTRACT", query="SELECT 1")
        number = prepare(work, new=source)
    from io import BytesIO

    from changes.reconciliation.actions.reconciling import Given, reconcile
    from changes.reconciliation.rules.lines import Side

    reconcile(runtime, SYSTEM, number, MONDAY, {Side.OLD: Given("o", BytesIO(extract("A 1")))})
    found = day_of(runtime, number)
    assert "db.example is not in extract_hosts" in found.reason
    assert "secret" not in found.reason


def test_lists_cost_the_same_however_many(runtime: Runtime, parallel: int) -> None:
    from tests.web.counting import statements

    def cost() -> int:
        with runtime.view(SYSTEM) as work, statements(runtime.engine) as seen:
            exits.standing(work, [f"site:{n}" for n in range(20)])
            parallels.listed(work)
        return len(seen)

    one = cost()
    with runtime.work(SYSTEM) as work:
        for n in range(13, 18):
            prepare(work, subject=f"site:{n}")
    assert cost() == one
