"""Tables of migration: runs, rehearsed and real, what each checked, and waivers."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import JSON_TYPE, Base, Id


class MigrationRun(Base):
    """One migration of a site's records from one snapshot of the old system.

    ``number`` counts the runs of the site, rehearsals and the real one alike. ``source_snapshot``
    names the state of the old system: its time, or its hash.
    """

    __tablename__ = "migration_run"
    __table_args__ = (
        UniqueConstraint("site_rollout_id", "number", name="uq_migration_run_number"),
    )

    id: Mapped[Id]
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))
    number: Mapped[int]
    source_snapshot: Mapped[str] = mapped_column(String(128))
    is_rehearsal: Mapped[bool] = mapped_column(default=True)
    is_clean: Mapped[bool]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(128))


class MigrationCheck(Base):
    """One figure of a run: what the old side says, what the new one says, and our judgement.

    Figures are decimals as text, so that no money is rounded. ``details`` holds the true counts
    and the first of the keys, orphans or differences.
    """

    __tablename__ = "migration_check"
    __table_args__ = (Index("ix_migration_check_run", "run_id", "id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("migration_run.id"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(128))
    account_class: Mapped[str] = mapped_column(String(64), default="")
    currency: Mapped[str] = mapped_column(String(3), default="")
    expected: Mapped[str] = mapped_column(String(64), default="")
    actual: Mapped[str] = mapped_column(String(64), default="")  # empty is no data
    tolerance: Mapped[str] = mapped_column(String(64), default="0")
    result: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(String(500), default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)


class MigrationWaiver(Base):
    """A person lets a site go on without two clean rehearsals; rows are only added.

    ``through`` is the last run that was known then: a rehearsal that fails later voids it.
    """

    __tablename__ = "migration_waiver"
    __table_args__ = (Index("ix_migration_waiver_site", "site_rollout_id", "id"),)

    id: Mapped[Id]
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))
    through: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
