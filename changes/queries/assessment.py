"""What a change was assessed to be: its findings with their waivers, its risk, its free slot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from changes.models import Change, ChangeChecked, ChangeMarket, CollisionFinding, CollisionWaiver
from changes.models import RiskScore as RiskRow
from changes.names import is_among
from changes.policy import policy
from changes.queries import views
from changes.queries.calendar_items import LIVE, freeze_key
from changes.queries.freezes import overridden, overridden_now
from changes.queries.rounds import excepted
from changes.queries.slot_search import next_free_slot as next_free_slot
from changes.queries.slot_search import why_no_slot as why_no_slot
from changes.rules.approvals import held_by
from changes.rules.collisions import LEVELS, Level
from changes.rules.collisions.times import HOURS
from changes.rules.risk import RiskInputs, Term, inputs_of, score, terms
from changes.values import ChangeView
from ssoc.core.permissions import EVERYWHERE, ROLES, Permission, Role
from ssoc.core.work import Work


@dataclass(frozen=True)
class Waiver:
    """Who let a finding stand, when, and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Finding:
    """A finding as pages show it; ``waiver`` is the one that holds for where things stand.

    ``overridden`` says that a freeze was overridden for this change, which is as good.
    """

    key: str
    rule: str
    level: Level
    sentence: str
    subject: str
    path: Sequence[str]
    markets: Sequence[str]
    waivers: Sequence[str]
    change_id: int
    other_id: int | None
    since: datetime
    until: datetime
    found_at: datetime
    ended_at: datetime | None = None
    waiver: Waiver | None = None
    is_overridden: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether it stands and nobody waived it."""
        return self.ended_at is None and self.waiver is None and not self.is_overridden

    @property
    def blocks(self) -> bool:
        """Tell whether the change may not be scheduled because of it."""
        return self.is_open and self.level is Level.BLOCK

    @property
    def is_of_freeze(self) -> bool:
        """Tell whether it is about a freeze, not about a market's change hours."""
        return self.rule == "C7" and not self.subject.startswith(HOURS)

    @property
    def reason(self) -> str:
        """Return why, without the full stop: to stand inside another sentence."""
        return self.sentence.removesuffix(".")


@dataclass(frozen=True)
class Risk:
    """A score with its terms, in the order of the reference, reckoned with today's weights.

    ``points`` is what was stored with ``policy_version``; ``now`` what the same inputs give today.
    """

    points: float
    policy_version: str
    reckoned_at: datetime
    inputs: RiskInputs
    terms: Sequence[Term]

    @property
    def now(self) -> float:
        """Return the score of the stored inputs with today's weights."""
        return score(self.terms)


@dataclass(frozen=True)
class Assessment:
    """What a change was last found to be; ``checked_at`` None means: never assessed.

    ``findings`` stand, the worst first; ``ended`` no longer do, the last ended first.
    """

    change_id: int
    checked_at: datetime | None = None
    findings: Sequence[Finding] = ()
    ended: Sequence[Finding] = ()
    risk: Risk | None = None

    @property
    def blocking(self) -> list[Finding]:
        """Return the findings that block and that nobody waived."""
        return [each for each in self.findings if each.blocks]


def assessment(work: Work, change_id: int) -> Assessment:
    """Return the assessment of a change the actor may see, or raise NotFound."""
    return assessment_of(work, views.change(work, change_id))


def assessment_of(work: Work, change: ChangeView) -> Assessment:
    """Return the assessment of a change at hand."""
    found = _findings(work, change)
    ended = [each for each in found if each.ended_at is not None]
    return Assessment(
        change_id=change.id,
        checked_at=work.session.scalar(
            select(ChangeChecked.checked_at).where(ChangeChecked.change_id == change.id)
        ),
        findings=in_order(each for each in found if each.ended_at is None),
        ended=sorted(ended, key=lambda each: each.ended_at or each.found_at, reverse=True),
        risk=risk_of(work, change.id),
    )


def blocking(work: Work, change_id: int) -> list[Finding]:
    """Return the findings that stand in the way of scheduling: blocks that nobody waived."""
    row = work.session.get(Change, change_id)
    if row is None:
        return []
    change = views.changes_of(work, [row])[0]
    return in_order(each for each in _findings(work, change) if each.blocks)


def findings_between(work: Work, since: datetime, until: datetime) -> list[Finding]:
    """Return standing findings that touch [since, until), of changes the actor may see."""
    one, other = aliased(Change), aliased(Change)
    wanted = (
        select(CollisionFinding)
        .join(one, one.id == CollisionFinding.change_id)
        .outerjoin(other, other.id == CollisionFinding.other_id)
        .where(CollisionFinding.ended_at.is_(None))
        .where(CollisionFinding.until > since, CollisionFinding.since < until)
        .where(one.state.in_(LIVE))
        .where(or_(CollisionFinding.other_id.is_(None), other.state.in_(LIVE)))
        .where(_may_see(work))
        .order_by(CollisionFinding.since, CollisionFinding.key)
    )
    rows = list(work.session.scalars(wanted))
    frozen = sorted({row.change_id for row in rows if row.rule == "C7"})
    leave = overridden_now(work, frozen[:MOST_FROZEN]) if frozen else {}
    return _shown(work, rows, {each: _starts_of(keys) for each, keys in leave.items()})


def risk_of(work: Work, change_id: int) -> Risk | None:
    """Return the newest score of a change with its terms; None when it never was assessed."""
    row = work.session.scalar(
        select(RiskRow).where(RiskRow.change_id == change_id).order_by(RiskRow.id.desc()).limit(1)
    )
    if row is None:
        return None
    inputs = inputs_of(row.inputs)
    found = terms(inputs, policy(work).risk)
    return Risk(row.points, row.policy_version, row.reckoned_at, inputs, found)


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """Return findings, open ones first, then the worst, then by rule."""
    return sorted(
        found,
        key=lambda each: (
            not each.is_open,
            -LEVELS.index(each.level),
            int(each.rule[1:]),
            each.key,
        ),
    )


def _findings(work: Work, change: ChangeView) -> list[Finding]:
    """Return every finding about a change; one with a change that is off or a draft is nobody's."""
    one, other = aliased(Change), aliased(Change)
    mine = or_(
        and_(CollisionFinding.change_id == change.id, _stands(other, CollisionFinding.other_id)),
        and_(CollisionFinding.other_id == change.id, _stands(one, CollisionFinding.change_id)),
    )
    rows = work.session.scalars(select(CollisionFinding).where(mine))
    return _shown(work, rows, {change.id: _starts_of(overridden(work, change))})


def _stands(other: type[Change], number: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    live = exists().where(other.id == number, other.state.in_(LIVE))
    return or_(number.is_(None), live)


MOST_FROZEN = 5_000  # below every database's most parameters


def _starts_of(keys: Iterable[str]) -> frozenset[str]:
    """Return how the subjects of findings about these freezes begin."""
    return frozenset(map(freeze_key, keys))


def _shown(
    work: Work, rows: Iterable[CollisionFinding], overridden_for: Mapping[int, frozenset[str]]
) -> list[Finding]:
    known = list(rows)
    waivers = _waivers(work, [each.key for each in known])
    return [
        Finding(
            key=row.key,
            rule=row.rule,
            level=row.level,
            sentence=row.sentence,
            subject=row.subject,
            path=tuple(row.path),
            markets=tuple(row.markets),
            waivers=tuple(row.waivers),
            change_id=row.change_id,
            other_id=row.other_id,
            since=row.since,
            until=row.until,
            found_at=row.found_at,
            ended_at=row.ended_at,
            waiver=waivers.get((row.key, row.place, row.level)),
            is_overridden=any(
                row.subject.startswith(each) for each in overridden_for.get(row.change_id, ())
            ),
        )
        for row in known
    ]


def _waivers(work: Work, keys: Sequence[str]) -> Mapping[tuple[str, str, Level], Waiver]:
    """Return the newest waiver of each finding, by where its items stood and how bad it was."""
    found: dict[tuple[str, str, Level], Waiver] = {}
    for start in range(0, len(keys), 500):
        rows = work.session.scalars(
            select(CollisionWaiver)
            .where(CollisionWaiver.finding_key.in_(keys[start : start + 500]))
            .order_by(CollisionWaiver.id)
        )
        for row in rows:
            at = (row.finding_key, row.place, row.level)
            found[at] = Waiver(row.waived_by, row.waived_at, row.reason)
    return found


def waived(work: Work, places: Iterable[tuple[str, str, Level]]) -> frozenset[str]:
    """Return the keys of findings, each with its place and level, for which a waiver holds."""
    asked = list(places)
    known = _waivers(work, [key for key, _, _ in asked])
    return frozenset(each[0] for each in asked if each in known)


def _may_see(work: Work) -> ColumnElement[bool]:
    """Return the condition that one of a finding's changes is in a market of the actor."""
    held = views.seen_markets(work)
    if EVERYWHERE in held:
        return true()
    either = or_(
        ChangeMarket.change_id == CollisionFinding.change_id,
        ChangeMarket.change_id == CollisionFinding.other_id,
    )
    return exists().where(either, ChangeMarket.market.in_(held))


def other_of(finding: Finding, change_id: int) -> int | None:
    """Return the other change of a finding, seen from one of the two."""
    return finding.other_id if finding.change_id == change_id else finding.change_id


def openable(work: Work, change_ids: Iterable[int]) -> frozenset[int]:
    """Return which of some changes the actor may open."""
    wanted = sorted(change_ids)
    if not wanted:
        return frozenset()
    return frozenset(
        work.session.scalars(select(Change.id).where(Change.id.in_(wanted), views.is_visible(work)))
    )


def own_blocks(work: Work, findings: Iterable[Finding]) -> dict[str, str]:
    """Return, by key of a finding that blocks, which side of it is the actor's own, and how.

    Who asked for a change, implements or verifies it does not judge what stands in its way, but
    for an exception as approvals know it.
    """
    asked = [each for each in findings if each.level is Level.BLOCK]
    numbers = {number for each in asked for number in _sides(each)}
    rows = work.session.execute(
        select(Change.id, *(getattr(Change, duty) for duty in _DUTIES)).where(
            Change.id.in_(numbers)
        )
    )
    duties = {number: dict(zip(_DUTIES, who, strict=True)) for number, *who in rows}
    held = {number: held_by(work.actor.name, each) for number, each in duties.items()}
    exempt = excepted(work, numbers) if any(held.values()) else {}
    own = {
        number: f"the {' and the '.join(each)} of CHG-{number}"
        for number, each in held.items()
        if each and not is_among(work.actor.name, exempt.get(number, ()))
    }
    found = ((each.key, own.get(number)) for each in asked for number in _sides(each))
    return {key: said for key, said in found if said}


_DUTIES = ("requester", "implementer", "verifier")


def _sides(finding: Finding) -> list[int]:
    return [finding.change_id, *([finding.other_id] if finding.other_id else [])]


def may_waive(work: Work, finding: Finding, markets: Iterable[str]) -> bool:
    """Tell whether the actor may waive a finding: in all markets of the change and of it."""
    return all(may_waive_in(work, finding, each) for each in {*markets, *finding.markets})


def may_waive_in(work: Work, finding: Finding, market: str) -> bool:
    """Tell whether the actor has the right, or all that one of the roles in the data has."""
    if work.actor.may(Permission.CHANGE_MANAGE, market):
        return True
    return any(
        role in finding.waivers and all(work.actor.may(each, market) for each in ROLES[role])
        for role in Role
    )
