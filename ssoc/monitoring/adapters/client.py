"""The HTTP client of all adapters: bounded, guarded, and it never raises for the other side.

One :class:`Client` lives as long as the poller; it keeps a :class:`Target` per check, that is a
session, a token and what the adapter remembers. A target is asked by one poll at a time.
"""

import os
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from time import perf_counter
from typing import Any

import requests
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from ssoc.core.errors import BadSettings
from ssoc.core.settings import PollingSettings, secret
from ssoc.monitoring.adapters.answer import Answer, Failure, without_query
from ssoc.monitoring.adapters.failures import failure_of, was_dropped
from ssoc.monitoring.adapters.hosts import url_fault
from ssoc.monitoring.adapters.line import Line, Transport, trust
from ssoc.monitoring.reading import Reason

CHUNK = 8_192
AGENT = "ssoc"


@dataclass(frozen=True)
class Trust:
    """Whom a target trusts and what it shows: paths of PEM files, empty for the usual."""

    ca: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True)
class Question:
    """One HTTP request; ``form`` and ``json`` exclude each other."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] | None = None
    form: Any = None
    json: Any = None
    trust: Trust = Trust()


class Target:
    """What one check keeps between its polls: connections, secrets seen, token, memory."""

    def __init__(self) -> None:
        self.line = Line()
        self.memory: dict[str, Any] = {}
        self.secrets: set[str] = set()
        self.settings = PollingSettings()
        self._session: requests.Session | None = None
        self._trusted: object = None
        self._chosen: Mapping[str, Any] = {}

    def begin(
        self, settings: PollingSettings, chosen: Mapping[str, Any], total_seconds: float
    ) -> None:
        """Begin a poll: from now on everything ends within ``total_seconds``.

        What is remembered belongs to the ``chosen`` settings of the check and goes with them.
        """
        if chosen != self._chosen:
            self._chosen, self.memory = chosen, {}
        self.settings, self.secrets = settings, set()
        connect, read = settings.connect_timeout, settings.read_timeout
        self.line.allow(connect.total_seconds(), read.total_seconds(), total_seconds)

    def secret(self, reference: str) -> str:
        """Return the secret behind a reference and remember never to show it."""
        value = secret(reference)
        self.secrets.add(value)
        return value

    def ask(self, question: Question) -> Answer | Failure:
        """Return the answer, or why there is none; a redirect is an answer, not a hop."""
        if fault := url_fault(question.url, self.settings.allow_hosts):
            return Failure(Reason.CONFIGURATION, fault)
        where = without_query(question.url)
        opened = self.line.opened
        try:
            return self._send(question)
        except (OSError, HTTPError, ValueError) as error:  # requests' own are OSErrors
            is_reused = self.line.opened == opened
            if not (is_reused and question.method == "GET" and was_dropped(error)):
                return failure_of(error, where)
        try:
            return self._send(question)  # a kept connection had died of age: not the target's fault
        except (OSError, HTTPError, ValueError) as error:
            return failure_of(error, where)

    def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _send(self, question: Question) -> Answer | Failure:
        session = self._session_for(question.trust)
        began = perf_counter()
        request = requests.Request(
            question.method,
            question.url,
            headers={"User-Agent": AGENT, **question.headers},
            params=question.params,
            data=question.form,
            json=question.json,
        )
        proxies = get_environ_proxies(question.url) if self.settings.use_proxies else {}
        session.cookies.clear()
        with session.send(
            session.prepare_request(request),
            stream=True,
            allow_redirects=False,
            timeout=(self.line.connect_seconds, self.line.read_seconds),
            proxies=proxies,
        ) as response:
            return self._read(response, began, without_query(question.url))

    def _read(self, response: requests.Response, began: float, where: str) -> Answer | Failure:
        body, most = bytearray(), self.settings.most_body_bytes
        for chunk in response.iter_content(CHUNK):
            body += chunk
            if len(body) > most:
                response.close()  # the rest is neither read nor wanted
                start = bytes(body[:4_000]).decode("utf-8", "replace")
                text = f"{where} sent more than {most} bytes: see most_body_bytes in [polling]"
                return Failure(Reason.BAD_ANSWER, text, start)
        return Answer(
            response.status_code,
            bytes(body),
            {name.lower(): value for name, value in response.headers.items()},
            perf_counter() - began,
            certificate_end(self.line.certificate) if where.startswith("https") else None,
        )

    def _session_for(self, chosen: Trust) -> requests.Session:
        """Return the session; a new one when the trust or a file of it has changed."""
        stamp = (chosen, _changed_at(chosen.ca), _changed_at(chosen.certificate))
        if self._session is None or stamp != self._trusted:
            self.close()
            context = _context(*stamp)
            self._session = requests.Session()
            self._session.trust_env = False
            self._session.mount("http://", Transport(self.line, context))
            self._session.mount("https://", Transport(self.line, context))
            self._trusted = stamp
        return self._session


class Client:
    """The targets of a poller, by check; safe to share between its threads."""

    def __init__(self) -> None:
        self._targets: dict[str, Target] = {}
        self._lock = threading.Lock()

    def target(self, check: str) -> Target:
        """Return what is kept for a check."""
        with self._lock:
            return self._targets.setdefault(check, Target())

    def forget(self, check: str) -> None:
        """Close and forget a check that is polled no more, or whose settings changed."""
        with self._lock:
            target = self._targets.pop(check, None)
        if target is not None:
            target.close()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            targets, self._targets = list(self._targets.values()), {}
        for target in targets:
            target.close()


def certificate_end(certificate: Mapping[str, Any]) -> datetime | None:
    """Return when a certificate, as ``ssl`` describes it, runs out."""
    ends = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None


@lru_cache(maxsize=64)
def _context(chosen: Trust, *_changed: int) -> ssl.SSLContext:
    """Return the trust of many targets: parsing the public CAs takes 20 ms and a megabyte."""
    try:
        return trust(chosen.ca, chosen.certificate, chosen.key)
    except (OSError, ssl.SSLError):
        files = ", ".join(path for path in (chosen.ca, chosen.certificate, chosen.key) if path)
        raise BadSettings(f"cannot read the PEM files {files}: check paths and rights") from None


def _changed_at(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns if path else 0
    except OSError:
        return -1
