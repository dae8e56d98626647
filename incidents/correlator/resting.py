"""When a turn of the correlator may be left out: nothing has changed, and nothing is due yet.

Every second there is a turn; most find what the last one left. What can make a turn necessary is
a waiting transition, something a person or another job did (it raises the event log or the
revision of the screens), or time. Time is asked for the next instant known here; what is known
only elsewhere, such as a poll that shows a suspected component healthy, waits ``LOOK`` at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from incidents.correlator.situation import Situation
from incidents.rules.placing import Placing
from ssoc.core.events import EventRecord
from ssoc.core.running import CONSOLE, Revision
from ssoc.core.work import Work
from ssoc.monitoring.lookup_queries import any_waiting
from ssoc.monitoring.queries import flapping, suppressions

LOOK = timedelta(seconds=5)
Mark = tuple[int, int, frozenset[int]]


@dataclass(frozen=True)
class Rest:
    """What a turn saw when it began, and until when nothing is due if that stays so."""

    mark: Mark
    since: datetime
    until: datetime

    def goes_on(self, work: Work) -> bool:
        """Tell whether a turn now would find what the last one left."""
        in_time = self.since <= work.now < self.until
        return in_time and not any_waiting(work) and mark_of(work) == self.mark


def mark_of(work: Work) -> Mark:
    """Return a mark that changes with whatever people and other jobs do."""
    newest = select(func.max(EventRecord.id)).scalar_subquery()
    shown = select(Revision.number).where(Revision.name == CONSOLE).scalar_subquery()
    event, number = work.session.execute(select(newest, shown)).one()
    return event or 0, number or 0, frozenset(flapping(work))


def next_due(situation: Situation, placing: Placing | None) -> datetime:
    """Return until when the situation stays as it is by itself; now, if something settles."""
    now = situation.now
    if placing is None:
        return now + LOOK
    if placing.opening:
        return now
    return min((each for each in _instants(situation, placing) if each > now), default=now + LOOK)


def _instants(situation: Situation, placing: Placing) -> Iterable[datetime]:
    yield situation.now + LOOK
    grace = situation.work.settings.incidents.unnest_after
    for here in placing.members.values():
        yield from (since + grace for since in here.values() if since is not None)
    active = suppressions(situation.work)
    yield from (each.ends_at for each in active.silences)
    yield from (each.ends_at for each in active.windows)
