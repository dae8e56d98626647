"""Tables of cut-overs: the template of a programme, the run sheets of its sites."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from changes.lifecycle import RUN, STEP, RunState, StepState
from ssoc.core.database import JSON_TYPE, Base, Id

OPEN = text("ended_at IS NULL")


class CutOverTemplate(Base):
    """The run sheet that every site of a programme begins with; ``steps`` as the rules read them.

    ``rollback_minutes`` is how long the way back takes, ``window_minutes`` how long a site may be
    without its till.
    """

    __tablename__ = "cut_over_template"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)
    window_minutes: Mapped[int]
    rollback_minutes: Mapped[int]
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(128))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class CutOverRun(Base):
    """The run sheet of one site, or a rehearsal of it, as it really went."""

    __tablename__ = "cut_over_run"
    __table_args__ = (
        Index("ix_cut_over_run_site", "site_rollout_id", "id"),
        Index("ix_cut_over_run_programme", "programme_id", "is_rehearsal", "id"),
        Index(  # two people cannot begin the same site twice
            "uq_cut_over_run_open",
            "site_rollout_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))
    is_rehearsal: Mapped[bool] = mapped_column(default=False)
    state: Mapped[RunState] = mapped_column(default=RUN.start)
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(128))
    window_ends_at: Mapped[datetime]
    rollback_minutes: Mapped[int]
    went_on_at: Mapped[datetime | None]  # who decided at the checkpoint, and why
    went_on_by: Mapped[str] = mapped_column(String(128), default="")
    went_on_because: Mapped[str] = mapped_column(String(1_000), default="")
    rolled_back_at: Mapped[datetime | None]
    rolled_back_because: Mapped[str] = mapped_column(String(1_000), default="")
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(128), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class RunbookStep(Base):
    """One step of the run sheet of a site; ``in_flight`` is the figure that a drain ended with."""

    __tablename__ = "cut_over_step"

    run_id: Mapped[int] = mapped_column(ForeignKey("cut_over_run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(255))
    owner: Mapped[str] = mapped_column(String(128), default="")
    p50: Mapped[int] = mapped_column(default=0)
    p90: Mapped[int] = mapped_column(default=0)
    verify: Mapped[str] = mapped_column(Text, default="")
    undo: Mapped[str] = mapped_column(Text, default="")
    needs: Mapped[list[int]] = mapped_column(JSON_TYPE, default=list)
    is_hold_point: Mapped[bool] = mapped_column(default=False)
    drains: Mapped[bool] = mapped_column(default=False)
    no_return: Mapped[bool] = mapped_column(default=False)
    planned_at: Mapped[datetime]
    state: Mapped[StepState] = mapped_column(default=STEP.start)
    began_at: Mapped[datetime | None]
    began_by: Mapped[str] = mapped_column(String(128), default="")
    resumed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(128), default="")
    repeats: Mapped[int] = mapped_column(default=0)
    in_flight: Mapped[int | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(128), default="")
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
