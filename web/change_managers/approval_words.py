"""What happens while a change is approved, in words for its history."""

from collections.abc import Callable, Mapping
from typing import Any

Body = Mapping[str, Any]
_SAID = {"approve": "approved", "refuse": "refused", "defer": "deferred"}


def _answered(body: Body) -> str:
    who = "the board said " if body.get("meeting") else ""
    whom = f" for {body['on_behalf_of']}" if body.get("on_behalf_of") else ""
    said = f"{who}{'yes' if body.get('yes') else 'no'}{whom}, stage {body.get('stage', 0)}"
    return f"{said}: {body['reason']}" if body.get("reason") else said


def _opened(body: Body) -> str:
    return f"stage {body.get('stage', 0)}, {body.get('name', '')}, is asked"


def _escalated(body: Body) -> str:
    role = str(body.get("to", "")).replace("_", " ")
    return f"stage {body.get('stage', 0)}, {body.get('name', '')}, is escalated to {role}"


def _discussed(body: Body) -> str:
    said = f"the board {_SAID.get(str(body.get('decision')), 'spoke about')} it"
    return f"{said}: {body['minutes']}" if body.get("minutes") else said


WORDS: Mapping[str, Callable[[Body], str]] = {
    "ChangeAnswered": _answered,
    "ApprovalStageOpened": _opened,
    "ApprovalEscalated": _escalated,
    "ChangeDiscussed": _discussed,
    "SeparationExcepted": lambda body: (
        f"an exception for {body.get('person', '')}: {body.get('reason', '')}"
    ),
}
