"""A running ssoc for real tools to send to: its server in a thread, its jobs by the clock."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import select

from incidents import queries as incident_queries
from incidents.queries import Filters, Line
from ssoc import modules, scheduler
from ssoc.accounts.machines import create_token
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import Alert, AlertSource, IngestFault
from ssoc.monitoring.report import hex_of
from ssoc.monitoring.writer import Writer
from ssoc.notify.queries import recent_pages
from tests import factories
from web.app import create_app
from web.ingest.door import Door
from web.server import Server, bind

KEY = b"a key for tests"


@dataclass
class House:
    """An ssoc with an estate of two countries, and how to look into it."""

    runtime: Runtime
    token: str
    listen: str
    statuses: list[int] = field(default_factory=list)
    _running: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return its address, the same after a restart."""
        return f"http://{self.listen}"

    def start(self) -> None:
        """Begin to serve."""
        door = Door(create_app(self.runtime, KEY), self.runtime, Writer(self.runtime))
        server = Server(self._watched(door), bind(self.listen), threads=16)
        thread = Thread(target=server.run, name="ssoc-web")
        thread.start()
        self._running = [door, server, thread]

    def stop(self) -> None:
        """End politely."""
        if self._running:
            door, server, thread = self._running
            server.stop()
            thread.join(timeout=20)
            assert not thread.is_alive()
            door.close()
            self._running = []

    def _watched(self, door: Door) -> Any:
        def app(environ: dict[str, Any], start_response: Any) -> Any:
            def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                self.statuses.append(int(status[:3]))
                return start_response(status, headers, *more)

            return door(environ, start)

        return app

    def incidents(self, state: str = "live") -> list[Line]:
        with self.runtime.view(SYSTEM) as work:
            filters = Filters(state=state, nested=True)
            return list(incident_queries.triage(work, filters, limit=200).items)

    def moments(self, number: int) -> int:
        with self.runtime.view(SYSTEM) as work:
            return len(incident_queries.timeline(work, number))

    def alerts(self, name: str = "MobileMoneySuccessLow") -> list[Alert]:
        with self.runtime.view(SYSTEM) as work:
            wanted = select(Alert).where(Alert.name == name).order_by(Alert.market)
            return list(work.session.scalars(wanted))

    def is_state(self, state: AlertState) -> bool:
        found = self.alerts()
        return bool(found) and all(each.state == state for each in found)

    def ways(self, key: str) -> set[str]:
        with self.runtime.view(SYSTEM) as work:
            rows = work.session.execute(select(AlertSource.key, AlertSource.way))
            return {row.way for row in rows if hex_of(row.key) == key}

    def faults(self) -> dict[tuple[str, str, str], int]:
        with self.runtime.view(SYSTEM) as work:
            rows = work.session.scalars(select(IngestFault))
            return {(row.way, row.source, row.kind): row.faults for row in rows}

    def pages(self) -> list[str]:
        with self.runtime.view(SYSTEM) as work:
            return [each.text for each in recent_pages(work)]


@contextmanager
def house(url: str, markets: Sequence[str] = ("KE", "TZ")) -> Iterator[House]:
    """Run an ssoc on the database ``url`` and end it."""
    engine = make_engine(url, pool_size=16)
    runtime = modules.wire(engine)
    with runtime.work(SYSTEM) as work:
        factories.estate(work, ", ".join(f"mobile-money-{code.lower()}" for code in markets))
        token = create_token(work, "lab", TokenScope.INGEST)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    made = House(runtime, token, listen)
    clock = BackgroundScheduler(timezone="UTC")
    scheduler.schedule(clock, runtime, modules.load())
    clock.start()
    made.start()
    try:
        yield made
    finally:
        made.stop()
        clock.shutdown(wait=True)
        engine.dispose()
