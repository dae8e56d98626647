"""Make a feature, end it, force it off in a market, let it go on."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from changes.actions import moving
from changes.features.models import Feature, FeatureKill
from changes.features.queries import features
from changes.features.rules import drafting
from changes.features.values import FeatureDraft, FeatureView
from changes.names import same
from changes.rollouts.queries import rollouts
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import FeatureMade, FeatureOver, FlagKilled, FlagKillLifted
from ssoc.core.work import Work
from ssoc.monitoring.report import storable


def make(work: Work, draft: FeatureDraft) -> int:
    """Tie a feature to a roll-out: from now on its flag can be read; return its number.

    Raises:
        NotFound: there is no such roll-out that the actor may see.
        NotAllowed: the actor may not plan changes in all its markets.
        BadInput: everything that is wrong, at once.
        Conflict: the key is taken, if by a feature that has ended.

    """
    rollout = rollouts.rollout(work, draft.rollout_id)
    moving.require_in(work, Permission.CHANGE_PLAN, rollout.markets)
    if found := drafting.faults(draft):
        raise BadInput(f"{'; '.join(found)}; nothing was written")
    if work.session.scalar(select(Feature.id).where(Feature.key == draft.key)):
        raise Conflict(
            f"there is or was a feature {draft.key}; nothing was written; choose another key"
        )
    row = Feature(
        key=draft.key,
        rollout_id=rollout.id,
        title=storable(draft.title.strip()),
        kind=draft.kind,
        on_value={"value": storable(draft.on)},
        off_value={"value": storable(draft.off)},
        owner=storable(draft.owner.strip())[:128],
        adoption=storable(draft.adoption.strip()),
        errors=storable(draft.errors.strip()),
        created_at=work.now,
        created_by=work.actor.name,
    )
    work.session.add(row)
    try:
        work.session.flush()
    except IntegrityError as error:  # somebody was faster
        raise _taken(draft.key) from error
    work.record(FeatureMade(row.key, rollout.id, moving.markets_text(rollout.markets)))
    bump(work.session)
    return row.id


def _taken(key: str) -> Conflict:
    return Conflict(f"there is or was a feature {key}; nothing was written; choose another key")


def end(work: Work, key: str, reason: str) -> None:
    """End a feature: its flag is not found any more, and the platforms go by their code."""
    row, view = _found(work, key)
    moving.require_in(work, Permission.CHANGE_PLAN, view.markets)
    if view.ended_at is not None:
        raise IllegalMove(f"{key} has ended already, by {view.ended_by}; nothing was written")
    row.ended_at, row.ended_by, row.ended_because = work.now, work.actor.name, _said(reason)
    work.record(_event(FeatureOver, view, view.markets, row.ended_because))
    work.session.flush()
    bump(work.session)


def kill(work: Work, key: str, markets: Iterable[str], reason: str) -> tuple[str, ...]:
    """Force a feature off in markets, at once; return those where it was not off before.

    Allowed to whoever may run changes there, in every state of the roll-out.
    """
    row, view = _found(work, key)
    wanted = _wanted(work, view, markets, Permission.CHANGE_RUN)
    because = _said(reason)
    fresh = tuple(each for each in wanted if each not in view.killed)
    for market in fresh:
        work.session.add(
            FeatureKill(
                feature_id=row.id, market=market, reason=because, by=work.actor.name, at=work.now
            )
        )
    if fresh:
        work.record(_event(FlagKilled, view, fresh, because))
        work.session.flush()
        bump(work.session)
    return fresh


def lift(work: Work, key: str, markets: Iterable[str], reason: str) -> None:
    """Let a feature go on in markets; an approval: by a named person who has no duty in the change.

    Raises:
        NotAllowed: not a person, may not approve there, requested or implements the change.
        IllegalMove: it is not forced off in one of them.

    """
    row, view = _found(work, key)
    wanted = _wanted(work, view, markets, Permission.CHANGE_APPROVE)
    _refuse_own(work, view)
    because = _said(reason)
    if free := [each for each in wanted if each not in view.killed]:
        raise IllegalMove(f"{key} is not forced off in {', '.join(free)}; nothing was written")
    chosen = select(FeatureKill).where(
        FeatureKill.feature_id == row.id,
        FeatureKill.market.in_(wanted),
        FeatureKill.lifted_at.is_(None),
    )
    for each in work.session.scalars(chosen):
        each.lifted_at, each.lifted_by, each.lifted_because = work.now, work.actor.name, because
    work.record(_event(FlagKillLifted, view, wanted, because))
    work.session.flush()
    bump(work.session)


def _found(work: Work, key: str) -> tuple[Feature, FeatureView]:
    """Return a feature that the actor may see, locked for this unit of work."""
    chosen = select(Feature).where(Feature.key == key).with_for_update()
    row = work.session.scalar(chosen)
    if row is None:
        raise NotFound(f"there is no feature {key[:64]} that you may see")
    return row, features.feature(work, key)


def _wanted(
    work: Work, view: FeatureView, markets: Iterable[str], permission: Permission
) -> list[str]:
    """Return the markets to act in, in the order of the roll-out."""
    given = set(markets)
    strange = sorted(each[:8] for each in given - set(view.markets))
    if strange:
        raise BadInput(
            f"{view.key} does not reach {', '.join(strange)}; nothing was written; its markets "
            f"are {', '.join(view.markets)}"
        )
    if not given:
        raise BadInput("no market was chosen; nothing was written; choose at least one")
    moving.require_in(work, permission, given)
    return [each for each in view.markets if each in given]


def _refuse_own(work: Work, view: FeatureView) -> None:
    who = work.actor.name
    has_duty = same(who, view.requester) or same(who, view.implementer)
    if work.actor.kind is ActorKind.PERSON and not has_duty:
        return
    why = "requested or implements the change" if has_duty else "is no person"
    raise NotAllowed(
        f"letting {view.key} go on is an approval, and {who} {why}; nothing was written; somebody "
        "else who may approve changes there does it",
        Permission.CHANGE_APPROVE,
    )


def _said(reason: str) -> str:
    said = " ".join(str(storable(reason)).split())
    if not 0 < len(said) <= drafting.REASON:
        raise BadInput(f"a reason of 1 to {drafting.REASON} signs is needed; say why")
    return said


def _event(
    kind: type[FeatureOver | FlagKilled | FlagKillLifted],
    view: FeatureView,
    markets: Iterable[str],
    reason: str,
) -> FeatureOver | FlagKilled | FlagKillLifted:
    return kind(view.key, view.rollout_id, moving.markets_text(markets), reason)
