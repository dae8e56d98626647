"""What may be done after a change over the API: review it, say what an unauthorised one was."""

from collections.abc import Mapping
from datetime import date

from changes.actions import outside, reviewing
from changes.actions.reviewing import ReviewAction
from changes.lifecycle import Outcome
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.api.asked import Fields
from web.api.changes.act import Act

_PARTS = {"text", "owner", "due_on"}


def _review(work: Work, number: int, given: Fields) -> object:
    word = given.text("outcome", "")
    if word and word not in set(Outcome):
        raise BadInput(f"the field outcome must be one of {', '.join(Outcome)}")
    return reviewing.review(
        work,
        number,
        given.text("findings"),
        given.text("lessons", ""),
        _actions(given.values.get("actions", [])),
        Outcome(word) if word else None,
    )


def _actions(found: object) -> list[ReviewAction]:
    if not isinstance(found, list):
        raise BadInput("the field actions must be a list of objects with text, owner and due_on")
    return [_action(each) for each in found]


def _action(found: object) -> ReviewAction:
    fits = isinstance(found, dict) and set(found) <= _PARTS and isinstance(found.get("text"), str)
    if not fits or not all(isinstance(each, str) for each in found.values()):  # type: ignore[attr-defined]
        raise BadInput("an action has text, and may have owner and due_on; all of them are texts")
    assert isinstance(found, dict)  # noqa: S101 (for the type checker)
    try:
        until = date.fromisoformat(found["due_on"]) if found.get("due_on") else None
    except ValueError:
        raise BadInput("due_on of an action must be a day such as 2026-03-09") from None
    return ReviewAction(found["text"], found.get("owner", ""), until)


ACTS: Mapping[str, Act] = {
    "review": Act(
        "Write its review after the fact; whoever worked on it is refused.",
        _review,
        {
            "findings": "what happened, and why",
            "lessons": "what is learnt from it; may be left out",
            "actions": "a list of objects with `text`, and perhaps `owner` and `due_on`",
            "outcome": "how it ended, where nobody has said so yet: "
            + ", ".join(f"`{each}`" for each in Outcome),
        },
        {
            "findings": "the volume was full before we began",
            "actions": [{"text": "check free space first", "owner": "imre"}],
        },
        needs=Permission.CHANGE_APPROVE,
    ),
    "belongs_to": Act(
        "Say that an unauthorised change is part of an approved one; no review is owed any more.",
        lambda work, number, given: outside.belongs_to(
            work, number, given.number("other"), given.text("reason", "")
        ),
        {
            "other": "the number of the other change",
            "reason": "why; needed where component, time or approval do not fit",
        },
        {"other": 12, "reason": "it went out a day early"},
        needs=Permission.CHANGE_MANAGE,
    ),
    "ignore": Act(
        "Say why something unauthorised needs no change; the same soon again is not raised anew.",
        lambda work, number, given: outside.ignore(work, number, given.text("reason")),
        {"reason": "why it needs none"},
        {"reason": "restart for the nightly backup"},
        needs=Permission.CHANGE_MANAGE,
    ),
}
