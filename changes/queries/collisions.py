"""Reckon what a change collides with, as things stand now: nothing of it is stored here."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from changes.policy import policy
from changes.queries.calendar_items import items_between, nights_between
from changes.rules import collisions
from changes.rules.collisions import Finding, Ground, Item, budgets
from changes.rules.collisions.budgets import Polled
from changes.rules.impact import effects_of
from changes.rules.reach import IMPAIRED, hurt_by
from changes.values import ChangeView
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Criticality, Estate
from ssoc.monitoring import sample_queries

_DAY = timedelta(days=1)


def ground_of(work: Work) -> Ground:
    """Return what the rules look things up in: the estate and the policy in force."""
    return Ground(estate_queries.current(work), policy(work).collisions)


def item_for(ground: Ground, change: ChangeView) -> Item:
    """Return a change as an item, with the markets that it would hurt as the estate is now."""
    return collisions.item_of(change, hurt_by(ground.estate, change.touched))


def collisions_of(work: Work, change: ChangeView) -> list[Finding]:
    """Return the collisions of a change but for those of the risk budget, the worst first."""
    if change.span is None:
        return []
    ground = ground_of(work)
    item = item_for(ground, change)
    index = collisions.index_of(items_between(work, *change.span))
    vital = _vital(ground.estate, change)
    polled = _polled(work, ground, vital)
    found = [
        *collisions.findings(ground, item, index),
        *budgets.errors_spent(ground, item, vital, polled),
    ]
    return collisions.in_order(found)


def risk_budget_of(work: Work, change: ChangeView, points: float) -> list[Finding]:
    """Return where the risk of the night is spent with a change of so many points."""
    if change.window is None:
        return []
    ground = ground_of(work)
    item = item_for(ground, change)
    since = change.window.since
    beside = nights_between(work, since - 2 * _DAY, since + 2 * _DAY, leave_out=[change.id])
    return list(budgets.risk_spent(ground, item, points, beside))


def _vital(estate: Estate, change: ChangeView) -> list[str]:
    """Return the vital components a change touches or impairs."""
    touched = set(change.components)
    touched |= {key for key, effect in effects_of(estate, change).items() if effect in IMPAIRED}
    return sorted(
        key
        for key in touched & estate.components.keys()
        if estate.components[key].criticality is Criticality.VITAL
    )


def _polled(work: Work, ground: Ground, vital: Collection[str]) -> dict[str, Polled]:
    """Return the polls of each component's worst check in the days of the error budget."""
    if not vital or not ground.is_on("C10"):
        return {}
    checks = {key: check.component for key, check in ground.estate.checks.items()}
    wanted = [key for key, component in checks.items() if component in set(vital)]
    since = work.now - ground.terms.error_budget.days * _DAY
    everybody = replace(work, actor=SYSTEM)
    found: dict[str, Polled] = {}
    for key, seen in sample_queries.availability(everybody, wanted, since, work.now).items():
        component, asked = checks[key], seen.ok + seen.degraded + seen.down
        polled = Polled(asked, seen.down, int((work.now - since) / seen.resolution))
        known, target = found.get(component), ground.terms.error_budget.of(component)
        if known is None or _standing(polled, target) > _standing(known, target):
            found[component] = polled
    return found


def _standing(polled: Polled, target: float) -> tuple[float, int]:
    """Return what makes one check worse than another: the budget spent, then being asked more."""
    return polled.spent(target), polled.asked
