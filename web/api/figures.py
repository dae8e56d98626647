"""Our own figures for Prometheus: what doors took in, what is open, how jobs and polls run."""

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from incidents.queries.counts import open_counts
from ssoc.core import jobs as job_queries
from ssoc.core import outbox
from ssoc.core.errors import SsocError
from ssoc.core.jobs import Job
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.core.writing import WriteProbe
from ssoc.monitoring import queries, sample_queries
from web.ingest.counters import REGISTRY


def render(runtime: Runtime, probe: WriteProbe) -> tuple[bytes, str]:
    """Return the text and its content type; without the database, what this process knows."""
    registry = CollectorRegistry()
    registry.register(_Stored(runtime, probe))
    return generate_latest(REGISTRY) + generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


class _Stored(Collector):
    """What is read from the database at each scrape."""

    def __init__(self, runtime: Runtime, probe: WriteProbe) -> None:
        self._runtime, self._probe = runtime, probe

    def describe(self) -> Iterable[Metric]:
        """Return nothing: asking the database at registration would be in vain."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read everything in one view."""
        found: list[Metric] = []
        try:
            with self._runtime.view(SYSTEM) as work:
                found = [*_incidents(work), *_alerts(work), *_jobs(work), *_polls(work)]
                found.append(_gauge("ssoc_outbox_stuck", "Deliveries given up.", _stuck(work)))
            reached = 1
        except SsocError:
            reached = 0
        yield _gauge("ssoc_database_up", "1 when the database answers.", reached)
        writable = reached and self._probe.look(self._runtime).failing_since is None
        yield _gauge("ssoc_database_writable", "1 when the database takes writes.", writable)
        yield from found


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _stuck(work: Work) -> int:
    return len(outbox.stuck(work))


def _incidents(work: Work) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "ssoc_incidents_open", "Open incidents that stand alone.", labels=("market", "priority")
    )
    for (market, priority), number in sorted(open_counts(work).items()):
        family.add_metric((market, priority), number)
    yield family


def _alerts(work: Work) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "ssoc_alerts_open", "Alerts firing or stale.", labels=("market", "severity")
    )
    for (market, severity), number in sorted(queries.open_by_market(work).items()):
        family.add_metric((market, severity.word), number)
    yield family
    yield _gauge(
        "ssoc_transitions_waiting",
        "Changes of alerts that correlation has not taken yet.",
        queries.waiting_transitions(work),
    )


def _jobs(work: Work) -> Iterator[Metric]:
    jobs = job_queries.jobs(work)
    ages = GaugeMetricFamily(
        "ssoc_job_age_seconds", "Time since the job's last turn ended.", labels=("job",)
    )
    late = GaugeMetricFamily("ssoc_job_late", "1 when three turns were missed.", labels=("job",))
    for each in jobs:
        ages.add_metric(
            (each.name,), (work.now - (each.ended_at or each.started_at)).total_seconds()
        )
        late.add_metric((each.name,), each.is_late)
    yield from (ages, late)
    yield _turns("ssoc_job_runs", "Turns of a job.", jobs, "runs")
    yield _turns("ssoc_job_failures", "Turns of a job that failed.", jobs, "failures")
    yield _turns("ssoc_job_misfires", "Turns of a job that were missed.", jobs, "misfires")


def _turns(name: str, text: str, jobs: Iterable[Job], field: str) -> Metric:
    family = CounterMetricFamily(name, text, labels=("job",))
    for each in jobs:
        family.add_metric((each.name,), getattr(each, field))
    return family


def _polls(work: Work) -> Iterator[Metric]:
    states = sample_queries.check_states(work)
    counted = Counter((each.market, each.health.value, each.reason.value) for each in states)
    family = GaugeMetricFamily(
        "ssoc_checks", "Checks by their newest answer.", labels=("market", "health", "reason")
    )
    for labels, number in sorted(counted.items()):
        family.add_metric(labels, number)
    yield family
    newest = max((each.polled_at for each in states), default=None)
    if newest is not None:
        age = (work.now - newest).total_seconds()
        yield _gauge("ssoc_poll_age_seconds", "Time since the newest poll of any check.", age)
