"""Everything that stands on a calendar of changes: a fixed number of statements for any stretch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select

from changes.models import Run
from changes.queries import slot_search
from changes.queries.assessment import Finding
from changes.queries.freezes import freeze_spans
from changes.queries.lists import ChangeFilter, between
from changes.queries.marks import Marks, marks_of
from changes.queries.views import seen_markets
from changes.rules.freezes import FreezeSpan
from changes.rules.slots import Slot
from changes.values import ChangeView
from ssoc.core.permissions import EVERYWHERE
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.queries.suppression import windows_between
from ssoc.monitoring.rules.windows import Window

MOST_SLOTS = 12  # colliding changes that a page reckons the next free slot for


@dataclass(frozen=True)
class Works:
    """Announced work with the markets it is felt in: those it names, or those of its components."""

    window: Window
    markets: Sequence[str]


@dataclass(frozen=True)
class CalendarView:
    """What touches a stretch of time, by when it begins; ``markets`` are the rows to show.

    ``works`` are announced windows that no run of ours opened: those of vendors and of others.
    """

    since: datetime
    until: datetime
    markets: Sequence[str]
    changes: Sequence[ChangeView] = ()
    works: Sequence[Works] = ()
    freezes: Sequence[FreezeSpan] = ()
    marks: Mapping[int, Marks] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """Return the collisions of these changes that nobody waived, each once, by its time."""
        found = {each.key: each for marks in self.marks.values() for each in marks.findings}
        return sorted(found.values(), key=lambda each: (each.since, each.rule, each.key))


def calendar(
    work: Work, since: datetime, until: datetime, market: str = "", component: str = ""
) -> CalendarView:
    """Return what the actor may see of [since, until), in one market or for one component."""
    estate = estate_queries.current(work)
    markets = _markets(work, estate, market)
    changes = between(work, since, until, ChangeFilter("", market=market, component=component))
    return CalendarView(
        since=since,
        until=until,
        markets=markets,
        changes=changes,
        works=_works(work, since, until, markets, component),
        freezes=_freezes(work, since, until, markets, component),
        marks=marks_of(work, changes),
    )


def free_slots(work: Work, changes: Sequence[ChangeView]) -> dict[int, Slot]:
    """Return when each of a few changes could run without being blocked; none where none is."""
    return slot_search.free_slots(work, changes[:MOST_SLOTS])


def _markets(work: Work, estate: Estate, market: str) -> list[str]:
    held = seen_markets(work)
    seen = [code for code in estate.markets if EVERYWHERE in held or code in held]
    return [code for code in seen if not market or code == market]


def _works(
    work: Work, since: datetime, until: datetime, markets: Sequence[str], component: str
) -> list[Works]:
    estate = estate_queries.current(work)
    touching = [_works_of(estate, each) for each in windows_between(work, since, until)]
    ours = _of_runs(work, [each.window.id for each in touching])
    return [
        each
        for each in touching
        if each.window.id not in ours
        and set(each.markets) & set(markets)
        and _is_about(each.window.components, component)
    ]


def _works_of(estate: Estate, window: Window) -> Works:
    named = window.markets or {code for key in window.components for code in estate.markets_of(key)}
    return Works(_as_it_was(window), tuple(estate.in_order(named)))


def _as_it_was(window: Window) -> Window:
    """Return a window that ended early with its real end; one cancelled has no length."""
    if window.ended_at is None or window.ended_at >= window.ends_at:
        return window
    return replace(window, ends_at=max(window.ended_at, window.starts_at))


def _is_about(named: Collection[str], wanted: str) -> bool:
    return not wanted or not named or wanted in named


def _of_runs(work: Work, windows: Sequence[int]) -> frozenset[int]:
    chosen = select(Run.suppression_id).where(Run.suppression_id.in_(windows))
    return frozenset(each for each in work.session.scalars(chosen) if each is not None)


def _freezes(
    work: Work, since: datetime, until: datetime, markets: Sequence[str], component: str
) -> list[FreezeSpan]:
    return [
        each
        for each in freeze_spans(work, since, until)
        if (not each.markets or set(each.markets) & set(markets))
        and _is_about(each.components, component)
    ]
