"""Interfaces of a site: three proofs each, and green needs all three. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class InterfaceType(StrEnum):
    """What is connected."""

    ACCOUNTING = "accounting"
    CRM = "CRM"
    LOGISTICS = "logistics"
    PORTAL = "portal"
    BANK = "bank"


class Proof(StrEnum):
    """What shows that a connection works."""

    ROUND_TRIP = "round trip"
    MESSAGE = "first message"
    DAILY_FILE = "first daily file"

    @property
    def meaning(self) -> str:
        """Return what was shown, in words."""
        return _MEANINGS[self]


_MEANINGS: Mapping[str, str] = {
    "round trip": "an id that was sent came back",
    "first message": "the other side accepted the first real message",
    "first daily file": "the first daily file reconciled",
}


class Shown(NamedTuple):
    """The newest word on one proof; made in thousands for a board."""

    proof: Proof
    is_ok: bool


def lacking(found: Iterable[Shown]) -> list[Proof]:
    """Return the proofs that lack, in order: not there, or failed the last time."""
    newest = dict(found)
    return [each for each in Proof if not newest.get(each, False)]
