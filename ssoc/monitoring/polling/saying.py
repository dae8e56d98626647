"""Verdicts in the shape in which everybody tells us of alerts. Pure."""

from datetime import datetime

from ssoc.estate.values import Check
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report, identity, key_of
from ssoc.monitoring.rules.judge import Verdict, label_words
from ssoc.monitoring.rules.schedule import lease_for

SOURCE = "poller"
WAY = "poll"


def report_of(check: Check, verdict: Verdict, said_at: datetime) -> Report:
    """Return what a verdict says of its check.

    What concerns the source or ourselves stands beside the component, not on it: a wrong
    password of ours must not turn a country red. Its labels tell which check it is.
    """
    labels = {"alertname": verdict.name, "check": check.key, "severity": verdict.severity.word}
    labels |= {"component": check.component} | dict(verdict.labels)
    if check.market:
        labels["market"] = check.market
    if verdict.concerns:
        labels["concerns"] = verdict.concerns
    return Report(
        key=alert_key(check, verdict),
        state=AlertState.FIRING if verdict.is_firing else AlertState.RESOLVED,
        severity=verdict.severity,
        started_at=verdict.since,
        said_at=max(said_at, verdict.since),
        lease_until=said_at + lease_for(check.every) if verdict.is_firing else None,
        market="" if verdict.concerns == "ssoc" else check.market,
        component="" if verdict.concerns else check.component,
        name=verdict.name,
        service=check.component,
        instance=check.key,
        summary=verdict.reason,
        source=SOURCE,
        way=WAY,
        severity_word=verdict.severity.word,
        labels=labels,
    )


def alert_key(check: Check, verdict: Verdict) -> int:
    """Return the key of an alert: its check and its name, and labels where there are several."""
    parts = ("poll", check.key, verdict.name, label_words(verdict.labels))
    return key_of(identity(*(part for part in parts if part)))
