"""What can stand on a calendar as one kind of thing: changes, works of vendors, freezes. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.lifecycle import State
from changes.queries.calendar import CalendarView, Works
from changes.queries.marks import NONE, Marks
from changes.rules.collisions import Level
from changes.rules.freezes import FreezeSpan
from changes.values import ChangeView
from ssoc.core.calendar import Span
from ssoc.estate.values import Estate
from web import words

_LEAST = timedelta(minutes=1)
TONES = {Level.BLOCK: "p1", Level.WARN: "p2", Level.INFO: ""}
MOST_LABEL = 18


@dataclass(frozen=True)
class Thing:
    """One thing with its stretch of time; without ``markets`` it holds in all of them.

    ``number`` is that of a change or of an announced window; 0 for a freeze.
    """

    key: str
    kind: str  # change, vendor or freeze
    label: str
    title: str
    span: Span
    markets: tuple[str, ...] = ()
    number: int = 0
    state: str = ""
    tone: str = ""
    detail: str = ""
    whole_label: str = ""  # for a bar that has the room

    def is_in(self, market: str) -> bool:
        """Tell whether it stands in the row of a market."""
        return not self.markets or market in self.markets


def things(view: CalendarView, estate: Estate, now: datetime) -> list[Thing]:
    """Return everything of a calendar, changes first: they come first in a night too."""
    marked = ((each, view.marks.get(each.id, NONE)) for each in view.changes)
    return [
        *(found for each, marks in marked if (found := _change(each, marks, now))),
        *(_works(each, now) for each in view.works if each.window.ends_at > each.window.starts_at),
        *freezes(view.freezes, estate),
    ]


def span_of(change: ChangeView, now: datetime) -> Span | None:
    """Return when a change really ran, or runs; its window while it did not begin."""
    if change.started_at is None:
        return change.window
    planned = change.ends_at or change.started_at
    until = change.finished_at or max(planned, now)
    return Span(change.started_at, max(until, change.started_at + _LEAST))


def _change(change: ChangeView, marks: Marks, now: datetime) -> Thing | None:
    span, worst = span_of(change, now), marks.worst
    if span is None:
        return None
    return Thing(
        key=f"change/{change.id}",
        kind="change",
        label=f"{change.id} {worst.rule}" if worst else str(change.id),
        title=f"{change.reference} {change.title}",
        span=span,
        markets=tuple(change.markets),
        number=change.id,
        state=state_of(change, marks),
        tone=TONES[worst.level] if worst else "",
        detail=detail_of(change, marks),
    )


def state_of(change: ChangeView, marks: Marks) -> str:
    """Return where a change stands, in a word or two: its outcome when it is over."""
    if change.outcome is not None:
        return change.outcome.value
    is_stopped = bool(marks.count(Level.BLOCK)) and change.state is not State.RUNNING
    return "blocked" if is_stopped else change.state.value


def detail_of(change: ChangeView, marks: Marks) -> str:
    """Return what else there is to say: ``risk 54 · approved 2 of 3 · 1 finding blocks``."""
    parts = [f"risk {words.exact(change.risk_points)}"] if change.risk_points is not None else []
    if change.is_unauthorised:
        parts.append("unauthorised")
    if change.is_preapproved:
        parts.append("approved beforehand")
    elif marks.needed and change.state is not State.RUNNING:
        parts.append(f"approved {marks.answered} of {marks.needed}")
    return " · ".join([*parts, *found_words(marks)])


def found_words(marks: Marks) -> list[str]:
    """Return how many findings block and how many warn: ``2 blocks``, ``1 warning``."""
    return counts(marks.count(Level.BLOCK), marks.count(Level.WARN))


def counts(blocks: int, warns: int) -> list[str]:
    """Return numbers of findings as people say them, those that are none left out."""
    said = ((blocks, "block"), (warns, "warning"))
    return [words.counted(number, what) for number, what in said if number]


def _works(works: Works, now: datetime) -> Thing:
    window = works.window
    name = words.cut(window.title.partition(":")[0].partition(" ")[0], MOST_LABEL)
    return Thing(
        key=f"works/{window.id}",
        kind="vendor",
        label=name,
        title=window.title,
        span=Span(window.starts_at, window.ends_at),
        markets=tuple(works.markets),
        number=window.id,
        state=window.state(now).value,
        detail=" · ".join(filter(None, ("announced work", window.reference))),
    )


def freezes(spans: Iterable[FreezeSpan], estate: Estate) -> Iterator[Thing]:
    """Return freezes, with the components each is about where it is not about all.

    A label begins with the kind: a hard freeze refuses, a soft one only warns.
    """
    for index, each in enumerate(spans):
        names = [estate.name_of(key) for key in each.components]
        yield Thing(
            key=f"freeze/{index}",
            kind="freeze",
            label=f"{each.word}: {words.cut(each.name, MOST_LABEL)}",
            title=f"{each.word.capitalize()} freeze {each.name}",
            span=each.span,
            markets=tuple(each.markets),
            state=each.word,
            detail=" · ".join(filter(None, (words.listed(names, 3), each.reason))),
            whole_label=f"{each.word}: {each.name}",
        )
