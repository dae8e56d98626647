"""How busy an invented country platform is at any instant: pure, the same for past and present.

Rhythm by local hour, weekday and pay day; noise is a hash of the minute, so that history made
up afterwards and figures served live agree.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Rhythm:
    """One market's traffic: ``peak_tps`` on a plain weekday evening."""

    code: str
    zone: str
    peak_tps: float
    usual_success: float
    weekend: frozenset[int]
    pay_days: frozenset[int]


SATURDAY, SUNDAY, FRIDAY = 6, 7, 5
_SAT_SUN = frozenset({SATURDAY, SUNDAY})
_MONTH_END = frozenset({25, 26, 27, 28, 29, 30, 31})

RHYTHMS = {
    each.code: each
    for each in (
        Rhythm("KE", "Africa/Nairobi", 2700, 98.9, _SAT_SUN, _MONTH_END),
        Rhythm("TZ", "Africa/Dar_es_Salaam", 950, 98.6, _SAT_SUN, frozenset({23, 24, 25, 26, 27})),
        Rhythm("CD", "Africa/Kinshasa", 430, 98.1, frozenset({SUNDAY}), frozenset({28, 29, 30})),
        Rhythm("MZ", "Africa/Maputo", 420, 98.4, _SAT_SUN, frozenset({20, 21, 22, 28, 29, 30})),
        Rhythm("LS", "Africa/Maseru", 46, 98.8, _SAT_SUN, frozenset({20, 21, 25, 30})),
        Rhythm("GH", "Africa/Accra", 1240, 98.7, _SAT_SUN, _MONTH_END),
        Rhythm("EG", "Africa/Cairo", 890, 98.5, frozenset({FRIDAY, SATURDAY}), frozenset({24, 25})),
        Rhythm("ET", "Africa/Addis_Ababa", 560, 98.2, _SAT_SUN, frozenset({29, 30, 31})),
    )
}


def tps(rhythm: Rhythm, at: datetime) -> float:
    """Return transactions per second that customers try at ``at``."""
    local = at.astimezone(ZoneInfo(rhythm.zone))
    hour = local.hour + local.minute / 60
    day = 0.10 + 0.62 * _bump(hour, 12.5, 3.6) + 0.86 * _bump(hour, 19.0, 2.4)
    week = 0.86 if local.isoweekday() in rhythm.weekend else 1.0
    pay = 1.18 if local.day in rhythm.pay_days else 1.0
    return rhythm.peak_tps * min(day, 1.0) * week * pay * (1 + 0.025 * noise(rhythm.code, at))


def success_percent(rhythm: Rhythm, at: datetime) -> float:
    """Return the usual share of attempts that succeed, business declines left out."""
    return min(99.95, rhythm.usual_success + 0.18 * noise(rhythm.code + "s", at))


SAVINGS_STAFF = 0.2  # per cent of the menu's users who have the feature while staff alone may
_SAVINGS_MOST = {"KE": 5.6, "TZ": 3.1, "GH": 4.4}


def savings_adoption(code: str, begun: timedelta) -> float:
    """Return which per cent of the menu's users use the feature, so long after its second wave."""
    most = _SAVINGS_MOST.get(code)
    if most is None:
        return 0.0
    return SAVINGS_STAFF + most * (1 - math.exp(-max(begun / timedelta(minutes=50), 0.0)))


def savings_failed(code: str, at: datetime) -> float:
    """Return which per cent of the feature's uses fail while all is well."""
    return 0.5 - 0.1 * noise(f"{code}pocket", at)


def _bump(hour: float, centre: float, width: float) -> float:
    away = min(abs(hour - centre), 24 - abs(hour - centre))
    return math.exp(-((away / width) ** 2))


def noise(name: str, at: datetime) -> float:
    """Return a number from -1 to 1 that depends on the name and the minute alone."""
    digest = hashlib.blake2b(f"{name}{int(at.timestamp()) // 60}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**31 - 1
