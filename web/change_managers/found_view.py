"""Collisions and freezes beside a calendar, as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from changes.queries.assessment import Finding
from changes.rules.collisions import Level
from changes.rules.nights import night_at
from changes.rules.slots import Slot
from ssoc.estate.values import Estate
from web import words
from web.change_managers.things import TONES, Thing


@dataclass(frozen=True)
class FoundRow:
    """One collision: when, what, where, the next free slot, and what follows."""

    night: str
    change_id: int
    sentence: str
    detail: str
    markets: Sequence[str]
    slot: str
    tone: str
    effect: str


@dataclass(frozen=True)
class FreezeRow:
    """One freeze: where, what, when on the market's clocks and in UTC."""

    codes: Sequence[str]
    name: str
    is_hard: bool
    when: str
    detail: str


def heading(day: date, now: datetime) -> str:
    """Return a day as its column and its list are headed: ``Tue 24 Nov``."""
    return words.day(datetime.combine(day, time(), UTC), now)


def blocks(found: Sequence[Finding]) -> str:
    """Return how many findings block, and how many warn; empty for none."""
    blocks = sum(each.level is Level.BLOCK for each in found)
    warns = sum(each.level is Level.WARN for each in found)
    parts = [f"{words.counted(blocks, 'finding')} block{'s' if blocks == 1 else ''}"]
    parts = parts if blocks else []
    if warns:
        finding = "" if blocks else f"{words.HARD}finding{'s' if warns > 1 else ''}"
        parts.append(f"{warns}{finding} warn{'s' if warns == 1 else ''}")
    return ", ".join(parts)


def in_the_way(found: Sequence[Finding]) -> list[Finding]:
    """Return what blocks or warns; what is for information stands on the page of its change."""
    return [each for each in found if each.level is not Level.INFO]


def found_row(
    finding: Finding, free: Mapping[int, Slot], estate: Estate, now: datetime
) -> FoundRow:
    """Return one collision; ``free`` are the next free slots of changes."""
    slot = free.get(finding.change_id)
    path = f" {words.NONE} ".join(estate.name_of(each) for each in finding.path)
    roles = words.listed([each.replace("_", " ") for each in finding.waivers])
    waiver = f"waiver: {roles}" if roles else "nobody may waive it"
    effect = {Level.BLOCK: "blocks", Level.WARN: "warns", Level.INFO: "for information"}
    return FoundRow(
        night=heading(night_at("UTC", finding.since), now),
        change_id=finding.change_id,
        sentence=finding.reason,
        detail=" · ".join(filter(None, (finding.rule, path, waiver))),
        markets=estate.in_order(finding.markets),
        slot=f"{words.when(slot.starts_at, now)} UTC" if slot else words.NONE,
        tone=TONES[finding.level],
        effect=effect[finding.level],
    )


def freeze_row(thing: Thing, estate: Estate, shown: Sequence[str], now: datetime) -> FreezeRow:
    """Return one freeze with its times on the clocks of its market, if it has one."""
    known = [each for each in thing.markets if each in estate.markets]
    since, until = thing.span
    utc = f"{_moment(since, now)} {words.NONE} {_moment(until, now)} UTC"
    local = ""
    if len(known) == 1:
        zone = estate.markets[known[0]].zones[0]
        here = [words.local(each, zone) for each in (since, until, now)]
        begins, ends = (_moment(each, here[2]) for each in here[:2])
        local = f"{begins} {words.NONE} {ends} {words.place(zone)} · "
    return FreezeRow(
        codes=[each for each in shown if each in thing.markets] or ["all"],
        name=thing.title.partition(" freeze ")[2],
        is_hard=thing.state == "hard",
        when=f"{local}{utc}",
        detail=thing.detail,
    )


def _moment(at: datetime, now: datetime) -> str:
    return f"{words.day(at, now)} {words.time(at)}"
