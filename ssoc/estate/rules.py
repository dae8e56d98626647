"""Pure rules of the estate: circles, and what a new description changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ssoc.estate.values import Dependency

Key = tuple[str, str]
MOST_RETIRED = 10  # one component in so many is retired without a question
MOST_NAMED = 8


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

    def retired_of(self, kind: str) -> list[str]:
        """Return the keys of one kind that would be retired."""
        return [key for each, key in self.retired if each == kind]


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


def heavy_loss(change: Difference, components: int) -> str:
    """Return in words what ``change`` would retire if that needs a person's word; else empty.

    Args:
        change: what a load would do.
        components: how many there are before it.

    """
    markets, gone = change.retired_of("market"), change.retired_of("component")
    if not markets and len(gone) * MOST_RETIRED <= components:
        return ""
    said = []
    if markets:
        said.append(f"{plural(len(markets), 'market')} ({_some(markets)})")
    if gone:
        said.append(f"{len(gone)} of {plural(components, 'component')} ({_some(gone)})")
    return " and ".join(said)


def plural(count: int, word: str) -> str:
    """Return a number with its noun: ``1 dependency``, ``2 dependencies``."""
    if count == 1:
        return f"1 {word}"
    return f"{count} {word[:-1]}ies" if word.endswith("cy") else f"{count} {word}s"


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
