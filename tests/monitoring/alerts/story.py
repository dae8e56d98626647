"""A small language for stories about alerts: what was said when, and what stands then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import ingest
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report, fingerprint, key_of

FIRING, STALE, RESOLVED = AlertState
INFO, WARNING, ERROR, CRITICAL = Severity
LABELS = {"alertname": "SuccessLow", "country": "KE", "service": "core-ke"}


@dataclass(frozen=True)
class Story:
    """A database, and a clock in seconds from the beginning."""

    runtime: Runtime
    clock: FrozenClock
    began_at: datetime

    def at(self, seconds: float) -> datetime:
        return self.began_at + timedelta(seconds=seconds)

    def go_to(self, seconds: float) -> None:
        self.clock.at = self.at(seconds)

    def report(
        self,
        state: AlertState = FIRING,
        start: float = 0,
        lease: float | None = None,
        said: float | None = None,
        severity: Severity = CRITICAL,
        labels: dict[str, str] = LABELS,
        **more: Any,
    ) -> Report:
        said_at = self.clock.now() if said is None else self.at(said)
        named = {"market": labels.get("country", ""), "component": "", "name": labels["alertname"]}
        return Report(
            **{
                "key": key_of(fingerprint(labels)),
                "state": state,
                "severity": severity,
                "started_at": self.at(start),
                "said_at": said_at,
                "lease_until": None if lease is None else self.at(lease),
                "source": "prometheus",
                "way": "push",
                "labels": labels,
                **named,
                **more,
            }
        )

    def tell(self, *reports: Report) -> int:
        with self.runtime.work(SYSTEM) as work:
            return ingest(work, reports)

    def say(self, **what: Any) -> int:
        return self.tell(self.report(**what))

    def rows(self, sql: str) -> Sequence[Any]:
        with self.runtime.view(SYSTEM) as work:
            return work.session.execute(text(sql)).all()

    def states(self) -> list[tuple[AlertState, Severity]]:
        found = self.rows("select state, severity from alert order by key")
        return [(AlertState(state), Severity(severity)) for state, severity in found]

    def moves(self) -> list[tuple[AlertState | None, AlertState]]:
        found = self.rows("select was_state, state from alert_transition order by id")
        return [(None if was is None else AlertState(was), AlertState(now)) for was, now in found]
