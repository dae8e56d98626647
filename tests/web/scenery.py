"""A house with something in it: an estate, checks in every state, jobs, machines, a stuck event."""

from datetime import timedelta

from ssoc.accounts import machines
from ssoc.core.events import EventRecord, OutboxEntry
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.running import JobRun
from ssoc.core.vocabulary import WindowEnded
from ssoc.core.work import Runtime, Work
from ssoc.estate.values import Check, Criticality
from ssoc.monitoring.models import CheckState, IngestFault, IngestSource
from ssoc.monitoring.reading import Health, Reason
from tests.factories import component, estate

GRAPH = (
    "ussd-ke > api-ke > core-ke > ledger-east, ussd-tz > api-tz > core-tz > ledger-east,"
    " ledger-east > array-n1|array-n2, sms-cd, bank-gh, cards-eg, wan-et"
)
STATES: dict[str, tuple[Health, Reason, str]] = {
    "ledger-east/writes": (Health.DOWN, Reason.NONE, "p95 of writes is 4.2 s, limit 1 s, 5 of 5"),
    "api-ke/heartbeat": (Health.DEGRADED, Reason.NONE, "success 61.4 %, usual 98.9 %"),
    "api-tz/heartbeat": (Health.OK, Reason.NONE, "answers in 43 ms"),
    "sms-cd/queue": (Health.UNKNOWN, Reason.NO_DATA, "the query gave an empty result"),
    "wan-et/control": (Health.UNKNOWN, Reason.UNREACHABLE, "connection timed out after 3 s"),
    "bank-gh/certificate": (Health.UNKNOWN, Reason.REFUSED, "401: the key was rotated"),
}


def check(key: str, market: str) -> Check:
    """Return a check of the component its key names."""
    name = key.partition("/")
    return Check(name[0], name[2], "http", timedelta(seconds=15), market=market)


def furnish(runtime: Runtime) -> None:
    """Put everything in."""
    with runtime.work(SYSTEM) as work:
        checks = [check(key, _market(key)) for key in (*STATES, "cards-eg/page")]
        east = component(
            "ledger-east",
            "KE",
            "TZ",
            name="Ledger database East",
            kind="database",
            criticality=Criticality.VITAL,
            owner="core platform team",
            vendor="Pangolin Storage",
            runbook="https://wiki.example/ledger-east",
        )
        cards = component("cards-eg", name="Card gateway Cairo", native_name="بوابة بطاقات الدفع")
        estate(work, GRAPH, components=[east, cards], checks=checks)
        _states(work)
        _jobs(work)
        _sources(work)
        machines.create_token(work, "prometheus-ke", TokenScope.INGEST, ["KE"])
        machines.create_token(work, "reports", TokenScope.READ, lasts=timedelta(days=90))
        machines.create_token(work, "old-relay", TokenScope.INGEST)
        machines.revoke_token(work, "old-relay")
        machines.create_kiosk(work, "wall-east", ["KE", "TZ"])
        work.record(WindowEnded(7))
    stick(runtime, "incidents.subscribers.end_window")


def stick(runtime: Runtime, subscriber: str) -> int:
    """Give the newest event a delivery that was given up; return the event's number."""
    with runtime.work(SYSTEM) as work:
        newest = work.session.query(EventRecord).order_by(EventRecord.id.desc()).first()
        assert newest is not None
        work.session.add(
            OutboxEntry(
                event_id=newest.id,
                subscriber=subscriber,
                attempts=8,
                last_error="KeyError('window 7')",
            )
        )
        return newest.id


def _market(key: str) -> str:
    code = key.partition("/")[0].rpartition("-")[2].upper()
    return code if len(code) == 2 else ""


def _states(work: Work) -> None:
    for key, (health, reason, message) in STATES.items():
        polled = work.now - timedelta(seconds=4)
        work.session.add(
            CheckState(
                check=key,
                component=key.partition("/")[0],
                market=_market(key),
                path="",
                health=health,
                reason=reason,
                message=message,
                since=work.now - timedelta(minutes=18),
                polled_at=polled,
                answered_at=None if reason is Reason.UNREACHABLE else polled,
                memory={},
            )
        )


def _jobs(work: Work) -> None:
    for name, every, ago, failure in (
        ("incidents.correlate", 1, 1, ""),
        ("ssoc.core.deliver_events", 1, 2, ""),
        ("ssoc.monitoring.roll_up", 300, 40, ""),
        ("incidents.reckon_impact", 30, 900, "the database is locked or away; nothing was written"),
    ):
        work.session.add(
            JobRun(
                name=name,
                every_seconds=every,
                started_at=work.now - timedelta(seconds=ago),
                ended_at=work.now - timedelta(seconds=ago),
                duration_ms=37,
                runs=12_345,
                failures=1 if failure else 0,
                misfires=2,
                last_error=failure or None,
                process="noc-1:4711",
            )
        )


def _sources(work: Work) -> None:
    work.session.add(
        IngestSource(
            source="prometheus-ke",
            way="push",
            market="KE",
            last_at=work.now - timedelta(seconds=12),
            alerts=48_210,
        )
    )
    work.session.add(
        IngestFault(
            way="webhook",
            source="prometheus-ke",
            kind="no alert name",
            faults=17,
            last_at=work.now - timedelta(minutes=3),
            example='alerts[3]: the label "alertname" is missing',
        )
    )
