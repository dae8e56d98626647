"""Collisions and freezes beside a calendar, as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from changes.queries.assessment import Finding
from changes.rules.collisions import LEVELS, Level
from changes.rules.slots import Slot
from ssoc.estate.values import Estate
from web import words
from web.change_managers.things import TONES, Thing, counts


@dataclass(frozen=True)
class FoundRow:
    """One collision: when, what, where, and what follows."""

    night: str
    change_id: int
    sentence: str
    detail: str
    markets: Sequence[str]
    tone: str
    effect: str


@dataclass(frozen=True)
class FoundGroup:
    """The collisions of one change: the worst, the others, how many, when it could run instead."""

    worst: FoundRow
    others: Sequence[FoundRow]
    counts: str
    slot: str

    @property
    def folded(self) -> str:
        """Return what stands over those that are folded away: ``9 more findings``."""
        return words.counted(len(self.others), "more finding")


@dataclass(frozen=True)
class Stretch:
    """Where and when a freeze holds once, on the market's clocks and in UTC."""

    codes: Sequence[str]
    when: str


@dataclass(frozen=True)
class FreezeRow:
    """One freeze: where, what, its first stretch, and the others."""

    codes: Sequence[str]
    name: str
    is_hard: bool
    when: str
    detail: str
    others: Sequence[Stretch] = ()


def heading(day: date, now: datetime) -> str:
    """Return a day as its column and its list are headed: ``Tue 24 Nov``."""
    return words.day(datetime.combine(day, time(), UTC), now)


def blocks(found: Sequence[Finding]) -> str:
    """Return how many findings block, and how many warn; empty for none."""
    levels = [each.level for each in found]
    return ", ".join(counts(levels.count(Level.BLOCK), levels.count(Level.WARN)))


def in_the_way(found: Sequence[Finding]) -> list[Finding]:
    """Return what blocks or warns; what is for information stands on the page of its change."""
    return [each for each in found if each.level is not Level.INFO]


def found_groups(
    found: Sequence[tuple[date, Finding]],
    free: Mapping[int, Slot],
    begins: Mapping[int, datetime | None],
    estate: Estate,
    now: datetime,
) -> list[FoundGroup]:
    """Return collisions with their nights, by change: what is blocked first, then by time.

    ``free`` are the next free slots of changes, ``begins`` when they would begin as planned.
    """
    by_change: dict[int, list[tuple[date, Finding]]] = {}
    ordered = sorted(found, key=lambda each: (_mildness(each[1]), each[1].since, each[1].key))
    for night, each in ordered:
        by_change.setdefault(each.change_id, []).append((night, each))
    return [_group(each, free, begins, estate, now) for each in by_change.values()]


def _mildness(finding: Finding) -> int:
    return -LEVELS.index(finding.level)


def _group(
    found: Sequence[tuple[date, Finding]],
    free: Mapping[int, Slot],
    begins: Mapping[int, datetime | None],
    estate: Estate,
    now: datetime,
) -> FoundGroup:
    """Return the collisions of one change; another slot is of use where one of them blocks."""
    first = found[0][1]
    slot = free.get(first.change_id) if first.level is Level.BLOCK else None
    is_other = slot is not None and slot.starts_at != begins.get(first.change_id)
    worst, *others = (_found_row(each, night, estate, now) for night, each in found)
    return FoundGroup(
        worst=worst,
        others=others,
        counts=blocks([each for _, each in found]),
        slot=f"{words.when(slot.starts_at, now)} UTC" if slot and is_other else words.NONE,
    )


def _found_row(finding: Finding, night: date, estate: Estate, now: datetime) -> FoundRow:
    path = f" {words.NONE} ".join(estate.name_of(each) for each in finding.path)
    roles = words.listed([each.replace("_", " ") for each in finding.waivers])
    waiver = f"waiver: {roles}" if roles else "nobody may waive it"
    effect = {Level.BLOCK: "blocks", Level.WARN: "warns", Level.INFO: "for information"}
    return FoundRow(
        night=heading(night, now),
        change_id=finding.change_id,
        sentence=finding.reason,
        detail=" · ".join(filter(None, (finding.rule, path, waiver))),
        markets=estate.in_order(finding.markets),
        tone=TONES[finding.level],
        effect=effect[finding.level],
    )


def freeze_rows(
    found: Sequence[Thing], estate: Estate, shown: Sequence[str], now: datetime
) -> list[FreezeRow]:
    """Return freezes, hard ones first; one that holds in several stretches is told once."""
    same: dict[tuple[str, str, str], list[Thing]] = {}
    for each in sorted(found, key=lambda each: (each.state != "hard", each.span)):
        same.setdefault((each.state, each.title, each.detail), []).append(each)
    return [_freeze_row(each, estate, shown, now) for each in same.values()]


def _freeze_row(
    found: Sequence[Thing], estate: Estate, shown: Sequence[str], now: datetime
) -> FreezeRow:
    by_time: dict[str, list[Thing]] = {}
    for each in found:
        by_time.setdefault(_when(each, estate, now), []).append(each)
    first, *others = (Stretch(_codes(each, shown), when) for when, each in by_time.items())
    thing = found[0]
    return FreezeRow(
        codes=_codes(found, shown),
        name=thing.title.partition(" freeze ")[2],
        is_hard=thing.state == "hard",
        when=f"{' '.join(first.codes)} {first.when}" if others else first.when,
        detail=thing.detail,
        others=others,
    )


def _codes(found: Sequence[Thing], shown: Sequence[str]) -> list[str]:
    if any(not each.markets for each in found):
        return ["all"]
    return [code for code in shown if any(each.is_in(code) for each in found)] or ["all"]


def _when(thing: Thing, estate: Estate, now: datetime) -> str:
    """Return when a freeze holds: on the clocks of its market, if it has one, and in UTC."""
    known = [each for each in thing.markets if each in estate.markets]
    since, until = thing.span
    utc = f"{_moment(since, now)} {words.NONE} {_moment(until, now)} UTC"
    if len(known) != 1:
        return utc
    zone = estate.markets[known[0]].zones[0]
    here = [words.local(each, zone) for each in (since, until, now)]
    begins, ends = (_moment(each, here[2]) for each in here[:2])
    return f"{begins} {words.NONE} {ends} {words.place(zone)} · {utc}"


def _moment(at: datetime, now: datetime) -> str:
    return f"{words.day(at, now)} {words.time(at)}"
