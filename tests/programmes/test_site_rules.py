"""Cut-over, hypercare, forecast and planning again: the rules by themselves."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.lifecycle import StepState
from changes.programmes.rules import brake, cut_over, replanning, throughput
from changes.programmes.rules.hypercare import (
    Day,
    DayResult,
    Hour,
    Tickets,
    Usual,
    baseline,
    days_back,
    has_failed,
    judge,
    streak,
)
from changes.programmes.rules.replanning import Crew, Ground, Slot, Stop
from changes.rules.durations import Basis, ExecutionPolicy
from changes.rules.programme_terms import WatchTerms
from ssoc.core.errors import BadInput

MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


# ---- forecast (section 11)


@pytest.mark.parametrize(
    ("weeks", "p50", "p90"),
    [
        pytest.param([28, 30, 32], 14, 15, id="F1 F2"),
        pytest.param([30, 30, 30], 14, 14, id="weeks that are all alike"),
        pytest.param([20, 28, 30, 32, 34, 30, 30, 30], 14, 21, id="a slow week lately"),
        pytest.param([0, 30, 30], 14, None, id="a week without any says nothing careful"),
        pytest.param([0, 0, 30], None, None, id="most weeks without any"),
    ],
)
def test_forecast_from_throughput(weeks: list[int], p50: int | None, p90: int | None) -> None:
    found = throughput.outlook(600, 180, weeks, MONDAY)
    assert (found.left, found.p50_weeks, found.p90_weeks) == (420, p50, p90)


def test_fewer_than_three_weeks_show_the_plan() -> None:
    """Row F3."""
    found = throughput.outlook(600, 180, [28, 30], MONDAY, date(2026, 9, 1))
    assert (found.p50_on, found.p90_on, found.planned_on) == (None, None, date(2026, 9, 1))
    assert found.why == "no throughput yet: 2 of 3 full weeks; the plan is shown"


def test_the_week_that_runs_does_not_count_and_gaps_are_weeks_of_none() -> None:
    accepted = [MONDAY - 21 * DAY] * 5 + [MONDAY - DAY] * 7 + [MONDAY + DAY] * 100
    assert throughput.weekly(accepted, MONDAY + 2 * DAY) == [5, 0, 7]


def test_all_accepted_is_over() -> None:
    assert throughput.outlook(10, 10, [], MONDAY).p50_on == MONDAY


def test_burn_up_has_plan_and_forecast_side_by_side() -> None:
    accepted = [MONDAY - 20 * DAY] * 28 + [MONDAY - 13 * DAY] * 30 + [MONDAY - 6 * DAY] * 32
    ahead = throughput.outlook(150, 90, throughput.weekly(accepted, MONDAY), MONDAY)
    plan = {MONDAY - 15 * DAY: 40, MONDAY + 13 * DAY: 150}
    found = throughput.burn_up(plan, accepted, ahead, MONDAY)
    assert [(each.planned, each.accepted, each.p50, each.p90) for each in found] == [
        (40, 28, None, None),
        (40, 58, None, None),
        (40, 90, 90, 90),
        (40, 90, 115, 114),
        (150, None, 145, 142),
        (150, None, 150, 150),
        (150, None, 150, 150),
    ]


def test_a_crew_keeps_to_its_regions() -> None:
    stops = [
        Stop(number, market, 1, 5.0, -1.0, region=region)
        for number, market, region in (
            *((1, "GH", "Ashanti"), (2, "GH", "Greater Accra"), (3, "GH", "Ashanti")),
            *((4, "KE", "Nairobi"), (5, "GH", "Volta")),
        )
    ]
    crews = [
        Crew("Kumasi 1", frozenset({"GH", "KE"}), frozenset({("GH", "Ashanti")})),
        Crew("Accra 1", frozenset({"GH"}), frozenset({("GH", "Greater Accra")})),
    ]
    plan = replanning.solve(stops, Ground(crews), MONDAY)
    assert {each.stop: each.crew for each in plan.slots} == {
        **{1: "Kumasi 1", 3: "Kumasi 1", 4: "Kumasi 1"},
        2: "Accra 1",
    }
    assert plan.left == {5: "no crew works in Volta of GH"}


@pytest.mark.parametrize("day", range(7))
def test_forecast_begins_on_the_day_on_which_the_sites_left_are_counted(day: int) -> None:
    """Sites of the week that runs are done already: its days are no time to bring more."""
    today = MONDAY + day * DAY
    before = [MONDAY - week * WEEK for week in (3, 2, 1) for _ in range(30)]
    accepted = before + [MONDAY] * 30
    weeks = throughput.weekly(accepted, today)
    ahead = throughput.outlook(540, 120, weeks, today)
    assert (ahead.p50_weeks, ahead.p50_on, ahead.p90_on) == (
        14,
        today + 14 * WEEK,
        today + 14 * WEEK,
    )
    drawn = {each.ends_on: each for each in throughput.burn_up({}, accepted, ahead, today)}
    assert ahead.p50_on is not None
    first = min(on for on, each in drawn.items() if each.p50 is not None)
    assert drawn[first].p50 == drawn[first].accepted  # the fan begins at what is reached
    assert drawn[MONDAY + 6 * DAY].p50 == 120 + 30 * (6 - day) // 7
    assert next(on for on, each in drawn.items() if each.p50 == 540) >= ahead.p50_on


def test_causes_by_how_many_sites_they_hold() -> None:
    found = throughput.pareto(["network", "permit", "network", "", "network"])
    assert [(each.kind, each.sites, round(each.cumulated, 2)) for each in found] == [
        ("network", 3, 0.6),
        ("not named", 1, 0.8),
        ("permit", 1, 1.0),
    ]


# ---- hypercare (section 10)

TERMS = WatchTerms()
CUT = MONDAY


def hours(day: date, sales: int = 10, **given: Any) -> list[Hour]:
    """Return a day's four hours of sales."""
    kept: dict[str, Any] = {"amount": Decimal(sales * 100), "failed": 0} | given
    return [Hour(day, hour, "KES", sales, **kept) for hour in range(8, 12)]


PAST = [each for week in range(1, 5) for each in hours(MONDAY - week * WEEK)]
USUAL = {("KES", hour): Usual(10, Decimal(1000)) for hour in range(8, 12)}


def test_baseline_is_the_median_of_the_same_weekdays_before_the_cut_over() -> None:
    assert days_back(MONDAY + 7 * DAY, CUT) == [MONDAY - week * WEEK for week in range(1, 5)]
    assert days_back(MONDAY + 2 * DAY, CUT)[0] == MONDAY - 5 * DAY
    assert baseline(PAST, MONDAY + WEEK, CUT) == USUAL
    two = [each for each in PAST if each.day >= MONDAY - 2 * WEEK]
    assert baseline(two, MONDAY + WEEK, CUT) == {}, "two of four are too few"


@pytest.mark.parametrize(
    ("given", "tickets", "result", "why"),
    [
        pytest.param(
            hours(MONDAY), Tickets(), DayResult.INSIDE, "40 KES sales, usual 40", id="as usual"
        ),
        pytest.param(
            hours(MONDAY, 8), Tickets(), DayResult.INSIDE, "32 KES sales, usual 40",
            id="on the limit is inside",
        ),
        pytest.param(
            hours(MONDAY, 7), Tickets(), DayResult.OUTSIDE,
            "sales 28 KES is 30.0 % below the usual 40; 20 % are allowed; "
            "value 2800.00 KES is 30.0 % below the usual 4000.00; 20 % are allowed", id="too few",
        ),
        pytest.param(
            hours(MONDAY, amount=Decimal(2000)), Tickets(), DayResult.OUTSIDE,
            "value 8000.00 KES is 100.0 % above the usual 4000.00; 60 % are allowed",
            id="amounts doubled",
        ),
        pytest.param(
            hours(MONDAY, failed=1), Tickets(), DayResult.OUTSIDE,
            "4 of 44 KES sales failed, 9.1 %; 2 % are allowed", id="sales that fail",
        ),
        pytest.param(
            [], Tickets(), DayResult.NO_DATA,
            "no figures of this day; 4 hours usually sell: send them", id="silent",
        ),
        pytest.param(
            hours(MONDAY)[1:], Tickets(), DayResult.NO_DATA,
            "1 of 4 hours that usually sell have no figures, the first 08:00 KES: send them, "
            "with 0 where nothing was sold", id="an hour is missing",
        ),
        pytest.param(
            hours(MONDAY), Tickets(5, 2.0, 30), DayResult.OUTSIDE,
            "5 tickets, 30 sites not yet migrated had 2.00 each; 2 times that is allowed",
            id="more tickets than the control sites",
        ),
        pytest.param(
            hours(MONDAY), Tickets(4, 2.0, 30), DayResult.INSIDE, "40 KES sales, usual 40",
            id="twice is allowed",
        ),
        pytest.param(
            hours(MONDAY), Tickets(5, None), DayResult.INSIDE, "40 KES sales, usual 40",
            id="no control sites are left",
        ),
    ],
)  # fmt: skip
def test_a_watched_day(given: list[Hour], tickets: Tickets, result: DayResult, why: str) -> None:
    found = judge(MONDAY, given, USUAL, tickets, TERMS)
    assert (found.result, found.why) == (result, why)


def test_a_day_the_site_is_closed_is_no_day_and_without_baseline_nothing_is_known() -> None:
    assert judge(MONDAY, [], {}, Tickets(), TERMS, is_open=False).result is DayResult.CLOSED
    assert judge(MONDAY, hours(MONDAY), {}, Tickets(), TERMS).result is DayResult.NO_DATA


@pytest.mark.parametrize(
    ("days", "number"),
    [("iii", 3), ("oii", 2), ("iio", 0), ("icic", 2), ("ini", 1), ("", 0), ("c", 0)],
)
def test_only_days_in_a_row_inside_count(days: str, number: int) -> None:
    words = {
        "i": DayResult.INSIDE,
        "o": DayResult.OUTSIDE,
        "n": DayResult.NO_DATA,
        "c": DayResult.CLOSED,
    }
    assert streak([Day(MONDAY + at * DAY, words[word], "") for at, word in enumerate(days)]) == (
        number
    )


def test_a_site_fails_by_too_many_days_outside_or_by_going_back() -> None:
    outside = [DayResult.OUTSIDE]
    assert not has_failed(outside * 2, False, TERMS), "strictly greater"
    assert has_failed(outside * 3, False, TERMS)
    assert has_failed([], True, TERMS)


@pytest.mark.parametrize(
    "given",
    [{"outside_days": -1}, {"below_percent": 0}, {"missing_percent": 100}, {"ticket_ratio": 0.5}],
)
def test_limits_that_mean_nothing_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="days|percent|ratio"):
        WatchTerms(**given)


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        pytest.param((14, 100, 10, 100), 1.4, id="1.4 times the control sites"),
        pytest.param((1, 10, 0, 100), 20, id="controls without any count as half a ticket"),
        pytest.param((0, 0, 1, 1), None, id="nobody watched is no data"),
        pytest.param((1, 1, 0, 0), None, id="no controls is no data"),
    ],
)
def test_ticket_ratio(counts: tuple[int, int, int, int], found: float | None) -> None:
    assert brake.ratio(*counts) == (found if found is None else pytest.approx(found))


# ---- cut-over (section 9)

ROWS: list[dict[str, Any]] = [
    {"title": "Close the old till", "p50": 5, "p90": 8, "verify": "Z report printed"},
    {"title": "Drain", "p50": "10", "p90": "20", "drains": "yes"},
    {"title": "Switch", "p50": 5, "needs": "2", "no_return": True},
]


def test_a_template_is_read_whole() -> None:
    first, second, third = cut_over.read_template(ROWS)
    assert (first.position, first.p90, first.verify) == (1, 8, "Z report printed")
    assert (second.drains, second.p50) == (True, 10)
    assert (third.needs, third.no_return, third.p90) == ((2,), True, 5)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"title": ""}, "step 1 has no title"),
        ({"title": "x", "p50": "soon"}, "p50 of step 1 is 'soon', not minutes from 0 to 10000"),
        ({"title": "x", "p50": 9, "p90": 5}, "step 1: p90 of 5 min is below p50 of 9 min"),
        ({"title": "x", "needs": "1"}, "step 1 needs '1', which is no other step"),
        ({"title": "x", "colour": "red"}, "step 1 has no field colour"),
        ({"title": "x" * 300}, "title of step 1 is longer than 255 signs"),
    ],
)
def test_every_fault_of_a_template_is_named(row: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadInput) as told:
        cut_over.read_template([row])
    assert fault in str(told.value)


def test_steps_may_not_wait_in_a_circle_and_no_return_is_one() -> None:
    with pytest.raises(BadInput, match="waits for itself"):
        cut_over.read_template([{"title": "a", "needs": "2"}, {"title": "b", "needs": "1"}])
    with pytest.raises(BadInput, match="points of no return"):
        cut_over.read_template([{"title": each, "no_return": "yes"} for each in "ab"])


def test_a_step_takes_what_rehearsals_took_once_there_are_enough() -> None:
    terms = ExecutionPolicy()
    planned = cut_over.duration(10, 20, [12, 13], terms)
    assert (planned.basis, planned.median_minutes) == (Basis.PLAN, 10)
    assert planned.quantile(0.9) == pytest.approx(20), "p90 of the plan is p90 of the forecast"
    fitted = cut_over.duration(10, 20, [15, 15, 15], terms)
    assert (fitted.basis, fitted.n) == (Basis.LIKE_STEPS, 3)
    assert fitted.median_minutes == pytest.approx(15)


@pytest.mark.parametrize(
    ("p90", "took", "flag"), [(20, 21, True), (20, 20, False), (20, None, False), (0, 5, False)]
)
def test_longer_than_p90_in_the_last_rehearsal_is_flagged(
    p90: int, took: float | None, flag: bool
) -> None:
    assert cut_over.is_flagged(p90, took) is flag


@pytest.mark.parametrize(
    ("left", "fault"),
    [
        (0, ""),
        (3, "3 transactions are still in flight; it must be 0"),
        (None, "write how many transactions are still in flight; it must be 0"),
        (-1, "-1 transactions cannot be in flight"),
    ],
)
def test_a_drain_is_over_with_the_figure_0(left: int | None, fault: str) -> None:
    assert cut_over.drain_fault(left) == fault


def test_what_guards_ask_of_the_last_run() -> None:
    done = cut_over.Stepped(1, "Switch", StepState.DONE, "look", "undo", began=True)
    left_out = cut_over.Stepped(2, "Tidy", StepState.SKIPPED)
    unseen = cut_over.Stepped(3, "Test sale", StepState.SKIPPED, verify="receipt")
    drain = cut_over.Stepped(4, "Drain", StepState.WAITING, drains=True)
    assert cut_over.verified_fault([done, left_out]) == ""
    assert "step 3, Test sale, is skipped" in cut_over.verified_fault([done, unseen])
    assert "no cut-over was run" in cut_over.verified_fault([])
    assert "step 1, Switch, is not undone" in cut_over.undone_fault([done])
    assert cut_over.undone_fault([left_out, drain]) == ""
    assert cut_over.drained_fault([drain]) == "step 4, Drain, is waiting; drain first"
    assert "no run sheet" in cut_over.drained_fault([done])


# ---- planning again


def test_the_nearest_site_is_next_and_waves_keep_their_order() -> None:
    stops = [Stop(1, "KE", 2, 0, 0), Stop(2, "KE", 1, 0, 1), Stop(3, "KE", 1, 0, 5)]
    stops.append(Stop(4, "KE", 1, 0, 2))
    plan = replanning.solve(stops, Ground([Crew("north", frozenset({"KE"}))]), MONDAY)
    assert [each.stop for each in plan.slots] == [3, 4, 2, 1], (
        "the first wave first; within it the way that is shortest together"
    )
    assert [each.day for each in plan.slots] == [MONDAY + at * DAY for at in (0, 1, 2, 3)]


def test_what_finds_no_day_says_why() -> None:
    ground = Ground([Crew("north", frozenset({"KE"}))], stock=[(MONDAY, 1)])
    plan = replanning.solve([Stop(1, "TZ", 1), Stop(2, "KE", 1), Stop(3, "KE", 1)], ground, MONDAY)
    assert [each.stop for each in plan.slots] == [2]
    assert plan.left[1] == "no crew works in TZ"
    assert "no day is free" in plan.left[3]


@st.composite
def grounds(draw: st.DrawFn) -> tuple[list[Stop], Ground]:
    markets = ["KE", "TZ"]
    days = [MONDAY + at * DAY for at in range(28)]
    place = st.one_of(st.none(), st.floats(-5, 5))
    stops = [
        Stop(
            number,
            draw(st.sampled_from(markets)),
            draw(st.integers(1, 3)),
            draw(place),
            draw(place),
            draw(st.one_of(st.none(), st.sampled_from(days))),
        )
        for number in range(draw(st.integers(0, 15)))
    ]
    crews = [
        Crew(f"crew {at}", frozenset(draw(st.sets(st.sampled_from(markets)))))
        for at in range(draw(st.integers(0, 3)))
    ]
    pair = st.tuples(st.sampled_from(markets), st.sampled_from(days))
    busy = st.tuples(st.sampled_from(["crew 0", "crew 1"]), st.sampled_from(days))
    ground = Ground(
        crews,
        {wave: draw(st.integers(0, 3)) for wave in (1, 2, 3)},
        draw(st.integers(0, 4)),
        sorted(draw(st.lists(st.tuples(st.sampled_from(days), st.integers(0, 9)), max_size=3))),
        draw(st.frozensets(pair, max_size=10)),
        draw(st.frozensets(busy, max_size=10)),
        {(1, MONDAY): draw(st.integers(0, 2))},
    )
    return stops, ground


@given(grounds())
@settings(max_examples=80, deadline=None)
def test_no_plan_breaks_what_limits_it(case: tuple[list[Stop], Ground]) -> None:
    stops, ground = case
    plan = replanning.solve(stops, ground, MONDAY, 40)
    by_id = {each.id: each for each in stops}
    crews = {each.name: each for each in ground.crews}
    assert sorted([each.stop for each in plan.slots] + [*plan.left]) == sorted(by_id)
    booked = [(each.crew, each.day) for each in plan.slots]
    assert len(set(booked)) == len(booked), "no crew twice a day"
    assert not set(booked) & ground.taken
    weeks: dict[tuple[int, date], int] = dict(ground.weekly)
    for slot in plan.slots:
        stop = by_id[slot.stop]
        assert (stop.market, slot.day) not in ground.frozen, "no frozen day"
        assert stop.market in crews[slot.crew].markets
        assert slot.day.weekday() in ground.workdays
        monday = (stop.wave, slot.day - slot.day.weekday() * DAY)
        weeks[monday] = weeks.get(monday, 0) + 1
    for (wave, week), number in weeks.items():
        most = ground.per_week.get(wave, 0)
        already = ground.weekly.get((wave, week), 0)
        assert not most or number <= max(most, already), "a week takes no more"
    for slot in plan.slots:
        stock = ground.stock_by(slot.day)
        if stock is not None:
            assert sum(1 for each in plan.slots if each.day <= slot.day) <= stock
    assert replanning.faults(plan, stops, ground) == []


def test_a_plan_of_somebody_else_is_checked() -> None:
    ground = Ground([Crew("north", frozenset({"KE"}))], frozen=frozenset({("KE", MONDAY)}))
    plan = replanning.Plan([Slot(1, MONDAY, "north"), Slot(2, MONDAY, "north")])
    stops = [Stop(1, "KE", 1), Stop(2, "KE", 1)]
    assert replanning.faults(plan, stops, ground) == [
        "north on 2026-03-02 may not be there",
        "north on 2026-03-02 is busy",
        "north on 2026-03-02 may not be there",
    ]
