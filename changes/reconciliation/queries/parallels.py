"""Parallel runs as screens and guards show them, limited to the actor's markets."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.models import ExtractDefinition, ParallelRun, ReconBreak, ReconRun
from changes.reconciliation.rules.business import BusinessDays, days
from changes.reconciliation.rules.exits import DayFact, ExitStanding, ExitTerms, standing
from changes.reconciliation.rules.money import decimal_of
from changes.reconciliation.rules.outcome import BreakClass
from changes.reconciliation.values import Mode, ParallelView, Source, SourceKind
from ssoc.core.calendar import instant, local_date
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.local_hours import is_pay_day
from ssoc.estate.market_calendar import holidays_of
from ssoc.estate.values import Market

MOST = 200
_NOT_OVER = (BreakState.EXPLAINED, BreakState.CARRIED)
_NO_VALUE = (BreakClass.TIMING.value,)


Known = dict[tuple[str, int, int], frozenset[date]]


def business_days(
    work: Work, row: ParallelRun, until: date, known: Known | None = None
) -> BusinessDays:
    """Return the business days of a parallel run, with the holidays of its market.

    ``known`` keeps the holidays from one parallel run to the next.
    """
    first, last = row.starts_on.year, until.year + 1
    held = known if known is not None else {}
    found = held.get((row.market, first, last))
    if found is None:
        market = estate_queries.current(work).markets.get(row.market)
        found = held[row.market, first, last] = _holidays(market, first, last)
    return BusinessDays(frozenset(row.weekdays), found)


def _holidays(market: Market | None, first: int, last: int) -> frozenset[date]:
    if market is None:
        return frozenset()
    years = range(first, last + 1)
    return frozenset(each.on for year in years for each in holidays_of(market, year))


def source_of(kept: Mapping[str, Any]) -> Source:
    """Return a kept source."""
    return Source(
        SourceKind(kept.get("kind", SourceKind.UPLOAD)),
        *(str(kept.get(name, "")) for name in ("definition", "path", "url", "query", "site")),
    )


def terms_of(row: ParallelRun) -> ExitTerms:
    """Return the exit rule of a parallel run."""
    return ExitTerms(row.days, Decimal(row.tolerance), row.needs_month_end)


def last_day(row: ParallelRun, today: date) -> date:
    """Return the last day that is judged: today, or the day it was to end or ended."""
    ended = local_date(row.zone, row.ended_at) if row.ended_at else today
    return min(today, ended, row.ends_on or today)


def parallel(work: Work, parallel_id: int) -> ParallelView:
    """Return one parallel run with its standing."""
    row = found(work, parallel_id)
    return views(work, [row])[0]


def found(work: Work, parallel_id: int) -> ParallelRun:
    """Return the row, or raise NotFound when there is none the actor may see."""
    row = work.session.get(ParallelRun, parallel_id)
    if row is None or not work.actor.may(Permission.CHANGE_SEE, row.market):
        raise NotFound(f"there is no parallel run {parallel_id} that you may see")
    return row


def listed(work: Work, subject: str = "", before: int | None = None) -> list[ParallelView]:
    """Return parallel runs, those that go on first, then the newest; ``before`` pages on."""
    wanted = select(ParallelRun).where(work.visible(ParallelRun.market, Permission.CHANGE_SEE))
    if subject:
        wanted = wanted.where(ParallelRun.subject == subject)
    if before is not None:
        wanted = wanted.where(ParallelRun.id < before)
    rows = work.session.scalars(wanted.order_by(ParallelRun.id.desc()).limit(MOST))
    return views(work, list(rows))


def views(work: Work, rows: Sequence[ParallelRun]) -> list[ParallelView]:
    """Return rows as views; a constant number of statements for all of them."""
    known = standings(work, rows)
    return [_view(each, known[each.id]) for each in rows]


def _view(row: ParallelRun, where: ExitStanding) -> ParallelView:
    return ParallelView(
        id=row.id,
        subject=row.subject,
        title=row.title,
        market=row.market,
        zone=row.zone,
        mode=Mode(row.mode),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        terms=terms_of(row),
        weekdays=tuple(row.weekdays),
        window_seconds=row.window_seconds,
        rounding=row.rounding,
        by_account=row.by_account,
        old=source_of(row.old),
        new=source_of(row.new),
        due_minute=row.due_minute,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        version=row.version,
        standing=where,
    )


def standings(work: Work, rows: Sequence[ParallelRun]) -> dict[int, ExitStanding]:
    """Return where the exit of each parallel run stands."""
    known = facts(work, rows)
    return {row.id: standing(known[row.id], terms_of(row)) for row in rows}


def facts(work: Work, rows: Sequence[ParallelRun]) -> dict[int, list[DayFact]]:
    """Return what each day of each parallel run was, up to the last that is judged."""
    ids = [each.id for each in rows]
    runs = _runs(work, ids)
    unexplained, values = _unexplained(work, ids), _values(work, ids)
    known: Known = {}
    return {
        row.id: _facts(
            work, row, business_days(work, row, _today(work, row), known), runs, unexplained, values
        )
        for row in rows
    }


def _today(work: Work, row: ParallelRun) -> date:
    return local_date(row.zone, work.now)


Key = tuple[int, date]


def _runs(work: Work, ids: Collection[int]) -> dict[Key, tuple[bool, int]]:
    """Return of each day whether it has a result, and how many breaks of it are not kept."""
    wanted = select(
        ReconRun.parallel_id,
        ReconRun.day,
        func.max(ReconRun.has_result.cast(_whole())),
        func.max(ReconRun.unlisted * ReconRun.is_current.cast(_whole())),
    ).where(ReconRun.parallel_id.in_(ids))
    rows = work.session.execute(wanted.group_by(ReconRun.parallel_id, ReconRun.day))
    return {(row[0], row[1]): (bool(row[2]), row[3]) for row in rows}


def _whole() -> Any:  # noqa: ANN401 (a type of the database)
    from sqlalchemy import Integer

    return Integer


def _unexplained(work: Work, ids: Collection[int]) -> dict[Key, int]:
    wanted = (
        select(ReconBreak.parallel_id, ReconBreak.day, func.count())
        .join(ReconRun, ReconRun.id == ReconBreak.run_id)
        .where(ReconBreak.parallel_id.in_(ids), ReconRun.is_current)
        .where(ReconBreak.state == BreakState.OPEN)
        .group_by(ReconBreak.parallel_id, ReconBreak.day)
    )
    return {(row[0], row[1]): row[2] for row in work.session.execute(wanted)}


def _values(work: Work, ids: Collection[int]) -> dict[Key, dict[str, Decimal]]:
    """Return what is explained or carried is worth, without timing: that money comes another day.

    What is carried counts as well: a name beside it does not make the difference smaller.
    """
    difference = func.coalesce(ReconBreak.new_amount, 0) - func.coalesce(ReconBreak.old_amount, 0)
    wanted = (
        select(
            ReconBreak.parallel_id,
            ReconBreak.day,
            ReconBreak.currency,
            func.sum(func.abs(difference)),
        )
        .join(ReconRun, ReconRun.id == ReconBreak.run_id)
        .where(ReconBreak.parallel_id.in_(ids), ReconRun.is_current)
        .where(ReconBreak.state.in_(_NOT_OVER), ReconBreak.kind.not_in(_NO_VALUE))
        .group_by(ReconBreak.parallel_id, ReconBreak.day, ReconBreak.currency)
    )
    sums: dict[Key, dict[str, Decimal]] = {}
    for number, day, currency, total in work.session.execute(wanted):
        sums.setdefault((number, day), {})[currency] = decimal_of(int(total), currency)
    return sums


def _facts(
    work: Work,
    row: ParallelRun,
    open_days: BusinessDays,
    runs: Mapping[Key, tuple[bool, int]],
    unexplained: Mapping[Key, int],
    values: Mapping[Key, dict[str, Decimal]],
) -> list[DayFact]:
    market = estate_queries.current(work).markets.get(row.market)
    facts = []
    for day in days(row.starts_on, last_day(row, _today(work, row))):
        key = (row.id, day)
        has_result, unlisted = runs.get(key, (False, 0))
        is_pay = market is not None and is_pay_day(market, day)
        facts.append(
            DayFact(
                day,
                is_business=open_days.is_open(day),
                is_month_end=open_days.is_month_end(day) or is_pay,
                has_run=has_result,
                has_failed=key in runs and not has_result,
                unexplained=unexplained.get(key, 0) + (unlisted or 0),
                value=values.get(key, {}),
                is_due=work.now < due_at(row, day, open_days),
            )
        )
    return facts


def due_at(row: ParallelRun, day: date, open_days: BusinessDays) -> Any:  # noqa: ANN401
    """Return when the run of a day should be there: that minute of the next business day."""
    return instant(row.zone, open_days.after(day), row.due_minute)


def definitions(work: Work) -> list[ExtractDefinition]:
    """Return how extracts are read, by name."""
    wanted = select(ExtractDefinition).order_by(ExtractDefinition.name).limit(MOST)
    seen = work.visible(ExtractDefinition.market, Permission.CHANGE_SEE)
    return list(work.session.scalars(wanted.where(seen)))
