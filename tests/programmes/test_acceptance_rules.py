"""Acceptance: the table W, expiry and pairwise cover; and the three proofs of interfaces."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.programmes.rules.acceptance import (
    CellResult,
    CellStatus,
    Coverage,
    covered,
    status_now,
)
from changes.programmes.rules.interfaces import Proof, Shown, lacking
from changes.programmes.rules.pairwise import Combination, pairs_of, pairwise

NOW = {"software": "4.2", "terminal": "T7"}
PASS, FAIL, NA = CellStatus.PASS, CellStatus.FAIL, CellStatus.NOT_APPLICABLE


def cells(*given: tuple[int, CellResult | None]) -> list[CellStatus]:
    return [status_now(each, NOW) for count, each in given for _ in range(count)]


GOOD, OLD = CellResult(PASS, "T7", "4.2"), CellResult(PASS, "T7", "4.1")
BAD, NEVER = CellResult(FAIL, "T7", "4.2"), CellResult(NA)


@pytest.mark.parametrize(
    ("given", "wanted", "percent"),
    [
        pytest.param(
            [(15, GOOD), (1, BAD), (4, None)], Coverage(15, 1, 0, 4), 75.0, id="W1 15 of 20"
        ),
        pytest.param(
            [(10, GOOD), (5, OLD), (1, BAD), (4, None)],
            Coverage(10, 1, 5, 4),
            50.0,
            id="W2 five on the old software version",
        ),
        pytest.param(
            [(15, GOOD), (1, BAD), (2, None), (2, NEVER)],
            Coverage(15, 1, 0, 2, 2),
            83.3,
            id="W3 two do not apply",
        ),
    ],
)
def test_coverage(
    given: list[tuple[int, CellResult | None]], wanted: Coverage, percent: float
) -> None:
    found = covered(cells(*given))
    assert found == wanted
    assert found.share is not None
    assert round(100 * found.share, 1) == percent
    assert not found.is_met


def test_nothing_applicable_is_no_coverage() -> None:
    assert covered(cells((3, NEVER))).share is None
    assert not covered(cells((3, NEVER))).is_met
    assert covered(cells((3, GOOD), (1, NEVER))).is_met


@pytest.mark.parametrize(
    ("tested", "versions", "status"),
    [
        pytest.param(GOOD, NOW, PASS, id="same versions"),
        pytest.param(OLD, NOW, CellStatus.EXPIRED, id="other software"),
        pytest.param(CellResult(PASS, "T6", "4.2"), NOW, CellStatus.EXPIRED, id="other terminal"),
        pytest.param(CellResult(PASS, "", "4.2"), NOW, CellStatus.EXPIRED, id="terminal not noted"),
        pytest.param(OLD, {}, PASS, id="the release names no version"),
        pytest.param(CellResult(FAIL, "T7", "4.1"), NOW, FAIL, id="a failure does not expire"),
        pytest.param(NEVER, NOW, NA, id="nor what does not apply"),
        pytest.param(None, NOW, CellStatus.UNTESTED, id="never tested"),
    ],
)
def test_a_pass_expires_with_its_versions(
    tested: CellResult | None, versions: dict[str, str], status: CellStatus
) -> None:
    assert status_now(tested, versions) is status


FACTORS = st.lists(st.integers(1, 5), min_size=2, max_size=4).map(
    lambda sizes: [[f"{at}{value}" for value in range(size)] for at, size in enumerate(sizes)]
)


@settings(max_examples=60, deadline=None)
@given(FACTORS, st.sets(st.integers(0, 624), max_size=40), st.sets(st.integers(0, 624), max_size=5))
def test_every_pair_that_exists_is_met_and_nothing_invalid_is_asked(
    factors: list[list[str]], gone: set[int], seeded: set[int]
) -> None:
    everything = list(product(*factors))
    excluded = {everything[at % len(everything)] for at in gone}
    seeds = {everything[at % len(everything)] for at in seeded}

    def exists(each: Combination) -> bool:
        return each not in excluded

    found = pairwise(factors, exists, seeds)
    assert not set(found) & excluded, "nothing that does not exist"
    assert len(found) == len(set(found))
    wanted = {pair for each in everything if exists(each) for pair in pairs_of(each)}
    assert {pair for each in found for pair in pairs_of(each)} == wanted
    assert seeds - excluded <= set(found), "what was tested stays in the set"
    assert found == pairwise(factors, exists, seeds), "the same again"


def test_pairwise_is_much_smaller_than_everything() -> None:
    factors = [["a", "b", "c", "d"], ["card", "qr", "ussd", "nfc"], list("12345")]
    assert len(pairwise(factors)) <= 24, "20 is the least possible; all are 80"


def test_too_many_combinations_are_refused() -> None:
    with pytest.raises(ValueError, match="split the matrix"):
        pairwise([[str(each) for each in range(100)]] * 3)


ALL = [Shown(each, True) for each in Proof]


@pytest.mark.parametrize(
    ("found", "lacks"),
    [
        pytest.param([], list(Proof), id="nothing shown"),
        pytest.param(ALL, [], id="all three are green"),
        pytest.param(ALL[:2], [Proof.DAILY_FILE], id="no daily file reconciled yet"),
        pytest.param(
            [*ALL, Shown(Proof.MESSAGE, False)], [Proof.MESSAGE], id="the newest word counts"
        ),
    ],
)
def test_green_needs_all_three_proofs(found: list[Shown], lacks: list[Proof]) -> None:
    assert lacking(found) == lacks
