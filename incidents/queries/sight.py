"""Which components a reader of an incident may know by name: those of the reader's markets."""

from sqlalchemy import ColumnElement, or_

from incidents.models import IncidentAlert
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate.values import Estate


def sees(work: Work, estate: Estate, component: str) -> bool:
    """Tell whether one market of ``component`` is the reader's; without any, who sees all may."""
    where = _markets(estate, component) or [EVERYWHERE]
    return any(work.actor.may(Permission.INCIDENT_SEE, each) for each in where)


def is_elsewhere(work: Work, estate: Estate, component: str) -> bool:
    """Tell whether ``component`` has markets, and none of them is the reader's."""
    return bool(_markets(estate, component)) and not sees(work, estate, component)


def own_markets(work: Work) -> ColumnElement[bool]:
    """Return the condition for alerts of the reader's markets, and for those of no market."""
    mine = work.visible(IncidentAlert.market, Permission.INCIDENT_SEE)
    return or_(mine, IncidentAlert.market == "")


def _markets(estate: Estate, component: str) -> list[str]:
    if component.startswith("?"):
        market = component[1:].partition("/")[0]
        return [] if market == "-" else [market]
    return list(estate.markets_of(component))
