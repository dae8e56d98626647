"""Table of files beside changes; their content stands in the store, by its hash."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import Base, Id

_LIVE = text("removed_at IS NULL")


class Attachment(Base):
    """One file of one change; two changes with the same file share its content.

    A removed one keeps its row for a day, so that the job that forgets its content knows of it.
    """

    __tablename__ = "change_attachment"
    __table_args__ = (
        Index(
            "uq_change_attachment_name",
            "change_id",
            "name",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_change_attachment_digest", "digest"),
    )

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id"))
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(32))
    content_type: Mapped[str] = mapped_column(String(128))
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the content
    attached_by: Mapped[str] = mapped_column(String(128))
    attached_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
