"""Connections that keep a deadline: a peer that drips a byte a second ends in time too.

``requests`` bounds each wait for bytes, not their sum. Here every wait is cut to what is left of
the poll's budget, resolving names, the TLS handshake and header lines included.
"""

import contextlib
import socket
import ssl
import threading
from functools import partial
from time import monotonic
from typing import Any

import certifi
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

OVER = "no whole answer within the time for a poll"


class Line:
    """What the connections of one target share: the deadline, and the certificate last seen."""

    def __init__(self) -> None:
        self.deadline = 0.0
        self.connect_seconds = 3.0
        self.read_seconds = 8.0
        self.opened = 0
        self.certificate: dict[str, Any] = {}

    def allow(self, connect: float, read: float, total: float) -> None:
        """Begin a poll that may take ``total`` seconds."""
        self.connect_seconds, self.read_seconds = connect, read
        self.deadline = monotonic() + total

    def patience(self, most: float) -> float:
        """Return how long the next wait may be, or raise TimeoutError when none is left."""
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError(OVER)
        return min(most, left)

    def connect(self, host: str, port: int) -> "PlainSocket":
        """Return a connected socket to the first address of ``host`` that answers."""
        problem: OSError = socket.gaierror(socket.EAI_NONAME, f"no address for {host}")
        for family, kind, protocol, _, where in resolve(
            host, port, self.patience(self.connect_seconds)
        ):
            link = PlainSocket(family, kind, protocol)
            try:
                link.line = self
                link.settimeout(self.patience(self.connect_seconds))
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                link.connect(where)
            except OSError as error:
                link.close()
                problem = error
            else:
                link.settimeout(self.patience(self.connect_seconds))
                self.opened += 1
                return link
        raise problem


def resolve(host: str, port: int, seconds: float) -> list[Any]:
    """Return the addresses of ``host`` as getaddrinfo does, or raise OSError within ``seconds``.

    The system's resolver cannot be told when to stop, so it works in a thread of its own.
    """
    with contextlib.suppress(OSError, UnicodeError):  # an address needs no name service
        numeric = socket.AI_NUMERICHOST
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=numeric))
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=look, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimeoutError(f"no answer from the name service for {host}")
    if isinstance(found[0], UnicodeError):
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is no host name")
    if isinstance(found[0], OSError):
        raise found[0]
    return list(found[0])


class _Bounded:
    """Cut every wait of a socket to what its line allows."""

    line: Line | None = None

    def recv_into(self, *given: Any, **named: Any) -> int:  # noqa: ANN401
        """Read as sockets do, but not past the deadline."""
        if self.line is not None:
            self.settimeout(self.line.patience(self.line.read_seconds))  # type: ignore[attr-defined]
        return int(super().recv_into(*given, **named))  # type: ignore[misc]

    def sendall(self, *given: Any, **named: Any) -> None:  # noqa: ANN401
        """Write as sockets do, but not past the deadline."""
        if self.line is not None:
            self.settimeout(self.line.patience(self.line.read_seconds))  # type: ignore[attr-defined]
        super().sendall(*given, **named)  # type: ignore[misc]


class PlainSocket(_Bounded, socket.socket):
    """A socket that keeps the deadline of its line."""


class TlsSocket(_Bounded, ssl.SSLSocket):
    """The same with TLS."""


class _Plain(HTTPConnection):
    def __init__(self, *given: Any, line: Line, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*given, **named)
        self._line = line

    def _new_conn(self) -> socket.socket:
        return self._line.connect(self.host, self.port)


class _Secure(HTTPSConnection):
    def __init__(self, *given: Any, line: Line, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*given, **named)
        self._line = line

    def _new_conn(self) -> socket.socket:
        return self._line.connect(self.host, int(self.port or 443))

    def connect(self) -> None:
        super().connect()
        link = self.sock
        if isinstance(link, TlsSocket):
            link.line = self._line
            self._line.certificate = dict(link.getpeercert() or {})


def trust(ca: str = "", certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Return what we trust and show: a private CA instead of the public ones, a certificate."""
    context = ssl.create_default_context(cafile=ca or certifi.where())
    context.sslsocket_class = TlsSocket
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


class Transport(HTTPAdapter):
    """The HTTP library's transport over connections of one line and one trust."""

    def __init__(self, line: Line, context: ssl.SSLContext) -> None:
        self._line, self._context = line, context
        super().__init__(pool_connections=4, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *given: Any, **named: Any) -> None:  # noqa: ANN401
        """Make the pools of direct connections."""
        super().init_poolmanager(*given, **named)
        self._dress(self.poolmanager)

    def proxy_manager_for(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*given, **named)
        self._dress(manager)
        return manager

    def build_connection_pool_key_attributes(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401
        """Use our own trust; the library would load its file of CAs at every connection."""
        host, _ = super().build_connection_pool_key_attributes(*given, **named)
        return host, {"ssl_context": self._context} if host["scheme"] == "https" else {}

    def cert_verify(self, *_given: Any, **_named: Any) -> None:  # noqa: ANN401
        """Leave the trust as it is: the context decides."""

    def _dress(self, manager: Any) -> None:  # noqa: ANN401
        manager.pool_classes_by_scheme = {
            "http": partial(self._pool, HTTPConnectionPool, _Plain),
            "https": partial(self._pool, HTTPSConnectionPool, _Secure),
        }

    def _pool(self, kind: Any, connection: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401
        pool = kind(*given, **named)
        pool.ConnectionCls = partial(connection, line=self._line)
        return pool


def close_quietly(link: socket.socket) -> None:
    """Close a socket whatever state it is in."""
    with contextlib.suppress(OSError):
        link.close()
