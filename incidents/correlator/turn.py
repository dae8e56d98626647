"""One turn of the correlator: take, count, see, open, keep; all in one transaction."""

from dataclasses import dataclass

from sqlalchemy import select

from incidents.correlator.episodes import absorb
from incidents.correlator.handover import hand_over
from incidents.correlator.hearing import say_who_is_silent
from incidents.correlator.holds import Holds
from incidents.correlator.keeping import Keeper
from incidents.correlator.opening import open_settled
from incidents.correlator.resting import Rest, mark_of, next_due
from incidents.correlator.seeing import see
from incidents.correlator.situation import Situation, look
from incidents.models import CorrelatorTurn
from incidents.rules.placing import Placing, place
from ssoc.core.running import bump
from ssoc.core.work import Work
from ssoc.monitoring import actions as monitoring


@dataclass(frozen=True)
class Turned:
    """What a turn did: how many transitions it took, and until when it need not be repeated."""

    taken: int
    rest: Rest


def turn(work: Work, limit: int) -> Turned:
    """Take waiting transitions and let incidents follow.

    Counting comes from the transitions alone, everything else from the state they leave: a turn
    without transitions still opens what has settled and releases what was held.
    """
    lock(work)
    mark, placing = mark_of(work), None  # read first: what happens meanwhile is new
    taken = monitoring.take_transitions(work, limit)
    monitoring.note_flapping(work, taken)
    absorbed = absorb(work, taken)
    situation = look(work, absorbed.touched)
    if not situation.is_calm:
        placing = _act(situation)
        say_who_is_silent(situation, absorbed.silent, absorbed.heard)
    if absorbed.changed:
        bump(work.session)
    until = work.now if absorbed.changed else next_due(situation, placing)
    return Turned(len(taken), Rest(mark, work.now, until))


def lock(work: Work) -> None:
    """Wait for another correlator's turn to end; two at once would both open the incident."""
    row = select(CorrelatorTurn).where(CorrelatorTurn.id == 1).with_for_update()
    if work.session.scalar(row) is None:
        work.session.add(CorrelatorTurn(id=1))
        work.session.flush()


def _act(situation: Situation) -> Placing:
    grace = situation.work.settings.incidents.unnest_after
    hand_over(situation)
    holds = Holds(situation.work, situation.estate)
    picture = see(situation)
    placing = place(picture, situation.standing(), situation.now, grace)
    if placing.opening and open_settled(situation, picture, placing.opening, holds):
        placing = place(picture, situation.standing(), situation.now, grace)
    Keeper(situation, picture, placing, holds).keep()
    return placing
