"""Each beginning of a wave as an entry of the change log, so that suspects see it at its hour."""

from dataclasses import replace

from changes.rollouts.actions.found import Found
from changes.rollouts.models import Wave
from changes.values import WAVES
from ssoc.core.permissions import SYSTEM, Actor
from ssoc.core.work import Work
from ssoc.monitoring import actions as monitoring


def log_start(work: Work, found: Found, wave: Wave) -> None:
    """Write one entry for each market of the wave; the same attempt is the same entry."""
    change = found.of_change(work)
    component = change.components[0] if change.components else ""
    for market in wave.markets or change.markets:
        monitoring.record_change(
            _as_system(work),
            monitoring.Change(
                at=work.now,
                source=WAVES,
                summary=f"ROL-{found.row.id} {change.title}: wave {wave.position}, {wave.name}",
                market=market,
                component=component,
                reference=change.reference,
                key=f"{wave.id}/{wave.attempts}/{market}",
            ),
        )


def _as_system(work: Work) -> Work:
    """Return the same unit of work with every right: who begins a wave need not report changes."""
    return replace(work, actor=Actor(work.actor.name, SYSTEM.grants, SYSTEM.kind))
