"""The lists beside the incidents on the wall: clocks at risk, and what is being changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from changes.rules.running import Standing
from changes.run_values import EndedChange, RunningChange
from incidents import clock_queries
from incidents.clock_queries import ClockView
from incidents.queries import Line
from ssoc.core.clocks import Party, Status
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.queries import LoggedChange
from ssoc.monitoring.rules.windows import Window, WindowState
from web import words
from web.noc.changing import Changing, markets_of
from web.noc.clock_view import TONES, VERBS, due_words

MOST_CLOCKS = 3
MOST_CHANGES = 3
MOST_ALONE = 4  # where no clock is listed above them
_CALM = {Standing.IN_TIME, Standing.GOING_ON}
_LATE = {  # in the two words a wall has room for
    Standing.OVERRUN: "will overrun",
    Standing.DUE: "roll back now?",
    Standing.PAST: "past the point",
    Standing.ROLLING_BACK: "rolling back",
    Standing.OVER: "overrun",
}
DUE = {"response": "response", "update": "next update", "resolve": "resolution"}


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
    """Clocks at risk, and of each incident the clock due next: its time and its words."""

    rows: Sequence[Row] = ()
    note: str = ""
    next_due: Mapping[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What is being changed now."""

    rows: Sequence[Row] = ()
    note: str = ""


def clocks(work: Work, lines: Sequence[Line]) -> Clocks:
    """Return the clocks of these incidents that are at risk or over, the most urgent first."""
    read = clock_queries.clocks_of(work, [line.id for line in lines])
    by_id = {line.id: line for line in lines}
    every = [(each, by_id[number]) for number, views in read.items() for each in views]
    urgent = sorted(
        (pair for pair in every if pair[0].is_urgent), key=lambda pair: (pair[0].due_at, pair[1].id)
    )
    running = sum(view.is_running for view, _ in every)
    rows = [_clock(view, line, work.now) for view, line in urgent]
    beyond = f"{words.exact(len(rows))} " if len(rows) > MOST_CLOCKS else ""
    return Clocks(
        rows[:MOST_CLOCKS],
        f"{beyond}of {words.exact(running)} running",
        {number: next_due(views) for number, views in read.items()},
    )


def _clock(view: ClockView, line: Line, now: datetime) -> Row:
    is_over = view.clock.to_due < timedelta(0)
    span = words.age(abs(view.clock.to_due))
    verb, due = VERBS.get(view.name, view.name), f"due {due_words(view.clock, now)}"
    holder = "" if view.clock.holder in {Party.US, Party.NOBODY} else view.clock.holder.value
    return Row(
        title=line.title,
        sub=" · ".join(filter(None, (f"{verb} {due}", line.mark, holder))),
        right=f"+{span}" if is_over else span,
        right_sub=view.status.value,
        priority=line.priority,
        tone=TONES.get(view.status, ""),
    )


def next_due(views: Sequence[ClockView]) -> tuple[str, str]:
    """Return the time of the clock due next, or over longest, and what it is; empty if none."""
    found = clock_queries.next_clock(views)
    if found is None or found.status is Status.PAUSED:
        return "", ""
    span = words.age(abs(found.clock.to_due))
    verb = DUE.get(found.name, found.name)
    if found.clock.to_due < timedelta(0):
        return f"+{span}", f"{verb} overdue"
    return span, f"to {verb} due"


def changes(work: Work, found: Changing, most: int = MOST_CHANGES) -> Changes:
    """Return what runs now, what is late first, then what changed lately; the note tells more.

    What nobody had announced stands before all else that is over.
    """
    estate = estate_queries.current(work)
    rows = [_running(work, estate, each) for each in found.running]
    rows += [_window(work, estate, each) for each in found.windows]
    rows.sort(key=lambda each: not each.tone)
    lately = [(each.ended_at, _ended(work, estate, each)) for each in found.ended]
    lately += [(each.at, _logged(work, estate, each, found)) for each in found.logged]
    lately.sort(key=lambda each: (bool(each[1].tone), each[0]), reverse=True)
    rows += [row for _, row in lately]
    beyond = len(rows) - most
    more = f"+ {words.exact(beyond)} more" if beyond > 0 else ""
    return Changes(rows[:most], " · ".join(filter(None, (more, _next(work, found.coming)))))


def _running(work: Work, estate: Estate, change: RunningChange) -> Row:
    is_late = change.state not in _CALM
    is_over = change.window_end <= work.now
    span = words.age(abs(change.window_end - work.now))
    return Row(
        title=change.title,
        sub=_about(estate, change),
        right=f"+{span}" if is_over else span,
        right_sub=_LATE.get(change.state, "to end"),
        tone="p2" if is_late else "",
    )


def _ended(work: Work, estate: Estate, change: EndedChange) -> Row:
    overran = "overran" if change.overran else ""
    return Row(
        title=change.title,
        sub=_about(estate, change, change.outcome.value, overran),
        right=words.age(work.now - change.ended_at),
        right_sub="ago",
    )


def _about(estate: Estate, change: RunningChange | EndedChange, *more: str) -> str:
    """Return number, markets while they are few, what else there is to say, and components."""
    where = " ".join(change.markets) if len(change.markets) <= 4 else ""
    what = words.listed([estate.name_of(each) for each in change.components], 2)
    return " · ".join(filter(None, (f"CHG-{change.change_id}", where, *more, what)))


def _logged(work: Work, estate: Estate, change: LoggedChange, found: Changing) -> Row:
    number = found.unannounced.get(change.id)
    mark = f"CHG-{number}" if number else ""
    said = (mark, change.market, estate.name_of(change.component))
    return Row(
        title=change.summary or change.reference,
        sub=" · ".join(filter(None, said)),
        right=words.age(work.now - change.at),
        right_sub="ago" if number is None else "unauthorised",
        tone="" if number is None else "p2",
    )


def _window(work: Work, estate: Estate, window: Window) -> Row:
    found = estate.in_order(markets_of(estate, window))
    where = " ".join(found) if window.markets or len(found) <= 4 else ""
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


def _next(work: Work, coming: Sequence[Window]) -> str:
    if not coming:
        return ""
    first = min(coming, key=lambda each: each.starts_at)
    return f"next: {words.cut(first.title, 22)}, {words.when(first.starts_at, work.now)}"
