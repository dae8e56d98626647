"""The open alerts of an incident as lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from incidents.queries import members
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from ssoc.monitoring import queries
from ssoc.monitoring.queries import AlertFilter, AlertRow, Wanted
from ssoc.monitoring.report import hex_of
from web import words

MOST, MOST_PAST = 12, 50


@dataclass(frozen=True)
class AlertLine:
    """One alert in a list."""

    key: str
    name: str
    summary: str
    component: str
    markets: Sequence[str]
    severity: str
    tone: str
    state: str
    badge: str
    held: str
    since: str
    until: str = ""  # when it ended; of an incident that is over


@dataclass(frozen=True)
class AlertLines:
    """The open alerts that say most, how many there are, and where the others stand."""

    lines: Sequence[AlertLine]
    note: str
    more: str


def alerts_of(work: Work, incident_id: int, estate: Estate) -> AlertLines:
    """Return the open alerts of an incident: its cause's own first, then the worst."""
    if not work.actor.markets(Permission.ALERT_SEE):
        return AlertLines((), "your role does not see alerts", "")
    keys, total = members.alert_keys(work, incident_id, MOST)
    found = queries.alerts(work, AlertFilter(keys=keys), limit=MOST).alerts if keys else []
    found = sorted(found, key=lambda each: keys.index(each.key))
    note = words.counted(total, "open alert")
    if total > len(found):
        note = f"{words.exact(len(found))} of {note}, the cause first, then the worst"
    more = url_for("noc.alerts", incident=incident_id) if total > len(found) else ""
    return AlertLines([line_of(each, estate, work.now) for each in found], note, more)


def past_of(work: Work, incident_id: int, estate: Estate) -> AlertLines:
    """Return every alert of an incident that is over, with when it began and ended."""
    if not work.actor.markets(Permission.ALERT_SEE):
        return AlertLines((), "your role does not see alerts", "")
    found, total = members.past_alerts(work, incident_id, MOST_PAST)
    said = _summaries(work, [each.key for each in found])
    note = words.counted(total, "alert")
    if total > len(found):
        note = f"{words.exact(len(found))} of {note}, the cause first, then the worst"
    return AlertLines([_past(each, said, estate, work.now) for each in found], note, "")


def _summaries(work: Work, keys: Sequence[int]) -> dict[int, str]:
    """Return what the alerts said, as far as they are not in the archive yet."""
    if not keys:
        return {}
    return {
        each.key: each.summary
        for wanted in (Wanted.OPEN, Wanted.RESOLVED)
        for each in queries.alerts(
            work, AlertFilter(keys=keys, wanted=wanted), "", len(keys)
        ).alerts
    }


def _past(
    past: members.PastAlert, said: dict[int, str], estate: Estate, now: datetime
) -> AlertLine:
    return AlertLine(
        key=hex_of(past.key),
        name=past.name or "no name",
        summary=words.cut(said.get(past.key, ""), 160),
        component="not placed"
        if past.component.startswith("?")
        else estate.name_of(past.component),
        markets=[past.market] if past.market else estate.markets_of(past.component),
        severity=past.severity.word,
        tone="",
        state=past.state.name.lower(),
        badge={0: "", 1: "none", 2: "done"}[past.state.value],
        held="",
        since=words.when(past.began_at, now),
        until=words.when(past.ended_at, now),
    )


def line_of(row: AlertRow, estate: Estate, now: datetime) -> AlertLine:
    """Return an alert as a line."""
    return AlertLine(
        key=row.id,
        name=row.name or "no name",
        summary=words.cut(row.summary, 160),
        component=estate.name_of(row.component) if row.component else row.service or "not placed",
        markets=[row.market] if row.market else estate.markets_of(row.component),
        severity=row.severity.word,
        tone={"critical": "p1", "error": "p2"}.get(row.severity.word, ""),
        state=row.state.name.lower(),
        badge={0: "", 1: "none", 2: "done"}[row.state.value],
        held=_held(row),
        since=words.when(row.started_at, now),
    )


def _held(row: AlertRow) -> str:
    if row.silenced_by:
        return "silenced"
    if row.inhibited_by:
        return f"inhibited by {row.inhibited_by[0].id}"
    if row.held_because:
        return "maintenance"
    return "flapping" if row.is_flapping else ""
