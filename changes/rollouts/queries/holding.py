"""What holds a wave back now: incidents on what the change touches, hard freezes there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from changes.actions import running
from changes.gates.queries import planning
from changes.lifecycle import Move
from changes.models import Change, TroubledIncident
from changes.policy import policy
from changes.queries import freezes as freeze_queries
from changes.queries import views
from changes.rollouts.lifecycle import RolloutState, WaveState
from changes.rollouts.rules.begin import Facts, Frozen, Trouble, may_begin
from changes.rollouts.values import RolloutView, WaveView
from changes.rules import freeze_words
from changes.rules.freezes import FreezeSpan, holding
from changes.rules.neighbourhood import above, below
from changes.values import ChangeView
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate

HOLDING = (Priority.P1.value, Priority.P2.value)


def held_waves(work: Work, rollout: RolloutView) -> dict[int, tuple[str, ...]]:
    """Return why each waiting wave may not begin now, by position; a fixed number of statements."""
    waiting = [each for each in rollout.waves if each.state is WaveState.WAITING]
    if not waiting or not (rollout.state.is_open or rollout.state is RolloutState.PLANNED):
        return {}
    row = work.session.get(Change, rollout.change_id)
    change = views.changes_of(work, [row] if row else [])[0]
    troubles, freezes = open_troubles(work, change, rollout), hard_freezes(work, change)
    estate = estate_queries.current(work)
    known = policy(work).types.get(change.type)
    may_start = known is not None and known.allows(change.state, Move.START)
    is_first = rollout.state is RolloutState.PLANNED and may_start
    blocks = running.in_the_way(work, change) if is_first else ()
    return {
        each.position: may_begin(
            rollout,
            each,
            Facts(
                work.now,
                troubles_in(troubles, estate, markets_of(rollout, each)),
                freezes_in(freezes, change, estate, markets_of(rollout, each), work.now),
                may_start,
                blocks,
            ),
        )
        for each in waiting
    }


def markets_of(rollout: RolloutView, wave: WaveView) -> tuple[str, ...]:
    """Return the markets a wave reaches: those it names, else all of the change."""
    return tuple(wave.markets or rollout.markets)


def open_troubles(
    work: Work, change: ChangeView, rollout: RolloutView
) -> list[tuple[TroubledIncident, str]]:
    """Return open P1 and P2 on an affected service, each with how it is affected.

    Affected is what the change touches and what its gates measure, all that stands on these, and
    all that these stand on: the cause of a failure lies beneath what is seen failing.
    """
    chosen = (
        select(TroubledIncident)
        .where(TroubledIncident.ended_at.is_(None), TroubledIncident.priority.in_(HOLDING))
        .order_by(TroubledIncident.is_nested, TroubledIncident.priority, TroubledIncident.began_at)
    )
    rows = list(work.session.scalars(chosen))
    near = _affected(work, change, rollout) if rows else {}
    return [(each, near[each.component]) for each in rows if each.component in near]


def _affected(work: Work, change: ChangeView, rollout: RolloutView) -> dict[str, str]:
    """Return every component whose failure holds a wave, with why; the nearest reason wins."""
    estate = estate_queries.current(work)
    touched = {*change.components, *change.gates}
    judged = _judged_by(work, rollout) - touched
    both = (touched | judged) & estate.components.keys()
    return {
        **dict.fromkeys(below(estate, both), "which it stands on"),
        **dict.fromkeys(above(estate, both), "which stands on it"),
        **dict.fromkeys(judged, "which its gate measures"),
        **dict.fromkeys(touched, ""),
    }


def _judged_by(work: Work, rollout: RolloutView) -> set[str]:
    """Return the components whose figures the gates of the waves, and the watch, ask for."""
    estate = estate_queries.current(work)
    asked = [(each.gate, markets_of(rollout, each)) for each in rollout.waves]
    asked.append((rollout.watch, tuple(rollout.markets)))
    return {
        component
        for content, markets in asked
        for component in planning.components_of(estate, content, markets)
    }


def troubles_in(
    rows: Sequence[tuple[TroubledIncident, str]], estate: Estate, markets: Sequence[str]
) -> tuple[Trouble, ...]:
    """Return those that hurt one of ``markets``; one that names no market hurts all of them.

    What is a symptom of another incident is named only where that other one holds nothing.
    """
    found, is_known = [], False
    for row, how in rows:  # causes come before their symptoms
        both = [each for each in markets if not row.markets or each in row.markets]
        if both and not (row.is_nested and is_known):
            name = estate.name_of(row.component)
            found.append(Trouble(row.incident_id, row.priority, name, tuple(both), how))
            is_known = is_known or not row.is_nested
    return tuple(found)


def hard_freezes(work: Work, change: ChangeView) -> list[FreezeSpan]:
    """Return the hard freezes of now that nobody let the change through."""
    leave = freeze_queries.overridden(work, change)
    spans = freeze_queries.freeze_spans(work, work.now, work.now + freeze_queries.MOMENT)
    return [each for each in spans if each.is_hard and each.key not in leave]


def freezes_in(
    spans: Sequence[FreezeSpan],
    change: ChangeView,
    estate: Estate,
    markets: Sequence[str],
    now: datetime,
) -> tuple[Frozen, ...]:
    """Return those that hold in ``markets``, or where the change hurts because of it."""
    return tuple(
        Frozen(each.name, hit, freeze_words.until_words(each, estate, hit))
        for each, hit in holding(spans, cut(change, markets), estate, now)
    )


def cut(change: ChangeView, markets: Sequence[str]) -> ChangeView:
    """Return a change as far as one wave of it is concerned."""
    return replace(change, markets=tuple(markets))
