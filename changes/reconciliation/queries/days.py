"""Days of a parallel run and their breaks, as screens show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.models import ParallelRun, ReconBreak, ReconRun
from changes.reconciliation.queries.parallels import business_days, found
from changes.reconciliation.rules.business import BusinessDays
from changes.reconciliation.rules.gaps import CommonGap, common_gap, gap_of
from changes.reconciliation.rules.money import decimal_of
from changes.reconciliation.rules.outcome import BreakClass
from changes.reconciliation.values import BreakView, ClassView, RunView, TotalView, amount_of
from ssoc.core.calendar import local_date
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.work import Work

PAGE = 50
MOST_RUNS = 400
MOST_GAPS = 1_000  # timing breaks looked at for a wrong clock


@dataclass(frozen=True)
class BreakPage:
    """Some breaks; ``next`` is the cursor of those after them, empty at the end."""

    items: Sequence[BreakView]
    next: str = ""


def runs(work: Work, parallel_id: int, day: date | None = None) -> list[RunView]:
    """Return the runs of a parallel run, or of one day of it, the newest first."""
    found(work, parallel_id)
    wanted = select(ReconRun).where(ReconRun.parallel_id == parallel_id)
    if day is not None:
        wanted = wanted.where(ReconRun.day == day)
    ordered = wanted.order_by(ReconRun.day.desc(), ReconRun.number.desc()).limit(MOST_RUNS)
    return [run_view(each) for each in work.session.scalars(ordered)]


def current(work: Work, parallel_id: int, day: date) -> RunView | None:
    """Return the run of a day that counts, or None."""
    found(work, parallel_id)
    row = work.session.scalar(
        select(ReconRun).where(
            ReconRun.parallel_id == parallel_id, ReconRun.day == day, ReconRun.is_current
        )
    )
    return run_view(row) if row else None


def run_view(row: ReconRun) -> RunView:
    """Return a row as people read it."""
    return RunView(
        id=row.id,
        parallel_id=row.parallel_id,
        day=row.day,
        number=row.number,
        has_result=row.has_result,
        is_current=row.is_current,
        reason=row.reason,
        at=row.at,
        by=row.by,
        old_name=row.old_name,
        new_name=row.new_name,
        old_digest=row.old_digest,
        new_digest=row.new_digest,
        old_lines=row.old_lines,
        new_lines=row.new_lines,
        breaks=row.breaks,
        unlisted=row.unlisted,
        fault_count=row.fault_count,
        totals=[_total(each) for each in row.totals],
        classes=[_class(each) for each in row.classes],
        matches=row.matches,
        sample=row.sample,
        faults=row.faults,
    )


def _total(kept: Mapping[str, Any]) -> TotalView:
    code = kept["currency"]
    amounts = {
        name: decimal_of(kept[name], code) for name in ("old", "new", "old_matched", "new_matched")
    }
    return TotalView(code, old_lines=kept["old_lines"], new_lines=kept["new_lines"], **amounts)


def _class(kept: Mapping[str, Any]) -> ClassView:
    value = decimal_of(kept["value"], kept["currency"])
    return ClassView(BreakClass(kept["kind"]), kept["currency"], kept["breaks"], value)


def breaks(
    work: Work, run_id: int, cursor: str = "", state: str = "", limit: int = PAGE
) -> BreakPage:
    """Return the breaks of a run, those of most money first as they were found."""
    run = work.session.get(ReconRun, run_id)
    if run is None:
        raise NotFound(f"there is no run {run_id}")
    row = found(work, run.parallel_id)
    wanted = select(ReconBreak).where(ReconBreak.run_id == run_id)
    return _page(work, row, wanted, cursor, state, limit)


def counted(work: Work, run_id: int, state: str = "") -> int:
    """Return how many breaks a run has in a state, in any when it is empty."""
    wanted = select(func.count()).select_from(ReconBreak).where(ReconBreak.run_id == run_id)
    if state:
        wanted = wanted.where(ReconBreak.state == BreakState(state))
    return work.session.scalar(wanted) or 0


def clock_gap(work: Work, run_id: int) -> CommonGap | None:
    """Return by how much most timing breaks of a run lie apart: then a clock is read wrongly."""
    wanted = select(ReconBreak.lines).where(
        ReconBreak.run_id == run_id,
        ReconBreak.kind == BreakClass.TIMING.value,
        ReconBreak.state != BreakState.CLOSED,
    )
    rows = work.session.scalars(wanted.order_by(ReconBreak.id).limit(MOST_GAPS))
    return common_gap(gap_of(each) for each in rows)


def carried_into(work: Work, parallel_id: int, day: date, limit: int = PAGE) -> BreakPage:
    """Return breaks of days before ``day`` that were not over by then, the oldest first."""
    row = found(work, parallel_id)
    wanted = (
        select(ReconBreak)
        .join(ReconRun, ReconRun.id == ReconBreak.run_id)
        .where(ReconRun.is_current, ReconBreak.parallel_id == parallel_id, ReconBreak.day < day)
        .where(
            or_(
                ReconBreak.state == BreakState.CARRIED,
                and_(
                    ReconBreak.state == BreakState.EXPLAINED,
                    ReconBreak.kind == BreakClass.TIMING.value,
                ),
                ReconBreak.found_on >= day,
            )
        )
    )
    return _page(work, row, wanted, "", "", limit)


def _page(
    work: Work,
    row: ParallelRun,
    wanted: Select[ReconBreak],
    cursor: str,
    state: str,
    limit: int,  # noqa: ANN401
) -> BreakPage:
    if state:
        if state not in set(BreakState):
            raise BadInput(f"{state[:16]!r} is no state of breaks: {', '.join(BreakState)}")
        wanted = wanted.where(ReconBreak.state == BreakState(state))
    if cursor:
        if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
            raise BadInput(f"{cursor[:20]!r} is no cursor; take it from the page before")
        wanted = wanted.where(ReconBreak.id > int(cursor))
    size = max(1, min(limit, 200))
    rows = list(work.session.scalars(wanted.order_by(ReconBreak.id).limit(size + 1)))
    today = local_date(row.zone, work.now)
    open_days = business_days(work, row, today)
    items = [break_view(each, open_days, today) for each in rows[:size]]
    return BreakPage(items, str(items[-1].id) if len(rows) > size else "")


def break_view(row: ReconBreak, open_days: BusinessDays, today: date) -> BreakView:
    """Return a row as people read it, with its age."""
    return BreakView(
        id=row.id,
        run_id=row.run_id,
        parallel_id=row.parallel_id,
        day=row.day,
        kind=BreakClass(row.kind),
        currency=row.currency,
        reference=row.reference,
        old_amount=amount_of(row.old_amount, row.currency),
        new_amount=amount_of(row.new_amount, row.currency),
        line_at=row.line_at,
        old_lines=row.old_lines,
        new_lines=row.new_lines,
        lines=row.lines,
        note=row.note,
        state=row.state,
        owner=row.owner,
        explanation=row.explanation,
        explained_by=row.explained_by,
        explained_at=row.explained_at,
        found_on=row.found_on,
        age=open_days.age(row.day, row.found_on or today),
    )
