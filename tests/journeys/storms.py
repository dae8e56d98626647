"""A storm: 10,000 alerts of eight countries and 40 services each, with one shared root."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate.values import Criticality
from ssoc.monitoring.report import Report
from tests import factories

MARKETS = tuple(each.lower() for each in factories.ZONES)
ROOT = "core-ledger"
SECONDS = 60
ALERTS = 10_000


def services(market: str) -> list[str]:
    """Return the 40 services of a market: its API, six channels, and what stands on these."""
    return [f"{name}-{market}" for name in ("api", *(f"service{n:02}" for n in range(39)))]


def estate(work: Work) -> None:
    """Store the estate of the storm: the ledger in its data centre, and three layers above."""
    edges = [f"{ROOT} > dc-jnb"]
    for market in MARKETS:
        api, *others = services(market)
        edges.append(f"{api} > {ROOT}")
        for number, name in enumerate(others):
            lower = api if number < 6 else others[number % 6]
            edges.append(f"{name} > {lower}")
    root = factories.component(
        ROOT, *factories.ZONES, name="Core ledger", criticality=Criticality.VITAL
    )
    factories.estate(work, ", ".join(edges), components=[root])


def storm(began: datetime, root_at: float, seed: int = 1) -> list[list[Report]]:
    """Return the reports of each second; the root's own alert comes at ``root_at`` of them all."""
    dice = random.Random(seed)  # noqa: S311 (a storm, no secret)
    names = [name for market in MARKETS for name in services(market)]
    places = [(names[number % len(names)], number // len(names)) for number in range(ALERTS - 1)]
    dice.shuffle(places)
    places.insert(round(root_at * (ALERTS - 1)), (ROOT, 0))
    seconds: list[list[Report]] = [[] for _ in range(SECONDS)]
    for number, (component, instance) in enumerate(places):
        second = number * SECONDS // ALERTS
        seconds[second].append(_report(component, instance, began, second, dice))
    return seconds


def _report(
    component: str, instance: int, began: datetime, second: int, dice: random.Random
) -> Report:
    at = began + timedelta(seconds=second)
    worst = dice.choice((Severity.WARNING, Severity.ERROR, Severity.CRITICAL))
    is_root = component == ROOT
    return factories.report(
        component=component,
        market="" if is_root else component[-2:].upper(),
        name="LedgerDown" if is_root else f"Rule{instance % 7}",
        summary="writes time out" if is_root else "requests fail",
        instance=f"node{instance}",
        severity=Severity.CRITICAL if is_root else worst,
        started_at=at,
    )


def again(seconds: Sequence[Sequence[Report]], later: timedelta) -> list[list[Report]]:
    """Return the same storm as its sources repeat it: the same episodes, said later."""
    return [[replace(each, said_at=each.said_at + later) for each in part] for part in seconds]
