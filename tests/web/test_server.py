"""The embedded server: it finishes what is in flight, and says what is wrong with its address."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import CliRunner

from ssoc import migrations
from ssoc.core.database import make_engine
from ssoc.core.errors import Conflict, SsocError
from ssoc.core.work import Runtime
from web.cli import web
from web.server import Server, bind


def started(app: Callable[..., Iterable[bytes]]) -> tuple[Server, Thread]:
    server = Server(app, bind("127.0.0.1:0"), threads=4)
    thread = Thread(target=server.run)
    thread.start()
    return server, thread


def read(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 (our own server)
        body: bytes = answer.read()
    return body


def test_what_is_in_flight_is_answered_before_the_end() -> None:
    began, go_on, answers = Event(), Event(), []

    def slow(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        began.set()
        assert go_on.wait(10)
        start("200 OK", [("Content-Length", "100000")])
        return [b"x" * 100_000]

    server, thread = started(slow)
    asking = Thread(target=lambda: answers.append(read(server.address)))
    asking.start()
    assert began.wait(10)
    server.stop()
    thread.join(0.3)
    assert thread.is_alive(), "it waits for the answer"
    with pytest.raises(OSError), socket.create_connection(_place(server), 2):  # noqa: PT011
        pytest.fail("it takes nothing new")
    go_on.set()
    asking.join(10)
    thread.join(10)
    assert not thread.is_alive()
    assert answers == [b"x" * 100_000]


def _place(server: Server) -> tuple[str, int]:
    host, _, port = server.address.removeprefix("http://").rpartition(":")
    return host, int(port)


def test_it_ends_at_once_when_idle() -> None:
    def quick(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    server, thread = started(quick)
    assert read(server.address) == b"ok"
    server.stop()
    thread.join(5)
    assert not thread.is_alive()
    server.stop()  # it may have ended before somebody asks it to


def test_a_taken_port_is_one_sentence_with_its_cure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Conflict, match=r"cannot listen on .*; end what uses .*--listen"):
            bind(address)


@pytest.mark.parametrize("listen", ["nowhere.invalid:80", "127.0.0.1:99999", "300.1.2.3:80"])
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    with pytest.raises(SsocError, match="cannot listen"):
        bind(listen)


def test_an_old_schema_is_refused_with_its_cure(runtime: Runtime) -> None:
    with runtime.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    result = CliRunner().invoke(web, ["--listen", "127.0.0.1:0"], obj=lambda: runtime)
    assert isinstance(result.exception, Conflict)
    assert "run ssoc db upgrade" in str(result.exception)


def test_a_missing_key_is_refused_with_its_cure(runtime: Runtime) -> None:
    result = CliRunner().invoke(web, ["--listen", "127.0.0.1:0"], obj=lambda: runtime)
    assert isinstance(result.exception, SsocError)
    assert "ssoc.secret" in str(result.exception)


@pytest.fixture
def installation(tmp_path: Path) -> dict[str, str]:
    """Give the environment of a fresh installation with its schema."""
    url = f"sqlite:///{tmp_path / 'ssoc.db'}"
    engine = make_engine(url)
    migrations.upgrade(engine)
    engine.dispose()
    (tmp_path / "ssoc.secret").write_text("a key for this test only\n")
    return {
        **os.environ,
        "SSOC_DATABASE_URL": url,
        "SSOC_WEB_SECRET": f"file:{tmp_path / 'ssoc.secret'}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def run_web(installation: dict[str, str], listen: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ssoc", "web", "--listen", listen],
        env=installation,
        cwd=Path(installation["SSOC_WEB_SECRET"].removeprefix("file:")).parent,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_serves_until_it_is_told_to_end(installation: dict[str, str]) -> None:
    process = run_web(installation, "127.0.0.1:0")
    assert process.stderr is not None
    address = ""
    for line in process.stderr:
        if found := re.search(r"serving at (http://\S+)", line):
            address = found[1]
            break
    try:
        assert read(f"{address}/api/ready") == b'{"status":"ready"}\n'
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            second = run_web(installation, f"127.0.0.1:{taken.getsockname()[1]}")
            _, said = second.communicate(timeout=30)
        assert second.returncode == 1
        assert len(said.strip().splitlines()) == 1, said
        assert "Address already in use" in said
        assert "--listen" in said
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
