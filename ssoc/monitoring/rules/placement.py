"""Which market and which component of the estate an alert's labels mean."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from ssoc.estate.values import Component, Estate
from ssoc.monitoring.rules.matching import Condition, condition

_REMEMBERED = 20_000


class Placement:
    """Places alerts in one version of the estate.

    The market comes from the first of ``market_labels`` that names one (by code or name, case
    apart), else from the token, else from the component when it stands in one market only. An
    alert that names a market the estate does not know is nobody's we know: it has neither, unless
    a ``match`` of the estate speaks of that very label. One country's alert never becomes
    another's.
    The component comes from a ``match`` of the estate, else from the first of
    ``component_labels`` whose value is a component's key, alone or with the market behind it
    (``core-db`` or ``core-db-ke`` for ``core-db`` in KE).
    """

    def __init__(
        self, estate: Estate, market_labels: Sequence[str], component_labels: Sequence[str]
    ) -> None:
        self._estate = estate
        self._market_labels = tuple(market_labels)
        self._component_labels = tuple(component_labels)
        self._markets = {
            word.casefold(): market.code
            for market in estate.markets.values()
            for word in (market.name, market.native_name, market.code)
            if word
        }
        self._keys = {key.casefold(): key for key in estate.components}
        self._matches = [
            (component, [condition(match) for match in component.match])
            for component in estate.components.values()
            if component.match
        ]
        self._about_markets = [
            (
                component,
                [condition(match) for match in component.match if {*match} & {*market_labels}],
            )
            for component, _ in self._matches
        ]
        matched = {
            name for each in estate.components.values() for match in each.match for name in match
        }
        self._read = tuple(sorted({*market_labels, *component_labels, *matched}))
        self._place = lru_cache(_REMEMBERED)(self._reckon)

    def place(self, labels: Mapping[str, str], default_market: str = "") -> tuple[str, str]:
        """Return market and component; empty texts for what nothing tells."""
        told = tuple((name, labels[name]) for name in self._read if name in labels)
        return self._place(told, default_market)

    def _reckon(self, told: tuple[tuple[str, str], ...], default_market: str) -> tuple[str, str]:
        labels = dict(told)
        market = self._market(labels, default_market)
        if not market and any(labels.get(name) for name in self._market_labels):
            component = _first(self._about_markets, labels, "")
        else:
            market = market or default_market
            component = _first(self._matches, labels, market) or self._named_by_label(
                labels, market
            )
        if component and not market:
            markets = self._estate.markets_of(component)
            market = markets[0] if len(markets) == 1 else ""
        return market, component

    def _market(self, labels: Mapping[str, str], default_market: str) -> str:
        """Return the market that a label names; an estate without any knows only the token's."""
        for name in self._market_labels:
            word = labels.get(name, "").casefold()
            if known := self._markets.get(word):
                return known
            if word and word == default_market.casefold():
                return default_market
        return "" if self._markets else default_market

    def _named_by_label(self, labels: Mapping[str, str], market: str) -> str:
        for name in self._component_labels:
            value = labels.get(name, "").casefold()
            for key in (f"{value}-{market.casefold()}" if market else "", value):
                known = self._keys.get(key, "") if value else ""
                if known and _stands_in(self._estate.components[known], market):
                    return known
        return ""


def _first(
    matches: Sequence[tuple[Component, Sequence[Condition]]], labels: Mapping[str, str], market: str
) -> str:
    """Return the key of the first component of the market that a ``match`` speaks of."""
    for component, conditions in matches:
        if _stands_in(component, market) and any(holds(labels) for holds in conditions):
            return component.key
    return ""


def _stands_in(component: Component, market: str) -> bool:
    return not market or market in component.markets
