"""Rank suspects again when the change log has grown, or a suspected change has ended."""

from changes.actions import causes
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring import queries as monitoring


def rank_causes(runtime: Runtime) -> None:
    """Rank what may have caused incidents that are live or ended lately, one at a time."""
    with runtime.view(SYSTEM) as work:
        ids = causes.outdated(work, monitoring.changes_heard_at(work))
    for incident_id in ids:
        with runtime.work(SYSTEM) as work:
            causes.rank_again(work, incident_id)
