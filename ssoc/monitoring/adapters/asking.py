"""The frame around every adapter: settings in, one Reading out, and nothing raised.

Settings that every adapter asking by HTTP shares stand in :class:`HttpOptions`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, TypeVar

from ssoc.core.errors import BadSettings
from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import auth as auths
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import (
    Answer,
    Failure,
    Outcome,
    Pulled,
    one_line,
    raw_sample,
    redact,
)
from ssoc.monitoring.adapters.client import Client, Question, Target, Trust
from ssoc.monitoring.adapters.fields import Misconfigured, may
from ssoc.monitoring.reading import Reading, Reason, Sample


@dataclass(frozen=True, kw_only=True)
class HttpOptions:
    """Settings of every adapter that asks by HTTP."""

    headers: Mapping[str, str] = may(
        fields.headers, "more headers; a value env:NAME or file:PATH is a secret", {}
    )
    auth: auths.Auth = may(auths.auth, "who we are: a mapping with kind, see auth", auths.NoAuth())
    ca: str = may(fields.text, "PEM file of the private CA to trust instead of the public ones", "")
    certificate: str = may(fields.text, "PEM file of our client certificate", "")
    certificate_key: str = may(fields.text, "PEM file of its key, unless in the same file", "")
    timeout: timedelta | None = may(
        fields.duration, "time for the whole poll instead of total_timeout", None
    )

    @property
    def trust(self) -> Trust:
        """Return whom to trust and what to show."""
        return Trust(self.ca, self.certificate, self.certificate_key)


@dataclass(frozen=True)
class Visit:
    """One poll under way."""

    check: Check
    at: datetime
    target: Target

    def ask(self, options: HttpOptions, question: Question) -> Answer | Failure:
        """Return the answer to a question asked as who we are; a stale token is renewed once."""
        had_token = "token" in self.target.memory
        answer = self._ask_once(options, question)
        if isinstance(answer, Answer) and answer.status == 401 and had_token:
            auths.forget_token(self.target)
            answer = self._ask_once(options, question)
        if isinstance(answer, Answer) and answer.status == 401:
            auths.forget_token(self.target)
        return answer

    def _ask_once(self, options: HttpOptions, question: Question) -> Answer | Failure:
        shown = options.auth.headers_for(self.target, self.at, options.trust)
        if isinstance(shown, Failure):
            return shown
        given = auths.resolved(self.target, options.headers)
        headers = {**question.headers, **given, **shown}
        return self.target.ask(replace(question, headers=headers, trust=options.trust))


Options = TypeVar("Options")
Ask = Callable[[Options, Visit], Outcome]


def polled(
    kind: type[Options],
    ask: Ask[Options],
    check: Check,
    settings: PollingSettings,
    at: datetime,
    client: Client,
) -> Reading:
    """Return what ``ask`` makes of one poll; bad settings are our own fault, not the target's."""
    target = client.target(check.key)
    began = perf_counter()
    try:
        options = fields.read(kind, check.settings)
        budget = getattr(options, "timeout", None) or settings.total_timeout
        target.begin(settings, check.settings, budget.total_seconds())
        outcome = ask(options, Visit(check, at, target))
    except (Misconfigured, BadSettings) as fault:
        outcome = Failure(Reason.CONFIGURATION, str(fault))
    return _reading(outcome, check, at, perf_counter() - began, target)


def _reading(
    outcome: Outcome, check: Check, at: datetime, seconds: float, target: Target
) -> Reading:
    common: dict[str, Any] = {
        "check": check.key,
        "started_at": at,
        "duration": timedelta(seconds=seconds),
        "health": outcome.health,
        "reason": outcome.reason,
        "message": one_line(redact(outcome.message, target.secrets)),
        "samples": tuple(outcome.samples),
        "raw": raw_sample(outcome.raw, target.secrets),
    }
    return Pulled(**common, reports=outcome.reports) if outcome.reports else Reading(**common)


def latency(answer: Answer) -> Sample:
    """Return how long an answer took."""
    return Sample("latency_ms", round(answer.seconds * 1000, 3), "ms")


def days_until(ends_at: datetime, at: datetime) -> float:
    """Return the days that are left, negative when over."""
    return round((ends_at - at) / timedelta(days=1), 3)
