"""``ssoc up``: web server and scheduler as child processes on one machine."""

import ctypes
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from threading import Event

from ssoc.core.errors import Conflict

log = logging.getLogger(__name__)
CHILDREN = {
    "web": (sys.executable, "-m", "ssoc", "web"),
    "scheduler": (sys.executable, "-m", "ssoc", "scheduler"),
}
_PR_SET_PDEATHSIG = 1


def supervise(
    stop: Event, children: Mapping[str, Sequence[str]] = CHILDREN, pause: float = 1.0
) -> None:
    """Keep every child running until ``stop`` is set, then end them politely."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    while not stop.is_set():
        for name, command in children.items():
            child = running.get(name)
            if child is None or child.poll() is not None:
                if child is not None:
                    log.error("%s ended with %s, starting it again", name, child.returncode)
                running[name] = subprocess.Popen(  # noqa: S603 (our own commands)
                    command, preexec_fn=_die_with_parent
                )
        stop.wait(pause)
    for child in running.values():
        child.terminate()
    for child in running.values():
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()


def require_free(address: str) -> None:
    """Raise Conflict with the cure when something listens on ``HOST:PORT`` already."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise Conflict(
                f"cannot listen on {address}: {error.strerror}; end what listens there, "
                "or choose another with --listen HOST:PORT"
            ) from error


def _die_with_parent() -> None:
    """Ask the kernel to end the child when a hard-killed supervisor leaves it alone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
