"""Tables of assessment: what collides, who waived it, and how risky a change was reckoned to be."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from changes.rules.collisions.items import Level
from ssoc.core.database import JSON_TYPE, Base, Id, Json


class CollisionFinding(Base):
    """One finding: of a change with its calendar, or of two items; once for both of them.

    ``other_id`` is the second change, empty when the other side is none. ``place`` says where the
    items stood when it was found; a finding that no longer holds keeps its row with ``ended_at``.
    """

    __tablename__ = "collision_finding"
    __table_args__ = (
        Index("ix_collision_finding_change", "change_id", "ended_at"),
        Index("ix_collision_finding_other", "other_id", "ended_at"),
        Index("ix_collision_finding_until", "until", "since"),
    )

    key: Mapped[str] = mapped_column(String(24), primary_key=True)
    rule: Mapped[str] = mapped_column(String(4))
    level: Mapped[Level]
    change_id: Mapped[int]  # no foreign keys: each side is locked by who assesses it, and
    other_id: Mapped[int | None]  # looking at the other's key would wait for the other
    subject: Mapped[str] = mapped_column(String(512))
    sentence: Mapped[str] = mapped_column(Text)
    path: Mapped[list[str]] = mapped_column(JSON_TYPE)
    markets: Mapped[list[str]] = mapped_column(JSON_TYPE)
    waivers: Mapped[list[str]] = mapped_column(JSON_TYPE)
    since: Mapped[datetime]
    until: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(32))
    found_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CollisionWaiver(Base):
    """Somebody's word that one finding may stand, for as long as its items stay where they are.

    Never edited: a later word is another row.
    """

    __tablename__ = "collision_waiver"
    __table_args__ = (Index("ix_collision_waiver_finding", "finding_key", "id"),)

    id: Mapped[Id]
    finding_key: Mapped[str] = mapped_column(String(24))
    place: Mapped[str] = mapped_column(String(32))
    level: Mapped[Level]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"))
    waived_by: Mapped[str] = mapped_column(String(128))
    waived_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))


class RiskScore(Base):
    """A score with everything it was reckoned from; the newest of a change is the one that counts.

    ``policy_version`` names the weights it was reckoned with.
    """

    __tablename__ = "risk_score"
    __table_args__ = (Index("ix_risk_score_change", "change_id", "id"),)

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"))
    reckoned_at: Mapped[datetime]
    policy_version: Mapped[str] = mapped_column(String(16))
    points: Mapped[float] = mapped_column(Float)
    inputs: Mapped[Json]


class ChangeChecked(Base):
    """When a change was assessed last, also when nothing was different."""

    __tablename__ = "change_checked"

    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"), primary_key=True)
    checked_at: Mapped[datetime]
