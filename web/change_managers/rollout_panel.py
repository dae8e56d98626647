"""The waves of a change on its page, and the way to plan them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from changes.lifecycle import State
from changes.queries import runs
from changes.rollouts.queries import rollouts
from changes.rollouts.values import RolloutView
from changes.values import ChangeView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.change_managers.page_parts import PageAct
from web.rollouts import page_view
from web.rollouts.page_view import WaveCard


@dataclass(frozen=True)
class WavesPanel:
    """Its roll-out as a strip of waves."""

    rollout: RolloutView
    badge: tuple[str, str, str]
    where: str
    cards: Sequence[WaveCard]
    href: str


def panel(work: Work, change: ChangeView) -> WavesPanel | None:
    """Return the waves of a change, None when it has none."""
    found = rollouts.of_change(work, change.id) if change.waves_digest else None
    if found is None:
        return None
    return WavesPanel(
        found,
        page_view.badge_of(found),
        page_view.where_words(found, work),
        [page_view.card(work, found, each) for each in found.waves],
        url_for("rollouts.rollout", rollout_id=found.id),
    )


def acts(work: Work, change: ChangeView) -> Sequence[PageAct]:
    """Return the way to its roll-out, or to plan one."""
    if change.waves_digest:
        number = rollouts.number_of(work, change.id)
        if number is None:
            return []
        href = url_for("rollouts.rollout", rollout_id=number)
        is_main = change.state in {State.SCHEDULED, State.RUNNING}
        return [PageAct("Roll-out", href, is_main=is_main, is_question=True)]
    may = all(work.actor.may(Permission.CHANGE_PLAN, each) for each in change.markets or ("*",))
    if not may or not change.state.may_be_edited or runs.open_run_of(work, change.id):
        return []
    href = url_for("rollouts.plan_new", change_id=change.id)
    return [PageAct("Roll out in waves…", href, is_question=True)]
