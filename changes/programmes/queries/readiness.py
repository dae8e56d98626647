"""The readiness sheets of sites: many at once in a constant number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from changes.programmes.models import SiteReadiness, SiteReadinessLost
from changes.programmes.queries.ways import ways
from changes.programmes.rules.guards import Standing
from changes.programmes.rules.readiness import (
    Counted,
    Found,
    ReadinessStanding,
    Result,
    standing,
)
from ssoc.core.work import Work


def sheets(
    work: Work, ids: Sequence[int], counted: Mapping[str, Mapping[int, Standing]]
) -> dict[int, ReadinessStanding]:
    """Return the sheet of every site.

    Args:
        work: whose actor's rights are asked by whoever calls.
        ids: of the sites' ways.
        counted: by item, then site, what other parts know: ``training``, ``interfaces``.

    """
    templates = {number: each.terms.readiness for number, each in ways(work, ids).items()}
    found = _newest(work, ids)
    return {
        each: standing(
            template,
            found.get(each, ()),
            {item: _counted(told.get(each)) for item, told in counted.items()},
            work.now,
        )
        for each, template in templates.items()
    }


def _counted(told: Standing | None) -> Counted:
    if told is None:
        return Counted(False, "nothing is recorded; record it on the site's page")
    return Counted(True) if told.is_met else Counted(False, told.why)


def _newest(work: Work, ids: Sequence[int]) -> dict[int, list[Found]]:
    """Return of each site and item the newest result."""
    row = SiteReadiness
    newest = (
        select(func.max(row.id))
        .where(row.site_rollout_id.in_(list(ids)))
        .group_by(row.site_rollout_id, row.item)
    )
    columns = (row.item, row.result, row.evidence, row.by, row.at, row.expires_at)
    found: dict[int, list[Found]] = {}
    for each in work.session.execute(
        select(row.site_rollout_id, *columns).where(row.id.in_(newest))
    ):
        found.setdefault(each.site_rollout_id, []).append(Found(*each[1:]))
    return found


def results(work: Work, site_rollout_id: int) -> list[Found]:
    """Return everything that was recorded of a site, newest first."""
    row = SiteReadiness
    rows = select(row).where(row.site_rollout_id == site_rollout_id).order_by(row.id.desc())
    return [
        Found(each.item, Result(each.result), each.evidence, each.by, each.at, each.expires_at)
        for each in work.session.scalars(rows)
    ]


def lost(work: Work, ids: Iterable[int]) -> dict[int, str]:
    """Return which sites had their readiness and lost it, with the reason."""
    row = SiteReadinessLost
    rows = select(row.site_rollout_id, row.reason).where(
        row.site_rollout_id.in_(list(ids)), row.met_again_at.is_(None)
    )
    return {number: reason for number, reason in work.session.execute(rows)}


@dataclass(frozen=True)
class Loss:
    """Readiness that a site had and lost; ``met_again_at`` is None while it is lost."""

    at: datetime
    reason: str
    met_again_at: datetime | None


def losses(work: Work, site_rollout_id: int) -> list[Loss]:
    """Return every loss of a site's readiness, newest first."""
    row = SiteReadinessLost
    rows = select(row).where(row.site_rollout_id == site_rollout_id).order_by(row.id.desc())
    return [Loss(each.at, each.reason, each.met_again_at) for each in work.session.scalars(rows)]
