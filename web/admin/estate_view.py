"""The estate as screens show it: rows from the loaded value, limited to what somebody sees."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ssoc.core.permissions import EVERYWHERE
from ssoc.estate.values import Check, Component, Dependency, Estate, Market
from ssoc.monitoring.sample_queries import CheckView, Freshness
from web import words

ABNORMAL = {"down": ("p1", "down"), "degraded": ("p2", "degraded")}


@dataclass(frozen=True)
class Said:
    """A check in a word, with the tone and the sentence behind it."""

    check: Check
    word: str
    tone: str  # p1, p2, or empty
    is_none: bool  # nothing is known: dashed
    message: str
    since: datetime | None
    polled_at: datetime | None


@dataclass(frozen=True)
class Row:
    """A component in the list."""

    component: Component
    needs: int
    needed_by: int
    said: Sequence[Said]

    @property
    def worst(self) -> Said | None:
        """Return the check that matters most."""
        order = {"p1": 0, "p2": 1, "": 3}
        ranked = sorted(self.said, key=lambda each: 2 if each.is_none else order[each.tone])
        return ranked[0] if ranked else None


@dataclass(frozen=True)
class MarketRow:
    """A market in the list."""

    market: Market
    components: int
    checks: int
    times: Sequence[str]
    freshness: Freshness | None


def is_visible(component: Component, markets: Collection[str]) -> bool:
    """Tell whether somebody who sees ``markets`` sees the component."""
    return EVERYWHERE in markets or any(each in markets for each in component.markets)


def say(check: Check, view: CheckView | None) -> Said:
    """Return what is known of a check; what we do not know is never good."""
    if view is None:
        return Said(check, "not polled yet", "", True, "", None, None)
    if not view.is_fresh:
        word = "stale"
        return Said(check, word, "", True, view.message, view.since, view.polled_at)
    if view.health.value == "unknown":
        word = view.reason.value.replace("_", " ")
        word = {"": "not known", "unreachable": "not seen"}.get(word, word)
        return Said(check, word, "", True, view.message, view.since, view.polled_at)
    tone, word = ABNORMAL.get(view.health.value, ("", view.health.value))
    return Said(check, word, tone, False, view.message, view.since, view.polled_at)


def rows(estate: Estate, seen: Iterable[Component], said: Mapping[str, Said]) -> list[Row]:
    """Return the components, worst first, then by name."""
    by_component: dict[str, list[Said]] = {}
    for each in said.values():
        by_component.setdefault(each.check.component, []).append(each)
    found = [
        Row(
            each,
            len(estate.needs.get(each.key, ())),
            len(estate.needed_by.get(each.key, ())),
            by_component.get(each.key, []),
        )
        for each in seen
    ]
    return sorted(found, key=_rank)


def _rank(row: Row) -> tuple[int, str]:
    worst = row.worst
    tone = worst.tone if worst else ""
    return {"p1": 0, "p2": 1}.get(tone, 2), row.component.name.lower()


def market_rows(
    estate: Estate,
    markets: Collection[str],
    freshness: Mapping[str, Freshness],
    now: datetime,
) -> list[MarketRow]:
    """Return the markets somebody sees, in the order of the estate as on every page."""
    return [
        MarketRow(
            market,
            sum(code in each.markets for each in estate.components.values()),
            sum(check.market == code for check in estate.checks.values()),
            [_local(now, zone, len(market.zones) > 1) for zone in market.zones],
            freshness.get(code),
        )
        for code, market in estate.markets.items()
        if EVERYWHERE in markets or code in markets
    ]


def _local(now: datetime, zone: str, is_one_of_several: bool) -> str:
    time = words.time(words.local(now, zone))
    return f"{time} {words.place(zone)}" if is_one_of_several else time


def edges(found: Iterable[Dependency], estate: Estate, upwards: bool) -> list[tuple[str, str, str]]:
    """Return key, name and group of the other end of each edge, by name."""
    ends = [(each.component if upwards else each.needs, each.group) for each in found]
    return sorted(
        ((key, estate.name_of(key), group) for key, group in ends), key=lambda end: end[1].lower()
    )
