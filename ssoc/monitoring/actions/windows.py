"""Announce, change and end maintenance windows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.signs import is_blank
from ssoc.core.vocabulary import WindowEnded, WindowSet
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import models


@dataclass(frozen=True)
class WindowDraft:
    """A window as somebody announces it; components, markets or both say what it covers.

    One that ``ends_itself`` needs nobody to say that the work is over: whoever announced it
    watches the work otherwise, as a run of a change does, and overrun is theirs to tell.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    components: Collection[str] = ()
    markets: Collection[str] = ()
    reference: str = ""
    ends_itself: bool = False


def set_window(work: Work, draft: WindowDraft, window_id: int | None = None) -> int:
    """Announce a window, or change one that has not ended; return its number.

    A change that makes it wider or longer is announced now, so that downtime in what was added
    late does not leave the service level.
    """
    estate = estate_queries.current(work)
    _require(work, estate, draft.components, draft.markets)
    row = work.get(models.MaintenanceWindow, window_id) if window_id else None
    if row is not None:
        _require(work, estate, row.components, row.markets)
        if _has_ended(row, work.now):
            raise Conflict(f"window {row.id} has ended; announce a new one")
    _check(estate, draft)
    if row is None:
        row = models.MaintenanceWindow(announced_at=work.now, created_by=work.actor.name)
    elif _widens(row, draft):
        row.announced_at = work.now
    row.title, row.reference = draft.title.strip()[:255], draft.reference.strip()[:64]
    row.components, row.markets = sorted(draft.components), sorted(draft.markets)
    row.starts_at, row.ends_at = draft.starts_at, draft.ends_at
    row.ended_at = draft.ends_at if draft.ends_itself else None
    work.session.add(row)
    work.session.flush()
    work.record(WindowSet(row.id, row.title, row.starts_at.isoformat(), row.ends_at.isoformat()))
    return row.id


def end_window(work: Work, window_id: int) -> None:
    """Say that the work is over, or cancelled: suppression stops now and overrun is no alarm."""
    row = work.get(models.MaintenanceWindow, window_id)
    _require(work, estate_queries.current(work), row.components, row.markets)
    if _has_ended(row, work.now):
        raise Conflict(f"window {row.id} has ended already")
    row.ended_at = work.now
    work.record(WindowEnded(row.id))


def _has_ended(row: models.MaintenanceWindow, now: datetime) -> bool:
    return row.ended_at is not None and row.ended_at <= now


def _require(
    work: Work, estate: Estate, components: Collection[str], markets: Collection[str]
) -> None:
    """Ask for the right in every market the window touches; changes' people have it, too."""
    touched = set(markets) or {m for each in components for m in estate.markets_of(each)}
    for market in sorted(touched) or [EVERYWHERE]:
        if not work.actor.may(Permission.CHANGE_REPORT, market):
            work.require(Permission.ALERT_SILENCE, market)


def _check(estate: Estate, draft: WindowDraft) -> None:
    if is_blank(draft.title):
        raise BadInput("the window has no title; say in a few words what is being done")
    if draft.ends_at <= draft.starts_at:
        raise BadInput("the window ends before it starts; give an end after the start")
    if not draft.components and not draft.markets:
        raise BadInput("the window covers nothing; name components, markets or both")
    unknown = [each for each in draft.components if each not in estate.components]
    unknown += [each for each in draft.markets if each not in estate.markets]
    if unknown:
        raise BadInput(
            f"the estate does not know {', '.join(sorted(unknown))}; "
            "use keys of its components and codes of its markets"
        )


def _widens(row: models.MaintenanceWindow, draft: WindowDraft) -> bool:
    wider = not set(draft.components) <= set(row.components) if row.components else False
    wider = wider or (bool(row.components) and not draft.components)
    wider = wider or (bool(row.markets) and not set(draft.markets) <= set(row.markets))
    wider = wider or (bool(row.markets) and not draft.markets)
    return wider or draft.starts_at < row.starts_at or draft.ends_at > row.ends_at
