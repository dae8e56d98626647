"""How late a failing component may be known: as long as the check that says so needs to notice."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from incidents.models import IncidentAlert
from incidents.rules.correlation import Failing
from ssoc.core.work import Work
from ssoc.estate.values import Check, Estate
from ssoc.monitoring.kpi import rules_of
from ssoc.monitoring.lifecycle import AlertState

Slow = Mapping[str, Mapping[str, timedelta]]  # component to the name of the alert to its lateness
_known: list[tuple[Estate, Slow]] = []


def lateness_of(work: Work, estate: Estate, failing: Mapping[str, Failing]) -> dict[str, timedelta]:
    """Return how late each failing component may be, where a check that fails is slow.

    A check asked each minute that raises at the third bad poll of five knows three minutes
    late. What is pushed, or asked often, is as late as the setting says.
    """
    least = work.settings.incidents.cause_lateness
    slow = {name: alerts for name, alerts in slow_of(estate).items() if name in failing}
    asked = [name for name, alerts in slow.items() if max(alerts.values()) > least]
    if not asked:
        return {}
    row = IncidentAlert
    said = select(row.component, row.name).where(
        row.component.in_(sorted(asked)), row.state < AlertState.RESOLVED
    )
    found: dict[str, timedelta] = {}
    for component, name in work.session.execute(said.distinct()):
        late = slow[component].get(name, least)
        found[component] = max(late, found.get(component, least))
    return found


def slow_of(estate: Estate) -> Slow:
    """Return how late each alert of each component's checks may be; kept for this estate."""
    if not _known or _known[0][0] is not estate:
        _known[:] = [(estate, _slow(estate))]
    return _known[0][1]


def _slow(estate: Estate) -> Slow:
    found: dict[str, dict[str, timedelta]] = {}
    for check in estate.checks.values():
        mine = found.setdefault(check.component, {})
        for name, late in _alerts(check).items():
            mine[name] = max(late, mine.get(name, late))
    return found


def _alerts(check: Check) -> dict[str, timedelta]:
    try:
        rules = rules_of(check)
    except ValueError:  # the loader refuses such rules; an older estate may still hold one
        return {}
    found: dict[str, timedelta] = {}
    for rule in rules:
        found[rule.name] = max(check.every * rule.n, found.get(rule.name, timedelta()))
    return found
