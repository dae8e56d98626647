"""Entries of the change log with what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from changes.lifecycle import Sighted, State
from changes.models import Change, ChangeSighting
from changes.queries import views
from changes.values import ChangeView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.monitoring import queries as monitoring
from ssoc.monitoring.queries import LoggedChange

MOST = 200


@dataclass(frozen=True)
class SeenOutside:
    """One entry, its verdict and the reason for it."""

    logged: LoggedChange
    verdict: Sighted
    reason: str
    change_id: int | None
    judged_by: str
    judged_at: datetime


def newest_judged(work: Work) -> datetime | None:
    """Return when the newest entry came in that was judged, None while there is none."""
    newest = func.max(ChangeSighting.received_at)
    found: datetime | None = work.session.scalar(select(newest))
    return found


def judged_since(work: Work, since: datetime) -> set[int]:
    """Return the numbers of entries received since then that need no other look."""
    wanted = select(ChangeSighting.event_id).where(ChangeSighting.received_at >= since)
    return set(work.session.scalars(wanted))


def ahead(work: Work) -> list[int]:
    """Return the numbers of entries that were announced for a time that has come."""
    wanted = select(ChangeSighting.event_id).where(
        ChangeSighting.verdict == Sighted.AHEAD, ChangeSighting.at <= work.now
    )
    return list(work.session.scalars(wanted.order_by(ChangeSighting.at).limit(MOST)))


def seen_of(work: Work, change_id: int) -> list[SeenOutside]:
    """Return the entries that belong to one change, the newest first; it is seen by the caller."""
    rows = select(ChangeSighting).where(ChangeSighting.change_id == change_id)
    return _seen(work, rows.order_by(ChangeSighting.at.desc()).limit(MOST))


def seen(
    work: Work, verdict: Sighted | None = None, limit: int = MOST, market: str = ""
) -> list[SeenOutside]:
    """Return what came of the newest entries in markets the actor may see, or in one of them."""
    row = ChangeSighting
    rows = select(row).where(work.visible(row.market, Permission.CHANGE_SEE))
    if verdict is not None:
        rows = rows.where(row.verdict == verdict)
    if market:
        rows = rows.where(row.market == market)
    return _seen(work, rows.order_by(row.at.desc(), row.event_id.desc()).limit(limit))


def _seen(work: Work, wanted: Select[ChangeSighting]) -> list[SeenOutside]:
    rows = list(work.session.scalars(wanted))
    logged = monitoring.logged(work, [row.event_id for row in rows])
    return [
        SeenOutside(
            logged[row.event_id],
            row.verdict,
            row.reason,
            row.change_id,
            row.judged_by,
            row.judged_at,
        )
        for row in rows
        if row.event_id in logged
    ]


def unauthorised(work: Work) -> Sequence[ChangeView]:
    """Return unauthorised changes that nobody has reviewed or settled, the newest first."""
    wanted = select(Change).where(
        Change.is_unauthorised, Change.state == State.ENDED, views.is_visible(work)
    )
    rows = work.session.scalars(wanted.order_by(Change.starts_at.desc(), Change.id).limit(MOST))
    return views.changes_of(work, rows)
