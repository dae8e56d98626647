"""The whole stretch a change takes: preparation, execution, roll-back, soak, and its checkpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.values import ChangeView
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.change_managers.run_view import Bar, Fact
from web.noc import times

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class SpanPanel:
    """The span as facts and as a bar; ``tick`` is where on it the checkpoint lies."""

    whole: str
    facts: Sequence[Fact]
    label: str
    bars: Sequence[Bar]
    tick: float | None
    legend: str


def panel(work: Work, change: ChangeView) -> SpanPanel | None:
    """Return the span of a change that has a window, until its run takes the place."""
    if change.window is None or change.span is None or change.started_at is not None:
        return None
    now, (first, last) = work.now, change.span
    since, until = change.window
    zones = times.zones_of(estate_queries.current(work), change.markets)
    turn = change.checkpoint if change.rollback_minutes else None
    back = until + change.rollback_minutes * _MINUTE
    whole = f"{_span(first, last, now)} UTC, {words.age(last - first)}"
    parts = [
        _part("Preparation", first, since, now),
        Fact("Execution", _span(since, until, now), words.age(until - since)),
        Fact(
            "Checkpoint, last moment to turn round",
            words.when(turn, now) if turn else "none",
            times.local(turn, now, zones) if turn else "no time to roll back is planned",
        ),
        _part("Roll-back, if need be", until, back, now),
        _part("Watched after", back, last, now),
    ]

    def bar(begins: datetime, ends: datetime, kind: str = "", pattern: str = "") -> Bar:
        return Bar(place(begins), round(place(ends) - place(begins), 2), kind, pattern)

    def place(at: datetime) -> float:
        return round(100 * ((at - first) / (last - first)), 2)

    bars = [
        bar(first, since, pattern="dots"),
        bar(since, until, "used"),
        bar(until, back, pattern="hatch"),
        bar(back, last, pattern="cross"),
    ]
    said = [f"{each.label} {each.figure}" for each in parts]
    return SpanPanel(
        whole=whole,
        facts=parts,
        label=f"Whole span {whole}: {'; '.join(said)}",
        bars=[each for each in bars if each.width > 0],
        tick=place(max(turn, first)) if turn else None,
        legend=f"line: checkpoint {words.time(turn)}" if turn else "",
    )


def _part(label: str, since: datetime, until: datetime, now: datetime) -> Fact:
    if until <= since:
        return Fact(label, "none")
    return Fact(label, _span(since, until, now), words.age(until - since))


def _span(since: datetime, until: datetime, now: datetime) -> str:
    """Return ``Tue 1 Dec 21:00–00:30``; the day of the end only when it lies a day or more off."""
    is_short = until - since < timedelta(days=1)
    end = words.time(until) if is_short else words.when(until, now)
    return f"{words.when(since, now)}{words.NONE}{end}"
