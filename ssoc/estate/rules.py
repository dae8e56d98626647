"""Pure rules of the estate: circles, and what a new description changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ssoc.estate.values import Dependency

Key = tuple[str, str]


def cycle_in(dependencies: Iterable[Dependency]) -> list[str]:
    """Return the components of one circle, first and last the same; empty when there is none."""
    needs: dict[str, list[str]] = {}
    for edge in dependencies:
        needs.setdefault(edge.component, []).append(edge.needs)
    done: set[str] = set()
    for start in needs:
        if found := _walk(start, needs, done):
            return found
    return []


def _walk(start: str, needs: Mapping[str, Sequence[str]], done: set[str]) -> list[str]:
    """Walk down from ``start`` without recursion; the path is what we are inside of."""
    path, waiting = [start], [iter(needs.get(start, ()))]
    inside = {start}
    while waiting:
        below = next(waiting[-1], None)
        if below is None:
            waiting.pop()
            left = path.pop()
            inside.discard(left)
            done.add(left)
        elif below in inside:
            return [*path[path.index(below) :], below]
        elif below not in done:
            path.append(below)
            inside.add(below)
            waiting.append(iter(needs.get(below, ())))
    return []


@dataclass(frozen=True)
class Difference:
    """What a load would change: keys by kind; ``changed`` says which fields, from what to what."""

    added: Sequence[Key] = ()
    retired: Sequence[Key] = ()
    changed: Mapping[Key, Mapping[str, tuple[Any, Any]]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether the files say what the database has."""
        return not (self.added or self.retired or self.changed)


def difference(
    old: Mapping[Key, Mapping[str, Any]], new: Mapping[Key, Mapping[str, Any]]
) -> Difference:
    """Return what turns ``old`` into ``new``; bodies are plain JSON."""
    changed = {
        key: {
            name: (old[key].get(name), body.get(name))
            for name in sorted(set(old[key]) | set(body))
            if old[key].get(name) != body.get(name)
        }
        for key, body in new.items()
        if key in old and dict(old[key]) != dict(body)
    }
    return Difference(
        added=sorted(set(new) - set(old)),
        retired=sorted(set(old) - set(new)),
        changed={key: fields for key, fields in changed.items() if fields},
    )
