"""What the page of a change is made of: panels that others fill, and buttons they offer."""

from collections.abc import Callable
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
