"""Tables of gates: what is measured, how far each series is, and every measurement."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from changes.gates.lifecycle import Effect, Judgement, Phase
from ssoc.core.database import JSON_TYPE, Base, Id

DUE = text("next_at IS NOT NULL")


class Gate(Base):
    """One run of a definition for one thing: a wave, a watch, a brake.

    ``about`` names it, such as ``wave:7``. ``turn`` goes up whenever evidence is consumed:
    an answer to a question asked before then counts no more, nor do samples from before
    ``consumed_at``. ``consumed`` is the newest measurement that decides no more.
    """

    __tablename__ = "gate"
    __table_args__ = (Index("ix_gate_about", "about", "id"),)

    id: Mapped[Id]
    about: Mapped[str] = mapped_column(String(64))
    definition: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE)
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    components: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    is_rollback_tested: Mapped[bool] = mapped_column(default=False)
    phase: Mapped[Phase] = mapped_column(default=Phase.PENDING)
    effect: Mapped[Effect] = mapped_column(default=Effect.GO_ON)
    why: Mapped[str] = mapped_column(String(500), default="")
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(128))
    decided_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str] = mapped_column(String(128), default="")
    turn: Mapped[int] = mapped_column(default=0)
    consumed: Mapped[int] = mapped_column(default=0)
    consumed_at: Mapped[datetime | None]


class GateSeries(Base):
    """One metric in one market: its counters, where it stands, when it is measured next.

    ``next_at`` is None when nobody is to ask: it is decided, or a person or the house answers.
    ``plan_at`` is where the plan of its measurements begins, so that late ones do not shift it.
    ``number`` is that of the newest measurement, ``consumed`` of the newest that counts no more.
    """

    __tablename__ = "gate_series"
    __table_args__ = (
        UniqueConstraint("gate_id", "metric", "market", name="uq_gate_series_place"),
        Index("ix_gate_series_next_at", "next_at", sqlite_where=DUE, postgresql_where=DUE),
    )

    id: Mapped[Id]
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"))
    metric: Mapped[str] = mapped_column(String(64))
    market: Mapped[str] = mapped_column(String(64), default="")
    position: Mapped[int]
    phase: Mapped[Phase] = mapped_column(default=Phase.PENDING)
    why: Mapped[str] = mapped_column(String(500), default="")
    count: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    inconclusive: Mapped[int] = mapped_column(default=0)
    errors: Mapped[int] = mapped_column(default=0)
    successes: Mapped[int] = mapped_column(default=0)
    no_data: Mapped[int] = mapped_column(default=0)
    number: Mapped[int] = mapped_column(default=0)
    consumed: Mapped[int] = mapped_column(default=0)
    plan_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    is_stopped: Mapped[bool] = mapped_column(default=False)  # ended by the gate, not by itself


class GateMeasurement(Base):
    """One measurement, kept for ever as evidence; rows are only added.

    ``counters`` are those after it. ``usual`` are the days its baseline rests on (``used``) and
    why others do not count (``left_out``). ``by`` is the person who answered or recorded it.
    """

    __tablename__ = "gate_measurement"
    __table_args__ = (
        UniqueConstraint("gate_id", "metric", "market", "number", name="uq_gate_measurement"),
    )

    id: Mapped[Id]
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"))
    metric: Mapped[str] = mapped_column(String(64))
    market: Mapped[str] = mapped_column(String(64), default="")
    number: Mapped[int]
    at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    query: Mapped[str] = mapped_column(Text, default="")
    value: Mapped[float | None] = mapped_column(Float)
    result: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)  # all, where several
    samples: Mapped[float | None] = mapped_column(Float)
    baseline: Mapped[float | None] = mapped_column(Float)
    baseline_judgement: Mapped[Judgement | None]
    usual: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    judgement: Mapped[Judgement]
    why: Mapped[str] = mapped_column(Text, default="")
    phase: Mapped[Phase]
    counters: Mapped[dict[str, int]] = mapped_column(JSON_TYPE, default=dict)
    by: Mapped[str] = mapped_column(String(128), default="")
