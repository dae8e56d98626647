"""A country's Alertmanager, asked for its alerts: the way in when it may not push.

The Reading is a ``Pulled`` with one report per alert. An alert that is gone from the list before
its promise ran out is resolved, once a second look shows that nobody silenced it and that the
Alertmanager did not just start with an empty memory; one whose promise ran out is left to go stale.

Settings: ``url`` (with its path prefix), ``filters`` (matchers such as ``country="KE"``),
``silenced`` and ``inhibited`` (take such alerts too), ``most`` (alerts at most), and those of every
adapter that asks by HTTP: ``headers``, ``auth``, ``ca``, ``certificate``, ``certificate_key``,
``timeout``.

Samples: ``alerts``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ssoc.core.settings import PollingSettings
from ssoc.core.vocabulary import Severity
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import Answer, Failure, Outcome, one_line, refusal
from ssoc.monitoring.adapters.asking import HttpOptions, Visit, polled
from ssoc.monitoring.adapters.client import Client, Question
from ssoc.monitoring.adapters.fields import may, need
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.reading import Health, Reading, Reason, Sample
from ssoc.monitoring.report import Report, fingerprint, key_of
from ssoc.monitoring.rules.words import counted

WAY = "pull"
SETTLED = timedelta(minutes=3)  # after a start, Prometheus has told all its alerts again by then
UNSET_YEAR = 1
_WORDS: Mapping[Severity, str] = {
    Severity.CRITICAL: "critical security p1",
    Severity.ERROR: "error major p2",
    Severity.WARNING: "warning minor p3",
    Severity.INFO: "info informational indeterminate debug trace p4 p5 none ok normal cleared",
}
WORDS = {word: severity for severity, words in _WORDS.items() for word in words.split()}


@dataclass(frozen=True, kw_only=True)
class Options(HttpOptions):
    """Settings of a check of this kind."""

    url: str = need(fields.address, "address of Alertmanager, with its path prefix")
    filters: tuple[str, ...] = may(fields.texts, 'matchers such as country="KE"', ())
    silenced: bool = may(fields.switch, "take alerts that are silenced there", False)
    inhibited: bool = may(fields.switch, "take alerts that are inhibited there", False)
    most: int = may(fields.whole(1, 100_000), "alerts at most", 5_000)


def poll(check: Check, settings: PollingSettings, at: datetime, client: Client) -> Reading:
    """Take the alerts of one Alertmanager."""
    return polled(Options, _ask, check, settings, at, client)


def _ask(options: Options, visit: Visit) -> Outcome:
    answer = _list(options, visit, options.silenced, options.inhibited)
    found = answer if isinstance(answer, Failure) else reports_of(answer, visit.check, visit.at)
    if isinstance(found, Failure):
        return found
    if len(found) > options.most:
        text = f"{counted(len(found), 'alert')}, more than {options.most}: set filters"
        return Failure(Reason.CONFIGURATION, text)
    known: dict[int, Report] = visit.target.memory.get("alerts", {})
    present = {report.key: report for report in found}
    gone = {key: report for key, report in known.items() if key not in present}
    held, ended = _gone(options, visit, gone) if gone else ({}, [])
    visit.target.memory |= {"alerts": {**held, **present}, "asked_at": visit.at}
    samples = [Sample("alerts", float(len(present)))]
    text = counted(len(present), "alert")
    return Outcome(Health.OK, message=text, samples=samples, reports=(*found, *ended))


def _gone(
    options: Options, visit: Visit, gone: Mapping[int, Report]
) -> tuple[dict[int, Report], list[Report]]:
    """Return the alerts that only hid or may come back, and resolves for those that ended."""
    answer = _list(options, visit, silenced=True, inhibited=True)
    status = visit.ask(options, Question(f"{_base(options)}/status"))
    started = started_at(status) if isinstance(status, Answer) else None
    all_there = answer if isinstance(answer, Failure) else reports_of(answer, visit.check, visit.at)
    if isinstance(all_there, Failure) or started is None or visit.at - started < SETTLED:
        return dict(gone), []
    hidden = {report.key: report for report in all_there if report.key in gone}
    asked_at = visit.target.memory.get("asked_at", visit.at)
    was_cut_off = visit.at - asked_at > 3 * visit.check.every
    ended = [
        replace(report, state=AlertState.RESOLVED, said_at=visit.at, lease_until=None)
        for key, report in gone.items()
        if key not in hidden and (was_cut_off or not _ran_out(report, visit.at))
    ]
    return hidden, [*hidden.values(), *ended]


def _ran_out(report: Report, at: datetime) -> bool:
    return report.lease_until is not None and report.lease_until <= at


def _base(options: Options) -> str:
    return f"{options.url.rstrip('/')}/api/v2"


def _list(options: Options, visit: Visit, silenced: bool, inhibited: bool) -> Answer | Failure:
    params = {
        "active": "true",
        "silenced": str(silenced).lower(),
        "inhibited": str(inhibited).lower(),
        "filter": list(options.filters),
    }
    return visit.ask(options, Question(f"{_base(options)}/alerts", params=params))


def reports_of(answer: Answer, check: Check, at: datetime) -> list[Report] | Failure:
    """Return one report per alert of an answer of /api/v2/alerts."""
    if refused := refusal(answer):
        return refused
    try:
        return [_report(alert, check, at) for alert in answer.json]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return Failure(Reason.BAD_ANSWER, "not an answer of Alertmanager's alerts", answer.text)


def _report(alert: Mapping[str, Any], check: Check, at: datetime) -> Report:
    labels = _words(alert["labels"])
    annotations = _words(alert.get("annotations") or {})
    word = labels.get("severity", "")
    return Report(
        key=key_of(fingerprint(labels)),
        state=AlertState.FIRING,
        severity=WORDS.get(word.strip().lower(), Severity.WARNING),
        started_at=instant(alert["startsAt"]) or at,
        said_at=at,
        lease_until=instant(alert.get("endsAt")),
        market=check.market,
        name=labels.get("alertname", ""),
        service=labels.get("service", ""),
        instance=labels.get("instance", ""),
        summary=one_line(annotations.get("summary") or annotations.get("description", "")),
        source=check.key,
        way=WAY,
        severity_word=word,
        labels=labels,
        annotations=annotations,
        url=str(alert.get("generatorURL") or ""),
    )


def _words(value: Mapping[str, Any]) -> dict[str, str]:
    """Return labels; an empty value is an absent label."""
    return {str(name): str(each) for name, each in value.items() if str(each)}


def instant(value: object) -> datetime | None:
    """Return a time stamp in UTC; the year 1 means that it was not set."""
    if not isinstance(value, str) or not value:
        return None
    when = datetime.fromisoformat(value)
    if when.year == UNSET_YEAR:
        return None
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def started_at(answer: Answer) -> datetime | None:
    """Return since when an Alertmanager runs, from its status."""
    try:
        return instant(answer.json["uptime"]) if answer.is_success else None
    except (ValueError, KeyError, TypeError):
        return None


SETTINGS = fields.described(Options)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check."""
    return fields.faults_of(Options, settings)
