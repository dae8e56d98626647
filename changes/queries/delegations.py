"""Delegations as screens show them: one's own, and all of them for those who oversee."""

from sqlalchemy import or_, select

from changes.models import ApprovalDelegation
from changes.queries.rounds import delegation_of
from changes.rules.delegations import Delegation
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

MOST = 500


def delegations(work: Work) -> list[Delegation]:
    """Return delegations by and to the actor; who may override sees those of the markets too."""
    held = work.actor.markets(Permission.CHANGE_OVERRIDE)
    name = work.actor.name
    chosen = select(ApprovalDelegation)
    if not held:
        chosen = chosen.where(
            or_(ApprovalDelegation.person == name, ApprovalDelegation.delegate == name)
        )
    rows = work.session.scalars(chosen.order_by(ApprovalDelegation.expires_at.desc()).limit(MOST))
    found = [delegation_of(each) for each in rows]
    return [each for each in found if _is_mine(name, each) or _oversees(held, each)]


def _is_mine(name: str, each: Delegation) -> bool:
    return name in {each.person, each.delegate}


def _oversees(held: frozenset[str], each: Delegation) -> bool:
    return EVERYWHERE in held or bool(held & set(each.markets))
