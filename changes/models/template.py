"""Table of templates: plans that are used again and again, and their standing."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from changes.lifecycle import TEMPLATE, TemplateState
from ssoc.core.database import JSON_TYPE, Base, Id


class ChangeTemplate(Base):
    """A plan to begin from. ``plan`` holds fields of a draft; ``includes`` names other templates.

    The steps of those come first, in that order. While it is standard, a change that follows it
    is approved beforehand; ``standing_because`` says why it has or lost that. The whole plan, with
    the steps of what it includes, is what it is since ``plan_since``: only changes submitted from
    then on prove it.
    """

    __tablename__ = "change_template"
    __table_args__ = (UniqueConstraint("name", name="uq_change_template_name"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(128))
    does: Mapped[str] = mapped_column(Text, default="")
    plan: Mapped[dict[str, Any]] = mapped_column(JSON_TYPE, default=dict)
    includes: Mapped[list[int]] = mapped_column(JSON_TYPE, default=list)
    state: Mapped[TemplateState] = mapped_column(default=TEMPLATE.start)
    standing_because: Mapped[str] = mapped_column(String(500), default="")
    standing_since: Mapped[datetime | None]
    plan_since: Mapped[datetime]
    proposed_by: Mapped[str] = mapped_column(String(128), default="")
    proposed_because: Mapped[str] = mapped_column(String(500), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(128))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
