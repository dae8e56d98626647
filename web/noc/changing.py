"""What is being changed now and what was changed lately: runs, windows, the change log."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from changes.queries import runs
from changes.queries.outside_links import changes_of
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
    """Nothing is listed twice: a window that a run opened for itself is that run."""

    running: Sequence[RunningChange] = ()
    windows: Sequence[Window] = ()  # of others: vendors, and what was announced without a change
    ended: Sequence[EndedChange] = ()
    logged: Sequence[LoggedChange] = ()
    coming: Sequence[Window] = ()

    @property
    def now(self) -> int:
        """Return how many things are being changed now."""
        return len(self.running) + len(self.windows)

    @property
    def lately(self) -> int:
        """Return how many things were changed lately and are not any more."""
        return len(self.ended) + len(self.logged)

    def in_market(self, estate: Estate, code: str) -> int:
        """Return how many things are being changed now that touch a market."""
        touched: list[Collection[str]] = [each.markets for each in self.running]
        touched += [markets_of(estate, each) for each in self.windows]
        return sum(code in each for each in touched)


def changing(work: Work) -> Changing:
    """Return what the actor may see of it, in a number of statements that does not grow."""
    since = work.now - LATELY
    sees = bool(work.actor.markets(Permission.CHANGE_SEE))
    running = runs.running_now(work) if sees else []
    ended = runs.ended_lately(work, since) if sees else []
    if not work.actor.markets(Permission.ALERT_SEE):
        return Changing(running, (), ended)
    windows = queries.windows(work, days=1)
    logged = queries.changes(work, (), since, MOST_LOGGED, until=work.now)
    known = {each.change_id for each in running} | {each.change_id for each in ended}
    linked = changes_of(work, [each.id for each in logged])
    return Changing(
        running,
        _open(work, windows, {f"CHG-{each}" for each in known}),
        ended,
        [each for each in logged if linked.get(each.id) not in known],
        [each for each in windows if each.state(work.now) is WindowState.UPCOMING],
    )


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
