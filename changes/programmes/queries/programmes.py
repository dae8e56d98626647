"""Programmes, their releases and waves, as far as the actor may see one of their markets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Programme, ProgrammeWave, Release, SiteRollout
from changes.programmes.values import ProgrammeView, ProgrammeWaveView, ReleaseView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

SEES = Permission.CHANGE_SEE
Counts = Mapping[SiteState, int]


def listed(work: Work) -> list[ProgrammeView]:
    """Return the programmes that the actor may see, newest first."""
    rows = work.session.scalars(select(Programme).order_by(Programme.id.desc()))
    return _views(work, [each for each in rows if may_see(work, each.markets)])


def programme(work: Work, programme_id: int) -> ProgrammeView:
    """Return one programme, or raise NotFound when there is none that the actor may see."""
    return _views(work, [found(work, programme_id)])[0]


def found(work: Work, programme_id: int) -> Programme:
    """Return the row of a programme that the actor may see."""
    row = work.session.get(Programme, programme_id)
    if row is None or not may_see(work, row.markets):
        raise NotFound(f"there is no programme PRG-{programme_id} that you may see")
    return row


def may_see(work: Work, markets: Iterable[str]) -> bool:
    """Tell whether the actor sees one of some markets; who sees one sees the whole."""
    held = work.actor.markets(SEES)
    return EVERYWHERE in held or any(each in held for each in markets)


def _views(work: Work, rows: Sequence[Programme]) -> list[ProgrammeView]:
    counts = _counts(work, SiteRollout.programme_id, [each.id for each in rows])
    return [_view(each, counts.get(each.id, {})) for each in rows]


def _view(row: Programme, counts: Counts) -> ProgrammeView:
    return ProgrammeView(
        id=row.id,
        name=row.name,
        purpose=row.purpose,
        sponsor=row.sponsor,
        authority=row.authority,
        markets=tuple(row.markets),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        steering=row.steering,
        terms=row.terms,
        brake=row.brake,
        baseline=row.baseline,
        created_at=row.created_at,
        created_by=row.created_by,
        counts=counts,
        version=row.version,
    )


def _counts(work: Work, column: object, ids: Sequence[int]) -> dict[int, dict[SiteState, int]]:
    by = SiteRollout.wave_id if column is SiteRollout.wave_id else SiteRollout.programme_id
    counted = select(by, SiteRollout.state, func.count()).where(by.in_(ids))
    found: dict[int, dict[SiteState, int]] = {}
    for number, state, count in work.session.execute(counted.group_by(by, SiteRollout.state)):
        found.setdefault(number, {})[state] = count
    return found


def releases(work: Work, programme_id: int) -> list[ReleaseView]:
    """Return the releases of a programme, oldest first."""
    found(work, programme_id)
    rows = select(Release).where(Release.programme_id == programme_id).order_by(Release.id)
    return [
        ReleaseView(
            id=each.id,
            programme_id=each.programme_id,
            name=each.name,
            versions=each.versions,
            change_id=each.change_id,
            frozen_at=each.frozen_at,
            frozen_by=each.frozen_by,
            version=each.version,
        )
        for each in work.session.scalars(rows)
    ]


def waves(work: Work, programme_id: int) -> list[ProgrammeWaveView]:
    """Return the waves of a programme in order, with how many of their sites stand where."""
    found(work, programme_id)
    return waves_of(work, programme_id)


def waves_of(work: Work, programme_id: int) -> list[ProgrammeWaveView]:
    """Return the waves of a programme; whether it may be seen is not asked."""
    rows = work.session.execute(
        select(ProgrammeWave, Release.name)
        .join(Release, Release.id == ProgrammeWave.release_id)
        .where(ProgrammeWave.programme_id == programme_id)
        .order_by(ProgrammeWave.position)
    ).all()
    counts = _counts(work, SiteRollout.wave_id, [wave.id for wave, _ in rows])
    return [_wave(wave, release, counts.get(wave.id, {})) for wave, release in rows]


def _wave(row: ProgrammeWave, release: str, counts: Counts) -> ProgrammeWaveView:
    return ProgrammeWaveView(
        id=row.id,
        programme_id=row.programme_id,
        release_id=row.release_id,
        release=release,
        position=row.position,
        name=row.name,
        market=row.market,
        region=row.region,
        per_week=row.per_week,
        criteria_in=tuple(row.criteria_in),
        criteria_out=tuple(row.criteria_out),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        paused_because=row.paused_because,
        counts=counts,
        version=row.version,
    )


@dataclass(frozen=True)
class WaveCounts:
    """How many waves a programme has, how many of them are over, and how many are held."""

    waves: int = 0
    over: int = 0
    held: int = 0


def wave_counts(work: Work, ids: Sequence[int]) -> dict[int, WaveCounts]:
    """Return the waves of some programmes, counted: over is what has no site left to accept."""
    is_left = SiteRollout.state != SiteState.ACCEPTED
    left = func.sum(case((is_left, 1), else_=0))
    rows = (
        select(
            ProgrammeWave.programme_id,
            ProgrammeWave.paused_because,
            func.count(SiteRollout.id).label("sites"),
            left.label("left"),
        )
        .outerjoin(SiteRollout, SiteRollout.wave_id == ProgrammeWave.id)
        .where(ProgrammeWave.programme_id.in_(ids))
        .group_by(ProgrammeWave.id, ProgrammeWave.programme_id, ProgrammeWave.paused_because)
    )
    found: dict[int, WaveCounts] = {}
    for programme, paused, sites, still in work.session.execute(rows):
        known = found.get(programme, WaveCounts())
        is_over = bool(sites) and not still
        found[programme] = WaveCounts(
            known.waves + 1, known.over + is_over, known.held + bool(paused)
        )
    return found


def wave_named(work: Work, wave_id: int) -> tuple[str, int, str]:
    """Return the name of a wave that the actor may see, its programme and its market."""
    row = work.session.get(ProgrammeWave, wave_id)
    if row is None or not may_see(work, [row.market]):
        raise NotFound(f"there is no wave {wave_id} that you may see")
    return row.name, row.programme_id, row.market
