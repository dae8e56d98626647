"""Tables of a change: the request, what it touches, where, and the steps of its plan."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from changes.lifecycle import CHANGE, Effect, Outcome, State
from ssoc.core.database import JSON_TYPE, Base, Id

Rows = list[dict[str, Any]]


class Change(Base):
    """One change to the platforms, from its draft to its closing.

    ``starts_at`` to ``ends_at`` is the window of execution. ``gates`` are components whose figures
    it is judged by, ``rollback_needs`` those its roll-back uses. ``round`` counts rounds of
    approval, ``plan_digest`` is what the present one is about: see ``values.plan_digest``.
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_starts_at", "starts_at", "id"),
        Index("ix_change_ends_at", "ends_at", "id"),
        Index("ix_change_state", "state", "starts_at"),
        Index("ix_change_external", "origin", "external_reference"),
        Index("ix_change_finished_at", "finished_at", "id"),
        Index("ix_change_template_id", "template_id", "finished_at"),
        Index("ix_change_team", "team", "finished_at"),
        Index("ix_change_type", "type", "finished_at"),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(255))
    purpose: Mapped[str] = mapped_column(Text, default="")
    type: Mapped[str] = mapped_column(String(32))
    template_id: Mapped[int | None]
    state: Mapped[State] = mapped_column(default=CHANGE.start)
    outcome: Mapped[Outcome | None]
    requester: Mapped[str] = mapped_column(String(128))
    implementer: Mapped[str] = mapped_column(String(128), default="")
    verifier: Mapped[str] = mapped_column(String(128), default="")
    team: Mapped[str] = mapped_column(String(64), default="")
    people: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    vendor: Mapped[str] = mapped_column(String(64), default="")
    vendor_must_attend: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    preparation_minutes: Mapped[int] = mapped_column(default=0)
    rollback_minutes: Mapped[int] = mapped_column(default=0)
    soak_minutes: Mapped[int] = mapped_column(default=0)
    rollback_plan: Mapped[str] = mapped_column(Text, default="")
    rollback_rehearsed_at: Mapped[datetime | None]
    gates: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    rollback_needs: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    tests: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    notices: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    trainings: Mapped[Rows] = mapped_column(JSON_TYPE, default=list)
    origin: Mapped[str] = mapped_column(String(32), default="")
    external_reference: Mapped[str] = mapped_column(String(64), default="")
    is_unauthorised: Mapped[bool] = mapped_column(default=False)
    is_preapproved: Mapped[bool] = mapped_column(default=False)  # by its standard template
    round: Mapped[int] = mapped_column(default=0)
    plan_digest: Mapped[str] = mapped_column(String(64), default="")
    waves_digest: Mapped[str | None] = mapped_column(String(64))  # of its roll-out, if it has one
    risk_points: Mapped[float | None] = mapped_column(Float)
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    scheduled_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]  # of the execution, as it really was
    finished_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancelled_because: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ChangeMarket(Base):
    """A market the change touches."""

    __tablename__ = "change_market"
    __table_args__ = (Index("ix_change_market_market", "market", "change_id"),)

    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"), primary_key=True)
    market: Mapped[str] = mapped_column(String(8), primary_key=True)


class ChangeComponent(Base):
    """A component the change touches, and what happens to it meanwhile."""

    __tablename__ = "change_component"
    __table_args__ = (Index("ix_change_component_component", "component", "change_id"),)

    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"), primary_key=True)
    component: Mapped[str] = mapped_column(String(128), primary_key=True)
    effect: Mapped[Effect] = mapped_column(default=Effect.NONE)


class ChangeStep(Base):
    """One step of the plan, in its order; ``needs`` are positions of steps it waits for."""

    __tablename__ = "change_step"

    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(255))
    owner: Mapped[str] = mapped_column(String(128), default="")
    planned_minutes: Mapped[int] = mapped_column(default=0)
    check: Mapped[str] = mapped_column(Text, default="")
    undo: Mapped[str] = mapped_column(Text, default="")
    is_hold_point: Mapped[bool] = mapped_column(default=False)
    needs: Mapped[list[int]] = mapped_column(JSON_TYPE, default=list)
