"""Rounds of approval: opened by a submission, moved by answers, ended by the last or by a no."""

from changes.actions import moving
from changes.actions.settling import approve, ask, settle
from changes.lifecycle import State
from changes.models import ApprovalAnswer, ApprovalRound, Change
from changes.policy import policy
from changes.queries import rounds, views
from changes.queries.rounds import StoredRound
from changes.rules import approvals as rules
from changes.rules.approval_terms import ApprovalPolicy, Facts, Stage
from changes.rules.filling import Answer, Hat, Voter, places
from changes.values import ChangeView, plan_digest
from ssoc.accounts.queries import active_holders
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import (
    ChangeAnswered,
)
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import storable

REASON = 500


def open_round(work: Work, change_id: int) -> int:
    """Open a round about the plan as it is, and return its number; answers before are void (A7).

    A policy that asks nobody approves at once.

    Raises:
        BadInput: one person has two duties in it, without an exception (A5).

    """
    row, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    excepted = rounds.excepted(work, [change_id]).get(change_id, frozenset())
    if fault := rules.duties_fault(rounds.duties_of(view), excepted):
        raise BadInput(
            f"{fault}; nothing was changed; name somebody else, or let who may override "
            "(changes:override) grant an exception"
        )
    name, chosen = _policy_for(work, view)
    stages = chosen.stages_for(_facts(work, view))
    row.plan_digest = plan_digest(view)
    if row.round == 0 or _is_opened(work, row):
        row.round += 1
    work.session.add(
        ApprovalRound(
            change_id=change_id,
            number=row.round,
            plan_digest=row.plan_digest,
            policy=name,
            stages=rounds.stages_to(stages),
            markets=list(view.markets),
            opened_at=work.now,
            opened_by=work.actor.name,
        )
    )
    work.session.flush()
    if stages:
        ask(work, view, row.round, 1, stages[0])
    else:
        approve(work, row, view, f"the policy {name} asks nobody")
    bump(work.session)
    return row.round


def _is_opened(work: Work, row: Change) -> bool:
    known = rounds.present_round(work, row.id)
    return known is not None and known.round.number == row.round


def _policy_for(work: Work, view: ChangeView) -> tuple[str, ApprovalPolicy]:
    """Return the policy that the type of the change names."""
    in_force = policy(work)
    known = in_force.types.get(view.type)
    named = known.approval if known else ""
    name = named if named in in_force.approvals.policies else in_force.approvals.otherwise
    return name, in_force.approvals.policies[name]


def _facts(work: Work, view: ChangeView) -> Facts:
    estate = estate_queries.current(work)
    kinds = {
        estate.components[key].criticality.name.lower()
        for key in view.components
        if key in estate.components
    }
    return Facts(view.risk_points, frozenset(kinds), len(view.markets))


def answer(
    work: Work,
    change_id: int,
    stage: int,
    yes: bool,
    reason: str,
    on_behalf_of: str = "",
    *,
    seen: str | None = None,
) -> None:
    """Say yes or no to the plan in one stage, for oneself or for who delegated it.

    Args:
        work: whose actor answers.
        change_id: the change.
        stage: its position in the round, from 1.
        yes: a no ends the round.
        reason: needed with a no.
        on_behalf_of: who delegated a role to the actor.
        seen: digest of the plan the actor saw; another plan than the present one is refused.

    Raises:
        NotAllowed: wrong role or market, an ended delegation, a duty in the same change.
        Conflict: the round is over, the stage is not asked now, or the plan changed.

    """
    row, view = _locked(work, change_id)
    _require_voter(work, view, on_behalf_of)
    found = _open_round_of(work, row, view, seen)
    _refuse_twofold(work, view, on_behalf_of)
    said = _reason(reason, needed=not yes)
    if fault := rules.answer_fault(found.state, stage, work.actor.name, yes, on_behalf_of):
        raise Conflict(f"{view.reference}: {fault}; nothing was written")
    asked = found.round.stages[stage - 1]
    hats = _hats(work, found, asked, on_behalf_of)
    given = Answer(stage, work.actor.name, yes, work.now, said, on_behalf_of, hats)
    _refuse_strangers(view, found, asked, given)
    _write(work, row, view, found, given)


def decide_for_board(
    work: Work, change_id: int, meeting_id: int, yes: bool, reason: str, seen: str | None = None
) -> None:
    """Write a decision of the board as its answer; the caller has checked quorum and chair.

    Raises:
        Conflict: the present stage does not ask the board, or the plan changed.

    """
    row, view = _locked(work, change_id)
    moving.require_in(work, Permission.CHANGE_APPROVE, view.markets)
    found = _open_round_of(work, row, view, seen)
    _refuse_twofold(work, view, "")
    present = found.state.current
    if present is None or not any(each.by_meeting for each in present.stage.demands):
        where = f"stage {present.position}, {present.stage.name}," if present else "the round"
        raise Conflict(
            f"{view.reference}: {where} does not ask the board; nothing was written; defer it, or "
            "let those answer who are asked"
        )
    said = _reason(reason, needed=not yes)
    given = Answer(present.position, work.actor.name, yes, work.now, said, meeting=meeting_id)
    _write(work, row, view, found, given)


def _locked(work: Work, change_id: int) -> tuple[Change, ChangeView]:
    """Return the change, locked: of two answers at once one waits for the other."""
    row = work.session.get(Change, change_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no change CHG-{change_id} that you may see")
    return row, views.change(work, change_id)


def _require_voter(work: Work, view: ChangeView, on_behalf_of: str) -> None:
    """Raise NotAllowed unless the actor may approve somewhere in the change, or stands in."""
    actor = work.actor
    if actor.kind is not ActorKind.PERSON:
        raise NotAllowed(
            "only people approve or refuse changes; nothing was written; a person does it on the "
            "change's page",
            Permission.CHANGE_APPROVE,
        )
    if on_behalf_of == actor.name:
        raise BadInput("you answer for yourself; leave the field for somebody else empty")
    mine = any(actor.may(Permission.CHANGE_APPROVE, each) for each in view.markets)
    if not on_behalf_of and not mine:
        moving.require_in(work, Permission.CHANGE_APPROVE, view.markets[:1])


def _open_round_of(work: Work, row: Change, view: ChangeView, seen: str | None) -> StoredRound:
    found = rounds.present_round(work, row.id)
    if row.state is not State.SUBMITTED or found is None:
        raise Conflict(f"{view.reference} is {row.state}: nothing waits for an answer")
    if seen is not None and seen != found.round.plan_digest:
        raise Conflict(
            f"the plan of {view.reference} changed since you opened it: round "
            f"{found.round.number} is about another one; nothing was written; look at it again"
        )
    if plan_digest(view) != found.round.plan_digest:
        raise Conflict(
            f"the plan of {view.reference} is not the one that was submitted; nothing was "
            "written; it must be submitted again"
        )
    return found


def _refuse_twofold(work: Work, view: ChangeView, on_behalf_of: str) -> None:
    excepted = rounds.excepted(work, [view.id]).get(view.id, frozenset())
    approvers = [each for each in (work.actor.name, on_behalf_of) if each]
    if fault := rules.separation_fault(rounds.duties_of(view), approvers, excepted):
        raise NotAllowed(
            f"{fault}; nothing was written; somebody else answers, or who may override "
            "(changes:override) grants an exception with a reason"
        )


def _reason(reason: str, *, needed: bool) -> str:
    said = " ".join(str(storable(reason)).split())
    if needed and not said:
        raise BadInput("a refusal needs a reason; say in a few words what must change")
    if len(said) > REASON:
        raise BadInput(f"the reason is longer than {REASON} signs; shorten it")
    return said


def _hats(work: Work, found: StoredRound, asked: Stage, on_behalf_of: str) -> tuple[Hat, ...]:
    """Return in which roles the answer counts: the actor's own, or those lent at this moment."""
    people = active_holders(work)
    if not on_behalf_of:
        return rounds.own_hats(people.get(work.actor.name), asked, found.round.markets)
    given = [
        each for each in rounds.delegations_to(work, work.actor.name) if each.person == on_behalf_of
    ]
    held = [each for each in given if not each.fault(work.now)]
    if not held:
        fault = given[0].fault(work.now) if given else f"{on_behalf_of} delegated nothing to you"
        raise NotAllowed(f"{fault}; nothing was written; ask {on_behalf_of} for a delegation")
    return rounds.lent_hats(held, people.get(on_behalf_of), asked, found.round.markets)


def _refuse_strangers(view: ChangeView, found: StoredRound, asked: Stage, given: Answer) -> None:
    """Raise NotAllowed unless the answer fills a place that the stage has."""
    voter = Voter(given.person, given.hats)
    wanted = places(asked, found.round.markets)
    if any(place.takes(voter) for place in wanted):
        return
    who = given.on_behalf_of or given.person
    raise NotAllowed(
        f"stage {given.stage} of {view.reference}, {asked.name}, asks for {asked_for(asked)}; "
        f"{who} is none in {', '.join(found.round.markets)}, and nothing was written",
        Permission.CHANGE_APPROVE,
    )


def asked_for(stage: Stage) -> str:
    """Return in words whom a stage asks: ``2 operations lead and 1 product owner``."""
    words = [
        "the change advisory board"
        if each.by_meeting
        else f"{each.count} {each.role.value.replace('_', ' ')}"
        for each in stage.demands
    ]
    return " and ".join(words)


def _write(work: Work, row: Change, view: ChangeView, found: StoredRound, given: Answer) -> None:
    work.session.add(
        ApprovalAnswer(
            round_id=found.id,
            stage=given.stage,
            person=given.person,
            on_behalf_of=given.on_behalf_of,
            yes=given.yes,
            reason=given.reason,
            hats=rounds.hats_to(given.hats),
            plan_digest=found.round.plan_digest,
            meeting_id=given.meeting or None,
            at=work.now,
        )
    )
    work.session.flush()
    work.record(
        ChangeAnswered(
            change_id=view.id,
            markets=moving.markets_text(view.markets),
            round=found.round.number,
            stage=given.stage,
            yes=given.yes,
            reason=given.reason,
            on_behalf_of=given.on_behalf_of,
            meeting=given.meeting,
        )
    )
    settle(work, row, view, found)
    bump(work.session)
