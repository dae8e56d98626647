"""Holidays of the markets as the library has them, and the local table over them."""

from datetime import date

import pytest

from ssoc.core.errors import BadInput
from ssoc.estate.market_calendar import (
    bank_holidays_of,
    holidays_of,
    is_bank_day,
    next_bank_day,
)
from ssoc.estate.values import Market


def market(code: str, **given: object) -> Market:
    usual = {"code": code, "name": code, "zones": ["UTC"], "currency": "USD", "holidays": code}
    return Market(**{**usual, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "year", "days", "estimated"),
    [
        ("KE", 2026, 11, 0),
        ("KE", 2027, 14, 1),
        ("TZ", 2026, 17, 4),
        ("TZ", 2027, 17, 4),
        ("CD", 2026, 13, 0),
        ("CD", 2027, 12, 0),
        ("MZ", 2026, 10, 0),
        ("MZ", 2027, 9, 0),
        ("LS", 2026, 11, 0),
        ("LS", 2027, 11, 0),
        ("GH", 2026, 16, 0),
        ("GH", 2027, 14, 3),
        ("EG", 2026, 16, 6),
        ("EG", 2027, 16, 8),
        ("ET", 2026, 12, 3),
        ("ET", 2027, 12, 3),
        ("ZA", 2026, 14, 0),
        ("ZA", 2027, 14, 0),
    ],
)
def test_counts_of_the_markets(code: str, year: int, days: int, estimated: int) -> None:
    found = holidays_of(market(code), year)
    assert (len(found), sum(each.is_estimated for each in found)) == (days, estimated)
    assert all(each.on.year == year for each in found)


def test_kenya_with_its_minorities() -> None:
    every = market("KE", holiday_categories=("public", "islamic", "hindu"))
    assert len(holidays_of(every, 2026)) == 13


def test_observances_of_ethiopia_are_no_days_off() -> None:
    both = market("ET", holiday_categories=("public", "workday"))
    assert holidays_of(both, 2026) == holidays_of(market("ET"), 2026)


@pytest.mark.parametrize("language", ["ar_EG", "fr", "xx", ""])
def test_what_is_estimated_does_not_depend_on_the_language(language: str) -> None:
    found = holidays_of(market("EG"), 2026, language)
    assert sum(each.is_estimated for each in found) == 6


def test_names_in_the_language_of_the_market() -> None:
    english, arabic = (holidays_of(market("EG"), 2026, each)[0] for each in ("", "ar_EG"))
    assert english.on == arabic.on
    assert english.name.isascii()
    assert not arabic.name.isascii()


def test_the_local_table_wins() -> None:
    lying_over = market(
        "KE",
        added_holidays={"2026-03-19": "declared by the president", "2027-01-02": "next year"},
        removed_holidays={"2026-12-25": "moved"},
    )
    found = {each.on: each for each in holidays_of(lying_over, 2026)}
    assert found[date(2026, 3, 19)].why == "declared by the president"
    assert date(2026, 12, 25) not in found
    assert len(found) == 11


def test_without_a_library_the_local_table_is_all() -> None:
    lone = market("XX", holidays="", added_holidays={"2026-03-19": "ours"})
    assert [each.on for each in holidays_of(lone, 2026)] == [date(2026, 3, 19)]
    assert [each.on for each in bank_holidays_of(lone, 2026)] == [date(2026, 3, 19)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"holidays": "ZZ"}, "no holiday calendar 'ZZ'"),
        ({"holiday_categories": ("public", "lunar")}, "no category lunar; there are"),
    ],
)
def test_what_the_library_does_not_know_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        holidays_of(market("KE", **given), 2026)


def test_the_weekend_of_egypt() -> None:
    egypt = market("EG", working_days=(7, 1, 2, 3, 4))
    assert next_bank_day(egypt, date(2026, 11, 19)) == date(2026, 11, 22)
    assert not is_bank_day(egypt, date(2026, 11, 20))
    assert next_bank_day(egypt, date(2026, 11, 19), 3) == date(2026, 11, 24)


def test_settlement_follows_the_bank_where_there_is_one() -> None:
    tanzania = market("TZ")
    public, bank = (set(days(tanzania, 2026)) for days in (holidays_of, bank_holidays_of))
    assert public < bank
    only_bank = min(each.on for each in bank - public)
    assert not is_bank_day(tanzania, only_bank)
    assert bank_holidays_of(market("KE"), 2026) == holidays_of(market("KE"), 2026)


def test_a_market_that_never_works_has_no_bank_day() -> None:
    with pytest.raises(BadInput, match="no bank day"):
        next_bank_day(market("KE", working_days=()), date(2026, 11, 19))
