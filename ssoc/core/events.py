"""Domain events: an append-only, hash-chained event log and a transactional outbox beside it.

An event and one outbox entry per subscriber are written in the transaction of the change
they tell of, so neither can exist without the other. ``outbox.py`` delivers them. The log is
the audit trail: each row carries a hash over itself and the row before, and the database
refuses to change or delete rows (triggers in the migration). ``verify`` walks the chain.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ssoc.core.database import Base, Id, Json
from ssoc.core.vocabulary import DomainEvent

MAX_ATTEMPTS = 8
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=15)
GENESIS = "0" * 64


class EventRecord(Base):
    """The event log: read by audit, correlation and reports; rows are never changed."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject", "id"),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(128))
    subject: Mapped[str] = mapped_column(String(128))
    body: Mapped[Json]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    entries: Mapped[list["OutboxEntry"]] = relationship(back_populates="record")

    @property
    def event(self) -> DomainEvent:
        """Rebuild the typed event."""
        return DomainEvent.types[self.kind](**self.body)


class ChainHead(Base):
    """The end of the hash chain, locked while a unit of work appends to it."""

    __tablename__ = "event_chain"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    length: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default=GENESIS)


class OutboxEntry(Base):
    """One per event and subscriber, so a failing subscriber delays only itself.

    Waiting: ``due_at`` is set. Delivered: ``delivered_at`` is set. Stuck: neither is.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "due_at", "event_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    subscriber: Mapped[str] = mapped_column(String(128), primary_key=True)
    due_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    record: Mapped[EventRecord] = relationship(back_populates="entries")


@dataclass(frozen=True)
class Pending:
    """An event that waits for the end of its unit of work to be chained and written."""

    event: DomainEvent
    at: datetime
    by: str
    subscribers: Sequence[str]


def seal(session: Session, pending: Iterable[Pending]) -> None:
    """Append ``pending`` to the log and the outbox; the chain's head stays locked until commit."""
    waiting = list(pending)
    if not waiting:
        return
    head = session.scalars(select(ChainHead).where(ChainHead.id == 1).with_for_update()).one()
    for one in waiting:
        record = EventRecord(
            kind=type(one.event).__name__,
            at=one.at,
            by=one.by,
            subject=one.event.subject,
            body=asdict(one.event),
            previous_hash=head.hash,
        )
        record.hash = digest(record)
        record.entries = [OutboxEntry(subscriber=name, due_at=one.at) for name in one.subscribers]
        session.add(record)
        head.hash, head.length = record.hash, head.length + 1
    session.flush()  # rows are numbered in the order they were added, which is the chain's


def digest(record: EventRecord) -> str:
    """Return the SHA-256 over the row before and every field of this one, in a fixed form."""
    fields: list[Any] = [
        record.previous_hash,
        record.kind,
        record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        record.by,
        record.subject,
        record.body,
    ]
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What a walk over the whole chain found; ``broken_at`` is the first bad row, if any."""

    length: int
    broken_at: int | None = None
    reason: str = ""


def verify(session: Session) -> Verdict:
    """Walk the chain from its first row: every hash, every link, and the head's count."""
    previous, length = GENESIS, 0
    for record in _in_order(session):
        length += 1
        if record.previous_hash != previous:
            return Verdict(length, record.id, "a row before it was removed or put in")
        if record.hash != digest(record):
            return Verdict(length, record.id, "its content was changed")
        previous = record.hash
    head = session.get_one(ChainHead, 1)
    if (head.length, head.hash) != (length, previous):
        return Verdict(length, None, "rows at the end were removed")
    return Verdict(length)


def _in_order(session: Session, batch: int = 1_000) -> Iterator[EventRecord]:
    last = 0
    while rows := session.scalars(
        select(EventRecord).where(EventRecord.id > last).order_by(EventRecord.id).limit(batch)
    ).all():
        yield from rows
        last = rows[-1].id
        session.expunge_all()  # a walk over years must not keep years in memory


def retry_delay(attempts: int) -> timedelta | None:
    """Return the pause after the ``attempts``-th failure, doubling; None when it was the last."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(FIRST_DELAY * (1 << attempts - 1), LONGEST_DELAY)
