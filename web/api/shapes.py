"""What the API answers: frozen values as plain JSON, instants in UTC, numbers as numbers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from incidents.clock_queries import ClockView
from incidents.clock_stories import Pause
from incidents.queries import IncidentPage, Line, MarketHarm, Moment
from ssoc.core.permissions import ActorKind
from ssoc.monitoring.queries import AlertPage, AlertRow
from ssoc.monitoring.rules.matching import to_plain
from ssoc.monitoring.rules.suppression import Silence

Json = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    """Return ISO 8601 in UTC, None for none."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def local(at: datetime, zone: str) -> str:
    """Return ISO 8601 on the clocks of a zone, with its distance from UTC."""
    return at.astimezone(ZoneInfo(zone)).isoformat()


def number(value: Decimal | None) -> float | None:
    """Return a JSON number, None when nobody can know."""
    return None if value is None else float(value)


def incident(line: Line) -> Json:
    """Return one incident of a list."""
    return {
        "id": line.id,
        "mark": line.mark,
        "title": line.title,
        "reason": line.reason,
        "component": line.component,
        "markets": list(line.markets),
        "markets_not_seen": list(line.unseen),
        "markets_seen_again": list(line.seen_again),
        "state": line.state,
        "priority": line.priority,
        "priority_reason": line.priority_reason,
        "severity": line.severity.word,
        "impact": line.impact,
        "urgency": line.urgency,
        "is_suspected": line.is_suspected,
        "held_because": line.held_because,
        "owner": line.owner,
        "declared_by": line.declared_by,
        "may_be_symptom_of": line.offered_id,
        "parent_id": line.parent_id,
        "merged_into_id": line.merged_into_id,
        "alerts": line.alerts,
        "symptoms": line.symptoms,
        "opened_at": instant(line.opened_at),
        "acknowledged_at": instant(line.acknowledged_at),
        "mitigated_at": instant(line.mitigated_at),
        "resolved_at": instant(line.resolved_at),
        "closed_at": instant(line.closed_at),
        "changed_at": instant(line.changed_at),
        "transactions_lost": number(line.lost),
        "usd_lost": number(line.usd_lost),
        "moves": [each.value for each in line.moves],
    }


def harm(one: MarketHarm) -> Json:
    """Return what an incident costs in one market; null is not known."""
    return {
        "market": one.market,
        "transactions_lost": number(one.lost),
        "not_counted_because": one.why_unknown,
        "lost_per_minute": number(one.lost_per_minute),
        "value_lost": number(one.value_lost),
        "currency": one.currency,
        "usd_lost": number(one.usd_lost),
        "success_percent": number(one.success_percent),
        "usual_percent": number(one.usual_percent),
        "not_seen_since": instant(one.unseen_since),
        "seen_again_at": instant(one.seen_again_at),
        "reckoned_to": instant(one.reckoned_to),
    }


def incident_page(page: IncidentPage, clocks: Sequence[ClockView]) -> Json:
    """Return one incident with all about it."""
    return {
        **incident(page.line),
        "impact_by_market": [harm(each) for each in page.line.harm],
        "clocks": [clock(each) for each in clocks],
        "roles": [
            {"role": each.role, "person": each.person, "since": instant(each.since)}
            for each in page.roles
        ],
        "causes": [
            {
                "component": node.component,
                "name": node.name,
                "is": node.state,
                "since": instant(node.since),
                "alerts": node.alerts,
            }
            for node in page.nodes
        ],
        "children": [each.id for each in page.children],
        "timeline": [moment(each) for each in page.timeline],
    }


def clock(view: ClockView) -> Json:
    """Return one clock; the second reading is there once a pause of it is disputed.

    ``seconds_to_due`` is real time, null while it is paused or has stopped; ``seconds_left`` is
    time of its calendar, which is less where only working hours count.
    """
    other = view.without_disputed
    return {
        "name": view.name,
        "status": view.status,
        "due_at": instant(view.due_at),
        "due_local": local(view.due_at, view.clock.target.calendar.zone),
        "seconds_to_due": None if view.to_due is None else seconds(view.to_due),
        "seconds_left": seconds(view.left),
        "is_round_the_clock": view.clock.is_round_the_clock,
        "is_running": view.is_running,
        "market": view.market,
        "calendar": view.calendar,
        "pauses": [pause(each) for each in view.pauses],
        "without_disputed": {
            "status": other.status,
            "due_at": instant(other.due_at),
            "seconds_left": seconds(other.left),
        }
        if other
        else None,
    }


def pause(one: Pause) -> Json:
    """Return one pause; its number is what a dispute names."""
    return {
        "number": one.number,
        "party": one.party,
        "reason": one.reason,
        "at": instant(one.at),
        "is_disputed": one.is_disputed,
    }


def seconds(span: timedelta) -> int:
    """Return whole seconds."""
    return int(span.total_seconds())


def moment(one: Moment) -> Json:
    """Return one line of a timeline."""
    return {
        "at": instant(one.at),
        "kind": one.kind,
        "text": one.text,
        "by": one.by,
        "source": one.source,
    }


def alert(row: AlertRow) -> Json:
    """Return one alert of a list."""
    return {
        "id": row.id,
        "state": row.state.name.lower(),
        "severity": row.severity.word,
        "market": row.market,
        "component": row.component,
        "name": row.name,
        "service": row.service,
        "instance": row.instance,
        "summary": row.summary,
        "source": row.source,
        "way": row.way,
        "started_at": instant(row.started_at),
        "said_at": instant(row.said_at),
        "lease_until": instant(row.lease_until),
        "resolved_at": instant(row.resolved_at),
        "changes": row.changes,
        "repeats": row.repeats,
        "labels": dict(row.labels),
        "annotations": dict(row.annotations),
        "url": row.url,
        "silenced_by": list(row.silenced_by),
        "inhibited_by": [each.id for each in row.inhibited_by],
        "held_because": row.held_because,
        "is_flapping": row.is_flapping,
    }


def alert_page(page: AlertPage) -> Json:
    """Return one alert with all about it."""
    return {
        **alert(page.alert),
        "sources": [
            {"source": each.source, "way": each.way, "first_at": instant(each.first_at)}
            for each in page.sources
        ],
        "history": [
            {
                "number": each.number,
                "state": each.state.name.lower(),
                "severity": each.severity.word,
                "at": instant(each.at),
                "started_at": instant(each.started_at),
            }
            for each in page.changes
        ],
    }


def silence(one: Silence, now: datetime, kind: ActorKind) -> Json:
    """Return one silence; a wall screen does not hear whose it is."""
    return {
        "id": one.id,
        "state": one.state(now),
        "matchers": to_plain(one.matchers),
        "starts_at": instant(one.starts_at),
        "ends_at": instant(one.ends_at),
        "created_by": "" if kind is ActorKind.KIOSK else one.created_by,
        "comment": one.comment,
        "markets": list(one.markets),
    }
