"""Weigh an incident: impact and urgency give its priority; it rises by itself, never falls."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import func, select

from incidents.clock_actions import on_priority_change
from incidents.lifecycle import INCIDENT, Move, State
from incidents.models import Incident, IncidentMarket
from incidents.rules.priority import (
    Impact,
    Softening,
    Thresholds,
    impact_of,
    matrix_of,
    prioritise,
    urgency_of,
)
from incidents.rules.wording import Part, Quoted
from incidents.story import line, markets_of, spoken, tell
from ssoc.core.settings import PrioritySettings
from ssoc.core.vocabulary import IncidentWorsened, Priority, Severity
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.report import is_own_place

TAKEN = {State.ACKNOWLEDGED, State.MITIGATED}


@dataclass(frozen=True)
class Weight:
    """What an incident would deserve now."""

    severity: Severity
    impact: Impact
    urgency: int
    priority: Priority

    @property
    def words(self) -> str:
        """Return how the priority came about."""
        return f"{self.priority} = {self.impact.words}; urgency {self.urgency}"

    def said(self, markets: Collection[str]) -> Quoted:
        """Return the words; who does not see all ``markets`` reads the figures alone."""
        short = f"{self.priority} = impact {self.impact.level}; urgency {self.urgency}"
        return Quoted(self.words, tuple(markets), short)


def weigh(
    settings: PrioritySettings,
    estate: Estate,
    severity: Severity,
    components: Collection[str],
    markets: Collection[str],
    share_lost: Decimal | None = None,
    unseen: Collection[str] = (),
    carried_by: Mapping[str, Sequence[str]] = MappingProxyType({}),
    is_guess: bool = False,
) -> Weight:
    """Return the weight of failing ``components`` in ``markets``; the most critical one counts.

    ``unseen`` are those of the markets that nobody sees. What is ``carried_by`` something else
    counts only if all of it is. ``is_guess``: nothing is known of the cause itself.
    """
    bare = [each for each in components if each not in carried_by]
    known = [
        estate.components[each].criticality
        for each in bare or components
        if each in estate.components
    ]
    carriers = () if bare else sorted({name for each in components for name in carried_by[each]})
    is_own = bool(components) and all(is_own_place(each) for each in components)
    softening = Softening([estate.name_of(each) for each in carriers], is_guess, is_own)
    thresholds = Thresholds(
        Decimal(settings.high_share_percent) / 100,
        Decimal(settings.medium_share_percent) / 100,
        settings.many_markets,
        settings.redundant_impact,
        settings.guessed_impact,
        settings.unseen_impact,
    )
    names = sorted(estate.markets[each].name for each in unseen if each in estate.markets)
    impact = impact_of(min(known, default=None), markets, share_lost, thresholds, names, softening)
    urgency = urgency_of(severity)
    return Weight(
        severity, impact, urgency, prioritise(impact.level, urgency, matrix_of(settings.matrix))
    )


def share_lost(work: Work, incident_id: int) -> Decimal | None:
    """Return the share of usual traffic that is lost in the market that is hurt most."""
    worst = select(func.max(IncidentMarket.share_lost))
    return work.session.scalar(worst.where(IncidentMarket.incident_id == incident_id))


def apply_weight(work: Work, incident: Incident, weight: Weight, held_because: str = "") -> bool:
    """Let the incident follow its weight; return whether it worsened.

    A rise of severity takes an acknowledgement back: who took a warning has not seen the
    failure. A nested incident pages nobody, since its cause speaks for it; what becomes of its
    priority stands in its timeline all the same. Of what a person declared the priority is
    theirs, and its severity is at least what they gave it.
    """
    rose = weight.severity > incident.severity
    if rose or not incident.declared_by:
        incident.severity = weight.severity
    incident.worst_severity = max(incident.worst_severity or 0, weight.severity)
    was = incident.priority
    if weight.priority < was and not (incident.priority_reason or incident.declared_by):
        incident.priority, incident.impact = weight.priority, weight.impact.level
        incident.urgency = weight.urgency
    taken = incident.state in TAKEN
    if not (incident.priority != was or (rose and taken)):
        return False
    if incident.parent_id is not None:
        _note_nested(work, incident, weight, was)
        return False
    if rose and taken:
        incident.state = INCIDENT.after(incident.state, Move.WORSEN)
        incident.acknowledged_at = incident.mitigated_at = None
    on_priority_change(work, incident)
    told: list[Part] = [f"worsened to {weight.severity.word}" if rose else "worsened"]
    if incident.priority != was:
        told += [f": {was} to ", weight.said(markets_of(work, incident.id))]
    else:
        told.append(f"; priority stays {was}{_whose(incident)}")
    if rose and taken:
        told.append("; the acknowledgement is taken back")
    text = spoken(tuple(told), estate_queries.current(work))
    tell(work, incident, IncidentWorsened, text, was=was, held_because=held_because)
    return True


def _whose(incident: Incident) -> str:
    if incident.priority_reason:
        return ", set by hand"
    return ", as it was declared" if incident.declared_by else ""


def _note_nested(work: Work, incident: Incident, weight: Weight, was: Priority) -> None:
    """Say in the timeline what became of the priority of a nested incident; it pages nobody."""
    if incident.priority == was:
        return
    told: list[Part] = [f"priority {was} to ", weight.said(markets_of(work, incident.id))]
    text = spoken(tuple(told), estate_queries.current(work))
    line(work, incident, "priority", text, was=was)
