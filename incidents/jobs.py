"""What incidents does by the clock."""

from time import sleep
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select

from incidents import actions
from incidents.actions.taking import take_acknowledged
from incidents.correlator import turn
from incidents.correlator.episodes import forget_calm
from incidents.correlator.resting import Rest
from incidents.lifecycle import State
from incidents.models import Incident
from ssoc.core.database import is_sqlite
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime

BATCH = 1_000
GAP = 0.1  # seconds: a waiting writer of the embedded database looks again about that often
CLOSED_AT_ONCE = 200


def correlate(runtime: Runtime) -> None:
    """Empty the queue of alert transitions, one batch per unit of work.

    The embedded database has one writer at a time and no queue for it: between batches those who
    take alerts in get their turn, or they would answer 503 during a storm.
    """
    if _rests(runtime):
        return
    gap = GAP if is_sqlite(runtime.engine) else 0
    while True:
        with runtime.work(SYSTEM) as work:
            take_acknowledged(work)
            turned = turn(work, BATCH)
            take_acknowledged(work, is_after=True)
        if turned.taken < BATCH:
            _resting[runtime.engine] = turned.rest
            return
        sleep(gap)


def _rests(runtime: Runtime) -> bool:
    """Tell whether nothing has happened since the last turn of this process, and nothing is due.

    Only looked at, never locked: on the embedded database a look waits for no writer.
    """
    rest = _resting.get(runtime.engine)
    if rest is None:
        return False
    with runtime.view(SYSTEM) as work:
        return rest.goes_on(work)


_resting: WeakKeyDictionary[Engine, Rest] = WeakKeyDictionary()


def close_old(runtime: Runtime) -> None:
    """Close what was resolved long enough ago that a relapse would be news; forget calm tallies."""
    with runtime.work(SYSTEM) as work:
        forget_calm(work)
        old = select(Incident.id).where(
            Incident.state == State.RESOLVED,
            Incident.resolved_at <= work.now - work.settings.incidents.close_after,
        )
        for number in list(work.session.scalars(old.order_by(Incident.id).limit(CLOSED_AT_ONCE))):
            actions.close(work, number)
