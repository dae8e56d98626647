"""YAML with the line of every value, so that each fault of an estate file can be pointed at."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]


@dataclass
class Tree:
    """One file's content as plain values, and on which line each path through it stands."""

    file: str
    content: dict[str, Any] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)  # names left out as misshaped; "" is any
    is_readable: bool = True

    def at(self, place: Place) -> str:
        """Return ``file:line`` of the value at ``place``, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.file}:{self.lines.get(place, 1)}"

    def unreadable(self, text: str) -> None:
        """Note why nothing at all can be known of the file."""
        self.faults.append(text)
        self.is_readable = False

    def remove(self, place: Place) -> None:
        """Take the value at ``place`` out; what follows it in a list keeps its lines."""
        inside: Any = self.value(place[:-1])
        last = place[-1]
        del inside[last]
        if isinstance(last, int):
            depth = len(place) - 1
            self.lines = {
                where if not _is_after(where, place) else _one_less(where, depth): line
                for where, line in self.lines.items()
                if where[: len(place)] != place
            }

    def value(self, place: Place) -> Any:  # noqa: ANN401 (any YAML value)
        """Return what stands at ``place``."""
        found: Any = self.content
        for step in place:
            found = found[step]
        return found

    def fault(self, place: Place, text: str) -> None:
        """Note a fault at ``place``."""
        self.faults.append(f"{self.at(place)}: {text}")


def read_tree(path: Path) -> Tree:
    """Read one file; whatever is wrong with it stands in ``faults``."""
    tree = Tree(str(path))
    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            tree.unreadable(f"{path}: aliases (*name) are not accepted; write the value out")
            return tree
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        tree.unreadable(f"{path}: is not UTF-8; save it with that encoding")
    except OSError as error:
        tree.unreadable(f"{path}: {error.strerror or error}; name files or folders that exist")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        tree.unreadable(f"{path}:{line}: not YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError) as error:
        tree.unreadable(f"{path}: not YAML: {error}")
    else:
        content = _plain(node, (), tree) if node is not None else {}
        if isinstance(content, dict):
            tree.content = content
        else:
            tree.unreadable(f"{tree.at(())}: expected a mapping with markets, paths and components")
    return tree


def _is_after(where: Place, place: Place) -> bool:
    """Tell whether ``where`` lies in a later item of the list that ``place`` is an item of."""
    depth = len(place) - 1
    if len(where) <= depth or where[:depth] != place[:depth]:
        return False
    return isinstance(where[depth], int) and where[depth] > place[depth]  # type: ignore[operator]


def _one_less(where: Place, depth: int) -> Place:
    return (*where[:depth], int(where[depth]) - 1, *where[depth + 1 :])


def _plain(node: yaml.Node, place: Place, tree: Tree) -> Any:  # noqa: ANN401 (any YAML value)
    tree.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, tree)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, (*place, number), tree) for number, each in enumerate(node.value)]
    return _scalar(node, place, tree)


def _mapping(node: yaml.MappingNode, place: Place, tree: Tree) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        inner = (*place, key)
        tree.lines[inner] = key_node.start_mark.line + 1
        if key in found:
            tree.fault(inner, f"{key} stands twice; one name, one meaning: rename or remove one")
        found[key] = _plain(value_node, inner, tree)
    return found


def _scalar(node: yaml.Node, place: Place, tree: Tree) -> Any:  # noqa: ANN401
    try:
        value = yaml.SafeLoader("").construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError) as error:
        tree.fault(place, f"not a value: {error}")
        return None
    # dates and numbers that YAML guesses: NO is Norway, 2026-06-01 is a text here
    known = isinstance(value, bool | int | float | str) or value is None
    return value if known else str(node.value)
