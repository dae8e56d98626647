"""Tables of readiness, and of files that sites are brought with."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from changes.programmes.rules.readiness import Result
from ssoc.core.database import Base, Id

OPEN = text("met_again_at IS NULL")


class SiteReadiness(Base):
    """What somebody found about one item of the sheet; the newest counts, rows are only added.

    ``evidence`` says where the proof is, for a waiver why it is not needed.
    """

    __tablename__ = "site_readiness"
    __table_args__ = (Index("ix_site_readiness_site", "site_rollout_id", "item", "id"),)

    id: Mapped[Id]
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))
    item: Mapped[str] = mapped_column(String(32))
    result: Mapped[Result]
    evidence: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class SiteReadinessLost(Base):
    """Readiness that a site had and lost, from when until when; told once."""

    __tablename__ = "site_readiness_lost"
    __table_args__ = (
        Index(
            "uq_site_readiness_lost_open",
            "site_rollout_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[Id]
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    met_again_at: Mapped[datetime | None]


class FileKind(StrEnum):
    """How a file of sites is written."""

    CSV = "csv"
    XLSX = "xlsx"


class SiteImport(Base):
    """One file for a programme, from its upload to its import; its content is dropped then."""

    __tablename__ = "site_import"
    __table_args__ = (Index("ix_site_import_at", "at"),)

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[FileKind]
    sheet: Mapped[str] = mapped_column(String(16), default="")  # of a CSV; a workbook has all
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    done_at: Mapped[datetime | None]
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
