"""Tables of go/no-go: the meeting, its own criteria, votes and conditions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from changes.programmes.rules.go_no_go import Light, Verdict, Word
from ssoc.core.database import JSON_TYPE, Base, Id


class SiteDecision(Base):
    """One go/no-go meeting about one site, or about a wave as a whole.

    ``quorum`` is how many roles must vote. ``evidence`` are the criteria as they stood when it was
    decided: automatic values are read anew until then, never after. ``override_*`` is what the
    named authority wrote to let red hard criteria pass.
    """

    __tablename__ = "site_decision"
    __table_args__ = (
        CheckConstraint(
            "(site_rollout_id IS NULL) <> (wave_id IS NULL)", name="site_decision_about_one"
        ),
        Index("ix_site_decision_site", "site_rollout_id", "id"),
        Index("ix_site_decision_wave", "wave_id", "id"),
        Index("ix_site_decision_programme", "programme_id", "meets_at"),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    site_rollout_id: Mapped[int | None] = mapped_column(ForeignKey("site_rollout.id"))
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("programme_wave.id"))
    meets_at: Mapped[datetime]
    quorum: Mapped[int]
    no_return: Mapped[str] = mapped_column(
        String(500), default=""
    )  # from when there is no way back
    rollback_owner: Mapped[str] = mapped_column(String(128), default="")
    override_by: Mapped[str] = mapped_column(String(128), default="")
    override_reason: Mapped[str] = mapped_column(Text, default="")
    override_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None]
    sentence: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(128), default="")
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(128))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class DecisionCriterion(Base):
    """A criterion that no guard answers: its light is set by a person, with where it is from."""

    __tablename__ = "site_decision_criterion"

    decision_id: Mapped[int] = mapped_column(ForeignKey("site_decision.id"), primary_key=True)
    title: Mapped[str] = mapped_column(String(128), primary_key=True)
    is_hard: Mapped[bool]
    light: Mapped[Light]
    source: Mapped[str] = mapped_column(String(500), default="")
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(128))


class DecisionVote(Base):
    """One vote of one person for a role; rows are only added, the last one counts."""

    __tablename__ = "site_decision_vote"
    __table_args__ = (Index("ix_site_decision_vote_decision", "decision_id", "id"),)

    id: Mapped[Id]
    decision_id: Mapped[int] = mapped_column(ForeignKey("site_decision.id"))
    role: Mapped[str] = mapped_column(String(64))
    person: Mapped[str] = mapped_column(String(128))
    word: Mapped[Word]
    reason: Mapped[str] = mapped_column(String(1_000), default="")
    at: Mapped[datetime]


class DecisionCondition(Base):
    """What has to be done before the cut-over; it stands against it until somebody closes it."""

    __tablename__ = "site_decision_condition"
    __table_args__ = (Index("ix_site_decision_condition_decision", "decision_id", "id"),)

    id: Mapped[Id]
    decision_id: Mapped[int] = mapped_column(ForeignKey("site_decision.id"))
    text: Mapped[str] = mapped_column(String(500))
    owner: Mapped[str] = mapped_column(String(128))
    due_on: Mapped[date | None] = mapped_column(Date)
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(128))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(128), default="")
    closed_how: Mapped[str] = mapped_column(String(500), default="")
