"""Tables of the plan: programmes, releases, waves, sites, and the way of each site."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from changes.programmes.lifecycle import SITE, SiteState
from ssoc.core.database import JSON_TYPE, Base, Id

Rows = list[dict[str, Any]]


class Programme(Base):
    """One plan with one steering body over many sites.

    ``steering`` maps a voting role (``IT``, ``business``, ``finance``, ``security``, ``vendor``)
    to the names of the accounts that vote for it. ``terms`` are its own values over the policy's:
    exit rule, days of hypercare, share of trained sellers, quorum. ``brake`` is the definition
    of the gate over finished sites. ``baseline`` is the plan as it was agreed: sites accepted by
    the end of each week, by ISO date.
    """

    __tablename__ = "programme"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(255), unique=True)
    purpose: Mapped[str] = mapped_column(Text, default="")
    sponsor: Mapped[str] = mapped_column(String(128), default="")
    authority: Mapped[str] = mapped_column(String(128), default="")  # may override a no-go
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    steering: Mapped[dict[str, list[str]]] = mapped_column(JSON_TYPE, default=dict)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    brake: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    baseline: Mapped[dict[str, int]] = mapped_column(JSON_TYPE, default=dict)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(128))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Release(Base):
    """What is brought to sites: versions and interfaces, frozen once a site migrates to them.

    ``versions`` maps what has one (``software``, ``terminal``, ``configuration``) to it.
    """

    __tablename__ = "programme_release"
    __table_args__ = (UniqueConstraint("programme_id", "name", name="uq_programme_release_name"),)

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    name: Mapped[str] = mapped_column(String(128))
    versions: Mapped[dict[str, str]] = mapped_column(JSON_TYPE, default=dict)
    change_id: Mapped[int | None] = mapped_column(ForeignKey("change.id"))  # that was approved
    frozen_at: Mapped[datetime | None]
    frozen_by: Mapped[str] = mapped_column(String(128), default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ProgrammeWave(Base):
    """Sites that go together: a region or market, so many a week, between two dates.

    ``paused_because`` is not empty while the brake, or a person, holds it.
    """

    __tablename__ = "programme_wave"
    __table_args__ = (UniqueConstraint("programme_id", "position", name="uq_programme_wave_place"),)

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    release_id: Mapped[int] = mapped_column(ForeignKey("programme_release.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(128))
    market: Mapped[str] = mapped_column(String(8))
    region: Mapped[str] = mapped_column(String(64), default="")
    per_week: Mapped[int] = mapped_column(default=0)  # sites; 0 is no limit
    criteria_in: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    criteria_out: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str] = mapped_column(String(128), default="")
    paused_because: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Site(Base):
    """A shop, agent hub, till, branch, or a cohort that is no place.

    ``opening_hours`` maps a weekday (``mon``) to ``["08:00", "18:00"]``; one that is missing is
    closed. ``hardware`` are rows of ``item``, ``model``, ``serial``; ``contacts`` of ``name``,
    ``role``, ``phone``. ``survey_missing`` is not stored: it follows from what is empty.
    """

    __tablename__ = "site"
    __table_args__ = (Index("ix_site_market", "market", "region", "id"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    market: Mapped[str] = mapped_column(String(8))
    region: Mapped[str] = mapped_column(String(64), default="")
    type: Mapped[str] = mapped_column(String(16))
    zone: Mapped[str] = mapped_column(String(64), default="")
    opening_hours: Mapped[dict[str, list[str]]] = mapped_column(JSON_TYPE, default=dict)
    busiest_days: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    connectivity: Mapped[str] = mapped_column(String(255), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    minimum_staff: Mapped[int] = mapped_column(default=1)
    contacts: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    hardware: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    banks: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class SiteRollout(Base):
    """One site on its way in one release.

    ``was`` is where it stood before it was blocked. ``moved_at`` is the last move; ``slot_on`` the
    local day of the cut-over; ``crew`` the team booked for it.
    """

    __tablename__ = "site_rollout"
    __table_args__ = (
        UniqueConstraint("site_id", "release_id", name="uq_site_rollout_site"),
        Index("ix_site_rollout_wave", "wave_id", "id"),
        Index("ix_site_rollout_programme", "programme_id", "state"),
        Index("ix_site_rollout_accepted", "programme_id", "accepted_at"),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    wave_id: Mapped[int] = mapped_column(ForeignKey("programme_wave.id"))
    release_id: Mapped[int] = mapped_column(ForeignKey("programme_release.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    state: Mapped[SiteState] = mapped_column(default=SITE.start)
    was: Mapped[SiteState | None]
    slot_on: Mapped[date | None] = mapped_column(Date)
    crew: Mapped[str] = mapped_column(String(64), default="")
    champion: Mapped[str] = mapped_column(String(128), default="")
    blocked_because: Mapped[str] = mapped_column(String(500), default="")
    blocked_kind: Mapped[str] = mapped_column(String(32), default="")  # for the Pareto of reasons
    blocked_owner: Mapped[str] = mapped_column(String(128), default="")
    blocked_at: Mapped[datetime | None]
    deferred_to: Mapped[date | None] = mapped_column(Date)
    deferred_by: Mapped[str] = mapped_column(String(128), default="")
    moved_at: Mapped[datetime]
    cut_over_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class SiteMoved(Base):
    """One move of a site, by whom and why; rows are only added."""

    __tablename__ = "site_moved"
    __table_args__ = (Index("ix_site_moved_site", "site_rollout_id", "id"),)

    id: Mapped[Id]
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))
    move: Mapped[str] = mapped_column(String(32))
    state: Mapped[SiteState]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(String(500), default="")


class CrewBooking(Base):
    """A crew is at one site on one day, and nowhere else."""

    __tablename__ = "crew_booking"

    crew: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))


class SiteStaff(Base):
    """Somebody who works at a site; ``left_on`` is the first day they are gone."""

    __tablename__ = "site_staff"
    __table_args__ = (
        UniqueConstraint("site_id", "code", name="uq_site_staff_code"),
        Index("ix_site_staff_site", "site_id", "id"),
    )

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    role: Mapped[str] = mapped_column(String(32), default="seller")
    joined_on: Mapped[date | None] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)
