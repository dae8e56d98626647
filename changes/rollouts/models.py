"""Tables of roll-outs: waves with their gates and tasks, and everything that was decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from changes.rollouts.lifecycle import ROLLOUT, WAVE, RolloutState, WaveState
from ssoc.core.database import JSON_TYPE, Base, Id

Rows = list[dict[str, Any]]


class Rollout(Base):
    """A change that is brought to its markets in waves instead of in one night.

    The approval of the change covers the waves: their hash is part of its plan, so a wave that
    changes voids the approval. ``watch_minutes`` are how long figures are watched after the last
    wave, by the gate ``watch``, whose number is ``gate_id``; ``paused_at`` is set while that gate,
    or a person, holds the end of the watch back.
    """

    __tablename__ = "rollout"
    __table_args__ = (Index("ix_rollout_state", "state", "id"),)

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"), unique=True)
    state: Mapped[RolloutState] = mapped_column(default=ROLLOUT.start)
    watch_minutes: Mapped[int] = mapped_column(default=0)
    watch: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    digest: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(128))
    started_at: Mapped[datetime | None]
    watched_from: Mapped[datetime | None]
    gate_id: Mapped[int | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str] = mapped_column(String(128), default="")
    paused_because: Mapped[str] = mapped_column(String(500), default="")
    rolled_back_at: Mapped[datetime | None]  # when the roll-back of the whole began
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Wave(Base):
    """One wave: where, whom and how many it reaches, what is to be done, and its gate.

    ``cohorts`` are rows of ``name``, ``attribute`` and ``values`` (a stripe is ``stripe`` with
    ``0`` to ``99``); ``percent`` is the share of those. ``gate`` is a definition as
    ``changes.gates.rules.definition`` reads it; ``gate_id`` the gate that runs, or ran last.
    ``was`` is the state a pause found; ``held_because`` is told while it waits for something.
    """

    __tablename__ = "rollout_wave"
    __table_args__ = (UniqueConstraint("rollout_id", "position", name="uq_rollout_wave_place"),)

    id: Mapped[Id]
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(128))
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    cohorts: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    sites: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)  # codes
    percent: Mapped[int] = mapped_column(default=100)
    people: Mapped[int | None]  # how many it reaches, as planned
    not_before: Mapped[datetime | None]
    is_automatic: Mapped[bool] = mapped_column(default=False)  # begins when the one before passed
    soak_minutes: Mapped[int] = mapped_column(default=0)  # after passing, before the next begins
    gate: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    gate_id: Mapped[int | None]
    state: Mapped[WaveState] = mapped_column(default=WAVE.start)
    was: Mapped[WaveState | None]
    attempts: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    at_gate_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str] = mapped_column(String(128), default="")
    paused_because: Mapped[str] = mapped_column(String(500), default="")
    held_because: Mapped[str] = mapped_column(String(500), default="")
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class WaveTask(Base):
    """Something a person does in a wave and who did it; ``undo`` is for its roll-back."""

    __tablename__ = "rollout_task"

    wave_id: Mapped[int] = mapped_column(ForeignKey("rollout_wave.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(255))
    owner: Mapped[str] = mapped_column(String(128), default="")
    undo: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(String(128), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(128), default="")


class RolloutDecision(Base):
    """What was decided on a roll-out or a wave, by whom and why; rows are only added.

    ``through`` is the newest measurement that was known then: what was consumed pauses no more.
    """

    __tablename__ = "rollout_decision"
    __table_args__ = (Index("ix_rollout_decision_rollout", "rollout_id", "id"),)

    id: Mapped[Id]
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id"))
    position: Mapped[int | None]  # of the wave; None is the roll-out as a whole
    move: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    gate_id: Mapped[int | None]
    through: Mapped[int] = mapped_column(default=0)
