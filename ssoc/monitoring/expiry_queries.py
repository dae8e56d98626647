"""What has run out: certificates, licences and the like, reckoned from the newest days left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from ssoc.monitoring.models import Series
from ssoc.monitoring.sample_queries import newest_of

DAYS_LEFT = "days_left"


@dataclass(frozen=True)
class Expiry:
    """A check whose subject ran out at ``at`` and was not seen renewed since."""

    check: str
    component: str
    markets: tuple[str, ...]
    at: datetime


def expired(work: Work, estate: Estate, since: datetime) -> list[Expiry]:
    """Return what has run out from ``since`` to now; two statements, whatever there is.

    A certificate that ran out is often the last thing its check could say, so the day is reckoned
    from the newest figure, however old that is.
    """
    rows = select(Series.id, Series.check, Series.component).where(Series.name == DAYS_LEFT)
    known = {row.id: row for row in work.session.execute(rows)}
    found: dict[str, Expiry] = {}
    for number, (at, days) in sorted(newest_of(work, known.keys()).items()):
        line, ends_at = known[number], at + timedelta(days=days)
        check = estate.checks.get(line.check)
        own = (check.market,) if check and check.market else ()
        markets = own or estate.markets_of(line.component)
        if since <= ends_at <= work.now and check is not None and _may_see(work, markets):
            found.setdefault(line.check, Expiry(line.check, line.component, markets, ends_at))
    return sorted(found.values(), key=lambda each: (each.at, each.check))


def _may_see(work: Work, markets: tuple[str, ...]) -> bool:
    held = work.actor.markets(Permission.ALERT_SEE)
    return EVERYWHERE in held or bool(held & set(markets))
