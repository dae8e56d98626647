"""Imports of changes from other tools: who brought what, and the file while it is looked at."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from ssoc.core.database import Base, Id


class ChangeImport(Base):
    """One file, from its upload to its import; its content is dropped then, or after a day."""

    __tablename__ = "change_import"
    __table_args__ = (Index("ix_change_import_at", "at"),)

    id: Mapped[Id]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
    tool: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(255))
    zone: Mapped[str] = mapped_column(String(64), default="")
    encoding: Mapped[str] = mapped_column(String(32), default="")
    mapping: Mapped[str] = mapped_column(Text, default="")
    dates: Mapped[str] = mapped_column(String(16), default="")
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    done_at: Mapped[datetime | None]
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)


class ChangeImportOrigin(Base):
    """A tool that changes were imported from; whoever imports holds its row: one at a time."""

    __tablename__ = "change_import_origin"

    origin: Mapped[str] = mapped_column(String(32), primary_key=True)
    last_at: Mapped[datetime]
