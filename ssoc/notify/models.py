"""Tables of notification."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import Base, Id


class Page(Base):
    """One thing one receiver is told about one incident; the ledger behind the resolve promise.

    ``key`` is receiver, incident and sequence: a restart repeats nothing and loses nothing.
    """

    __tablename__ = "page"
    __table_args__ = (
        Index("ix_page_due", "due_at"),
        Index("ix_page_incident", "incident_id", "receiver", "id"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)
    receiver: Mapped[str] = mapped_column(String(64))
    incident_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))  # firing, worsened, nested, resolved
    markets: Mapped[str] = mapped_column(String(255))
    priority: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
