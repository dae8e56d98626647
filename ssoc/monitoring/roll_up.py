"""Raw polls and samples become hourly figures; old ones are deleted, a few at a time."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, insert, select, update

from ssoc.core.bulk import insert_new
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.models import (
    Poll,
    PollHour,
    RollUpDue,
    SampleHour,
    SampleRow,
)
from ssoc.monitoring.reading import Health
from ssoc.monitoring.rules.baseline import HOUR, hour_of
from ssoc.monitoring.sample_store import empty_hour

HOURS_A_TURN = 48
BATCH = timedelta(minutes=30)  # of raw rows that one transaction deletes
BATCHES_A_TURN = 96
YEAR = timedelta(days=366)


def roll_up(runtime: Runtime) -> None:
    """Reckon every finished hour that got rows since its last roll-up; late rows count too."""
    with runtime.view(SYSTEM) as work:
        waiting = select(RollUpDue.hour_at).where(RollUpDue.hour_at < hour_of(work.now))
        hours = work.session.scalars(waiting.order_by(RollUpDue.hour_at).limit(HOURS_A_TURN)).all()
    for hour in hours:
        with runtime.work(SYSTEM) as work:
            roll_up_hour(work, hour)


def roll_up_hour(work: Work, hour_at: datetime) -> None:
    """Reckon one hour anew from its raw rows.

    The mark goes first: rows that come meanwhile wait for us or mark the hour again. An hour
    whose raw rows are deleted keeps its figures.
    """
    work.session.execute(delete(RollUpDue).where(RollUpDue.hour_at == hour_at))
    if hour_at < raw_since(work):
        return
    _roll_up_polls(work, hour_at)
    _roll_up_samples(work, hour_at)


def _roll_up_polls(work: Work, hour_at: datetime) -> None:
    counts = {
        health.value: func.sum(case((Poll.health == health, 1), else_=0)) for health in Health
    }
    rows = work.session.execute(
        select(
            Poll.check,
            *counts.values(),
            func.sum(Poll.duration_ms),
            func.max(Poll.duration_ms),
        )
        .where(Poll.at >= hour_at, Poll.at < hour_at + HOUR)
        .group_by(Poll.check)
        .order_by(Poll.check)
    ).all()
    keys = [row[0] for row in rows]
    insert_new(
        work.session, PollHour, [empty_hour(key, hour_at) for key in keys], ("check", "hour_at")
    )
    names = (*counts, "duration_ms_sum", "duration_ms_max")
    for key, *numbers in rows:  # an update, since the missed turns of the hour stand there too
        work.session.execute(
            update(PollHour)
            .where(PollHour.check == key, PollHour.hour_at == hour_at)
            .values(dict(zip(names, map(int, numbers), strict=True)))
        )


def _roll_up_samples(work: Work, hour_at: datetime) -> None:
    figures = (
        select(
            SampleRow.series_id,
            func.count(SampleRow.value),
            func.sum(SampleRow.value),
            func.min(SampleRow.value),
            func.max(SampleRow.value),
        )
        .where(SampleRow.at >= hour_at, SampleRow.at < hour_at + HOUR, SampleRow.value.is_not(None))
        .group_by(SampleRow.series_id)
    )
    names = ("series_id", "count", "sum", "least", "most")
    rows = [
        {"hour_at": hour_at, **dict(zip(names, row, strict=True))}
        for row in work.session.execute(figures)
    ]
    reckoned = [row["series_id"] for row in rows]
    for start in range(0, len(reckoned), 500):
        some = reckoned[start : start + 500]
        work.session.execute(
            delete(SampleHour).where(SampleHour.hour_at == hour_at, SampleHour.series_id.in_(some))
        )
    if rows:
        work.session.execute(insert(SampleHour), rows)


def raw_since(work: Work) -> datetime:
    """Return from which hour on raw rows are kept."""
    return hour_of(work.now - timedelta(days=work.settings.polling.raw_days))


def retain(runtime: Runtime) -> None:
    """Delete raw rows and hourly figures that are older than the settings say.

    Half an hour of rows at a time, so that nobody waits for us; an hour that still waits for
    its roll-up is left.
    """
    for _ in range(BATCHES_A_TURN):
        with runtime.work(SYSTEM) as work:
            if not _delete_raw(work):
                break
    with runtime.work(SYSTEM) as work:
        _delete_hourly(work)


def _delete_raw(work: Work) -> bool:
    oldest = [
        at
        for table in (Poll, SampleRow)
        if (at := work.session.scalar(select(func.min(table.at)))) is not None
    ]
    limit = raw_since(work)
    waiting = work.session.scalar(select(func.min(RollUpDue.hour_at)))
    limit = min(limit, waiting) if waiting else limit
    if not oldest or min(oldest) >= limit:
        return False
    until = min(min(oldest) + BATCH, limit)
    for table in (Poll, SampleRow):
        work.session.execute(delete(table).where(table.at < until))
    return True


def _delete_hourly(work: Work) -> None:
    limit = hour_of(work.now - YEAR * work.settings.polling.hourly_years)
    for table in (PollHour, SampleHour):
        work.session.execute(delete(table).where(table.hour_at < limit))
