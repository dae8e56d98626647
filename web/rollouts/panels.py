"""Panels that others put on the page of a roll-out, each with its own view and template.

``build`` returns what its template shows as ``panel``, or None when there is nothing of the kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from changes.rollouts.values import RolloutView
from ssoc.core.work import Work
from web.change_managers.page_parts import Filled
from web.rollouts import features_panel


@dataclass(frozen=True)
class RolloutPanel:
    """One panel: its template, and what fills it."""

    template: str
    build: Callable[[Work, RolloutView], Any]


# In the order they stand in, between the gate and the tasks.
PANELS: Sequence[RolloutPanel] = (RolloutPanel(features_panel.TEMPLATE, features_panel.panel),)


def filled(work: Work, rollout: RolloutView) -> list[Filled]:
    """Return the panels that have something to show."""
    built = [(each.template, each.build(work, rollout)) for each in PANELS]
    return [Filled(template, shown) for template, shown in built if shown is not None]
