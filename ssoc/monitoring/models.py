"""Tables of monitoring. Alerts are written in bulk by ``alert_store`` only."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import JSON_TYPE, Base, Id, Json
from ssoc.monitoring.reading import Health, Reason

OPEN = text("state < 2")
RESOLVED = text("state = 2")
IF_OPEN: dict[str, Any] = {"sqlite_where": OPEN, "postgresql_where": OPEN}
IF_RESOLVED: dict[str, Any] = {"sqlite_where": RESOLVED, "postgresql_where": RESOLVED}
WAITING = text("taken_at IS NULL")


class Alert(Base):
    """The present state of one alert, as last reported.

    ``changes`` counts changes of state or severity and numbers the transitions; the ``was_``
    columns let one statement tell a change from a repeat without reading first. No index holds
    what a repeat renews (``said_at``, ``lease_until``): a repeat must stay cheap.
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert_open", "severity", "started_at", "key", **IF_OPEN),
        Index("ix_alert_open_market", "market", "severity", "started_at", "key", **IF_OPEN),
        Index("ix_alert_resolved", "severity", "started_at", "key", **IF_RESOLVED),
        Index("ix_alert_open_component", "component", sqlite_where=OPEN, postgresql_where=OPEN),
        {"postgresql_with": {"fillfactor": 70}},  # room for a repeat beside the row it renews
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[int] = mapped_column(SmallInteger)  # AlertState
    severity: Mapped[int] = mapped_column(SmallInteger)  # Severity
    was_state: Mapped[int | None] = mapped_column(SmallInteger)
    was_severity: Mapped[int | None] = mapped_column(SmallInteger)
    changes: Mapped[int] = mapped_column(Integer, default=0)
    repeats: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[datetime]
    newest_start: Mapped[datetime]  # of what was taken: an episode that ended never comes back
    said_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[str] = mapped_column(String(81), default="")  # way and source that gave it
    resolved_at: Mapped[datetime | None]
    market: Mapped[str] = mapped_column(String(8))
    component: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(255))
    service: Mapped[str] = mapped_column(String(255))
    instance: Mapped[str] = mapped_column(String(255))
    summary: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(64))
    way: Mapped[str] = mapped_column(String(16))


IS_OPEN = Alert.state < literal_column("2")  # written out: partial indexes need to see it
IS_RESOLVED = Alert.state == literal_column("2")


class AlertDetail(Base):
    """What is written when an alert is new: its labels and where it came from.

    Annotations, URL and severity word are written again when a new episode begins.
    """

    __tablename__ = "alert_detail"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    labels: Mapped[Json]
    annotations: Mapped[Json]
    url: Mapped[str] = mapped_column(Text)
    severity_word: Mapped[str] = mapped_column(String(64))


class AlertSource(Base):
    """By which ways an alert reached us; the same alert by two ways is one alert."""

    __tablename__ = "alert_source"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    way: Mapped[str] = mapped_column(String(16), primary_key=True)
    first_at: Mapped[datetime]


class AlertTransition(Base):
    """An alert changed state or severity; written once, however often it is reported."""

    __tablename__ = "alert_transition"
    __table_args__ = (
        UniqueConstraint("key", "number"),
        Index("ix_alert_transition_waiting", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_alert_transition_at", "at"),
    )

    id: Mapped[Id]
    key: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int]
    state: Mapped[int] = mapped_column(SmallInteger)
    severity: Mapped[int] = mapped_column(SmallInteger)
    was_state: Mapped[int | None] = mapped_column(SmallInteger)
    was_severity: Mapped[int | None] = mapped_column(SmallInteger)
    market: Mapped[str] = mapped_column(String(8))
    component: Mapped[str] = mapped_column(String(128))
    started_at: Mapped[datetime]
    at: Mapped[datetime]
    taken_at: Mapped[datetime | None]


class AlertArchive(Base):
    """A resolved alert of long ago as one document, so that the hot tables stay small.

    ``body`` holds the alert, its labels, sources and changes. An alert that comes back begins
    anew in ``alert``.
    """

    __tablename__ = "alert_archive"
    __table_args__ = (
        Index("ix_alert_archive_key", "key", "resolved_at"),
        Index("ix_alert_archive_resolved_at", "resolved_at"),
    )

    id: Mapped[Id]
    key: Mapped[int] = mapped_column(BigInteger)
    market: Mapped[str] = mapped_column(String(8))
    resolved_at: Mapped[datetime]
    body: Mapped[Json]


class AlertAcknowledgement(Base):
    """A source has taken one episode of its alert; it waits until an incident can be taken.

    ``markets`` are those the source may speak for when it says so, with commas between.
    """

    __tablename__ = "alert_acknowledgement"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    started_at: Mapped[datetime] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(String(128))
    markets: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Flapping(Base):
    """An alert that changes too often: pages are held until it has been quiet for a window."""

    __tablename__ = "flapping"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    since: Mapped[datetime]
    last_change_at: Mapped[datetime]


class IngestSource(Base):
    """One token and way, and when it last spoke; what "source silent" is reckoned from."""

    __tablename__ = "ingest_source"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    way: Mapped[str] = mapped_column(String(16), primary_key=True)
    market: Mapped[str] = mapped_column(String(8), primary_key=True)
    last_at: Mapped[datetime]
    alerts: Mapped[int] = mapped_column(BigInteger, default=0)


class IngestFault(Base):
    """What was refused, counted by door and kind, with the newest example of each."""

    __tablename__ = "ingest_fault"

    way: Mapped[str] = mapped_column(String(16), primary_key=True)
    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    faults: Mapped[int] = mapped_column(BigInteger, default=0)
    last_at: Mapped[datetime]
    example: Mapped[str] = mapped_column(String(500))


class Silence(Base):
    """Matchers that hold pages back for a time; kept after it has ended."""

    __tablename__ = "silence"
    __table_args__ = (Index("ix_silence_ends_at", "ends_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    matchers: Mapped[list[dict[str, object]]] = mapped_column(JSON_TYPE)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(128))
    comment: Mapped[str] = mapped_column(Text)
    markets: Mapped[str] = mapped_column(String(255))  # what its author may silence, or *
    updated_at: Mapped[datetime]
    last_match_at: Mapped[datetime | None]


class MaintenanceWindow(Base):
    """Announced work on components: pages of what is in scope are held while it lasts."""

    __tablename__ = "maintenance_window"
    __table_args__ = (Index("ix_maintenance_window_ends_at", "ends_at"),)

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(255))
    reference: Mapped[str] = mapped_column(String(64))
    components: Mapped[list[str]] = mapped_column(JSON_TYPE)
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    announced_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(128))
    ended_at: Mapped[datetime | None]  # finished or cancelled; empty while it may still run


class ChangeEvent(Base):
    """Something was changed on a platform, as a tool or a person told us: the change log.

    ``identity`` is the hash of the source and its own key: what is told twice stands here once.
    """

    __tablename__ = "change_event"
    __table_args__ = (
        Index("ix_change_event_at", "at"),
        Index("ix_change_event_received_at", "received_at", "id"),
        Index("uq_change_event_identity", "identity", unique=True),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(64))
    market: Mapped[str] = mapped_column(String(8))
    component: Mapped[str] = mapped_column(String(128))
    reference: Mapped[str] = mapped_column(String(128))
    summary: Mapped[str] = mapped_column(String(1024))
    details: Mapped[Json]
    links: Mapped[list[dict[str, str]]] = mapped_column(JSON_TYPE)
    ended_at: Mapped[datetime | None]
    identity: Mapped[str | None] = mapped_column(String(64))


class HeartbeatState(Base):
    """A dead-man heartbeat: when it was last heard. Its URL's token is kept as a hash."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    market: Mapped[str] = mapped_column(String(8))
    component: Mapped[str] = mapped_column(String(128))
    every_seconds: Mapped[int]
    grace_seconds: Mapped[int]
    made_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(String(500), default="")


class CheckState(Base):
    """What the newest poll of each check said, and since when it says so."""

    __tablename__ = "check_state"

    check: Mapped[str] = mapped_column(String(256), primary_key=True)
    component: Mapped[str] = mapped_column(String(128), index=True)
    market: Mapped[str] = mapped_column(String(8))
    path: Mapped[str] = mapped_column(String(64))
    health: Mapped[Health]
    reason: Mapped[Reason]
    message: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    polled_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    good_at: Mapped[datetime | None]
    unanswered: Mapped[int] = mapped_column(default=0)  # polls in a row without an answer
    memory: Mapped[Json] = mapped_column(default=dict)  # what the rules remember between polls
    raw: Mapped[str] = mapped_column(Text, default="")


class Poll(Base):
    """The outcome of one poll; kept raw for days, then as hourly roll-ups."""

    __tablename__ = "poll"
    __table_args__ = (UniqueConstraint("check", "at"), Index("ix_poll_at", "at"))

    id: Mapped[Id]
    check: Mapped[str] = mapped_column(String(256))
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    late_ms: Mapped[int]
    health: Mapped[Health]
    reason: Mapped[Reason]


class PollHour(Base):
    """One check's polls of one hour, counted: availability with its resolution."""

    __tablename__ = "poll_hour"
    __table_args__ = (Index("ix_poll_hour_at", "hour_at"),)

    check: Mapped[str] = mapped_column(String(256), primary_key=True)
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    ok: Mapped[int]
    degraded: Mapped[int]
    down: Mapped[int]
    unknown: Mapped[int]
    missed: Mapped[int]
    duration_ms_sum: Mapped[int] = mapped_column(BigInteger)
    duration_ms_max: Mapped[int]


class RollUpDue(Base):
    """An hour that got polls or samples since it was rolled up last; late rows mark it again."""

    __tablename__ = "roll_up_due"

    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    touched_at: Mapped[datetime]


class WatchMemory(Base):
    """What a watching job remembers between its turns, such as the alerts it raised."""

    __tablename__ = "watch_memory"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    memory: Mapped[Json]


class Series(Base):
    """One line of numbers: a sample's name and labels at a check."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("check", "name", "labels"),)

    id: Mapped[Id]
    check: Mapped[str] = mapped_column(String(256))
    component: Mapped[str] = mapped_column(String(128), index=True)
    market: Mapped[str] = mapped_column(String(8), index=True)
    name: Mapped[str] = mapped_column(String(128))
    labels: Mapped[str] = mapped_column(String(512))  # sorted JSON text, so that it can be a key
    unit: Mapped[str] = mapped_column(String(32))


class SampleRow(Base):
    """One number at one instant; NaN and infinities are NULL with ``special`` naming them."""

    __tablename__ = "sample"
    __table_args__ = (Index("ix_sample_at", "at"),)

    series_id: Mapped[int] = mapped_column(
        ForeignKey("series.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float | None] = mapped_column(Float)
    special: Mapped[str | None] = mapped_column(String(4))


class SampleHour(Base):
    """One series' numbers of one hour."""

    __tablename__ = "sample_hour"
    __table_args__ = (Index("ix_sample_hour_at", "hour_at"),)

    series_id: Mapped[int] = mapped_column(
        ForeignKey("series.id"), primary_key=True, autoincrement=False
    )
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
    sum: Mapped[float] = mapped_column(Float)
    least: Mapped[float] = mapped_column(Float)
    most: Mapped[float] = mapped_column(Float)


class AlertHour(Base):
    """Raw events and new alerts of one hour, per market: what noise figures are made of."""

    __tablename__ = "alert_hour"

    market: Mapped[str] = mapped_column(String(8), primary_key=True)
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)
    alerts: Mapped[int] = mapped_column(BigInteger)
