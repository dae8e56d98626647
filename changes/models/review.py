"""Reviews after the fact: each is written once and never altered."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import JSON_TYPE, Base, Id


class ChangeReview(Base):
    """What a review of one change found; a cause confirmed later brings another one.

    ``actions`` are what is to be done: text, owner and the day it is due on.
    """

    __tablename__ = "change_review"
    __table_args__ = (Index("ix_change_review_change_id", "change_id", "at"),)

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"))
    reviewer: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    reasons: Mapped[list[str]] = mapped_column(JSON_TYPE)
    findings: Mapped[str] = mapped_column(Text)
    lessons: Mapped[str] = mapped_column(Text, default="")
    actions: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)
