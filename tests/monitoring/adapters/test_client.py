"""The client against real servers: it ends in time, follows nothing, trusts who it should."""

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.adapters.hosts import host_fault, url_fault
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import QUICK, ask
from tests.monitoring.adapters.servers import Authority, Handler, Server, drip, hang, serving

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_redirect_is_an_answer_and_is_not_followed(server: Server) -> None:
    server.says("/", 302, Location=f"{server.url}/secret?token=abc")
    reading = ask("http", {"url": f"{server.url}/"})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.BAD_ANSWER)
    assert "/secret" in reading.message
    assert "abc" not in reading.message
    assert server.times("/secret") == 0


def test_a_redirect_may_be_what_is_expected(server: Server) -> None:
    server.says("/", 302, Location="/login")
    assert ask("http", {"url": f"{server.url}/", "expect_status": 302}).health is Health.OK


def test_nobody_there_is_unreachable() -> None:
    reading = ask("http", {"url": f"http://127.0.0.1:{_free_port()}/"})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)
    assert not reading.reached
    assert "connection refused" in reading.message


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    polling = replace(QUICK, allow_hosts=("*.invalid",))
    reading = ask("http", {"url": "http://nobody.invalid/"}, polling=polling)
    assert reading.reason is Reason.UNREACHABLE


def test_a_name_service_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    real = socket.getaddrinfo

    def hangs(*given: Any, **named: Any) -> Any:
        return real(*given, **named) if named.get("flags") else over.wait(60)

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    began = monotonic()
    reading = ask("http", {"url": "http://localhost/", "timeout": "300ms"})
    over.set()
    assert (reading.reason, monotonic() - began < 2) == (Reason.UNREACHABLE, True)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(hang, id="says nothing"),
        pytest.param(drip(b"x", HEAD + b"Content-Length: 100000\r\n\r\n"), id="drips its body"),
        pytest.param(
            drip(b"1\r\nx\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"), id="drips chunks"
        ),
        pytest.param(drip(b"X-Header: y\r\n", HEAD), id="drips headers"),
        pytest.param(drip(b"a", b"HTTP/1.1 200 "), id="drips its status line"),
    ],
)
def test_a_slow_answer_ends_with_the_budget(
    server: Server, answer: Callable[[Handler], None]
) -> None:
    server.answers["/"] = answer
    began = monotonic()
    polling = replace(QUICK, read_timeout=timedelta(seconds=30), total_timeout=timedelta(seconds=1))
    reading = ask("http", {"url": f"{server.url}/"}, polling=polling)
    assert 0.9 < monotonic() - began < 3
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)
    assert "timed out" in reading.message


def test_a_read_timeout_ends_before_the_budget(server: Server) -> None:
    server.answers["/"] = hang
    began = monotonic()
    polling = replace(QUICK, read_timeout=timedelta(milliseconds=300))
    assert ask("http", {"url": f"{server.url}/"}, polling=polling).reason is Reason.UNREACHABLE
    assert monotonic() - began < 1.5


def test_a_body_over_the_cap_is_not_read_to_its_end(server: Server) -> None:
    sent: list[int] = []

    def pour(handler: Handler) -> None:
        handler.wfile.write(HEAD + b"Content-Length: 1000000000\r\n\r\n")
        while True:
            sent.append(handler.wfile.write(b"x" * 65_536))

    server.answers["/"] = pour
    reading = ask("http", {"url": f"{server.url}/"})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.BAD_ANSWER)
    assert "more than 1048576 bytes" in reading.message
    assert len(reading.raw) == 2_000
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param(b"SSH-2.0-OpenSSH\r\n", Reason.BAD_ANSWER, id="another protocol"),
        pytest.param(b"", Reason.UNREACHABLE, id="hangs up"),
        pytest.param(
            HEAD + b"Content-Length: 10\r\n\r\nabc", Reason.UNREACHABLE, id="hangs up in mid answer"
        ),
        pytest.param(
            HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            Reason.BAD_ANSWER,
            id="no gzip",
        ),
    ],
)
def test_a_broken_answer(server: Server, said: bytes, reason: Reason) -> None:
    def answer(handler: Handler) -> None:
        handler.wfile.write(said)
        handler.close_connection = True

    server.answers["/"] = answer
    reading = ask("http", {"url": f"{server.url}/"})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, reason)


def test_a_connection_is_kept_and_its_death_of_age_is_not_the_targets_fault(
    server: Server, client: Client
) -> None:
    turns = iter([200, 200, 0, 200])

    def answer(handler: Handler) -> None:
        if next(turns):
            handler.give(200, b"", {})
        else:
            handler.close_connection = True  # as a firewall that forgot the connection

    server.answers["/"] = answer
    readings = [ask("http", {"url": f"{server.url}/"}, client) for _ in range(3)]
    assert [reading.health for reading in readings] == [Health.OK] * 3
    ports = [each.port for each in server.asked]
    assert ports[0] == ports[1] == ports[2] != ports[3]


def test_no_environment_proxy_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{_free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    server.says("/", 200)
    settings = {"url": f"{server.url}/"}
    assert ask("http", settings).health is Health.OK
    reading = ask("http", settings, polling=replace(QUICK, use_proxies=True))
    assert reading.reason is Reason.UNREACHABLE, "asked to, it goes through the proxy"


class TestTls:
    """A private CA made by openssl."""

    @pytest.fixture
    def secure(self, authority: Authority) -> "object":
        with serving(authority.context()) as running:
            running.says("/", 200)
            yield running

    def test_our_ca_is_trusted_and_the_days_are_counted(
        self, secure: Server, authority: Authority
    ) -> None:
        from ssoc.core.clock import SystemClock

        at = SystemClock().now()
        reading = ask("http", {"url": f"{secure.url}/", "ca": authority.ca}, at=at)
        days = [s.value for s in reading.samples if s.name == "days_left"]
        assert reading.health is Health.OK, reading.message
        assert days == [pytest.approx(30, abs=0.1)]

    def test_without_the_ca_it_is_unreachable_never_ok(self, secure: Server) -> None:
        reading = ask("http", {"url": f"{secure.url}/"})
        assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)
        assert "TLS: certificate not trusted" in reading.message
        assert secure.asked == []

    def test_a_name_that_is_not_in_the_certificate(
        self, secure: Server, authority: Authority
    ) -> None:
        polling = replace(QUICK, allow_hosts=("127.0.0.2",))
        url = secure.url.replace("127.0.0.1", "127.0.0.2")
        reading = ask("http", {"url": url, "ca": authority.ca}, polling=polling)
        assert reading.reason is Reason.UNREACHABLE

    def test_plain_http_at_a_tls_port_and_the_reverse(self, secure: Server, server: Server) -> None:
        assert not ask("http", {"url": server.url.replace("http:", "https:")}).reached
        assert ask("http", {"url": secure.url.replace("https:", "http:")}).health is Health.UNKNOWN

    def test_a_client_certificate_is_shown(self, authority: Authority) -> None:
        with serving(authority.context(ask_client=True)) as running:
            running.says("/", 200)
            settings = {"url": f"{running.url}/", "ca": authority.ca}
            ours = {
                "certificate": str(authority.folder / "client.pem"),
                "certificate_key": str(authority.folder / "client.key"),
            }
            assert ask("http", settings | ours).health is Health.OK
            assert ask("http", settings).reason is Reason.UNREACHABLE

    def test_a_missing_pem_file_is_our_own_fault(self, secure: Server) -> None:
        reading = ask("http", {"url": f"{secure.url}/", "ca": "/nowhere/ca.pem"})
        assert reading.reason is Reason.CONFIGURATION
        assert "/nowhere/ca.pem" in reading.message


class TestAllowList:
    """Only hosts of the settings are asked, token calls included."""

    def test_another_host_is_refused_without_a_connection(self, server: Server) -> None:
        polling = replace(QUICK, allow_hosts=("10.0.0.0/8", "*.platform.ke"))
        reading = ask("http", {"url": f"{server.url}/"}, polling=polling)
        assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.CONFIGURATION)
        assert "127.0.0.1 is not allowed: add it to allow_hosts" in reading.message
        assert server.asked == []

    def test_token_calls_are_guarded_too(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LAB_SECRET", "not-to-be-seen")
        auth = {
            "kind": "oauth2",
            "token_url": f"http://localhost:{server.port}/token",
            "client_id": "ssoc",
            "client_secret": "env:LAB_SECRET",
        }
        polling = replace(QUICK, allow_hosts=("127.0.0.1",))
        reading = ask("http", {"url": f"{server.url}/", "auth": auth}, polling=polling)
        assert reading.reason is Reason.CONFIGURATION
        assert "token call: host localhost is not allowed" in reading.message
        assert server.asked == []

    @pytest.mark.parametrize(
        ("host", "allowed", "is_allowed"),
        [
            pytest.param("core.ke", ("core.ke",), True, id="by name"),
            pytest.param("CORE.ke.", ("core.ke",), True, id="case and last dot do not matter"),
            pytest.param("a.b.platform.ke", ("*.platform.ke",), True, id="below a domain"),
            pytest.param("platform.ke", ("*.platform.ke",), False, id="not the domain itself"),
            pytest.param("evilplatform.ke", ("*.platform.ke",), False, id="not what ends alike"),
            pytest.param("10.1.2.3", ("10.0.0.0/8",), True, id="in a network"),
            pytest.param("11.1.2.3", ("10.0.0.0/8",), False, id="outside it"),
            pytest.param("[fd00::1]", ("fd00::/8",), True, id="IPv6"),
            pytest.param(
                "::ffff:10.0.0.1", ("10.0.0.0/8",), False, id="a mapped address is another"
            ),
            pytest.param("core.ke", ("10.0.0.0/8",), False, id="never by where a name points"),
            pytest.param("", ("*.ke",), False, id="none"),
            pytest.param("169.254.169.254", ("127.0.0.1", "localhost"), False, id="metadata"),
        ],
    )
    def test_hosts(self, host: str, allowed: tuple[str, ...], is_allowed: bool) -> None:
        assert (host_fault(host, allowed) == "") is is_allowed

    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/passwd",
            "gopher://ok/",
            "http://ok@evil/",
            "http://ok\\@evil/",
            "http://evil#@ok/",
            "http://evil?@ok/",
            "http://ok evil/",
            "http:///path",
            "//evil/",
            "http://[::1",
        ],
    )
    def test_tricks_in_addresses(self, url: str) -> None:
        assert url_fault(url, ("ok",))
