"""What a broken request means, told from the exceptions of the HTTP library. Pure."""

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator

from requests import exceptions as requested
from urllib3 import exceptions as urllib3

from ssoc.monitoring.adapters.answer import Failure, one_line
from ssoc.monitoring.reading import Reason

_UNUSABLE = (
    requested.InvalidURL,
    requested.InvalidHeader,
    requested.InvalidJSONError,
    UnicodeError,  # a header or host that cannot be written
    requested.InvalidSchema,
    requested.MissingSchema,
    urllib3.LocationParseError,
)
_UNREADABLE = (requested.ContentDecodingError, urllib3.DecodeError)


def failure_of(error: BaseException, where: str) -> Failure:
    """Return reason and words for an exception of a request to ``where`` (no secrets in it)."""
    causes = list(_causes(error))
    if any(isinstance(each, _UNUSABLE) for each in causes):
        return Failure(Reason.CONFIGURATION, f"the address or a header for {where} is unusable")
    if any(isinstance(each, _UNREADABLE) for each in causes):
        return Failure(Reason.BAD_ANSWER, f"{where} sent a body that cannot be decompressed")
    for each in reversed(causes):  # the innermost tells most
        if words := _network_words(each):
            return Failure(Reason.UNREACHABLE, f"{where}: {words}")
    if any(isinstance(each, http.client.HTTPException | urllib3.ProtocolError) for each in causes):
        return Failure(Reason.BAD_ANSWER, f"{where} does not speak HTTP")
    return Failure(Reason.UNREACHABLE, f"{where}: {type(error).__name__}")


def was_dropped(error: BaseException) -> bool:
    """Tell whether the other side had closed a connection that we used again."""
    dropped = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
    return any(isinstance(each, dropped) for each in _causes(error))


def _network_words(error: BaseException) -> str:
    for kinds, words in _WORDS:
        if isinstance(error, kinds):
            return words
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: certificate not trusted: {one_line(error.verify_message, 200)}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or 'handshake failed').replace('_', ' ').lower()}"
    if isinstance(error, OSError) and error.errno is not None:
        name = errno.errorcode.get(error.errno, "network error")
        return one_line(error.strerror or name, 200).lower()
    return ""


_WORDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (socket.gaierror, "name not found"),
    (ConnectionRefusedError, "connection refused"),
    ((TimeoutError, requested.Timeout, urllib3.TimeoutError), "timed out"),
    (http.client.RemoteDisconnected, "it closed the connection without an answer"),
    (ConnectionResetError, "connection reset"),
    ((http.client.IncompleteRead, urllib3.IncompleteRead), "connection lost in mid answer"),
    (requested.ProxyError, "the proxy does not let us through"),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and everything it wraps, outermost first."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
        waiting += [one for one in inner if isinstance(one, BaseException)]
