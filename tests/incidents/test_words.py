"""Titles fit on a wall: the symptom and its yardstick, without how it was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest

from incidents.rules.wording import (
    Across,
    Everybody,
    Named,
    Quoted,
    Told,
    from_plain,
    say,
    to_plain,
)
from incidents.rules.words import cause_cleared, headline, without_name
from tests.factories import component, estate_of


@pytest.mark.parametrize(
    ("summary", "title"),
    [
        ("says it is down (status fail: db:requests), 3 of 3 polls", "says it is down"),
        (
            "Technical success: 59.4 %, usual 98.9 %, limit 95 %, 3 of 5 polls",
            "Technical success: 59.4 %, usual 98.9 %",
        ),
        ("reçus SMS en retard", "reçus SMS en retard"),
        ("  writes   time\nout.  ", "writes time out"),
        ("(only this)", "(only this)"),
        ("", ""),
        ("broker (b1) is away; call them", "broker"),
        ("\u202eturned\u202c round", "turned round"),
        ("بوابة بطاقات الدفع بطيئة", "بوابة بطاقات الدفع بطيئة"),
    ],
)
def test_headline(summary: str, title: str) -> None:
    assert headline(summary) == title


def test_where_what_still_fails_went() -> None:
    told = cause_cleared([("app-ke", "INC-4"), ("ussd-ke", "")])
    assert say(told, EVERYBODY) == (
        "over: its cause has cleared; App Kenya goes on as INC-4; ussd-ke still fails"
    )


EVERYBODY = Everybody(estate_of(components=[component("app-ke", name="App Kenya")]))


@dataclass(frozen=True)
class OneMarket:
    """A reader of one market, who knows components by the end of their keys."""

    code: str
    now: datetime | None = None

    def name(self, component: str) -> str:
        code = component.rpartition("-")[2].upper()
        return component if code in {self.code, component.upper()} else ""

    def sees(self, markets: Sequence[str]) -> bool:
        return set(markets) <= {self.code}

    def market(self, code: str) -> str:
        return code if code == self.code else ""


KE_ALONE = OneMarket("KE")


@pytest.mark.parametrize(
    ("words", "left"),
    [
        pytest.param("Payment API X: errors over 5 %", "errors over 5 %", id="its name in front"),
        pytest.param("Payment API X: payment api x - slow", "slow", id="twice, in any case"),
        pytest.param("pay-x: slow", "slow", id="its key"),
        pytest.param("Payment API X is down", "is down", id="as the subject"),
        pytest.param("Payment API XL is down", "Payment API XL is down", id="a longer name"),
        pytest.param("Payment API X", "", id="nothing else"),
    ],
)
def test_a_title_does_not_say_the_name_again(words: str, left: str) -> None:
    assert without_name(words, "pay-x", "Payment API X") == left


@pytest.mark.parametrize(
    ("told", "read"),
    [
        pytest.param((Named(("db-ke",)), " fails"), "db-ke fails", id="one of mine"),
        pytest.param(
            (Named(("db-tz",)), " fails"), "A component in another market fails", id="not mine"
        ),
        pytest.param((Named(("core",)), " fails"), "core fails", id="shared"),
        pytest.param(
            ("fail: ", Named(("a-ke", "b-tz", "c-mz", "core"))),
            "fail: a-ke, core and 2 components in other markets",
            id="some of them mine",
        ),
        pytest.param(
            ("fail: ", Named(tuple(f"c{n}-ke" for n in range(6)) + ("b-tz",))),
            "fail: c0-ke, c1-ke, c2-ke, c3-ke, 2 more and 1 component in other markets",
            id="too many",
        ),
        pytest.param(("x: ", Quoted("TZ slow", ("TZ",), "error")), "x: error", id="words of TZ"),
        pytest.param(("x: ", Quoted("slow", (), "error")), "x: slow", id="words of no market"),
        pytest.param(
            ("not seen: ", Across(("KE", "TZ", "MZ"))),
            "not seen: KE and 2 other markets",
            id="markets",
        ),
        pytest.param(("not seen: ", Across(("TZ",))), "not seen: 1 market", id="another market"),
    ],
)
def test_who_sees_one_market_reads_nothing_of_the_others(told: Told, read: str) -> None:
    assert say(told, KE_ALONE) == read
    assert say(from_plain(to_plain(told)), KE_ALONE) == read, "what is stored reads the same"
