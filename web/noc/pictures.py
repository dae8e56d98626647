"""One picture of the wall for all screens that may see the same: fifty walls cost what one does.

A picture belongs to exactly what its reader may see. It is made anew when something changed, and
for screens that follow at most once a second, however fast things change.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from flask import current_app

from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.work import Work
from ssoc.monitoring.trend_queries import StepMemory
from web.noc import live
from web.noc.wall_view import WallView

AT_MOST = timedelta(seconds=1)  # between two pictures for screens that follow
MOST_SCOPES = 64
Scope = tuple[frozenset[tuple[Permission, str]], bool]
Moment = tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """The wall as one scope sees it: its values, its panels as HTML, and when that was."""

    moment: Moment
    now: datetime
    view: WallView
    html: str


@dataclass
class _Place:
    """The newest picture of one scope; who comes while it is made waits for it."""

    lock: Lock = field(default_factory=Lock)
    picture: Picture | None = None


@dataclass
class Pictures:
    """The pictures of one application, those of the scopes asked for last."""

    memory: StepMemory = field(default_factory=StepMemory)
    _places: OrderedDict[Scope, _Place] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, work: Work, follows: bool, make: Callable[[Work], Picture]) -> Picture:
        """Return the picture for the actor, made by ``make`` unless a good one is here.

        A page that is opened shows everything; one that ``follows`` may be a second behind.
        """
        place = self._place(scope_of(work))
        with place.lock:
            held = place.picture
            if held is None or not _is_good(held, live.moment(work), work.now, follows):
                held = place.picture = make(work)
            return held

    def _place(self, scope: Scope) -> _Place:
        with self._lock:
            place = self._places.setdefault(scope, _Place())
            self._places.move_to_end(scope)
            if len(self._places) > MOST_SCOPES:
                self._places.popitem(last=False)
            return place


def scope_of(work: Work) -> Scope:
    """Return what decides what an actor sees: every grant, and whether people have names."""
    return work.actor.grants, work.actor.kind is ActorKind.KIOSK


def pictures() -> Pictures:
    """Return the pictures of this application."""
    kept: Pictures = current_app.extensions.setdefault("ssoc.pictures", Pictures())
    return kept


def _is_good(held: Picture, moment: Moment, now: datetime, follows: bool) -> bool:
    is_new = timedelta() <= now - held.now < AT_MOST
    return held.moment == moment or (follows and is_new)
