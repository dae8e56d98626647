"""What came back from a target, before and after an adapter has understood it. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ssoc.monitoring.reading import Health, Reading, Reason, Sample
from ssoc.monitoring.report import Report

LONGEST_RAW = 2_000
LONGEST_MESSAGE = 500
_TELLING = "(?:token|secret|password|passwd|session_?id|api_?key|authorization)"
_SECRET_FIELD = re.compile(
    rf'("[^"]*{_TELLING}[^"]*"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}}\]]+)', re.IGNORECASE
)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, read whole; header names are in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    certificate_ends_at: datetime | None = None

    @property
    def text(self) -> str:
        """Return the body as text; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:  # noqa: ANN401 (whatever the other side sent)
        """Return the parsed body, or raise ValueError."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("JSON nested too deeply") from None

    @property
    def is_success(self) -> bool:
        """Tell whether the status is 2xx."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Outcome:
    """What an adapter made of the answer; the frame adds check, instant and duration."""

    health: Health
    reason: Reason = Reason.NONE
    message: str = ""
    samples: Sequence[Sample] = ()
    raw: str = ""
    reports: Sequence[Report] = ()


@dataclass(frozen=True)
class Pulled(Reading):
    """A Reading of a target that keeps alerts itself, with what it said about them.

    The reports' ``market`` is the check's own and their ``component`` empty: whoever takes them
    in places them by their labels.
    """

    reports: Sequence[Report] = ()


class Failure(Outcome):
    """An Outcome without an answer that counts: health unknown, with a reason."""

    def __init__(
        self, reason: Reason, message: str, raw: str = "", samples: Sequence[Sample] = ()
    ) -> None:
        super().__init__(Health.UNKNOWN, reason, message, samples, raw)


def refusal(answer: Answer) -> Failure | None:
    """Return why a status other than 2xx brings no answer; None for 2xx."""
    if answer.is_success:
        return None
    reason, text = _STATUS.get(answer.status, _by_hundred(answer.status))
    message = f"HTTP {answer.status}: {text}"
    if reason is Reason.ERROR_ANSWER:  # titles leave out what stands in brackets
        return Failure(reason, f"answers HTTP {answer.status} ({_with(text, answer)})", answer.text)
    if 300 <= answer.status < 400:
        message += f" to {without_query(answer.headers.get('location', 'nowhere'))}"
    elif said := complaint(answer):
        message += f": {said}"
    return Failure(reason, message, answer.text)


def _with(text: str, answer: Answer) -> str:
    return ": ".join(filter(None, (text, complaint(answer))))


_STATUS: Mapping[int, tuple[Reason, str]] = {
    400: (Reason.CONFIGURATION, "it does not understand our question"),
    401: (Reason.REFUSED, "it refuses our credentials"),
    403: (Reason.REFUSED, "our credentials may not ask this"),
    404: (Reason.CONFIGURATION, "nothing there; check the address"),
    405: (Reason.CONFIGURATION, "it does not take this method; check the address"),
    407: (Reason.REFUSED, "a proxy refuses us"),
    408: (Reason.ERROR_ANSWER, "it gave up waiting"),
    429: (Reason.CONFIGURATION, "we ask too often; raise the interval"),
}


def _by_hundred(status: int) -> tuple[Reason, str]:
    if status >= 500:
        return Reason.ERROR_ANSWER, "it answers with an error"
    if status >= 400:
        return Reason.CONFIGURATION, "it does not accept our question"
    return Reason.BAD_ANSWER, "a redirect, which is not followed," if status >= 300 else "no answer"


_COMPLAINTS = (
    "errordescription",
    "errorDescription",
    "errorMessage",
    "error_description",
    "error",
    "message",
    "detail",
)


def complaint(answer: Answer) -> str:
    """Return what the body of an error says in words, on one line; empty if it says nothing."""
    try:
        body = answer.json
    except ValueError:
        plain = "text/plain" in answer.headers.get("content-type", "")
        return one_line(answer.text, 200) if plain else ""
    if not isinstance(body, dict):
        return one_line(body, 200) if isinstance(body, str) else ""
    names = ("errordescription", "errorDescription", "errorMessage", "error", "message", "detail")
    return next(
        (one_line(body[name], 200) for name in names if isinstance(body.get(name), str)), ""
    )


_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_NO_TEXT = "\ufffd\ufffe\uffff\ud800-\udfff"
_UNREADABLE = re.compile(f"[{_CONTROL}{_NO_TEXT}]+")


def is_readable(text: str) -> bool:
    """Tell whether text holds no control signs and nothing that is no UTF-8."""
    return _UNREADABLE.search(text) is None


def one_line(text: str, most: int = LONGEST_MESSAGE) -> str:
    """Return text on one line, without signs that cannot be read, cut to ``most`` characters."""
    line = " ".join(_UNREADABLE.sub(" ", text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def without_query(url: str) -> str:
    """Return an address without user, query and fragment, where secrets may stand."""
    return re.sub(r"//[^/@]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return text without the given secrets and without JSON fields whose name tells of one."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    return _SECRET_FIELD.sub(r'\1"***"', text)


def names_a_secret(name: str) -> bool:
    """Tell whether a field of this name holds what must not be shown."""
    return re.search(_TELLING, name, re.IGNORECASE) is not None


def raw_sample(text: str, secrets: Iterable[str]) -> str:
    """Return at most 2 kB of an answer, redacted, without characters databases refuse."""
    clean = redact(text, secrets).replace("\x00", "�")
    return clean.encode("utf-8", "replace")[:LONGEST_RAW].decode("utf-8", "ignore")
