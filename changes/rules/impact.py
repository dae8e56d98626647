"""Who is touched by a change: components by market, with the traffic usual in its window. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from changes.lifecycle import Effect
from changes.rules.neighbourhood import below, worst
from changes.rules.reach import effects_on, markets_of
from changes.values import ChangeView
from ssoc.core.calendar import Span, local_date, zone_of
from ssoc.estate.local_hours import pay_day_spans, peak_spans
from ssoc.estate.values import Estate, Market
from ssoc.monitoring.rules import baseline

WEEK = timedelta(weeks=1)
Means = Mapping[datetime, float]


@dataclass(frozen=True)
class Usual:
    """What usually happens in a market during a window; None is not known."""

    transactions: Decimal | None = None
    value: Decimal | None = None
    usd: Decimal | None = None
    share: float | None = None  # of all transactions of all markets


@dataclass(frozen=True)
class MarketImpact:
    """One market: what becomes of its components, its traffic, clocks and calendar meanwhile."""

    market: str
    name: str
    currency: str
    down: Sequence[str]
    degraded: Sequence[str]
    less_redundant: Sequence[str]
    usual: Usual
    local: Sequence[tuple[str, datetime, datetime]] = ()  # zone, begin and end on its wall
    holidays: Sequence[str] = ()
    is_pay_day: bool = False
    is_peak: bool = False
    effect: Effect = Effect.NONE


@dataclass(frozen=True)
class Impact:
    """What a change does to whom; ``needs`` is everything that what it touches stands on."""

    effects: Mapping[str, Effect]
    needs: Sequence[str]
    markets: Sequence[MarketImpact]

    @property
    def usd(self) -> Decimal | None:
        """Return the usual value of all touched markets; None unless all are known."""
        known = [each.usual.usd for each in self.markets]
        return None if None in known else sum((each for each in known if each), Decimal(0))


def effects_of(estate: Estate, change: ChangeView) -> dict[str, Effect]:
    """Return what becomes of everything a change touches, directly or through what stands on it."""
    return effects_on(estate, change.touched)


def impact(
    estate: Estate,
    change: ChangeView,
    usual: Mapping[str, Usual],
    holidays: Mapping[str, Sequence[str]],
) -> Impact:
    """Return who is touched: every market of the change, and every other one it reaches.

    Args:
        estate: what stands on what.
        change: with its window; without one there is no traffic and no local time.
        usual: by market, of the window.
        holidays: names of the days off that the window meets, by market.

    """
    effects = effects_of(estate, change)
    return Impact(
        effects,
        sorted(below(estate, change.components), key=estate.name_of),
        [
            _market(estate, estate.markets.get(code), code, change, effects, usual, holidays)
            for code in markets_of(estate, change)
        ],
    )


def _market(  # noqa: PLR0913 (one line of the panel)
    estate: Estate,
    market: Market | None,
    code: str,
    change: ChangeView,
    effects: Mapping[str, Effect],
    usual: Mapping[str, Usual],
    holidays: Mapping[str, Sequence[str]],
) -> MarketImpact:
    here = {
        key: effect
        for key, effect in effects.items()
        if code in estate.markets_of(key) or not estate.markets_of(key)
    }

    def named(wanted: Effect) -> list[str]:
        return sorted(key for key, effect in here.items() if effect is wanted)

    window = change.window
    return MarketImpact(
        market=code,
        name=market.name if market else code,
        currency=market.currency if market else "",
        down=named(Effect.DOWN),
        degraded=named(Effect.DEGRADED),
        less_redundant=named(Effect.REDUNDANCY),
        usual=usual.get(code, Usual()),
        local=_clocks(market, window) if market and window else (),
        holidays=tuple(holidays.get(code, ())),
        is_pay_day=bool(market and window and pay_day_spans(market, *window)),
        is_peak=bool(market and window and peak_spans(market, *window)),
        effect=worst(here.values()),
    )


def _clocks(market: Market, window: Span) -> list[tuple[str, datetime, datetime]]:
    since, until = window
    return [
        (zone, since.astimezone(zone_of(zone)), until.astimezone(zone_of(zone)))
        for zone in market.zones
    ]


def local_days(market: Market, window: Span) -> list[date]:
    """Return the local days that a window meets, in any of the market's zones."""
    found: set[date] = set()
    for zone in market.zones:
        day, last = local_date(zone, window.since), local_date(zone, window.until)
        while day <= last:
            found.add(day)
            day += timedelta(days=1)
    return sorted(found)


def pieces(window: Span) -> Iterator[tuple[datetime, float]]:
    """Yield the middle of each stretch of a window within one hour, and its seconds."""
    at = window.since
    while at < window.until:
        end = min(window.until, baseline.hour_of(at) + baseline.HOUR)
        yield at + (end - at) / 2, (end - at).total_seconds()
        at = end


def compared(at: datetime, now: datetime, zone: str) -> datetime:
    """Return the instant whose last four weeks have all been: ``at``, or whole weeks before.

    Weeks of local time, because customers follow their own clock.
    """
    late = at - (now + WEEK - baseline.HOUR)
    weeks = max(0, -(-late // WEEK))
    here = ZoneInfo(zone)
    local = at.astimezone(here).replace(tzinfo=None) - weeks * WEEK
    return local.replace(tzinfo=here).astimezone(UTC)


def hours_needed(window: Span, now: datetime, zone: str) -> set[datetime]:
    """Return the hours whose means ``transactions`` looks at."""
    return {
        hour
        for at, _ in pieces(window)
        for hour in baseline.hours_needed(compared(at, now, zone), zone)
    }


def transactions(means: Means, window: Span, now: datetime, zone: str) -> Decimal | None:
    """Return what usually comes in a window; None when one of its hours has no figures."""
    total = 0.0
    for at, seconds in pieces(window):
        found = baseline.usual(means, compared(at, now, zone), zone)
        if found is None:
            return None
        total += found.mean * seconds
    return Decimal(round(total))


def peak_share(markets: Sequence[Market], window: Span) -> float | None:
    """Return the largest share of a window in peak hours or pay days; None when not known."""
    shares = []
    for market in markets:
        if not market.peak_hours:
            return None
        busy = [*peak_spans(market, *window), *pay_day_spans(market, *window)]
        shares.append(_covered(sorted(busy), window) / window.length)
    return max(shares, default=0.0)


def _covered(spans: Sequence[Span], window: Span) -> timedelta:
    covered, reached = timedelta(), window.since
    for since, until in spans:
        begin, end = max(since, reached), min(until, window.until)
        if begin < end:
            covered += end - begin
            reached = end
    return covered
