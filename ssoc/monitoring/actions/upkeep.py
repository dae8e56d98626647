"""What the alert tables need by the clock: leases that ended, flapping, and the archive."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import (
    IS_OPEN,
    IS_RESOLVED,
    Alert,
    AlertAcknowledgement,
    AlertArchive,
    AlertDetail,
    AlertSource,
    AlertTransition,
    Flapping,
    Silence,
)
from ssoc.monitoring.rules.flapping import Episode

_NO_SYNC = {"synchronize_session": False}


def mark_stale(work: Work, limit: int = 2_000) -> int:
    """Make firing alerts stale whose lease has ended; return how many. That is no resolve."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    ended = (
        select(Alert)
        .where(IS_OPEN, Alert.state == AlertState.FIRING)
        .where(Alert.lease_until <= work.now)
        .order_by(Alert.key)  # locks in the order of the writers
        .limit(limit)
        .with_for_update()
    )
    rows = work.session.scalars(ended).all()
    if not rows:
        return 0
    work.session.execute(
        update(Alert)
        .where(Alert.key.in_([row.key for row in rows]))
        .values(
            was_state=Alert.state,
            was_severity=Alert.severity,
            state=AlertState.STALE.value,
            changes=Alert.changes + 1,
        ),
        execution_options=_NO_SYNC,
    )
    work.session.execute(insert(AlertTransition), [_gone_stale(row, work.now) for row in rows])
    return len(rows)


def _gone_stale(row: Alert, now: datetime) -> dict[str, Any]:
    return {
        "key": row.key,
        "number": row.changes + 1,
        "state": AlertState.STALE.value,
        "severity": row.severity,
        "was_state": row.state,
        "was_severity": row.severity,
        "market": row.market,
        "component": row.component,
        "started_at": row.started_at,
        "at": now,
    }


def set_flapping(work: Work, episodes: Mapping[int, Episode | None]) -> None:
    """Write which alerts flap; None for one that has been quiet for a window."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    for key, episode in sorted(episodes.items()):
        row = work.session.get(Flapping, key)
        if episode is None:
            if row is not None:
                work.session.delete(row)
            continue
        row = row or Flapping(key=key)
        row.since, row.last_change_at = episode.since, episode.last_change_at
        work.session.add(row)


def note_matches(work: Work, silence_ids: Collection[str]) -> None:
    """Remember that these silences have matched an open alert now."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    work.session.execute(
        update(Silence).where(Silence.id.in_([*silence_ids])).values(last_match_at=work.now),
        execution_options=_NO_SYNC,
    )


def archive(work: Work, limit: int = 500) -> int:
    """Move alerts that were resolved long ago into the archive; return how many."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    before = work.now - work.settings.ingest.keep_alerts
    old = (
        select(Alert)
        .where(IS_RESOLVED, Alert.resolved_at < before)
        .order_by(Alert.key)
        .limit(limit)
        .with_for_update()
    )
    rows = {row.key: row for row in work.session.scalars(old)}
    if not rows:
        return 0
    waiting = set(
        work.session.scalars(
            select(AlertTransition.key).where(
                AlertTransition.key.in_(rows), AlertTransition.taken_at.is_(None)
            )
        )
    )
    keys = sorted(rows.keys() - waiting)  # nothing leaves before incidents have seen it
    bodies = _bodies(work, [rows[key] for key in keys])
    if bodies:
        work.session.execute(insert(AlertArchive), bodies)
    tables = (AlertTransition, AlertSource, AlertDetail, AlertAcknowledgement, Flapping, Alert)
    for table in tables:
        work.session.execute(
            delete(table).where(table.key.in_(keys)),
            execution_options=_NO_SYNC,
        )
    return len(keys)


def forget(work: Work, limit: int = 2_000) -> int:
    """Delete from the archive what is older than it is kept; return how many."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    before = work.now - work.settings.ingest.keep_archive
    old = select(AlertArchive.id).where(AlertArchive.resolved_at < before).limit(limit)
    ids = work.session.scalars(old).all()
    if ids:
        work.session.execute(
            delete(AlertArchive).where(AlertArchive.id.in_(ids)), execution_options=_NO_SYNC
        )
    return len(ids)


def _bodies(work: Work, rows: Sequence[Alert]) -> list[dict[str, Any]]:
    keys = [row.key for row in rows]
    found: dict[str, dict[int, list[dict[str, Any]]]] = {}
    tables: tuple[Any, ...] = (AlertDetail, AlertSource, AlertTransition)
    for table in tables:
        by_key = found.setdefault(table.__tablename__, {})
        for part in work.session.scalars(select(table).where(table.key.in_(keys))):
            by_key.setdefault(part.key, []).append(_plain(part))
    return [
        {
            "key": row.key,
            "market": row.market,
            "resolved_at": row.resolved_at,
            "body": {
                "alert": _plain(row),
                "detail": found["alert_detail"].get(row.key, [{}])[0],
                "sources": found["alert_source"].get(row.key, []),
                "changes": found["alert_transition"].get(row.key, []),
            },
        }
        for row in rows
    ]


def _plain(row: Any) -> dict[str, Any]:  # noqa: ANN401 (a row of one of four tables)
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
