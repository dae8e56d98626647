"""Writes alerts in bulk; with core's bulk, database and leader the code that knows the dialect.

One statement takes a whole list of reports as one JSON parameter. The upsert keeps what the
row was (``was_state``, ``was_severity``), so the transitions come out of the same statement,
free of races and without a read before it. The rules, alike on both databases:

- what the source said later wins; what arrives late is ignored;
- an episode that its source resolved does not fire again with a start we have seen;
- within an episode the earliest start is kept; a resolve keeps the severity;
- an unknown alert that arrives resolved is stored, and is no transition;
- a lease is the promise of the way that gave it (``lease_by``): one that speaks without a lease
  takes no other's away, and of two that give one the later end counts.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ssoc.monitoring.batch import Line, waves
from ssoc.monitoring.report import Report, storable, voice_of

MOST_KNOWN = 200_000  # pairs of alert and source a process remembers
_LIMITS = {"market": 8, "component": 128, "name": 255, "service": 255, "instance": 255}
_LIMITS |= {"source": 64, "way": 16, "severity_word": 64}

_TYPES = {
    "key": "bigint",
    "state": "smallint",
    "severity": "smallint",
    "repeats": "int",
    "started_at": "timestamptz",
    "said_at": "timestamptz",
    "lease_until": "timestamptz",
    "lease_by": "text",
    "market": "text",
    "component": "text",
    "name": "text",
    "service": "text",
    "instance": "text",
    "summary": "text",
    "source": "text",
    "way": "text",
}
_GIVEN = ", ".join(_TYPES)

# another way's promise still runs, and ends no sooner than what is given now
_OTHERS = """a.state < 2 and a.lease_by <> excluded.way || ' ' || excluded.source
  and a.lease_until > excluded.said_at
  and (excluded.lease_until is null or a.lease_until >= excluded.lease_until)"""
_UPSERT = f"""
insert into alert as a ({_GIVEN}, newest_start, resolved_at, changes)
{{rows}}
on conflict (key) do update set
 was_state = a.state, was_severity = a.severity,
 state = excluded.state,
 severity = case when excluded.state = 2 then a.severity else excluded.severity end,
 changes = a.changes + case when a.state <> excluded.state
   or (excluded.state < 2 and a.severity <> excluded.severity) then 1 else 0 end,
 repeats = a.repeats + 1 + excluded.repeats,
 started_at = case when a.state < 2 then least(a.started_at, excluded.started_at)
   when excluded.state < 2 then excluded.started_at else a.started_at end,
 newest_start = greatest(a.newest_start, excluded.started_at),
 said_at = excluded.said_at,
 lease_until = case when excluded.state = 2 then null when {_OTHERS} then a.lease_until
  else excluded.lease_until end,
 lease_by = case when excluded.state = 2 then '' when {_OTHERS} then a.lease_by
  else excluded.lease_by end,
 resolved_at = case when excluded.state < 2 then null
   when a.state = 2 then a.resolved_at else excluded.said_at end,
 market = case when excluded.market = '' then a.market else excluded.market end,
 component = case when excluded.component = '' then a.component else excluded.component end,
 name = excluded.name, service = excluded.service, instance = excluded.instance,
 summary = excluded.summary, source = excluded.source, way = excluded.way
where excluded.said_at >= a.said_at
 and not (a.state = 2 and excluded.state < 2 and excluded.started_at <= a.newest_start)
returning key, changes, state, severity, was_state, was_severity, market, component,
 started_at, said_at"""  # noqa: S608 (column names of this file)

_CHANGED = """(was_state is null and state < 2 or was_state <> state or was_severity <> severity)"""
_BEGAN = "(was_state is null or was_state = 2 and state < 2)"
_TRANSITION = "key, number, state, severity, was_state, was_severity, market, component, started_at"

_FROM_GIVEN = f"""
select {_GIVEN}, started_at, case when state = 2 then said_at end, 0 from given"""  # noqa: S608
_POSTGRESQL = f"""
with given as materialized (
 select * from json_to_recordset(%s::json) as x(
  {", ".join(f"{name} {kind}" for name, kind in _TYPES.items())},
  is_met boolean, labels jsonb, annotations jsonb, url text, severity_word text) order by key),
up as ({_UPSERT.format(rows=_FROM_GIVEN)}),
detail as (insert into alert_detail (key, labels, annotations, url, severity_word)
 select key, labels, annotations, url, severity_word from given
 where key in (select key from up where {_BEGAN}) order by key
 on conflict (key) do update set annotations = excluded.annotations, url = excluded.url,
  severity_word = excluded.severity_word),
sources as (insert into alert_source (key, source, way, first_at)
 select key, source, way, said_at from given where not is_met order by key
 on conflict do nothing),
moved as (insert into alert_transition ({_TRANSITION}, at)
 select key, changes, {_TRANSITION.partition("number, ")[2]}, said_at from up where {_CHANGED}
 order by key on conflict (key, number) do nothing)
select key, market, was_state from up where {_CHANGED}"""  # noqa: S608

_AT = {name: f"?{number}" for number, name in enumerate(_TYPES, 1)}
_SQLITE_UPSERT = _UPSERT.format(
    rows=f"values ({', '.join(_AT.values())}, {_AT['started_at']}, "
    f"case when {_AT['state']} = 2 then {_AT['said_at']} end, 0)"
)
_SQLITE_UPSERT = _SQLITE_UPSERT.replace("least(", "min(").replace("greatest(", "max(")
_SQLITE_DETAIL = """
insert into alert_detail (key, labels, annotations, url, severity_word) values (?, ?, ?, ?, ?)
on conflict (key) do update set annotations = excluded.annotations, url = excluded.url,
 severity_word = excluded.severity_word"""
_SQLITE_SOURCE = """
insert into alert_source (key, source, way, first_at) values (?, ?, ?, ?) on conflict do nothing"""
_SQLITE_TRANSITION = f"""
insert into alert_transition ({_TRANSITION}, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (key, number) do nothing"""  # noqa: S608

_SPOKE = """
insert into ingest_source as t (source, way, market, last_at, alerts) values (?, ?, ?, ?, ?)
on conflict (source, way, market) do update set
 last_at = greatest(t.last_at, excluded.last_at), alerts = t.alerts + excluded.alerts"""
_HOUR = """
insert into alert_hour as t (market, hour_at, events, alerts) values (?, ?, ?, ?)
on conflict (market, hour_at) do update set
 events = t.events + excluded.events, alerts = t.alerts + excluded.alerts"""


@dataclass
class Tally:
    """Who spoke, and how many events and new alerts came; kept per group, never per alert."""

    spoke: dict[tuple[str, str, str], tuple[datetime, int]] = field(default_factory=dict)
    hours: dict[tuple[str, datetime], tuple[int, int]] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Take the figures of ``other`` in."""
        for who, (last_at, alerts) in other.spoke.items():
            before = self.spoke.get(who, (last_at, 0))
            self.spoke[who] = (max(before[0], last_at), before[1] + alerts)
        for hour, (events, new) in other.hours.items():
            had = self.hours.get(hour, (0, 0))
            self.hours[hour] = (had[0] + events, had[1] + new)


@dataclass(frozen=True)
class Written:
    """What a list of reports did: transitions written, and the tally that still has to be."""

    transitions: int
    tally: Tally


class Known:
    """Which sources are known to report which alerts; bounded, lost with the process."""

    def __init__(self) -> None:
        self._pairs: set[int] = set()

    def __contains__(self, report: Report) -> bool:
        """Tell whether the row of this alert and source is written for sure."""
        return hash((report.key, report.source, report.way)) in self._pairs

    def learn(self, reports: Sequence[Report]) -> None:
        """Remember what has been committed."""
        if len(self._pairs) > MOST_KNOWN:
            self._pairs.clear()
        self._pairs.update(hash((each.key, each.source, each.way)) for each in reports)


def store(session: Session, reports: Sequence[Report], now: datetime) -> int:
    """Write ``reports`` and what follows from them; return how many transitions that made."""
    connection = session.connection()
    written = write(connection, reports, now)
    write_tally(connection, written.tally)
    return written.transitions


def write(
    connection: Connection, reports: Sequence[Report], now: datetime, known: Known | None = None
) -> Written:
    """Write alerts, details, sources and transitions; the tally is the caller's to write."""
    statement = _write_sqlite if _is_sqlite(connection) else _write_postgresql
    new: Counter[str] = Counter()
    transitions = 0
    for wave in waves(reports, now):
        for line in wave:
            line.is_met = known is not None and line.report in known
        moved = statement(connection, wave)
        transitions += len(moved)
        new.update(market for market, was_state in moved if was_state is None)
    return Written(transitions, _tally(reports, new, now))


def write_tally(connection: Connection, tally: Tally) -> None:
    """Add ``tally`` to what is kept, in key order."""
    at = _stamp_of(connection)
    spoke = [(*who, at(last), alerts) for who, (last, alerts) in sorted(tally.spoke.items())]
    hours = [(market, at(hour), *both) for (market, hour), both in sorted(tally.hours.items())]
    for sql, rows in ((_SPOKE, spoke), (_HOUR, hours)):
        if rows:
            connection.exec_driver_sql(_in_dialect(connection, sql), rows)


def _tally(reports: Sequence[Report], new: Mapping[str, int], now: datetime) -> Tally:
    hour = now.replace(minute=0, second=0, microsecond=0)
    spoke = Counter((_cut(each, "source"), _cut(each, "way"), each.market[:8]) for each in reports)
    events = Counter(each.market[:8] for each in reports)
    return Tally(
        {who: (now, alerts) for who, alerts in spoke.items()},
        {(market, hour): (n, new.get(market, 0)) for market, n in events.items()},
    )


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _in_dialect(connection: Connection, sql: str) -> str:
    return sql.replace("greatest(", "max(") if _is_sqlite(connection) else sql.replace("?", "%s")


def _write_postgresql(connection: Connection, wave: Sequence[Line]) -> list[tuple[str, int | None]]:
    rows = [
        _row(line, _stamp)
        | {
            "is_met": line.is_met,
            "labels": line.report.labels,
            "annotations": line.report.annotations,
            "url": line.report.url,
            "severity_word": _cut(line.report, "severity_word"),
        }
        for line in wave
    ]
    moved = connection.exec_driver_sql(_POSTGRESQL, (_json(rows),))
    return [(market, was_state) for _, market, was_state in moved]


def _write_sqlite(connection: Connection, wave: Sequence[Line]) -> list[tuple[str, int | None]]:
    taken = _upsert_sqlite(connection, [_clean(_row(line, _bare_stamp)) for line in wave])
    began = {row.key for row in taken if row.was_state is None or row.was_state == 2 > row.state}
    details = [_detail(line.report) for line in wave if line.report.key in began]
    sources = [
        (each.key, _cut(each, "source"), _cut(each, "way"), _bare_stamp(each.said_at))
        for each in (line.report for line in wave if not line.is_met)
    ]
    moved = [row for row in taken if _is_move(row)]
    for sql, rows in (
        (_SQLITE_DETAIL, details),
        (_SQLITE_SOURCE, sources),
        (_SQLITE_TRANSITION, [tuple(row) for row in moved]),
    ):
        if rows:
            connection.exec_driver_sql(sql, rows)
    return [(row.market, row.was_state) for row in moved]


def _upsert_sqlite(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list["_Taken"]:
    """Write row by row, which SQLite does faster than reading one large parameter apart."""
    execute = connection.connection.driver_connection.execute  # type: ignore[union-attr]
    try:
        return [_Taken(*each) for row in rows for each in execute(_SQLITE_UPSERT, row).fetchall()]
    except sqlite3.Error as error:
        raise DBAPIError.instance(_SQLITE_UPSERT, None, error, sqlite3.Error) from error


def _clean(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values of a row, its texts without what PostgreSQL would refuse."""
    words = "".join(each for each in row.values() if type(each) is str)
    if words.isascii() and "\0" not in words:
        return tuple(row.values())
    return tuple(storable(each) for each in row.values())


class _Taken(NamedTuple):
    """What the upsert returns of a row it wrote."""

    key: int
    changes: int
    state: int
    severity: int
    was_state: int | None
    was_severity: int | None
    market: str
    component: str
    started_at: str
    said_at: str


def _is_move(row: _Taken) -> bool:
    if row.was_state is None:
        return bool(row.state < 2)
    return (row.was_state, row.was_severity) != (row.state, row.severity)


def _row(line: Line, stamp: Any) -> dict[str, Any]:  # noqa: ANN401 (one of the two below)
    it = line.report
    return {
        "key": it.key,
        "state": it.state.value,
        "severity": it.severity.value,
        "repeats": line.repeats,
        "started_at": stamp(it.started_at),
        "said_at": stamp(it.said_at),
        "lease_until": stamp(it.lease_until) if it.lease_until else None,
        "lease_by": voice_of(it.way[:16], it.source[:64]) if it.lease_until else "",
        "market": it.market[:8],
        "component": it.component[:128],
        "name": it.name[:255],
        "service": it.service[:255],
        "instance": it.instance[:255],
        "summary": it.summary,
        "source": it.source[:64],
        "way": it.way[:16],
    }


def _detail(it: Report) -> tuple[Any, ...]:
    labels, annotations = _json(dict(it.labels)), _json(dict(it.annotations))
    return it.key, labels, annotations, storable(it.url), storable(_cut(it, "severity_word"))


def _cut(report: Report, name: str) -> str:
    return str(getattr(report, name))[: _LIMITS[name]]


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(" ", "microseconds")


def _bare_stamp(at: datetime) -> str:
    """Return the instant as SQLAlchemy keeps it in SQLite, where texts are compared."""
    return at.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _stamp_of(connection: Connection) -> Any:  # noqa: ANN401 (one of the two above)
    return _bare_stamp if _is_sqlite(connection) else _stamp


def _json(value: Any) -> str:  # noqa: ANN401 (plain JSON)
    """Return JSON that both databases take: no NUL, no half of a surrogate pair."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        return orjson.dumps(storable(value)).decode()
    return orjson.dumps(storable(value)).decode() if "\\u0000" in text else text
