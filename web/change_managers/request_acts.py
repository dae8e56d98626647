"""What a requester does with a change: submit, schedule, take back, cancel, close."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import request, url_for
from flask.typing import ResponseReturnValue

from changes import queries
from changes.actions import requests, scheduling
from changes.actions.reviewing import is_review_due
from changes.lifecycle import Move, State
from changes.policy import policy
from changes.values import ChangeView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.app import request_view
from web.change_managers.blueprint import changes
from web.change_managers.page_parts import PageAct
from web.noc.questions import Field, Question, ask, settle


@dataclass(frozen=True)
class _Asked:
    """A move that asks first: words, what may be needed, and the action."""

    label: str
    move: Move
    needs: Permission
    run: Callable[[Work, int, str], object]
    said: str
    what: str = ""
    wants_reason: bool = True
    is_main: bool = False


_ASKED = {
    "submit": _Asked(
        "Submit",
        Move.SUBMIT,
        Permission.CHANGE_PLAN,
        lambda work, number, _: requests.submit(work, number),
        "Submitted.",
        "It is assessed, and those who approve it are asked.",
        wants_reason=False,
        is_main=True,
    ),
    "schedule": _Asked(
        "Schedule",
        Move.SCHEDULE,
        Permission.CHANGE_RUN,
        lambda work, number, _: scheduling.schedule(work, number),
        "Scheduled.",
        wants_reason=False,
    ),
    "unschedule": _Asked(
        "Unschedule",
        Move.UNSCHEDULE,
        Permission.CHANGE_MANAGE,
        scheduling.unschedule,
        "Taken out of the calendar.",
        "Its approval stands.",
    ),
    "withdraw": _Asked(
        "Back to draft",
        Move.RETURN,
        Permission.CHANGE_PLAN,
        requests.withdraw,
        "It is a draft again.",
        "Answers given so far are void.",
    ),
    "close": _Asked(
        "Close",
        Move.CLOSE,
        Permission.CHANGE_PLAN,
        lambda work, number, _: requests.close(work, number),
        "Closed.",
        wants_reason=False,
    ),
    "cancel": _Asked(
        "Cancel the change",
        Move.CANCEL,
        Permission.CHANGE_PLAN,
        requests.cancel,
        "Cancelled.",
        "It cannot be taken up again; raise a new one then.",
    ),
}


def acts(work: Work, change: ChangeView) -> Sequence[PageAct]:
    """Return the buttons that the state, the type and the actor's rights allow."""
    found = []
    if change.state.may_be_edited and _may(work, Permission.CHANGE_PLAN, change):
        href = url_for("changes.change_edit", change_id=change.id)
        found.append(PageAct("Edit…", href, "e", is_question=True))
    known = policy(work).types.get(change.type)
    for name, each in _ASKED.items():
        allows = known is None or known.allows(change.state, each.move)
        if name == "close" and is_review_due(work, change):
            continue
        if allows and _is_possible(change.state, each.move) and _may(work, each.needs, change):
            href = url_for("changes.request_act", change_id=change.id, name=name)
            label = f"{each.label}…" if each.wants_reason else each.label
            act = PageAct(label, href, is_main=each.is_main, is_question=each.wants_reason)
            found.insert(0 if each.is_main else len(found), act)
    return found


def _is_possible(state: State, move: Move) -> bool:
    from changes.lifecycle import CHANGE

    return (state, move) in CHANGE.table


def _may(work: Work, permission: Permission, change: ChangeView) -> bool:
    return all(work.actor.may(permission, each) for each in change.markets or ("*",))


@changes.route(
    "/<int:change_id>/<any({names}):name>".format(names=", ".join(_ASKED)), methods=["GET", "POST"]
)
def request_act(change_id: int, name: str) -> ResponseReturnValue:
    """Ask for the reason where one is needed, then act."""
    asked = _ASKED[name]
    with request_view() as work:
        change = queries.change(work, change_id)
    reason = request.form.get("reason", "")
    question = Question(
        title=asked.label,
        action=url_for("changes.request_act", change_id=change_id, name=name),
        button=asked.label,
        back=url_for("changes.change", change_id=change_id),
        back_label=change.reference,
        about=change.title,
        what=asked.what,
        fields=[Field("reason", "Why", "area", reason, required=True)]
        if asked.wants_reason
        else [],
        is_final=name == "cancel",
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: asked.run(work, change_id, reason), asked.said)
