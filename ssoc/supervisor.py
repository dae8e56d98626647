"""``ssoc up``: web server and scheduler as child processes on one machine.

Imports next to nothing: it only starts, watches and ends what does the work.
"""

import ctypes
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

from ssoc.core.errors import Conflict

log = logging.getLogger(__name__)
_SSOC = (sys.executable, "-P", "-m", "ssoc")
PREPARE = (*_SSOC, "prepare")
CHILDREN = {"web": (*_SSOC, "web"), "scheduler": (*_SSOC, "scheduler")}
LEAN = {"MALLOC_ARENA_MAX": "2"}  # else each of many threads keeps memory of its own
LONG_ENOUGH = 10.0  # a child that lived so many seconds is started again at once
LONGEST_PAUSE = 30.0
GRACE_SECONDS = 15.0  # web alone takes ten to answer what is in flight
_PR_SET_PDEATHSIG = 1


class _Child:
    """One command that is to run for ever; one that keeps ending is given longer pauses."""

    def __init__(self, name: str, command: Sequence[str], pause: float) -> None:
        self.name, self._command, self._least = name, command, pause
        self._pause, self._since, self._due = pause, 0.0, 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start it if it does not run and its pause is over."""
        now = monotonic()
        if self.process is not None and self.process.poll() is not None:
            lived = now - self._since
            self._pause = (
                self._least if lived > LONG_ENOUGH else min(self._pause * 2, LONGEST_PAUSE)
            )
            self._due = now + self._pause
            log.error(
                "%s ended with %s after %.0f s, starting it again in %.1f s",
                *(self.name, self.process.returncode, lived, self._pause),
            )
            self.process = None
        if self.process is None and now >= self._due:
            self._since, self.process = now, _start(self._command)


def supervise(
    stop: Event, children: Mapping[str, Sequence[str]] = CHILDREN, pause: float = 1.0
) -> None:
    """Keep every child running until ``stop`` is set, then end them politely."""
    running = [_Child(name, command, pause) for name, command in children.items()]
    while not stop.is_set():
        for child in running:
            child.look()
        stop.wait(pause)
    end([child.process for child in running if child.process is not None])


def end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask all of them to end, wait, and kill those that do not."""
    for process in processes:
        process.terminate()
    until = monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(0.1, until - monotonic()))
        except subprocess.TimeoutExpired:
            log.error("process %s does not end, killing it", process.pid)
            process.kill()
            process.wait()


def run_first(command: Sequence[str]) -> int:
    """Run one command to its end before the children start; return its exit status."""
    with _start(command) as process:
        try:
            return process.wait()
        except BaseException:
            end([process])
            raise


def require_free(address: str) -> None:
    """Raise Conflict with the cure when something listens on ``HOST:PORT`` already."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            raise Conflict(
                f"cannot listen on {address}: {error.strerror}; end what listens there, "
                "or choose another with --listen HOST:PORT"
            ) from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only ``ssoc up`` of an installation, or raise Conflict that names the other.

    The kernel frees the lock when its owner dies, however it dies.
    """
    path = folder / "ssoc.up"
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        _lock(file, path)
        yield
    finally:
        os.close(file)


def _lock(file: int, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        process = os.read(file, 20).decode(errors="replace").strip() or "unknown"
        raise Conflict(
            f"ssoc up runs here already (process {process}); use it, or end it with "
            f"kill {process}, or start another in a folder of its own"
        ) from None
    try:
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> Conflict:
    return Conflict(
        f"{path}: {error.strerror}; run ssoc up in a folder you may write to, with room on its disk"
    )


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    parent = os.getpid()
    return subprocess.Popen(  # noqa: S603 (our own commands)
        command, preexec_fn=lambda: _die_with(parent), env={**LEAN, **os.environ}
    )


def _die_with(parent: int) -> None:
    """Ask the kernel to end the child when a hard-killed supervisor leaves it alone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died meanwhile
            os._exit(1)
