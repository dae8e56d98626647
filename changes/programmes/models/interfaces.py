"""Tables of interfaces: what is connected to what, and the proofs that it works at a site."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ssoc.core.database import Base, Id


class Interface(Base):
    """A connection that every site of a programme needs: from one system to another."""

    __tablename__ = "programme_interface"
    __table_args__ = (UniqueConstraint("programme_id", "name", name="uq_programme_interface_name"),)

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    name: Mapped[str] = mapped_column(String(128))
    type: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(128), default="")
    target: Mapped[str] = mapped_column(String(128), default="")


class InterfaceProof(Base):
    """One proof, or its failure, at one site; rows are only added, the newest of a kind counts."""

    __tablename__ = "interface_proof"
    __table_args__ = (Index("ix_interface_proof_site", "site_rollout_id", "id"),)

    id: Mapped[Id]
    interface_id: Mapped[int] = mapped_column(ForeignKey("programme_interface.id"))
    site_rollout_id: Mapped[int] = mapped_column(ForeignKey("site_rollout.id"))
    proof: Mapped[str] = mapped_column(String(16))
    is_ok: Mapped[bool]
    reference: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(128))
