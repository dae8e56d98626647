"""What the wall says beside the incidents: whose alerts went silent, and what ended last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from incidents.lifecycle import State
from incidents.models import ComponentState, Incident, IncidentComponent
from incidents.queries.lines import seen
from incidents.story import mark
from ssoc.core.work import Work

OVER = [state for state in State if not state.is_live]


@dataclass(frozen=True)
class Ended:
    """The incident that was resolved last; ``closed_at`` when it was closed, too."""

    mark: str
    resolved_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Silent:
    """Of the open alerts of an incident's components, how many nobody repeats any more."""

    stale: int
    open: int

    @property
    def is_whole(self) -> bool:
        """Tell whether nobody speaks of the incident any more."""
        return self.stale >= self.open


def last_ended(work: Work) -> Ended | None:
    """Return the incident of the actor's markets that ended last; None before the first."""
    row = work.session.execute(
        select(Incident.id, Incident.resolved_at, Incident.closed_at)
        .where(
            Incident.resolved_at.is_not(None),
            Incident.state.in_(OVER),
            Incident.parent_id.is_(None),
            seen(work),
        )
        .order_by(Incident.resolved_at.desc(), Incident.id.desc())
        .limit(1)
    ).first()
    return Ended(mark(row.id), row.resolved_at, row.closed_at) if row else None


def silent(work: Work, incident_ids: Collection[int]) -> dict[int, Silent]:
    """Return of each incident how far its alerts have gone stale; those without any are left out.

    Stale is not resolved: the source says nothing, so nobody knows whether it still fails.
    """
    counts = ComponentState
    open_now = counts.critical + counts.error + counts.warning + counts.info
    rows = work.session.execute(
        select(IncidentComponent.incident_id, func.sum(counts.stale), func.sum(open_now))
        .join(counts, counts.component == IncidentComponent.component)
        .where(
            IncidentComponent.incident_id.in_(sorted(incident_ids)),
            IncidentComponent.left_at.is_(None),
        )
        .group_by(IncidentComponent.incident_id)
    )
    return {number: Silent(int(stale), int(every)) for number, stale, every in rows if stale}
