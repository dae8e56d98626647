"""What is known of a check after each poll: the row its next verdict starts from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ssoc.estate.values import Check
from ssoc.monitoring.reading import Health, Reading, Reason


@dataclass(frozen=True)
class Standing:
    """The state of one check, as its newest poll left it."""

    health: Health
    reason: Reason
    message: str
    since: datetime
    polled_at: datetime
    answered_at: datetime | None = None
    good_at: datetime | None = None
    unanswered: int = 0
    memory: Mapping[str, Any] = field(default_factory=dict)
    raw: str = ""


def after(before: Standing | None, reading: Reading, memory: Mapping[str, Any]) -> Standing:
    """Return the state after ``reading``; ``since`` moves when health or reason changed."""
    at = reading.started_at
    same = before is not None and (before.health, before.reason) == (
        reading.health,
        reading.reason,
    )
    return Standing(
        health=reading.health,
        reason=reading.reason,
        message=reading.message,
        since=before.since if same and before else at,
        polled_at=at,
        answered_at=at if reading.reached else (before.answered_at if before else None),
        good_at=at if reading.health is Health.OK else (before.good_at if before else None),
        unanswered=0 if reading.reached else (before.unanswered if before else 0) + 1,
        memory=memory,
        raw="" if reading.reason is Reason.NONE else reading.raw,
    )


def row_of(check: Check, standing: Standing) -> dict[str, Any]:
    """Return the state as a row of the table."""
    return {
        "check": check.key,
        "component": check.component,
        "market": check.market,
        "path": check.path,
        **{name: getattr(standing, name) for name in NAMES},
    }


NAMES = tuple(Standing.__dataclass_fields__)
