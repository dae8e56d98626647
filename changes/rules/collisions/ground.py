"""What every rule of collision stands on: estate, terms, and how a finding is made. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from changes.rules.collisions.items import Finding, Item, Level, key_of, when
from changes.rules.collisions.terms import CollisionTerms
from ssoc.core.calendar import Span
from ssoc.estate.values import Estate


@dataclass(frozen=True, eq=False)
class Ground:
    """What rules look things up in."""

    estate: Estate
    terms: CollisionTerms

    def is_on(self, rule: str) -> bool:
        """Tell whether this house uses a rule."""
        return self.terms.rules[rule].is_on

    def level(self, rule: str, is_milder: bool = False) -> Level:
        """Return how bad a finding of a rule is."""
        terms = self.terms.rules[rule]
        return terms.milder if is_milder else terms.level

    def blocks(self, rule: str) -> bool:
        """Tell whether a rule is in use and what it finds blocks."""
        return self.is_on(rule) and self.level(rule) is Level.BLOCK

    def name(self, component: str) -> str:
        """Return the name people use of a component."""
        return self.estate.name_of(component)

    def way(self, path: Sequence[str]) -> str:
        """Return a path in names: ``USSD Kenya - Core - HSM``."""
        return " - ".join(map(self.name, path))

    def markets(self, codes: Iterable[str]) -> str:
        """Return markets by name with commas between."""
        known = self.estate.markets
        named = [
            known[each].name if each in known else each for each in self.estate.in_order(codes)
        ]
        return ", ".join(named)

    def pair(  # noqa: PLR0913 (each is one word of the sentence)
        self,
        rule: str,
        one: Item,
        other: Item,
        subject: str,
        said: str,
        level: Level | None = None,
        path: Sequence[str] = (),
        markets: Iterable[str] | None = None,
        shared: Span | None = None,
    ) -> Finding:
        """Return a finding about two items; ``said`` follows both names with their times."""
        first, second = sorted((one, other), key=order)
        touched = one.markets | other.markets if markets is None else markets
        return Finding(
            key=key_of(rule, (one.key, other.key), subject),
            rule=rule,
            level=level or self.level(rule),
            subject=subject,
            items=(first.key, second.key),
            sentence=f"{named(first)} and {named(second)} {said}.",
            path=tuple(path),
            markets=tuple(self.estate.in_order(touched)),
            waivers=tuple(self.terms.rules[rule].waivers),
            since=shared.since if shared else None,
            until=shared.until if shared else None,
            place=place_of(first, second),
        )

    def single(  # noqa: PLR0913 (each is one word of the sentence)
        self,
        rule: str,
        item: Item,
        subject: str,
        said: str,
        level: Level | None = None,
        path: Sequence[str] = (),
        markets: Iterable[str] = (),
        shared: Span | None = None,
    ) -> Finding:
        """Return a finding about one item and its calendar; ``said`` is the whole sentence."""
        return Finding(
            key=key_of(rule, (item.key,), subject),
            rule=rule,
            level=level or self.level(rule),
            subject=subject,
            items=(item.key,),
            sentence=said,
            path=tuple(path),
            markets=tuple(self.estate.in_order(markets)),
            waivers=tuple(self.terms.rules[rule].waivers),
            since=shared.since if shared else None,
            until=shared.until if shared else None,
            place=place_of(item),
        )


def order(item: Item) -> tuple[str, int, str]:
    """Return the place of an item in a sentence: changes first, by number."""
    kind, _, rest = item.key.partition(":")
    return (kind, int(rest) if rest.isdecimal() else 0, rest)


def named(item: Item) -> str:
    """Return an item with its time, as sentences begin."""
    return f"{item.name} ({when(item.span)})"


def place_of(*items: Item) -> str:
    """Return where items stand in time: another text as soon as one of them moves."""
    said = [(each.key, *map(str, (*each.span, *each.needed))) for each in items]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]
