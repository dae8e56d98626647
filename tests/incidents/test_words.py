"""Titles fit on a wall: the symptom and its yardstick, without how it was found."""

import pytest

from incidents.rules.words import cause_cleared, headline


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
    ],
)
def test_headline(summary: str, title: str) -> None:
    assert headline(summary) == title


def test_where_what_still_fails_went() -> None:
    assert cause_cleared([("App", "INC-4"), ("USSD", "")]) == (
        "over: its cause cleared; App goes on as INC-4 and USSD still fails"
    )
