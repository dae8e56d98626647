"""Remembers the hourly means that rules compare with, so that they are read once an hour."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ssoc.core.work import Work
from ssoc.monitoring.rules import baseline
from ssoc.monitoring.rules.baseline import Usual
from ssoc.monitoring.sample_queries import hour_means

FORGET_AFTER = timedelta(minutes=10)  # figures may be filled in later


class Baselines:
    """Hour means by series; what is asked for is fetched in one query and kept a while."""

    def __init__(self) -> None:
        self._means: dict[int, dict[datetime, float]] = {}
        self._known: dict[int, set[datetime]] = {}
        self._since: datetime | None = None

    def fetch(self, work: Work, wanted: Iterable[tuple[int, str, datetime]]) -> None:
        """Have the means ready for triples of series, zone and instant."""
        if self._since is None or work.now - self._since > FORGET_AFTER:
            self._means, self._known, self._since = {}, {}, work.now
        needed: dict[tuple[str, datetime], set[datetime]] = {}
        missing: dict[int, set[datetime]] = {}
        for series, zone, at in wanted:
            hours = needed.setdefault((zone, baseline.hour_of(at)), baseline.hours_needed(at, zone))
            hours |= baseline.hours_needed(at, zone)
            missing.setdefault(series, set()).update(hours - self._known.get(series, set()))
        ids = [series for series, hours in missing.items() if hours]
        if not ids:
            return
        found = hour_means(work, ids, set().union(*missing.values()))
        for series in ids:
            self._known.setdefault(series, set()).update(missing[series])
            self._means.setdefault(series, {}).update(found.get(series, {}))

    def usual(self, series: int, zone: str, at: datetime) -> Usual | None:
        """Return what is usual; only of what was fetched."""
        means: Mapping[datetime, float] = self._means.get(series, {})
        return baseline.usual(means, at, zone) if means else None
