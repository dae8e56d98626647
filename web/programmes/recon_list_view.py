"""The list of parallel runs in words: where each stands, what is open, whose turn it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for

from changes.programmes.queries.reconciled import Place
from changes.reconciliation.queries.overview import NOBODY, OpenBreaks, Overview, RunLine
from changes.reconciliation.rules.exits import Mark
from changes.reconciliation.rules.groups import Group, last_told
from changes.reconciliation.values import ParallelView
from ssoc.core.errors import BadInput
from web import words
from web.noc.asked import Asked, Chip
from web.noc.choices import Choice
from web.programmes.recon_view import DayMark, mark_of, sum_of

PAGE = 50
NAMES = ("q", "market", "wave", "day", "state", "owner", "subject")
STRIP = 7  # days
_TONES = {
    Group.MISSING: ("p2", ""),
    Group.UNCLEAN: ("p2", ""),
    Group.DUE: ("", "none"),
    Group.CLOSED: ("", "none"),
    Group.BEGINS: ("", "none"),
}
_WORDS = {
    Group.MISSING: "run missing",
    Group.UNCLEAN: "unclean",
    Group.DUE: "run due",
    Group.CLEAN: "clean so far",
    Group.BEGINS: "not begun",
}

_TURNS = {
    Group.UNCLEAN: "explained and carried breaks are worth too much: book them, then close",
    Group.MET: "exit met: go on to go/no-go",
    Group.ENDED: "nobody: it has ended",
}


@dataclass(frozen=True)
class RunRow:
    """One parallel run of the list."""

    id: int
    title: str
    about: str
    href: str
    market: str
    word: str
    tone: str
    kind: str
    why: str
    open: str
    values: Sequence[str]
    age: str
    open_href: str
    owners: str
    turn: str
    turn_href: str
    strip: Sequence[DayMark]


@dataclass(frozen=True)
class ListPage:
    """Everything the list shows."""

    rows: Sequence[RunRow]
    tabs: Sequence[tuple[str, str, str, bool]]
    choices: Sequence[Choice]
    chips: Sequence[Chip]
    range: str
    first: str
    older: str
    total: int


def lines_on(found: Overview, asked: Asked) -> tuple[list[RunLine], str]:
    """Return the lines of one page, and the cursor of the next, empty at the end."""
    begin = _begin(asked.cursor, found.lines)
    shown = list(found.lines[begin : begin + PAGE])
    more = len(found.lines) > begin + PAGE
    return shown, str(shown[-1].view.id) if more else ""


def _begin(cursor: str, lines: Sequence[RunLine]) -> int:
    """Return where the page begins: behind the parallel run that the cursor names."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal()):
        raise BadInput(f"no page {cursor[:40]!r} of this list; open its first page")
    numbers = [each.view.id for each in lines]
    return numbers.index(int(cursor)) + 1 if int(cursor) in numbers else 0


def page(
    found: Overview,
    shown: Sequence[RunLine],
    cursor: str,
    asked: Asked,
    places: Mapping[str, Place],
    choices: Sequence[Choice],
    names: Mapping[str, str],
) -> ListPage:
    """Return one page of the list; ``names`` are words for values in the address."""
    total = sum(found.counts.values())
    tabs = [("", "all", words.exact(total), not asked["state"])]
    tabs += [
        (group.value, group.value, words.exact(found.counts[group]), asked["state"] == group)
        for group in Group
        if found.counts.get(group) or asked["state"] == group
    ]
    return ListPage(
        rows=[_row(each, places, asked) for each in shown],
        tabs=[(asked.link(state=key), word, count, here) for key, word, count, here in tabs],
        choices=[*choices, _owners(found, asked)],
        chips=asked.chips({"q": "words", NOBODY: "nobody", **names}),
        range=_range(len(shown), len(found.lines), total),
        first=asked.link() if asked.cursor else "",
        older=asked.link(cursor=cursor) if cursor else "",
        total=total,
    )


def _owners(found: Overview, asked: Asked) -> Choice:
    known = sorted({*found.owners, asked["owner"]} - {"", NOBODY})
    options = [("", "Anybody"), (NOBODY, "Nobody"), *((each, each) for each in known)]
    return Choice("owner", "Owner of open breaks", options, asked["owner"])


def _range(shown: int, left: int, total: int) -> str:
    of = f"{words.exact(left)} of {words.counted(total, 'parallel run')}"
    return of if shown == left else f"{words.exact(shown)} on this page, {of}"


def _row(line: RunLine, places: Mapping[str, Place], asked: Asked) -> RunRow:
    one = line.view
    place = places.get(one.subject)
    tone, kind = _TONES.get(line.group, ("", "done"))
    turn, turn_href = turn_of(line, date_of(asked["day"]))
    return RunRow(
        id=one.id,
        title=one.title,
        about=f"{place.code}, {place.wave}" if place else one.subject,
        href=url_for("programmes.recon", parallel_id=one.id),
        market=one.market,
        word=_WORDS.get(line.group, line.group.value),
        tone=tone,
        kind=kind,
        why=one.standing.why,
        open=words.exact(line.open.whole) if line.open.whole else words.NONE,
        values=[sum_of(value, currency) for currency, value in line.open.values.items()],
        age=_age(line.open),
        open_href=url_for("programmes.recon_breaks", run=one.id),
        owners=owners_of(line.open),
        turn=turn,
        turn_href=turn_href,
        strip=[mark_of(one, day, mark) for day, mark in one.standing.marks[-STRIP:]],
    )


@dataclass(frozen=True)
class Today:
    """What one parallel run needs today: what is open, whose turn it is, and where."""

    word: str
    tone: str
    kind: str
    open: int
    values: Sequence[str]
    age: str
    owners: str
    unlisted: int
    turn: str
    turn_href: str
    open_href: str


def today(line: RunLine) -> Today:
    """Return what a parallel run needs today."""
    tone, kind = _TONES.get(line.group, ("", "done"))
    turn, turn_href = turn_of(line)
    return Today(
        word=_WORDS.get(line.group, line.group.value),
        tone=tone,
        kind=kind,
        open=line.open.whole,
        values=[sum_of(value, currency) for currency, value in line.open.values.items()],
        age=_age(line.open),
        owners=owners_of(line.open),
        unlisted=line.open.unlisted,
        turn=turn,
        turn_href=turn_href,
        open_href=url_for("programmes.recon_breaks", run=line.view.id),
    )


def _age(found: OpenBreaks) -> str:
    if found.oldest is None:
        return ""
    return f"oldest {words.counted(found.age, 'business day')}"


def owners_of(found: OpenBreaks) -> str:
    """Return who owns what is open, and how much nobody does."""
    named = [words.listed(found.owners, 3)] if found.owners else []
    nobody = [f"nobody {words.exact(found.unowned)}"] if found.unowned else []
    return "; ".join([*named, *nobody]) or words.NONE


def turn_of(line: RunLine, on: date | None = None) -> tuple[str, str]:
    """Return whose turn it is and what to press, with where that is."""
    one, group = line.view, line.group
    told = _mark(one, group, on)
    day = told[0] if told else None
    there = _day_href(one, day) if day else url_for("programmes.recon", parallel_id=one.id)
    if group is Group.MISSING and day:
        if one.is_fetched:
            return f"fetch of {day:%a %d %b} failed: see why", there
        return f"bring both extracts of {day:%a %d %b}", there
    if line.open.whole:
        return _turn_of_breaks(line, there)
    if group is Group.MET:
        there = _site_href(one) or there
    return _TURNS.get(group, "nobody: wait for the next day"), there


def _site_href(one: ParallelView) -> str:
    """Return the page of the site that a parallel run is of, where it goes on; empty for others."""
    kind, _, number = one.subject.partition(":")
    if kind != "site" or not (number.isascii() and number.isdecimal() and len(number) < 10):
        return ""
    return url_for("programmes.site", site_rollout_id=int(number))


def _turn_of_breaks(line: RunLine, there: str) -> tuple[str, str]:
    found = line.open
    breaks = url_for("programmes.recon_breaks", run=line.view.id)
    if not found.count:
        return "correct the extracts and compare again: breaks were cut", there
    if found.unowned:
        return f"assign {words.counted(found.unowned, 'break')}", breaks
    return f"owned by {words.listed(found.owners, 2)}: explain or carry", breaks


def _mark(one: ParallelView, group: Group, on: date | None) -> tuple[date, Mark] | None:
    if on is not None:
        return next((each for each in one.standing.marks if each[0] == on), None)
    return None if group in {Group.MET, Group.ENDED} else last_told(one.standing)


def _day_href(one: ParallelView, day: date) -> str:
    return url_for("programmes.recon_day", parallel_id=one.id, day=day.isoformat())


def date_of(text: str) -> date | None:
    """Return a day of an address, None for none."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text[:16]!r} is no day such as 2026-03-02") from None
