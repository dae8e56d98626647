"""What may be done to a go/no-go and to a cut-over over the API: all that their pages offer."""

from collections.abc import Mapping
from datetime import date

from changes.programmes.actions import cutting_over, go_no_go
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.api.asked import Fields
from web.api.changes.act import Act

_DECIDE, _WORK = Permission.PROGRAMME_DECIDE, Permission.PROGRAMME_WORK


def _day(given: Fields, name: str) -> date | None:
    text = given.text(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"the field {name} must be a day such as 2026-03-04") from None


def _criterion(work: Work, number: int, given: Fields) -> None:
    go_no_go.set_criterion(
        work,
        number,
        given.text("title"),
        given.text("light"),
        given.switch("is_hard"),
        given.text("source", ""),
    )


def _vote(work: Work, number: int, given: Fields) -> None:
    go_no_go.vote(work, number, given.text("role"), given.text("word"), given.text("reason", ""))


def _condition(work: Work, number: int, given: Fields) -> None:
    due = _day(given, "due_on")
    go_no_go.add_condition(work, number, given.text("text"), given.text("owner"), due)


def _close(work: Work, number: int, given: Fields) -> None:
    go_no_go.close_condition(work, number, given.number("condition"), given.text("how"))


def _edit(work: Work, number: int, given: Fields) -> None:
    go_no_go.edit(
        work,
        number,
        given.instant("meets_at"),
        given.text("no_return", ""),
        given.text("rollback_owner", ""),
    )


DECISION_ACTIONS: Mapping[str, Act] = {
    "edit": Act(
        "Move the meeting, name its point of no return and who rolls back.",
        _edit,
        {
            "meets_at": "an instant with its offset",
            "no_return": "the step without a way back",
            "rollback_owner": "who rolls back; a go needs a name",
        },
        {"meets_at": "2026-03-04T09:00:00Z", "rollback_owner": "sam"},
        Permission.PROGRAMME_PLAN,
    ),
    "criterion": Act(
        "Set a criterion that no guard answers.",
        _criterion,
        {
            "title": "the criterion",
            "light": "`green`, `red` or `no data`",
            "is_hard": "whether red or no data is a no-go",
            "source": "where from; green needs it",
        },
        {"title": "Weather", "light": "green", "is_hard": True, "source": "met office"},
        _DECIDE,
    ),
    "vote": Act(
        "Vote for a role one holds, by a person; votes are only added, the last one counts.",
        _vote,
        {"role": "the role", "word": "`yes`, `no` or `abstain`", "reason": "why; a no needs it"},
        {"role": "IT", "word": "yes"},
        _DECIDE,
    ),
    "condition": Act(
        "Add a condition; it stands against the cut-over until it is closed.",
        _condition,
        {"text": "what has to be done", "owner": "by whom", "due_on": "until which day"},
        {"text": "a generator is on site", "owner": "sam", "due_on": "2026-03-04"},
        _DECIDE,
    ),
    "close": Act(
        "Close a condition by saying how it was met; by a person, also after the decision.",
        _close,
        {"condition": "its number", "how": "how it was met"},
        {"condition": 1, "how": "it stands in the yard"},
        _WORK,
    ),
    "override": Act(
        "Let red hard criteria pass, in writing; only the named authority may.",
        lambda work, number, given: go_no_go.override(work, number, given.text("reason")),
        {"reason": "why it may go all the same"},
        {"reason": "two floaters cover the training"},
        _DECIDE,
    ),
    "decide": Act(
        "Close the meeting; refused with the reason when the rules come to something else.",
        lambda work, number, given: go_no_go.decide(work, number, given.text("word")),
        {"word": "`go` or `no-go`"},
        {"word": "go"},
        _DECIDE,
    ),
}


def _step(work: Work, number: int, given: Fields) -> None:
    left = given.values.get("in_flight")
    if left is not None and (isinstance(left, bool) or not isinstance(left, int)):
        raise BadInput("the field in_flight must be a whole number")
    cutting_over.press(
        work,
        number,
        given.number("position"),
        given.text("move"),
        given.text("note", ""),
        left,
    )


CUT_OVER_ACTIONS: Mapping[str, Act] = {
    "step": Act(
        "Press one step. A drain ends with `in_flight` 0; a hold point is passed by a person.",
        _step,
        {
            "position": "the number of the step",
            "move": "`start`, `finish`, `fail`, `skip`, `repeat` or `undo`",
            "note": "what is worth knowing; needed to fail, to skip and at a hold point",
            "in_flight": "transactions in flight, at the end of a drain",
        },
        {"position": 2, "move": "finish", "in_flight": 0},
        _WORK,
    ),
    "go_on": Act(
        "Decide to go on past the checkpoint; by a person.",
        lambda work, number, given: cutting_over.go_on(work, number, given.text("reason")),
        {"reason": "why"},
        {"reason": "the shop stays closed until noon"},
        _WORK,
    ),
    "roll_back": Act(
        "Begin the way back; refused past the point of no return.",
        lambda work, number, given: cutting_over.roll_back(work, number, given.text("reason")),
        {"reason": "why"},
        {"reason": "the line is down"},
        _WORK,
    ),
    "end": Act(
        "End it: every step done or left out, or everything undone.",
        lambda work, number, given: cutting_over.end(work, number, given.text("note", "")),
        {"note": "what is worth knowing"},
        {},
        _WORK,
    ),
}
