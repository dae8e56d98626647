"""Read the audit trail: the event log, newest first, filtered, and its chain verified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from ssoc.core.events import EventRecord, Verdict, verify
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

MOST = 200


@dataclass(frozen=True)
class Filters:
    """What the trail is narrowed to; empty means all of it. ``subject`` may end with ``*``."""

    kind: str = ""
    subject: str = ""
    by: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    id: int
    at: datetime
    kind: str
    by: str
    subject: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Trail:
    """One page of the trail; ``next`` is the number to go on before, None at the end."""

    items: Sequence[Entry]
    next: int | None


def trail(work: Work, filters: Filters, before: int | None = None, limit: int = 50) -> Trail:
    """Return a page of the trail, newest first; page 1,000 costs what page 1 does."""
    work.require(Permission.AUDIT_SEE, EVERYWHERE)
    size = max(1, min(limit, MOST))
    where = _conditions(filters)
    if before is not None:
        where.append(EventRecord.id < before)
    rows = select(EventRecord).where(*where).order_by(EventRecord.id.desc()).limit(size + 1)
    found = [
        Entry(row.id, row.at, row.kind, row.by, row.subject, row.body)
        for row in work.session.scalars(rows)
    ]
    return Trail(found[:size], found[size - 1].id if len(found) > size else None)


def verify_trail(work: Work) -> Verdict:
    """Walk the whole chain and say whether somebody changed, removed or put in a row."""
    work.require(Permission.AUDIT_SEE, EVERYWHERE)
    return verify(work.session)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if filters.kind:
        where.append(EventRecord.kind == filters.kind)
    if filters.subject.endswith("*"):
        where.append(EventRecord.subject.startswith(filters.subject[:-1], autoescape=True))
    elif filters.subject:
        where.append(EventRecord.subject == filters.subject)
    if filters.by:
        where.append(EventRecord.by == filters.by)
    if filters.since:
        where.append(EventRecord.at >= filters.since)
    if filters.until:
        where.append(EventRecord.at < filters.until)
    return where
