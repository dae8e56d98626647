"""Faults of the simulated platforms, and what they do to whatever stands on the broken part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock

from ssoc.estate.values import Dependency


class Kind(StrEnum):
    """In which way a component is broken."""

    DOWN = "down"  # says so: 503, unavailable
    SLOW = "slow"  # works, not within its promise
    SILENT = "silent"  # takes the question and closes the line: unreachable
    REFUSING = "refusing"  # 401: our key was rotated
    GARBLED = "garbled"  # answers something that is no answer


@dataclass(frozen=True)
class Fault:
    """One broken component, until ``until``."""

    component: str
    kind: Kind
    until: datetime


RANK = {None: 0, Kind.SLOW: 1, Kind.DOWN: 2}


class Faults:
    """What is broken now; safe to ask from many threads."""

    def __init__(self, dependencies: Iterable[Dependency]) -> None:
        self._needs: dict[str, dict[str, list[str]]] = {}
        for edge in dependencies:
            group = edge.group or f"alone {edge.needs}"
            self._needs.setdefault(edge.component, {}).setdefault(group, []).append(edge.needs)
        self._faults: dict[str, Fault] = {}
        self._lock = Lock()

    def set(self, fault: Fault) -> None:
        """Break a component, or change how and how long it is broken."""
        with self._lock:
            self._faults[fault.component] = fault

    def clear(self, component: str | None = None) -> None:
        """Mend one component, or all."""
        with self._lock:
            if component is None:
                self._faults.clear()
            else:
                self._faults.pop(component, None)

    def active(self, now: datetime) -> list[Fault]:
        """Return what is broken at ``now``."""
        with self._lock:
            self._faults = {k: each for k, each in self._faults.items() if each.until > now}
            return list(self._faults.values())

    def own(self, component: str, now: datetime) -> Kind | None:
        """Return how the component itself is broken."""
        return next((f.kind for f in self.active(now) if f.component == component), None)

    def felt(self, component: str, now: datetime) -> Kind | None:
        """Return its own fault, else the worst it feels from below; of a group any will do."""
        broken = {each.component: each.kind for each in self.active(now)}
        return self._felt(component, broken) if broken else None

    def _felt(self, component: str, broken: Mapping[str, Kind]) -> Kind | None:
        if component in broken:
            return broken[component]
        worst: Kind | None = None
        for group in self._needs.get(component, {}).values():
            best = min((self._felt(part, broken) for part in group), key=_rank)
            worst = max(worst, Kind.DOWN if _rank(best) > 1 else best, key=_rank)
        return worst


def _rank(kind: Kind | None) -> int:
    """Order by what is felt above: whatever answers nothing useful is as good as down."""
    return RANK.get(kind, 2)
