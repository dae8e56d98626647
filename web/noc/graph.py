"""The cause path as a picture: layers, boxes and arcs with their places. Pure.

The deepest failing component stands below what suffers from it; what it needs itself stands
under it, with what is known of it. A picture shows at most ``MOST`` boxes in a layer and says
how many it leaves out: the list of nested symptoms has them all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, BOX, ROOT_BOX, HIGH, STEP, MARGIN = 940, 180, 216, 46, 86, 4
MOST, LETTERS, ROOT_LETTERS = 5, 22, 25
_TELLING = {"root": 0, "unseen": 1, "sym": 2, "plain": 3, "good": 4}


@dataclass(frozen=True)
class Node:
    """One component: ``kind`` is root, sym, unseen, good or plain (nothing is known of it).

    ``layer`` 0 is the top: what customers touch.
    """

    key: str
    name: str
    sub: str
    kind: str
    layer: int
    priority: str = ""


@dataclass(frozen=True)
class Edge:
    """``upper`` needs ``lower``; ``any_of`` when another one of its group would do as well."""

    upper: str
    lower: str
    any_of: bool = False


@dataclass(frozen=True)
class Box:
    """A node with its place."""

    node: Node
    x: int
    y: int
    width: int
    title: str
    sub: str

    @property
    def middle(self) -> int:
        """Return the middle of the box from the left."""
        return self.x + self.width // 2

    @property
    def css(self) -> str:
        """Return the classes of the part ``node``."""
        return {"root": "node bad root", "sym": "node sym", "unseen": "node unseen"}.get(
            self.node.kind, "node"
        )


@dataclass(frozen=True)
class Arc:
    """A line from the bottom of one box to the top of another."""

    path: str
    css: str


@dataclass(frozen=True)
class Picture:
    """Everything the SVG needs; ``left_out`` counts the failing components not drawn."""

    height: int
    boxes: Sequence[Box]
    arcs: Sequence[Arc]
    left_out: int
    width: int = WIDTH
    has_any_of: bool = False


def picture(nodes: Sequence[Node], edges: Iterable[Edge]) -> Picture | None:
    """Return the picture of ``nodes`` in their layers; None when there is nothing to relate."""
    if len(nodes) < 2:
        return None
    keys = {node.key for node in nodes}
    known = [edge for edge in edges if edge.upper in keys and edge.lower in keys]
    layers: dict[int, list[Node]] = {}
    for node in nodes:
        layers.setdefault(node.layer, []).append(node)
    places, left_out = _placed(layers, known)
    arcs = _arcs(known, places)
    return Picture(
        height=max(box.y for box in places.values()) + HIGH + 2 * MARGIN,
        boxes=tuple(places.values()),
        arcs=arcs,
        left_out=left_out,
        has_any_of=any("any" in arc.css for arc in arcs),
    )


def _placed(
    layers: Mapping[int, Sequence[Node]], edges: Sequence[Edge]
) -> tuple[dict[str, Box], int]:
    """Place the layers from the cause outwards, each box near what it is tied to."""
    cause = next((level for level, row in layers.items() if _has_root(row)), max(layers))
    middle: dict[str, float] = {}
    kept: dict[int, Sequence[Node]] = {}
    left_out = 0
    for level in sorted(layers, key=lambda each: abs(each - cause)):
        row = sorted(layers[level], key=lambda node: (_pull(node.key, edges, middle), node.name))
        telling = sorted(row, key=lambda node: _TELLING.get(node.kind, 5))[:MOST]
        left_out += len(row) - len(telling)
        kept[level] = [node for node in row if node in telling]
        for at, node in enumerate(kept[level]):
            middle[node.key] = _middle(at, len(kept[level]))
    return {
        node.key: _box(node, round(middle[node.key]), row * STEP + MARGIN)
        for row, level in enumerate(sorted(kept))
        for node in kept[level]
    }, left_out


def _has_root(row: Sequence[Node]) -> bool:
    return any(node.kind == "root" for node in row)


def _middle(at: int, of: int) -> float:
    return WIDTH * (at + 0.5) / of


def _pull(key: str, edges: Sequence[Edge], middle: Mapping[str, float]) -> float:
    """Return where the placed neighbours of a box stand on average."""
    near = [middle[edge.lower] for edge in edges if edge.upper == key and edge.lower in middle]
    near += [middle[edge.upper] for edge in edges if edge.lower == key and edge.upper in middle]
    return sum(near) / len(near) if near else WIDTH / 2


def _box(node: Node, middle: int, y: int) -> Box:
    is_root = node.kind == "root"
    width, letters = (ROOT_BOX, ROOT_LETTERS) if is_root else (BOX, LETTERS)
    x = min(max(MARGIN, middle - width // 2), WIDTH - width - MARGIN)
    return Box(node, x, y, width, _cut(node.name, letters), _cut(node.sub, letters + 4))


def _cut(text: str, most: int) -> str:
    """Return ``text`` cut in its middle: its last word is often the country that tells it apart."""
    if len(text) <= most:
        return text
    head, _, tail = text.rpartition(" ")
    if not head or len(tail) > most // 2:
        return f"{text[: most - 1].rstrip()}…"
    room = most - 2 - len(tail)
    head = text[:room] if text[room] == " " else text[:room].rpartition(" ")[0] or text[:room]
    return f"{head.rstrip()}… {tail}"


def _arcs(edges: Sequence[Edge], places: Mapping[str, Box]) -> tuple[Arc, ...]:
    found = []
    for edge in edges:
        upper, lower = places.get(edge.upper), places.get(edge.lower)
        if upper is None or lower is None or upper.y >= lower.y:
            continue
        start, end = upper.y + HIGH, lower.y
        bend = (start + end) / 2
        above, below = upper.middle, lower.middle
        path = f"M{above} {start}C{above} {bend} {below} {bend} {below} {end}"
        found.append(Arc(path, _arc_css(edge, upper.node, lower.node)))
    return tuple(sorted(found, key=lambda arc: "on" in arc.css))  # red ones on top


def _arc_css(edge: Edge, upper: Node, lower: Node) -> str:
    failing = {"root", "sym"}
    if edge.any_of:
        return "arc any"
    return "arc on" if upper.kind in failing and lower.kind in failing else "arc"
