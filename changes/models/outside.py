"""What became of entries of the change log."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from changes.lifecycle import Sighted
from ssoc.core.database import Base


class ChangeSighting(Base):
    """One entry of the change log with the change it belongs to, or why it needs none.

    ``event_id`` is the entry's number; ``judged_by`` is the person who said so, empty when a
    rule did.
    """

    __tablename__ = "change_sighting"
    __table_args__ = (
        Index("ix_change_sighting_received_at", "received_at"),
        Index("ix_change_sighting_change_id", "change_id", "at"),
        Index("ix_change_sighting_component", "component", "source", "at"),
        Index("ix_change_sighting_verdict", "verdict", "at"),
    )

    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(64))
    market: Mapped[str] = mapped_column(String(8))
    component: Mapped[str] = mapped_column(String(128))
    verdict: Mapped[Sighted]
    change_id: Mapped[int | None] = mapped_column(ForeignKey("change.id"))
    reason: Mapped[str] = mapped_column(String(500))
    judged_by: Mapped[str] = mapped_column(String(128), default="")
    judged_at: Mapped[datetime]
