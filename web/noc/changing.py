"""What is being changed now and what was changed lately: runs, windows, the change log."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from changes.queries.outside_links import Sighting, sightings_of
from changes.rollouts.queries.running import ended_lately, running_now
from changes.run_values import EndedChange, RunningChange
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import queries
from ssoc.monitoring.queries import LoggedChange
from ssoc.monitoring.rules.windows import Window, WindowState

LATELY = timedelta(hours=1)
MOST_LOGGED = 50
_OURS = re.compile(r"CHG-\d+")


@dataclass(frozen=True)
class Changing:
    """Nothing is listed twice: a window that a run opened for itself is that run.

    ``unannounced`` are those of the entries ``logged`` that nobody had announced, with the number
    of the change that was written down for them.
    """

    running: Sequence[RunningChange] = ()
    windows: Sequence[Window] = ()  # of others: vendors, and what was announced without a change
    ended: Sequence[EndedChange] = ()
    logged: Sequence[LoggedChange] = ()
    coming: Sequence[Window] = ()
    unannounced: Mapping[int, int] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """Return how many things are being changed now."""
        return len(self.running) + len(self.windows)

    def in_market(self, estate: Estate, code: str) -> int:
        """Return how many things are being changed now that touch a market."""
        touched: list[Collection[str]] = [each.markets for each in self.running]
        touched += [markets_of(estate, each) for each in self.windows]
        return sum(code in each for each in touched)


def changing(work: Work) -> Changing:
    """Return what the actor may see of it, in a number of statements that does not grow."""
    since = work.now - LATELY
    sees = bool(work.actor.markets(Permission.CHANGE_SEE))
    running = running_now(work) if sees else []
    ended = ended_lately(work, since) if sees else []
    if not work.actor.markets(Permission.ALERT_SEE):
        return Changing(running, (), ended)
    windows = queries.windows(work, days=1)
    logged = queries.changes(work, (), since, MOST_LOGGED, until=work.now)
    known = {each.change_id for each in running} | {each.change_id for each in ended}
    seen = sightings_of(work, [each.id for each in logged])
    told = _told(logged, seen, known)
    return Changing(
        running,
        _open(work, windows, {f"CHG-{each}" for each in known}),
        ended,
        told,
        [each for each in windows if each.state(work.now) is WindowState.UPCOMING],
        {
            each.id: seen[each.id].change_id
            for each in told
            if each.id in seen and seen[each.id].is_unauthorised
        },
    )


def _told(
    logged: Iterable[LoggedChange], seen: Mapping[int, Sighting], known: Collection[int]
) -> list[LoggedChange]:
    """Return one entry of each change, the newest; what somebody or a rule ignores is left out."""
    found, told = [], set(known)
    for each in sorted(logged, key=lambda one: (one.at, one.id), reverse=True):
        sighting = seen.get(each.id)
        if sighting is None:
            found.append(each)
        elif not sighting.is_ignored and sighting.change_id not in told:
            found.append(each)
            told |= {sighting.change_id} - {0}
    return found


def _open(work: Work, windows: Iterable[Window], ours: Collection[str]) -> list[Window]:
    found = [
        each
        for each in windows
        if each.state(work.now) in {WindowState.OPEN, WindowState.OVERRUN}
        and each.reference not in ours
    ]
    return sorted(found, key=lambda one: (one.ends_at, one.id))


def markets_of(estate: Estate, window: Window) -> set[str]:
    """Return the markets a window touches: those it names, else those of its components."""
    if window.markets:
        return set(window.markets)
    return {code for each in window.components for code in estate.markets_of(each)}


def count_by_market(work: Work, found: Changing) -> dict[str, int]:
    """Return by market how many things are being changed there now."""
    estate = estate_queries.current(work)
    counted = {code: found.in_market(estate, code) for code in estate.markets}
    return {code: number for code, number in counted.items() if number}
