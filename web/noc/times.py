"""Times as they are typed and shown on the clocks of a place: UTC, or a market's own.

A wall time that a place skips, or has twice, when its clocks change is refused with the cure: a
window that begins an hour off would page people for announced work.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from ssoc.core import calendar
from ssoc.core.errors import BadInput
from ssoc.estate.values import Estate
from web import words

UTC_ZONE = "UTC"
MOST_ZONES = 3


def zone_choices(estate: Estate, now: datetime, also: str = "") -> list[tuple[str, str]]:
    """Return the places whose clocks a form may use: zone and words, UTC first."""
    markets: dict[str, list[str]] = {}
    for market in estate.markets.values():
        for zone in market.zones:
            markets.setdefault(zone, []).append(market.code)
    if also not in {"", UTC_ZONE}:
        markets.setdefault(also, [])
    named = [
        (zone, f"{' '.join(codes)} · {words.place(zone)}, UTC{_offset(now, zone)}".lstrip(" ·"))
        for zone, codes in markets.items()
    ]
    return [(UTC_ZONE, UTC_ZONE), *named]


def _offset(at: datetime, zone: str) -> str:
    text = f"{words.local(at, zone):%z}"
    return f"{text[:3]}:{text[3:]}".replace("-", words.MINUS)


def zone_of(estate: Estate, given: str) -> str:
    """Return the zone a form named, or raise BadInput; only those of the estate are offered."""
    known = {zone for market in estate.markets.values() for zone in market.zones}
    if given in {"", UTC_ZONE}:
        return UTC_ZONE
    if given not in known:
        raise BadInput(f"no market lives by the clocks of {given[:64]!r}; choose one of the list")
    return given


def read(text: str, what: str, zone: str = UTC_ZONE) -> datetime:
    """Read ``2026-03-02 08:00`` on the clocks of ``zone``; an offset behind it is exact."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        place = "in UTC" if zone == UTC_ZONE else f"on the clocks of {words.place(zone)}"
        raise BadInput(
            f"{what} {text!r} is no date and time; write it like 2026-03-02 08:00, {place}"
        ) from None
    try:
        if found.tzinfo is not None:
            return found.astimezone(UTC)
        return found.replace(tzinfo=UTC) if zone == UTC_ZONE else _read_local(found, what, zone)
    except OverflowError:
        raise BadInput(f"{what} {text!r} is beyond the calendar; choose a nearer day") from None


def _read_local(naive: datetime, what: str, zone: str) -> datetime:
    early = naive.replace(tzinfo=calendar.zone_of(zone))
    late = early.replace(fold=1)
    before, after = early.utcoffset(), late.utcoffset()
    if before is None or after is None or before == after:
        return early.astimezone(UTC)
    text, place = f"{naive:%Y-%m-%d %H:%M}", words.place(zone)
    if before < after:
        jump = calendar.instant(zone, naive.date(), naive.hour * 60 + naive.minute)
        gone, come = ((jump + each).replace(tzinfo=None) for each in (before, after))
        raise BadInput(
            f"{what} {text} does not exist in {place}: that day the clocks go from {gone:%H:%M} "
            f"to {come:%H:%M}; choose a time before or after"
        )
    raise BadInput(
        f"{what} {text} comes twice in {place}, as the clocks go back that night; say which: "
        f"{early.isoformat(' ', 'minutes')} is the first, {late.isoformat(' ', 'minutes')} the "
        "second"
    )


def typed(at: datetime, zone: str = UTC_ZONE) -> str:
    """Return an instant as it is typed, whole: cut to the minute it would widen a window.

    One of two equal wall times keeps its offset, so that it can be read back.
    """
    local = at.astimezone(UTC if zone == UTC_ZONE else calendar.zone_of(zone))
    is_whole = not local.second and not local.microsecond
    is_doubled = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    shown = local if is_doubled else local.replace(tzinfo=None)
    return shown.isoformat(" ", "minutes" if is_whole else "auto")


def zones_of(estate: Estate, markets: Iterable[str]) -> list[str]:
    """Return the zones of markets, each once, in the order of the estate."""
    wanted = set(markets)
    zones = [
        zone for code, market in estate.markets.items() if code in wanted for zone in market.zones
    ]
    return list(dict.fromkeys(zones))


def stretches(spans: Iterable[tuple[datetime, datetime, str]], now: datetime) -> list[str]:
    """Return stretches, each on the clocks of its zone; those that read the same stand together."""
    readings: dict[str, list[str]] = {}
    for since, until, zone in spans:
        text = words.stretch(*(words.local(each, zone) for each in (since, until, now)))
        readings.setdefault(text, []).append(words.place(zone))
    shown = [f"{text} {', '.join(dict.fromkeys(there))}" for text, there in readings.items()]
    rest = len(shown) - MOST_ZONES
    return [*shown[:MOST_ZONES], f"{words.exact(rest)} more"] if rest > 0 else shown


def local(at: datetime, now: datetime, zones: Sequence[str]) -> str:
    """Return an instant on the clocks of places: ``01:00 Nairobi, Dar es Salaam · 00:00 Maputo``.

    Places that read the same stand together; beyond ``MOST_ZONES`` different readings the others
    are counted.
    """
    readings: dict[str, list[str]] = {}
    for zone in zones:
        text = words.when(words.local(at, zone), words.local(now, zone))
        readings.setdefault(text, []).append(words.place(zone))
    shown = [f"{text} {', '.join(places)}" for text, places in readings.items()]
    rest = len(shown) - MOST_ZONES
    if rest > 0:
        shown = [*shown[:MOST_ZONES], f"{words.exact(rest)} more"]
    return " · ".join(shown)
