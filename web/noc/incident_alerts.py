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
from ssoc.monitoring.queries import AlertFilter, AlertRow
from web import words

MOST = 12


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
