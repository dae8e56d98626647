"""A country whose figures are stored, and gates that look at them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from changes.gates.actions import opening
from changes.gates.jobs import measure_due
from changes.gates.models import Gate, GateMeasurement, GateSeries
from ssoc.core.clock import FrozenClock
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.estate.values import Check
from ssoc.monitoring import sample_store
from ssoc.monitoring.reading import Health, Reading, Sample
from ssoc.monitoring.sample_store import HourFigure, Polled, SeriesBook
from tests import factories

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MARKETS = ("KE", "LS", "MZ")
SUCCESS = {"kpi": "success_percent", "samples_of": "transactions"}


def check(market: str) -> Check:
    """Return the check that brings a market's figures."""
    return Check(f"core-{market.lower()}", "kpi", "http", timedelta(seconds=30), market)


def load(runtime: Runtime, markets: Iterable[str] = MARKETS, **given: Any) -> None:
    """Store an estate: each market has a core whose check says success and transactions."""
    cores = [
        factories.component(
            f"core-{code.lower()}", code, kpis={"success_percent": "kpi/success_percent"}
        )
        for code in markets
    ]
    with runtime.work(SYSTEM) as work:
        factories.estate(work, components=cores, checks=[check(each) for each in markets], **given)


def figures(
    runtime: Runtime, market: str, at: datetime, *, book: SeriesBook | None = None, **values: float
) -> None:
    """Store what a market's check brought at an instant."""
    samples = tuple(Sample(name, value) for name, value in values.items())
    reading = Reading(check(market).key, at, timedelta(), Health.OK, samples=samples)
    with runtime.work(SYSTEM) as work:
        polls = [Polled(check(market), reading)]
        ids = (book or SeriesBook()).ids(work.session, polls)
        sample_store.store(work.session, polls, ids, work.now)


def past(runtime: Runtime, market: str, hours: Mapping[datetime, float]) -> None:
    """Store hours of a market's success."""
    with runtime.work(SYSTEM) as work:
        sample_store.backfill(
            work,
            check(market).key,
            "success_percent",
            [HourFigure(at, mean, mean - 1, mean + 1, 100) for at, mean in hours.items()],
        )


def metric(name: str = "success", **given: Any) -> dict[str, Any]:
    """Return a metric of stored success."""
    usual = {
        "name": name,
        "provider": {"samples": SUCCESS},
        "interval": "1m",
        "count": 5,
        "success_condition": "result >= 99",
    }
    return {**usual, **given}


def opened(runtime: Runtime, *metrics: dict[str, Any], **given: Any) -> int:
    """Open a gate in all markets of the story and return its number."""
    rows = list(metrics) or [metric()]
    usual: dict[str, Any] = {"about": "wave:7", "markets": MARKETS}
    with runtime.work(SYSTEM) as work:
        return opening.open_gate(work, content={"metrics": rows}, **{**usual, **given})


def turn(runtime: Runtime, clock: FrozenClock, minutes: float = 0, **success: float) -> None:
    """Let time pass, store what each market named says, and measure."""
    clock.advance(minutes * MINUTE)
    for code, value in success.items():
        now = clock.now() - timedelta(seconds=1)
        figures(runtime, code, now, success_percent=value, transactions=100)
    measure_due(runtime)


def gate(runtime: Runtime, number: int) -> Gate:
    """Return a gate as stored."""
    with runtime.view(SYSTEM) as work:
        return work.get(Gate, number)


def series(
    runtime: Runtime, number: int, market: str = "KE", metric: str = "success"
) -> GateSeries:
    """Return one series as stored."""
    with runtime.view(SYSTEM) as work:
        return work.session.scalars(
            select(GateSeries).where(
                GateSeries.gate_id == number,
                GateSeries.market == market,
                GateSeries.metric == metric,
            )
        ).one()


def evidence(runtime: Runtime, number: int, market: str | None = None) -> list[GateMeasurement]:
    """Return the measurements of a gate, the oldest first."""
    wanted = select(GateMeasurement).where(GateMeasurement.gate_id == number)
    if market is not None:
        wanted = wanted.where(GateMeasurement.market == market)
    with runtime.view(SYSTEM) as work:
        return list(work.session.scalars(wanted.order_by(GateMeasurement.id)))


def told(runtime: Runtime) -> list[dict[str, Any]]:
    """Return what gates have told, the oldest first."""
    wanted = select(EventRecord).where(EventRecord.kind == "GateDecided").order_by(EventRecord.id)
    with runtime.view(SYSTEM) as work:
        return [dict(each.body) for each in work.session.scalars(wanted)]


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
