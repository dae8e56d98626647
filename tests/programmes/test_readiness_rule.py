"""Section 3: what is a pass, and what is none."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from changes.programmes.rules.readiness import Counted, Found, ItemState, Result, standing
from changes.programmes.rules.terms import ReadinessItem
from tests.factories import EIGHT

DAY = timedelta(days=1)
ITEM = {"power": ReadinessItem("Power tested")}


def found(result: Result, at: datetime = EIGHT - DAY, until: datetime | None = None) -> Found:
    return Found("power", result, "photo 12", "ama", at, until)


CASES = [
    pytest.param([], ItemState.UNKNOWN, "nobody has looked", id="nothing found is no pass"),
    pytest.param([found(Result.PASS)], ItemState.PASS, "", id="a pass that does not expire"),
    pytest.param([found(Result.PASS, until=EIGHT + DAY)], ItemState.PASS, "", id="not yet expired"),
    pytest.param(
        [found(Result.PASS, until=EIGHT)],
        ItemState.EXPIRED,
        "the pass expired on 02 Mar; look again",
        id="an expired pass is not a pass, on the instant",
    ),
    pytest.param(
        [found(Result.FAIL)],
        ItemState.FAIL,
        "failed on 01 Mar: photo 12; mend it, then record a pass",
        id="a fail",
    ),
    pytest.param([found(Result.WAIVED)], ItemState.WAIVED, "", id="a waiver counts"),
    pytest.param(
        [found(Result.WAIVED, until=EIGHT - DAY)],
        ItemState.EXPIRED,
        "the waiver expired on 01 Mar; look again",
        id="an expired waiver does not",
    ),
    pytest.param(
        [found(Result.FAIL), found(Result.PASS, EIGHT)], ItemState.PASS, "", id="the newest counts"
    ),
    pytest.param(
        [found(Result.PASS), found(Result.FAIL, EIGHT)],
        ItemState.FAIL,
        "failed on 02 Mar: photo 12; mend it, then record a pass",
        id="also when it got worse",
    ),
]


@pytest.mark.parametrize(("rows", "state", "why"), CASES)
def test_an_item_stands_as_it_was_found_last(rows: list[Found], state: ItemState, why: str) -> None:
    sheet = standing(ITEM, rows, {}, EIGHT)
    assert (sheet.items[0].state, sheet.items[0].why) == (state, why)
    assert sheet.is_met is (state in {ItemState.PASS, ItemState.WAIVED})
    assert sheet.why == (f"Power tested: {why}" if why else "")


def test_a_soft_item_is_shown_and_stops_nothing() -> None:
    template = {**ITEM, "float": ReadinessItem("Float", is_hard=False)}
    sheet = standing(template, [found(Result.PASS)], {}, EIGHT)
    assert (sheet.is_met, sheet.done, sheet.why) == (True, 1, "")
    assert sheet.items[1].state is ItemState.UNKNOWN


COUNTED = [
    pytest.param(Counted(True), [], ItemState.PASS, id="the count says yes, nobody ticked"),
    pytest.param(
        Counted(False, "5 of 6"),
        [found(Result.PASS)],
        ItemState.FAIL,
        id="a tick cannot stand for it",
    ),
    pytest.param(
        Counted(False, "5 of 6"), [found(Result.WAIVED)], ItemState.WAIVED, id="a waiver can"
    ),
]


@pytest.mark.parametrize(("counted", "rows", "state"), COUNTED)
def test_what_is_counted_elsewhere(counted: Counted, rows: Any, state: ItemState) -> None:
    sheet = standing(ITEM, rows, {"power": counted}, EIGHT)
    assert (sheet.items[0].state, sheet.items[0].is_counted) == (state, True)


def test_a_new_item_in_the_template_is_not_met() -> None:
    assert standing(ITEM, [found(Result.PASS)], {}, EIGHT).is_met
    wider = {**ITEM, "signage": ReadinessItem("Signage")}
    assert standing(wider, [found(Result.PASS)], {}, EIGHT).why == "Signage: nobody has looked"


def test_many_that_lack_are_counted_not_listed() -> None:
    template = {str(at): ReadinessItem(f"Item {at}") for at in range(5)}
    assert standing(template, [], {}, EIGHT).why == (
        "Item 0: nobody has looked; Item 1: nobody has looked; and 3 more"
    )
