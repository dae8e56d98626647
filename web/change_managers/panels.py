"""What stands on the page of a change: panels by idea, each with its own view and template.

A panel's ``build`` returns what its template shows as ``panel``, or None when the change has
nothing of the kind; then it is left out. ``slot`` is where it stands: ``wide`` above the two
columns, ``main`` left, ``side`` right.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from changes.values import ChangeView
from ssoc.core.work import Work
from web.change_managers import (
    approvals_panel,
    assessing,
    assessment_view,
    attachments,
    caused_view,
    freeze_panel,
    history_view,
    outside,
    plan_view,
    request_acts,
    reviews,
    rollout_panel,
    run_begin,
    window_view,
)
from web.change_managers.page_parts import Filled as Filled
from web.change_managers.page_parts import PageAct as PageAct
from web.change_managers.page_parts import Panel as Panel

# In the order they stand in: Panel("side", "changes/panels/x.html", x_view.panel)
PANELS: Sequence[Panel] = (
    Panel("wide", "changes/panels/run.html", run_begin.panel),
    Panel("wide", "changes/panels/waves.html", rollout_panel.panel),
    Panel("wide", "changes/panels/in_the_way.html", plan_view.in_the_way),
    Panel("wide", "changes/panels/span.html", window_view.panel),
    Panel("main", "changes/panels/risk.html", assessment_view.risk),
    Panel("side", "changes/panels/approvals.html", approvals_panel.panel),
    Panel("side", "changes/panels/collisions.html", assessment_view.collisions),
    Panel("side", "changes/panels/freezes.html", freeze_panel.panel),
    Panel("side", "changes/panels/touched.html", assessment_view.touched),
    Panel("side", "changes/panels/caused.html", caused_view.panel),
    Panel("wide", "changes/panels/steps.html", plan_view.steps),
    Panel("main", "changes/panels/about.html", plan_view.about),
    Panel("main", "changes/panels/components.html", plan_view.touched),
    Panel("main", "changes/panels/safety.html", plan_view.safety),
    Panel("main", "changes/panels/files.html", attachments.panel),
    Panel("side", "changes/panels/review.html", reviews.panel),
    Panel("side", "changes/panels/outside.html", outside.panel),
    Panel("main", "changes/panels/history.html", history_view.panel),
)
# Each returns the buttons it offers to this actor now.
ACTS: Sequence[Callable[[Work, ChangeView], Sequence[PageAct]]] = (
    run_begin.acts,
    rollout_panel.acts,
    request_acts.acts,
    approvals_panel.acts,
    assessing.acts,
    reviews.acts,
    outside.acts,
)


def filled(work: Work, change: ChangeView, slot: str) -> list[Filled]:
    """Return the panels of one slot that have something to show."""
    built = [(each, each.build(work, change)) for each in PANELS if each.slot == slot]
    return [Filled(each.template, shown) for each, shown in built if shown is not None]


def acts(work: Work, change: ChangeView) -> list[PageAct]:
    """Return every button the actor has on the page now; one of them is filled at most."""
    found = [act for offer in ACTS for act in offer(work, change)]
    first = next((act for act in found if act.is_main), None)
    return [
        act if act is first or not act.is_main else replace(act, is_main=False) for act in found
    ]
