"""The wave brake: measure finished sites, pause the next wave, resume it by decision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import select

from changes.actions.words import told
from changes.gates.actions.opening import consume, open_gate
from changes.gates.actions.recording import MeasurementDraft, record
from changes.gates.lifecycle import Effect
from changes.gates.queries import gates
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import (
    BrakeReading,
    Programme,
    ProgrammeWave,
    SiteRollout,
    WaveBrake,
)
from changes.programmes.queries import finished, programmes
from changes.programmes.queries.finished import DayBreaks, Finished
from changes.programmes.rules import brake
from ssoc.core.bulk import insert_new
from ssoc.core.errors import Conflict, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import GateDecided, ProgrammeWaveBraked
from ssoc.core.work import Work

_DECIDE = Permission.PROGRAMME_DECIDE
_DAY = timedelta(days=1)
_BACK = timedelta(days=7)  # a day's breaks may be told so late: its run is due after closed days
_NAMED = 5  # sites
_READING = ("wave_id", "metric", "about")


@dataclass(frozen=True)
class _Reading:
    """One figure to be recorded, once: ``about`` is the site or the day it is of."""

    metric: str
    about: str
    draft: MeasurementDraft


def open_brakes(work: Work) -> int:
    """Open the gate of every wave that has a site past its cut-over; return how many were new."""
    begun = finished.waves_begun(work)
    known = set(work.session.scalars(select(WaveBrake.wave_id)))
    number = 0
    for wave_id in begun:
        if wave_id in known:
            continue
        # whoever opens the same brake at the same moment waits here, and then finds it open
        wave = work.session.get_one(ProgrammeWave, wave_id, with_for_update=True)
        if work.session.get(WaveBrake, wave_id) is not None:
            continue
        programme = work.session.get_one(Programme, wave.programme_id)
        gate = open_gate(
            work, brake.about(wave.id), programme.brake or brake.SHIPPED, [wave.market]
        )
        work.session.add(WaveBrake(wave_id=wave.id, gate_id=gate, opened_at=work.now))
        number += 1
    work.session.flush()
    return number


def measure_brakes(work: Work) -> int:
    """Record what finished sites say, each once; return how many figures were recorded."""
    rows = work.session.execute(
        select(WaveBrake, ProgrammeWave)
        .join(ProgrammeWave, ProgrammeWave.id == WaveBrake.wave_id)
        .order_by(WaveBrake.wave_id)
    ).all()
    if not rows:
        return 0
    known = _recorded(work)
    sites = {
        wave: list(some)
        for wave, some in groupby(finished.sites(work), key=lambda each: each.wave_id)
    }
    number = 0
    for row, wave in rows:
        measured = {each.metric.name for each in gates.gate(work, row.gate_id).series}
        for reading in _readings(work, wave, sites.get(wave.id, [])):
            key = (wave.id, reading.metric, reading.about)
            if reading.metric not in measured or key in known:
                continue
            if not _keep(work, key):
                continue
            record(work, row.gate_id, reading.metric, wave.market, reading.draft)
            number += 1
    work.session.flush()
    return number


def _keep(work: Work, key: tuple[int, str, str]) -> bool:
    """Write down that a figure is recorded; False when somebody did so at this moment."""
    row = {**dict(zip(_READING, key, strict=True)), "at": work.now}
    return insert_new(work.session, BrakeReading, [row], _READING) == 1


def _recorded(work: Work) -> set[tuple[int, str, str]]:
    rows = select(BrakeReading.wave_id, BrakeReading.metric, BrakeReading.about)
    return {(wave, metric, about) for wave, metric, about in work.session.execute(rows)}


def _readings(work: Work, wave: ProgrammeWave, sites: Sequence[Finished]) -> Iterator[_Reading]:
    for each in sites:
        if each.is_finished:
            words = f"{each.code}: {each.words}"
            draft = MeasurementDraft(float(each.has_failed), 1, words)
            yield _Reading(brake.FAILED_SITES, f"site {each.id}", draft)
        for day in each.silent_days:
            draft = MeasurementDraft(None, nothing=f"{each.code} sent no figures of {day}")
            yield _Reading(brake.FAILED_SITES, f"site {each.id} {day}", draft)
    yesterday = work.now.date() - _DAY
    if sites:
        yield from _daily(work, wave, sites, yesterday)
        for found in finished.breaks(work, wave.market, sites, yesterday - _BACK):
            yield _breaks(found)


def _breaks(found: DayBreaks) -> _Reading:
    """Return the breaks per site of a day; no data while one of the sites was not compared.

    A run that comes late completes the day: then it is measured after all.
    """
    sites, day = len(found.compared), found.day
    words = f"{found.unexplained} unexplained breaks at {sites} sites, {day}"
    if not found.silent:
        draft = MeasurementDraft(found.unexplained / sites, sites, words)
        return _Reading(brake.BREAKS, day.isoformat(), draft)
    named = ", ".join(found.silent[:_NAMED])
    more = f" and {len(found.silent) - _NAMED} more" if len(found.silent) > _NAMED else ""
    nothing = f"no reconciliation of {day} at {named}{more}"
    draft = MeasurementDraft(None, sites, words, nothing)
    return _Reading(brake.BREAKS, f"{day} silent", draft)


def _daily(
    work: Work, wave: ProgrammeWave, sites: Sequence[Finished], day: date
) -> Iterator[_Reading]:
    found = finished.day_of(work, wave.programme_id, wave.market, sites, day)
    about = day.isoformat()
    ratio = brake.ratio(found.tickets, found.watched, found.control_tickets, found.controls)
    words = (
        f"{found.tickets} tickets at {found.watched} sites, {found.control_tickets} at "
        f"{found.controls} not yet migrated, {day}"
    )
    nothing = "" if ratio is not None else "no site is watched, or none is left to compare with"
    yield _Reading(brake.TICKETS, about, MeasurementDraft(ratio, found.watched, words, nothing))
    tried = found.sales + found.failed
    share = 100 * found.sales / tried if tried else None
    words = f"{found.failed} of {tried} sales failed, {day}"
    nothing = "" if tried else "no sales were sent"
    yield _Reading(brake.SUCCESS, about, MeasurementDraft(share, tried, words, nothing))


def follow_brake(work: Work, event: GateDecided) -> None:
    """Pause the wave behind the one whose brake decided badly; never roll anything back."""
    wave_id = brake.wave_of(event.about)
    if wave_id is None or event.effect not in {Effect.PAUSE.value, Effect.ROLL_BACK.value}:
        return
    wave = work.session.get(ProgrammeWave, wave_id)
    behind = _behind(work, wave) if wave is not None else None
    if wave is None or behind is None or behind.paused_because:
        return
    words = brake.words(event.phase, event.metric, event.reason)
    _pause(work, behind, f"{wave.name}: {words}"[:500])


def _behind(work: Work, wave: ProgrammeWave) -> ProgrammeWave | None:
    """Return the next wave that still has a site to go, locked."""
    waits = (
        select(SiteRollout.id)
        .where(
            SiteRollout.wave_id == ProgrammeWave.id,
            SiteRollout.cut_over_at.is_(None),
            SiteRollout.state != SiteState.DEFERRED,
        )
        .exists()
    )
    return work.session.scalars(
        select(ProgrammeWave)
        .where(
            ProgrammeWave.programme_id == wave.programme_id,
            ProgrammeWave.position > wave.position,
            waits,
        )
        .order_by(ProgrammeWave.position)
        .limit(1)
        .with_for_update()
    ).first()


def pause(work: Work, wave_id: int, reason: str) -> None:
    """Pause a wave by decision: none of its sites migrates or cuts over."""
    wave = _found(work, wave_id)
    if wave.paused_because:
        raise Conflict(
            f"{wave.name} is paused already by {wave.paused_by}: {wave.paused_because}; nothing "
            "was written"
        )
    _pause(work, wave, told(reason, "a pause"))


def _pause(work: Work, wave: ProgrammeWave, why: str) -> None:
    wave.paused_at, wave.paused_by, wave.paused_because = work.now, work.actor.name, why
    _tell(work, wave, "pause", why)


def resume(work: Work, wave_id: int, reason: str) -> None:
    """Let a wave go on, by somebody of steering with a reason; the evidence is consumed.

    What was measured so far cannot pause it again; what is measured from now on can.

    Raises:
        NotAllowed: the actor is not of the programme's steering.
        Conflict: it is not paused.

    """
    wave = _found(work, wave_id)
    programme = work.session.get_one(Programme, wave.programme_id)
    _require_steering(work, programme, wave.market)
    if not wave.paused_because:
        raise Conflict(f"{wave.name} is not paused; nothing was written; look again")
    why = told(reason, "resuming")
    wave.paused_at, wave.paused_by, wave.paused_because = None, "", ""
    for row in _brakes_before(work, wave):
        if gates.gate(_as_system(work), row.gate_id).phase.is_final:
            consume(work, row.gate_id)
    _tell(work, wave, "resume", why)


def _brakes_before(work: Work, wave: ProgrammeWave) -> Sequence[WaveBrake]:
    return work.session.scalars(
        select(WaveBrake)
        .join(ProgrammeWave, ProgrammeWave.id == WaveBrake.wave_id)
        .where(
            ProgrammeWave.programme_id == wave.programme_id,
            ProgrammeWave.position < wave.position,
        )
        .order_by(WaveBrake.wave_id)
    ).all()


def _as_system(work: Work) -> Work:
    """Return the same unit of work for a look at a gate of another market of the programme."""
    return Work(work.session, SYSTEM, work.now, work.settings)


def require_steering(work: Work, wave_id: int) -> None:
    """Raise NotAllowed for who may not resume a wave, before anything is asked of them."""
    wave = work.session.get(ProgrammeWave, wave_id)
    if wave is None or not programmes.may_see(work, [wave.market]):
        raise NotFound(f"there is no wave {wave_id} that you may see")
    work.require(_DECIDE, wave.market)
    programme = work.session.get_one(Programme, wave.programme_id)
    _require_steering(work, programme, wave.market)


def _require_steering(work: Work, programme: Programme, market: str) -> None:
    named = {each for people in programme.steering.values() for each in people}
    named |= {programme.authority} - {""}
    if work.actor.kind is not ActorKind.PERSON or work.actor.name not in named:
        raise NotAllowed(
            f"the steering of {programme.name} resumes a wave: "
            f"{', '.join(sorted(named)) or 'nobody is named'}; nothing was written",
            _DECIDE,
            market,
        )


def _found(work: Work, wave_id: int) -> ProgrammeWave:
    wave = work.session.get(ProgrammeWave, wave_id, with_for_update=True, populate_existing=True)
    if wave is None or not programmes.may_see(work, [wave.market]):
        raise NotFound(f"there is no wave {wave_id} that you may see")
    work.require(_DECIDE, wave.market)
    return wave


def _tell(work: Work, wave: ProgrammeWave, move: str, reason: str) -> None:
    bump(work.session)
    work.record(
        ProgrammeWaveBraked(wave.programme_id, wave.market, wave.id, wave.name, move, reason)
    )
