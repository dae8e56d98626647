"""When a source is silent: its leases ran out together, or it has said nothing for too long.

One silent source is one alert, never one per alert it left behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ssoc.monitoring.report import WATCH
from ssoc.monitoring.rules.words import counted

OWN = frozenset({"internal", "poll", WATCH})  # the poller has a heartbeat of its own


@dataclass(frozen=True)
class Voice:
    """One source and market by one way: when it last spoke, and what it left open.

    ``leased`` counts its open alerts with a lease, ``stale`` those whose lease ran out;
    ``newest_lease`` is the end of the latest lease, if any.
    """

    source: str
    way: str
    market: str
    last_at: datetime
    open: int
    leased: int
    stale: int
    newest_lease: datetime | None = None


def silence_of(
    voice: Voice, now: datetime, limit: timedelta, limits: Mapping[str, timedelta]
) -> str:
    """Return why ``voice`` counts as silent, or an empty text.

    Args:
        voice: the source.
        now: the instant.
        limit: how long a source that gives leases may say nothing while alerts are open.
        limits: the same for ways without leases; a way that is not named never counts, since
            it speaks only when something changes.

    """
    if voice.way in OWN or not voice.open:
        return ""
    since = f"silent since {voice.last_at:%H:%M:%S} UTC"
    if voice.leased and voice.stale == voice.open and voice.newest_lease is not None:
        if voice.last_at <= voice.newest_lease:
            return f"{since}: {_all(voice.open)} ran out"
        return ""
    longest = limit if voice.leased else limits.get(voice.way)
    if longest is not None and now - voice.last_at >= longest:
        return f"{since}, with {counted(voice.open, 'alert')} open"
    return ""


def _all(leases: int) -> str:
    return "its only lease" if leases == 1 else f"all {leases} leases"
