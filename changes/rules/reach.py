"""Whose customers a change hurts: the markets its effect reaches, named or not. Pure.

A market where something is down or degraded is a market of the change, whoever left it out: sight,
rights, approvals, freezes and change hours go by the markets of a change, so that nothing that
hurts a market passes it by.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from changes.lifecycle import Effect
from changes.rules.neighbourhood import ORDER, Held, above, spread
from changes.values import ChangeView, Touched
from ssoc.estate.values import Estate

IMPAIRED = frozenset({Effect.DOWN, Effect.DEGRADED})


@dataclass(frozen=True)
class Hurt:
    """A market that a change hurts: what is worst of it there, and how bad that is."""

    market: str
    component: str
    effect: Effect


def effects_on(estate: Estate, touched: Iterable[Touched]) -> dict[str, Effect]:
    """Return what becomes of everything touched, and of everything that stands on it."""
    given = {each.component: each.effect for each in touched}
    return {**given, **spread(estate, given)}


def hurt_by(estate: Estate, touched: Iterable[Touched]) -> Mapping[str, Hurt]:
    """Return each market in which something will be down or degraded, by code, with the worst.

    Of equally bad ones what is touched itself comes first, then by key. Remembered for as long as
    the estate is the same: a page of freezes asks for hundreds of changes.
    """
    return _hurt_by(Held(estate), tuple(touched))


@lru_cache(maxsize=2_048)
def _hurt_by(held: Held, touched: Sequence[Touched]) -> Mapping[str, Hurt]:
    estate, own = held.estate, {each.component for each in touched}
    impaired = [
        (-ORDER.index(effect), key not in own, key, effect)
        for key, effect in effects_on(estate, touched).items()
        if effect in IMPAIRED
    ]
    found: dict[str, Hurt] = {}
    for *_, key, effect in sorted(impaired):
        for code in estate.markets_of(key):
            found.setdefault(code, Hurt(code, key, effect))
    return {code: found[code] for code in estate.in_order(found)}


def added(
    estate: Estate, markets: Collection[str], touched: Collection[Touched]
) -> dict[str, Hurt]:
    """Return the markets that are hurt and were not meant: named, or served when none is named."""
    served = {code for each in touched for code in estate.markets_of(each.component)}
    meant = {*markets} or served
    return {code: hurt for code, hurt in hurt_by(estate, touched).items() if code not in meant}


def strangers(estate: Estate, markets: Iterable[str], touched: Collection[Touched]) -> list[str]:
    """Return the markets in which nothing touched is, nor anything that stands on it.

    None while nothing is named as touched, or something that is of no market at all.
    """
    own = {each.component for each in touched}
    if not own or any(not estate.markets_of(key) for key in own):
        return []
    near = {code for key in own | above(estate, own) for code in estate.markets_of(key)}
    return estate.in_order(set(markets) - near)


def markets_of(estate: Estate, change: ChangeView) -> tuple[str, ...]:
    """Return the markets of a change, and those it would hurt as the estate is now."""
    return tuple(estate.in_order({*change.markets, *hurt_by(estate, change.touched)}))


def sentences(estate: Estate, added: Mapping[str, Hurt]) -> list[str]:
    """Return why each market belongs to a change: ``Core ledger East is degraded there``."""
    names = {code: estate.markets[code].name for code in added if code in estate.markets}
    return [
        f"{names.get(code, code)} was added: {estate.name_of(hurt.component)} is "
        f"{hurt.effect.value} there"
        for code, hurt in added.items()
    ]
