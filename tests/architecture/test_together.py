"""Tests are handed to workers in slices: every test once, dear files whole, the last ones small."""

from collections import Counter

from tests.together import FILES, LARGEST, slices

DEAR = sorted(FILES)[0]
TESTS = [
    *(f"tests/a/test_long.py::test_it[sqlite-{number}]" for number in range(3_000)),
    *(f"{DEAR}::test_first[{number}]" for number in range(30)),
    *(f"tests/a/test_short.py::test_it[{number}]" for number in range(5)),
    *(f"tests/a/test_long.py::test_it[postgresql-{number}]" for number in range(3_000)),
    f"{DEAR}::test_last",
]


def test_every_test_is_in_one_slice() -> None:
    assert set(slices(TESTS, 2)) == set(TESTS)


def test_a_dear_file_is_one_slice_wherever_its_tests_stand() -> None:
    cut = slices(TESTS, 2)
    assert {name for name, piece in cut.items() if piece == DEAR} == {
        name for name in TESTS if name.startswith(DEAR)
    }


def test_a_slice_is_of_one_file_and_not_too_long() -> None:
    cut = slices(TESTS, 2)
    pieces = {(piece, name.partition("::")[0]) for name, piece in cut.items()}
    sizes = Counter(piece for piece in cut.values() if piece != DEAR)
    assert len(pieces) == len(set(cut.values()))
    assert max(sizes.values()) == LARGEST


def test_the_last_are_handed_out_one_by_one() -> None:
    cut = slices(TESTS, 2)
    last = [cut[name] for name in TESTS[-50:] if not name.startswith(DEAR)]
    assert len(set(last)) == len(last)
