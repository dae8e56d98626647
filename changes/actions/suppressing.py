"""Pages held back while a change runs: opened with the run, closed with it, ending by itself.

It covers what the plan says will be down, degraded or less redundant, and what goes down or is
degraded with it; an alert of anything else pages as ever.
"""

from dataclasses import replace
from datetime import datetime

from changes.actions import moving
from changes.lifecycle import Effect
from changes.models import Run
from changes.rules.neighbourhood import spread
from changes.values import ChangeView
from ssoc.core.errors import Conflict
from ssoc.core.permissions import SYSTEM, Actor
from ssoc.core.vocabulary import RunPagesHeld
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import actions as monitoring

_SUFFERING = {Effect.DOWN, Effect.DEGRADED}
_TITLE = 255


def scope(estate: Estate, change: ChangeView) -> list[str]:
    """Return the components whose alerts are expected while ``change`` runs.

    What stands on a component that is only less redundant goes on working: its alerts are news.
    """
    planned = {
        each.component: each.effect
        for each in change.touched
        if each.effect is not Effect.NONE and each.component in estate.components
    }
    after = spread(estate, planned)
    mine = set(change.markets)
    return sorted(
        each
        for each, effect in after.items()
        if each in planned or (effect in _SUFFERING and mine & set(estate.markets_of(each)))
    )


def hold_pages(work: Work, run: Run, change: ChangeView, until: datetime) -> None:
    """Hold pages of what the plan expects back until ``until``; nothing if it expects nothing."""
    estate = estate_queries.current(work)
    components = scope(estate, change)
    if not components or until <= work.now:
        return
    draft = monitoring.WindowDraft(
        title=f"{change.reference}: {change.title}"[:_TITLE],
        starts_at=work.now,
        ends_at=until,
        components=components,
        markets=_markets(estate, change, components),
        reference=change.reference,
        ends_itself=True,
    )
    run.suppression_id = monitoring.set_window(_as_system(work), draft)
    run.suppressed, run.suppressed_until = components, until
    _tell(work, run, change)


def hold_longer(work: Work, run: Run, change: ChangeView, until: datetime) -> None:
    """Hold them back longer, by decision; a window that has ended is announced anew."""
    release(work, run)
    hold_pages(work, run, change, until)
    if run.suppressed_until != until:
        raise Conflict(
            "the plan expects nothing to be down, degraded or less redundant; no pages are held "
            "and nothing was written"
        )


def release(work: Work, run: Run) -> None:
    """Let alerts page again, if they are held still."""
    number, until = run.suppression_id, run.suppressed_until
    if number is not None and until is not None and until > work.now:
        monitoring.end_window(_as_system(work), number)
        run.suppressed_until = work.now


def _markets(estate: Estate, change: ChangeView, components: list[str]) -> list[str]:
    """Return where they are held back; everywhere when the change is of all their markets.

    Then alerts of a shared component that name no market are held as well.
    """
    all_of_them = {market for each in components for market in estate.markets_of(each)}
    return [] if all_of_them <= set(change.markets) else sorted(change.markets)


def _as_system(work: Work) -> Work:
    """Return the same unit of work with every right: who runs a change need not silence alerts.

    The name stays that of the person, on the window and on the audit trail.
    """
    return replace(work, actor=Actor(work.actor.name, SYSTEM.grants, SYSTEM.kind))


def _tell(work: Work, run: Run, change: ChangeView) -> None:
    until = run.suppressed_until.isoformat() if run.suppressed_until else ""
    work.record(
        RunPagesHeld(
            change.id,
            moving.markets_text(change.markets),
            run.id,
            run.suppression_id or 0,
            ",".join(run.suppressed),
            until,
        )
    )
