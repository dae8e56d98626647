"""Enforce freezes where execution starts, and let one change through one of them.

This is the only place that refuses; page, API and command line all start a change through it.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from changes.actions.moving import found, markets_text, require_in
from changes.models import FreezeMet, FreezeOverride
from changes.names import is_among, plain
from changes.queries import freezes as freeze_queries
from changes.queries.freezes import freeze_spans
from changes.rules import freeze_words
from changes.rules.freezes import FreezeSpan, hits, holding
from changes.rules.reach import markets_of
from changes.values import ChangeView, plan_digest
from ssoc.accounts import queries as account_queries
from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.signs import told
from ssoc.core.vocabulary import FreezeOverridden, FreezeRunInto
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

MOST_REASON = 500


def refuse_if_frozen(
    work: Work, change: ChangeView, at: datetime, markets: Collection[str] = ()
) -> None:
    """Raise NotAllowed when a hard freeze holds for ``change`` at ``at`` and nobody overrode it.

    ``markets``: where it begins now, if that is not everywhere: one wave of it.
    Call it in the unit of work that starts the execution, with the change locked: a freeze that
    is set before that one commits is seen, however long ago the change was approved.
    """
    leave, estate = freeze_queries.overridden(work, change), estate_queries.current(work)
    spans = freeze_spans(work, at, at + freeze_queries.MOMENT)
    begun = replace(change, markets=tuple(markets)) if markets else change
    stopped = [
        (freeze, hit)
        for freeze, hit in holding(spans, begun, estate, at)
        if freeze.is_hard and freeze.key not in leave
    ]
    if stopped:
        text = freeze_words.refusal(change, stopped, estate, who_may(work, change))
        raise NotAllowed(text)


def who_may(work: Work, change: ChangeView) -> list[str]:
    """Return who may let ``change`` through: in all its markets, and none of its own people."""
    able = [
        set(account_queries.names_by_role(work, Permission.CHANGE_OVERRIDE, each))
        for each in markets_of(estate_queries.current(work), change)
    ]
    both = set.intersection(*able) if able else set()
    own = (change.requester, change.implementer)
    return sorted(each for each in both if not is_among(each, own))


def override(work: Work, change_id: int, freeze_key: str, reason: str) -> int:
    """Let one change, as it is planned now, run through one hard freeze; return its number.

    Whoever does so answers with a name: a person who may in every market it hurts, and
    neither asked for it nor carries it out. A change of the plan voids it, as it voids approvals.

    Raises:
        NotAllowed: the actor lacks the right, is no person, or is one of the change's own.
        BadInput: no reason, or no such hard freeze in its way.
        Conflict: somebody has done so already.

    """
    _, change = found(work, change_id, Permission.CHANGE_OVERRIDE)
    hurt = markets_of(estate_queries.current(work), change)
    require_in(work, Permission.CHANGE_OVERRIDE, hurt)
    _require_somebody_else(work, change)
    said = told(reason)
    if not said:
        raise BadInput("the override has no reason; say why the change cannot wait")
    freeze = _in_the_way(work, change, freeze_key)
    digest = plan_digest(change)
    for each in freeze_queries.overrides_of(work, change.id):
        if each.freeze_key == freeze_key and each.plan_digest == digest:
            raise Conflict(f"{each.by} has overridden {freeze.name} for {change.reference} already")
    row = FreezeOverride(
        change_id=change.id,
        freeze_key=freeze_key,
        freeze_name=freeze.name[:255],
        plan_digest=digest,
        by=work.actor.name,
        at=work.now,
        reason=said[:MOST_REASON],
    )
    work.session.add(row)
    work.session.flush()
    bump(work.session)
    markets = markets_text(change.markets)
    work.record(FreezeOverridden(change.id, markets, freeze_key, freeze.name, row.reason))
    return row.id


def _require_somebody_else(work: Work, change: ChangeView) -> None:
    if work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed(
            f"{work.actor.name} may not override a freeze; nothing was changed; a person signs it"
        )
    own = {plain(change.implementer): "carries it out", plain(change.requester): "asked for it"}
    if plain(work.actor.name) in own:
        others = ", ".join(who_may(work, change)) or "nobody yet; an admin can grant the role"
        raise NotAllowed(
            f"{work.actor.name} may not override a freeze for {change.reference}, since they "
            f"{own[plain(work.actor.name)]}; nothing was changed; who may: {others}"
        )


def _in_the_way(work: Work, change: ChangeView, freeze_key: str) -> FreezeSpan:
    """Return the hard freeze of a key that the change runs into, as planned or right now."""
    stretch = change.window or (work.now, work.now)
    since, until = min(work.now, stretch[0]), max(work.now, stretch[1])
    spans = freeze_spans(work, since, until + freeze_queries.MOMENT)
    estate = estate_queries.current(work)
    now = [freeze for freeze, _ in holding(spans, change, estate, work.now)]
    for freeze in [*now, *(hit.freeze for hit in hits(spans, change, estate))]:
        if freeze.key == freeze_key and freeze.is_hard:
            return freeze
    raise BadInput(
        f"no hard freeze {freeze_key[:64]!r} is in the way of {change.reference}; nothing was "
        "changed; its page lists those that are"
    )


def note_met(work: Work, change: ChangeView) -> int:
    """Write down the freezes that began while ``change`` was running; return how many are new."""
    known = set(
        work.session.scalars(select(FreezeMet.freeze_key).where(FreezeMet.change_id == change.id))
    )
    new = [
        each
        for each in freeze_queries.freezes_begun_during(work, change)
        if each.freeze.key not in known
    ]
    for freeze, markets in ((each.freeze, each.markets) for each in new):
        if freeze.key in known:
            continue
        known.add(freeze.key)
        work.session.add(
            FreezeMet(
                change_id=change.id,
                freeze_key=freeze.key,
                freeze_name=freeze.name[:255],
                is_hard=freeze.is_hard,
                markets=list(markets),
                began_at=freeze.begins_at,
            )
        )
        text = markets_text(markets)
        began = freeze.begins_at.isoformat()
        work.record(FreezeRunInto(change.id, text, freeze.key, freeze.name, freeze.is_hard, began))
    if new:
        bump(work.session)
    return len(new)
