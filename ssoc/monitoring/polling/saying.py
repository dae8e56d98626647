"""Verdicts in the shape in which everybody tells us of alerts. Pure."""

from datetime import datetime

from ssoc.estate.values import Check, Estate
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.reading import Reason
from ssoc.monitoring.report import WATCH, Report, identity, key_of
from ssoc.monitoring.rules.judge import Verdict, label_words
from ssoc.monitoring.rules.schedule import lease_for

SOURCE = "poller"
WAY = "poll"


_FAULTS = {
    Reason.REFUSED: "is refused",
    Reason.CONFIGURATION: "cannot work as it is described",
    Reason.NO_DATA: "finds no data",
    Reason.STALE: "gets old figures only",
}
_CURES = {
    "ssoc": "our turn, not the country's: correct the check's address, query or secret",
    "source": "the owner of the source is asked: it gives no current figures",
}


def report_of(check: Check, verdict: Verdict, said_at: datetime, country: str = "") -> Report:
    """Return what a verdict says of its check.

    What concerns the source or ourselves goes its own way: it stands at the component and names
    the check and its ``country``, and explains no failure of another component.
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
        market=check.market,
        component=check.component,
        name=verdict.name,
        service=check.component,
        instance=check.key,
        summary=_summary(check, verdict, country),
        source=SOURCE,
        way=WATCH if verdict.concerns else WAY,
        severity_word=verdict.severity.word,
        labels=labels,
    )


def country_of(check: Check, estate: Estate) -> str:
    """Return the name of a check's market; empty when its component's name says it."""
    market = estate.markets.get(check.market)
    if market is None or market.name.casefold() in estate.name_of(check.component).casefold():
        return ""
    return market.name


def _summary(check: Check, verdict: Verdict, country: str) -> str:
    if not verdict.concerns or not verdict.is_firing:
        return verdict.reason
    whose = f"the check {check.key}" + (f" of {country}" if country else "")
    fault = next((each for each in _FAULTS if verdict.reason.startswith(each.value)), None)
    if verdict.reason.startswith(Reason.BAD_ANSWER.value):
        told = verdict.reason.removeprefix(Reason.BAD_ANSWER.value).removeprefix(": ")
        what, found, polls = told.rpartition(", ")
        said = f": {what}" if what else ""
        return f"unreadable answer (to {whose}{said}){found}{polls}"
    if fault is None:  # a rule of the estate, with words of its own
        return f"{whose}: {verdict.reason}"
    return f"{whose} {_FAULTS[fault]}{verdict.reason.removeprefix(fault.value)}; " + _CURES.get(
        verdict.concerns, ""
    )


def alert_key(check: Check, verdict: Verdict) -> int:
    """Return the key of an alert: its check and its name, and labels where there are several."""
    parts = ("poll", check.key, verdict.name, label_words(verdict.labels))
    return key_of(identity(*(part for part in parts if part)))
