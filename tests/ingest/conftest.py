"""A whole web side in memory: the door in front of nothing, a writer, and tokens."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from ssoc.accounts.machines import create_token
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import Alert, AlertSource, AlertTransition, IngestFault
from ssoc.monitoring.report import hex_of
from ssoc.monitoring.writer import Writer
from tests import factories
from web.ingest.door import Door


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


def nothing_here(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Stand in for the console."""
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"the console"]


@dataclass
class Room:
    """The door with everything behind it, and how to look at what came of a request."""

    door: Door
    runtime: Runtime
    token: str

    def send(
        self,
        method: str,
        target: str,
        body: object = None,
        token: str | None = None,
        **headers: str,
    ) -> Answered:
        """Send one request; ``body`` is bytes, or anything that becomes JSON."""
        path, _, query = target.partition("?")
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(raw)),
            "REMOTE_ADDR": "127.0.0.9",
            "wsgi.input": io.BytesIO(raw),
        }
        given = self.token if token is None else token
        if given:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {given}"
        environ |= headers
        seen: dict[str, Any] = {}

        def start(status: str, fields: list[tuple[str, str]]) -> None:
            seen.update(status=int(status.split()[0]), headers=dict(fields))

        chunks = b"".join(self.door(environ, start))
        return Answered(seen["status"], seen["headers"], chunks)

    def post(self, target: str, body: object, token: str | None = None, **more: str) -> Answered:
        return self.send("POST", target, body, token, **more)

    def get(self, target: str, token: str | None = None, **more: str) -> Answered:
        return self.send("GET", target, None, token, **more)

    def states(self) -> dict[str, AlertState]:
        """Return the state of every alert by its fingerprint."""
        with self.runtime.view(SYSTEM) as work:
            rows = work.session.execute(select(Alert.key, Alert.state))
            return {hex_of(row.key): AlertState(row.state) for row in rows}

    def alerts(self) -> list[Alert]:
        with self.runtime.view(SYSTEM) as work:
            return list(
                work.session.scalars(
                    select(Alert).order_by(Alert.name, Alert.market, Alert.instance)
                )
            )

    def transitions(self) -> list[tuple[int, int | None]]:
        """Return every change of state as (now, before), in order."""
        with self.runtime.view(SYSTEM) as work:
            rows = work.session.execute(
                select(AlertTransition.state, AlertTransition.was_state).order_by(
                    AlertTransition.id
                )
            )
            return [(row.state, row.was_state) for row in rows]

    def ways(self, key: str) -> set[str]:
        """Return by which ways an alert reached us."""
        with self.runtime.view(SYSTEM) as work:
            rows = work.session.execute(select(AlertSource.key, AlertSource.way))
            return {row.way for row in rows if hex_of(row.key) == key}

    def faults(self) -> dict[tuple[str, str, str], int]:
        """Return what was noted for operators, by way, source and kind."""
        self.door.desk.notebook.flush()
        with self.runtime.view(SYSTEM) as work:
            rows = work.session.scalars(select(IngestFault))
            return {(row.way, row.source, row.kind): row.faults for row in rows}

    def count(self, table: Any) -> int:
        with self.runtime.view(SYSTEM) as work:
            return work.session.scalar(select(func.count()).select_from(table)) or 0

    def new_token(self, name: str, scope: TokenScope = TokenScope.INGEST, *markets: str) -> str:
        with self.runtime.work(SYSTEM) as work:
            return create_token(work, name, scope, markets)

    def load_estate(self, graph: str = "core-ke, core-tz", **given: Any) -> None:
        with self.runtime.work(SYSTEM) as work:
            factories.estate(work, graph, **given)


@pytest.fixture
def room(runtime: Runtime, clock: FrozenClock) -> Iterator[Room]:
    writer = Writer(runtime)
    door = Door(nothing_here, runtime, writer)
    made = Room(door, runtime, "")
    made.load_estate()
    made.token = made.new_token("prometheus")
    yield made
    door.close()
