"""Meetings of the change advisory board: planned, held with a quorum, decisions item by item."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from changes.actions import approving, moving
from changes.lifecycle import MEETING, BoardWord, MeetingMove, MeetingState, State
from changes.models import BoardAttendance, BoardItem, BoardMeeting, Change
from changes.policy import policy
from changes.queries import rounds, views
from changes.queries.meetings import UNDECIDED, Agenda, left_open, presences
from changes.rules.board import quorum_from, quorum_gaps, quorum_to
from changes.rules.filling import Hat
from ssoc.accounts.queries import active_holders
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission, grants_of
from ssoc.core.running import bump
from ssoc.core.vocabulary import ChangeDiscussed, MeetingChanged
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import storable

MOST_MINUTES = 4_000
MOST_TITLE = 255


@dataclass(frozen=True)
class MeetingDraft:
    """A meeting to be; its agenda is what the filter finds, at any moment until it ends."""

    title: str
    starts_at: datetime
    chair: str
    agenda: Agenda
    markets: tuple[str, ...] = ()


def plan(work: Work, draft: MeetingDraft) -> int:
    """Plan a meeting and return its number."""
    _require_manager(work, draft.markets)
    row = BoardMeeting(set_by=work.actor.name, set_at=work.now)
    _keep(work, row, draft)
    work.session.add(row)
    work.session.flush()
    work.record(MeetingChanged(row.id, "planned", row.title, row.starts_at.isoformat()))
    bump(work.session)
    return row.id


def replan(work: Work, meeting_id: int, draft: MeetingDraft) -> None:
    """Change a meeting that has not begun."""
    row = _found(work, meeting_id)
    if row.state is not MeetingState.PLANNED:
        raise IllegalMove(f"cannot change a meeting that is {row.state}; nothing was changed")
    _require_manager(work, draft.markets)
    _keep(work, row, draft)
    work.record(MeetingChanged(row.id, "changed", row.title, row.starts_at.isoformat()))
    bump(work.session)


def _keep(work: Work, row: BoardMeeting, draft: MeetingDraft) -> None:
    title = " ".join(str(storable(draft.title)).split())
    if not title or len(title) > MOST_TITLE:
        raise BadInput(f"a meeting needs a title of at most {MOST_TITLE} signs")
    known = estate_queries.current(work).markets
    strange = [each for each in (*draft.markets, *draft.agenda.markets) if each not in known]
    if strange:
        raise BadInput(f"the estate has no market {strange[0][:8]}; it has {', '.join(known)}")
    _require_chair(work, draft)
    row.title, row.starts_at, row.chair = title, draft.starts_at, draft.chair
    row.markets, row.filter = list(draft.markets), _plain(draft.agenda)


def _plain(agenda: Agenda) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(agenda).items()
    }


def _require_chair(work: Work, draft: MeetingDraft) -> None:
    """Refuse a chair who could write no decision down."""
    chair = active_holders(work).get(draft.chair)
    grants = grants_of(chair.grants) if chair else frozenset()
    wanted = draft.markets or (EVERYWHERE,)
    if chair is None or not all(
        {(Permission.CHANGE_APPROVE, each), (Permission.CHANGE_APPROVE, EVERYWHERE)} & grants
        for each in wanted
    ):
        where = ", ".join(draft.markets) or "all markets"
        raise BadInput(
            f"{draft.chair[:64] or 'nobody'} may not approve changes in {where} and so cannot "
            "chair; name somebody who may"
        )


def _found(work: Work, meeting_id: int) -> BoardMeeting:
    """Return a meeting to be acted on, locked, by who manages changes in its markets."""
    row = work.session.get(BoardMeeting, meeting_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no meeting {meeting_id}")
    if work.actor.name != row.chair or work.actor.kind is not ActorKind.PERSON:
        _require_manager(work, tuple(row.markets))
    return row


def _require_manager(work: Work, markets: tuple[str, ...]) -> None:
    if work.actor.kind is ActorKind.TOKEN:
        raise NotAllowed("only people hold meetings; nothing was changed", Permission.CHANGE_MANAGE)
    moving.require_in(work, Permission.CHANGE_MANAGE, markets)


def begin(work: Work, meeting_id: int) -> None:
    """Open a meeting; the rule of the quorum is kept as it is now."""
    row = _found(work, meeting_id)
    row.state = MEETING.after(row.state, MeetingMove.OPEN)
    row.opened_at, row.quorum = work.now, quorum_to(policy(work).approvals.quorum)
    work.record(MeetingChanged(row.id, "opened", row.title))
    bump(work.session)


def call_off(work: Work, meeting_id: int) -> None:
    """Cancel a meeting that has not begun."""
    row = _found(work, meeting_id)
    row.state = MEETING.after(row.state, MeetingMove.CANCEL)
    work.record(MeetingChanged(row.id, "cancelled", row.title))
    bump(work.session)


def attend(work: Work, meeting_id: int, person: str, is_there: bool = True) -> None:
    """Note that somebody is there, with the roles held now; or that it was a mistake."""
    row = _found(work, meeting_id)
    if row.state is not MeetingState.OPEN:
        raise IllegalMove(f"cannot note who is there while the meeting is {row.state}")
    known = work.session.get(BoardAttendance, (meeting_id, person))
    if not is_there:
        if known is not None:
            work.session.delete(known)
    elif known is None:
        holder = active_holders(work).get(person)
        if holder is None:
            raise BadInput(f"there is no person named {person[:64]} who may sign in")
        codes = row.markets or list(estate_queries.current(work).markets)
        held = [
            Hat(role, holder.markets_of(role, codes))
            for role in dict.fromkeys(role for role, _ in holder.grants)
        ]
        hats = rounds.hats_to(each for each in held if each.markets)
        work.session.add(BoardAttendance(meeting_id=meeting_id, person=person, roles=hats))
    work.session.flush()
    bump(work.session)


def decide(
    work: Work,
    meeting_id: int,
    change_id: int,
    word: BoardWord,
    minutes: str,
    seen: str | None = None,
) -> None:
    """Write down what the board says of one change, once; with a quorum it approves or refuses.

    Raises:
        NotAllowed: the actor does not chair the meeting, or has a duty in the change.
        Conflict: no quorum, decided already, or the change does not ask the board now.

    """
    row = _found(work, meeting_id)
    if work.actor.name != row.chair:
        raise NotAllowed(f"{row.chair} chairs this meeting and writes its decisions down")
    if row.state is not MeetingState.OPEN:
        raise IllegalMove(f"cannot decide while the meeting is {row.state}; open it first")
    said = _minutes(minutes, needed=word is not BoardWord.APPROVE)
    view = views.change(work, change_id)
    if work.session.get(BoardItem, (meeting_id, change_id)) is not None:
        raise Conflict(f"{view.reference} was decided in this meeting already; it stands as it is")
    if word is not BoardWord.DEFER:
        _require_quorum(work, row)
        approving.decide_for_board(
            work, change_id, meeting_id, word is BoardWord.APPROVE, said[: approving.REASON], seen
        )
    elif view.state is not State.SUBMITTED:
        raise Conflict(f"{view.reference} is {view.state}; there is nothing to defer")
    number = work.session.get_one(Change, change_id).round
    work.session.add(
        BoardItem(
            meeting_id=meeting_id,
            change_id=change_id,
            round=number,
            decision=word,
            minutes=said,
            by=work.actor.name,
            at=work.now,
        )
    )
    markets = moving.markets_text(view.markets)
    work.record(ChangeDiscussed(change_id, markets, meeting_id, number, word.value, said))
    work.session.flush()
    bump(work.session)


def _require_quorum(work: Work, row: BoardMeeting) -> None:
    missing = quorum_gaps(quorum_from(row.quorum), presences(work, row.id))
    if missing:
        raise Conflict(
            f"the board has no quorum: {'; '.join(missing)}; nothing was written; note who is "
            "there, or defer"
        )


def end(work: Work, meeting_id: int, minutes: str = "") -> None:
    """Close a meeting: agenda, who was there and whether that was a quorum stay as they are."""
    row = _found(work, meeting_id)
    said = _minutes(minutes, needed=False)
    row.state = MEETING.after(row.state, MeetingMove.END)
    there = presences(work, row.id)
    missing = quorum_gaps(quorum_from(row.quorum), there)
    row.quorum = {
        **row.quorum,
        "present": [each.person for each in there],
        "met": not missing,
        "missing": missing,
    }
    row.filter = {**row.filter, UNDECIDED: left_open(work, row)}
    row.minutes, row.ended_at = said, work.now
    detail = f"{len(there)} were there; {'a quorum' if not missing else 'no quorum'}"
    work.record(MeetingChanged(row.id, "held", row.title, detail))
    bump(work.session)


def _minutes(text: str, *, needed: bool) -> str:
    said = str(storable(text)).strip()
    if needed and not said:
        raise BadInput("a refusal or a deferral needs minutes; say in a few words why")
    if len(said) > MOST_MINUTES:
        raise BadInput(f"the minutes are longer than {MOST_MINUTES} signs; shorten them")
    return said
