"""What pages of reconciliation show: strips of days, sums side by side, breaks in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from changes.reconciliation.queries.days import BreakPage
from changes.reconciliation.rules.exits import Mark
from changes.reconciliation.rules.gaps import CommonGap
from changes.reconciliation.rules.money import exponent_of
from changes.reconciliation.rules.outcome import BreakClass
from changes.reconciliation.values import BreakView, ParallelView, RunView, TotalView
from web import charts, words

STRIP = 31  # days
_TONES = {
    Mark.BREAKS: ("p2", ""),
    Mark.VALUE: ("p2", ""),
    Mark.FAILED: ("p2", ""),
    Mark.NONE: ("p2", ""),
    Mark.DUE: ("", "none"),
    Mark.CLOSED: ("", "none"),
    Mark.CLEAN: ("", "done"),
}
_SIGNS = {
    Mark.BREAKS: "×",  # noqa: RUF001 (the sign of a fault)
    Mark.VALUE: "±",
    Mark.FAILED: "!",
    Mark.NONE: "?",
    Mark.DUE: "…",
    Mark.CLOSED: "–",  # noqa: RUF001
    Mark.CLEAN: "✓",
}


@dataclass(frozen=True)
class DayMark:
    """One day of a strip."""

    name: str
    word: str
    tone: str
    kind: str
    href: str
    sign: str = ""


@dataclass(frozen=True)
class Card:
    """One parallel run as a line of the list and the head of its page."""

    id: int
    title: str
    subject: str
    market: str
    href: str
    mode: str
    dates: str
    why: str
    is_met: bool
    has_ended: bool
    streak: str
    strip: Sequence[DayMark]


def card(one: ParallelView, days: int = STRIP) -> Card:
    """Return a parallel run as people read it."""
    until = f"{one.ends_on:%d %b %Y}" if one.ends_on else "no end set"
    return Card(
        id=one.id,
        title=one.title,
        subject=one.subject,
        market=one.market,
        href=url_for("programmes.recon", parallel_id=one.id),
        mode=one.mode.value,
        dates=f"{one.starts_on:%d %b %Y} to {until}",
        why=one.standing.why,
        is_met=one.standing.is_met,
        has_ended=one.ended_at is not None,
        streak=f"{one.standing.streak} of {one.terms.days}",
        strip=[mark_of(one, day, mark) for day, mark in one.standing.marks[-days:]],
    )


def mark_of(one: ParallelView, day: date, mark: Mark) -> DayMark:
    """Return one day of a strip."""
    tone, kind = _TONES[mark]
    href = url_for("programmes.recon_day", parallel_id=one.id, day=day.isoformat())
    return DayMark(f"{day:%a %d %b}", mark.value, tone, kind, href, _SIGNS[mark])


def sum_of(amount: Decimal | None, currency: str) -> str:
    """Return an amount to its last minor unit, with its currency."""
    if amount is None:
        return words.NONE
    return f"{currency}{words.HARD}{words.exact(amount, exponent_of(currency))}"


@dataclass(frozen=True)
class TotalLine:
    """One currency, both systems side by side."""

    currency: str
    old: str
    new: str
    difference: str
    is_even: bool
    lines: str
    matched: str


def totals(run: RunView) -> list[TotalLine]:
    """Return the sums of a day."""
    return [_total(each) for each in run.totals]


def _total(each: TotalView) -> TotalLine:
    return TotalLine(
        each.currency,
        sum_of(each.old, each.currency),
        sum_of(each.new, each.currency),
        sum_of(each.difference, each.currency),
        not each.difference,
        f"{words.exact(each.old_lines)} and {words.exact(each.new_lines)}",
        f"{sum_of(each.old_matched, each.currency)} and {sum_of(each.new_matched, each.currency)}",
    )


@dataclass(frozen=True)
class BreakLine:
    """One break as a row."""

    id: int
    day: str
    reference: str
    kind: str
    old: str
    new: str
    difference: str
    state: str
    tone: str
    badge: str
    owner: str
    said: str
    age: str
    lines: str
    old_at: str
    new_at: str
    gap: str


def break_lines(page: BreakPage, zone: str) -> list[BreakLine]:
    """Return breaks as rows."""
    return [break_line(each, zone) for each in page.items]


def break_line(each: BreakView, zone: str) -> BreakLine:
    """Return a break as a row, its times as the clocks of ``zone`` show them."""
    is_open = each.state.value == "open"
    found = f"counterpart came on {each.found_on:%a %d %b}" if each.found_on else ""
    by = f"{each.explanation} ({each.explained_by})" if each.explained_by else each.explanation
    days = "1 business day" if each.age == 1 else f"{each.age} business days"
    return BreakLine(
        id=each.id,
        day=f"{each.day:%a %d %b}",
        reference=each.reference,
        kind=each.kind.value,
        old=sum_of(each.old_amount, each.currency),
        new=sum_of(each.new_amount, each.currency),
        difference=sum_of(each.difference, each.currency),
        state=each.state.value,
        tone="p2" if is_open else "",
        badge="" if is_open else "done",
        owner=each.owner or words.NONE,
        said="; ".join(filter(None, (found, by, each.note))),
        age=days,
        lines=f"{each.old_lines} and {each.new_lines}"
        if each.old_lines + each.new_lines > 2
        else "",
        old_at=_first_at(each, "old", zone),
        new_at=_first_at(each, "new", zone),
        gap=apart(each.gap) if each.gap else "",
    )


def _first_at(one: BreakView, side: str, zone: str) -> str:
    """Return when and in which row of its file the first line of a side stands, if it has one."""
    line: Mapping[str, Any] | None = next((at for at in one.lines if at["side"] == side), None)
    if line is None:
        return ""
    at = datetime.fromisoformat(line["at"]).astimezone(ZoneInfo(zone))
    day = "" if at.date() == one.day else f"{at:%d %b} "
    return f"{day}{at:%H:%M:%S}, row {words.exact(line['row'])}"


def apart(gap: timedelta) -> str:
    """Return a gap in words: ``new 3 h later``."""
    return f"new {words.age(abs(gap))} {'later' if gap > timedelta() else 'earlier'}"


def clock_words(found: CommonGap | None) -> str:
    """Return what to ask when most timing breaks have one gap, empty when they have not."""
    if found is None:
        return ""
    how = "exactly" if found.is_exact else "about"
    side = "later" if found.gap > timedelta() else "earlier"
    return (
        f"{words.exact(found.count)} of {words.counted(found.whole, 'timing break')} are {how} "
        f"{words.age(abs(found.gap))} apart, the new system {side}: is the clock of an extract "
        "read right? Look at its time zone, then compare the day again; do not explain them."
    )


def class_chart(runs: Sequence[RunView]) -> charts.Chart | None:
    """Return breaks of the three most frequent classes by day, None when there are none."""
    kept = sorted((each for each in runs if each.is_current), key=lambda each: each.day)
    counts = {each.day: _by_class(each) for each in kept}
    whole: Counter[BreakClass] = Counter()
    for found in counts.values():
        whole.update(found)
    if not whole or len(kept) < 2:
        return None
    first = whole.most_common(1)[0]
    series = [
        charts.Line(
            kind.value,
            [(_noon(day), float(found.get(kind, 0))) for day, found in counts.items()],
            is_main=kind is first[0],
        )
        for kind, _ in whole.most_common(3)
    ]
    finding = f"{words.counted(sum(whole.values()), 'break')} in {len(kept)} days, most {first[0]}"
    return charts.lines("Breaks by class", finding, "", series)


def _by_class(run: RunView) -> Mapping[BreakClass, int]:
    found: Counter[BreakClass] = Counter()
    for each in run.classes:
        found[each.kind] += each.breaks
    return found


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
