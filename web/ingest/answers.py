"""What we say back, in the words of whoever asked: each format has its own way of refusing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

JSON = "application/json"
PROBLEM = "application/problem+json"
TEXT = "text/plain; charset=utf-8"
MOST_MESSAGES = 20
RETRY = (("Retry-After", "2"),)


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Sequence[tuple[str, str]] = ()

    @property
    def line(self) -> str:
        """Return the status line."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


Refuse = Callable[[int, Sequence[str]], Answer]


def _answer(status: int, content: object, content_type: str = JSON) -> Answer:
    return Answer(status, orjson.dumps(content), content_type, _headers(status))


def _headers(status: int) -> tuple[tuple[str, str], ...]:
    if status == HTTPStatus.UNAUTHORIZED:
        return (("WWW-Authenticate", 'Bearer realm="ssoc"'),)
    return RETRY if status == HTTPStatus.SERVICE_UNAVAILABLE else ()


def joined(messages: Sequence[str]) -> str:
    """Return the first messages as one text."""
    once = list(dict.fromkeys(messages))
    more = [f"{len(once) - MOST_MESSAGES} more"] if len(once) > MOST_MESSAGES else []
    return "; ".join([*once[:MOST_MESSAGES], *more])


def json_of(status: int, content: object) -> Answer:
    """Answer with ``content``."""
    return _answer(status, content)


def alertmanager_refusal(status: int, messages: Sequence[str]) -> Answer:
    """Refuse a request as Alertmanager's API version 2 does."""
    return _answer(status, {"code": status, "message": joined(messages)})


def alertmanager_text(status: int, messages: Sequence[str]) -> Answer:
    """Refuse as Alertmanager does after it has read the body: a bare JSON text."""
    return _answer(status, joined(messages))


def alertmanager_v1_refusal(status: int, messages: Sequence[str]) -> Answer:
    """Refuse a request as Alertmanager's API version 1 did."""
    kind = "bad_data" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    return _answer(status, {"status": "error", "errorType": kind, "error": joined(messages)})


def pagerduty_refusal(status: int, messages: Sequence[str]) -> Answer:
    """Refuse an event as PagerDuty does; its clients repeat 429 and 5xx, never 4xx."""
    words: dict[int, tuple[str, str]] = {
        400: ("invalid event", "Event object is invalid"),
        401: ("invalid key", "routing_key is not a token of this console"),
        403: ("not allowed", "the token of this routing_key may not do that"),
        405: ("invalid method", "Events are sent by POST"),
        413: ("invalid event", "Event object is too large"),
        415: ("invalid event", "Event object cannot be read"),
        503: ("unavailable", "Event was not stored; send the same again"),
    }
    state, message = words.get(status, ("error", HTTPStatus(status).phrase))
    errors = list(dict.fromkeys(messages))[:MOST_MESSAGES]
    return _answer(status, {"status": state, "message": message, "errors": errors})


def problem(status: int, messages: Sequence[str], **more: Any) -> Answer:  # noqa: ANN401
    """Refuse with a problem document (RFC 9457)."""
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": joined(messages)}
    return _answer(status, content | more, PROBLEM)


def plain(status: int, messages: Sequence[str]) -> Answer:
    """Answer in one line of text."""
    return Answer(status, joined(messages).encode(), TEXT, _headers(status))
