"""Tables of acceptance: what there is to test at every site, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import JSON_TYPE, Base, Id


class AcceptanceScope(Base):
    """The methods and flows that a programme tests with each bank of each site.

    ``exclusions`` are combinations that do not exist: rows of two or three of ``bank``,
    ``method`` and ``flow``.
    """

    __tablename__ = "acceptance_scope"

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    methods: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    flows: Mapped[list[str]] = mapped_column(JSON_TYPE, default=list)
    exclusions: Mapped[list[dict[str, Any]]] = mapped_column(JSON_TYPE, default=list)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class AcceptanceCell(Base):
    """The newest result of one test at one site; a cell without a row is untested.

    Whether a pass has expired is not stored: it follows from the versions of the release.
    """

    __tablename__ = "acceptance_cell"
    __table_args__ = (
        UniqueConstraint("site_rollout_id", "bank", "method", "flow", name="uq_acceptance_cell"),
    )

    id: Mapped[Id]
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))
    bank: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(64))
    flow: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    evidence: Mapped[str] = mapped_column(String(500), default="")
    terminal_version: Mapped[str] = mapped_column(String(64), default="")
    software_version: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
