"""Freezes meant in local time: one stretch of real time for each market they hold in. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from changes.rules.freezes import FreezeSpan
from ssoc.core.calendar import Span, instant
from ssoc.core.errors import BadInput
from ssoc.estate.values import Estate

WALL = "%Y-%m-%dT%H:%M"
UTC_ZONE = "UTC"


def wall_instant(zone: str, text: str) -> datetime:
    """Return the instant of a wall time such as ``2026-12-15T18:00``; one skipped is the jump.

    Raises:
        BadInput: it is no such time.

    """
    try:
        read = datetime.strptime(text[:16], WALL)  # noqa: DTZ007 (a wall has no zone of its own)
        return instant(zone, read.date(), read.hour * 60 + read.minute)
    except (ValueError, OverflowError):
        raise BadInput(f'{text[:40]!r} is no time; write it as "2026-12-15T18:00"') from None


def walls(
    markets: Collection[str], estate: Estate, since: str, until: str
) -> list[tuple[tuple[str, ...], Span]]:
    """Return wall times as real time, for each of ``markets``, or every one; some may be empty."""
    return [
        (codes, Span(wall_instant(zone, since), wall_instant(zone, until)))
        for codes, zone in _places(markets, estate)
    ]


def on_the_wall(whole: FreezeSpan, estate: Estate, since: str, until: str) -> list[FreezeSpan]:
    """Return ``whole`` from and until wall times, once for each market it holds in."""
    return [
        replace(whole, markets=codes, since=span.since, until=span.until)
        for codes, span in walls(whole.markets, estate, since, until)
        if span.since < span.until
    ]


def whole_days(whole: FreezeSpan, estate: Estate, first: str, last: str) -> list[FreezeSpan]:
    """Return ``whole`` over local days, both included, once for each market it holds in."""
    since, after = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    return [
        replace(whole, markets=markets, since=instant(zone, since), until=instant(zone, after))
        for markets, zone in _places(whole.markets, estate)
    ]


def cut_at(spans: Iterable[FreezeSpan], lifted_at: datetime | None) -> list[FreezeSpan]:
    """Return what of ``spans`` lies before a freeze was lifted."""
    if lifted_at is None:
        return list(spans)
    return [
        replace(each, until=min(each.until, lifted_at), lifted_at=lifted_at)
        for each in spans
        if each.since < lifted_at
    ]


def _places(markets: Collection[str], estate: Estate) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each market of a freeze with its leading zone; UTC while the estate has none."""
    codes = tuple(markets) or tuple(estate.markets)
    if not codes:
        yield (), UTC_ZONE
    for code in codes:
        known = estate.markets.get(code)
        yield (code,), known.zones[0] if known else UTC_ZONE
