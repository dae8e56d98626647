"""The next free slot: the worked example of the reference, and what must hold of any slot."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.lifecycle import Effect
from changes.rules.collisions import Ground, Index, Item, Kind, Level, findings, index_of
from changes.rules.slots import next_free
from ssoc.core.calendar import Span
from tests import factories
from tests.changes.scenes import ground, item

NIGHTS = {"KE": "23:00-03:00", "MZ": "23:00-03:00", "EG": "00:00-04:00"}
MARKETS = [factories.market(code, change_hours=hours) for code, hours in NIGHTS.items()]
ASKED = datetime(2026, 10, 26, 12, tzinfo=UTC)
GROUND = ground(markets=MARKETS)
WINDOW = timedelta(minutes=90)
CHANGE = item(1, "core", "21:00", "22:30", rollback=45, markets="KE MZ EG")


def slot(
    others: Sequence[Item] = (), change: Item = CHANGE, now: datetime = ASKED, on: Ground = GROUND
) -> str:
    """Return the beginning of the next free slot in short."""
    found = next_free(on, change, WINDOW, index_of(others), now)
    return f"{found.starts_at:%d %b %H:%M}" if found else "none"


def frozen(until: datetime, markets: str = "MZ", is_hard: bool = True) -> Item:
    """Return a freeze that began long ago."""
    span = Span(ASKED - timedelta(days=9), until)
    return Item(
        "freeze:9",
        Kind.FREEZE,
        "freeze",
        span,
        span,
        markets=frozenset(markets.split()),
        is_hard=is_hard,
    )


TENTH = datetime(2026, 10, 28, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("others", "now", "expected"),
    [
        pytest.param([], ASKED, "26 Oct 21:00", id="asked on 26 Oct, no freeze"),
        pytest.param([frozen(TENTH)], ASKED, "28 Oct 21:00", id="hard freeze in MZ until 10:00Z"),
        pytest.param([frozen(TENTH, is_hard=False)], ASKED, "26 Oct 21:00", id="a soft one warns"),
        pytest.param([frozen(TENTH, "GH")], ASKED, "26 Oct 21:00", id="another market's freeze"),
        pytest.param(
            [item(2, "core", "21:30", "23:00", day=datetime(2026, 10, 26, tzinfo=UTC))],
            ASKED,
            "27 Oct 21:00",
            id="a change in the way that night",
        ),
        pytest.param(
            [],
            datetime(2026, 10, 26, 21, 41, tzinfo=UTC),
            "26 Oct 21:45",
            id="on the grid, at the last moment",
        ),
        pytest.param(
            [],
            datetime(2026, 10, 26, 21, 46, tzinfo=UTC),
            "27 Oct 21:00",
            id="a minute too late for tonight",
        ),
    ],
)
def test_the_worked_example(others: list[Item], now: datetime, expected: str) -> None:
    """Nairobi and Maputo 23:00-03:00, Cairo 00:00-04:00; 90 min and 45 min of roll-back."""
    assert slot(others, now=now) == expected


def test_the_29th_does_not_fit_since_cairos_clocks_went_back() -> None:
    """From 29 Oct on 120 minutes are left in common: too short for 135, enough for 120."""
    asked = datetime(2026, 10, 29, 12, tzinfo=UTC)
    assert slot(now=asked) == "none", "Cairo's summer time is more than 90 days away"
    shorter = item(1, "core", "21:00", "22:30", rollback=30, markets="KE MZ EG")
    assert slot(change=shorter, now=asked) == "29 Oct 22:00"


def test_a_market_without_change_hours_sets_no_bounds() -> None:
    """No hours were promised: any time is good, and preparation does not begin before now."""
    free = [factories.market("KE")]
    change = item(1, "core", "21:00", "22:30", preparation=30, markets="KE")
    asked = ASKED + timedelta(minutes=3)
    assert slot(change=change, now=asked, on=ground(markets=free)) == "26 Oct 12:35"


@pytest.mark.parametrize(
    ("peak", "taken_until", "expected"),
    [
        pytest.param("", "", "26 Oct 12:00", id="no peak is known"),
        pytest.param("13:00-16:00", "", "26 Oct 14:00", id="after the peak"),
        pytest.param("15:00-16:00", "", "26 Oct 14:00", id="it would run into the peak"),
        pytest.param("17:00-18:00", "", "26 Oct 12:00", id="the peak comes later"),
        pytest.param("00:00-24:00", "", "26 Oct 12:00", id="nothing but peak"),
        pytest.param("13:00-16:00", "20:00", "26 Oct 20:00", id="the next quiet time is taken"),
        pytest.param("13:00-16:00", "38:00", "26 Oct 12:00", id="nothing quiet for a day"),
    ],
)
def test_a_quieter_start_within_a_day_is_taken_instead(
    peak: str, taken_until: str, expected: str
) -> None:
    """Asked at 14:00 in Mozambique, for 90 minutes and 30 of roll-back."""
    day = datetime(2026, 10, 26, tzinfo=UTC)
    market = factories.market("MZ", **({"peak_hours": peak} if peak else {}))
    others = [item(9, "core", "14:00", taken_until, day=day)] if taken_until else []
    change = item(1, "core", "21:00", "22:30", rollback=30, markets="MZ")
    assert slot(others, change, on=ground(markets=[market])) == expected


def test_what_just_fits_between_two_others_may_begin_there() -> None:
    """Ends that meet do not overlap."""
    day = datetime(2026, 10, 26, tzinfo=UTC)
    others = [
        item(2, "core", "13:00", "14:00", day=day),
        item(3, "core", "16:15", "23:00", day=day),
    ]
    change = item(1, "core", "21:00", "22:30", rollback=45, markets="KE")
    on = ground(markets=[factories.market("KE")])
    assert slot(others, change, now=day + timedelta(hours=13), on=on) == "26 Oct 14:00"


def test_two_that_take_a_node_each_stop_a_third_only_while_both_are_at_work() -> None:
    """2 of 3 nodes are needed: one at a time is fine, a second is not."""
    day = datetime(2026, 10, 26, tzinfo=UTC)
    on = ground(markets=[factories.market("KE")])
    change = item(1, "n1", "21:00", "22:30", markets="KE")
    others = [item(2, "n2", "12:00", "15:00", day=day)]
    assert slot(others, change, on=on) == "26 Oct 15:00"


def test_people_are_needed_once() -> None:
    """C5 only warns, but a slot is looked for without it."""
    day = datetime(2026, 10, 26, tzinfo=UTC)
    on = ground(markets=[factories.market("KE")])
    change = item(1, "n1", "21:00", "22:30", markets="KE", people="imre")
    assert slot([item(2, "f1", "12:00", "13:00", day=day, people="imre")], change, on=on) == (
        "26 Oct 13:00"
    )


COMPONENTS = ("core", "ussd-ke", "l1", "l2", "n1", "n2", "n3", "mon")
DAYS = 3


@st.composite
def things(draw: st.DrawFn, number: int) -> Item:
    """Return something in the calendar of three days."""
    kind = draw(st.sampled_from([Kind.CHANGE, Kind.CHANGE, Kind.WORKS, Kind.FREEZE]))
    since = ASKED + timedelta(minutes=15 * draw(st.integers(-20, 96 * DAYS)))
    until = since + timedelta(minutes=15 * draw(st.integers(1, 40)))
    span = Span(since, until)
    return Item(
        key=f"{kind.value}:{number}",
        kind=kind,
        name=f"thing {number}",
        span=span,
        needed=span,
        components={}
        if kind is Kind.FREEZE
        else dict.fromkeys(
            draw(st.sets(st.sampled_from(COMPONENTS), min_size=1, max_size=2)), Effect.DOWN
        ),
        markets=frozenset(draw(st.sets(st.sampled_from(sorted(NIGHTS)), min_size=1))),
        gates=frozenset(draw(st.sets(st.just("core")))) if kind is Kind.CHANGE else frozenset(),
        is_hard=kind is Kind.FREEZE and draw(st.booleans()),
    )


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_slot_never_blocks_and_nothing_earlier_would_do(data: st.DataObject) -> None:
    """Held against the rules themselves, every quarter of an hour before it."""
    others = [data.draw(things(number)) for number in range(2, data.draw(st.integers(2, 9)))]
    part = data.draw(st.sampled_from(COMPONENTS))
    change = item(
        1,
        part,
        "21:00",
        "22:00",
        rollback=30,
        preparation=30,
        soak=15,
        gates="mon",
        markets=data.draw(st.sampled_from(["KE", "KE MZ", "KE MZ EG"])),
    )
    index = index_of(others)
    found = next_free(GROUND, change, timedelta(minutes=60), index, ASKED)
    last = found.starts_at if found else ASKED + timedelta(days=DAYS)
    at = ASKED + timedelta(minutes=30)
    while at < last:
        assert not good(change, at, index), f"{at} would have done, before {found}"
        at += timedelta(minutes=15)
    if found:
        assert good(change, found.starts_at, index)


def good(change: Item, at: datetime, index: Index) -> bool:
    """Tell by the rules alone whether a change could begin at an instant."""
    moved = change.moved(at - change.needed.since)
    met = findings(GROUND, moved, index)
    blocks = [each for each in met if each.level is Level.BLOCK]
    outside = [each for each in met if each.subject.startswith("hours:")]
    return not blocks and not outside
