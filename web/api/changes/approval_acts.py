"""What approvers do to a change over the API. Every token is refused: people approve."""

from collections.abc import Mapping

from changes.actions import approving, separation
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.api.asked import Fields
from web.api.changes.act import Act, Run

_SEEN = "the `plan_digest` of the round that was read; another plan is refused"
_STAGE = "the `position` of the stage"
_WHOM = "who delegated the role; may be left out"


def _answer(yes: bool) -> Run:
    def run(work: Work, number: int, given: Fields) -> None:
        approving.answer(
            work,
            number,
            given.number("stage"),
            yes,
            given.text("reason", "" if yes else None),
            given.text("on_behalf_of", ""),
            seen=given.text("plan_digest"),
        )

    return run


ACTS: Mapping[str, Act] = {
    "approve": Act(
        "Say yes to its plan in one stage. Every token is refused: a person does it.",
        _answer(True),
        {
            "stage": _STAGE,
            "plan_digest": _SEEN,
            "reason": "a comment; may be left out",
            "on_behalf_of": _WHOM,
        },
        {"stage": 1, "plan_digest": "9f2c…", "reason": "after the pay day"},
        needs=Permission.CHANGE_APPROVE,
    ),
    "refuse": Act(
        "Say no to its plan, which ends the round. Every token is refused: a person does it.",
        _answer(False),
        {
            "stage": _STAGE,
            "plan_digest": _SEEN,
            "reason": "what must change, and why",
            "on_behalf_of": _WHOM,
        },
        {"stage": 1, "plan_digest": "9f2c…", "reason": "the roll-back was never rehearsed"},
        needs=Permission.CHANGE_APPROVE,
    ),
    "except": Act(
        "Let one person hold two duties in it, against the separation of duties.",
        lambda work, number, given: separation.allow_exception(
            work, number, given.text("person"), given.text("reason")
        ),
        {"person": "who; one of its requester, implementer, verifier", "reason": "why"},
        {"person": "rita", "reason": "nobody else is on shift tonight"},
        needs=Permission.CHANGE_OVERRIDE,
    ),
}
