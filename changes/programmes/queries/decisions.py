"""Go/no-go meetings as screens show them, and what guards ask of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from changes.programmes.models import (
    DecisionCondition,
    DecisionCriterion,
    DecisionVote,
    Programme,
    ProgrammeWave,
    Site,
    SiteDecision,
    SiteRollout,
)
from changes.programmes.queries import cutover, programmes
from changes.programmes.rules.go_no_go import (
    Ballot,
    Condition,
    Criterion,
    Finding,
    Light,
    Override,
    Verdict,
    cut_over_fault,
    decide,
)
from ssoc.core.errors import NotFound
from ssoc.core.work import Work

MOST = 200


@dataclass(frozen=True)
class DecisionStanding:
    """Whether a site may be cut over by decision: go, conditions closed, drained."""

    is_met: bool
    why: str
    decision_id: int | None = None
    verdict: Verdict | None = None
    open_conditions: int = 0


@dataclass(frozen=True)
class DecisionView:
    """One meeting with everything that decides; ``finding`` is what it comes to now, or came to."""

    id: int
    programme_id: int
    programme: str
    authority: str
    about: str
    market: str
    site_rollout_id: int | None
    wave_id: int | None
    meets_at: datetime
    quorum: int
    steering: Mapping[str, Sequence[str]]
    criteria: Sequence[Criterion]
    ballots: Sequence[Ballot]
    conditions: Sequence[Condition]
    override: Override | None
    finding: Finding
    verdict: Verdict | None
    no_return: str
    rollback_owner: str
    decided_at: datetime | None
    decided_by: str
    set_by: str
    set_at: datetime
    version: int

    @property
    def is_open(self) -> bool:
        """Tell whether it is still to be decided."""
        return self.verdict is None

    @property
    def reference(self) -> str:
        """Return what people call it."""
        return f"go/no-go {self.id}"


@dataclass(frozen=True)
class DecisionLine:
    """One meeting in a list."""

    id: int
    about: str
    market: str
    meets_at: datetime
    verdict: Verdict | None
    is_overridden: bool
    sentence: str


@dataclass(frozen=True)
class About:
    """What a meeting is about: a site or a wave, and whose market decides who may."""

    programme: Programme
    market: str
    name: str


def about(work: Work, row: SiteDecision) -> About:
    """Return what a meeting is about."""
    programme = work.session.get_one(Programme, row.programme_id)
    if row.wave_id is not None:
        wave = work.session.get_one(ProgrammeWave, row.wave_id)
        return About(programme, wave.market, wave.name)
    way = work.session.get_one(SiteRollout, row.site_rollout_id)
    site = work.session.get_one(Site, way.site_id)
    return About(programme, site.market, f"{site.code} {site.name}")


def found(work: Work, decision_id: int, *, is_locked: bool = False) -> tuple[SiteDecision, About]:
    """Return a meeting's row, or raise NotFound when there is none that the actor may see."""
    row = work.session.get(SiteDecision, decision_id, with_for_update=is_locked)
    what = about(work, row) if row is not None else None
    if row is None or what is None or not programmes.may_see(work, [what.market]):
        raise NotFound(f"there is no go/no-go {decision_id} that you may see")
    return row, what


def decision(work: Work, decision_id: int) -> DecisionView:
    """Return one meeting; automatic values are read now until it is decided."""
    row, what = found(work, decision_id)
    return view(work, row, what)


def view(work: Work, row: SiteDecision, what: About) -> DecisionView:
    """Return a row as value."""
    criteria = _criteria(work, row)
    steering = {role: tuple(people) for role, people in what.programme.steering.items()}
    votes = _ballots(work, row.id)
    conditions = conditions_of(work, [row.id]).get(row.id, [])
    override = _override(row)
    now = decide(criteria, votes, tuple(steering), row.quorum, conditions, override)
    if row.verdict is not None:  # what was decided stays as it was
        now = Finding(
            row.verdict,
            row.sentence,
            bool(override and now.red),
            now.red,
            now.voices,
            now.missing_roles,
        )
    return DecisionView(
        id=row.id,
        programme_id=row.programme_id,
        programme=what.programme.name,
        authority=what.programme.authority,
        about=what.name,
        market=what.market,
        site_rollout_id=row.site_rollout_id,
        wave_id=row.wave_id,
        meets_at=row.meets_at,
        quorum=row.quorum,
        steering=steering,
        criteria=criteria,
        ballots=votes,
        conditions=conditions,
        override=override,
        finding=now,
        verdict=row.verdict,
        no_return=row.no_return,
        rollback_owner=row.rollback_owner,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        set_by=row.set_by,
        set_at=row.set_at,
        version=row.version,
    )


def _criteria(work: Work, row: SiteDecision) -> list[Criterion]:
    if row.verdict is not None:
        return [_kept(each) for each in row.evidence]
    from changes.programmes.queries import criteria  # asks the standings, which ask this file

    own = select(DecisionCriterion).where(DecisionCriterion.decision_id == row.id)
    return [
        *criteria.automatic(work, row),
        *(
            Criterion(
                each.title,
                each.title,
                each.is_hard,
                each.light,
                each.source,
                f"{each.set_by}, {each.set_at:%d %b %H:%M} UTC",
                is_automatic=False,
            )
            for each in work.session.scalars(own.order_by(DecisionCriterion.title))
        ),
    ]


def plain(each: Criterion) -> dict[str, Any]:
    """Return a criterion as it is kept for ever."""
    return {
        "name": each.name,
        "title": each.title,
        "is_hard": each.is_hard,
        "light": each.light.value,
        "source": each.source,
        "why": each.why,
        "is_automatic": each.is_automatic,
    }


def _kept(given: Mapping[str, Any]) -> Criterion:
    return Criterion(**{**given, "light": Light(given["light"])})


def _ballots(work: Work, decision_id: int) -> list[Ballot]:
    rows = select(DecisionVote).where(DecisionVote.decision_id == decision_id)
    return [
        Ballot(each.role, each.person, each.word, each.at, each.reason)
        for each in work.session.scalars(rows.order_by(DecisionVote.id))
    ]


def conditions_of(work: Work, ids: Iterable[int]) -> dict[int, list[Condition]]:
    """Return the conditions of meetings, by meeting."""
    row = DecisionCondition
    rows = select(row).where(row.decision_id.in_(list(ids))).order_by(row.id)
    found: dict[int, list[Condition]] = {}
    for each in work.session.scalars(rows):
        found.setdefault(each.decision_id, []).append(
            Condition(each.text, each.owner, each.due_on, each.closed_at, each.closed_by, each.id)
        )
    return found


def _override(row: SiteDecision) -> Override | None:
    if row.override_at is None:
        return None
    return Override(row.override_by, row.override_reason, row.override_at)


def listed(work: Work, programme_id: int) -> list[DecisionLine]:
    """Return the meetings of a programme that the actor may see, the newest first."""
    programmes.found(work, programme_id)
    rows = work.session.execute(
        select(SiteDecision, Site.code, Site.name, Site.market, ProgrammeWave)
        .outerjoin(SiteRollout, SiteRollout.id == SiteDecision.site_rollout_id)
        .outerjoin(Site, Site.id == SiteRollout.site_id)
        .outerjoin(ProgrammeWave, ProgrammeWave.id == SiteDecision.wave_id)
        .where(SiteDecision.programme_id == programme_id)
        .order_by(SiteDecision.meets_at.desc(), SiteDecision.id.desc())
        .limit(MOST)
    )
    lines = []
    for row, code, name, site_market, wave in rows:
        market = wave.market if wave is not None else site_market
        named = wave.name if wave is not None else f"{code} {name}"
        if programmes.may_see(work, [market]):
            is_overridden = row.override_at is not None and row.verdict is not None
            lines.append(
                DecisionLine(
                    row.id, named, market, row.meets_at, row.verdict, is_overridden, row.sentence
                )
            )
    return lines


def standing(work: Work, ids: Sequence[int]) -> dict[int, DecisionStanding]:
    """Return of every site whether it may be cut over: decided, conditions closed, drained.

    The newest decision about the site or its wave counts. Four statements, however many sites.
    """
    ways = select(SiteRollout.id, SiteRollout.wave_id).where(SiteRollout.id.in_(list(ids)))
    waves = {number: wave for number, wave in work.session.execute(ways)}
    rows = work.session.scalars(
        select(SiteDecision)
        .where(
            SiteDecision.verdict.is_not(None),
            or_(
                SiteDecision.site_rollout_id.in_(list(ids)),
                SiteDecision.wave_id.in_(set(waves.values())),
            ),
        )
        .order_by(SiteDecision.decided_at, SiteDecision.id)
    ).all()
    newest: dict[tuple[str, int | None], SiteDecision] = {}
    for each in rows:
        key = ("wave", each.wave_id) if each.wave_id else ("site", each.site_rollout_id)
        newest[key] = each
    conditions = conditions_of(work, {each.id for each in newest.values()})
    drained = cutover.drained(work, ids)
    return {
        number: _stands(
            _newer(newest.get(("site", number)), newest.get(("wave", waves[number]))),
            conditions,
            drained[number],
        )
        for number in waves
    }


def _newer(one: SiteDecision | None, other: SiteDecision | None) -> SiteDecision | None:
    both = [each for each in (one, other) if each is not None and each.decided_at is not None]
    return max(both, key=lambda each: (each.decided_at, each.id), default=None)


def _stands(
    row: SiteDecision | None, conditions: Mapping[int, Sequence[Condition]], drained: str
) -> DecisionStanding:
    if row is None:
        return DecisionStanding(False, cut_over_fault(None, ()))
    mine = conditions.get(row.id, ())
    fault = cut_over_fault(row.verdict, mine) or drained
    left = sum(each.is_open for each in mine)
    why = fault or f"{row.verdict}, decided by {row.decided_by}"
    return DecisionStanding(not fault, why, row.id, row.verdict, left)


def may_cut_over(work: Work, site_rollout_id: int) -> str:
    """Return why no cut-over may be begun at a site; a drain is no part of it, it comes later."""
    told = standing(work, [site_rollout_id])[site_rollout_id]
    if told.decision_id is None:
        return told.why
    conditions = conditions_of(work, [told.decision_id]).get(told.decision_id, [])
    return cut_over_fault(told.verdict, conditions)


def newest_of(work: Work, site_rollout_id: int, wave_id: int) -> int | None:
    """Return the newest meeting about a site or its wave, decided or not."""
    return work.session.scalars(
        select(SiteDecision.id)
        .where(
            or_(SiteDecision.site_rollout_id == site_rollout_id, SiteDecision.wave_id == wave_id)
        )
        .order_by(SiteDecision.id.desc())
        .limit(1)
    ).first()
