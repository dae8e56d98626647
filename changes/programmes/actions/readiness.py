"""Record what was found about the readiness of a site, and reopen what is ready no longer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from changes.programmes.actions import moving
from changes.programmes.lifecycle import SiteMove, SiteState
from changes.programmes.models import Programme, Site, SiteReadiness, SiteReadinessLost, SiteRollout
from changes.programmes.queries import site_facts, sites
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.readiness import COUNTED, DECIDED, ReadinessStanding, Result
from changes.programmes.rules.terms import ReadinessItem
from ssoc.core.calendar import local_day
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import SiteReadinessFound, SiteReadinessReopened
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

LONGEST = 500
# Where lost readiness is told: a site that was ready, until it is cut over.
HELD = (SiteState.READY, SiteState.MIGRATING, SiteState.PARALLEL, SiteState.GO_NO_GO)


def record(
    work: Work,
    site_rollout_id: int,
    item: str,
    result: Result | str,
    evidence: str = "",
    *,
    expires_on: date | None = None,
) -> int:
    """Write down what was found about one item of a site's sheet; return the number of the row.

    Args:
        work: whose actor records work at sites in its market; a waiver is decided, as is that an
            item does not apply.
        site_rollout_id: the site's way in its release.
        item: the key of the template.
        result: ``pass``, ``fail``, ``waived`` or ``n/a``, when it does not apply to this site.
        evidence: where the proof is; for all but a pass it is the reason, and needed.
        expires_on: the first day it counts no more; None: as the template says.

    Raises:
        NotFound: there is no such site that the actor may see.
        NotAllowed: the permission is missing in its market.
        BadInput: no such item or result, a day that is past, or no reason.

    """
    way, site = sites.row_of(work, site_rollout_id)
    chosen = _result(result)
    is_decided = chosen in DECIDED
    work.require(
        Permission.PROGRAMME_DECIDE if is_decided else Permission.PROGRAMME_WORK, site.market
    )
    template = terms_of(work, work.session.get_one(Programme, way.programme_id)).readiness
    said = str(storable(evidence)).strip()
    _refuse(template, item, chosen, said)
    row = SiteReadiness(
        site_rollout_id=way.id,
        item=item,
        result=chosen,
        evidence=said,
        by=work.actor.name,
        at=work.now,
        expires_at=_expiry(work, site, template[item], chosen, expires_on),
    )
    work.session.add(row)
    work.session.flush()
    bump(work.session)
    work.record(
        SiteReadinessFound(
            programme_id=way.programme_id,
            markets=site.market,
            site_rollout_id=way.id,
            site=site.code,
            item=item,
            result=chosen.value,
            evidence=said,
        )
    )
    return row.id


def _result(word: Result | str) -> Result:
    try:
        return Result(word)
    except ValueError:
        raise BadInput(
            f"no result {str(word)[:40]!r}; give one of {', '.join(each.value for each in Result)}"
        ) from None


def _refuse(template: Mapping[str, ReadinessItem], item: str, result: Result, said: str) -> None:
    if item not in template:
        raise BadInput(f"no item {item[:40]!r} on the sheet; there are {', '.join(template)}")
    if result is not Result.PASS and not said:
        raise BadInput(f"{template[item].title} is {result.value} without a reason; say why")
    if len(said) > LONGEST:
        raise BadInput(f"the evidence has {len(said)} characters, more than {LONGEST}; shorten it")
    if item in COUNTED and item in site_facts.FACTS and result not in DECIDED:
        raise BadInput(
            f"{template[item].title} is counted from what is recorded elsewhere on the site's "
            "page; record it there, waive the item, or say why it does not apply"
        )


def _expiry(
    work: Work, site: Site, item: ReadinessItem, result: Result, expires_on: date | None
) -> datetime | None:
    if result is Result.FAIL:
        return None
    if expires_on is not None:
        at = local_day(site.zone or "UTC", expires_on).since
        if at <= work.now:
            raise BadInput(f"{expires_on} is not a day to come; say until when it counts")
        return at
    return work.now + item.valid_for if item.valid_for and result is Result.PASS else None


@dataclass(frozen=True)
class Lost:
    """Sites whose readiness is newly lost, and the losses that are over."""

    sites: Sequence[tuple[SiteRollout, Site, ReadinessStanding]]
    over: Sequence[SiteReadinessLost]


def newly_lost(work: Work) -> Lost:
    """Return which sites lost their readiness without having been told, and which have it again."""
    rows = {
        way.id: (way, site)
        for way, site in work.session.execute(
            select(SiteRollout, Site)
            .join(Site, Site.id == SiteRollout.site_id)
            .where(SiteRollout.state.in_(HELD))
            .order_by(SiteRollout.id)
        )
    }
    told = {
        row.site_rollout_id: row
        for row in work.session.scalars(
            select(SiteReadinessLost).where(SiteReadinessLost.met_again_at.is_(None))
        )
    }
    sheets = site_facts.sheets(work, sorted({*rows, *told}))
    return Lost(
        [
            (way, site, sheets[number])
            for number, (way, site) in rows.items()
            if not sheets[number].is_met and number not in told
        ],
        [row for number, row in told.items() if number not in sheets or sheets[number].is_met],
    )


def reopen_lost(work: Work) -> int:
    """Reopen sites whose readiness is lost, and close what is met again; return how many lost it.

    A pass expired, an item came into the template, somebody untrained joined: a site that was
    ready goes back to ``surveyed``; one further on stays where it is, and its next step is
    refused until it is ready again. Each loss is told once.
    """
    found = newly_lost(work)
    for row in found.over:
        row.met_again_at = work.now
        bump(work.session)
    for way, site, sheet in found.sites:
        _reopen(work, way, site, sheet)
    return len(found.sites)


def _reopen(work: Work, way: SiteRollout, site: Site, sheet: ReadinessStanding) -> None:
    reason = f"readiness reopened: {sheet.why}"[:LONGEST]
    work.session.add(SiteReadinessLost(site_rollout_id=way.id, at=work.now, reason=reason))
    work.record(
        SiteReadinessReopened(
            programme_id=way.programme_id,
            markets=site.market,
            site_rollout_id=way.id,
            site=site.code,
            reason=reason,
        )
    )
    bump(work.session)
    if way.state is SiteState.READY:
        moving.write(work, way, site, SiteMove.REOPEN, SiteState.SURVEYED, reason)
