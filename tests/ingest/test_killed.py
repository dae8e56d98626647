"""``ssoc web`` is killed in the middle of a storm: what it acknowledged is there, once."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
import requests
from sqlalchemy import func, select

from ssoc.accounts.machines import create_token
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from ssoc.monitoring.models import Alert, AlertTransition

pytestmark = pytest.mark.storm
CLIENTS, ENOUGH = 4, 200


@contextmanager
def web(url: str, folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    given = {"SSOC_DATABASE_URL": url, "SSOC_WEB_SECRET": "env:SSOC_KEY", "SSOC_KEY": "for a test"}
    with (folder / "web.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "ssoc", "web", "--listen", f"127.0.0.1:{port}"],
            cwd=folder,
            env={**os.environ, **given},
            stderr=log,
        )
    try:
        until = time.monotonic() + 60
        while not _answers(port):
            assert child.poll() is None, (folder / "web.log").read_text()
            assert time.monotonic() < until, "ssoc web does not serve"
            time.sleep(0.1)
        yield child
    finally:
        child.kill()
        child.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/-/healthy", timeout=1).ok
    except requests.RequestException:
        return False


def alert(name: str) -> dict[str, object]:
    return {"labels": {"alertname": name}, "startsAt": "2026-03-02T08:00:00Z"}


class Client(Thread):
    """Sends new alerts one by one until it is cut off."""

    def __init__(self, number: int, port: int, token: str, enough: Event) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self.number, self.token, self.enough = number, token, enough
        self.address = f"http://127.0.0.1:{port}/am/api/v2/alerts"
        self.sent: list[str] = []
        self.acknowledged: list[str] = []

    def run(self) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.token}"
            for n in range(10_000):
                self.sent.append(f"{self.number}-{n}")
                try:
                    answer = session.post(self.address, json=[alert(self.sent[-1])], timeout=30)
                except requests.RequestException:
                    return
                assert answer.status_code == 200
                self.acknowledged.append(self.sent[-1])
                if len(self.acknowledged) >= ENOUGH // CLIENTS:
                    self.enough.set()


def names(runtime: Runtime) -> list[str]:
    with runtime.view(SYSTEM) as work:
        return list(work.session.scalars(select(Alert.name)))


def test_kill_minus_nine_loses_nothing_acknowledged_and_doubles_nothing(
    url: str, runtime: Runtime, tmp_path: Path
) -> None:
    with runtime.work(SYSTEM) as work:
        token = create_token(work, "storm", TokenScope.INGEST)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    enough = Event()
    clients = [Client(number, port, token, enough) for number in range(CLIENTS)]
    with web(url, tmp_path, port) as child:
        for client in clients:
            client.start()
        assert enough.wait(60)
        os.kill(child.pid, signal.SIGKILL)
        for client in clients:
            client.join(timeout=60)
            assert not client.is_alive()
    acknowledged = {name for client in clients for name in client.acknowledged}
    sent = {name for client in clients for name in client.sent}
    assert len(acknowledged) >= ENOUGH // CLIENTS
    assert acknowledged - set(names(runtime)) == set(), "acknowledged, and lost"

    with web(url, tmp_path, port):
        headers = {"Authorization": f"Bearer {token}"}
        everything = [alert(name) for name in sorted(sent)]
        again = f"http://127.0.0.1:{port}/am/api/v2/alerts"
        assert requests.post(again, json=everything, headers=headers, timeout=60).status_code == 200
    assert sorted(names(runtime)) == sorted(sent)
    with runtime.view(SYSTEM) as work:
        transitions = work.session.scalar(select(func.count()).select_from(AlertTransition))
    assert transitions == len(sent), "each fired once"
    assert "Traceback" not in (tmp_path / "web.log").read_text()
