"""Changes as JSON."""

from datetime import datetime
from typing import Any

from changes.draft import draft_of
from changes.plain import plain
from changes.queries.assessment import Finding
from changes.values import ChangeView

Json = dict[str, Any]
_INSTANTS = (
    *("created_at", "submitted_at", "approved_at", "scheduled_at", "started_at", "finished_at"),
    "closed_at",
)


def line(change: ChangeView) -> Json:
    """Return one change as a list shows it."""
    return {
        "id": change.id,
        "reference": change.reference,
        "title": change.title,
        "type": change.type,
        "state": change.state.value,
        "outcome": change.outcome.value if change.outcome else None,
        "markets": list(change.markets),
        "components": list(change.components),
        "starts_at": instant(change.starts_at),
        "ends_at": instant(change.ends_at),
        "requester": change.requester,
        "implementer": change.implementer,
        "risk_points": change.risk_points,
        "is_unauthorised": change.is_unauthorised,
        "version": change.version,
    }


def whole(change: ChangeView) -> Json:
    """Return one change with its plan: the fields that a PUT takes, and how it stands."""
    return {
        **line(change),
        **plain(draft_of(change)),
        **{name: instant(getattr(change, name)) for name in _INSTANTS},
        "round": change.round,
        "checkpoint": instant(change.checkpoint),
        "span": [instant(each) for each in change.span] if change.span else None,
        "origin": change.origin,
        "external_reference": change.external_reference,
        "is_preapproved": change.is_preapproved,
        "cancelled_because": change.cancelled_because,
    }


def instant(at: datetime | None) -> str | None:
    """Return an instant in UTC as JSON has it."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def finding(found: Finding) -> Json:
    """Return one collision with who may waive it, or who did."""
    waiver = found.waiver
    return {
        "key": found.key,
        "rule": found.rule,
        "level": found.level.value,
        "sentence": found.sentence,
        "path": list(found.path),
        "markets": list(found.markets),
        "changes": [each for each in (found.change_id, found.other_id) if each is not None],
        "since": instant(found.since),
        "until": instant(found.until),
        "may_be_waived_by": list(found.waivers),
        "found_at": instant(found.found_at),
        "ended_at": instant(found.ended_at),
        "is_open": found.is_open,
        "blocks": found.blocks,
        "waiver": {"by": waiver.by, "at": instant(waiver.at), "reason": waiver.reason}
        if waiver
        else None,
    }
