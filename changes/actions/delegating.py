"""Delegations: somebody answers for somebody else in one role, from an instant to an instant."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from changes.models import ApprovalDelegation
from changes.policy import policy
from changes.queries.rounds import delegation_of
from ssoc.accounts.queries import Holder, active_holders
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission, Role, grants_of
from ssoc.core.running import bump
from ssoc.core.vocabulary import DelegationRevoked, DelegationSet
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import storable

REASON = 500


@dataclass(frozen=True)
class DelegationDraft:
    """A delegation to be; no markets stand for all in which the person holds the role."""

    person: str
    delegate: str
    role: Role
    starts_at: datetime
    expires_at: datetime
    markets: tuple[str, ...] = ()
    reason: str = ""


def delegate(work: Work, draft: DelegationDraft) -> int:
    """Let somebody answer for somebody, and return the number of the delegation.

    One delegates one's own role; for others it is done by who may override in those markets, and
    never to himself.

    Raises:
        BadInput: times, people or markets that make no delegation.
        NotAllowed: it is not the actor's to give.
        Conflict: the same stands already for some of the time.

    """
    people = active_holders(work)
    giver, taker = people.get(draft.person), people.get(draft.delegate)
    markets = _markets(work, draft, giver)
    _require_giver(work, draft, markets)
    said = " ".join(str(storable(draft.reason)).split())
    for fault in (
        _fault_of_people(draft, taker, markets),
        _fault_of_time(work, draft),
        f"the reason is longer than {REASON} signs; shorten it" if len(said) > REASON else "",
    ):
        if fault:
            raise BadInput(f"{fault}; nothing was changed")
    _refuse_twin(work, draft, markets)
    row = ApprovalDelegation(
        person=draft.person,
        delegate=draft.delegate,
        role=draft.role,
        markets=list(markets),
        starts_at=draft.starts_at,
        expires_at=draft.expires_at,
        reason=said,
        set_by=work.actor.name,
        set_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.record(
        DelegationSet(
            delegation_id=row.id,
            person=row.person,
            delegate=row.delegate,
            role=row.role.value,
            markets=",".join(markets),
            starts_at=row.starts_at.isoformat(),
            expires_at=row.expires_at.isoformat(),
            reason=said,
        )
    )
    bump(work.session)
    return row.id


def _refuse_twin(work: Work, draft: DelegationDraft, markets: tuple[str, ...]) -> None:
    """Raise Conflict when the same person stands in for the same one at the same time already."""
    rows = work.session.scalars(
        select(ApprovalDelegation).where(
            ApprovalDelegation.person == draft.person,
            ApprovalDelegation.delegate == draft.delegate,
            ApprovalDelegation.role == draft.role,
            ApprovalDelegation.revoked_at.is_(None),
            ApprovalDelegation.starts_at < draft.expires_at,
            ApprovalDelegation.expires_at > draft.starts_at,
        )
    )
    for row in rows:
        if both := [each for each in markets if each in row.markets]:
            raise Conflict(
                f"{row.delegate} answers for {row.person} in {', '.join(both)} already, from "
                f"{row.starts_at:%Y-%m-%d %H:%M}Z to {row.expires_at:%Y-%m-%d %H:%M}Z; nothing was "
                "changed; end that delegation first, or choose other times"
            )


def revoke(work: Work, delegation_id: int) -> None:
    """End a delegation now: who gave it may, who took it, and who may override there."""
    row = work.session.get(ApprovalDelegation, delegation_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no delegation {delegation_id}")
    if work.actor.name not in {row.person, row.delegate, row.set_by}:
        for market in row.markets:
            work.require(Permission.CHANGE_OVERRIDE, market)
    state = delegation_of(row).state(work.now)
    if state in {"expired", "revoked"}:
        raise Conflict(f"delegation {delegation_id} is {state} already")
    row.revoked_at, row.revoked_by = work.now, work.actor.name
    work.record(DelegationRevoked(row.id, row.person, row.delegate, row.role.value))
    bump(work.session)


def _markets(work: Work, draft: DelegationDraft, giver: Holder | None) -> tuple[str, ...]:
    """Return the markets it is for: those in which the person holds the role, or some of them."""
    if giver is None:
        raise BadInput(f"there is no person named {draft.person[:64]} who may sign in")
    estate = estate_queries.current(work)
    known = list(estate.markets)
    strange = [each for each in draft.markets if each not in known and each != EVERYWHERE]
    if strange:
        raise BadInput(f"the estate has no market {strange[0][:8]}; it has {', '.join(known)}")
    wanted = draft.markets if draft.markets and EVERYWHERE not in draft.markets else known
    held = giver.markets_of(draft.role, wanted)
    role = draft.role.value.replace("_", " ")
    lacking = [each for each in draft.markets if each != EVERYWHERE and each not in held]
    if not held or lacking:
        where = f" in {', '.join(lacking)}" if lacking else ""
        raise BadInput(f"{draft.person} is no {role}{where}, so there is nothing to delegate")
    return tuple(estate.in_order(held))


def _require_giver(work: Work, draft: DelegationDraft, markets: tuple[str, ...]) -> None:
    if work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed("only people delegate; nothing was changed", Permission.CHANGE_APPROVE)
    if draft.person == work.actor.name:
        return
    for market in markets:
        work.require(Permission.CHANGE_OVERRIDE, market)
    if draft.delegate == work.actor.name:
        raise NotAllowed(
            f"you may not let yourself answer for {draft.person}; nothing was changed; "
            f"{draft.person} can, or another holder of {Permission.CHANGE_OVERRIDE}",
            Permission.CHANGE_OVERRIDE,
        )


def _fault_of_people(draft: DelegationDraft, taker: Holder | None, markets: tuple[str, ...]) -> str:
    if taker is None:
        return f"there is no person named {draft.delegate[:64]} who may sign in"
    if draft.delegate == draft.person:
        return f"{draft.person} cannot be his own delegate"
    grants = grants_of(taker.grants)
    blind = [
        each
        for each in markets
        if not {(Permission.CHANGE_SEE, each), (Permission.CHANGE_SEE, EVERYWHERE)} & grants
    ]
    if blind:
        return f"{draft.delegate} may not see changes in {', '.join(blind)}; choose somebody else"
    return ""


def _fault_of_time(work: Work, draft: DelegationDraft) -> str:
    longest = policy(work).approvals.longest_delegation
    if draft.expires_at <= draft.starts_at:
        return "it ends before it begins; correct one of the times"
    if draft.expires_at <= work.now:
        return "it has ended already; give a later end"
    if draft.expires_at - draft.starts_at > longest:
        return f"it lasts longer than {longest.days} days, the most there is; end it earlier"
    return ""
