"""What the correlator decides with: everything that fails and every live incident, at once."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from incidents.correlator.episodes import is_ours, worst
from incidents.correlator.unseen import Rows, Unseen, unseen_at, unseen_rows
from incidents.lifecycle import State
from incidents.models import ComponentState, Incident, IncidentAlert, IncidentComponent
from incidents.rules.correlation import Failing, Good
from incidents.rules.graph import Graph, graph_of
from incidents.rules.placing import Member, Standing
from incidents.rules.wording import Part, place_name
from incidents.story import Spoken, spoken
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import sample_queries
from ssoc.monitoring.lifecycle import AlertState

LIVE = [state for state in State if state.is_live]


@dataclass
class Situation:
    """One turn's view; ``rows`` are the open memberships of each live incident.

    ``unseen`` tells of failing components which markets they keep us from seeing; at those in
    ``touched`` alerts have changed since the last turn.
    """

    work: Work
    estate: Estate
    graph: Graph
    good: Good
    failing: dict[str, Failing]
    incidents: dict[int, Incident]
    rows: dict[int, dict[str, IncidentComponent]]
    moved: dict[int, dict[str, int]]
    unseen: dict[str, Unseen]
    unseen_rows: Rows
    touched: frozenset[str]

    @property
    def is_calm(self) -> bool:
        """Tell whether there is nothing to decide."""
        return not self.failing and not self.incidents

    @property
    def now(self) -> datetime:
        """Return the instant of the turn."""
        return self.work.now

    def standing(self) -> list[Standing]:
        """Return the live incidents as values for the rules, oldest first."""
        return [
            Standing(
                each.id,
                each.component,
                each.parent_id,
                {
                    name: Member(row.is_moved, row.loose_since, is_brief=name in self.unseen)
                    for name, row in self.rows.get(each.id, {}).items()
                },
                self.moved.get(each.id, {}),
                is_declared=bool(each.declared_by),
            )
            for each in sorted(self.incidents.values(), key=lambda each: each.id)
        ]

    def at(self, component: str) -> Incident | None:
        """Return the live incident that stands at ``component``."""
        return next((it for it in self.incidents.values() if it.component == component), None)

    def markets_of(self, component: str) -> tuple[str, ...]:
        """Return the markets a failing component touches: those not seen if that is all we know."""
        unseen = self.unseen.get(component)
        if unseen is not None and unseen.only:
            return tuple(sorted(unseen.markets))
        seen = self.estate.markets_of(component)
        return tuple(sorted({*seen, *unseen.markets})) if unseen else seen

    def name(self, component: str) -> str:
        """Return the name people use for a component or an unknown place."""
        return place_name(self.estate, component)

    def spoken(self, *told: Part) -> Spoken:
        """Return parts of a text with their words."""
        return spoken(told, self.estate, self.now)


def look(work: Work, touched: frozenset[str] = frozenset()) -> Situation:
    """Read what fails and what is live."""
    estate = estate_queries.current(work)
    incidents = {
        row.id: row
        for row in work.session.scalars(select(Incident).where(Incident.state.in_(LIVE)))
    }
    failing = _failing(work)
    anything = failing or incidents
    return Situation(
        work,
        estate,
        graph_of(estate),
        sample_queries.good_since_poll(work, work.now) if anything else {},
        failing,
        incidents,
        _rows(work, list(incidents)) if incidents else {},
        _moved(work, list(incidents)) if incidents else {},
        unseen_at(work, failing) if failing else {},
        unseen_rows(work) if incidents else {},
        touched,
    )


def _failing(work: Work) -> dict[str, Failing]:
    """Return what fails, without what a person has resolved although it fires."""
    rows = work.session.scalars(select(ComponentState).where(ComponentState.bad_since.is_not(None)))
    put_aside = _put_aside(work)
    found = {}
    for row in rows:
        severity = worst(row)
        alerts = row.critical + row.error + row.warning + row.info
        if severity is None or alerts <= put_aside.get(row.component, 0):
            continue
        since = row.worst_since or row.bad_since or work.now
        found[row.component] = Failing(
            row.component,
            severity,
            since,
            row.turned_at or since,
            alerts,
            is_ours=is_ours(row),
        )
    return found


def _put_aside(work: Work) -> Mapping[str, int]:
    forced = select(Incident.id).where(Incident.is_forced, Incident.state.not_in(LIVE))
    ids = list(work.session.scalars(forced))
    if not ids:
        return {}
    open_now = (IncidentAlert.incident_id.in_(ids), IncidentAlert.state < AlertState.RESOLVED)
    counted = select(IncidentAlert.incident_id, IncidentAlert.component, func.count())
    found: dict[str, int] = defaultdict(int)
    firing = set()
    for incident_id, component, count in work.session.execute(
        counted.where(*open_now).group_by(IncidentAlert.incident_id, IncidentAlert.component)
    ):
        found[component] += count
        firing.add(incident_id)
    for number in set(ids) - firing:  # it is quiet at last: nothing more to put aside
        work.get(Incident, number).is_forced = False
    return found


def _rows(work: Work, ids: list[int]) -> dict[int, dict[str, IncidentComponent]]:
    open_rows = select(IncidentComponent).where(
        IncidentComponent.incident_id.in_(ids), IncidentComponent.left_at.is_(None)
    )
    found: dict[int, dict[str, IncidentComponent]] = defaultdict(dict)
    for row in work.session.scalars(open_rows):
        found[row.incident_id][row.component] = row
    return found


def _moved(work: Work, ids: list[int]) -> dict[int, dict[str, int]]:
    """Return how many firing alerts people put into each incident, by component."""
    row = IncidentAlert
    counted = (
        select(row.incident_id, row.component, func.count())
        .where(row.is_moved, row.state < AlertState.RESOLVED, row.incident_id.in_(ids))
        .group_by(row.incident_id, row.component)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for incident_id, component, count in work.session.execute(counted):
        if incident_id is not None:
            found[incident_id][component] = count
    return found
