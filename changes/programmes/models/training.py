"""Tables of training: courses, sessions, who came, who is able until when, rosters and cover."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import Base, Id


class Course(Base):
    """What sellers must know before their site is cut over.

    ``valid_days`` is how long a passed course holds, 0 for ever; ``pass_score`` the least score
    that passes, 0 when having been there is enough.
    """

    __tablename__ = "training_course"
    __table_args__ = (UniqueConstraint("programme_id", "name", name="uq_training_course_name"),)

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    name: Mapped[str] = mapped_column(String(128))
    is_required: Mapped[bool] = mapped_column(default=True)
    valid_days: Mapped[int] = mapped_column(default=0)
    pass_score: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class TrainingSession(Base):
    """A course given once: at a site, or for a region when ``site_id`` is empty.

    ``day`` is the local day of ``zone``; the two instants are the same hours in UTC, so that a
    trainer of two countries is never in two places at once.
    """

    __tablename__ = "training_session"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_training_session_programme", "programme_id", "day"),
        Index("ix_training_session_trainer", "trainer", "starts_at"),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    market: Mapped[str] = mapped_column(String(8))
    region: Mapped[str] = mapped_column(String(64), default="")
    trainer: Mapped[str] = mapped_column(String(128))
    room: Mapped[str] = mapped_column(String(128), default="")
    capacity: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    zone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    planned_at: Mapped[datetime]
    planned_by: Mapped[str] = mapped_column(String(128))
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str] = mapped_column(String(128), default="")
    cancelled_because: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Attendance(Base):
    """A person who is booked into a session; ``attended`` is empty until it was held."""

    __tablename__ = "training_attendance"
    __table_args__ = (Index("ix_training_attendance_staff", "staff_id"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("site_staff.id"), primary_key=True)
    attended: Mapped[bool | None]
    score: Mapped[int | None]
    recorded_at: Mapped[datetime | None]
    recorded_by: Mapped[str] = mapped_column(String(128), default="")


class Competency(Base):
    """Somebody passed a course; ``valid_to`` is the last day it holds, empty is for ever."""

    __tablename__ = "training_competency"

    staff_id: Mapped[int] = mapped_column(ForeignKey("site_staff.id"), primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    evidence: Mapped[str] = mapped_column(String(500), default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(128))


class Roster(Base):
    """Who is planned to work at a site on a day."""

    __tablename__ = "site_roster"
    __table_args__ = (Index("ix_site_roster_staff", "staff_id", "day"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("site_staff.id"), primary_key=True)
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(128))


class Absence(Base):
    """Somebody on the roster who will not be there that day."""

    __tablename__ = "site_absence"
    __table_args__ = (
        UniqueConstraint("staff_id", "day", name="uq_site_absence_staff"),
        Index("ix_site_absence_site", "site_id", "day"),
    )

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("site_staff.id"))
    day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(255), default="")
    reported_at: Mapped[datetime]
    reported_by: Mapped[str] = mapped_column(String(128))


class Cover(Base):
    """Somebody who works at a site for a day in the place of others.

    Either for an absence (then for that one person), or for a session that takes people away.
    """

    __tablename__ = "site_cover"
    __table_args__ = (
        UniqueConstraint("staff_id", "day", name="uq_site_cover_staff"),
        Index("ix_site_cover_site", "site_id", "day"),
    )

    id: Mapped[Id]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    day: Mapped[date] = mapped_column(Date)
    staff_id: Mapped[int] = mapped_column(ForeignKey("site_staff.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("training_session.id"))
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("site_absence.id"), unique=True)
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[str] = mapped_column(String(128))
