"""Store what came of a day: the run, its breaks, and what waited and has been found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, or_, select

from changes.reconciliation.lifecycle import BREAK, BreakMove, BreakState
from changes.reconciliation.models import ParallelRun, ReconBreak, ReconRun
from changes.reconciliation.plain import break_columns, summary_columns
from changes.reconciliation.reading import MOST_FAULTS, Extract
from changes.reconciliation.rules.lines import Lines, Side, Texts, arrays, micros
from changes.reconciliation.rules.outcome import BreakClass
from changes.reconciliation.rules.summary import Summary
from ssoc.core.errors import Conflict
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import DayNotReconciled, DayReconciled
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

MOST_WAITING = 20_000
_WAITS = (BreakClass.MISSING.value, BreakClass.TIMING.value)


@dataclass(frozen=True)
class Waiting:
    """A line of another day whose counterpart may come on this one."""

    number: int
    side: Side
    reference: str
    currency: str
    account: str
    amount: int
    at: datetime


@dataclass(frozen=True)
class Result:
    """What came of a day; without a summary it failed, ``reason`` says why."""

    parallel_id: int
    day: date
    was: int
    waiting: Sequence[Waiting]
    names: Mapping[Side, str]
    extracts: Mapping[Side, Extract]
    summary: Summary | None
    reason: str = ""


def waiting(work: Work, parallel_id: int, day: date) -> list[Waiting]:
    """Return single lines of other days that wait, or that this day has found before."""
    wanted = (
        select(ReconBreak)
        .join(ReconRun, ReconRun.id == ReconBreak.run_id)
        .where(ReconBreak.parallel_id == parallel_id, ReconBreak.day != day, ReconRun.is_current)
        .where(ReconBreak.kind.in_(_WAITS), ReconBreak.old_lines + ReconBreak.new_lines == 1)
        .where(or_(ReconBreak.state != BreakState.CLOSED, ReconBreak.found_on == day))
        .order_by(ReconBreak.id.desc())
        .limit(MOST_WAITING)
    )
    return [
        Waiting(
            row.id,
            Side.OLD if row.old_lines else Side.NEW,
            row.reference,
            row.currency,
            row.account,
            (row.old_amount if row.old_lines else row.new_amount) or 0,
            row.line_at,
        )
        for row in work.session.scalars(wanted)
    ]


def waiting_lines(found: Sequence[Waiting], texts: Texts) -> tuple[Lines, Lines]:
    """Return what waits as lines of either side; their row is the number of the break."""
    old, new = ([each for each in found if each.side is side] for side in Side)
    return _lines(old, texts), _lines(new, texts)


def _lines(some: Sequence[Waiting], texts: Texts) -> Lines:
    return arrays(
        [texts.references[each.reference] for each in some],
        [texts.currencies[each.currency] for each in some],
        [texts.accounts[each.account] for each in some],
        [each.amount for each in some],
        [micros(each.at) for each in some],
        [each.number for each in some],
    )


def store(work: Work, result: Result) -> int:
    """Store a result, or a failure beside the result that stays; return the run's number."""
    row = work.session.get_one(ParallelRun, result.parallel_id, with_for_update=True)
    work.require(Permission.PROGRAMME_WORK, row.market)
    _refuse_late(work, result)
    run = _run(work, result)
    if result.summary is None:
        reason = run.reason
        work.record(
            DayNotReconciled(
                row.id, row.subject, row.market, result.day.isoformat(), run.id, reason
            )
        )
    else:
        _put_breaks(work, run, result.summary, result.was)
        _settle_waiting(work, result)
        work.record(
            DayReconciled(
                row.id,
                row.subject,
                row.market,
                result.day.isoformat(),
                run.id,
                result.was,
                run.breaks,
                run.old_digest,
                run.new_digest,
            )
        )
    work.session.flush()
    bump(work.session)
    return run.id


def _refuse_late(work: Work, result: Result) -> None:
    """Refuse when somebody else stored this day, or closed what was found, meanwhile."""
    current = work.session.scalar(
        select(ReconRun).where(
            ReconRun.parallel_id == result.parallel_id,
            ReconRun.day == result.day,
            ReconRun.is_current,
        )
    )
    if (current.id if current else 0) != result.was:
        who = current.by if current else "somebody"
        raise Conflict(f"{who} ran {result.day} meanwhile; look at it, then run it again")
    if result.summary is not None and result.summary.late:
        numbers = [number for number, _ in result.summary.late]
        known = {each.number for each in waiting(work, result.parallel_id, result.day)}
        if set(numbers) - known:
            raise Conflict("somebody settled breaks that wait meanwhile; run the day again")


def _run(work: Work, result: Result) -> ReconRun:
    numbered = select(func.max(ReconRun.number)).where(
        ReconRun.parallel_id == result.parallel_id, ReconRun.day == result.day
    )
    has_result = result.summary is not None
    if has_result and result.was:
        work.session.get_one(ReconRun, result.was).is_current = False
        work.session.flush()
    given: dict[str, Any] = {}
    for side, extract in result.extracts.items():
        given[f"{side}_digest"], given[f"{side}_lines"] = extract.digest, len(extract.lines)
    run = ReconRun(
        parallel_id=result.parallel_id,
        day=result.day,
        number=(work.session.scalar(numbered) or 0) + 1,
        has_result=has_result,
        is_current=has_result,
        reason=str(storable(result.reason))[:1000],
        at=work.now,
        by=work.actor.name,
        old_name=str(storable(result.names.get(Side.OLD, ""))),
        new_name=str(storable(result.names.get(Side.NEW, ""))),
        fault_count=sum(each.fault_count for each in result.extracts.values()),
        faults=fault_rows(result.extracts),
        **given,
        **(summary_columns(result.summary) if result.summary else {}),
    )
    work.session.add(run)
    work.session.flush()
    return run


def fault_rows(extracts: Mapping[Side, Extract]) -> list[dict[str, Any]]:
    """Return the listed faults of both sides."""
    return [
        {
            "side": side.value,
            "row": each.row,
            "column": str(storable(each.column))[:128],
            "message": str(storable(each.message))[:500],
        }
        for side, extract in extracts.items()
        for each in sorted(extract.faults, key=lambda fault: fault.row)[:MOST_FAULTS]
    ]


_TAKEN = ("state", "owner", "explanation", "explained_by", "explained_at", "found_on")


def _put_breaks(work: Work, run: ReconRun, summary: Summary, was: int) -> None:
    """Add the breaks; what was said of the same break of the run before goes with it."""
    known = {}
    if was:
        before = select(ReconBreak).where(ReconBreak.run_id == was)
        known = {each.fingerprint: each for each in work.session.scalars(before)}
    rows = []
    for each in summary.breaks:
        columns = break_columns(each, run.parallel_id, run.id, run.day)
        said = known.pop(columns["fingerprint"], None)
        taken = {name: getattr(said, name) for name in _TAKEN} if said is not None else {}
        nothing = {"state": BreakState.OPEN, "explained_at": None, "found_on": None}
        rows.append({**nothing, **columns, **taken})
    if rows:
        work.session.execute(insert(ReconBreak), rows)


def _settle_waiting(work: Work, result: Result) -> None:
    """Close what was found today; open again what an earlier run of this day had found."""
    late = {number for number, _ in result.summary.late} if result.summary else set()
    before = select(ReconBreak).where(
        ReconBreak.parallel_id == result.parallel_id, ReconBreak.found_on == result.day
    )
    for row in work.session.scalars(before):
        if row.id not in late:
            row.found_on = None
            row.state = BreakState.EXPLAINED if row.explained_by else BreakState.OPEN
    numbers = sorted(late)
    for at in range(0, len(numbers), 500):
        some = select(ReconBreak).where(ReconBreak.id.in_(numbers[at : at + 500]))
        for row in work.session.scalars(some):
            if row.state is not BreakState.CLOSED:
                row.state = BREAK.after(row.state, BreakMove.FIND)
            row.kind, row.found_on = BreakClass.TIMING.value, result.day
