"""Starts real tools on free loopback ports with short intervals, and ends them by process.

``peers(folder, [Receiver(url, token)])`` gives a running Prometheus, Alertmanager, pushgateway,
node exporter and blackbox exporter. Prometheus pushes alerts to each receiver's Alertmanager API,
Alertmanager sends each one its webhook and PagerDuty events.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.peers import configuration
from tests.peers.configuration import Receiver

__all__ = ["Peers", "Process", "Receiver", "free_port", "missing", "peers", "require", "wait_until"]

PROGRAMS: Mapping[str, str] = {
    "pushgateway": "prometheus-pushgateway",
    "node": "prometheus-node-exporter",
    "blackbox": "prometheus-blackbox-exporter",
    "alertmanager": "prometheus-alertmanager",
    "prometheus": "prometheus",
}
CACHE = Path.home() / ".cache" / "ssoc-peers"
HEALTHY, FAILING = 0.998, 0.71


def require(reason: str) -> None:
    """Skip the test loudly, or fail it when SSOC_REQUIRE_PEERS=1."""
    text = f"REAL PEER NOT TESTED: {reason}"
    if os.environ.get("SSOC_REQUIRE_PEERS") == "1":
        pytest.fail(text)
    pytest.skip(text)


def missing(programs: Sequence[str]) -> list[str]:
    """Return the programs that are not installed."""
    return [name for name in programs if shutil.which(name) is None]


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until ``ready`` says so and return how long it took; fail after the deadline."""
    began = time.monotonic()
    while not ready():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.05)
    return time.monotonic() - began


def answers(url: str) -> bool:
    """Tell whether ``url`` gives any 2xx answer."""
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 (loopback addresses of ours)
            return bool(200 <= answer.status < 300)
    except (URLError, OSError, http.client.HTTPException):
        return False


@dataclass
class Process:
    """One program of somebody else's; it is ended by its own process id."""

    name: str
    command: Sequence[str]
    folder: Path
    ready: str
    environment: Mapping[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 20) -> "Process":
        """Start it and wait until its address answers."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.running = subprocess.Popen(
                list(self.command),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        try:
            wait_until(self._is_ready, seconds, f"{self.name} at {self.ready}")
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{self.log()[-1500:]}") from None
        return self

    def _is_ready(self) -> bool:
        assert self.running is not None
        if self.running.poll() is not None:
            raise AssertionError(f"{self.name} ended with status {self.running.returncode}")
        return answers(self.ready)

    def log(self) -> str:
        """Return what it printed so far."""
        return (self.folder / f"{self.name}.log").read_text(errors="replace")

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it; ``SIGKILL`` for a sudden death."""
        if self.running is None:
            return
        if self.running.poll() is None:
            self.running.send_signal(how)
        try:
            self.running.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait(timeout=10)
        self.running = None


@dataclass
class Peers:
    """The running tools, and figures of country platforms to feed them."""

    folder: Path
    ports: Mapping[str, int]
    processes: dict[str, Process]

    def url(self, name: str, path: str = "") -> str:
        """Return the address of a tool, such as ``url("prometheus", "/-/ready")``."""
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    def start(self, name: str) -> None:
        """Start a tool again."""
        self.processes[name].start()

    def stop(self, name: str) -> None:
        """End a tool in good order."""
        self.processes[name].stop()

    def kill(self, name: str) -> None:
        """End a tool without warning."""
        self.processes[name].stop(signal.SIGKILL)

    def fire(self, *countries: str) -> None:
        """Let the success ratio of countries fall to 0.71 (MobileMoneySuccessLow fires)."""
        self.ratio(FAILING, *countries)

    def resolve(self, *countries: str) -> None:
        """Give countries a healthy success ratio of 0.998."""
        self.ratio(HEALTHY, *countries)

    def ratio(self, value: float, *countries: str) -> None:
        """Put the figures of a platform with this success ratio into the pushgateway."""
        for country in countries or ("KE",):
            text = configuration.figures(value)
            self._push("POST", f"/metrics/job/mobile_money/country/{country}", text)

    def clear(self, *countries: str) -> None:
        """Take the figures of countries away: no data."""
        for country in countries or ("KE",):
            self._push("DELETE", f"/metrics/job/mobile_money/country/{country}")

    def burst(self, count: int) -> None:
        """Let five rules fire for ``count`` countries each; 0 ends it."""
        self._push("DELETE", "/metrics/job/burst")
        if count:
            lines = [f'mm_burst{{country="C{number:03}"}} 1' for number in range(count)]
            self._push("POST", "/metrics/job/burst", "\n".join(lines) + "\n")

    def firing(self) -> set[tuple[str, str]]:
        """Return (alert name, country) of what Prometheus itself says is firing."""
        with urlopen(self.url("prometheus", "/api/v1/alerts"), timeout=5) as answer:  # noqa: S310
            alerts = json.load(answer)["data"]["alerts"]
        return {
            (alert["labels"]["alertname"], alert["labels"].get("country", ""))
            for alert in alerts
            if alert["state"] == "firing"
        }

    def _push(self, method: str, path: str, text: str = "") -> None:
        url = self.url("pushgateway", path)
        request = Request(url, data=text.encode() or None, method=method)  # noqa: S310
        with urlopen(request, timeout=5) as answer:  # noqa: S310
            answer.read()


@contextmanager
def peers(
    folder: Path,
    receivers: Sequence[Receiver] = (),
    only: Sequence[str] = tuple(PROGRAMS),
    scrape: str = "2s",
    resend: str = "",
) -> Iterator[Peers]:
    """Run the tools named in ``only`` in ``folder``, sending to ``receivers``; end them after.

    Args:
        folder: an empty folder for data, logs and the configuration written for this run.
        receivers: who gets the alerts, several if the copies shall be compared.
        only: names of PROGRAMS, in the order to start them.
        scrape: how often Prometheus scrapes and evaluates.
        resend: how long it waits before it repeats an alert; a minute when empty.

    """
    if lacking := missing([PROGRAMS[name] for name in only]):
        require(f"not installed: {', '.join(lacking)}")
    for receiver in receivers:
        assert (urlsplit(receiver.url).hostname or "") in {"127.0.0.1", "localhost", "::1"}
    ports = {name: free_port() for name in PROGRAMS}
    configuration.write(folder, ports, receivers, scrape)
    processes = {name: _process(name, folder, ports[name]) for name in only}
    if resend:
        prometheus = processes["prometheus"]
        prometheus.command = [*prometheus.command, f"--rules.alert.resend-delay={resend}"]
    try:
        for process in processes.values():
            process.start()
        yield Peers(folder, ports, processes)
    finally:
        for process in reversed(processes.values()):
            process.stop()


def _process(name: str, folder: Path, port: int) -> Process:
    here = f"127.0.0.1:{port}"
    options = {
        "prometheus": [
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/prometheus",
            "--storage.tsdb.retention.time=6h",
            f"--web.external-url=http://{here}/",
        ],
        "alertmanager": [
            f"--config.file={folder}/alertmanager.yml",
            f"--storage.path={folder}/alertmanager",
            f"--web.external-url=http://{here}/",
            "--cluster.listen-address=",
        ],
        "blackbox": [f"--config.file={folder}/blackbox.yml"],
        "node": ["--collector.disable-defaults", "--collector.loadavg", "--collector.time"],
        "pushgateway": [],
    }[name]
    paths = {"prometheus": "/-/ready", "alertmanager": "/-/ready", "pushgateway": "/-/ready"}
    command = [PROGRAMS[name], f"--web.listen-address={here}", *options]
    return Process(name, command, folder, f"http://{here}{paths.get(name, '/metrics')}")
