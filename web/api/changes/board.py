"""Meetings of the change advisory board over the API: plan, hold, decide item by item."""

from collections.abc import Callable
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.actions import meetings as meeting_acts
from changes.actions.meetings import MeetingDraft
from changes.lifecycle import BoardWord, State
from changes.queries import meetings
from changes.queries.meetings import Agenda, Item, Meeting, MeetingPage
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant, line
from web.api.repeating import once
from web.app import request_view

_AGENDA = ("states", "types", "in_markets", "risk_at_least", "since", "until")
_MEETING = ("title", "starts_at", "chair", "markets", *_AGENDA)
_MOST_RISK = 100


@api.get("/meetings", endpoint="meetings")
def listed() -> ResponseReturnValue:
    """Return the meetings of the board, the newest first."""
    asked.parameters()
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        found = meetings.meetings(work)
    return jsonify({"items": [_meeting(each) for each in found]})


@api.get("/meetings/<int:number>", endpoint="meeting")
def one(number: int) -> ResponseReturnValue:
    """Return one meeting with its agenda, who is there, and what was decided."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_page(meetings.meeting(work, number)))


def _meeting(each: Meeting) -> Json:
    agenda = each.agenda
    return {
        "id": each.id,
        "title": each.title,
        "starts_at": instant(each.starts_at),
        "chair": each.chair,
        "state": each.state.value,
        "markets": list(each.markets),
        "states": list(agenda.states),
        "types": list(agenda.types),
        "in_markets": list(agenda.markets),
        "risk_at_least": agenda.risk_at_least,
        "since": instant(agenda.since),
        "until": instant(agenda.until),
        "quorum": dict(each.quorum),
        "minutes": each.minutes,
    }


def _page(found: MeetingPage) -> Json:
    return {
        **_meeting(found.meeting),
        "present": [each.person for each in found.present],
        "quorum_missing": list(found.quorum_gaps),
        "items": [_item(each) for each in found.items],
    }


def _item(each: Item) -> Json:
    return {
        **line(each.change),
        "round": each.round,
        "stage": each.stage,
        "asks_board": each.asks_board,
        "plan_digest": each.plan_digest,
        "decision": each.decision or None,
        "minutes": each.minutes,
        "at": instant(each.at),
    }


@api.post("/meetings", endpoint="meeting_plan")
def plan() -> ResponseReturnValue:
    """Plan a meeting, and return it."""
    asked.parameters()
    given = asked.body(*_MEETING)
    return once(lambda work: _shown(work, meeting_acts.plan(work, _draft(given))), 201)


def _draft(given: Fields) -> MeetingDraft:
    risk: Any = given.values.get("risk_at_least")
    if risk is not None and (type(risk) not in {int, float} or not 0 <= risk <= _MOST_RISK):
        raise BadInput(f"the field risk_at_least must be a number from 0 to {_MOST_RISK}")
    states = given.texts("states")
    if strange := sorted(set(states) - set(State)):
        raise BadInput(f"{strange[0][:32]!r} is no state; there are {', '.join(State)}")
    times = {name: given.instant(name) for name in ("since", "until") if name in given.values}
    agenda = Agenda(
        states=tuple(states) or Agenda().states,
        markets=tuple(given.texts("in_markets")),
        types=tuple(given.texts("types")),
        risk_at_least=None if risk is None else float(risk),
        **times,
    )
    return MeetingDraft(
        title=given.text("title"),
        starts_at=given.instant("starts_at"),
        chair=given.text("chair"),
        agenda=agenda,
        markets=tuple(given.texts("markets")),
    )


def _shown(work: Work, number: int) -> Json:
    work.session.flush()
    return _page(meetings.meeting(work, number))


def _decide(work: Work, number: int, given: Fields) -> None:
    word = given.text("decision")
    if word not in set(BoardWord):
        raise BadInput(f"the field decision must be one of {', '.join(BoardWord)}")
    meeting_acts.decide(
        work,
        number,
        given.number("change"),
        BoardWord(word),
        given.text("minutes", ""),
        given.text("plan_digest", "") or None,
    )


def _attend(work: Work, number: int, given: Fields) -> None:
    is_there = given.switch("is_there") if "is_there" in given.values else True
    meeting_acts.attend(work, number, given.text("person"), is_there)


MEETING_ACTIONS: dict[str, tuple[tuple[str, ...], Callable[[Work, int, Fields], None]]] = {
    "open": ((), lambda work, number, _: meeting_acts.begin(work, number)),
    "cancel": ((), lambda work, number, _: meeting_acts.call_off(work, number)),
    "attend": (("person", "is_there"), _attend),
    "decide": (("change", "decision", "minutes", "plan_digest"), _decide),
    "end": (
        ("minutes",),
        lambda work, number, given: meeting_acts.end(work, number, given.text("minutes", "")),
    ),
    "change": (
        _MEETING,
        lambda work, number, given: meeting_acts.replan(work, number, _draft(given)),
    ),
}


@api.post("/meetings/<int:number>/<action>", endpoint="meeting_act")
def act(number: int, action: str) -> ResponseReturnValue:
    """Do one of ``MEETING_ACTIONS`` to a meeting, and return how it stands then."""
    if action not in MEETING_ACTIONS:
        there = ", ".join(MEETING_ACTIONS)
        raise NotFound(f"there is no action {action[:64]!r}; there are {there}")
    asked.parameters()
    known, run = MEETING_ACTIONS[action]
    given = asked.body(*known)

    def do(work: Work) -> Json:
        run(work, number, given)
        return _shown(work, number)

    return once(do)
