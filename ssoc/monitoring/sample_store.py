"""Writes polls and samples in bulk: the same poll twice changes nothing, gaps stay gaps."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ssoc.core.bulk import insert_new, upsert_newer
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Check
from ssoc.monitoring.models import Poll, PollHour, RollUpDue, SampleHour, SampleRow, Series
from ssoc.monitoring.reading import Reading, Sample
from ssoc.monitoring.rules.baseline import hour_of

Line = tuple[str, str, str]  # check key, sample name, labels as text
_LONGEST_NAME, _LONGEST_LABELS, _LONGEST_UNIT = 128, 512, 32


@dataclass(frozen=True)
class Polled:
    """One poll that was made: of which check, what it brought, how late it began."""

    check: Check
    reading: Reading
    late: timedelta = timedelta()


@dataclass(frozen=True)
class HourFigure:
    """What one series was in one hour, for figures that come from elsewhere."""

    hour_at: datetime
    mean: float
    least: float
    most: float
    count: int = 1


def labels_text(labels: Mapping[str, str]) -> str:
    """Return labels as the text that is part of a series' key."""
    return json.dumps(dict(labels), sort_keys=True, separators=(",", ":"))


def line_of(check: Check, sample: Sample) -> Line | None:
    """Return the key of a sample's series; None when its name or labels are too long to keep."""
    labels = labels_text(sample.labels)
    if len(sample.name) > _LONGEST_NAME or len(labels) > _LONGEST_LABELS:
        return None
    return (check.key, sample.name, labels)


class SeriesBook:
    """The ids of the series met so far; one book per writing process."""

    def __init__(self) -> None:
        self._ids: dict[Line, int] = {}

    def ids(self, session: Session, polls: Iterable[Polled]) -> dict[Line, int]:
        """Return the ids of all series in ``polls``; new ones are written first.

        What is returned is remembered only by ``keep``, after the commit: a rollback would
        take new ids away again.
        """
        rows = {
            line: _series_row(each.check, sample, line)
            for each in polls
            for sample in each.reading.samples
            if (line := line_of(each.check, sample))
        }
        strange = sorted(line for line in rows if line not in self._ids)
        found = {line: self._ids[line] for line in rows if line in self._ids}
        if strange:
            insert_new(
                session, Series, [rows[line] for line in strange], ("check", "name", "labels")
            )
            found |= _ids_of(session, strange)
        return found

    def keep(self, ids: Mapping[Line, int]) -> None:
        """Remember ids that were committed."""
        self._ids |= ids


def _series_row(check: Check, sample: Sample, line: Line) -> dict[str, str]:
    return {
        "check": check.key,
        "component": check.component,
        "market": check.market,
        "name": line[1],
        "labels": line[2],
        "unit": sample.unit[:_LONGEST_UNIT],
    }


def _ids_of(session: Session, lines: Sequence[Line]) -> dict[Line, int]:
    wanted, checks = set(lines), sorted({check for check, _, _ in lines})
    found: dict[Line, int] = {}
    for start in range(0, len(checks), 500):
        rows = session.execute(
            select(Series.check, Series.name, Series.labels, Series.id).where(
                Series.check.in_(checks[start : start + 500])
            )
        )
        found |= {(check, name, labels): number for check, name, labels, number in rows}
    return {line: number for line, number in found.items() if line in wanted}


def store(
    session: Session, polls: Sequence[Polled], ids: Mapping[Line, int], now: datetime
) -> None:
    """Write polls with their samples and mark the hours they fall into for the roll-up."""
    insert_new(session, Poll, _poll_rows(polls), ("check", "at"))
    insert_new(session, SampleRow, _sample_rows(polls, ids), ("series_id", "at"))
    mark_hours(session, {hour_of(each.reading.started_at) for each in polls}, now)


def _poll_rows(polls: Sequence[Polled]) -> list[dict[str, object]]:
    rows = {
        (each.check.key, each.reading.started_at): {
            "check": each.check.key,
            "at": each.reading.started_at,
            "duration_ms": round(each.reading.duration / timedelta(milliseconds=1)),
            "late_ms": round(each.late / timedelta(milliseconds=1)),
            "health": each.reading.health,
            "reason": each.reading.reason,
        }
        for each in polls
    }
    return list(rows.values())


def _sample_rows(polls: Sequence[Polled], ids: Mapping[Line, int]) -> list[dict[str, object]]:
    rows = {}
    for each in polls:
        for sample in each.reading.samples:
            line = line_of(each.check, sample)
            if line is None:
                continue
            number, at = ids[line], each.reading.started_at
            special = special_of(sample.value)
            value = None if special else float(sample.value)
            rows[number, at] = {
                "series_id": number,
                "at": at,
                "value": value,
                "special": special,
            }
    return list(rows.values())


def special_of(value: float) -> str | None:
    """Return the name of a number that is none; None for a real one."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return None


def mark_hours(session: Session, hours: Iterable[datetime], now: datetime) -> None:
    """Ask for the roll-up of ``hours``.

    The update locks the mark even when it changes nothing, so that a roll-up that runs at the
    same time waits for our rows instead of missing them.
    """
    rows = [{"hour_at": hour, "touched_at": now} for hour in hours]
    upsert_newer(session, RollUpDue, rows, ("hour_at",), age="touched_at")


def count_missed(session: Session, missed: Mapping[tuple[str, datetime], int]) -> None:
    """Add turns that could not start in time to their hour."""
    if not missed:
        return
    keys = sorted(missed)
    insert_new(session, PollHour, [empty_hour(*key) for key in keys], ("check", "hour_at"))
    for check, hour_at in keys:
        session.execute(
            update(PollHour)
            .where(PollHour.check == check, PollHour.hour_at == hour_at)
            .values(missed=PollHour.missed + missed[check, hour_at])
        )


def empty_hour(check: str, hour_at: datetime) -> dict[str, object]:
    """Return the row of an hour without polls."""
    counts = ("ok", "degraded", "down", "unknown", "missed", "duration_ms_sum", "duration_ms_max")
    return {"check": check, "hour_at": hour_at, **dict.fromkeys(counts, 0)}


def backfill(
    work: Work, check: str, sample: str, figures: Iterable[HourFigure], unit: str = ""
) -> int:
    """Write hourly figures of a series that came from elsewhere; return how many.

    An hour that is there already is replaced. For moves from another tool, and for trials.
    """
    work.require(Permission.POLL_RECORD, EVERYWHERE)
    known = estate_queries.current(work).checks[check]
    line = (check, sample, labels_text({}))
    row = _series_row(known, Sample(sample, 0.0, unit), line)
    insert_new(work.session, Series, [row], ("check", "name", "labels"))
    number = _ids_of(work.session, [line])[line]
    rows = [
        {
            "series_id": number,
            "hour_at": hour_of(each.hour_at),
            "count": each.count,
            "sum": each.mean * each.count,
            "least": each.least,
            "most": each.most,
        }
        for each in figures
    ]
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        hours = [each["hour_at"] for each in some]
        work.session.execute(
            delete(SampleHour).where(SampleHour.series_id == number, SampleHour.hour_at.in_(hours))
        )
        insert_new(work.session, SampleHour, some, ("series_id", "hour_at"))
    return len(rows)
