"""The worked examples of collisions, each by its id in the reference."""

import pytest

from changes.lifecycle import Effect
from changes.rules.collisions import Item, Kind, pair
from tests.changes.scenes import freeze, ground, item

core_a = item(1, "core", "21:00", "22:00", rollback=30, soak=30)

EXAMPLES = [
    pytest.param(
        item(1, "core", "21:00", "23:00"),
        item(2, "core", "22:30", "23:30"),
        2,
        ["C1 block"],
        id="X1 same component, spans overlap",
    ),
    pytest.param(
        core_a, item(2, "core", "23:00", "24:00"), 2, [], id="X2 span ends when the other begins"
    ),
    pytest.param(
        item(1, "core", "21:00", "22:00", rollback=30, soak=31),
        item(2, "core", "23:00", "24:00"),
        2,
        ["C1 block"],
        id="X3 one minute of soak more",
    ),
    pytest.param(
        item(1, "core", "21:00", "22:00"),
        item(2, "core", "22:30", "23:00", preparation=45),
        2,
        ["C1 block"],
        id="X4 preparation begins before the other ends",
    ),
    pytest.param(
        item(1, "ussd-ke"), item(2, "hsm"), 2, ["C2 warn ussd-ke-core-hsm"], id="X5 two hops"
    ),
    pytest.param(item(1, "ussd-ke"), item(2, "hsm"), 1, [], id="X6 two hops, k = 1"),
    pytest.param(item(1, "l1"), item(2, "l2"), 2, ["C3 block l1-nbo-l2"], id="X7 both links"),
    pytest.param(item(1, "n1"), item(2, "n2"), 2, ["C3 block n1-app-n2"], id="X8 2 of 3 nodes"),
    pytest.param(item(1, "n1"), item(2, "f1"), 2, [], id="X9 another group"),
    pytest.param(
        item(1, "core", markets="KE"),
        item(2, "core", markets="MZ"),
        2,
        ["C4 block core"],
        id="X10 shared component, other markets",
    ),
    pytest.param(
        item(1, "n1", people="imre asha"),
        item(2, "f1", people="imre"),
        2,
        ["C5 warn"],
        id="X11 one implementer",
    ),
    pytest.param(
        item(1, "core", gates="mon"), item(2, "mon"), 2, ["C6 block mon"], id="X12 gate changed"
    ),
    pytest.param(
        item(1, "core"), freeze(1, "20:00", "24:00"), 2, ["C7 block MZ"], id="X13 frozen in MZ only"
    ),
    pytest.param(
        item(1, "core", preparation=60),
        freeze(1, "20:00", "21:00"),
        2,
        ["C7 warn MZ"],
        id="X14 preparation only",
    ),
    pytest.param(
        item(1, "l1", kind=Kind.WORKS), item(2, "l2"), 2, ["C3 block l1-nbo-l2"], id="X15 vendor's"
    ),
]


def said(one: Item, other: Item, hops: int) -> list[str]:
    """Return findings in short: rule, level, and the path or what markets are named."""
    found = []
    for each in pair(ground(hops), one, other):
        more = "-".join(each.path)
        if each.rule == "C7":
            more = " ".join(each.markets)
        found.append(f"{each.rule} {each.level} {more}".strip())
    return found


@pytest.mark.parametrize(("one", "other", "hops", "expected"), EXAMPLES)
def test_the_worked_examples(one: Item, other: Item, hops: int, expected: list[str]) -> None:
    """Each row of the table, both ways round."""
    wanted = [each + " core" if each == "C1 block" else each for each in expected]
    assert said(one, other, hops) == wanted
    assert said(other, one, hops) == wanted, "whichever is asked for"


def test_x13_names_the_market_and_x14_says_what_a_freeze_refuses() -> None:
    """X13 and X14 in words."""
    hard = pair(ground(), item(1, "core"), freeze(1, "20:00", "24:00"))[0]
    assert hard.sentence == (
        "CHG-1 Work (27 Oct 21:00 to 23:00 UTC) and freeze 1 (27 Oct 20:00 to 28 Oct 00:00 UTC) "
        "meet: execution lies in the hard freeze of Mozambique."
    )
    assert hard.waivers == ("change_manager",)
    early = pair(ground(), item(1, "core", preparation=60), freeze(1, "20:00", "21:00"))[0]
    assert "execution does not, and is what a freeze refuses" in early.sentence


def test_a_soft_freeze_warns_and_says_nothing_of_preparation() -> None:
    """C7 warn for a soft one; preparation in it is nobody's business."""
    soft = freeze(1, "20:00", "24:00", is_hard=False)
    assert [each.level for each in pair(ground(), item(1, "core"), soft)] == ["warn"]
    prepared = item(1, "core", preparation=60)
    assert pair(ground(), prepared, freeze(1, "20:00", "21:00", is_hard=False)) == []


def test_three_of_a_group_are_worse_than_any_two() -> None:
    """C3 counts everybody at work at the worst moment, not the pair alone."""
    from changes.rules.collisions import findings, index_of
    from ssoc.estate.values import Dependency, Estate

    four = Estate(
        dependencies=tuple(Dependency("app", node, "nodes", 2) for node in ("a", "b", "c", "d"))
    )
    on = type(ground())(four, ground().terms)
    one, two, three = (item(n, node) for n, node in enumerate("abc", 1))
    assert [each.level for each in findings(on, one, index_of([two]))] == ["warn"]
    assert [each.level for each in findings(on, one, index_of([two, three]))] == ["block"] * 2
    later = item(3, "c", "23:00", "24:00")
    assert [each.level for each in findings(on, one, index_of([two, later]))] == ["warn"]


def test_no_effect_takes_nothing_out_of_a_group() -> None:
    """A change without effect on a node leaves it in its group; nearness is told all the same."""
    quiet = item(1, {"n1": Effect.NONE})
    assert said(quiet, item(2, "n2"), 2) == ["C2 warn n1-app-n2"]


def test_roll_back_paths_and_vendors() -> None:
    """C6 also for what a roll-back needs; C5 also for the engineer of a vendor."""
    assert said(item(1, "core", rollback_needs="mon"), item(2, "mon"), 2) == ["C6 block mon"]
    one, other = item(1, "n1", vendors="Pangolin"), item(2, "f1", vendors="Pangolin")
    assert said(one, other, 2) == ["C5 warn"]
