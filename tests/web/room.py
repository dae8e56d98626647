"""An evening in the room: eight markets, a shared database that fails, a country not seen.

Real reports and polls go through the real store, correlator, clocks and reckoning of harm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

import ssoc.demo
from incidents import actions, clock_jobs, impact_jobs, jobs
from incidents.models import Incident
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.demo.history import remember
from ssoc.demo.traffic import RHYTHMS, success_percent, tps
from ssoc.estate import actions as estate_actions
from ssoc.estate import queries as estate_queries
from ssoc.estate.reader import read
from ssoc.estate.values import Check
from ssoc.monitoring.actions import (
    Change,
    SilenceDraft,
    WindowDraft,
    ingest,
    record_change,
    set_silence,
    set_window,
)
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.polling.recorder import Recorder
from ssoc.monitoring.polling.watching import watch_reachability
from ssoc.monitoring.reading import Health, Reading, Reason, Sample
from ssoc.monitoring.report import Report
from ssoc.monitoring.rules.matching import Matcher
from ssoc.monitoring.sample_store import Polled
from tests import factories
from tests.web import people

EVENING = datetime(2026, 3, 3, 16, 20, tzinfo=UTC)
ESTATE = Path(ssoc.demo.__file__).parent / "estate.yaml"
HURT = {"KE": 61.4, "TZ": 74.2, "MZ": 81.0}
SECOND = timedelta(seconds=1)


def minutes(count: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=count)


@dataclass
class Room:
    """The room at one moment; ``say`` reports alerts, ``poll`` asks every check."""

    runtime: Runtime
    clock: FrozenClock
    recorder: Recorder
    bad: dict[str, str] = field(default_factory=dict)  # component: what its health says
    gone: set[str] = field(default_factory=set)  # network paths that nothing answers on
    hurt: dict[str, float] = field(default_factory=dict)  # market: success in percent

    def poll(self) -> None:
        """Ask every check of the estate once and store what came back."""
        with self.runtime.view(SYSTEM) as work:
            checks = estate_queries.current(work).checks.values()
        self.recorder.record([Polled(each, self._reading(each)) for each in checks], {})
        watch_reachability(self.runtime)

    def _reading(self, check: Check) -> Reading:
        at = self.clock.now() - SECOND
        took = timedelta(milliseconds=80)
        if check.path in self.gone:
            words = "no answer within 3 s"
            return Reading(check.key, at, took, Health.UNKNOWN, Reason.UNREACHABLE, words)
        if check.component in self.bad:
            return Reading(check.key, at, took, Health.DOWN, message=self.bad[check.component])
        return Reading(check.key, at, took, Health.OK, samples=self._samples(check, at))

    def _samples(self, check: Check, at: datetime) -> Sequence[Sample]:
        if not check.key.endswith("/figures"):
            return ()
        rhythm = RHYTHMS[check.market]
        share = self.hurt.get(check.market, success_percent(rhythm, at))
        load = tps(rhythm, at) * (share / 99 if check.market in self.hurt else 1)
        return (Sample("tps", load), Sample("success_percent", share))

    def say(self, *reports: Report) -> None:
        """Let a source say something."""
        with self.runtime.work(SYSTEM) as work:
            ingest(work, reports)

    def settle(self, rounds: int = 3, step: timedelta = timedelta(seconds=10)) -> None:
        """Let time pass, with polls and the jobs of the room."""
        for _ in range(rounds):
            self.clock.advance(step)
            self.poll()
            jobs.correlate(self.runtime)
        impact_jobs.reckon_impact(self.runtime)
        clock_jobs.watch_clocks(self.runtime)

    def incident(self, component: str) -> int:
        """Return the number of the newest incident at a component."""
        with self.runtime.view(SYSTEM) as work:
            newest = select(Incident.id).where(Incident.component == component)
            found = work.session.scalar(newest.order_by(Incident.id.desc()).limit(1))
        assert found is not None, f"no incident at {component}"
        return found


def report(component: str, market: str, name: str, summary: str, **given: Any) -> Report:
    """Return a firing report of Prometheus about a component."""
    labels = {"alertname": name, "market": market, "component": component, "job": "platform"}
    labels |= {"instance": given.pop("instance", "")} if given.get("instance") else {}
    return factories.report(
        component=component, market=market, name=name, summary=summary, labels=labels, **given
    )


def fill(runtime: Runtime, clock: FrozenClock) -> Room:
    """Return a room in which it all happens at once."""
    clock.at = EVENING
    with runtime.work(SYSTEM) as work:
        estate_actions.replace(work, read([ESTATE]).items())
        estate = estate_queries.current(work)
    remember(runtime)
    room = Room(runtime, clock, Recorder(runtime))
    room.recorder.watch(estate)
    room.settle(2)
    _before(room)
    _small_ones(room)
    room.clock.advance(minutes(4))
    _storm(room)
    _people_work(room)
    room.settle(4)
    return room


def _before(room: Room) -> None:
    """What was announced and changed before anything failed."""
    now = room.clock.now()
    with room.runtime.work(SYSTEM) as work:
        set_window(
            work,
            WindowDraft("Fibre ring works", now, now + minutes(200), ["wan-ls"], (), "MN-4471"),
        )
        set_window(
            work,
            WindowDraft("Month-end freeze", now + minutes(280), now + minutes(900), (), ["KE"]),
        )
        record_change(
            work,
            Change(
                at=now - minutes(40),
                source="deploy",
                market="KE",
                component="ledger-db-east",
                reference="CHG-3122",
                summary="Ledger limits table",
            ),
        )
        record_change(
            work,
            Change(
                at=now - minutes(6),
                source="deploy",
                market="MZ",
                component="payment-api-mz",
                reference="CHG-3130",
                summary="Payment API: nova versão dos limites",
            ),
        )
        set_silence(
            work,
            SilenceDraft(
                (Matcher("alertname", "CertificateEndsSoon"),),
                now,
                now + minutes(600),
                "renewal is planned for Friday; asked by platform security",
            ),
        )


def _small_ones(room: Room) -> None:
    """The usual troubles of a day, in the languages of their markets."""
    now = room.clock.now()
    room.say(
        report(
            "smsc-cd",
            "CD",
            "SmsReceiptsLate",
            "reçus SMS en retard : 38 % après 60 s",
            started_at=now,
            severity=Severity.ERROR,
        ),
        report(
            "banks-eg",
            "EG",
            "BankSwitchSlow",
            "بوابة بطاقات الدفع بطيئة: p95 4.2 s",
            started_at=now,
            severity=Severity.WARNING,
        ),
        report(
            "banks-gh",
            "GH",
            "SettlementFileLate",
            "settlement file due 14:00 is not here; 2 of 9 banks",
            started_at=now,
            severity=Severity.WARNING,
        ),
        report(
            "app-ls",
            "LS",
            "CertificateEndsSoon",
            "certificate of the agent portal ends in 12 days",
            started_at=now,
            severity=Severity.INFO,
        ),
        factories.report(
            component="",
            market="MZ",
            name="Serviço de notificação de transações e extratos de Nampula parado",
            summary="fila com 14 min, limite 5 min",
            started_at=now,
            severity=Severity.WARNING,
            labels={
                "alertname": "NotificacaoParada",
                "market": "MZ",
                "fila": "<script>alert(1)</script>",
            },
        ),
    )
    room.settle()


def _storm(room: Room) -> None:
    """The shared database of the east fails, and the link to Ethiopia with it."""
    room.bad = {"ledger-db-east": "writes time out", "core-ledger-east": "p95 write 9.8 s"}
    room.hurt = HURT
    now = room.clock.now()
    room.say(*_symptoms(now))
    room.settle(6)
    room.gone = {"hq-et"}
    room.settle(9, timedelta(seconds=20))


def _symptoms(now: datetime) -> Iterable[Report]:
    for market in ("KE", "TZ", "MZ"):
        code = market.lower()
        yield report(f"payment-api-{code}", market, "SuccessLow", "payments fail", started_at=now)
        for kind in ("ussd", "app", "agents", "banks"):
            for node in range(3):
                yield report(
                    f"{kind}-{code}",
                    market,
                    "ErrorsHigh",
                    "errors over 5 %",
                    started_at=now + node * SECOND,
                    instance=f"{kind}-{node}",
                    severity=Severity.ERROR,
                )
    yield report(
        "ledger-db-east", "KE", "WritesTimeOut", "writes time out", started_at=now, instance="db-1"
    )


def _people_work(room: Room) -> None:
    """Somebody has taken the worst one, called the vendor and told the markets."""
    number = room.incident("ledger-db-east")
    desk = replace(SYSTEM, name=people.OPERATOR)
    with room.runtime.work(desk) as work:
        actions.acknowledge(work, number)
        actions.note(work, number, "Pangolin Storage called, their case PS-77120")
        actions.take_role(work, number, "commander", people.MANAGER)
    with room.runtime.work(desk) as work:
        actions.acknowledge(work, room.incident("smsc-cd"))
        actions.pause_clock(
            work, room.incident("smsc-cd"), "resolve", "vendor", "Okapi asked for logs"
        )
    room.settle(6, minutes(1))


def resolved(one: Report, at: datetime) -> Report:
    """Return the report that ends an alert."""
    return replace(one, state=AlertState.RESOLVED, said_at=at)
