"""Tables of incidents. One row each for what people work on; what led there stands beside it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from incidents.lifecycle import INCIDENT, State
from ssoc.core.database import JSON_TYPE, Base, Id, Json
from ssoc.core.vocabulary import Priority

LIVE = text("state NOT IN ('resolved', 'closed')")
HERE = text("left_at IS NULL")
UNPLACED = text("incident_id IS NULL AND state < 2")
FIRING = text("state < 2")
MOVED = text("is_moved AND state < 2")
BAD = text("bad_since IS NOT NULL")
UNSEEN = text("unseen_since IS NOT NULL AND seen_again_at IS NULL")


class Incident(Base):
    """One impairment of one component, from detection to closure.

    ``component`` is a key of the estate, or ``?market/name`` for alerts that no component of
    the estate explains. ``parent_id`` is the incident it is a symptom of; ``is_suspected`` says
    that the component itself has not reported: its dependants point at it.
    """

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("resolved_at >= opened_at", name="resolved_after_opened"),
        Index(  # two correlators cannot open the same incident twice
            "uq_incident_live_component",
            "component",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index(
            "ix_incident_live", "priority", "opened_at", sqlite_where=LIVE, postgresql_where=LIVE
        ),
        Index("ix_incident_component_resolved", "component", "resolved_at"),
        Index("ix_incident_opened_at", "opened_at"),
        Index("ix_incident_resolved_at", "resolved_at"),
        Index("ix_incident_parent_id", "parent_id"),
    )

    id: Mapped[Id]
    component: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(255))
    title_told: Mapped[list[Any]] = mapped_column(JSON_TYPE, default=list)  # none: a person's words
    reason: Mapped[str] = mapped_column(Text)
    reason_told: Mapped[list[Any]] = mapped_column(JSON_TYPE, default=list)
    state: Mapped[State] = mapped_column(default=INCIDENT.start)
    severity: Mapped[int] = mapped_column(SmallInteger)  # Severity
    worst_severity: Mapped[int] = mapped_column(SmallInteger, default=0)  # that it ever had
    impact: Mapped[int] = mapped_column(SmallInteger)  # 1 to 3
    urgency: Mapped[int] = mapped_column(SmallInteger)  # 1 to 3
    priority: Mapped[Priority]
    priority_reason: Mapped[str] = mapped_column(String(500), default="")  # set when overridden
    is_suspected: Mapped[bool] = mapped_column(default=False)
    is_forced: Mapped[bool] = mapped_column(default=False)  # resolved by hand while still firing
    held_because: Mapped[str] = mapped_column(String(255), default="")  # why nobody was paged
    owner: Mapped[str] = mapped_column(String(64), default="")
    declared_by: Mapped[str] = mapped_column(String(128), default="")  # a person opened it
    offered_id: Mapped[int | None]  # a declared one may be a symptom of that; a person decides
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    alerts: Mapped[int] = mapped_column(default=0)  # ever attached
    told: Mapped[int] = mapped_column(default=0)  # events so far: subscribers order them by it
    opened_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    mitigated_at: Mapped[datetime | None]
    cause_cleared_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class IncidentMarket(Base):
    """A market the incident touches, and what it has cost there so far.

    ``lost`` transactions and ``value_lost`` in ``currency`` are NULL when nobody can know:
    no volume is measured there, or the market is not seen. ``unknown_seconds`` of the time
    reckoned had no figures and are not in ``lost``. ``unseen_since`` is set when the incident
    keeps us from seeing the market, which is not down for all we know; ``seen_again_at`` when
    it is seen again and nothing else of the incident fails there.
    """

    __tablename__ = "incident_market"
    __table_args__ = (
        Index("ix_incident_market_market", "market", "incident_id"),
        Index(
            "ix_incident_market_unseen",
            "incident_id",
            sqlite_where=UNSEEN,
            postgresql_where=UNSEEN,
        ),
    )

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id"), primary_key=True, autoincrement=False
    )
    market: Mapped[str] = mapped_column(String(8), primary_key=True)
    lost: Mapped[Decimal | None] = mapped_column(Numeric(20, 2))
    value_lost: Mapped[Decimal | None] = mapped_column(Numeric(24, 4))
    currency: Mapped[str] = mapped_column(String(3), default="")
    usd_lost: Mapped[Decimal | None] = mapped_column(Numeric(24, 4))
    lost_per_minute: Mapped[Decimal | None] = mapped_column(Numeric(20, 2))
    success_percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 3))
    usual_percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 3))
    share_lost: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))
    reckoned_to: Mapped[datetime | None]
    uncounted: Mapped[str] = mapped_column(String(32), default="")  # why nothing is counted now
    counted_at_id: Mapped[int | None]  # the incident to which this market's loss counts instead
    unknown_seconds: Mapped[int] = mapped_column(default=0)
    unseen_since: Mapped[datetime | None]
    seen_again_at: Mapped[datetime | None]


class IncidentComponent(Base):
    """A failing component of the incident: its cause or a symptom, and why it belongs here.

    A symptom that the cause no longer explains keeps its place for a while (``loose_since``),
    so that a recovery in any order does not scatter one incident into many.
    """

    __tablename__ = "incident_component"
    __table_args__ = (
        Index("ix_incident_component_component", "component", "left_at"),
        Index(
            "ix_incident_component_here",
            "incident_id",
            sqlite_where=HERE,
            postgresql_where=HERE,
        ),
    )

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id"), primary_key=True, autoincrement=False
    )
    component: Mapped[str] = mapped_column(String(255), primary_key=True)
    is_cause: Mapped[bool]
    is_moved: Mapped[bool] = mapped_column(default=False)  # a person put it here
    reason: Mapped[str] = mapped_column(Text)
    joined_at: Mapped[datetime]
    loose_since: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # it cleared, or was moved elsewhere


class IncidentAlert(Base):
    """One episode of one alert as the correlator knows it, and the one incident it counts to.

    ``component`` is its place: a component of the estate, or ``?market/name``. Without an
    incident it waits: for a deeper cause, or for the end of a silence.
    """

    __tablename__ = "incident_alert"
    __table_args__ = (
        Index("ix_incident_alert_incident", "incident_id", "key"),
        Index("ix_incident_alert_key", "key"),
        Index(
            "ix_incident_alert_waiting",
            "component",
            sqlite_where=UNPLACED,
            postgresql_where=UNPLACED,
        ),
        Index("ix_incident_alert_open", "component", sqlite_where=FIRING, postgresql_where=FIRING),
        Index("ix_incident_alert_moved", "incident_id", sqlite_where=MOVED, postgresql_where=MOVED),
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    started_at: Mapped[datetime] = mapped_column(primary_key=True)
    component: Mapped[str] = mapped_column(String(255))
    market: Mapped[str] = mapped_column(String(8), default="")
    name: Mapped[str] = mapped_column(String(255), default="")
    severity: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[int] = mapped_column(SmallInteger)  # AlertState
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    is_moved: Mapped[bool] = mapped_column(default=False)  # a person put it here
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ComponentState(Base):
    """How many alerts fail at a component now, kept by the correlator from transitions alone.

    ``bad_since`` is when its oldest episode began at the source, ``worst_since`` when it last
    became worse, ``turned_at`` when we heard of it.
    """

    __tablename__ = "component_state"
    __table_args__ = (
        Index("ix_component_state_bad", "component", sqlite_where=BAD, postgresql_where=BAD),
    )

    component: Mapped[str] = mapped_column(String(255), primary_key=True)
    critical: Mapped[int] = mapped_column(default=0)
    error: Mapped[int] = mapped_column(default=0)
    warning: Mapped[int] = mapped_column(default=0)
    info: Mapped[int] = mapped_column(default=0)
    stale: Mapped[int] = mapped_column(default=0)  # of those above
    ours: Mapped[int] = mapped_column(default=0)  # of those above information: about our watching
    bad_since: Mapped[datetime | None]
    worst_since: Mapped[datetime | None]
    turned_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]


class CorrelatorTurn(Base):
    """One row, locked while a correlator works: two at once take turns."""

    __tablename__ = "correlator_turn"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ended_at: Mapped[datetime | None]
    episodes: Mapped[int] = mapped_column(BigInteger, default=0)


class TimelineEntry(Base):
    """One line of an incident's story, newest last."""

    __tablename__ = "incident_timeline"
    __table_args__ = (Index("ix_incident_timeline_incident", "incident_id", "at", "id"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(128))
    text: Mapped[str] = mapped_column(Text)
    body: Mapped[Json] = mapped_column(default=dict)


class ClockEvent(Base):
    """What moved an incident's clocks: the append-only list that every clock is folded from."""

    __tablename__ = "incident_clock_event"
    __table_args__ = (Index("ix_incident_clock_event_incident", "incident_id", "at"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    clock: Mapped[str] = mapped_column(String(16))  # response, update, resolve, or * for all
    kind: Mapped[str] = mapped_column(String(16))  # start, pause, resume, retarget, stop, update
    at: Mapped[datetime]  # when it took effect
    recorded_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
    party: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(String(255), default="")
    body: Mapped[Json] = mapped_column(default=dict)


class ClockDue(Base):
    """When a running clock is to be looked at: an index over ``ClockEvent``, never the truth.

    Made anew from the events whenever one is added; a clock that is paused or has stopped has
    no row. ``next_at`` is the next instant at which there is something to say of it.
    """

    __tablename__ = "incident_clock_due"
    __table_args__ = (
        Index("ix_incident_clock_due_at_risk", "at_risk_at"),
        Index("ix_incident_clock_due_next", "next_at"),
    )

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id"), primary_key=True, autoincrement=False
    )
    clock: Mapped[str] = mapped_column(String(16), primary_key=True)
    at_risk_at: Mapped[datetime]
    due_at: Mapped[datetime]
    next_at: Mapped[datetime | None]


class IncidentRole(Base):
    """Who holds which role in an incident, and since when; given up, never overwritten."""

    __tablename__ = "incident_role"
    __table_args__ = (
        Index(
            "uq_incident_role_held",
            "incident_id",
            "role",
            unique=True,
            sqlite_where=HERE,
            postgresql_where=HERE,
        ),
    )

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    role: Mapped[str] = mapped_column(String(32))
    person: Mapped[str] = mapped_column(String(64))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
