"""How many of a redundancy group are needed: read, kept, refused, and who then carries on."""

from pathlib import Path

import pytest

from incidents.rules.redundancy import carriers
from ssoc.core.errors import BadEstate
from ssoc.estate.plain import body_of, item_of
from ssoc.estate.reader import read
from ssoc.estate.values import Dependency, Estate

TEXT = """\
markets:
  KE: {{name: Kenya, zones: [Africa/Nairobi], currency: KES}}
components:
  app:
    name: App
    kind: service
    markets: all
    needs: [{{any_of: [n1, n2, n3], group: nodes, need: {need}}}, {{any_of: [n1, n2]}}]
  n1: {{name: Node 1, kind: node, markets: all}}
  n2: {{name: Node 2, kind: node, markets: all}}
  n3: {{name: Node 3, kind: node, markets: all}}
"""


def given(tmp_path: Path, need: str) -> Path:
    """Write the estate with one ``need``."""
    path = tmp_path / "estate.yaml"
    path.write_text(TEXT.format(need=need).replace(", {any_of: [n1, n2]}", ""), encoding="utf-8")
    return path


def test_a_group_says_how_many_it_needs(tmp_path: Path) -> None:
    """It is read and kept; one that says nothing needs one, also as an older release kept it."""
    found = read([given(tmp_path, "2")])
    assert {(each.needs, each.need) for each in found.dependencies} == {
        ("n1", 2),
        ("n2", 2),
        ("n3", 2),
    }
    edge = found.dependencies[0]
    assert item_of("dependency", body_of(edge)) == edge
    older = {name: value for name, value in body_of(edge).items() if name != "need"}
    assert item_of("dependency", older).need == 1


@pytest.mark.parametrize(
    ("need", "said"),
    [("4", "needs 4 of a group with fewer members"), ("0", "need"), ("two", "need")],
)
def test_a_group_that_can_never_do_is_refused(tmp_path: Path, need: str, said: str) -> None:
    """With its line and the cure."""
    with pytest.raises(BadEstate, match=said):
        read([given(tmp_path, need)])


def test_one_good_node_does_not_carry_where_two_are_needed() -> None:
    """An incident is not called carried on by fewer than the group needs."""
    nodes = ("n1", "n2", "n3")
    two = Estate(dependencies=tuple(Dependency("app", each, "nodes", 2) for each in nodes))
    assert carriers(two, "n1", lambda each: each == "n2") == []
    assert carriers(two, "n1", lambda each: each in {"n2", "n3"}) == ["n2", "n3"]
    one = Estate(dependencies=tuple(Dependency("app", each, "nodes") for each in nodes))
    assert carriers(one, "n1", lambda each: each == "n2") == ["n2"]
