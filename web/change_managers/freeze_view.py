"""What the freeze pages show, as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from changes.queries import freeze_pages
from changes.queries.freeze_pages import FeedLine, FreezeLine, HandFreeze, HitChange
from changes.rules.freezes import FreezeSpan, Phase, Source
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from web import words
from web.noc import times

_SOURCES = {"list": "set by hand", "feed": "", "computed": "computed"}  # a feed says its name
_MOST_HITS = 5


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; empty means all of it."""

    market: str = ""
    kind: str = ""
    source: str = ""

    def fits(self, line: FreezeLine) -> bool:
        """Tell whether a freeze is wanted."""
        first = line.first
        return (
            (not self.market or not line.markets or self.market in line.markets)
            and (not self.kind or self.kind == first.word)
            and (not self.source or self.source == first.source.value)
        )


@dataclass(frozen=True)
class Hit:
    """A planned change that a freeze hits."""

    label: str
    title: str
    href: str
    how: str


@dataclass(frozen=True)
class Row:
    """One freeze in the list; ``more`` counts its further stretches."""

    key: str
    name: str
    reason: str
    word: str
    tone: str
    source: str
    markets: Sequence[str]
    where: str
    since: str
    since_there: str
    until: str
    until_there: str
    begins: str
    left: str
    more: str
    hits: Sequence[Hit]
    more_hits: int
    edit: str
    lift: str


@dataclass(frozen=True)
class EndedRow:
    """A freeze set by hand that ended or was lifted."""

    name: str
    state: str
    word: str
    markets: Sequence[str]
    ended: str
    by: str
    why: str


@dataclass(frozen=True)
class FreezePage:
    """The list: now, to come, ended; and which calendars cannot be read."""

    now: Sequence[Row]
    to_come: Sequence[Row]
    computed: Sequence[Row]  # to come, from the calendar
    ended: Sequence[EndedRow]
    failing: Sequence[FeedLine]
    is_narrowed: bool


def page(work: Work, estate: Estate, wanted: Wanted) -> FreezePage:
    """Return the list of freezes for the next 90 days."""
    found = [
        each
        for each in freeze_pages.lines(work, work.now, work.now + freeze_pages.AHEAD)
        if wanted.fits(each)
    ]
    holding = [each for each in found if each.holds_at(work.now)]
    coming = [each for each in found if not each.holds_at(work.now)]
    reckoned = [each for each in coming if each.first.source is Source.COMPUTED]
    others = [each for each in coming if each.first.source is not Source.COMPUTED]
    return FreezePage(
        now=[row(work, estate, each, wanted.market) for each in holding],
        to_come=[row(work, estate, each, wanted.market) for each in others],
        computed=[row(work, estate, each, wanted.market) for each in reckoned],
        ended=[_ended(work, each) for each in freeze_pages.ended(work)],
        failing=[each for each in freeze_pages.feeds(work) if each.failing_since is not None],
        is_narrowed=bool(wanted.market or wanted.kind or wanted.source),
    )


def row(work: Work, estate: Estate, line: FreezeLine, market: str = "") -> Row:
    """Return one freeze as the list shows it, on the clocks of its markets or of ``market``."""
    own = [each for each in line.spans if market in each.markets] if market else []
    spans = own or list(line.spans)
    first, outer = spans[0], max(spans, key=lambda each: each.until)
    once = {each.markets for each in spans}
    further = len(spans) - len(once) if len(spans) > len(once) else 0
    last = first if further else outer
    zones = times.zones_of(estate, [market] if market else line.markets)
    number = line.number if _may_act(work, line.markets) else None
    shown = [_hit(each) for each in line.hits[:_MOST_HITS]]
    return Row(
        key=line.key,
        name=first.name,
        reason=first.reason,
        word=first.word,
        tone=_tone(first, line.hits),
        source=_SOURCES[first.source.value],
        markets=estate.in_order(line.markets),
        where=words.listed((estate.name_of(each) for each in first.components), 4),
        since=_moment(first.since, work.now),
        since_there=_there(work, estate, first, zones),
        until=_moment(last.until, work.now),
        until_there=_there(work, estate, last, zones, ends=True),
        begins="" if first.holds_at(work.now) else f"begins in {words.age(first.since - work.now)}",
        left=f"{words.age(first.until - work.now)} left" if first.holds_at(work.now) else "",
        more=f"and {words.counted(further, 'more stretch', 'more stretches')} until "
        f"{words.when(outer.until, work.now)} UTC"
        if further
        else "",
        hits=shown,
        more_hits=len(line.hits) - len(shown),
        edit=url_for("changes.freeze_edit", freeze_id=number) if number else "",
        lift=url_for("changes.freeze_lift_ask", freeze_id=number) if number else "",
    )


def _moment(at: datetime, now: datetime) -> str:
    """Return an end with its day, today's too: without it, it reads like the day of the other."""
    return f"{words.day(at, now)}{words.HARD}{words.time(at)}"


def _there(
    work: Work, estate: Estate, span: FreezeSpan, zones: Sequence[str], ends: bool = False
) -> str:
    """Return an end on the clocks of its own markets: a local freeze reads the same in each."""
    own = times.zones_of(estate, span.markets)
    shown = [each for each in own if each in zones] or zones
    return times.local(span.until if ends else span.since, work.now, shown)


def _may_act(work: Work, markets: Sequence[str]) -> bool:
    return all(work.actor.may(Permission.CHANGE_MANAGE, code) for code in markets or [EVERYWHERE])


def _tone(freeze: FreezeSpan, found: Sequence[HitChange]) -> str:
    """Return the tone of a freeze: a hard one that stops a planned change wants somebody."""
    stops = freeze.is_hard and any(each.phase is Phase.EXECUTION for each in found)
    return "p2" if stops else ""


def _hit(found: HitChange) -> Hit:
    how = "" if found.phase is Phase.EXECUTION else f"{found.phase.value} only"
    href = url_for("changes.change", change_id=found.change.id)
    return Hit(found.change.reference, found.change.title, href, how)


def _ended(work: Work, found: HandFreeze) -> EndedRow:
    return EndedRow(
        name=found.name,
        state=found.state(work.now),
        word="hard" if found.is_hard else "soft",
        markets=found.markets,
        ended=words.when(found.lifted_at or found.until, work.now),
        by=found.lifted_by or found.added_by,
        why=found.lifted_because or found.reason,
    )


def set_words(work: Work, freeze_id: int) -> str:
    """Return from when to when a freeze holds, for a last look at it."""
    spans = freeze_pages.hand_spans(work, freeze_id)
    since, until = min(each.since for each in spans), max(each.until for each in spans)
    first = spans[0]
    stretch = f"{words.when(since, work.now)} to {words.when(until, work.now)} UTC"
    return f"The {first.word} freeze {first.name} holds from {stretch}."
