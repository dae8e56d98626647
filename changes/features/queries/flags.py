"""All flags at once, as answers need them, and what one says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from changes.features.models import Feature
from changes.features.queries import features
from changes.features.rules import flags
from changes.features.rules.flags import MARKET, BadContext
from changes.features.values import Flag, FlagAnswer
from ssoc.core.errors import NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import revision
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries


@dataclass(frozen=True)
class FlagTable:
    """Every flag at one revision of the console, and the markets there are."""

    number: int
    flags: Mapping[str, Flag]
    markets: Collection[str]

    def market_of(self, context: Mapping[str, Any], held: Collection[str]) -> str:
        """Return the market a context is about, if the holder of ``held`` may read flags there.

        Raises:
            BadContext: it names none and the holder has several, or one that there is not.
            NotAllowed: the holder has others.

        """
        named = context.get(MARKET)
        if named is None and len(held) == 1 and EVERYWHERE not in held:
            return next(iter(held))
        if not isinstance(named, str) or not named:
            raise BadContext("the context names no market; send market, such as KE, as a text")
        if named not in self.markets and named.upper() in self.markets:
            raise BadContext(f"markets are written in capitals; send {named.upper()}, not {named}")
        if EVERYWHERE not in held and named not in held:
            may = ", ".join(sorted(held)) or "no market"
            raise NotAllowed(
                f"flags of {named[:8]} may not be read with this token; it is for {may}; an admin "
                "can make one that names the market",
                Permission.FLAG_READ,
                named,
            )
        if named not in self.markets:
            raise BadContext(f"there is no market {named[:8]} in the estate; send its code")
        return named

    def flag(self, key: str) -> Flag:
        """Return a flag, or raise NotFound."""
        found = self.flags.get(key)
        if found is None:
            raise NotFound(f"there is no flag {key[:64]}; it never was, or its feature has ended")
        return found


def table(work: Work) -> FlagTable:
    """Return every flag of a feature that has not ended, whoever asks."""
    number = revision(work.session)  # first: what changes meanwhile is then read again
    rows = work.session.scalars(select(Feature).where(Feature.ended_at.is_(None)))
    found = {each.key: each.flag for each in features.views_of(work, rows)}
    return FlagTable(number, found, frozenset(estate_queries.current(work).markets))


def answer(work: Work, key: str, context: Mapping[str, Any]) -> FlagAnswer:
    """Return what a flag says in a context.

    Raises:
        NotFound: there is no such flag.
        BadContext, KeyMissing: the context cannot be used.
        NotAllowed: the actor may not read flags in its market.

    """
    held = work.actor.markets(Permission.FLAG_READ)
    known = table(work)
    market = known.market_of(context, held)
    return flags.answer(known.flag(key), market, context)
