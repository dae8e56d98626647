"""Tables of reconciliation: how extracts are read, parallel runs, their days and their breaks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from changes.reconciliation.lifecycle import BREAK, BreakState
from ssoc.core.database import JSON_TYPE, Base, Id

Rows = list[dict[str, Any]]


class ExtractDefinition(Base):
    """How the extracts of one system are read; ``content`` as ``rules.definition`` reads it."""

    __tablename__ = "recon_definition"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    market: Mapped[str] = mapped_column(String(8))
    content: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE)
    set_by: Mapped[str] = mapped_column(String(128))
    set_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ParallelRun(Base):
    """Two systems side by side for one subject, such as ``site:12``, and when that may end.

    ``weekdays`` are ISO weekdays of business; holidays are the market's. ``old`` and ``new`` say
    where extracts come from: ``kind`` (upload, folder, sql), ``definition`` and what the kind
    needs. ``due_minute`` of the next local day is when a day's run should be there.
    """

    __tablename__ = "recon_parallel"
    __table_args__ = (Index("ix_recon_parallel_subject", "subject", "id"),)

    id: Mapped[Id]
    subject: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(255))
    market: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(64))
    mode: Mapped[str] = mapped_column(String(16))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    days: Mapped[int]  # k of the exit rule
    tolerance: Mapped[str] = mapped_column(String(32))  # e, exact
    needs_month_end: Mapped[bool] = mapped_column(default=False)
    weekdays: Mapped[list[int]] = mapped_column(JSON_TYPE, default=list)
    window_seconds: Mapped[int]
    rounding: Mapped[int]
    by_account: Mapped[bool] = mapped_column(default=False)
    old: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    new: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    due_minute: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    ended_by: Mapped[str] = mapped_column(String(128), default="")
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ReconRun(Base):
    """One day compared, or the try of it; a later one takes its place, both are kept.

    Of the extracts only digests and totals stay. ``totals``, ``classes``, ``matches``, ``sample``
    and ``faults`` are plain rows as ``changes.reconciliation.plain`` writes them; amounts in them
    are minor units.
    """

    __tablename__ = "recon_run"
    __table_args__ = (
        UniqueConstraint("parallel_id", "day", "number", name="uq_recon_run_number"),
        Index(
            "uq_recon_run_current",
            "parallel_id",
            "day",
            unique=True,
            sqlite_where=text("is_current = 1"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[Id]
    parallel_id: Mapped[int] = mapped_column(ForeignKey("recon_parallel.id"))
    day: Mapped[date] = mapped_column(Date)
    number: Mapped[int]
    has_result: Mapped[bool]
    is_current: Mapped[bool]  # the one with a result that counts
    reason: Mapped[str] = mapped_column(String(1000), default="")
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
    old_name: Mapped[str] = mapped_column(String(255), default="")
    new_name: Mapped[str] = mapped_column(String(255), default="")
    old_digest: Mapped[str] = mapped_column(String(64), default="")
    new_digest: Mapped[str] = mapped_column(String(64), default="")
    old_lines: Mapped[int] = mapped_column(default=0)
    new_lines: Mapped[int] = mapped_column(default=0)
    breaks: Mapped[int] = mapped_column(default=0)
    unlisted: Mapped[int] = mapped_column(default=0)  # breaks that are counted, not kept
    fault_count: Mapped[int] = mapped_column(default=0)
    totals: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    classes: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    matches: Mapped[dict[str, int]] = mapped_column(JSON_TYPE, default=dict)
    sample: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    faults: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)


class ReconBreak(Base):
    """Lines that found no counterpart; amounts are minor units, none on the side without a line.

    ``found_on`` is the later day on which the counterpart came.
    """

    __tablename__ = "recon_break"
    __table_args__ = (
        Index("ix_recon_break_run", "run_id", "id"),
        Index("ix_recon_break_state", "parallel_id", "state", "day"),
    )

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("recon_run.id"))
    parallel_id: Mapped[int] = mapped_column(ForeignKey("recon_parallel.id"))
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(16))
    currency: Mapped[str] = mapped_column(String(3))
    reference: Mapped[str] = mapped_column(String(255))
    account: Mapped[str] = mapped_column(String(255), default="")
    old_amount: Mapped[int | None] = mapped_column(BigInteger)
    new_amount: Mapped[int | None] = mapped_column(BigInteger)
    line_at: Mapped[datetime]  # of its first line
    old_lines: Mapped[int]
    new_lines: Mapped[int]
    lines: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    note: Mapped[str] = mapped_column(String(255), default="")
    fingerprint: Mapped[str] = mapped_column(String(64))
    state: Mapped[BreakState] = mapped_column(default=BREAK.start)
    owner: Mapped[str] = mapped_column(String(128), default="")
    explanation: Mapped[str] = mapped_column(String(1000), default="")
    explained_by: Mapped[str] = mapped_column(String(128), default="")
    explained_at: Mapped[datetime | None]
    found_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
