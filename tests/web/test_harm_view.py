"""What incidents cost, as text: parts add up, and what is not known says why."""

from decimal import Decimal

import pytest

from incidents.queries import MarketHarm
from incidents.rules.impact import Uncounted
from tests import factories
from tests.factories import EIGHT
from web import words
from web.noc import harm_view


def number(text: str) -> int:
    return int("".join(each for each in text if each.isdigit()))


def test_what_is_shown_adds_up_to_what_is_shown() -> None:
    usd = ("358180.60", "29760.60", "180859.60")
    harm = [
        MarketHarm(code, Decimal("10.40"), usd_lost=Decimal(value), reckoned_to=EIGHT)
        for code, value in zip(("KE", "MZ", "TZ"), usd, strict=True)
    ]
    rows = [harm_view._row(each, factories.estate_of()) for each in harm]
    assert sum(number(each.usd) for each in rows) == number(
        words.exact(harm_view._together(each.usd_lost for each in harm))
    )
    assert number(words.exact(harm_view._together(each.lost for each in harm))) == 30


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        pytest.param({"uncounted": Uncounted.NO_PAYMENTS}, "it carries no payments", id="none"),
        pytest.param(
            {"uncounted": Uncounted.ELSEWHERE, "counted_at_id": 2}, "counted at INC-2", id="other"
        ),
        pytest.param(
            {"uncounted": Uncounted.ELSEWHERE, "counted_at_id": 2, "lost": Decimal(5)},
            "since then counted at INC-2",
            id="handed over",
        ),
        pytest.param({"unseen_since": EIGHT}, "the market is not seen", id="unseen"),
        pytest.param({"lost": Decimal(0)}, "", id="known"),
    ],
)
def test_why_it_is_not_known(harm: dict[str, object], why: str) -> None:
    one = MarketHarm("KE", **harm)  # type: ignore[arg-type]
    row = harm_view._row(one, factories.estate_of())
    assert row.why == why
