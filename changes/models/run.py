"""Tables of runs: executions and rehearsals, their steps, decisions and who was on the bridge."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from changes.lifecycle import RUN, STEP, Outcome, RunState, StepState
from ssoc.core.database import JSON_TYPE, Base, Id

OPEN = text("ended_at IS NULL")


class Run(Base):
    """One execution of a change, or a rehearsal of it, as it really went.

    ``window_ends_at`` and ``rollback_minutes`` are those of the plan when it began; a rehearsal
    has a window as long as the planned one. ``suppression_id`` is the maintenance window that
    holds pages of ``suppressed`` back until ``suppressed_until``. ``told`` is the last state of
    the forecast that was recorded.
    """

    __tablename__ = "change_run"
    __table_args__ = (
        Index("ix_change_run_change", "change_id", "id"),
        Index("ix_change_run_ended_at", "ended_at", "id"),
        Index(  # two people cannot begin the same change, nor rehearse it meanwhile
            "uq_change_run_open",
            "change_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"))
    is_rehearsal: Mapped[bool] = mapped_column(default=False)
    state: Mapped[RunState] = mapped_column(default=RUN.start)
    outcome: Mapped[Outcome | None]
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(128))
    window_ends_at: Mapped[datetime]
    rollback_minutes: Mapped[int] = mapped_column(default=0)
    rolled_back_at: Mapped[datetime | None]  # when the roll-back began
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(128), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    suppression_id: Mapped[int | None]
    suppressed: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    suppressed_until: Mapped[datetime | None]
    told: Mapped[str] = mapped_column(String(32), default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class RunStep(Base):
    """One step of a run: what was planned, when it really began and ended, and who pressed.

    ``planned_at`` follows from the plan alone. ``began_at`` is the first beginning, ``resumed_at``
    the last one; ``result`` is what the check of a hold point said.
    """

    __tablename__ = "change_run_step"

    run_id: Mapped[int] = mapped_column(ForeignKey("change_run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(255))
    owner: Mapped[str] = mapped_column(String(128), default="")
    planned_minutes: Mapped[int] = mapped_column(default=0)
    planned_at: Mapped[datetime]
    check: Mapped[str] = mapped_column(Text, default="")
    undo: Mapped[str] = mapped_column(Text, default="")
    is_hold_point: Mapped[bool] = mapped_column(default=False)
    needs: Mapped[list[int]] = mapped_column(JSON_TYPE, default=list)
    state: Mapped[StepState] = mapped_column(default=STEP.start)
    began_at: Mapped[datetime | None]
    began_by: Mapped[str] = mapped_column(String(128), default="")
    resumed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(128), default="")
    repeats: Mapped[int] = mapped_column(default=0)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(128), default="")
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)


class RunDecision(Base):
    """What was decided in a run, by whom and why; rows are only added."""

    __tablename__ = "change_run_decision"
    __table_args__ = (Index("ix_change_run_decision_run", "run_id", "id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("change_run.id"))
    kind: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    forecast_end: Mapped[datetime | None]
    until: Mapped[datetime | None]


class BridgePresence(Base):
    """Somebody on the bridge of a run, from whom, and how long."""

    __tablename__ = "change_bridge"
    __table_args__ = (Index("ix_change_bridge_run", "run_id", "id"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("change_run.id"))
    person: Mapped[str] = mapped_column(String(128))
    partner: Mapped[str] = mapped_column(String(64), default="")
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
