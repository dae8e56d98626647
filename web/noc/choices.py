"""Filters as choices."""

from collections.abc import Sequence
from dataclasses import dataclass

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate.values import Estate


@dataclass(frozen=True)
class Choice:
    """One filter: what it is called, what it may be, and what it is."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


def markets_choice(work: Work, estate: Estate, permission: Permission, chosen: str) -> Choice:
    """Return the choice of a market the actor may see."""
    held = work.actor.markets(permission)
    codes = [code for code in estate.markets if EVERYWHERE in held or code in held]
    named = [(code, f"{code} · {estate.markets[code].name}") for code in codes]
    return Choice("market", "Market", [("", "All markets"), *named], chosen)
