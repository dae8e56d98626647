"""Prometheus' query API: an instant query, and ``backfill`` by ranges.

An empty result is *no data*, neither 0 nor ok. NaN and infinities are kept as they are.

Settings: ``url`` (address of Prometheus, with its prefix), ``query``, ``name`` (of the samples;
else the metric's own, else ``value``), ``unit``, ``method`` (``GET`` or ``POST``), ``most`` (series
at most), ``fresh_within`` (older values are stale), and those of every adapter that asks by HTTP:
``headers``, ``auth``, ``ca``, ``certificate``, ``certificate_key``, ``timeout``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import Answer, Failure, Outcome, complaint, refusal
from ssoc.monitoring.adapters.asking import HttpOptions, Visit, polled
from ssoc.monitoring.adapters.client import Client, Question
from ssoc.monitoring.adapters.fields import may, need
from ssoc.monitoring.reading import Health, Reading, Reason, Sample

MOST_POINTS = 10_000  # of a series in one answer; Prometheus refuses more than 11,000
BAD_QUERY = {400, 422}


@dataclass(frozen=True, kw_only=True)
class Options(HttpOptions):
    """Settings of a check of this kind."""

    url: str = need(fields.address, "address of Prometheus, with its path prefix")
    query: str = need(fields.text, "PromQL")
    name: str = may(fields.text, "name of the samples; else the metric's own, else value", "")
    unit: str = may(fields.text, "unit of the samples", "")
    method: str = may(fields.choice("GET", "POST"), "GET, or POST for long queries", "GET")
    most: int = may(fields.whole(1, 20_000), "series at most", 500)
    fresh_within: timedelta | None = may(fields.duration, "older values are stale", None)


@dataclass(frozen=True)
class Point:
    """One number at one instant of the past."""

    at: datetime
    sample: Sample


@dataclass(frozen=True)
class Backfill:
    """The past of a check's samples; ``reason`` tells why there is none or only a part."""

    points: Sequence[Point] = ()
    reason: Reason = Reason.NONE
    message: str = ""


@dataclass(frozen=True)
class Values:
    """What one answer holds, newest last."""

    points: Sequence[Point] = field(default_factory=tuple)
    warnings: str = ""


def poll(check: Check, settings: PollingSettings, at: datetime, client: Client) -> Reading:
    """Ask a country's Prometheus one instant query."""
    return polled(Options, _ask, check, settings, at, client)


def _ask(options: Options, visit: Visit) -> Outcome:
    answer = _query(options, visit, "query", {"query": options.query})
    return answer if isinstance(answer, Failure) else instant(answer, options, visit.at)


def instant(answer: Answer, options: Options, at: datetime) -> Outcome:
    """Return the newest value of every series in an answer of /api/v1/query."""
    found = parsed(answer, options.name, options.unit)
    if isinstance(found, Failure):
        return found
    newest = {(p.sample.name, *sorted(p.sample.labels.items())): p for p in found.points}
    if not newest:
        return Failure(Reason.NO_DATA, "the query has no result", answer.text)
    if len(newest) > options.most:
        text = f"the query has {len(newest)} series, more than {options.most}: narrow it"
        return Failure(Reason.CONFIGURATION, text, answer.text)
    samples = [point.sample for point in newest.values()]
    last = max(point.at for point in newest.values())
    if options.fresh_within and at - last > options.fresh_within:
        text = f"the newest value is of {last:%Y-%m-%d %H:%M:%S} UTC"
        return Failure(Reason.STALE, text, answer.text, samples)
    return Outcome(Health.OK, message=found.warnings, samples=samples, raw=answer.text)


def backfill(
    check: Check,
    settings: PollingSettings,
    at: datetime,
    client: Client,
    start: datetime,
    end: datetime,
    step: timedelta,
) -> Backfill:
    """Return the points of a check's query from ``start`` to ``end``, both included."""
    points: list[Point] = []

    def ask(options: Options, visit: Visit) -> Outcome:
        for since, until in windows(start, end, step):
            visit.target.begin(settings, check.settings, settings.total_timeout.total_seconds())
            span = {"start": since.timestamp(), "end": until.timestamp()}
            params = {"query": options.query, **span, "step": step.total_seconds()}
            answer = _query(options, visit, "query_range", params)
            found = (
                answer
                if isinstance(answer, Failure)
                else parsed(answer, options.name, options.unit)
            )
            if isinstance(found, Failure):
                return found
            points.extend(found.points)
        if not points:
            return Failure(Reason.NO_DATA, "the query has no result in this time")
        return Outcome(Health.OK)

    outcome = polled(Options, ask, check, settings, at, client)
    return Backfill(tuple(points), outcome.reason, outcome.message)


def windows(start: datetime, end: datetime, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Yield parts of a range that each have few enough points."""
    while start <= end:
        until = min(end, start + step * (MOST_POINTS - 1))
        yield start, until
        start = until + step


def parsed(answer: Answer, name: str = "", unit: str = "") -> Values | Failure:
    """Return the points of an answer of the query API."""
    if answer.status in BAD_QUERY:
        text = complaint(answer) or f"HTTP {answer.status}"
        return Failure(Reason.CONFIGURATION, f"Prometheus refuses the query: {text}", answer.text)
    if refused := refusal(answer):
        return refused
    try:
        body = answer.json
        if body["status"] != "success":
            return Failure(Reason.BAD_ANSWER, f"status {body['status']!r}", answer.text)
        if body["data"]["resultType"] == "string":
            text = "the query gives a text, not a number"
            return Failure(Reason.CONFIGURATION, text, answer.text)
        points = sorted(_points(body["data"], name, unit), key=lambda point: point.at)
        warnings = "; ".join(str(each) for each in body.get("warnings") or ())
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, OSError):
        return Failure(Reason.BAD_ANSWER, "not an answer of Prometheus' query API", answer.text)
    return Values(points, warnings)


def _points(found: Mapping[str, Any], name: str, unit: str) -> Iterator[Point]:
    kind, result = found["resultType"], found["result"]
    if kind == "scalar":
        yield _point(result, name or "value", unit, {})
        return
    if kind not in {"vector", "matrix"}:
        raise ValueError(f"unknown result type {kind}")
    for series in result:
        labels = {str(key): str(value) for key, value in series["metric"].items()}
        own = labels.pop("__name__", "value")
        values = [series["value"]] if "value" in series else series.get("values", [])
        for value in values:  # a native histogram has none
            yield _point(value, name or own, unit, labels)


def _point(value: Sequence[Any], name: str, unit: str, labels: Mapping[str, str]) -> Point:
    at, text = value
    return Point(datetime.fromtimestamp(float(at), UTC), Sample(name, float(text), unit, labels))


def _query(
    options: Options, visit: Visit, path: str, params: Mapping[str, Any]
) -> Answer | Failure:
    url = f"{options.url.rstrip('/')}/api/v1/{path}"
    if options.method == "POST":
        return visit.ask(options, Question(url, "POST", form=dict(params)))
    return visit.ask(options, Question(url, params=params))


SETTINGS = fields.described(Options)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check."""
    return fields.faults_of(Options, settings)
