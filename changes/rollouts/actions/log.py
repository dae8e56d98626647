"""Each beginning of a wave as an entry of the change log, so that suspects see it at its hour."""

from collections.abc import Sequence
from dataclasses import replace

from changes.rollouts.actions.found import Found
from changes.rollouts.models import Wave
from changes.values import WAVES
from ssoc.core.permissions import SYSTEM, Actor
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import actions as monitoring


def log_start(work: Work, found: Found, wave: Wave) -> None:
    """Write an entry for each component in each market of the wave; each attempt writes once."""
    change, estate = found.of_change(work), estate_queries.current(work)
    for market in wave.markets or change.markets:
        for number, component in enumerate(components_in(estate, change.components, market)):
            monitoring.record_change(
                _as_system(work),
                monitoring.Change(
                    at=work.now,
                    source=WAVES,
                    summary=f"ROL-{found.row.id} {change.title}: wave {wave.position}, {wave.name}",
                    market=market,
                    component=component,
                    reference=change.reference,
                    key=f"{wave.id}/{wave.attempts}/{market}{f'/{number}' if number else ''}",
                ),
            )


def components_in(estate: Estate, components: Sequence[str], market: str) -> tuple[str, ...]:
    """Return what the change touches in a market, else what it touches of no market at all.

    One empty name where there is neither, so that the wave stands in the log all the same.
    """
    known = [each for key in components if (each := estate.components.get(key))]
    here = [each.key for each in known if market in each.markets]
    return tuple(here or [each.key for each in known if not each.markets]) or ("",)


def _as_system(work: Work) -> Work:
    """Return the same unit of work with every right: who begins a wave need not report changes."""
    return replace(work, actor=Actor(work.actor.name, SYSTEM.grants, SYSTEM.kind))
