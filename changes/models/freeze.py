"""Tables of freezes: set by hand, read from calendars, overridden, run into."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import JSON_TYPE, Base, Id


class Freeze(Base):
    """A freeze that somebody set; no market means every one, no component everything.

    With ``is_local`` its times are on the wall in each of its markets, as ``2026-12-15T18:00``,
    and ``since`` and ``until`` are the outermost of them in UTC; else they are its times.
    """

    __tablename__ = "change_freeze"
    __table_args__ = (Index("ix_change_freeze_until", "until", "id"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(String(500), default="")
    is_hard: Mapped[bool]
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    components: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    is_local: Mapped[bool] = mapped_column(default=False)
    local_since: Mapped[str] = mapped_column(String(16), default="")
    local_until: Mapped[str] = mapped_column(String(16), default="")
    since: Mapped[datetime]
    until: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(128))
    added_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # what it says now holds since then
    lifted_by: Mapped[str] = mapped_column(String(128), default="")
    lifted_at: Mapped[datetime | None]
    lifted_because: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class FreezeFeed(Base):
    """A calendar of freezes: an address that is asked again and again, or a file.

    ``content`` is the last good copy; while the calendar cannot be read it goes on holding, and
    ``fault`` says why since ``failing_since``. ``faults`` are all of the last one that was broken.
    """

    __tablename__ = "freeze_feed"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(128))
    url: Mapped[str] = mapped_column(String(500), default="")  # empty for a file
    is_hard: Mapped[bool]
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    components: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    zone: Mapped[str] = mapped_column(String(64))  # of times that name none
    every_minutes: Mapped[int] = mapped_column(default=60)
    content: Mapped[str] = mapped_column(Text, default="")
    etag: Mapped[str] = mapped_column(String(255), default="")
    tried_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]  # when the last good copy came, or was confirmed
    expanded_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(String(500), default="")
    faults: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    added_by: Mapped[str] = mapped_column(String(128))
    added_at: Mapped[datetime]
    removed_by: Mapped[str] = mapped_column(String(128), default="")
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class FreezeEvent(Base):
    """One occurrence in a feed; ``first_on`` and ``last_on`` are ISO days of one without times.

    ``since`` and ``until`` are its times; of one without, the outermost of the world's zones.
    """

    __tablename__ = "freeze_event"
    __table_args__ = (
        UniqueConstraint("feed_id", "key"),
        Index("ix_freeze_event_until", "until", "id"),
    )

    id: Mapped[Id]
    feed_id: Mapped[int] = mapped_column(ForeignKey("freeze_feed.id"))
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(String(500), default="")
    is_hard: Mapped[bool]
    first_on: Mapped[str] = mapped_column(String(10), default="")
    last_on: Mapped[str] = mapped_column(String(10), default="")
    since: Mapped[datetime]
    until: Mapped[datetime]
    known_at: Mapped[datetime]


class FreezeOverride(Base):
    """Leave for one change, as planned then, to run through one hard freeze."""

    __tablename__ = "freeze_override"
    __table_args__ = (UniqueConstraint("change_id", "freeze_key", "plan_digest"),)

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"))
    freeze_key: Mapped[str] = mapped_column(String(128))
    freeze_name: Mapped[str] = mapped_column(String(255))
    plan_digest: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))


class FreezeMet(Base):
    """A freeze that began while a change was running: it went on, and this is the record."""

    __tablename__ = "freeze_met"
    __table_args__ = (UniqueConstraint("change_id", "freeze_key"),)

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"))
    freeze_key: Mapped[str] = mapped_column(String(128))
    freeze_name: Mapped[str] = mapped_column(String(255))
    is_hard: Mapped[bool]
    markets: Mapped[list[Any]] = mapped_column(JSON_TYPE, default=list)
    began_at: Mapped[datetime]


class CalendarLink(Base):
    """A person's own secret address of a calendar feed; its hash alone is kept."""

    __tablename__ = "calendar_link"
    __table_args__ = (Index("ix_calendar_link_person", "person", "id"),)

    id: Mapped[Id]
    person: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    component: Mapped[str] = mapped_column(String(128), default="")
    shows: Mapped[str] = mapped_column(String(16))  # changes, freezes, or both
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
