"""A past for the demo: four weeks of hourly figures, so that "usual" means something at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ssoc.core.permissions import operator
from ssoc.core.work import Runtime
from ssoc.demo.traffic import RHYTHMS, Rhythm, success_percent, tps
from ssoc.estate import queries
from ssoc.estate.values import Check
from ssoc.monitoring import sample_queries, sample_store
from ssoc.monitoring.reading import Health, Reading, Sample
from ssoc.monitoring.sample_store import HourFigure, Polled, SeriesBook

WEEKS = 4
HOUR = timedelta(hours=1)
LATELY = timedelta(hours=4)
STEP = timedelta(minutes=4)
FIGURES = {"tps": tps, "success_percent": success_percent}


def remember(runtime: Runtime) -> None:
    """Write the figures of the last four weeks where there are none."""
    now = runtime.clock.now()
    for rhythm in RHYTHMS.values():
        check = f"payment-api-{rhythm.code.lower()}/figures"
        with runtime.view(operator()) as work:
            week_ago = now - timedelta(days=7)
            if sample_queries.usual(work, check, "tps", week_ago + timedelta(days=7)) is not None:
                continue
        with runtime.work(operator()) as work:
            for name in FIGURES:
                sample_store.backfill(work, check, name, _hours(rhythm, name, now))
            polls = list(_lately(rhythm, queries.current(work).checks[check], now))
            ids = SeriesBook().ids(work.session, polls)
            sample_store.store(work.session, polls, ids, now)


def _hours(rhythm: Rhythm, name: str, now: datetime) -> Iterator[HourFigure]:
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(weeks=WEEKS)
    for number in range(WEEKS * 7 * 24):
        hour = first + number * HOUR
        values = [FIGURES[name](rhythm, hour + timedelta(minutes=m)) for m in (5, 20, 35, 50)]
        mean = sum(values) / len(values)
        yield HourFigure(hour, mean, min(values), max(values), 240)


def _lately(rhythm: Rhythm, check: Check, now: datetime) -> Iterator[Polled]:
    at = now - LATELY
    while at < now - STEP:
        samples = tuple(Sample(name, figure(rhythm, at)) for name, figure in FIGURES.items())
        reading = Reading(check.key, at, timedelta(milliseconds=40), Health.OK, samples=samples)
        yield Polled(check, reading)
        at += STEP
