"""GSMA Mobile Money API 1.2: ``GET {base}/heartbeat``, or a balance.

A 200 may say ``unavailable``; delays and restoration times are often absurd and then dropped.

Settings: ``base`` (address the API lives under), ``read`` (``heartbeat``, or the path of a balance
such as ``accounts/balance``), ``send_date`` (send the header X-Date), and those of every adapter
that asks by HTTP: ``headers``, ``auth``, ``ca``, ``certificate``, ``certificate_key``, ``timeout``.

Samples: ``latency_ms``; ``delay_ms`` of a degraded platform; of a balance ``current_balance``,
``available_balance``, ``reserved_balance`` and ``uncleared_balance`` in their currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import Answer, Failure, Outcome, one_line, refusal
from ssoc.monitoring.adapters.asking import HttpOptions, Visit, latency, polled
from ssoc.monitoring.adapters.client import Client, Question
from ssoc.monitoring.adapters.fields import may, need
from ssoc.monitoring.adapters.paths import number_of
from ssoc.monitoring.reading import Health, Reading, Reason, Sample

LONGEST_DELAY_MS = 24 * 3_600_000  # what takes a day is not "degraded, but completes"
FURTHEST_RESTORATION = timedelta(days=366)
WORDS = {"available": Health.OK, "degraded": Health.DEGRADED, "unavailable": Health.DOWN}
BALANCES = ("current", "available", "reserved", "uncleared")


@dataclass(frozen=True, kw_only=True)
class Options(HttpOptions):
    """Settings of a check of this kind."""

    base: str = need(fields.address, "address the API lives under, without /heartbeat")
    read: str = may(fields.text, "heartbeat, or the path of a balance", "heartbeat")
    send_date: bool = may(fields.switch, "send the header X-Date", True)


def poll(check: Check, settings: PollingSettings, at: datetime, client: Client) -> Reading:
    """Ask one platform for its heartbeat."""
    return polled(Options, _ask, check, settings, at, client)


def _ask(options: Options, visit: Visit) -> Outcome:
    date = {"X-Date": f"{visit.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"} if options.send_date else {}
    url = f"{options.base.rstrip('/')}/{options.read.strip('/')}"
    answer = visit.ask(options, Question(url, headers={"Accept": "application/json", **date}))
    if isinstance(answer, Failure):
        return answer
    return balance(answer) if options.read.endswith("balance") else heartbeat(answer, visit.at)


def heartbeat(answer: Answer, at: datetime) -> Outcome:
    """Return what a heartbeat answer says; the HTTP code speaks before the body."""
    if answer.status == 503:
        text = one_line(refusal_text(answer), 300)
        return Outcome(Health.DOWN, message=text, samples=[latency(answer)], raw=answer.text)
    body = _object(answer)
    if isinstance(body, Failure):
        return body
    word = body.get("serviceStatus")
    health = WORDS.get(word.strip().lower()) if isinstance(word, str) else None
    if health is None:
        found = f"serviceStatus {word!r}" if word is not None else "no serviceStatus"
        return Failure(Reason.BAD_ANSWER, one_line(f"heartbeat with {found}", 200), answer.text)
    samples, message = [latency(answer)], f"the platform says {word}"
    delay = plausible_delay(body.get("delay")) if health is Health.DEGRADED else None
    if delay is not None:
        samples.append(Sample("delay_ms", delay, "ms"))
        message += f", delay {delay:g} ms"
    back = future(body.get("plannedRestorationTime"), at) if health is not Health.OK else None
    if back is not None:
        message += f", restoration planned for {back:%Y-%m-%d %H:%M} UTC"
    return Outcome(health, message=message, samples=samples, raw=answer.text)


def refusal_text(answer: Answer) -> str:
    """Return how a platform says that it is not available."""
    refused = refusal(answer)
    return f"the platform says so: {refused.message}" if refused else ""


def balance(answer: Answer) -> Outcome:
    """Return the balances of an account, which the API writes as text."""
    body = _object(answer)
    if isinstance(body, Failure):
        return body
    currency = str(body.get("currency", ""))[:8]
    try:
        samples = [
            Sample(f"{name}_balance", number_of(body[f"{name}Balance"]), currency)
            for name in BALANCES
            if body.get(f"{name}Balance") is not None
        ]
    except ValueError as fault:
        return Failure(Reason.BAD_ANSWER, f"balance: {fault}", answer.text)
    if not samples:
        return Failure(Reason.NO_DATA, "the answer holds no balance", answer.text)
    message = f"account status {one_line(str(body.get('accountStatus', 'not told')), 40)}"
    return Outcome(Health.OK, message=message, samples=[latency(answer), *samples], raw=answer.text)


def plausible_delay(value: object) -> float | None:
    """Return a delay in milliseconds that can be true."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= LONGEST_DELAY_MS else None


def future(value: object, at: datetime) -> datetime | None:
    """Return a restoration time that lies ahead, within a year."""
    try:
        when = datetime.fromisoformat(value) if isinstance(value, str) else None
        if when is None or when.tzinfo is None:
            return None
        return when.astimezone(UTC) if at < when <= at + FURTHEST_RESTORATION else None
    except (ValueError, OverflowError):
        return None


def _object(answer: Answer) -> Mapping[str, Any] | Failure:
    if refused := refusal(answer):
        violations = answer.headers.get("sl-violations", "")
        text = f"{refused.message} {violations}" if violations else refused.message
        return Failure(refused.reason, text, answer.text)
    try:
        body = answer.json
    except ValueError:
        return Failure(Reason.BAD_ANSWER, "the answer is not JSON", answer.text)
    if not isinstance(body, dict):
        return Failure(Reason.BAD_ANSWER, "the answer is no JSON object", answer.text)
    return body


SETTINGS = fields.described(Options)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check."""
    return fields.faults_of(Options, settings)
