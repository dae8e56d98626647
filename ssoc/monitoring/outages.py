"""When a component was down, as its checks said, as long as raw polls are kept."""

from datetime import datetime

from sqlalchemy import select

from ssoc.core.calendar import Span
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.models import Poll
from ssoc.monitoring.poll_queries import sees
from ssoc.monitoring.reading import Health
from ssoc.monitoring.rules.spans import merged, proven


def outages(work: Work, component: str, since: datetime, until: datetime) -> list[Span]:
    """Return the stretches in which a check of ``component`` said down, oldest first.

    Checks that overlap count once. Unknown is not down, and a gap proves nothing. Add up the
    lengths for minutes of downtime; the resolution is the interval of the checks.
    """
    estate = estate_queries.current(work)
    checks = {
        key: check
        for key, check in estate.checks.items()
        if check.component == component and sees(work, estate, check)
    }
    rows = work.session.execute(
        select(Poll.check, Poll.at, Poll.health)
        .where(Poll.check.in_(sorted(checks)), Poll.at >= since, Poll.at < until)
        .order_by(Poll.check, Poll.at)
    )
    polls: dict[str, list[tuple[datetime, bool]]] = {}
    for key, at, health in rows:
        polls.setdefault(key, []).append((at, health is Health.DOWN))
    return merged(
        span for key, found in polls.items() for span in proven(found, checks[key].every, until)
    )
