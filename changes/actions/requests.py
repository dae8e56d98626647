"""Raise a change, edit it, submit it, take it back, cancel and close it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm.attributes import flag_modified

from changes import draft as drafts
from changes.actions import moving, people, scheduling
from changes.actions.reviewing import is_review_due
from changes.actions.standing import why_not_standard
from changes.actions.words import told
from changes.draft import Draft, draft_of
from changes.lifecycle import Move, State, TemplateState
from changes.models import Change, ChangeComponent, ChangeMarket, ChangeStep, ChangeTemplate
from changes.policy import policy
from changes.queries import templates, views
from changes.queries.templates import window_minutes
from changes.rules import reach
from changes.rules.drafting import refuse_faults
from changes.rules.feasibility import refuse_unfeasible
from changes.rules.types import STANDARD
from changes.values import ChangeView, plan_digest
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import (
    ChangeApproved,
    ChangeCancelled,
    ChangeClosed,
    ChangeEdited,
    ChangeRaised,
    ChangeReturned,
    ChangeSubmitted,
)
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import storable


def raise_change(
    work: Work,
    draft: Draft,
    *,
    requester: str = "",
    origin: str = "",
    external_reference: str = "",
    is_unauthorised: bool = False,
) -> int:
    """Keep a new change as a draft and return its number.

    Its markets are those named, or else those of its components, and every one that it hurts.
    ``requester`` is the actor unless a
    file or another tool says who asked for it.

    Raises:
        BadInput: every fault of the draft at once.
        NotAllowed: the actor may not raise changes in one of its markets.

    """
    whole = _whole(work, draft)
    given = replace(whole, external_reference=external_reference or whole.external_reference)
    _require(work, given, draft.markets)
    _refuse_faults(work, given)
    row = Change(
        **drafts.columns(given),
        requester=requester or work.actor.name,
        origin=origin,
        is_unauthorised=is_unauthorised,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    _keep_parts(work, row.id, given)
    work.record(
        ChangeRaised(row.id, moving.markets_text(given.markets), row.title, row.type, row.origin)
    )
    bump(work.session)
    return row.id


def _refuse_faults(
    work: Work, draft: Draft, before: int | None = None, *, in_waves: bool = False
) -> None:
    """Refuse every fault of a draft, and a template that is not there or retired since."""
    types = policy(work).types
    refuse_faults(draft, estate_queries.current(work), types, in_waves=in_waves)
    if draft.template_id is not None and draft.template_id != before:
        row = work.session.get(ChangeTemplate, draft.template_id)
        if row is None or row.state is TemplateState.RETIRED:
            raise BadInput(f"there is no template {draft.template_id} in use; choose another")


def _require(work: Work, given: Draft, named: Collection[str]) -> None:
    """Ask for the right in every market of a draft; of one that was added it is said why."""
    try:
        moving.require_in(work, Permission.CHANGE_PLAN, given.markets)
    except NotAllowed as refusal:
        estate = estate_queries.current(work)
        hurt = reach.added(estate, named, given.touched).get(refusal.market)
        if hurt is None:
            raise
        [why] = reach.sentences(estate, {refusal.market: hurt})
        raise NotAllowed(f"{refusal}; {why}", refusal.permission, refusal.market) from None


def _whole(work: Work, draft: Draft) -> Draft:
    """Return the draft with every market that is its own, and without what no table can hold.

    A market is its own that is named (none: what its components serve), or that it hurts.
    """
    estate = estate_queries.current(work)
    served = {code for each in draft.touched for code in estate.markets_of(each.component)}
    meant = {*draft.markets} or served
    markets = estate.in_order(meant | reach.hurt_by(estate, draft.touched).keys())
    cleaned = drafts.cleaned(_with_end(work, draft), markets, storable)
    return drafts.named(cleaned, people.accounts(work))


def _with_end(work: Work, draft: Draft) -> Draft:
    """Return the draft with its end: where none is given, the template says how long it takes."""
    if draft.starts_at is None or draft.ends_at is not None or draft.template_id is None:
        return draft
    minutes = window_minutes(work, draft.template_id)
    return replace(draft, ends_at=draft.starts_at + timedelta(minutes=minutes) if minutes else None)


def _keep_parts(work: Work, change_id: int, draft: Draft) -> None:
    work.session.add_all(ChangeMarket(change_id=change_id, market=code) for code in draft.markets)
    work.session.add_all(
        ChangeComponent(change_id=change_id, component=each.component, effect=each.effect)
        for each in draft.touched
    )
    work.session.add_all(
        ChangeStep(change_id=change_id, **drafts.step_columns(each)) for each in draft.steps
    )
    work.session.flush()


def edit(work: Work, change_id: int, draft: Draft, version: int) -> None:
    """Write a change anew; another plan than the one that was submitted begins a new round (A7).

    Raises:
        Conflict: somebody else edited ``version`` meanwhile.
        BadInput: every fault of the draft at once.

    """
    row, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    _refuse_stale(row, version)
    if not row.state.may_be_edited:
        raise IllegalMove(f"cannot edit {view.reference} while {row.state}; nothing was changed")
    given = _whole(work, draft)
    _require(work, given, draft.markets)
    _refuse_faults(work, given, row.template_id, in_waves=bool(row.waves_digest))
    if row.origin and given.external_reference != row.external_reference:
        raise BadInput(
            f"the reference {row.external_reference} ties {view.reference} to {row.origin}, where "
            "it came from; leave it as it is"
        )
    before = draft_of(view)
    changed = drafts.differences(before, given)
    if not changed:
        return
    if row.state.is_live:
        people.refuse_strangers(work, given, before)
    for name, value in drafts.columns(given).items():
        setattr(row, name, value)
    flag_modified(row, "title")  # another plan is another version, also when only steps changed
    _replace_parts(work, change_id, given)
    after = views.changes_of(work, [row])[0]
    voids = row.state.is_live and plan_digest(after) != row.plan_digest
    work.record(
        ChangeEdited(change_id, moving.markets_text(given.markets), ", ".join(changed), voids)
    )
    if voids:
        _begin_round(work, row, Move.RESUBMIT)
    elif row.state.is_live:
        assess(work, change_id)
    bump(work.session)


def replanned(work: Work, row: Change, what: str) -> None:
    """Tell that a part of the plan that is kept elsewhere was changed; it is approved anew (A7)."""
    view = views.changes_of(work, [row])[0]
    voids = row.state.is_live and plan_digest(view) != row.plan_digest
    work.record(ChangeEdited(row.id, moving.markets_text(view.markets), what, voids))
    if voids:
        _begin_round(work, row, Move.RESUBMIT)


def _refuse_stale(row: Change, version: int) -> None:
    if row.version != version:
        raise Conflict(
            f"somebody changed CHG-{row.id} meanwhile; nothing of yours was kept; look at it as it "
            "stands now, then edit it again"
        )


def _replace_parts(work: Work, change_id: int, draft: Draft) -> None:
    for kind in (ChangeMarket, ChangeComponent, ChangeStep):
        work.session.execute(delete(kind).where(kind.change_id == change_id))
    _keep_parts(work, change_id, draft)


def submit(work: Work, change_id: int) -> None:
    """Ask for approval; a standard change that follows its template is approved at once.

    A market that it hurts only since it was written, by a change of the estate, becomes its own.

    Raises:
        BadInput: its type asks for more, its window lies in the past, its plan cannot fit it, or
            somebody implements or verifies it who has no account.

    """
    row, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    people.refuse_strangers(work, view)
    _take_in(work, view)
    _begin_round(work, row, Move.SUBMIT)


def _take_in(work: Work, view: ChangeView) -> None:
    before = draft_of(view)
    given = _whole(work, before)
    if set(given.markets) == set(before.markets):
        return
    _require(work, given, before.markets)
    _refuse_faults(work, given, view.template_id, in_waves=bool(view.waves_digest))
    for code in set(given.markets) - set(before.markets):
        work.session.add(ChangeMarket(change_id=view.id, market=code))
    work.session.flush()
    markets = moving.markets_text(given.markets)
    work.record(ChangeEdited(view.id, markets, "markets", False))


def _begin_round(work: Work, row: Change, wanted: Move) -> None:
    """Begin a round about the plan as it is; what is approved beforehand needs no answers."""
    view = views.changes_of(work, [row])[0]
    departs = why_not_standard(work, view) if row.type == STANDARD else ""
    is_approved = row.type == STANDARD and not departs
    at_once = is_approved and wanted is Move.SUBMIT
    moving.move(work, row, Move.PREAPPROVE if at_once else wanted)
    refuse_unfeasible(view, policy(work).types.get(row.type), work.now)
    row.approved_at, row.scheduled_at, row.is_preapproved = None, None, False
    row.submitted_at, row.round = work.now, row.round + 1
    row.plan_digest = plan_digest(view)
    work.session.flush()
    assess(work, row.id)
    work.record(ChangeSubmitted(row.id, moving.markets_text(view.markets), row.round, departs))
    if is_approved:
        _approve_beforehand(work, row, view)
    else:
        _open_round(work, row.id)


def _approve_beforehand(work: Work, row: Change, view: ChangeView) -> None:
    if row.state is State.SUBMITTED:
        moving.move(work, row, Move.APPROVE)
    row.approved_at = work.now
    name = templates.names(work, [view.template_id or 0]).get(view.template_id or 0, "")
    row.is_preapproved = True
    why = f"it follows the standard template {name}"
    work.record(ChangeApproved(row.id, moving.markets_text(view.markets), row.round, why))
    scheduling.try_schedule(work, row.id)


def _open_round(work: Work, change_id: int) -> None:
    from changes.actions.approving import open_round

    open_round(work, change_id)


def assess(work: Work, change_id: int) -> None:
    """Reckon collisions and risk of a change anew."""
    from changes.actions.assessing import assess as reckon

    reckon(work, change_id)


def withdraw(work: Work, change_id: int, reason: str) -> None:
    """Take a change back to plan it again; answers given so far are void."""
    row, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    said = told(reason, "taking a change back")
    moving.move(work, row, Move.RETURN)
    row.approved_at = row.scheduled_at = None
    work.record(ChangeReturned(change_id, moving.markets_text(view.markets), said))


def cancel(work: Work, change_id: int, reason: str) -> None:
    """Say that it will not be done, and why."""
    row, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    said = told(reason, "cancelling a change")
    moving.move(work, row, Move.CANCEL)
    row.cancelled_because = said
    work.record(ChangeCancelled(change_id, moving.markets_text(view.markets), said))


def close(work: Work, change_id: int) -> None:
    """Say that nothing more is to be done; refused while its review is due."""
    row, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    owed = is_review_due(work, view) if row.state is State.ENDED else []
    if owed:
        raise IllegalMove(
            f"cannot close {view.reference} before its review, owed since {', '.join(owed)}; write "
            "the review first"
        )
    moving.move(work, row, Move.CLOSE)
    row.closed_at = work.now
    work.record(ChangeClosed(change_id, moving.markets_text(view.markets)))
