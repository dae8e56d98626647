"""Tables of the estate: rows are retired, never deleted, so that history keeps its names."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import Base, Id, Json

CURRENT = text("retired_at IS NULL")


class EstateVersion(Base):
    """One load of the estate files: who, when, what it changed."""

    __tablename__ = "estate_version"

    id: Mapped[Id]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(128))
    digest: Mapped[str] = mapped_column(String(64))
    difference: Mapped[Json]


class EstateItem(Base):
    """One market, component, dependency, check, path or heartbeat, as the files describe it.

    ``body`` is the item as plain JSON; a changed item is a new row, and the old one is retired.
    """

    __tablename__ = "estate_item"
    __table_args__ = (
        Index(
            "uq_estate_item_current",
            "kind",
            "key",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(256))
    body: Mapped[Json]
    added_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version_id: Mapped[int]
