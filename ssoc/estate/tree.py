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
    broken: set[tuple[str, str]] = field(default_factory=set)  # section and key that are misshaped

    def at(self, place: Place) -> str:
        """Return ``file:line`` of the value at ``place``, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.file}:{self.lines.get(place, 1)}"

    def fault(self, place: Place, text: str) -> None:
        """Note a fault at ``place``."""
        self.faults.append(f"{self.at(place)}: {text}")


def read_tree(path: Path) -> Tree:
    """Read one file; whatever is wrong with it stands in ``faults``."""
    tree = Tree(str(path))
    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            tree.faults.append(f"{path}: aliases (*name) are not accepted; write the value out")
            return tree
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        tree.faults.append(f"{path}: is not UTF-8; save it with that encoding")
    except OSError as error:
        tree.faults.append(f"{path}: {error.strerror or error}; name files or folders that exist")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        tree.faults.append(f"{path}:{line}: not YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError) as error:
        tree.faults.append(f"{path}: not YAML: {error}")
    else:
        content = _plain(node, (), tree) if node is not None else {}
        if isinstance(content, dict):
            tree.content = content
        else:
            tree.fault((), "expected a mapping with markets, paths and components")
    return tree


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
