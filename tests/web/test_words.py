"""The words of figures: each row is a rule of the design system."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from web import words

NOW = datetime(2026, 11, 24, 16, 42, 8, tzinfo=UTC)


def plain(text: str) -> str:
    """Return ``text`` with ordinary spaces, for reading; the spaces have a test of their own."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, "not known", id="not known"),
        pytest.param(0, "0", id="nothing is nothing, not unknown"),
        pytest.param(999, "999", id="no group"),
        pytest.param(1000, "1 000", id="grouped from a thousand"),
        pytest.param(1246000, "1 246 000", id="millions"),
        pytest.param(-5, "−5", id="a real minus"),
        pytest.param(Decimal("-0.2"), "0", id="no minus zero"),
    ],
)
def test_exact(value: int | None, expected: str) -> None:
    assert plain(words.exact(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "not known"),
        (0, "0"),
        (7.25, "7.2"),
        (412, "412"),
        (9999, "9 999"),
        (79_612, "79 600"),
        (945_000, "945 000"),
        (999_949, "999 900"),
        (999_999, "1.00 M"),
        (1_246_000, "1.25 M"),
        (18_900_000, "18.9 M"),
        (1_740_000_000, "1.74 bn"),
    ],
)
def test_short(value: float | None, expected: str) -> None:
    assert plain(words.short(value)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (18 * 60, "18 min"),
        (3600, "1 h"),
        (2 * 3600 + 5 * 60, "2 h 05"),
        (28 * 3600, "1 d 4 h"),
        (48 * 3600, "2 d"),
        (30 * 86400 + 3600, "30 d"),
        (-5, "0 s"),
    ],
)
def test_age(seconds: float, expected: str) -> None:
    assert plain(words.age(timedelta(seconds=seconds))) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "not known"),
        (61.43, "61.4 %"),
        (100, "100 %"),
        (99.97, "99.9 %"),
        (0, "0.0 %"),
    ],
)
def test_percent(value: float | None, expected: str) -> None:
    assert plain(words.percent(value)) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "headline", "table"),
    [
        (Decimal("1740000000"), "KES", "KES 1.74 bn", "KES 1 740 000 000"),
        (Decimal("22400.5"), "USD", "USD 22 400", "USD 22 400"),
        (Decimal("12.3"), "USD", "USD 12", "USD 12.30"),
        (Decimal("12.3"), "TZS", "TZS 12", "TZS 12"),
        (None, "KES", "not known", "not known"),
    ],
)
def test_money(amount: Decimal | None, currency: str, headline: str, table: str) -> None:
    assert plain(words.money(amount, currency)) == headline
    assert plain(words.money_exact(amount, currency)) == table


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(NOW, "16:42", id="today"),
        pytest.param(NOW - timedelta(days=1), "Mon 23 Nov 16:42", id="yesterday"),
        pytest.param(NOW - timedelta(days=365), "Mon 24 Nov 2025 16:42", id="another year"),
        pytest.param(None, "–", id="never"),
    ],
)
def test_when(at: datetime | None, expected: str) -> None:
    assert plain(words.when(at, NOW)) == expected


def test_no_figure_contains_a_space_that_wraps() -> None:
    figures = [
        words.short(1_246_000),
        words.money(5, "KES"),
        words.percent(61.4),
        words.age(timedelta(hours=2, minutes=5)),
        words.when(NOW - timedelta(days=400), NOW),
        words.full(NOW),
        words.counted(2340, "alert"),
    ]
    assert [figure for figure in figures if " " in figure] == []


def test_local_times_and_places() -> None:
    assert words.time(words.local(NOW, "Africa/Lubumbashi")) == "18:42"
    assert words.place("Africa/Dar_es_Salaam") == "Dar es Salaam"


def test_sentences() -> None:
    assert plain(words.counted(1, "alert")) == "1 alert"
    assert plain(words.counted(0, "country", "countries")) == "0 countries"
    assert words.cardinal(8) == "Eight"
    assert words.listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert words.listed(["a"]) == "a"
    assert words.difference(Decimal("-37.5")) == "−37.5"
    assert words.difference(0.3) == "+0.3"


def test_long_titles_are_cut_at_a_word() -> None:
    title = "Serviço de notificação de transações e extratos de Nampula parado"
    assert words.cut(title) == "Serviço de notificação de transações e…"
    assert len(words.cut("x" * 100)) == 44


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("بوابة بطاقات الدفع", "ar"),
        ("بوابة بطاقات الدفع: p95 4.2 s", "ar"),
        ("የክፍያ አገልግሎት አይሠራም", "am"),
        ("Serviço de notificação", ""),
        ("reçus SMS en retard : 38 %", ""),
        ("Cairo (القاهرة): cards are slow", ""),
        ("", ""),
        ("12:30", ""),
    ],
)
def test_the_language_of_a_text_by_its_letters(text: str, expected: str) -> None:
    assert words.script(text) == expected
