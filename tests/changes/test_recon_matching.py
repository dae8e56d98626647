"""The matcher: what agrees, what several make up, and the class of each break."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.reconciliation.rules.lines import (
    Book,
    Line,
    Side,
    book_of,
    fresh_texts,
    lines_of,
)
from changes.reconciliation.rules.matching import match
from changes.reconciliation.rules.outcome import Group, Kind, MatchTerms, groups_of
from changes.reconciliation.rules.references import plain_form
from changes.reconciliation.rules.summary import summarised

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def line(text: str) -> Line:
    """Read ``A 100 KES +5`` (minutes after nine); currency and minutes may be left out."""
    reference, amount, *more = text.split()
    minutes = next((float(each) for each in more if each[0] in "+-"), 0.0)
    currency = next((each for each in more if each.isalpha()), "KES")
    return Line(reference, Decimal(amount), currency, NINE + timedelta(minutes=minutes))


def book(old: str, new: str, **more: str) -> Book:
    texts = fresh_texts()
    sides = {
        name: lines_of([line(each) for each in text.split(",") if each.strip()], texts)
        for name, text in {
            "old": old,
            "new": new,
            **{name: more.get(name, "") for name in ("old_near", "new_near", "was_old", "was_new")},
        }.items()
    }
    return book_of(
        texts,
        sides["old"],
        sides["new"],
        (sides["old_near"], sides["new_near"]),
        (sides["was_old"], sides["was_new"]),
    )


def told(found: Book, terms: MatchTerms | None = None) -> list[str]:
    """Return groups as words: the kind, and amounts of both sides."""
    return sorted(
        f"{each.kind.name} {'+'.join(str(one.amount) for one in each.old) or '-'}"
        f" = {'+'.join(str(one.amount) for one in each.new) or '-'}"
        for each in groups_of(found, match(found, terms))
    )


CASES = [
    pytest.param("A 100", "A 100", ["ONE 100.00 = 100.00"], id="one to one"),
    pytest.param(
        "A 100, A 100, A 100", "A 300", ["MANY_TO_ONE 100.00+100.00+100.00 = 300.00"], id="Q7"
    ),
    pytest.param("A 300", "A 100, A 200", ["ONE_TO_MANY 300.00 = 100.00+200.00"], id="one to many"),
    pytest.param(
        "A 10, A 20, A 30, A 40",
        "A 50, A 50",
        ["MANY_TO_ONE 10.00+40.00 = 50.00", "MANY_TO_ONE 20.00+30.00 = 50.00"],
        id="some of them, the earliest",
    ),
    pytest.param("A 100", "A 100 +10", ["ONE 100.00 = 100.00"], id="the window's edge is inside"),
    pytest.param(
        "A 100", "A 100 +10.1", ["TIMING 100.00 = 100.00"], id="timing: outside the window"
    ),
    pytest.param("TX-0012 50", "12 50", ["MAPPING 50.00 = 50.00"], id="mapping: prefix and zeros"),
    pytest.param(
        "0012 50",
        "12 51",
        ["MISSING - = 51.00", "MISSING 50.00 = -"],
        id="no mapping of other amounts",
    ),
    pytest.param(
        "A 100.00", "A 100.01", ["ROUNDING 100.00 = 100.01"], id="rounding: one minor unit"
    ),
    pytest.param(
        "A 100.00",
        "A 100.02",
        ["UNKNOWN 100.00 = 100.02"],
        id="two minor units are more than rounding",
    ),
    pytest.param(
        "A 10.33, A 10.33, A 10.33",
        "A 31.00",
        ["ROUNDING 10.33+10.33+10.33 = 31.00"],
        id="rounding over several lines",
    ),
    pytest.param(
        "A 100, B 5", "B 5", ["MISSING 100.00 = -", "ONE 5.00 = 5.00"], id="missing in the new"
    ),
    pytest.param("", "B 5", ["MISSING - = 5.00"], id="missing in the old"),
    pytest.param(
        "A 100, A 100",
        "A 100",
        ["DUPLICATE 100.00 = -", "ONE 100.00 = 100.00"],
        id="duplicate of what agreed",
    ),
    pytest.param(
        "A 100, A 100",
        "B 1",
        ["DUPLICATE 100.00 = -", "MISSING - = 1.00", "MISSING 100.00 = -"],
        id="duplicate of what is missing",
    ),
    pytest.param("A 100", "A 90", ["UNKNOWN 100.00 = 90.00"], id="unknown: another amount"),
    pytest.param(
        "A 100",
        "A 100 TZS",
        ["UNKNOWN - = 100.00", "UNKNOWN 100.00 = -"],
        id="unknown: another currency",
    ),
    pytest.param(
        "A 100, A -100",
        "A 100, A -100",
        ["ONE -100.00 = -100.00", "ONE 100.00 = 100.00"],
        id="signs",
    ),
    pytest.param("A 0", "A 0", ["ONE 0.00 = 0.00"], id="nothing is an amount too"),
    pytest.param(
        "A 100 +0, A 100 +9",
        "A 100 +12",
        ["DUPLICATE 100.00 = -", "ONE 100.00 = 100.00"],
        id="the one that is near enough",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_lines_are_matched_or_classified(old: str, new: str, expected: list[str]) -> None:
    assert told(book(old, new)) == expected


def test_a_pair_is_not_lost_to_the_first_that_comes() -> None:
    """0 and 9 against 9 and 12: taking 0 with 9 must leave 9 with 12."""
    assert told(book("A 1 +0, A 1 +9", "A 1 +9, A 1 +12")) == ["ONE 1.00 = 1.00"] * 2


def test_the_neighbouring_day_makes_a_break_timing() -> None:
    found = book("A 100", "B 1", new_near="A 100 +1200", old_near="")
    assert "TIMING 100.00 = -" in told(found)
    breaks = summarised(found, match(found)).breaks
    assert "the new system has it at 2026-03-03 05:00 UTC" in [each.note for each in breaks]


def test_what_waited_is_found_on_a_later_day() -> None:
    found = book("B 1", "B 1, A 100", was_old="A 100 -900")
    outcome = match(found)
    assert told(found) == ["LATE - = 100.00", "ONE 1.00 = 1.00"]
    assert outcome.found_waiting == [(1, Side.NEW, 1)]


def test_accounts_matter_when_asked() -> None:
    texts = fresh_texts()
    one = Line("A", Decimal(5), "KES", NINE, "4711")
    other = Line("A", Decimal(5), "KES", NINE, "4712")
    found = book_of(texts, lines_of([one], texts), lines_of([other], texts))
    assert told(found) == ["ONE 5.00 = 5.00"]
    assert told(found, MatchTerms(by_account=True)) == ["UNKNOWN - = 5.00", "UNKNOWN 5.00 = -"]


def test_currencies_have_their_own_minor_units() -> None:
    texts = fresh_texts()
    yen, other = (Line("A", Decimal(n), "JPY", NINE) for n in (100, 101))
    found = book_of(texts, lines_of([yen], texts), lines_of([other], texts))
    assert told(found) == ["ROUNDING 100 = 101"]


@pytest.mark.parametrize(
    ("reference", "form"),
    [
        ("TX-000123", "123"),
        ("tx123", "123"),
        ("123", "123"),
        ("000", "000"),
        ("AB-7", "AB7"),
        ("-", "-"),
    ],
)
def test_forms_of_references(reference: str, form: str) -> None:
    assert plain_form(reference) == form


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        pytest.param(
            [100] * 3000, [300] * 1000, {Kind.MANY_TO_ONE: 1000}, id="thirds of equal amounts"
        ),
        pytest.param(
            [100] * 3000, [100] * 2990, {Kind.ONE: 2990, Kind.DUPLICATE: 10}, id="ten too many"
        ),
        pytest.param(
            [7] * 400, [11] * 400, {Kind.UNKNOWN: 1, Kind.DUPLICATE: 798}, id="never adds up"
        ),
    ],
)
def test_many_equal_amounts_of_one_reference(
    old: list[int], new: list[int], kinds: dict[Kind, int]
) -> None:
    texts = fresh_texts()
    sides = [
        lines_of([Line("BULK", Decimal(each), "KES", NINE) for each in amounts], texts)
        for amounts in (old, new)
    ]
    found = book_of(texts, sides[0], sides[1])
    assert Counter(match(found).kinds) == Counter(kinds)


def test_only_so_many_breaks_are_kept_and_all_are_counted() -> None:
    found = book(", ".join(f"A{n} {n}" for n in range(1, 31)), "Z 1000")
    outcome = match(found)
    kept = summarised(found, outcome, most=10)
    assert (kept.break_count, kept.unlisted) == (31, 21)
    assert [each.old_amount or each.new_amount for each in kept.breaks] == [
        100_000,
        *(n * 100 for n in range(30, 21, -1)),
    ]


LINES = st.lists(
    st.builds(
        Line,
        reference=st.sampled_from(["A", "B", "0B", "TX-00123", "123"]),
        amount=st.sampled_from(["1", "2", "3", "-1", "0", "2.01", "6"]).map(Decimal),
        currency=st.sampled_from(["KES", "TZS"]),
        at=st.sampled_from([0, 5, 9, 11, 30, 700]).map(lambda n: NINE + timedelta(minutes=n)),
    ),
    max_size=14,
)


def _book(old: list[Line], new: list[Line]) -> Book:
    texts = fresh_texts()
    return book_of(texts, lines_of(old, texts), lines_of(new, texts))


def _plain(groups: list[Group]) -> Counter[object]:
    def key(one: Line) -> tuple[object, ...]:
        return (one.reference, one.amount, one.currency, one.at)

    return Counter(
        (each.kind, tuple(sorted(map(key, each.old))), tuple(sorted(map(key, each.new))))
        for each in groups
    )


@given(LINES, LINES, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_order_does_not_matter_and_nothing_is_lost(
    old: list[Line], new: list[Line], chance: Random
) -> None:
    groups = groups_of(_book(old, new), match(_book(old, new)))
    for side, given_lines in (("old", old), ("new", new)):
        rows = [one.row for each in groups for one in getattr(each, side)]
        assert sorted(rows) == list(range(1, len(given_lines) + 1)), "each line once"
    for each in groups:
        sums = {side: sum(one.amount for one in getattr(each, side)) for side in ("old", "new")}
        sizes = (len(each.old), len(each.new))
        assert len({one.currency for one in (*each.old, *each.new)}) == 1
        if each.kind.is_match and each.kind is not Kind.LATE:
            assert sums["old"] == sums["new"], "what matches is worth the same"
            assert 1 in sizes
            assert len({one.reference for one in (*each.old, *each.new)}) == 1
        if each.kind in {Kind.MISSING, Kind.DUPLICATE}:
            assert sorted(sizes) == [0, 1]
    other_old, other_new = list(old), list(new)
    chance.shuffle(other_old)
    chance.shuffle(other_new)
    other = _book(other_old, other_new)
    assert _plain(groups_of(other, match(other))) == _plain(groups)


@given(LINES, LINES)
@settings(max_examples=100, deadline=None)
def test_sums_are_preserved_per_currency(old: list[Line], new: list[Line]) -> None:
    found = _book(old, new)
    kept = summarised(found, match(found))
    for total in kept.totals:
        assert total.old_matched == total.new_matched
        mine = [each for each in kept.breaks if each.currency == total.currency]
        assert total.old_matched + sum(each.old_amount or 0 for each in mine) == total.old
        assert total.new_matched + sum(each.new_amount or 0 for each in mine) == total.new
    assert kept.unlisted == 0
    assert sum(each.breaks for each in kept.classes) == kept.break_count


@given(LINES)
@settings(max_examples=50, deadline=None)
def test_a_system_agrees_with_itself(lines: list[Line]) -> None:
    assert set(match(_book(lines, lines)).kinds) <= {Kind.ONE}
