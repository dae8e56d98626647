"""Tables of approval: rounds, answers that nobody can alter, delegations and exceptions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import JSON_TYPE, Base, Id
from ssoc.core.permissions import Role


class ApprovalRound(Base):
    """One round about one plan, with the stages of the policy as it was when it opened."""

    __tablename__ = "approval_round"
    __table_args__ = (UniqueConstraint("change_id", "number"),)

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"))
    number: Mapped[int]
    plan_digest: Mapped[str] = mapped_column(String(64))
    policy: Mapped[str] = mapped_column(String(64))
    stages: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE)
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(128))


class ApprovalAnswer(Base):
    """One answer to one stage; the database refuses to change or delete it (rule A6).

    ``hats`` are the roles the person, or the one answered for, held at that moment. An answer of
    the board names its ``meeting_id``, and its person is who kept the minutes.
    """

    __tablename__ = "approval_answer"
    __table_args__ = (Index("ix_approval_answer_round", "round_id", "id"),)

    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("approval_round.id"))
    stage: Mapped[int]
    person: Mapped[str] = mapped_column(String(128))
    on_behalf_of: Mapped[str] = mapped_column(String(128), default="")
    yes: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(500), default="")
    hats: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)
    plan_digest: Mapped[str] = mapped_column(String(64))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("board_meeting.id"))
    at: Mapped[datetime]


class ApprovalEscalation(Base):
    """A stage that was escalated because nobody answered in time; once a stage."""

    __tablename__ = "approval_escalation"

    round_id: Mapped[int] = mapped_column(ForeignKey("approval_round.id"), primary_key=True)
    stage: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class ApprovalDelegation(Base):
    """Somebody who answers for somebody else, in one role, for a while."""

    __tablename__ = "approval_delegation"
    __table_args__ = (
        Index("ix_approval_delegation_delegate", "delegate", "expires_at"),
        Index("ix_approval_delegation_person", "person", "expires_at"),
    )

    id: Mapped[Id]
    person: Mapped[str] = mapped_column(String(128))
    delegate: Mapped[str] = mapped_column(String(128))
    role: Mapped[Role]
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE)
    starts_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500), default="")
    set_by: Mapped[str] = mapped_column(String(128))
    set_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(128), default="")


class SeparationException(Base):
    """Leave for one person to hold two duties in one change, with the reason (rule A5)."""

    __tablename__ = "separation_exception"

    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(128), primary_key=True)
    reason: Mapped[str] = mapped_column(String(500))
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
