"""Meetings of the board as screens show them; an agenda is computed until the meeting ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from changes.lifecycle import MeetingState, State
from changes.models import BoardAttendance, BoardItem, BoardMeeting, Change, ChangeMarket
from changes.queries import rounds, views
from changes.rules.board import Present, quorum_from, quorum_gaps
from changes.values import ChangeView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

MOST_ITEMS = 200
MOST_MEETINGS = 100
UNDECIDED = "undecided"  # kept beside the filter once the meeting has ended


@dataclass(frozen=True)
class Agenda:
    """What a meeting talks about: changes of these states, markets, types, risk and windows."""

    states: Sequence[str] = (State.SUBMITTED.value,)
    markets: Sequence[str] = ()
    types: Sequence[str] = ()
    risk_at_least: float | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Item:
    """One line of an agenda; ``decision`` is empty until the board spoke."""

    change: ChangeView
    round: int
    stage: str
    asks_board: bool
    plan_digest: str
    decision: str = ""
    minutes: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Meeting:
    """One meeting as a line of the list."""

    id: int
    title: str
    starts_at: datetime
    chair: str
    state: MeetingState
    markets: Sequence[str]
    agenda: Agenda
    quorum: Mapping[str, Any] = field(default_factory=dict)
    undecided: Sequence[int] = ()
    minutes: str = ""
    opened_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class MeetingPage:
    """One meeting with its agenda, who is there, and what is missing for a quorum."""

    meeting: Meeting
    items: Sequence[Item]
    present: Sequence[Present]
    quorum_gaps: Sequence[str]
    may_manage: bool
    may_decide: bool


def meetings(work: Work) -> list[Meeting]:
    """Return the meetings the actor may see, the newest first."""
    rows = work.session.scalars(
        select(BoardMeeting).order_by(BoardMeeting.starts_at.desc()).limit(MOST_MEETINGS)
    )
    return [_meeting(each) for each in rows if _sees(work, each)]


def meeting(work: Work, meeting_id: int) -> MeetingPage:
    """Return one meeting with its agenda as it is now."""
    row = work.session.get(BoardMeeting, meeting_id)
    if row is None or not _sees(work, row):
        raise NotFound(f"there is no meeting {meeting_id} that you may see")
    shown, there = _meeting(row), presences(work, meeting_id)
    missing: Sequence[str] = shown.quorum.get("missing", ())
    if shown.state is MeetingState.OPEN:
        missing = quorum_gaps(quorum_from(shown.quorum), there)
    held = row.markets or [EVERYWHERE]
    manages = all(work.actor.may(Permission.CHANGE_MANAGE, each) for each in held)
    return MeetingPage(
        meeting=shown,
        items=_items(work, shown),
        present=there,
        quorum_gaps=missing,
        may_manage=manages or work.actor.name == row.chair,
        may_decide=work.actor.name == row.chair and row.state is MeetingState.OPEN,
    )


def left_open(work: Work, row: BoardMeeting) -> list[int]:
    """Return the changes on the agenda that the board has not decided, as they are found now."""
    decided = select(BoardItem.change_id).where(BoardItem.meeting_id == row.id)
    wanted = select(Change.id).where(_matches(_meeting(row)), Change.id.not_in(decided))
    return list(work.session.scalars(wanted.order_by(Change.id).limit(MOST_ITEMS)))


def presences(work: Work, meeting_id: int) -> list[Present]:
    """Return who is, or was, there, by name."""
    chosen = select(BoardAttendance).where(BoardAttendance.meeting_id == meeting_id)
    rows = work.session.scalars(chosen.order_by(BoardAttendance.person))
    return [Present(each.person, rounds.hats_from(each.roles)) for each in rows]


def _sees(work: Work, row: BoardMeeting) -> bool:
    held = work.actor.markets(Permission.CHANGE_SEE)
    return bool(held) and (EVERYWHERE in held or not row.markets or bool(held & set(row.markets)))


def _meeting(row: BoardMeeting) -> Meeting:
    return Meeting(
        id=row.id,
        title=row.title,
        starts_at=row.starts_at,
        chair=row.chair,
        state=row.state,
        markets=tuple(row.markets),
        agenda=_agenda(row.filter),
        quorum=row.quorum,
        undecided=tuple(row.filter.get(UNDECIDED, ())),
        minutes=row.minutes,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
    )


def _agenda(kept: Mapping[str, Any]) -> Agenda:
    times = {
        name: datetime.fromisoformat(kept[name]) if kept.get(name) else None
        for name in ("since", "until")
    }
    return Agenda(
        states=tuple(kept.get("states", (State.SUBMITTED.value,))),
        markets=tuple(kept.get("markets", ())),
        types=tuple(kept.get("types", ())),
        risk_at_least=kept.get("risk_at_least"),
        **times,
    )


def _items(work: Work, shown: Meeting) -> list[Item]:
    chosen = select(BoardItem).where(BoardItem.meeting_id == shown.id)
    decided = {each.change_id: each for each in work.session.scalars(chosen)}
    wanted: list[ColumnElement[bool]] = [Change.id.in_({*decided, *shown.undecided})]
    if shown.state in {MeetingState.PLANNED, MeetingState.OPEN}:
        wanted.append(_matches(shown))
    rows = work.session.scalars(
        select(Change)
        .where(or_(*wanted), views.is_visible(work))
        .order_by(Change.starts_at.is_(None), Change.starts_at, Change.id)
        .limit(MOST_ITEMS)
    )
    found = views.changes_of(work, rows)
    known = rounds.rounds_of(work, [each.id for each in found])
    items = [_item(each, known.get(each.id, ()), decided.get(each.id)) for each in found]
    return sorted(items, key=lambda each: not each.asks_board)  # those first that wait for it


def _matches(shown: Meeting) -> ColumnElement[bool]:
    agenda = shown.agenda
    found: ColumnElement[bool] = Change.state.in_(agenda.states)
    for codes in filter(None, (agenda.markets, shown.markets)):
        there = ChangeMarket.market.in_(codes)
        found &= exists().where(ChangeMarket.change_id == Change.id, there)
    if agenda.types:
        found &= Change.type.in_(agenda.types)
    if agenda.risk_at_least is not None:  # an unknown risk counts as the highest
        found &= or_(Change.risk_points >= agenda.risk_at_least, Change.risk_points.is_(None))
    if agenda.since is not None:
        found &= Change.ends_at > agenda.since
    if agenda.until is not None:
        found &= Change.starts_at < agenda.until
    return found


def _item(change: ChangeView, known: Sequence[rounds.StoredRound], said: BoardItem | None) -> Item:
    stored = next((each for each in known if each.round.number == change.round), None)
    present = stored.state.current if stored and change.state is State.SUBMITTED else None
    return Item(
        change=change,
        round=said.round if said else change.round,
        stage=f"{present.position} {present.stage.name}" if present else "",
        asks_board=present is not None and any(gap.by_meeting for gap in present.missing),
        plan_digest=stored.round.plan_digest if stored else "",
        decision=said.decision.value if said else "",
        minutes=said.minutes if said else "",
        at=said.at if said else None,
    )
