"""Declare an incident by hand: what people know before any alert says so."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from incidents.actions.holding import said
from incidents.actions.telling import note as write
from incidents.clock_actions import start_clocks
from incidents.correlator.turn import lock
from incidents.lifecycle import State
from incidents.models import Incident, IncidentMarket
from incidents.rules.priority import matrix_of, prioritise
from incidents.story import mark, tell
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.signs import calm
from ssoc.core.vocabulary import IncidentOpened, Severity
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate

LEVELS = (1, 2, 3)
_TITLE = 255
_SEVERITY = {1: Severity.CRITICAL, 2: Severity.ERROR, 3: Severity.WARNING}  # as urgency_of has it


def declare(
    work: Work,
    component: str,
    title: str,
    impact: int,
    urgency: int,
    markets: Sequence[str] = (),
    note: str = "",
) -> Incident:
    """Open an incident that no alert has opened; alerts of its component join it.

    Title, reason and priority stay the person's. It never becomes part of another by itself,
    and never recovers by itself, whether alerts joined it or not: a person resolves it.

    Args:
        work: whose actor must hold INCIDENT_WORK in every market touched.
        component: key of the estate; with a live incident there it is refused with its number.
        title: what is wrong, in a line.
        impact: 1, the worst, to 3; with ``urgency`` it gives the priority.
        urgency: 1, the worst, to 3.
        markets: codes of those hurt; empty: all that the component serves.
        note: what is known so far, for colleagues; may be empty.

    """
    if not work.actor.markets(Permission.INCIDENT_WORK):
        work.require(Permission.INCIDENT_WORK, EVERYWHERE)
    estate = estate_queries.current(work)
    touched = _markets(estate, component, markets)
    for market in touched or [EVERYWHERE]:
        work.require(Permission.INCIDENT_WORK, market)
    words = _checked(title, impact, urgency)
    lock(work)  # the correlator may be about to open one at the same place
    _refuse_second(work, component)
    priority = prioritise(impact, urgency, matrix_of(work.settings.priority.matrix))
    incident = Incident(
        component=component,
        title=words,
        reason=f"Declared by {work.actor.name}.",
        declared_by=work.actor.name,
        severity=_SEVERITY[urgency],
        impact=impact,
        urgency=urgency,
        priority=priority,
        previous_id=_last(work, component),
        opened_at=work.now,
        changed_at=work.now,
    )
    work.session.add(incident)
    work.session.flush()
    work.session.add_all(IncidentMarket(incident_id=incident.id, market=each) for each in touched)
    work.session.flush()
    start_clocks(work, incident, touched)
    text = f"declared by {work.actor.name}: {priority} = impact {impact}; urgency {urgency}"
    tell(work, incident, IncidentOpened, text, markets=touched, title=words)
    if note.strip():
        write(work, incident.id, note)
    return incident


def _markets(estate: Estate, component: str, markets: Sequence[str]) -> list[str]:
    if component not in estate.components:
        raise BadInput(f"the estate has no component {component[:64]!r}; choose one of its keys")
    for each in markets:
        if each not in estate.markets:
            known = ", ".join(sorted(estate.markets))
            raise BadInput(f"no market {each[:64]!r}; there are {known}")
    return sorted(set(markets or estate.markets_of(component)))


def _checked(title: str, impact: int, urgency: int) -> str:
    words = " ".join(calm(said(title, "title")).split())
    if len(words) > _TITLE:
        raise BadInput(f"the title has {len(words)} characters; {_TITLE} are the most")
    for name, level in (("impact", impact), ("urgency", urgency)):
        if level not in LEVELS:
            raise BadInput(f"the {name} must be 1, the worst, 2 or 3")
    return words


def _refuse_second(work: Work, component: str) -> None:
    live: Collection[State] = [state for state in State if state.is_live]
    there = select(Incident.id).where(Incident.component == component, Incident.state.in_(live))
    found = work.session.scalar(there)
    if found is not None:
        raise Conflict(f"{mark(found)} is already open at {component}; work on that one")


def _last(work: Work, component: str) -> int | None:
    """Return the last incident that ended there."""
    ended = select(Incident.id).where(Incident.component == component)
    return work.session.scalar(ended.order_by(Incident.id.desc()).limit(1))
