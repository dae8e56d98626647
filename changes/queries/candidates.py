"""What may have caused an incident: changes, entries of the change log, windows, expiries.

Nothing is listed twice: an entry of the log that was linked to a change, and a window that a
run opened for itself, are that change. A fixed number of statements, however much there is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, not_, or_, select

from changes.lifecycle import State
from changes.models import Change, ChangeComponent, ChangeMarket
from changes.policy import policy
from changes.queries import outside_links, run_marks, suspect_records, views
from changes.queries.run_marks import UNMARKED, Marks
from changes.queries.suspect_records import Known
from changes.rules.suspects import Candidate, Kind
from changes.values import WAVES
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from ssoc.monitoring import expiry_queries
from ssoc.monitoring import queries as monitoring
from ssoc.monitoring.queries import LoggedChange
from ssoc.monitoring.rules.windows import Window, WindowState

MOST = 1_000  # of each sort: the newest
BEGUN = (State.RUNNING, State.ENDED, State.REVIEWED, State.CLOSED)
_OURS = re.compile(r"CHG-(\d+)")


@dataclass(frozen=True)
class Times:
    """Between which instants something must have been active, and before which it began."""

    since: datetime
    until: datetime
    now: datetime


def candidates(work: Work, estate: Estate, began: Sequence[datetime]) -> list[Candidate]:
    """Return everything the actor may see that was active in the look-back before ``began``."""
    times = Times(min(began) - policy(work).suspects.look_back, max(began), work.now)
    changes, windows_of = _changes(work, estate, times)
    found = {each.key: each for each in changes}
    if not work.actor.markets(Permission.ALERT_SEE):
        return list(found.values())
    logged = monitoring.changes(work, (), times.since, MOST, until=times.until)
    linked = outside_links.changes_of(work, [each.id for each in logged])
    for entry in logged:
        own = linked.get(entry.id)
        if entry.source == WAVES:  # days after its change began: a suspect by its own hour
            _put(found, replace(_logged(estate, entry, own), change_id=own))
        else:
            _put(found, _logged(estate, entry, own), own)
    for window in _windows(work, times):
        _put(found, _announced(estate, window, times), windows_of.get(window.id) or _own(window))
    for expiry in expiry_queries.expired(work, estate, times.since):
        _put(found, _expiry(estate, expiry))
    return list(found.values())


def _put(found: dict[str, Candidate], candidate: Candidate, change_id: int | None = None) -> None:
    """Add a candidate, unless it is a change that is there; that began when the first of them did.

    What belongs to a change that the actor may not see, or that never ran, stands for itself.
    """
    ours = found.get(f"change:{change_id}") if change_id else None
    if ours is None:
        found[candidate.key] = candidate
    elif candidate.began_at < ours.began_at:
        found[ours.key] = replace(ours, began_at=candidate.began_at)


def _changes(work: Work, estate: Estate, times: Times) -> tuple[list[Candidate], dict[int, int]]:
    """Return changes that ran, and which window was opened by the run of which of them."""
    began = func.coalesce(Change.started_at, Change.starts_at)
    rows = list(
        work.session.scalars(
            select(Change)
            .where(
                Change.state.in_(BEGUN),
                began < times.until,
                or_(Change.finished_at.is_(None), Change.finished_at >= times.since),
                views.is_visible(work),
                not_(outside_links.belongs_elsewhere()),
            )
            .order_by(began.desc(), Change.id.desc())
            .limit(MOST)
        )
    )
    ids = [each.id for each in rows]
    markets = _places(work, ChangeMarket.market, ChangeMarket.change_id, ids)
    components = _places(work, ChangeComponent.component, ChangeComponent.change_id, ids)
    records, marks = suspect_records.of(work, rows), run_marks.marks_of(work, ids)
    found = []
    for row in rows:
        if _is_recent(row, times):
            bare = _change(row, records[row.id], marks.get(row.id, UNMARKED), times.now)
            places = estate.in_order(markets.get(row.id, ()))
            parts = tuple(components.get(row.id, ()))
            found.append(replace(bare, markets=tuple(places), components=parts))
    opened = {window: number for number, each in marks.items() for window in each.windows}
    return found, opened


def _is_recent(row: Change, times: Times) -> bool:
    """Tell whether it still ran in the look-back; what never said its end ended with its window."""
    ended = _ended_at(row)
    return ended is None or ended >= times.since


def _ended_at(row: Change) -> datetime | None:
    if row.state is State.RUNNING:
        return None
    return row.finished_at or row.ends_at or row.started_at or row.starts_at


def _places(work: Work, column: object, key: object, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for start in range(0, len(ids), 500):  # below every database's most parameters
        rows = select(key, column).where(key.in_(ids[start : start + 500]))  # type: ignore[call-overload, attr-defined]
        for number, place in work.session.execute(rows.order_by(key, column)):
            found.setdefault(number, []).append(place)
    return found


def _change(row: Change, record: Known, marks: Marks, now: datetime) -> Candidate:
    began = row.started_at or row.starts_at or row.created_at  # the query asks for the first two
    ended = _ended_at(row)
    late = (ended or now) - row.ends_at if row.ends_at and row.started_at else timedelta(0)
    gate, gate_note = run_marks.gate_of(row.outcome, marks)
    return Candidate(
        key=f"change:{row.id}",
        kind=Kind.CHANGE,
        title=row.title,
        reference=f"CHG-{row.id}",
        origin=" · ".join(filter(None, (row.type, row.team, row.vendor))),
        began_at=began,
        ended_at=ended,
        gate=gate,
        gate_note=gate_note,
        overran=max(timedelta(0), late),
        risk=None if row.risk_points is None else min(1.0, max(0.0, row.risk_points / 100)),
        history=record.history,
        history_note=record.note,
        change_id=row.id,
    )


def _logged(estate: Estate, entry: LoggedChange, own: int | None) -> Candidate:
    """Return an entry of the log; a number of ours that it named wrongly is not its name."""
    named = _OURS.fullmatch(entry.reference.strip().upper())
    href = next((each.get("href", "") for each in entry.links), "")
    return Candidate(
        key=f"event:{entry.id}",
        kind=Kind.LOGGED,
        title=entry.summary or entry.reference,
        reference="" if named and int(named[1]) != own else entry.reference,
        origin=entry.source,
        began_at=entry.at,
        ended_at=entry.ended_at or entry.at,
        components=(entry.component,) if entry.component else (),
        markets=(entry.market,) if entry.market else estate.markets_of(entry.component),
        href=href if href.startswith(("https://", "http://")) else "",
    )


def _windows(work: Work, times: Times) -> Iterable[Window]:
    days = max(1, (times.now - times.since).days + 1)
    over = {WindowState.UPCOMING, WindowState.CANCELLED}
    return [
        each
        for each in monitoring.windows(work, days)
        if each.starts_at < times.until and each.state(times.now) not in over
    ]


def _announced(estate: Estate, window: Window, times: Times) -> Candidate:
    markets = window.markets or {m for each in window.components for m in estate.markets_of(each)}
    is_open = window.state(times.now) in {WindowState.OPEN, WindowState.OVERRUN}
    ended = None if is_open else min(window.ended_at or window.ends_at, times.now)
    return Candidate(
        key=f"window:{window.id}",
        kind=Kind.VENDOR,
        title=window.title,
        reference=window.reference,
        origin=window.created_by,
        began_at=window.starts_at,
        ended_at=ended,
        components=tuple(sorted(window.components)),
        markets=tuple(estate.in_order(markets)),
        overran=max(timedelta(0), (ended or times.now) - window.ends_at),
    )


def _own(window: Window) -> int | None:
    """Return the change a window was opened for: our runs name it in the reference."""
    found = _OURS.fullmatch(window.reference)
    return int(found[1]) if found else None


def _expiry(estate: Estate, expiry: expiry_queries.Expiry) -> Candidate:
    return Candidate(
        key=f"expiry:{expiry.check}",
        kind=Kind.EXPIRY,
        title=f"{estate.name_of(expiry.component)}: no days left at {expiry.check}",
        origin="expired",
        began_at=expiry.at,
        components=(expiry.component,),
        markets=expiry.markets,
    )
