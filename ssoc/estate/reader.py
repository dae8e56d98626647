"""Estate files to values: every fault of every file at once, with file and line."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ssoc.core.errors import BadEstate
from ssoc.estate.build import component_of, inhibition_of, market_of
from ssoc.estate.expand import expand
from ssoc.estate.market_calendar import calendar_fault
from ssoc.estate.rules import cycle_in
from ssoc.estate.shape import shape_faults
from ssoc.estate.tree import Place, Tree, read_tree
from ssoc.estate.values import (
    Check,
    Component,
    Dependency,
    Heartbeat,
    Inhibition,
    Market,
    Path,
)

ANYTHING = {""}  # a file that cannot be read may describe any name
CheckFaults = Callable[[Check], Sequence[str]]
InhibitionFaults = Callable[[Inhibition], Sequence[str]]
ValueFault = Callable[[str], str]


@dataclass
class Description:
    """What the files say, and where each thing was said."""

    markets: dict[str, Market] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    dependencies: list[Dependency] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=dict)
    heartbeats: dict[str, Heartbeat] = field(default_factory=dict)
    inhibitions: dict[str, Inhibition] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    said: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Give every item with its kind, as ``estate.plain`` names kinds."""
        for kind, found in (
            ("market", self.markets.values()),
            ("path", self.paths.values()),
            ("component", self.components.values()),
            ("dependency", self.dependencies),
            ("check", self.checks.values()),
            ("heartbeat", self.heartbeats.values()),
            ("inhibition", self.inhibitions.values()),
        ):
            for item in found:
                yield kind, item


def read(
    files: Iterable[str | FilePath],
    check_faults: CheckFaults | None = None,
    inhibition_faults: InhibitionFaults | None = None,
    value_fault: ValueFault | None = None,
) -> Description:
    """Return what the estate files say, or raise BadEstate that lists every fault.

    Args:
        files: files, or folders whose ``*.yaml`` and ``*.yml`` are read in order of name.
        check_faults: what the adapters and threshold rules object to in a check.
        inhibition_faults: what is wrong with a rule by which alerts mute others.
        value_fault: what is wrong with a label's value in a component's ``match``.

    """
    trees = [read_tree(path) for path in _paths(files)]
    found = Description()
    for tree in trees:
        if tree.is_readable:
            shape_faults(tree)
        found.broken |= tree.broken if tree.is_readable else ANYTHING
    _take(trees, found)
    _refer(found)
    if check_faults:
        _ask(found, check_faults)
    if inhibition_faults:
        _ask_inhibitions(found, inhibition_faults)
    if value_fault:
        _ask_matches(found, value_fault)
    faults = [fault for tree in trees for fault in tree.faults] + found.faults
    if faults:
        raise BadEstate("\n".join(dict.fromkeys(faults)))
    return found


def _take(trees: Sequence[Tree], found: Description) -> None:
    """Take over what the trees say, markets first, since the rest is expanded over them."""
    for tree in trees:
        _take_markets(tree, found)
    for tree in trees:
        _take_paths(tree, found)
        _take_components(tree, found)
        _take_inhibitions(tree, found)


def _paths(files: Iterable[str | FilePath]) -> list[FilePath]:
    paths: list[FilePath] = []
    for each in map(FilePath, files):
        inside = (
            [p for p in sorted(each.iterdir()) if p.suffix in {".yaml", ".yml"}]
            if (each.is_dir())
            else [each]
        )
        paths += inside
    return paths


def _say(found: Description, kind: str, key: str, where: str) -> bool:
    """Note where a thing is said; False, with a fault, when it was said before."""
    earlier = found.said.setdefault((kind, key), where)
    if earlier != where:
        found.faults.append(f"{where}: {kind} {key} is said in {earlier} too; keep one of them")
        return False
    return True


def _take_markets(tree: Tree, found: Description) -> None:
    for code, body in tree.content.get("markets", {}).items():
        place: Place = ("markets", code)
        for number, zone in enumerate(body["zones"]):
            if not _known_zone(zone):
                tree.fault(
                    (*place, "zones", number),
                    f"{zone} is no time zone; use an IANA name such as Africa/Nairobi",
                )
        if _say(found, "market", code, tree.at(place)):
            found.markets[code] = market_of(code, body, len(found.markets))
            found.words[code] = body.get("words", {})
            if fault := calendar_fault(found.markets[code]):
                tree.fault((*place, "holidays"), fault)


def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _take_paths(tree: Tree, found: Description) -> None:
    for key, body in tree.content.get("paths", {}).items():
        if _say(found, "path", key, tree.at(("paths", key))):
            found.paths[key] = Path(key, body["component"], body.get("control", ""))


def _take_components(tree: Tree, found: Description) -> None:
    for written, body in tree.content.get("components", {}).items():
        place: Place = ("components", written)
        for key, market, filled in expand(written, body, found.markets, found.words, tree, place):
            if not _say(found, "component", key, tree.at(place)):
                continue
            made = component_of(key, filled, market, found.markets)
            found.components[key] = made.component
            found.dependencies += made.dependencies
            for check in made.checks:
                found.checks[check.key] = check
                found.said["check", check.key] = tree.at((*place, "checks", check.name))
            for number, label in _labels(made.component):
                found.said["match", f"{key}/{number}/{label}"] = tree.at(
                    (*place, "match", number, label)
                )
            for heartbeat in made.heartbeats:
                found.heartbeats[heartbeat.name] = heartbeat
            for number, edge in enumerate(made.dependencies):
                found.said["dependency", f"{edge.component}->{edge.needs}"] = tree.at(
                    (*place, "needs", number)
                )


def _take_inhibitions(tree: Tree, found: Description) -> None:
    for name, body in tree.content.get("inhibitions", {}).items():
        if _say(found, "inhibition", name, tree.at(("inhibitions", name))):
            found.inhibitions[name] = inhibition_of(name, body)


def _refer(found: Description) -> None:
    """Check that whatever is named exists, and that no component needs itself."""
    for key, component in found.components.items():
        for code in component.markets:
            _known(found, "component", key, "market", code, found.markets)
    for edge in found.dependencies:
        said = f"{edge.component}->{edge.needs}"
        _known(found, "dependency", said, "component", edge.needs, found.components)
    _refer_groups(found)
    _refer_paths(found)
    if cycle := cycle_in(found.dependencies):
        where = found.said["dependency", f"{cycle[0]}->{cycle[1]}"]
        found.faults.append(
            f"{where}: components need each other in a circle: {' -> '.join(cycle)}; "
            "remove the edge that is not true"
        )


def _refer_groups(found: Description) -> None:
    """Check that no group needs more than it has."""
    sizes = Counter((each.component, each.group) for each in found.dependencies if each.group)
    for edge in found.dependencies:
        if edge.group and edge.need > sizes.pop((edge.component, edge.group), edge.need):
            where = found.said["dependency", f"{edge.component}->{edge.needs}"]
            found.faults.append(
                f"{where}: {edge.component} needs {edge.need} of a group with fewer members; "
                "lower need, or name more in any_of"
            )


def _refer_paths(found: Description) -> None:
    for key, path in found.paths.items():
        _known(found, "path", key, "component", path.component, found.components)
        if path.control:
            _known(found, "path", key, "check", path.control, found.checks)
    for key, check in found.checks.items():
        if check.path:
            _known(found, "check", key, "path", check.path, found.paths)


def _known(
    found: Description, kind: str, key: str, wanted: str, name: str, among: Mapping[str, object]
) -> None:
    if name not in among and not _may_be_broken(name, found.broken):
        near = _nearest(name, among)
        cure = f"did you mean {near}?" if near else f"describe the {wanted} or remove the name"
        found.faults.append(f"{found.said[kind, key]}: no {wanted} is called {name}; {cure}")


def _may_be_broken(name: str, broken: set[str]) -> bool:
    """Tell whether a name may stand for something that was left out as misshaped."""
    start = name.partition("/")[0]
    return any(
        key in {name, start} or ("{" in key and start.startswith(key.partition("{")[0])) or not key
        for key in broken
    )


def _nearest(name: str, among: Mapping[str, object]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, among, 1)), "")


def _ask(found: Description, check_faults: CheckFaults) -> None:
    for key, check in found.checks.items():
        where = found.said["check", key]
        found.faults += [f"{where}: {fault}" for fault in check_faults(check)]


def _ask_matches(found: Description, value_fault: ValueFault) -> None:
    """Name each bad value once, also one that a description for each market says many times."""
    told: dict[str, None] = {}
    for key, component in found.components.items():
        for number, label in _labels(component):
            if fault := value_fault(component.match[number][label]):
                where = found.said["match", f"{key}/{number}/{label}"]
                told[f"{where}: match {label}: {fault}"] = None
    found.faults += told


def _labels(component: Component) -> Iterator[tuple[int, str]]:
    for number, match in enumerate(component.match):
        for label in match:
            yield number, label


def _ask_inhibitions(found: Description, inhibition_faults: InhibitionFaults) -> None:
    for name, rule in found.inhibitions.items():
        where = found.said["inhibition", name]
        found.faults += [f"{where}: {name}: {fault}" for fault in inhibition_faults(rule)]
