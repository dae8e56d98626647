"""One described market or component to its values; shapes were checked before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ssoc.core.settings import duration
from ssoc.estate.values import (
    Check,
    Component,
    Criticality,
    Dependency,
    Heartbeat,
    Inhibition,
    Market,
)

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
OFTEN = timedelta(seconds=30)
GRACE = timedelta(minutes=1)
_OWN = {"adapter", "every", "path", "control", "rules", "kpi"}


@dataclass(frozen=True)
class Made:
    """A component with everything that is described inside it."""

    component: Component
    dependencies: Sequence[Dependency]
    checks: Sequence[Check]
    heartbeats: Sequence[Heartbeat]


def market_of(code: str, body: Mapping[str, Any], position: int) -> Market:
    """Return the market that ``body`` describes, the ``position``-th of all files."""
    holidays = body.get("holidays", {})
    value, rate = body.get("average_value"), body.get("usd_rate")
    return Market(
        code=code,
        name=body["name"],
        zones=tuple(body["zones"]),
        currency=body["currency"],
        languages=tuple(body.get("languages", ())),
        working_days=tuple(DAYS.index(day) + 1 for day in body.get("working_days", DAYS[:5])),
        holidays=holidays.get("country", code),
        holiday_categories=tuple(holidays.get("categories", ("public",))),
        added_holidays=holidays.get("add", {}),
        removed_holidays=holidays.get("remove", {}),
        regulator=body.get("regulator", ""),
        native_name=body.get("native_name", ""),
        average_value=Decimal(value) if value else None,
        usd_rate=Decimal(rate) if rate else None,
        position=position,
        pay_days=tuple(body.get("pay_days", ())),
        change_hours=body.get("change_hours", ""),
        peak_hours=body.get("peak_hours", ""),
    )


def inhibition_of(name: str, body: Mapping[str, Any]) -> Inhibition:
    """Return the inhibition that ``body`` describes."""
    return Inhibition(name, body["source"], body["target"], tuple(body["equal"]))


def component_of(
    key: str, body: Mapping[str, Any], market: str, markets: Mapping[str, Market]
) -> Made:
    """Return the component that ``body`` describes; ``market`` is set by ``per_market``."""
    given = body.get("markets", ())
    codes = (market,) if market else tuple(markets) if given == "all" else tuple(given)
    alone = codes[0] if len(codes) == 1 else ""
    component = Component(
        key=key,
        name=body["name"],
        kind=body["kind"],
        markets=codes,
        criticality=Criticality[body.get("criticality", "important").upper()],
        owner=body.get("owner", ""),
        vendor=body.get("vendor", ""),
        runbook=body.get("runbook", ""),
        native_name=body.get("native_name", ""),
        match=tuple(body.get("match", ())),
        kpis=body.get("kpis", {}),
    )
    checks = [_check(key, name, each, alone) for name, each in body.get("checks", {}).items()]
    heartbeats = [
        Heartbeat(
            f"{key}.{name}",
            key,
            duration(each["every"]),
            duration(each["grace"]) if "grace" in each else GRACE,
            alone,
        )
        for name, each in body.get("heartbeats", {}).items()
    ]
    return Made(component, tuple(_edges(key, body.get("needs", ()))), checks, heartbeats)


def _check(component: str, name: str, body: Mapping[str, Any], market: str) -> Check:
    return Check(
        component=component,
        name=name,
        adapter=body["adapter"],
        every=duration(body["every"]) if "every" in body else OFTEN,
        market=market,
        path=body.get("path", ""),
        settings={word: value for word, value in body.items() if word not in _OWN},
        rules=(*_kpi(body), *body.get("rules", ())),
        is_control=body.get("control", False),
    )


def _kpi(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the rule that ``kpi`` in a check is short for; it looks at the check's own sample."""
    if "kpi" in body:
        named = body.get("name")  # what the adapter is told to call its samples
        yield {"kpi": body["kpi"]} | ({"sample": named} if isinstance(named, str) else {})


def _edges(component: str, needs: Sequence[Any]) -> Iterator[Dependency]:
    for number, need in enumerate(needs):
        if isinstance(need, str):
            yield Dependency(component, need)
        else:
            group = need.get("group", f"any-{number + 1}")
            for each in need["any_of"]:
                yield Dependency(component, each, group, need.get("need", 1))
