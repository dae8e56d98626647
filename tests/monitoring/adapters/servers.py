"""Real loopback servers that behave as badly as the tests ask."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Asked:
    """One request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int  # the client's: tells connections apart


@dataclass
class Server:
    """A running server; ``answers`` maps paths to what is done with a request."""

    url: str = ""
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, Callable[["Handler"], None]] = field(default_factory=dict)
    ending: threading.Event = field(default_factory=threading.Event)

    def says(self, path: str, status: int, body: str | bytes = "", **headers: str) -> None:
        """Answer always the same at ``path``; ``content_type`` and other headers by name."""
        raw = body.encode() if isinstance(body, str) else body
        self.answers[path] = lambda handler: handler.give(status, raw, headers)

    def times(self, path: str) -> int:
        """Return how often a path was asked."""
        return sum(each.path.split("?")[0] == path for each in self.asked)


class Handler(BaseHTTPRequestHandler):
    """Records the request and does what the server's answers say."""

    protocol_version = "HTTP/1.1"
    ours: Server

    def give(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Send one whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:  # noqa: N802 (the library's name)
        """Answer a request."""
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        path, port = self.path, self.client_address[1]
        self.ours.asked.append(Asked(self.command, path, headers, body, port))
        answer = self.ours.answers.get(path.split("?")[0])
        try:
            if answer is None:
                self.give(404, b"", {})
            else:
                answer(self)
        except OSError:
            self.close_connection = True  # the client had enough

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing: clients that hang up are what is tested."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server on a free port, with TLS if a context is given."""
    ours = Server()
    http = _Quiet(("127.0.0.1", 0), type("OurHandler", (Handler,), {"ours": ours}))
    if context is not None:
        http.socket = context.wrap_socket(
            http.socket, server_side=True, do_handshake_on_connect=False
        )
    ours.port = http.server_address[1]
    ours.url = f"{'https' if context else 'http'}://127.0.0.1:{ours.port}"
    thread = threading.Thread(
        target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield ours
    finally:
        ours.ending.set()
        http.shutdown()
        http.server_close()
        thread.join()


def drip(part: bytes, head: bytes = b"") -> Callable[[Handler], None]:
    """Return an answer of ``head``, then ``part`` every 50 ms without end."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(head)
        while not handler.ours.ending.wait(0.05):
            handler.wfile.write(part)
            handler.wfile.flush()

    return answer


def hang(handler: Handler) -> None:
    """Say nothing until the test is over."""
    handler.ours.ending.wait(600)


@dataclass(frozen=True)
class Authority:
    """Files of a private CA with one server and one client certificate."""

    folder: Path

    @property
    def ca(self) -> str:
        """Return the CA's certificate."""
        return str(self.folder / "ca.pem")

    def context(self, ask_client: bool = False) -> ssl.SSLContext:
        """Return what a server with our certificate uses."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        if ask_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context
