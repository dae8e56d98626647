"""What stands on the page of a change: panels by idea, each with its own view and template.

A panel's ``build`` returns what its template shows as ``panel``, or None when the change has
nothing of the kind; then it is left out. ``slot`` is where it stands: ``wide`` above the two
columns, ``main`` left, ``side`` right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from changes.values import ChangeView
from ssoc.core.work import Work


@dataclass(frozen=True)
class Panel:
    """One panel: where it stands, its template, and what fills it."""

    slot: str
    template: str
    build: Callable[[Work, ChangeView], Any]


@dataclass(frozen=True)
class Filled:
    """A panel with what it shows."""

    template: str
    shown: Any


@dataclass(frozen=True)
class PageAct:
    """A button of the page: a form when it acts at once, a link when it asks first (``…``)."""

    label: str
    href: str
    key: str = ""
    is_main: bool = False
    is_question: bool = False


# In the order they stand in: Panel("side", "changes/panels/x.html", x_view.panel)
PANELS: Sequence[Panel] = ()
# Each returns the buttons it offers to this actor now.
ACTS: Sequence[Callable[[Work, ChangeView], Sequence[PageAct]]] = ()


def filled(work: Work, change: ChangeView, slot: str) -> list[Filled]:
    """Return the panels of one slot that have something to show."""
    built = [(each, each.build(work, change)) for each in PANELS if each.slot == slot]
    return [Filled(each.template, shown) for each, shown in built if shown is not None]


def acts(work: Work, change: ChangeView) -> list[PageAct]:
    """Return every button the actor has on the page now; one of them is filled at most."""
    found = [act for offer in ACTS for act in offer(work, change)]
    first = next((act for act in found if act.is_main), None)
    return [
        act if act is first or not act.is_main else PageAct(act.label, act.href, act.key)
        for act in found
    ]
