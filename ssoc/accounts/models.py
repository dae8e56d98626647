"""Tables of accounts. No secret is kept: passwords and tokens as hashes, TOTP keys derived."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ssoc.core.database import Base, Id, Json
from ssoc.core.permissions import Role, TokenScope


class Person(Base):
    """Somebody who signs in; never deleted, since the audit trail names them."""

    __tablename__ = "person"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(128))
    mail: Mapped[str] = mapped_column(String(254), default="", server_default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    totp_nonce: Mapped[str | None] = mapped_column(String(64))
    totp_last_step: Mapped[int | None]
    session_epoch: Mapped[int] = mapped_column(default=0)
    preferences: Mapped[Json] = mapped_column(default=dict)
    added_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="person", cascade="all, delete-orphan", lazy="selectin"
    )


class RoleGrant(Base):
    """A role a person holds in a market, or in all of them (``*``)."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_id", "role", "market"),)

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role]
    market: Mapped[str] = mapped_column(String(8))
    person: Mapped[Person] = relationship(back_populates="grants")


class ApiToken(Base):
    """A machine's key: its SHA-256 alone is kept, and it is shown once, when made."""

    __tablename__ = "api_token"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[TokenScope]
    markets: Mapped[str] = mapped_column(String(255))  # codes with commas between, or *
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(128))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class KioskLink(Base):
    """A wall screen's read-only way in, without personal data; its hash alone is kept."""

    __tablename__ = "kiosk_link"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    markets: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(128))
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A wrong password, counted by name and by address; what throttles guessing."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        Index("ix_sign_in_failure_name", "name", "at"),
        Index("ix_sign_in_failure_address", "address", "at"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
