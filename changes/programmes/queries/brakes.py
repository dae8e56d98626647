"""The brakes of waves as screens show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from changes.gates.queries import gates
from changes.gates.values import GateView
from changes.programmes.models import BrakeReading, ProgrammeWave, WaveBrake
from changes.programmes.queries import programmes
from ssoc.core.errors import NotFound
from ssoc.core.work import Work

MOST = 50


@dataclass(frozen=True)
class BrakeView:
    """The brake of one wave with its gate, and what it measured lately."""

    wave_id: int
    wave: str
    programme_id: int
    programme: str
    market: str
    gate: GateView
    readings: Sequence[tuple[str, str]]


def wave_named(work: Work, wave_id: int) -> tuple[str, int, str]:
    """Return the name of a wave, its programme, and why it is paused."""
    wave = work.session.get(ProgrammeWave, wave_id)
    if wave is None or not programmes.may_see(work, [wave.market]):
        raise NotFound(f"there is no wave {wave_id} that you may see")
    return wave.name, wave.programme_id, wave.paused_because


def market_of(work: Work, wave_id: int) -> str:
    """Return the market of a wave that the actor sees."""
    wave = work.session.get(ProgrammeWave, wave_id)
    if wave is None or not programmes.may_see(work, [wave.market]):
        raise NotFound(f"there is no wave {wave_id} that you may see")
    return wave.market


def brake(work: Work, wave_id: int) -> BrakeView:
    """Return the brake of a wave, or raise NotFound while no site of it is past its cut-over."""
    name, programme_id, _ = wave_named(work, wave_id)
    row = work.session.get(WaveBrake, wave_id)
    if row is None:
        raise NotFound(f"{name} has no brake yet: none of its sites is past its cut-over")
    programme = programmes.found(work, programme_id)
    wave = work.session.get_one(ProgrammeWave, wave_id)
    lately = (
        select(BrakeReading.metric, BrakeReading.about)
        .where(BrakeReading.wave_id == wave_id)
        .order_by(BrakeReading.at.desc(), BrakeReading.about.desc())
        .limit(MOST)
    )
    return BrakeView(
        wave_id,
        name,
        programme_id,
        programme.name,
        wave.market,
        gates.gate(work, row.gate_id),
        [(metric, about) for metric, about in work.session.execute(lately)],
    )
