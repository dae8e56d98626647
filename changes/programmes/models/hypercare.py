"""Tables of hypercare, the wave brake and the forecast: figures of sites, days, measurements."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from changes.programmes.rules.hypercare import DayResult
from ssoc.core.database import JSON_TYPE, Base, Id


class SiteFigure(Base):
    """What one site sold in one hour (UTC) in one currency; sent again, the newer counts."""

    __tablename__ = "site_figure"
    __table_args__ = (Index("ix_site_figure_hour", "hour"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    sales: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(Numeric(20, 3))
    failed: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime]


class SiteTicket(Base):
    """A ticket or incident of one site, as its desk counts it; the reference is the desk's."""

    __tablename__ = "site_ticket"
    __table_args__ = (
        UniqueConstraint("site_id", "reference", name="uq_site_ticket_reference"),
        Index("ix_site_ticket_opened", "opened_at", "site_id"),
    )

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    reference: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(255), default="")
    opened_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(128))


class WatchDay(Base):
    """One day of one watched site: inside its limits, outside, no data, or closed, and why.

    ``figures`` are what it rests on: sold and usual by currency, tickets here and at controls.
    """

    __tablename__ = "site_watch_day"

    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    result: Mapped[DayResult]
    why: Mapped[str] = mapped_column(Text, default="")
    figures: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    reckoned_at: Mapped[datetime]


class WaveBrake(Base):
    """The health gate that brakes after one wave; the wave behind it is the one that is paused."""

    __tablename__ = "wave_brake"

    wave_id: Mapped[int] = mapped_column(ForeignKey("programme_wave.id"), primary_key=True)
    gate_id: Mapped[int]
    opened_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class BrakeReading(Base):
    """What was measured for a brake already: a site once, everything else once a day."""

    __tablename__ = "brake_reading"

    wave_id: Mapped[int] = mapped_column(ForeignKey("programme_wave.id"), primary_key=True)
    metric: Mapped[str] = mapped_column(String(64), primary_key=True)
    about: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]


class ProgrammeForecast(Base):
    """The forecast as it was on one day: rows are only added, so that one sees how it moved."""

    __tablename__ = "programme_forecast"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    total: Mapped[int]
    accepted: Mapped[int]
    rate: Mapped[float]
    slow_rate: Mapped[float]
    p50_on: Mapped[date | None] = mapped_column(Date)
    p90_on: Mapped[date | None] = mapped_column(Date)
