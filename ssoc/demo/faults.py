"""Faults of the simulated platforms, and what they do to whatever stands on the broken part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock


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


class Faults:
    """What is broken now; safe to ask from many threads."""

    def __init__(self, needs: Mapping[str, Sequence[str]]) -> None:
        self._needs = needs
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
        """Return the worst of its own fault and of the down or slow parts below it."""
        own = self.own(component, now)
        if own is not None:
            return own
        broken = {each.component: each.kind for each in self.active(now)}
        found = [broken[part] for part in self._below(component) if part in broken]
        if Kind.DOWN in found:
            return Kind.DOWN
        return Kind.SLOW if Kind.SLOW in found else None

    def _below(self, component: str) -> Iterable[str]:
        seen: set[str] = set()
        waiting = list(self._needs.get(component, ()))
        while waiting:
            part = waiting.pop()
            if part not in seen:
                seen.add(part)
                yield part
                waiting += self._needs.get(part, ())
