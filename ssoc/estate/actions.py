"""Load the estate: compare first, then write only what changed; nothing is ever deleted."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import EstateLoaded
from ssoc.core.work import Work
from ssoc.estate.models import EstateItem, EstateVersion
from ssoc.estate.plain import body_of, item_of, key_of
from ssoc.estate.queries import IN_SESSION
from ssoc.estate.rules import Difference, Key, difference

Bodies = dict[Key, dict[str, Any]]


def compare(work: Work, items: Iterable[tuple[str, Any]]) -> Difference:
    """Return what ``replace`` with the same items would change."""
    work.require(Permission.ESTATE_SEE, EVERYWHERE)
    return difference(_bodies(_current(work)), _described(items))


def replace(work: Work, items: Iterable[tuple[str, Any]]) -> Difference:
    """Make ``items`` (pairs of kind and value) the estate; the same items again change nothing."""
    work.require(Permission.ESTATE_LOAD, EVERYWHERE)
    rows, new = _current(work), _described(items)
    change = difference(_bodies(rows), new)
    if change.is_empty and rows:
        return change
    version = EstateVersion(
        loaded_at=work.now,
        loaded_by=work.actor.name,
        digest=_digest(new),
        difference=_plain(change),
    )
    work.session.add(version)
    work.session.flush()
    for gone in (*change.retired, *change.changed):
        rows[gone].retired_at = work.now
    work.session.flush()  # the old row leaves the unique index before the new one enters
    for kind, key in (*change.added, *change.changed):
        work.session.add(
            EstateItem(
                kind=kind,
                key=key,
                body=new[kind, key],
                added_at=work.now,
                version_id=version.id,
            )
        )
    work.session.info.pop(IN_SESSION, None)  # this unit of work goes on with the new one
    bump(work.session)
    work.record(
        EstateLoaded(
            version.id,
            version.digest,
            added=len(change.added),
            changed=len(change.changed),
            retired=len(change.retired),
        )
    )
    return change


def _current(work: Work) -> dict[Key, EstateItem]:
    rows = work.session.scalars(select(EstateItem).where(EstateItem.retired_at.is_(None)))
    return {(row.kind, row.key): row for row in rows}


def _bodies(rows: dict[Key, EstateItem]) -> Bodies:
    # as today's release would write them: what it knows anew has its default in older rows
    return {
        (kind, key): json.loads(json.dumps(body_of(item_of(kind, row.body))))
        for (kind, key), row in rows.items()
    }


def _described(items: Iterable[tuple[str, Any]]) -> Bodies:
    # through JSON once, so that both sides compare as the database gives them back
    return {
        (kind, key_of(kind, item)): json.loads(json.dumps(body_of(item))) for kind, item in items
    }


def _digest(bodies: Bodies) -> str:
    text = json.dumps(sorted((*key, body) for key, body in bodies.items()), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(change: Difference) -> dict[str, Any]:
    return {
        "added": ["/".join(key) for key in change.added],
        "retired": ["/".join(key) for key in change.retired],
        "changed": {"/".join(key): sorted(fields) for key, fields in change.changed.items()},
    }
