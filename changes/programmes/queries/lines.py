"""Sites as lines: boards of all of a programme, and lists with filters and pages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.pool import Pool

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import ProgrammeWave, Site, SiteRollout
from changes.programmes.queries import programmes, readiness, site_facts
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.guards import (
    Obstacle,
    next_move,
    obstacles,
)
from changes.programmes.values import Board, SiteLine, SitePage
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE
from ssoc.core.running import revision
from ssoc.core.work import Work

MOST = 200
KEPT_SECONDS, MOST_KEPT = 15, 8
_CURSOR = re.compile(r"(\d{1,9})~(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class SiteFilter:
    """What a list of sites is narrowed to; empty means all of it.

    ``state`` is one of ``SiteState``, ``market`` a code, ``wave`` a position in the programme,
    ``kind`` the kind of a block, ``words`` a part of the code, name or region.
    """

    programme_id: int | None = None
    state: str = ""
    wave: int | None = None
    market: str = ""
    region: str = ""
    kind: str = ""
    crew: str = ""
    words: str = ""


def board(work: Work, programme_id: int) -> Board:
    """Return every site of a programme that the actor may see, with what blocks each.

    The number of statements does not depend on how many sites there are. What was found is kept
    for whoever looks next, until a screen would show something else, for seconds at most: then
    what only the clock changes is looked at again.
    """
    row = programmes.found(work, programme_id)
    held = work.actor.markets(programmes.SEES)
    return Board(
        programme=programmes.programme(work, programme_id),
        waves=programmes.waves_of(work, programme_id),
        sites=[
            each
            for each in _all_lines(work, programme_id)
            if EVERYWHERE in held or each.market in held
        ],
        blocked_kinds=terms_of(work, row).blocked_kinds,
    )


_Kept = dict[int, tuple[tuple[int, int], Sequence[SiteLine]]]
_kept: WeakKeyDictionary[Pool, _Kept] = WeakKeyDictionary()


def _all_lines(work: Work, programme_id: int) -> Sequence[SiteLine]:
    """Return the lines of every market; kept by views alone: what writes may be taken back."""
    if not work.is_view:
        return _read_lines(work, programme_id)
    key = revision(work.session), int(work.now.timestamp()) // KEPT_SECONDS
    kept = _kept.setdefault(work.session.get_bind().engine.pool, {})
    found = kept.get(programme_id)
    if found is None or found[0] != key:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        found = kept[programme_id] = key, _read_lines(work, programme_id)
    return found[1]


def _read_lines(work: Work, programme_id: int) -> Sequence[SiteLine]:
    order = (ProgrammeWave.position, Site.code, SiteRollout.id)
    rows = _lines().where(SiteRollout.programme_id == programme_id).order_by(*order)
    return lines_of(work, work.session.execute(rows).all())


def listed(
    work: Work, wanted: SiteFilter = SiteFilter(), cursor: str = "", limit: int = 50
) -> SitePage:
    """Return a page of sites in the order of their waves; page 100 costs what page 1 does."""
    size = max(1, min(limit, MOST))
    if wanted.programme_id is not None:
        programmes.found(work, wanted.programme_id)
    where = _conditions(work, wanted)
    rows = _lines().where(*where, *_in_state(wanted.state))
    if cursor:
        rows = rows.where(tuple_(SiteRollout.wave_id, SiteRollout.id) > _after(cursor))
    ordered = rows.order_by(SiteRollout.wave_id, SiteRollout.id).limit(size + 1)
    found = work.session.execute(ordered).all()
    last = found[size - 1] if len(found) > size else None
    return SitePage(
        items=lines_of(work, found[:size]),
        next=f"{last.wave_id}~{last.id}" if last else "",
        counts=_counts(work, where),
    )


def _after(cursor: str) -> Any:  # noqa: ANN401 (a pair of literals)
    parts = _CURSOR.fullmatch(cursor)
    if parts is None:
        raise BadInput("the cursor is not one of this list; begin again without it")
    return tuple_(int(parts[1]), int(parts[2]))


def _lines() -> Select[Any]:
    way, wave = SiteRollout, ProgrammeWave
    columns: Sequence[Any] = (
        *(way.id, way.site_id, way.wave_id, way.release_id, way.state, way.was, way.slot_on),
        *(way.crew, way.moved_at, way.blocked_because, way.blocked_kind, way.blocked_owner),
        *(way.deferred_to, way.programme_id),
        *(Site.code, Site.name, Site.market, Site.region, Site.zone, Site.type),
        *(wave.position, wave.paused_because),
    )
    return select(*columns).join(Site, Site.id == way.site_id).join(wave, wave.id == way.wave_id)


def _conditions(work: Work, wanted: SiteFilter) -> list[ColumnElement[bool]]:
    same: Mapping[Any, object] = {
        SiteRollout.programme_id: wanted.programme_id,
        ProgrammeWave.position: wanted.wave,
        Site.market: wanted.market,
        Site.region: wanted.region,
        SiteRollout.blocked_kind: wanted.kind,
        SiteRollout.crew: wanted.crew,
    }
    found = [work.visible(Site.market, programmes.SEES)]
    found += [column == value for column, value in same.items() if value not in {None, ""}]
    if words := wanted.words.strip():
        parts = (Site.code, Site.name, Site.region)
        found.append(or_(*(each.icontains(words, autoescape=True) for each in parts)))
    return found


def _in_state(word: str) -> Iterable[ColumnElement[bool]]:
    if not word:
        return []
    try:
        return [SiteRollout.state == SiteState(word)]
    except ValueError:
        known = ", ".join(each.value for each in SiteState)
        raise BadInput(f"no state {word[:40]!r} of sites; there are {known}") from None


def _counts(work: Work, where: Sequence[ColumnElement[bool]]) -> dict[SiteState, int]:
    counted = (
        select(SiteRollout.state, func.count())
        .join(Site, Site.id == SiteRollout.site_id)
        .join(ProgrammeWave, ProgrammeWave.id == SiteRollout.wave_id)
        .where(*where)
        .group_by(SiteRollout.state)
    )
    return {state: number for state, number in work.session.execute(counted)}


def lines_of(work: Work, rows: Sequence[Any]) -> list[SiteLine]:
    """Return rows as lines, with the first thing in the way of each."""
    moves = {row.id: next_move(row.state, row.was) for row in rows}
    asked = {number: [move] for number, move in moves.items() if move is not None}
    facts = site_facts.facts_of(work, [row for row in rows if row.id in asked], asked)
    found = {number: obstacles(each, asked[number][0]) for number, each in facts.items()}
    gone = readiness.lost(work, [row.id for row in rows])
    return [_line(row, found.get(row.id, []), gone.get(row.id, "")) for row in rows]


LOST = "readiness lost"
"""The kind of what stands in the way of a site that had its readiness."""


def _line(row: Any, found: Sequence[Obstacle], lost: str) -> SiteLine:  # noqa: ANN401 (a row)
    is_blocked = row.state is SiteState.BLOCKED
    first = found[0] if found else None
    blocks = row.blocked_because if is_blocked else first.words if first else ""
    kind = row.blocked_kind if is_blocked else first.guard if first else ""
    others = len(found) if is_blocked else max(0, len(found) - 1)
    if lost and not is_blocked:
        blocks, kind = lost, LOST
        others = sum(each.guard != "readiness" for each in found)
    return SiteLine(
        id=row.id,
        site_id=row.site_id,
        code=row.code,
        name=row.name,
        market=row.market,
        region=row.region,
        wave_id=row.wave_id,
        wave=row.position,
        state=row.state,
        was=row.was,
        slot_on=row.slot_on,
        crew=row.crew,
        moved_at=row.moved_at,
        blocks=blocks,
        kind=kind,
        others=others,
        owner=row.blocked_owner,
        deferred_to=row.deferred_to,
        is_lost=bool(lost),
    )
