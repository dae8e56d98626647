"""Short words for stories of alerts and incidents: say, turn, and look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from incidents import jobs
from incidents.lifecycle import State
from incidents.models import Incident
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.estate.values import Estate
from ssoc.monitoring.actions import ingest
from ssoc.monitoring.lifecycle import AlertState
from tests import factories


@dataclass
class Story:
    """One story on one database; the clock stands at eight and moves when told."""

    runtime: Runtime
    clock: FrozenClock
    began: dict[str, Any] = field(default_factory=dict)

    def estate(self, graph: str, **given: Any) -> Estate:
        with self.runtime.work(SYSTEM) as work:
            return factories.estate(work, graph, **given)

    def fire(self, *components: str, severity: Severity = Severity.CRITICAL, **given: Any) -> None:
        """Let an alert fire at each component; again is the same alert."""
        reports = []
        for each in components:
            name = given.get("name", "SuccessLow")
            started = self.began.setdefault(f"{each}/{name}", self.clock.now())
            values = {"component": each, "market": self.market(each), "severity": severity}
            said = {"started_at": started, "said_at": self.clock.now()}
            reports.append(factories.report(**{**values, **said, **given}))
        self.send(*reports)

    def clear(self, *components: str, **given: Any) -> None:
        """Let the alert of each component resolve."""
        reports = []
        for each in components:
            name = given.get("name", "SuccessLow")
            started = self.began.pop(f"{each}/{name}")
            values = {"component": each, "market": self.market(each), "state": AlertState.RESOLVED}
            said = {"started_at": started, "said_at": self.clock.now()}
            reports.append(factories.report(**{**values, **said, **given}))
        self.send(*reports)

    def market(self, component: str) -> str:
        code = component.rpartition("-")[2].upper()
        return code if code in factories.ZONES else ""

    def send(self, *reports: Any) -> None:
        with self.runtime.work(SYSTEM) as work:
            ingest(work, reports)

    def turn(self, seconds: float = 0) -> None:
        """Let time pass, then the correlator work."""
        self.clock.advance(timedelta(seconds=seconds))
        jobs.correlate(self.runtime)

    def until(self, second: float) -> None:
        """Let it be this second after eight, then the correlator work."""
        self.clock.at = factories.at(second)
        jobs.correlate(self.runtime)

    def settle(self) -> None:
        """Let the correlator look, and again when everything has settled."""
        self.turn()
        self.turn(3)

    def live(self) -> Mapping[str, Incident]:
        """Return the live incidents by component."""
        return {each.component: each for each in self.all() if each.state.is_live}

    def alone(self) -> list[str]:
        """Return where live incidents stand that are nested in nothing."""
        return sorted(each.component for each in self.live().values() if each.parent_id is None)

    def all(self) -> list[Incident]:
        with self.runtime.view(SYSTEM) as work:
            return list(work.session.scalars(select(Incident).order_by(Incident.id)))

    def states(self) -> dict[str, State]:
        return {each.component: each.state for each in self.all()}

    def events(self, *, since: int = 0) -> list[str]:
        """Return what incidents told, in order, as ``Opened db-ke``."""
        with self.runtime.view(SYSTEM) as work:
            rows = work.session.scalars(select(EventRecord).order_by(EventRecord.id))
            told = [
                f"{row.kind.removeprefix('Incident')} {row.body['component']}"
                for row in rows
                if row.kind.startswith("Incident")
            ]
        return told[since:]

    def deliver(self) -> None:
        """Hand events to their subscribers."""
        outbox.deliver(self.runtime)
