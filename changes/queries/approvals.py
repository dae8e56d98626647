"""What waits for whose answer, and how the rounds of a change stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from changes.lifecycle import State
from changes.models import BoardItem, BoardMeeting, Change, SeparationException
from changes.queries import rounds, views
from changes.queries.rounds import StoredRound
from changes.rules import approvals as rules
from changes.rules.approval_terms import Reach
from changes.rules.approvals import StageState
from changes.rules.delegations import Delegation
from changes.rules.filling import Answer, Hat, gaps
from changes.values import ChangeView
from ssoc.accounts.queries import Holder, active_holders
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

MOST_WAITING = 500


@dataclass(frozen=True)
class Asked:
    """A stage that waits for the actor's answer.

    ``own`` says that the actor may answer in person; ``for_others`` names whom else the actor
    may answer for. ``plan_digest`` is what an answer must carry.
    """

    change_id: int
    round: int
    stage: int
    name: str
    plan_digest: str
    own: bool
    for_others: Sequence[str] = ()
    due_at: datetime | None = None
    is_escalated: bool = False

    @property
    def on_behalf_of(self) -> str:
        """Return for whom one press answers: the actor if asked, else the first of the others."""
        return "" if self.own else self.for_others[0]


@dataclass(frozen=True)
class Waiting:
    """One line of the inbox."""

    change: ChangeView
    asked: Asked


@dataclass(frozen=True)
class Tally:
    """One role of a stage: how many answered of how many asked, and who has not."""

    role: str
    count: int
    answered: int
    holders: Sequence[str]
    silent: Sequence[str]
    market: str = ""
    by_meeting: bool = False


@dataclass(frozen=True)
class StageView:
    """One stage with those who could answer it."""

    state: StageState
    tallies: Sequence[Tally]

    @property
    def shortage(self) -> str:
        """Return that fewer people could answer than must; empty if enough could."""
        for each in self.tallies:
            if not each.by_meeting and len(each.holders) < each.count:
                who = each.role.replace("_", " ")
                return f"{each.count} {who} must answer, {len(each.holders)} could"
        return ""


@dataclass(frozen=True)
class BoardLine:
    """What the board said about the change in one meeting."""

    meeting_id: int
    title: str
    starts_at: datetime
    decision: str
    minutes: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Exempted:
    """An exception from the separation of duties."""

    person: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ApprovalsView:
    """Everything about the approval of one change: the present round first, then those before."""

    change: ChangeView
    present: StoredRound | None
    stages: Sequence[StageView]
    earlier: Sequence[StoredRound]
    asked: Asked | None
    board: Sequence[BoardLine] = ()
    exceptions: Sequence[Exempted] = ()
    separation_fault: str = ""


@dataclass(frozen=True)
class _Voter:
    """Who looks: whose answers could help."""

    name: str
    people: Mapping[str, Holder]
    delegations: Sequence[Delegation] = field(default_factory=tuple)


def waiting(work: Work) -> list[Waiting]:
    """Return what waits for the actor, also as a delegate, the nearest window first."""
    chosen = (
        select(Change)
        .where(Change.state == State.SUBMITTED, views.is_visible(work))
        .order_by(Change.starts_at.is_(None), Change.starts_at, Change.id)
        .limit(MOST_WAITING)
    )
    found = views.changes_of(work, work.session.scalars(chosen))
    asked = asked_of(work, found)
    return [Waiting(each, asked[each.id]) for each in found if each.id in asked]


def asked_of(
    work: Work,
    changes: Sequence[ChangeView],
    known: Mapping[int, Sequence[StoredRound]] | None = None,
) -> dict[int, Asked]:
    """Return, by change, what waits for the actor's answer: a fixed number of statements.

    ``known`` are the rounds of the changes where somebody has read them already.
    """
    open_ = [each for each in changes if each.state is State.SUBMITTED]
    if not open_:
        return {}
    me = _voter(work)
    ids = [each.id for each in open_]
    known = rounds.rounds_of(work, ids) if known is None else known
    excepted = rounds.excepted(work, ids)
    found = {}
    for each in open_:
        present = _present(each, known.get(each.id, ()))
        asked = _asked(work, me, each, present, excepted.get(each.id, frozenset()))
        if asked:
            found[each.id] = asked
    return found


def _voter(work: Work) -> _Voter:
    lent = rounds.delegations_to(work, work.actor.name)
    held = [each for each in lent if not each.fault(work.now)]
    return _Voter(work.actor.name, active_holders(work), held)


def _present(change: ChangeView, known: Iterable[StoredRound]) -> StoredRound | None:
    return next((each for each in known if each.round.number == change.round), None)


def _asked(
    work: Work,
    me: _Voter,
    change: ChangeView,
    found: StoredRound | None,
    excepted: frozenset[str],
) -> Asked | None:
    present = found.state.current if found else None
    if found is None or present is None:
        return None
    duties = rounds.duties_of(change)
    if rules.separation_fault(duties, [me.name], excepted):
        return None
    markets = found.round.markets
    may = any(work.actor.may(Permission.CHANGE_APPROVE, each) for each in markets)
    own = may and _helps(
        found, present, me.name, "", rounds.own_hats(me.people.get(me.name), present.stage, markets)
    )
    others = [
        person
        for person in dict.fromkeys(each.person for each in me.delegations)
        if not rules.separation_fault(duties, [person], excepted)
        and _helps(found, present, me.name, person, _lent(me, person, present, markets))
    ]
    if not own and not others:
        return None
    return Asked(
        change_id=change.id,
        round=found.round.number,
        stage=present.position,
        name=present.stage.name,
        plan_digest=found.round.plan_digest,
        own=own,
        for_others=tuple(others),
        due_at=present.due_at,
        is_escalated=present.status is rules.Status.ESCALATED,
    )


def _lent(me: _Voter, person: str, present: StageState, markets: Sequence[str]) -> tuple[Hat, ...]:
    given = [each for each in me.delegations if each.person == person]
    return rounds.lent_hats(given, me.people.get(person), present.stage, markets)


def _helps(
    found: StoredRound, present: StageState, name: str, behalf: str, hats: Sequence[Hat]
) -> bool:
    """Tell whether a yes would bring the stage nearer to its end."""
    if not hats or rules.answer_fault(found.state, present.position, name, True, behalf):
        return False
    more = Answer(present.position, name, True, found.round.opened_at, "", behalf, hats)
    after = gaps(present.stage, found.round.markets, [*present.answers, more])
    return sum(each.count for each in after) < sum(each.count for each in present.missing)


def approvals(work: Work, change_id: int) -> ApprovalsView:
    """Return how the approval of one change stands, with every round it had."""
    change = views.change(work, change_id)
    known = rounds.rounds_of(work, [change_id]).get(change_id, [])
    present = _present(change, known)
    people = active_holders(work)
    excepted = rounds.excepted(work, [change_id]).get(change_id, frozenset())
    asked = None
    if change.state is State.SUBMITTED:
        asked = _asked(work, _voter(work), change, present, excepted)
    return ApprovalsView(
        change=change,
        present=present,
        stages=_stages(change, present, people, excepted) if present else (),
        earlier=tuple(each for each in reversed(known) if each is not present),
        asked=asked,
        board=_board(work, change_id),
        exceptions=_exceptions(work, change_id),
        separation_fault=rules.duties_fault(rounds.duties_of(change), excepted),
    )


def _stages(
    change: ChangeView,
    found: StoredRound,
    people: Mapping[str, Holder],
    excepted: frozenset[str],
) -> tuple[StageView, ...]:
    free = [
        each
        for each in people.values()
        if not rules.separation_fault(rounds.duties_of(change), [each.name], excepted)
    ]
    return tuple(StageView(each, _tallies(found, each, free)) for each in found.state.stages)


def _tallies(found: StoredRound, stage: StageState, people: Sequence[Holder]) -> tuple[Tally, ...]:
    said = {name for each in stage.answers for name in each.people}
    tallies = []
    for demand in stage.stage.demands:
        split = demand.markets is Reach.EACH and not demand.by_meeting
        for codes in [[code] for code in found.round.markets] if split else [found.round.markets]:
            could = [each.name for each in people if each.markets_of(demand.role, codes)]
            missing = sum(
                gap.count
                for gap in stage.missing
                if gap.role == demand.role and (not split or gap.market == codes[0])
            )
            tallies.append(
                Tally(
                    role=demand.role.value,
                    count=demand.count,
                    answered=max(0, demand.count - missing),
                    holders=tuple(could),
                    silent=tuple(name for name in could if name not in said),
                    market=codes[0] if split else "",
                    by_meeting=demand.by_meeting,
                )
            )
    return tuple(tallies)


def _board(work: Work, change_id: int) -> tuple[BoardLine, ...]:
    chosen = (
        select(BoardItem, BoardMeeting)
        .join(BoardMeeting, BoardMeeting.id == BoardItem.meeting_id)
        .where(BoardItem.change_id == change_id)
        .order_by(BoardItem.at)
    )
    return tuple(
        BoardLine(
            meeting.id,
            meeting.title,
            meeting.starts_at,
            item.decision.value,
            item.minutes,
            item.by,
            item.at,
        )
        for item, meeting in work.session.execute(chosen)
    )


def _exceptions(work: Work, change_id: int) -> tuple[Exempted, ...]:
    chosen = select(SeparationException).where(SeparationException.change_id == change_id)
    rows = work.session.scalars(chosen.order_by(SeparationException.at))
    return tuple(Exempted(each.person, each.reason, each.by, each.at) for each in rows)
