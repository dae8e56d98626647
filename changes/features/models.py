"""Tables of features: what is introduced, where it was forced off, and who asked for its flag."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from changes.features.values import FlagKind
from ssoc.core.database import JSON_TYPE, Base, Id


class Feature(Base):
    """Something new whose flag the platforms read; what it says follows from a roll-out's waves.

    ``on_value`` and ``off_value`` are rows with one field ``value``. ``adoption`` and ``errors``
    name stored samples as ``check/sample``; ``{cc}`` and ``{CC}`` in them stand for the market.
    Once ended, its flag is not found: the platforms go by what their code says. It goes with a
    roll-out that is taken away before it has begun.
    """

    __tablename__ = "feature"
    __table_args__ = (Index("ix_feature_rollout", "rollout_id"),)

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    rollout_id: Mapped[int] = mapped_column(ForeignKey("rollout.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(255))
    kind: Mapped[FlagKind]
    on_value: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE)
    off_value: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE)
    owner: Mapped[str] = mapped_column(String(128), default="")
    adoption: Mapped[str] = mapped_column(String(255), default="")
    errors: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(128))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(128), default="")
    ended_because: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class FeatureKill(Base):
    """A person has forced a feature off in a market; lifting it is an approval."""

    __tablename__ = "feature_kill"
    __table_args__ = (Index("ix_feature_kill_feature", "feature_id", "id"),)

    id: Mapped[Id]
    feature_id: Mapped[int] = mapped_column(ForeignKey("feature.id", ondelete="CASCADE"))
    market: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(500))
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str] = mapped_column(String(128), default="")
    lifted_because: Mapped[str] = mapped_column(String(500), default="")


class FeatureAsked(Base):
    """How often a flag was asked for in a market within an hour, and how often it was on."""

    __tablename__ = "feature_asked"
    __table_args__ = (UniqueConstraint("feature_id", "market", "hour", name="uq_feature_asked"),)

    id: Mapped[Id]
    feature_id: Mapped[int] = mapped_column(ForeignKey("feature.id", ondelete="CASCADE"))
    market: Mapped[str] = mapped_column(String(8))
    hour: Mapped[datetime]
    asked: Mapped[int] = mapped_column(default=0)
    on: Mapped[int] = mapped_column("times_on", default=0)
