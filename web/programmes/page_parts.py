"""What the page of a site is made of: panels that others fill, and where obstacles are mended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from changes.programmes.values import SiteView
from ssoc.core.work import Work


@dataclass(frozen=True)
class SitePanel:
    """One panel: where it stands, its template, and what fills it; None leaves it out.

    ``slot`` is ``wide`` above the two columns, ``main`` left, ``side`` right. On a telephone they
    follow each other in that order.
    """

    slot: str
    template: str
    build: Callable[[Work, SiteView], Any]


@dataclass(frozen=True)
class Filled:
    """A panel with what it shows."""

    template: str
    shown: Any


@dataclass(frozen=True)
class Cure:
    """Where an obstacle is mended: what the link says, and where it leads."""

    label: str
    href: str
