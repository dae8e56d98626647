"""Where each failing component belongs now: which incident, as what, and for how long still."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidents.rules.correlation import Picture


@dataclass(frozen=True)
class Member:
    """A component's place in an incident; ``loose_since``: the cause explains it no longer.

    ``is_brief``: what outlives its cause stands alone at once, none of it is a late recovery.
    """

    is_moved: bool = False
    loose_since: datetime | None = None
    is_brief: bool = False


@dataclass(frozen=True)
class Standing:
    """A live incident: where it stands, what it is nested in, and what fails in it.

    ``moved`` counts the firing alerts of each component that a person put here one by one.
    What a person declared (``is_declared``) is nested by nobody else.
    """

    id: int
    component: str
    parent_id: int | None = None
    members: Mapping[str, Member] = field(default_factory=dict)
    moved: Mapping[str, int] = field(default_factory=dict)
    is_declared: bool = False


@dataclass(frozen=True)
class Placing:
    """The wanted state of things.

    ``members`` says for each live incident which components fail in it, and since when loosely;
    ``parents`` what each is nested in; ``homes`` which incident each root belongs to;
    ``opening`` which roots have none and are to be opened, as soon as they have settled.
    Information opens nothing and keeps nothing open.
    """

    homes: Mapping[str, int]
    opening: Sequence[str]
    members: Mapping[int, Mapping[str, datetime | None]]
    parents: Mapping[int, int | None]


def place(
    picture: Picture, standing: Sequence[Standing], now: datetime, grace: timedelta
) -> Placing:
    """Return where every failing component belongs.

    Args:
        picture: the causes of what fails now.
        standing: the live incidents, oldest first.
        now: the instant of the turn.
        grace: a symptom that outlives its cause stays this long before it stands alone.

    """
    return _Placer(picture, standing, now, grace).placing()


class _Placer:
    """One turn of placing."""

    def __init__(
        self, picture: Picture, standing: Sequence[Standing], now: datetime, grace: timedelta
    ) -> None:
        self._picture, self._standing, self._now, self._grace = picture, standing, now, grace
        self._own = {each.component: each for each in standing}
        self._claimed = self._claims()
        self._homes: dict[str, int] = {}
        self._members: dict[int, dict[str, datetime | None]] = {each.id: {} for each in standing}

    def placing(self) -> Placing:
        """Return the wanted state: first the roots, then what hangs on them."""
        opening = []
        for root in self._picture.roots:
            home = self._home(root)
            if home is not None:
                self._homes[root] = home
            elif self._picture.failing[root].may_open:
                opening.append(root)
        for component, causes in self._picture.causes.items():
            if not self._picture.failing[component].is_suspected:
                self._join(component, causes)
        self._finish()
        parents = {each.id: self._parent(each) for each in self._standing}
        return Placing(self._homes, opening, self._members, parents)

    def _finish(self) -> None:
        """Add what people put there one by one; empty what only information is left in."""
        for each in self._standing:
            moved = [name for name in each.moved if name in self._picture.failing]
            self._members[each.id].update(dict.fromkeys(moved))
            if not self._is_held_open(each):
                self._members[each.id].clear()

    def _is_held_open(self, standing: Standing) -> bool:
        """Tell whether more than information is left in it, or what a person put there."""
        put_here = {name for name, each in standing.members.items() if each.is_moved}
        put_here |= set(standing.moved)
        here = self._members[standing.id]
        return any(each in put_here or self._picture.failing[each].may_open for each in here)

    def _claims(self) -> dict[str, int]:
        """Return what people put into an incident: whole components, or all alerts of one."""
        found = {}
        for each in self._standing:
            for name, count in each.moved.items():
                failing = self._picture.failing.get(name)
                if failing is not None and count >= failing.alerts:
                    found[name] = each.id
            found |= {name: each.id for name, member in each.members.items() if member.is_moved}
        return found

    def _home(self, root: str) -> int | None:
        """Return the incident of a root: a person's choice, its own, or the one it outlives."""
        if root in self._claimed:
            return self._claimed[root]
        own = self._own.get(root)
        if own is not None and own.parent_id is None:
            return own.id
        for each in self._standing:
            if each is not own and root in each.members and not self._is_over(each, root):
                return each.id
        return own.id if own else None

    def _is_over(self, standing: Standing, root: str) -> bool:
        """Tell whether ``root`` has outlived the cause of that incident for long enough."""
        member = standing.members[root]
        since = member.loose_since
        return member.is_brief or (since is not None and self._now >= since + self._grace)

    def _join(self, component: str, causes: Sequence[str]) -> None:
        own = self._own.get(component)
        if own is not None and self._claimed.get(component, own.id) == own.id:
            self._members[own.id][component] = None
        if component in self._claimed:
            self._members[self._claimed[component]][component] = None
            return
        homes = [self._homes[root] for root in causes if root in self._homes]
        if not homes:
            self._stay(component)
        for home in homes:
            self._members[home][component] = self._loose(home, component, causes)

    def _stay(self, component: str) -> None:
        """Keep what waits for a deeper cause to open where it was until then."""
        if self._picture.causes[component] == (component,):
            return
        for each in self._standing:
            if component in each.members:
                self._members[each.id][component] = each.members[component].loose_since

    def _loose(self, home: int, component: str, causes: Sequence[str]) -> datetime | None:
        """Return since when the incident no longer explains it; None when it does."""
        own = self._own.get(component)
        if tuple(causes) != (component,) or (own is not None and own.id == home):
            return None
        held = next(each for each in self._standing if each.id == home)
        member = held.members.get(component, Member())
        return member.loose_since or self._now

    def _parent(self, standing: Standing) -> int | None:
        causes = tuple(self._picture.causes.get(standing.component, ()))
        if not causes or standing.is_declared or standing.component in self._claimed:
            return standing.parent_id
        homes = [self._homes[root] for root in causes if root in self._homes]
        if standing.id in homes:
            return None
        if not homes or standing.parent_id in homes:
            return standing.parent_id
        return homes[0]
