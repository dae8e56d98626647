"""Estate values to plain JSON and back: what the table keeps and what differences compare."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from ssoc.estate.values import (
    Check,
    Component,
    Criticality,
    Dependency,
    Estate,
    Heartbeat,
    Inhibition,
    Market,
    Path,
)

KINDS: Mapping[str, type[Any]] = {
    "market": Market,
    "component": Component,
    "dependency": Dependency,
    "check": Check,
    "path": Path,
    "heartbeat": Heartbeat,
    "inhibition": Inhibition,
}
_DURATIONS = {("check", "every"), ("heartbeat", "every"), ("heartbeat", "grace")}
_MONEY = {("market", "average_value"), ("market", "usd_rate")}


def key_of(kind: str, item: Any) -> str:  # noqa: ANN401 (one of KINDS)
    """Return the key of an item within its kind."""
    if kind == "dependency":
        return f"{item.component}->{item.needs}"
    return str(getattr(item, "code", None) or getattr(item, "key", None) or item.name)


def body_of(item: object) -> dict[str, Any]:
    """Return ``item`` as plain JSON; durations in seconds, money as text."""
    assert is_dataclass(item)  # noqa: S101 (for the type checker)
    return {each.name: _plain(getattr(item, each.name)) for each in fields(item)}


def _plain(value: object) -> Any:  # noqa: ANN401
    match value:
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return str(value)
        case Enum():
            return value.value
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def item_of(kind: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 (one of KINDS)
    """Return the value that ``body_of`` made ``body`` from; names it does not know are left out."""
    known = {each.name for each in fields(KINDS[kind])}
    given = {name: value for name, value in body.items() if name in known}
    for name, value in given.items():
        if (kind, name) in _DURATIONS:
            given[name] = timedelta(seconds=value)
        elif (kind, name) in _MONEY and value is not None:
            given[name] = Decimal(value)
        elif name == "criticality":
            given[name] = Criticality(value)
        elif isinstance(value, list):
            given[name] = tuple(value)
    return KINDS[kind](**given)


def estate_of(version: int, items: Iterable[tuple[str, Mapping[str, Any]]]) -> Estate:
    """Return the estate made of pairs of kind and body."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for kind, body in items:
        item = item_of(kind, body)
        found[kind][key_of(kind, item)] = item
    return Estate(
        version=version,
        markets=_in_order(found["market"]),
        components=found["component"],
        dependencies=tuple(found["dependency"].values()),
        checks=found["check"],
        paths=found["path"],
        heartbeats=found["heartbeat"],
        inhibitions=found["inhibition"],
    )


def _in_order(markets: Mapping[str, Market]) -> dict[str, Market]:
    ordered = sorted(markets.items(), key=lambda pair: (pair[1].position, pair[0]))
    return dict(ordered)
