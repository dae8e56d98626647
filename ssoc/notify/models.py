"""Tables of notification."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import Base, Id
from ssoc.notify.rules import Kind


class Page(Base):
    """One thing one receiver is told about one incident; the ledger behind the resolve promise.

    ``key`` is receiver, incident and the event's number: a restart repeats nothing and loses
    nothing. ``skipped`` says why a row was never sent: it came too late, or something newer
    took its place. Waiting: ``due_at`` is set. Delivered: ``delivered_at`` is set.
    """

    __tablename__ = "page"
    __table_args__ = (
        Index("ix_page_due", "due_at"),
        Index("ix_page_incident", "incident_id", "receiver", "number"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)
    receiver: Mapped[str] = mapped_column(String(64))
    incident_id: Mapped[int]
    number: Mapped[int]
    kind: Mapped[Kind]
    markets: Mapped[str] = mapped_column(String(255))
    component: Mapped[str] = mapped_column(String(255))
    priority: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[str] = mapped_column(String(255), default="")
    last_error: Mapped[str | None] = mapped_column(String(500))


class Mail(Base):
    """One letter to one person: written first, sent by a job, tried again until it is too old.

    ``key`` says what it is about and to whom: the same is never written twice.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "due_at"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)
    person: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    planned_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[str] = mapped_column(String(255), default="")
    last_error: Mapped[str | None] = mapped_column(String(500))
