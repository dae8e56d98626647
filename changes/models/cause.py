"""Tables of causes: incidents as their events tell them, suspects as ranked, what people said."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from changes.lifecycle import Verdict
from ssoc.core.database import JSON_TYPE, Base, Id

LIVE = text("ended_at IS NULL")


class TroubledIncident(Base):
    """An incident as far as its events tell it; incidents themselves live in another room.

    ``told`` is the number of the newest event that counted, ``ranked_to`` the newest entry of
    the change log that was there when its suspects were ranked last.
    """

    __tablename__ = "change_incident"
    __table_args__ = (
        Index("ix_change_incident_live", "began_at", sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_change_incident_began_at", "began_at"),
    )

    incident_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    component: Mapped[str] = mapped_column(String(255), default="")
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    title: Mapped[str] = mapped_column(String(255), default="")
    priority: Mapped[str] = mapped_column(String(8), default="")
    began_at: Mapped[datetime]
    again_at: Mapped[datetime | None]  # reopened: the last time
    ended_at: Mapped[datetime | None]
    told: Mapped[int] = mapped_column(default=0)
    ranked_at: Mapped[datetime | None]
    is_nested: Mapped[bool] = mapped_column(default=False)  # a symptom of another incident


class CauseSuspect(Base):
    """A suspect as ranked last: its place, its score and the terms it is the sum of."""

    __tablename__ = "change_suspect"
    __table_args__ = (Index("ix_change_suspect_change", "change_id", "incident_id"),)

    incident_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    candidate: Mapped[str] = mapped_column(String(160), primary_key=True)
    change_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(1024))
    rank: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[float] = mapped_column(Float)
    terms: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)
    path: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    ranked_at: Mapped[datetime]


class CauseVerdict(Base):
    """What a person said of a suspect, why, and how it was ranked then; rows are only added."""

    __tablename__ = "change_cause"
    __table_args__ = (
        Index("ix_change_cause_incident", "incident_id", "id"),
        Index("ix_change_cause_change", "change_id", "id"),
    )

    id: Mapped[Id]
    incident_id: Mapped[int]
    candidate: Mapped[str] = mapped_column(String(160))
    change_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(1024))
    verdict: Mapped[Verdict]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    rank: Mapped[int | None] = mapped_column(SmallInteger)
    score: Mapped[float | None] = mapped_column(Float)
