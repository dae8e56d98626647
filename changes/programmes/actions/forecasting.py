"""Keep the forecast of each day, so that one sees later how it moved."""

from datetime import timedelta

from sqlalchemy import select

from changes.programmes.models import Programme, ProgrammeForecast
from changes.programmes.queries import programmes, steering
from ssoc.core.bulk import insert_new
from ssoc.core.work import Work

_AFTER = timedelta(days=30)


def keep(work: Work) -> int:
    """Write today's forecast of every programme with sites left; return how many were new."""
    today, number = work.now.date(), 0
    for row in work.session.scalars(select(Programme).order_by(Programme.id)):
        if work.session.get(ProgrammeForecast, (row.id, today)) is not None:
            continue
        if row.ends_on is not None and row.ends_on + _AFTER < today:
            continue
        counts = programmes.programme(work, row.id).counts
        if not counts:
            continue
        found = steering.outlook_of(counts, steering.accepted_on(work, row.id), row, today)
        kept = {
            "programme_id": row.id,
            "on": today,
            "total": found.total,
            "accepted": found.accepted,
            "rate": found.rate,
            "slow_rate": found.slow_rate,
            "p50_on": found.p50_on,
            "p90_on": found.p90_on,
        }
        number += insert_new(work.session, ProgrammeForecast, [kept], ("programme_id", "on"))
    return number
