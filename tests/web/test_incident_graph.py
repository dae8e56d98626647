"""The picture of the cause: layers, places, kinds of lines, what is left out."""

from web.noc.graph import BOX, MOST, WIDTH, Edge, Node, Picture, picture


def drawn(nodes: list[Node], edges: list[Edge]) -> Picture:
    """Return the picture, which there must be."""
    found = picture(nodes, edges)
    assert found is not None
    return found


ROOT = Node("db", "Ledger database East", "critical since 16:24", "root", 2, "P1")
CORE = Node("core", "Core ledger East", "critical", "sym", 1)
APP = Node("app", "تطبيق العملاء", "error", "sym", 0)
STORE = Node("n1", "Storage array N1", "good", "good", 3)
OTHER = Node("n2", "Storage array N2", "not seen", "unseen", 3)
EDGES = [
    Edge("app", "core"),
    Edge("core", "db"),
    Edge("db", "n1", any_of=True),
    Edge("db", "n2", any_of=True),
    Edge("db", "elsewhere"),
]


def test_what_suffers_stands_above_its_cause_and_what_it_needs_below() -> None:
    found = drawn([ROOT, CORE, APP, STORE, OTHER], EDGES)
    at = {box.node.key: box.y for box in found.boxes}
    assert at["app"] < at["core"] < at["db"] < at["n1"] == at["n2"]
    assert found.height > max(at.values())


def test_no_box_covers_another_or_leaves_the_picture() -> None:
    many = [Node(f"a{n}", f"App {n}", "", "sym", 0) for n in range(MOST)]
    found = drawn([ROOT, *many], [Edge(node.key, "db") for node in many])
    rows: dict[int, list[int]] = {}
    for box in found.boxes:
        assert box.x >= 0
        assert box.x + box.width <= WIDTH
        rows.setdefault(box.y, []).append(box.x)
    for starts in rows.values():
        starts.sort()
        assert all(b - a >= BOX for a, b in zip(starts, starts[1:], strict=False))


def test_what_is_left_out_is_counted() -> None:
    many = [Node(f"a{n}", f"App {n}", "", "sym", 0) for n in range(MOST + 7)]
    found = drawn([ROOT, *many], [])
    assert found.left_out == 7
    assert len(found.boxes) == MOST + 1


def test_lines_tell_failing_from_alternatives_and_the_rest() -> None:
    found = drawn([ROOT, CORE, STORE, OTHER], EDGES)
    assert sorted(arc.css for arc in found.arcs) == ["arc any", "arc any", "arc on"]
    assert found.has_any_of
    plain = drawn([ROOT, STORE], [Edge("db", "n1")])
    assert [arc.css for arc in plain.arcs] == ["arc"]
    assert not plain.has_any_of


def test_long_names_are_cut_and_stand_in_full_beside() -> None:
    long = Node("x", "Serviço de notificação de transações", "", "sym", 0)
    box = next(box for box in drawn([ROOT, long], []).boxes if box.node.key == "x")
    assert box.title == "Serviço de… transações"
    assert len(box.title) < len(box.node.name)


def test_one_component_alone_needs_no_picture() -> None:
    assert picture([ROOT], []) is None
    assert picture([], []) is None


def test_a_circle_in_the_estate_is_survived() -> None:
    assert drawn([ROOT, CORE], [Edge("db", "core"), Edge("core", "db")]).boxes
