"""Approvals over the API: what waits, how a change stands, delegations."""

from collections.abc import Sequence

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.actions import delegating
from changes.actions.delegating import DelegationDraft
from changes.queries import approvals
from changes.queries import delegations as delegated
from changes.queries.approvals import Asked, StageView
from changes.queries.rounds import StoredRound
from changes.rules.delegations import Delegation
from changes.rules.filling import Answer
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission, Role
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant, line
from web.api.repeating import once
from web.app import request_view

_DELEGATION = ("person", "delegate", "role", "markets", "starts_at", "expires_at", "reason")


@api.get("/approvals")
def waiting() -> ResponseReturnValue:
    """Return what waits for the caller's answer; nothing ever waits for a token."""
    asked.parameters()
    with request_view() as work:
        _require_see(work)
        found = approvals.waiting(work)
    items = [{**line(each.change), "asked": _asked(each.asked)} for each in found]
    return jsonify({"items": items})


def _require_see(work: Work) -> None:
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


def _asked(one: Asked) -> Json:
    return {
        "round": one.round,
        "stage": one.stage,
        "name": one.name,
        "plan_digest": one.plan_digest,
        "own": one.own,
        "for_others": list(one.for_others),
        "due_at": instant(one.due_at),
        "is_escalated": one.is_escalated,
    }


@api.get("/changes/<int:number>/approvals", endpoint="change_approvals")
def of_change(number: int) -> ResponseReturnValue:
    """Return the rounds of a change with every answer, the present one first."""
    asked.parameters()
    with request_view() as work:
        found = approvals.approvals(work, number)
    return jsonify(
        {
            "id": number,
            "round": _round(found.present, found.stages) if found.present else None,
            "asked": _asked(found.asked) if found.asked else None,
            "earlier": [_round(each, ()) for each in found.earlier],
            "board": [
                {
                    "meeting": each.meeting_id,
                    "decision": each.decision,
                    "minutes": each.minutes,
                    "by": each.by,
                    "at": instant(each.at),
                }
                for each in found.board
            ],
            "exceptions": [
                {
                    "person": each.person,
                    "reason": each.reason,
                    "by": each.by,
                    "at": instant(each.at),
                }
                for each in found.exceptions
            ],
            "separation_fault": found.separation_fault,
        }
    )


def _round(stored: StoredRound, shown: Sequence[StageView]) -> Json:
    holders = {each.state.position: each for each in shown}
    return {
        "number": stored.round.number,
        "policy": stored.round.policy,
        "plan_digest": stored.round.plan_digest,
        "opened_at": instant(stored.round.opened_at),
        "status": stored.state.status.value,
        "refused_because": stored.state.refused_because,
        "stages": [
            {
                "position": each.position,
                "name": each.stage.name,
                "status": each.status.value,
                "opened_at": instant(each.opened_at),
                "due_at": instant(each.due_at),
                "missing": [
                    {
                        "role": gap.role,
                        "count": gap.count,
                        "market": gap.market,
                        "by_meeting": gap.by_meeting,
                    }
                    for gap in each.missing
                ],
                "silent": _silent(holders.get(each.position)),
                "answers": [_answer(given) for given in each.answers],
            }
            for each in stored.state.stages
        ],
    }


def _silent(view: StageView | None) -> list[str]:
    tallies = view.tallies if view else ()
    return list(dict.fromkeys(name for each in tallies for name in each.silent))


def _answer(given: Answer) -> Json:
    return {
        "yes": given.yes,
        "person": given.person,
        "on_behalf_of": given.on_behalf_of,
        "reason": given.reason,
        "meeting": given.meeting or None,
        "at": instant(given.at),
    }


@api.get("/delegations")
def delegations() -> ResponseReturnValue:
    """Return the delegations the caller may see."""
    asked.parameters()
    with request_view() as work:
        _require_see(work)
        items = [_delegation(work, each) for each in delegated.delegations(work)]
    return jsonify({"items": items})


def _delegation(work: Work, each: Delegation) -> Json:
    return {
        "id": each.id,
        "person": each.person,
        "delegate": each.delegate,
        "role": each.role.value,
        "markets": list(each.markets),
        "starts_at": instant(each.starts_at),
        "expires_at": instant(each.expires_at),
        "state": each.state(work.now),
        "reason": each.reason,
        "set_by": each.set_by,
    }


@api.post("/delegations", endpoint="delegate")
def delegate() -> ResponseReturnValue:
    """Let somebody answer for somebody, and return the delegations the caller may see."""
    asked.parameters()
    given = asked.body(*_DELEGATION)

    def do(work: Work) -> Json:
        role = given.text("role")
        if role not in set(Role):
            raise BadInput(f"the field role must be one of {', '.join(Role)}")
        draft = DelegationDraft(
            person=given.text("person", work.actor.name),
            delegate=given.text("delegate"),
            role=Role(role),
            starts_at=given.instant("starts_at", work.now),
            expires_at=given.instant("expires_at"),
            markets=tuple(given.texts("markets")),
            reason=given.text("reason", ""),
        )
        number = delegating.delegate(work, draft)
        found = {each.id: each for each in delegated.delegations(work)}
        return _delegation(work, found[number]) if number in found else {"id": number}

    return once(do, 201)


@api.post("/delegations/<int:number>/revoke", endpoint="delegation_revoke")
def revoke(number: int) -> ResponseReturnValue:
    """End a delegation now."""
    asked.parameters()
    asked.body()

    def do(work: Work) -> Json:
        delegating.revoke(work, number)
        return {"id": number, "state": "revoked"}

    return once(do)
