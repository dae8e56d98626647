"""The change log, and the count of what doors refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from ssoc.core.bulk import insert_new
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.monitoring.models import ChangeEvent, IngestFault
from ssoc.monitoring.report import storable


@dataclass(frozen=True)
class Change:
    """Something was changed on a platform; ``at`` is when it began, as its source says.

    ``key`` is the source's own name for it: told again with the same key it is the same change,
    which may have ended meanwhile.
    """

    at: datetime
    source: str
    summary: str
    market: str = ""
    component: str = ""
    reference: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    links: Sequence[Mapping[str, str]] = ()
    key: str = ""
    ended_at: datetime | None = None


def record_change(work: Work, change: Change) -> int:
    """Write a change into the log that incidents read; return its number.

    One that is there already, by its key, keeps its beginning and its place; what is newly
    known of it is added: its end, details, a reference.
    """
    work.require(Permission.CHANGE_REPORT, change.market or EVERYWHERE)
    values = {
        "at": change.at,
        "received_at": work.now,
        "source": _text(change.source, 64),
        "market": _text(change.market, 8),
        "component": _text(change.component, 128),
        "reference": _text(change.reference, 128),
        "summary": _text(change.summary, 1024),
        "details": storable(change.details),
        "links": [storable(each) for each in change.links],
        "ended_at": change.ended_at,
    }
    if not change.key:
        row = ChangeEvent(**values)
        work.session.add(row)
        work.session.flush()
        return row.id
    return _record_once(work, change, values)


def _record_once(work: Work, change: Change, values: dict[str, Any]) -> int:
    identity = sha256(f"{change.source}\0{change.key}".encode(errors="replace")).hexdigest()
    is_new = insert_new(work.session, ChangeEvent, [{**values, "identity": identity}], ["identity"])
    row = work.session.scalars(
        select(ChangeEvent).where(ChangeEvent.identity == identity).with_for_update()
    ).one()
    if not is_new:
        work.require(Permission.CHANGE_REPORT, row.market or EVERYWHERE)
        row.ended_at = change.ended_at or row.ended_at
        row.reference = row.reference or values["reference"]
        row.details = {**row.details, **values["details"]}
        row.links = row.links or values["links"]
    return row.id


def count_fault(work: Work, way: str, source: str, kind: str, example: str, times: int = 1) -> None:
    """Count what a door refused, with the newest example; the door asks on its own behalf."""
    key = {"way": _text(way, 16), "source": _text(source, 64), "kind": _text(kind, 64)}
    fresh = {**key, "faults": 0, "last_at": work.now, "example": ""}
    insert_new(work.session, IngestFault, [fresh], ["way", "source", "kind"])
    work.session.execute(
        update(IngestFault)
        .where(*(getattr(IngestFault, name) == value for name, value in key.items()))
        .values(faults=IngestFault.faults + times, last_at=work.now, example=_text(example, 500)),
        execution_options={"synchronize_session": False},
    )


def _text(value: str, longest: int) -> str:
    return str(storable(value))[:longest]
