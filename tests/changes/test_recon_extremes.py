"""Days that lack, clocks that differ, files that are odd: a clear result, and nothing half-done."""

import gzip
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from changes.reconciliation import jobs
from changes.reconciliation.actions import planning
from changes.reconciliation.models import ReconBreak
from changes.reconciliation.queries import days, parallels
from changes.reconciliation.rules.exits import Mark
from changes.reconciliation.rules.outcome import BreakClass
from changes.reconciliation.values import RunView
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.models import IS_OPEN, Alert
from tests.changes.reconciling_story import MONDAY, PLAIN, extract, prepare, run

FRIDAY_NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(1)
UTC_CLOCK = {**PLAIN, "zone": "UTC"}


def at(clock: FrozenClock, instant: datetime) -> None:
    clock.advance(instant - clock.now())


def newest(runtime: Runtime, parallel: int, day: date) -> RunView:
    with runtime.view(SYSTEM) as work:
        return days.runs(work, parallel, day)[0]


def alarms(runtime: Runtime) -> list[tuple[str, str]]:
    with runtime.view(SYSTEM) as work:
        rows = select(Alert.market, Alert.summary).where(Alert.name == jobs.MISSING, IS_OPEN)
        return [(market, said) for market, said in work.session.execute(rows)]


# ---- a day without a result is an alert of its market


def test_a_day_that_lacks_is_an_alert_until_it_is_there(
    runtime: Runtime, clock: FrozenClock
) -> None:
    """Monday's run is due on Tuesday at ten in Nairobi: 07:00Z."""
    with runtime.work(SYSTEM) as work:
        number = prepare(work)
    at(clock, datetime(2026, 3, 3, 6, 59, tzinfo=UTC))
    jobs.reconcile_due(runtime)
    assert alarms(runtime) == []
    at(clock, datetime(2026, 3, 3, 7, 0, tzinfo=UTC))
    jobs.reconcile_due(runtime)
    said = "days of parallel runs without a result: Shop 12 02 Mar"
    assert alarms(runtime) == [("KE", said)]
    jobs.reconcile_due(runtime)
    assert alarms(runtime) == [("KE", said)], "once"
    run(runtime, number, "A 1", b"ref,amount,time\nA,one,2026-03-02 09:00\n")
    jobs.reconcile_due(runtime)
    assert alarms(runtime) == [("KE", said)], "a run with faults is no result"
    run(runtime, number, "A 1, B 2", "A 1")
    jobs.reconcile_due(runtime)
    assert alarms(runtime) == [], "unclean, and there"
    at(clock, datetime(2026, 3, 4, 12, tzinfo=UTC))
    jobs.reconcile_due(runtime)
    assert len(alarms(runtime)) == 1
    with runtime.work(SYSTEM) as work:
        planning.end(work, number, "the shop closed")
    with runtime.view(SYSTEM) as work:
        assert jobs.lacking(work) == []
    jobs.reconcile_due(runtime)
    assert alarms(runtime) == []


def test_several_days_that_lack_break_the_row(runtime: Runtime, clock: FrozenClock) -> None:
    at(clock, FRIDAY_NOON)
    with runtime.work(SYSTEM) as work:
        number = prepare(work)
    for day in (MONDAY, MONDAY + timedelta(2), MONDAY + timedelta(3)):
        run(runtime, number, "A 1", "A 1.00", day)
    jobs.reconcile_due(runtime)
    assert alarms(runtime) == [("KE", "days of parallel runs without a result: Shop 12 03 Mar")]
    with runtime.view(SYSTEM) as work:
        where = parallels.parallel(work, number).standing
    marks = [mark for _, mark in where.marks]
    assert marks == [Mark.CLEAN, Mark.NONE, Mark.CLEAN, Mark.CLEAN, Mark.DUE]
    assert where.why.endswith("Tue 03 Mar had no run")


# ---- the clocks of two systems, and nights on which they are put


def cairo(runtime: Runtime, clock: FrozenClock, day: date) -> int:
    """Plan a parallel run in Cairo: the old system writes its wall time, the new one UTC."""
    at(clock, datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=2))
    with runtime.work(SYSTEM) as work:
        return prepare(
            work,
            market="EG",
            starts_on=day,
            weekdays=(1, 2, 3, 4, 5, 6, 7),
            legacy={**PLAIN, "zone": "Africa/Cairo"},
            next=UTC_CLOCK,
        )


def lines(*rows: str) -> bytes:
    return "\n".join(["ref,amount,time", *rows]).encode()


def test_the_day_on_which_clocks_go_forward_has_23_hours(
    runtime: Runtime, clock: FrozenClock
) -> None:
    """Cairo, Friday 24 April 2026: midnight is one o'clock, 22:00Z of Thursday."""
    day = date(2026, 4, 24)
    number = cairo(runtime, clock, day)
    old = lines("A,1,2026-04-24 01:00:00", "B,2,2026-04-24 23:59:59", "C,3,2026-04-23 23:59:59")
    new = lines("A,1,2026-04-23 22:00:00", "B,2,2026-04-24 20:59:59", "C,3,2026-04-23 21:59:59")
    run(runtime, number, old, new, day)
    found = newest(runtime, number, day)
    assert (found.reason, found.breaks, found.matches["one"]) == ("", 0, 2)
    assert (found.old_lines, found.new_lines) == (2, 2), "C is of Thursday"
    never = lines("A,1,2026-04-24 00:30:00")
    run(runtime, number, never, new, day)
    failed = newest(runtime, number, day)
    assert not failed.has_result
    assert "never was in Africa/Cairo, the clocks went forward" in failed.faults[0]["message"]


def test_the_day_on_which_clocks_go_back_has_25_hours(runtime: Runtime, clock: FrozenClock) -> None:
    """Cairo, Thursday 29 October 2026: 23:30 is twice, at 20:30Z and 21:30Z."""
    day = date(2026, 10, 29)
    number = cairo(runtime, clock, day)
    old = lines("A,1,2026-10-29 23:30:00", "B,2,2026-10-29 23:30:00", "C,3,2026-10-30 00:00:00")
    new = lines("A,1,2026-10-29 20:30:00", "B,2,2026-10-29 21:30:00", "C,3,2026-10-29 22:00:00")
    made = run(runtime, number, old, new, day)
    found = newest(runtime, number, day)
    assert (found.old_lines, found.new_lines, found.matches["one"]) == (2, 2, 1)
    with runtime.view(SYSTEM) as work:
        [lone] = days.breaks(work, made).items
    assert (lone.reference, lone.kind) == ("B", BreakClass.TIMING), "told, not guessed"


@pytest.mark.parametrize(
    ("seconds", "matched"),
    [
        pytest.param(600, 1, id="clocks ten minutes apart, on the edge of the window"),
        pytest.param(601, 0, id="a second more is timing"),
    ],
)
def test_clocks_that_differ_within_the_window(
    runtime: Runtime, clock: FrozenClock, seconds: int, matched: int
) -> None:
    at(clock, FRIDAY_NOON)
    with runtime.work(SYSTEM) as work:
        number = prepare(work, next=UTC_CLOCK)
    there = datetime(2026, 3, 2, 6, 0) + timedelta(seconds=seconds)  # noqa: DTZ001 (wall time)
    run(runtime, number, "A 5 09:00", lines(f"A,5,{there}"))
    found = newest(runtime, number, MONDAY)
    assert (found.matches["one"], found.breaks) == (matched, 1 - matched)


def test_a_day_of_the_market_is_not_a_day_of_utc(runtime: Runtime, clock: FrozenClock) -> None:
    """Nairobi's Monday is from Sunday 21:00Z to Monday 21:00Z."""
    at(clock, FRIDAY_NOON)
    with runtime.work(SYSTEM) as work:
        number = prepare(work, next=UTC_CLOCK)
    old = lines("A,1,2026-03-02 00:00:00", "B,2,2026-03-02 23:59:59", "C,3,2026-03-03 00:00:00")
    new = lines("A,1,2026-03-01 21:00:00", "B,2,2026-03-02 20:59:59", "C,3,2026-03-02 21:00:00")
    run(runtime, number, old, new)
    found = newest(runtime, number, MONDAY)
    assert (found.old_lines, found.new_lines, found.breaks) == (2, 2, 0)


# ---- files


def workbook() -> bytes:
    book, file = Workbook(), io.BytesIO()
    page = book.active
    assert page is not None
    page.append(["ref", "amount", "time"])
    page.append(["A", 100, "2026-03-02 09:00:00"])
    book.save(file)
    return file.getvalue()


GOOD = 'ref,amount,time\n"É\nclair",100,2026-03-02 09:00:00\nB,5,2026-03-02 09:00:00\n'
TRUNCATED = extract("A 100, B 5")


@pytest.fixture
def parallel(runtime: Runtime, clock: FrozenClock) -> int:
    at(clock, FRIDAY_NOON)
    with runtime.work(SYSTEM) as work:
        return prepare(work)


@pytest.mark.parametrize(
    ("encoding", "line_end"),
    [
        pytest.param("utf-8", "\n", id="UTF-8"),
        pytest.param("utf-8-sig", "\r\n", id="UTF-8 with a mark, as Excel saves it"),
        pytest.param("cp1252", "\r\n", id="cp1252"),
        pytest.param("latin-1", "\n", id="latin-1"),
    ],
)
def test_encodings_line_ends_and_line_breaks_in_quotes(
    runtime: Runtime, parallel: int, encoding: str, line_end: str
) -> None:
    content = GOOD.replace("\n", line_end).encode(encoding)
    other = GOOD.replace("É\n", f"É{line_end}").replace("100,", "100.00,").encode()
    run(runtime, parallel, content, other)
    found = newest(runtime, parallel, MONDAY)
    assert (found.reason, found.breaks, found.matches["one"]) == ("", 0, 2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(workbook(), "a workbook or an archive; save the sheet as CSV", id="XLSX"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(600), "an old workbook", id="XLS"),
        pytest.param(gzip.compress(TRUNCATED), "compressed; unpack it", id="gzip"),
        pytest.param(b"%PDF-1.7\n", "a PDF", id="PDF"),
        pytest.param(TRUNCATED.decode().encode("utf-16"), "UTF-16", id="UTF-16 with a mark"),
        pytest.param(TRUNCATED.decode().encode("utf-16-le"), "", id="UTF-16 without a mark"),
        pytest.param(TRUNCATED[:-12], "1 of the new", id="cut within the last cell"),
        pytest.param(TRUNCATED[:-20], "1 of the new", id="cut before the last cell"),
        pytest.param(TRUNCATED + b'\n"C', "", id="cut within a quote"),
        pytest.param(TRUNCATED[:9], "has no column", id="cut within the header"),
        pytest.param(TRUNCATED + b"\nC\xc3", "", id="cut within a letter"),
        pytest.param(b"<html><body>Sign in</body></html>", "has no column", id="a page of HTML"),
        pytest.param(b'{"rows": []}', "has no column", id="JSON"),
        pytest.param(b"ref,amount,time\n" + b"\x00" * 20, "zero byte", id="zero bytes"),
        pytest.param(extract("A 1e5"), "1 of the new", id="an exponent"),
        pytest.param(extract("A NaN"), "1 of the new", id="not a number"),
        pytest.param(extract("A 99999999999999999999"), "1 of the new", id="more than there is"),
    ],
)
def test_odd_files_fail_the_day_whole(
    runtime: Runtime, parallel: int, content: bytes, reason: str
) -> None:
    run(runtime, parallel, "A 100, B 5", content)
    found = newest(runtime, parallel, MONDAY)
    assert not found.has_result
    assert found.reason
    assert reason in found.reason
    with runtime.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(ReconBreak)) == 0


def test_references_that_stand_twice_in_a_file_are_told(runtime: Runtime, parallel: int) -> None:
    made = run(runtime, parallel, "A 100, A 100, B 5", "A 100, B 5, B 5, B 5")
    with runtime.view(SYSTEM) as work:
        found = sorted((e.reference, e.kind) for e in days.breaks(work, made).items)
    assert found == [
        ("A", BreakClass.DUPLICATE),
        ("B", BreakClass.DUPLICATE),
        ("B", BreakClass.DUPLICATE),
    ]


def test_currencies_stand_each_by_itself(runtime: Runtime, clock: FrozenClock) -> None:
    at(clock, FRIDAY_NOON)
    definition: dict[str, Any] = {**PLAIN, "currency": ""}
    definition["columns"] = {**PLAIN["columns"], "currency": "cur"}
    with runtime.work(SYSTEM) as work:
        number = prepare(work, legacy=definition, next=definition)

    def rows() -> Iterator[str]:
        yield "ref,amount,time,cur"
        yield "A,100,2026-03-02 09:00:00,JPY"
        yield "B,1.234,2026-03-02 09:00:00,TND"

    good = "\n".join(rows())
    run(runtime, number, good.encode(), (good + "\nC,5.00,2026-03-02 09:00:00,KES").encode())
    found = newest(runtime, number, MONDAY)
    assert [(e.currency, str(e.old), str(e.new)) for e in found.totals] == [
        ("JPY", "100", "100"),
        ("KES", "0.00", "5.00"),
        ("TND", "1.234", "1.234"),
    ]
    run(runtime, number, good.encode(), good.replace("100,", "100.5,").encode())
    assert "JPY" in newest(runtime, number, MONDAY).faults[0]["message"]
