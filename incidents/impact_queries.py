"""What incidents cost: by market, in all, and if they last longer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from incidents.models import Incident, IncidentMarket
from incidents.queries.lines import seen
from incidents.rules.impact import projected
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Market

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class MarketImpact:
    """What an incident costs in one market; None where nobody can know.

    ``usd_per_minute`` is what is being lost now. ``unknown`` is how much of the time had no
    figures: the true loss is then more than ``lost``.
    """

    market: str
    currency: str
    lost: Decimal | None
    value_lost: Decimal | None
    usd_lost: Decimal | None
    lost_per_minute: Decimal | None
    value_per_minute: Decimal | None
    usd_per_minute: Decimal | None
    success_percent: Decimal | None
    usual_percent: Decimal | None
    share_lost: Decimal | None
    unknown: timedelta
    reckoned_to: datetime | None

    @property
    def is_known(self) -> bool:
        """Tell whether anything could be reckoned."""
        return self.lost is not None or self.share_lost is not None

    def lost_after(self, lasting: timedelta = HOUR) -> Decimal | None:
        """Return the transactions it will have cost if it lasts so much longer."""
        return projected(self.lost, self.lost_per_minute, lasting)

    def value_after(self, lasting: timedelta = HOUR) -> Decimal | None:
        """Return the value in local currency it will have cost by then."""
        return projected(self.value_lost, self.value_per_minute, lasting)


@dataclass(frozen=True)
class ImpactView:
    """What an incident costs in the markets the actor may see.

    Transactions and US dollars are summed over the markets that are known; amounts in local
    currencies never are.
    """

    markets: Sequence[MarketImpact] = ()

    @property
    def lost(self) -> Decimal | None:
        """Return the transactions lost so far."""
        return _sum(each.lost for each in self.markets)

    @property
    def usd_lost(self) -> Decimal | None:
        """Return the value lost so far in US dollars."""
        return _sum(each.usd_lost for each in self.markets)

    @property
    def lost_per_minute(self) -> Decimal | None:
        """Return the transactions lost each minute now."""
        return _sum(each.lost_per_minute for each in self.markets)

    @property
    def usd_per_minute(self) -> Decimal | None:
        """Return the US dollars lost each minute now."""
        return _sum(each.usd_per_minute for each in self.markets)

    @property
    def unknown_markets(self) -> tuple[str, ...]:
        """Return the markets of which nobody can know: the totals are without them."""
        return tuple(each.market for each in self.markets if not each.is_known)

    def lost_after(self, lasting: timedelta = HOUR) -> Decimal | None:
        """Return the transactions it will have cost if it lasts so much longer."""
        return projected(self.lost, self.lost_per_minute, lasting)

    def usd_after(self, lasting: timedelta = HOUR) -> Decimal | None:
        """Return the US dollars it will have cost by then."""
        return projected(self.usd_lost, self.usd_per_minute, lasting)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def impact_of(work: Work, incident_ids: Iterable[int]) -> dict[int, ImpactView]:
    """Return what incidents cost, those out of sight left out; two statements for any number."""
    rows = work.session.scalars(
        select(IncidentMarket)
        .join(Incident, Incident.id == IncidentMarket.incident_id)
        .where(
            IncidentMarket.incident_id.in_(sorted(set(incident_ids))),
            seen(work),
            work.visible(IncidentMarket.market, Permission.INCIDENT_SEE),
        )
        .order_by(IncidentMarket.incident_id, IncidentMarket.market)
    )
    markets = estate_queries.current(work).markets
    found: dict[int, list[MarketImpact]] = {}
    for row in rows:
        found.setdefault(row.incident_id, []).append(_market(row, markets.get(row.market)))
    return {number: ImpactView(tuple(mine)) for number, mine in found.items()}


def _market(row: IncidentMarket, market: Market | None) -> MarketImpact:
    value, rate = (market.average_value, market.usd_rate) if market else (None, None)
    value_per_minute = _times(row.lost_per_minute, value)
    return MarketImpact(
        row.market,
        row.currency or (market.currency if market else ""),
        row.lost,
        row.value_lost,
        row.usd_lost,
        row.lost_per_minute,
        value_per_minute,
        _times(value_per_minute, rate),
        row.success_percent,
        row.usual_percent,
        row.share_lost,
        timedelta(seconds=row.unknown_seconds),
        row.reckoned_to,
    )


def _times(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one * other
