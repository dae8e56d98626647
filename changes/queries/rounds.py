"""Stored rounds of approval as the values that rules fold; many changes in a few statements."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, case, select

from changes.models import (
    ApprovalAnswer,
    ApprovalDelegation,
    ApprovalRound,
    Change,
    SeparationException,
)
from changes.rules.approval_terms import Stage
from changes.rules.approvals import Round, RoundState, state
from changes.rules.delegations import Delegation
from changes.rules.filling import Answer, Hat
from changes.values import ChangeView
from ssoc.accounts.queries import Holder
from ssoc.core.work import Work
from ssoc.estate.tree import Tree
from ssoc.estate.typed_tree import read_as


@dataclass(frozen=True)
class StoredRound:
    """One round of one change as it stands at ``work.now``."""

    id: int
    change_id: int
    state: RoundState

    @property
    def round(self) -> Round:
        """Return the terms it was opened with."""
        return self.state.round


def rounds_of(work: Work, change_ids: Iterable[int]) -> dict[int, list[StoredRound]]:
    """Return all rounds of many changes, the oldest first: two statements."""
    ids = sorted(set(change_ids))
    chosen = _rounds().where(ApprovalRound.change_id.in_(ids))
    rows = work.session.execute(chosen.order_by(ApprovalRound.number)).all()
    answers = _answers(work, [row.id for row, _ in rows])
    found: dict[int, list[StoredRound]] = {}
    for row, begins in rows:
        folded = state(_round(row, begins), answers.get(row.id, ()), work.now)
        found.setdefault(row.change_id, []).append(StoredRound(row.id, row.change_id, folded))
    return found


def present_round(work: Work, change_id: int) -> StoredRound | None:
    """Return the round that counts, None before the first."""
    number = select(Change.round).where(Change.id == change_id).scalar_subquery()
    chosen = _rounds().where(ApprovalRound.change_id == change_id, ApprovalRound.number == number)
    known = work.session.execute(chosen).first()
    if known is None:
        return None
    row, begins = known
    answers = _answers(work, [row.id]).get(row.id, ())
    return StoredRound(row.id, change_id, state(_round(row, begins), answers, work.now))


def _rounds() -> Select[Any]:
    """Return the statement for rounds, each with the start of its window if that is still known.

    The window is part of the plan that a round is about: only rounds before have had another.
    """
    begins = case((ApprovalRound.number == Change.round, Change.starts_at))
    return select(ApprovalRound, begins).join(Change, Change.id == ApprovalRound.change_id)


def _answers(work: Work, round_ids: Sequence[int]) -> dict[int, list[Answer]]:
    chosen = select(ApprovalAnswer).where(ApprovalAnswer.round_id.in_(round_ids))
    found: dict[int, list[Answer]] = {}
    for row in work.session.scalars(chosen.order_by(ApprovalAnswer.id)):
        found.setdefault(row.round_id, []).append(_answer(row))
    return found


def _answer(row: ApprovalAnswer) -> Answer:
    return Answer(
        stage=row.stage,
        person=row.person,
        yes=row.yes,
        at=row.at,
        reason=row.reason,
        on_behalf_of=row.on_behalf_of,
        hats=hats_from(row.hats),
        meeting=row.meeting_id or 0,
    )


def _round(row: ApprovalRound, begins: datetime | None) -> Round:
    return Round(
        number=row.number,
        stages=stages_from(row.stages),
        markets=tuple(row.markets),
        opened_at=row.opened_at,
        plan_digest=row.plan_digest,
        policy=row.policy,
        window_from=begins,
    )


def stages_to(stages: Iterable[Stage]) -> list[dict[str, Any]]:
    """Return stages as JSON keeps them."""
    return [_plain(asdict(each)) for each in stages]


def _plain(value: Any) -> Any:  # noqa: ANN401 (a tree of JSON)
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.0f}s"
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def stages_from(kept: Sequence[Mapping[str, Any]]) -> tuple[Stage, ...]:
    """Return stages as they were kept; a role that has gone since makes them unreadable."""
    return _stages(json.dumps(kept))


@lru_cache(maxsize=256)
def _stages(kept: str) -> tuple[Stage, ...]:
    """Return stages from their text: of thousands of rounds few have stages of their own."""
    tree = Tree("approval_round.stages")
    found: tuple[Stage, ...] = read_as(tree, (), Sequence[Stage], json.loads(kept))
    if tree.faults:
        raise ValueError("; ".join(tree.faults))
    return found


def hats_to(hats: Iterable[Hat]) -> list[dict[str, Any]]:
    """Return hats as JSON keeps them."""
    return [{"role": each.role.value, "markets": list(each.markets)} for each in hats]


def hats_from(kept: Sequence[Mapping[str, Any]]) -> tuple[Hat, ...]:
    """Return hats as they were kept."""
    return tuple(Hat(each["role"], tuple(each["markets"])) for each in kept)


def own_hats(holder: Holder | None, stage: Stage, markets: Sequence[str]) -> tuple[Hat, ...]:
    """Return the roles of a stage that somebody holds in markets of the change."""
    if holder is None:
        return ()
    roles = dict.fromkeys(each.role for each in stage.demands if not each.by_meeting)
    held = [Hat(role, holder.markets_of(role, markets)) for role in roles]
    return tuple(each for each in held if each.markets)


def lent_hats(
    delegations: Iterable[Delegation], holder: Holder | None, stage: Stage, markets: Sequence[str]
) -> tuple[Hat, ...]:
    """Return the roles of a stage that ``holder`` lends by delegations that hold now."""
    lent = []
    given = list(delegations)
    for hat in own_hats(holder, stage, markets):
        covered = [
            code
            for code in hat.markets
            if any(each.role == hat.role and each.covers(code) for each in given)
        ]
        lent.append(Hat(hat.role, tuple(covered)))
    return tuple(each for each in lent if each.markets)


def delegations_to(work: Work, delegate: str) -> list[Delegation]:
    """Return everything ever delegated to somebody, the one that lasts longest first."""
    chosen = select(ApprovalDelegation).where(ApprovalDelegation.delegate == delegate)
    rows = work.session.scalars(chosen.order_by(ApprovalDelegation.expires_at.desc()))
    return [delegation_of(each) for each in rows]


def delegation_of(row: ApprovalDelegation) -> Delegation:
    """Return a delegation as a value."""
    return Delegation(
        id=row.id,
        person=row.person,
        delegate=row.delegate,
        role=row.role,
        markets=tuple(row.markets),
        starts_at=row.starts_at,
        expires_at=row.expires_at,
        reason=row.reason,
        set_by=row.set_by,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
    )


def duties_of(change: ChangeView) -> dict[str, str]:
    """Return who has which duty in a change besides approving it."""
    return {
        "requester": change.requester,
        "implementer": change.implementer,
        "verifier": change.verifier,
    }


def excepted(work: Work, change_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return to whom exceptions from the separation of duties were granted, by change."""
    chosen = select(SeparationException).where(SeparationException.change_id.in_(set(change_ids)))
    found: dict[int, set[str]] = {}
    for row in work.session.scalars(chosen):
        found.setdefault(row.change_id, set()).add(row.person)
    return {key: frozenset(people) for key, people in found.items()}
