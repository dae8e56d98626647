"""What happens to the estate, accounts and tokens."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class EstateLoaded(DomainEvent):
    """The estate files were read into the database."""

    version: int
    digest: str
    added: int
    changed: int
    retired: int

    @property
    def subject(self) -> str:
        """Return the version."""
        return f"estate:{self.version}"


@dataclass(frozen=True)
class PersonChanged(DomainEvent):
    """An account was added, disabled, enabled, or its password, roles or second factor changed."""

    name: str
    what: str
    roles: str = ""

    @property
    def subject(self) -> str:
        """Return the person."""
        return f"person:{self.name}"


@dataclass(frozen=True)
class SignedIn(DomainEvent):
    """Somebody signed in, or was locked out after too many wrong passwords."""

    name: str
    address: str
    locked_out: bool = False

    @property
    def subject(self) -> str:
        """Return the person."""
        return f"person:{self.name}"


@dataclass(frozen=True)
class TokenChanged(DomainEvent):
    """An API token or a kiosk link was made or revoked."""

    name: str
    what: str
    scope: str
    market: str

    @property
    def subject(self) -> str:
        """Return the token."""
        return f"token:{self.name}"
