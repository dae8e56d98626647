"""Read the estate as one value; cached, since it changes a few times a month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import func, select

from ssoc.core.work import Work
from ssoc.estate.models import EstateItem, EstateVersion
from ssoc.estate.plain import estate_of
from ssoc.estate.values import Estate

_cache: dict[tuple[str, int, str], Estate] = {}
_lock = Lock()
IN_SESSION = "estate"  # under which a session keeps what it has seen


def current(work: Work) -> Estate:
    """Return the estate as loaded last; the empty one before the first load.

    A unit of work sees one estate from its beginning to its end, unless it loads another itself.
    """
    kept: Estate | None = work.session.info.get(IN_SESSION)
    if kept is None:
        kept = work.session.info[IN_SESSION] = _newest(work)
    return kept


def _newest(work: Work) -> Estate:
    newest = select(EstateVersion.id, EstateVersion.digest).order_by(EstateVersion.id.desc())
    found = work.session.execute(newest.limit(1)).first()
    if found is None:
        return Estate()
    version, digest = found  # a restored database may count other content by the same number
    key = (work.session.get_bind().engine.url.render_as_string(), version, digest)
    if key not in _cache:
        items = work.session.scalars(select(EstateItem).where(EstateItem.retired_at.is_(None)))
        estate = estate_of(version, _pairs(items))
        with _lock:
            _cache.clear()  # one version at a time is all anybody asks for
            _cache[key] = estate
        return estate
    return _cache[key]


def loaded_at(work: Work) -> datetime | None:
    """Return when the estate was loaded last; None before the first load."""
    return work.session.scalar(select(func.max(EstateVersion.loaded_at)))


def _pairs(items: Iterable[EstateItem]) -> Iterable[tuple[str, dict[str, object]]]:
    return ((item.kind, item.body) for item in items)


@dataclass(frozen=True)
class Version:
    """One load of the estate: when, by whom, and what it changed."""

    id: int
    loaded_at: datetime
    loaded_by: str
    digest: str
    added: int
    changed: int
    retired: int


def versions(work: Work, limit: int = 20) -> list[Version]:
    """Return the newest loads, newest first."""
    rows = select(EstateVersion).order_by(EstateVersion.id.desc()).limit(limit)
    return [
        Version(
            row.id,
            row.loaded_at,
            row.loaded_by,
            row.digest,
            *(len(row.difference.get(what, ())) for what in ("added", "changed", "retired")),
        )
        for row in work.session.scalars(rows)
    ]
