"""The lists beside the incidents on the wall: clocks at risk, and what is being changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from incidents.queries import Line
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import queries
from ssoc.monitoring.rules.windows import Window, WindowState
from web import words

MOST_CLOCKS = 3
MOST_CHANGES = 3
RECENT = timedelta(hours=1)


@dataclass(frozen=True)
class Row:
    """A line of a list on the wall; ``tone`` colours the figure on the right."""

    title: str
    sub: str
    right: str
    right_sub: str
    priority: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Clocks:
    """Clocks at risk, and the time to the next update of each incident."""

    rows: Sequence[Row] = ()
    note: str = ""
    next_update: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What is being changed now."""

    rows: Sequence[Row] = ()
    note: str = ""


def clocks(work: Work, lines: Sequence[Line]) -> Clocks:
    """Return the clocks of these incidents that are at risk or over, the most urgent first."""
    return Clocks()


def changes(work: Work) -> Changes:
    """Return open windows, then changes of the last hour; the note tells what comes next."""
    estate = estate_queries.current(work)
    windows = queries.windows(work, days=1)
    running = [
        each for each in windows if each.state(work.now) in {WindowState.OPEN, WindowState.OVERRUN}
    ]
    coming = [each for each in windows if each.state(work.now) is WindowState.UPCOMING]
    rows = [_window(work, estate, each) for each in sorted(running, key=lambda one: one.ends_at)]
    return Changes(rows[:MOST_CHANGES], _next(work, coming))


def _window(work: Work, estate: Estate, window: Window) -> Row:
    where = " ".join(sorted(window.markets)) or _markets(estate, window)
    what = words.listed(sorted(estate.name_of(each) for each in window.components), 2)
    is_over = window.state(work.now) is WindowState.OVERRUN
    span = words.age(abs(window.ends_at - work.now))
    return Row(
        title=f"{window.title} · {where}" if where else window.title,
        sub=" · ".join(filter(None, (window.reference, what or "everything there"))),
        right=f"+{span}" if is_over else span,
        right_sub="overrun" if is_over else "to end",
        tone="p2" if is_over else "",
    )


def _markets(estate: Estate, window: Window) -> str:
    found = {code for each in window.components for code in estate.markets_of(each)}
    return " ".join(sorted(found)) if 0 < len(found) <= 4 else ""


def _next(work: Work, coming: Sequence[Window]) -> str:
    if not coming:
        return ""
    first = min(coming, key=lambda each: each.starts_at)
    return f"next: {words.cut(first.title, 22)}, {words.when(first.starts_at, work.now)} UTC"
