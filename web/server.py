"""The embedded server: waitress that finishes what is in flight before it ends."""

import logging
import socket
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Any

from waitress.server import create_server
from waitress.wasyncore import loop

from ssoc.core.errors import Conflict, SsocError
from ssoc.core.settings import listen as checked

log = logging.getLogger(__name__)
GRACE_SECONDS = 10.0
BACKLOG = 1024


def bind(listen: str) -> socket.socket:
    """Return a listening socket, or raise what is wrong with HOST:PORT and its cure."""
    try:
        host, _, port = checked(listen).rpartition(":")
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise SsocError(
            f"cannot listen on {listen}: {error}; give HOST:PORT of this machine"
        ) from None
    family, _, _, _, place = found[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(place)
    except OSError as error:
        bound.close()
        raise Conflict(
            f"cannot listen on {listen}: {error.strerror}; end what uses the port, or choose "
            "another with --listen or web.listen in ssoc.toml"
        ) from None
    return bound


class Server:
    """Serves one WSGI application until ``stop`` is called."""

    def __init__(self, app: Any, bound: socket.socket, threads: int) -> None:  # noqa: ANN401 (WSGI)
        self._stopping = Event()
        self._server: Any = create_server(
            app,
            sockets=[bound],
            threads=threads,
            backlog=BACKLOG,
            connection_limit=1000,
            channel_timeout=75,
            max_request_body_size=268_435_456,  # each door has its own, smaller limit
            clear_untrusted_proxy_headers=False,  # the application trusts by its own setting
            ident="ssoc",
        )
        host, port = self._server.socket.getsockname()[:2]
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def run(self) -> None:
        """Serve; returns once ``stop`` was called and what was in flight is answered."""
        while not self._stopping.is_set():
            self._turn()
        self._server.del_channel(self._server._map)  # noqa: SLF001 (accept nothing new)
        self._server.socket.close()
        until = monotonic() + GRACE_SECONDS
        while self._is_busy() and monotonic() < until:
            self._turn(0.05)
        if self._is_busy():
            log.warning("ended with requests unanswered after %s s", GRACE_SECONDS)
        self._server.task_dispatcher.shutdown(timeout=1)
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.trigger.close()

    def stop(self) -> None:
        """Ask ``run`` to end; safe from a signal handler and from other threads."""
        self._stopping.set()
        with suppress(OSError):  # it may have seen that and ended before it is woken
            self._server.pull_trigger()

    def _turn(self, seconds: float = 1.0) -> None:
        loop(timeout=seconds, map=self._server._map, count=1, use_poll=True)  # noqa: SLF001

    def _is_busy(self) -> bool:
        channels = list(self._server.active_channels.values())
        return any(each.requests or each.total_outbufs_len for each in channels)
