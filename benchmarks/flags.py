"""What one evaluation of a flag costs at the door, against a bare Flask route.

    python -m benchmarks.flags --requests 20000

Both are called in this process, without sockets, one after the other: ``cpu_us`` is processor time
for one request, ``ratio`` how many times a Flask route that answers a constant is dearer (below
one) or cheaper. ``after_change_ms`` is the first answer after a wave has moved.
"""

import argparse
import io
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from flask import Flask, jsonify

from benchmarks.ingest_store import database
from changes.rollouts.lifecycle import WaveState
from ssoc import migrations, modules
from ssoc.accounts.machines import create_token
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.monitoring.writer import Writer
from tests.changes.features import story
from web.ingest import ofrep
from web.ingest.door import Door

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    with database(chosen.database) as url:
        found = measured(url, chosen.requests)
    print(json.dumps(found) if chosen.json else "\n".join(f"{k}: {v}" for k, v in found.items()))
    return 0


def measured(url: str, requests: int) -> dict[str, float]:
    """Return what was measured on a fresh database."""
    engine = make_engine(url)
    migrations.upgrade(engine)
    runtime = modules.wire(engine)
    number = story.feature(runtime)
    with runtime.work(SYSTEM) as work:
        token = create_token(work, "app", TokenScope.FLAGS)
    door = Door(bare(), runtime, Writer(runtime))
    one, every = f"{ofrep.PATH}/{story.KEY}", ofrep.PATH
    flask, single, bulk = (cpu(door, path, token, requests) for path in ("/constant", one, every))
    story.move(runtime, number, 2, WaveState.PAUSED)
    began = time.perf_counter()
    ask(door, one, token, 1)
    changed = time.perf_counter() - began
    door.close()
    engine.dispose()
    return {
        "flask_cpu_us": round(flask, 1),
        "one_cpu_us": round(single, 1),
        "all_cpu_us": round(bulk, 1),
        "ratio": round(single / flask, 2),
        "one_per_cpu_second": round(1e6 / single),
        "after_change_ms": round(changed * 1e3, 1),
    }


def bare() -> Flask:
    """Return an application with one route that answers a constant."""
    app = Flask("bare")
    app.add_url_rule("/constant", "constant", lambda: jsonify(value=True), methods=["POST"])
    return app


def cpu(door: Wsgi, path: str, token: str, requests: int) -> float:
    """Return the processor time of one request, in microseconds."""
    for number in range(200):
        ask(door, path, token, number)
    began = time.process_time()
    for number in range(requests):
        ask(door, path, token, number)
    return (time.process_time() - began) / requests * 1e6


def ask(door: Wsgi, path: str, token: str, number: int) -> None:
    """Ask once for another customer, and read the answer."""
    body = orjson.dumps({"context": {"targetingKey": f"2547{number:08d}", "market": "KE"}})
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
    }
    answer = door(environ, answered)
    b"".join(answer)


def answered(status: str, _headers: object, _failure: object = None) -> None:
    """Stop when an answer is not what is measured."""
    if not status.startswith("200"):
        raise SystemExit(f"answered {status}")


if __name__ == "__main__":
    raise SystemExit(main())
