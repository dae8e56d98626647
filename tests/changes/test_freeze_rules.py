"""Which freezes touch which changes, and what follows from the calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.policy import read
from changes.rules.computed_freezes import MOVES, Days, FreezeRule, computed, runs
from changes.rules.freeze_words import refusal, until_words
from changes.rules.freezes import FreezeSpan, Phase, frozen_markets, hits, holding, touches
from ssoc.core.calendar import local_date, local_day
from ssoc.estate.values import Estate
from tests.changes.freeze_story import freeze, market, utc, view
from tests.factories import ZONES

RULES = read().freezes.computed
DAY = timedelta(days=1)
NIGHT = ("2026-10-26 20:00", "2026-10-27 04:00")


@pytest.mark.parametrize(
    ("markets", "components", "frozen"),
    [
        pytest.param((), (), ("KE", "MZ"), id="everything"),
        pytest.param(("MZ",), (), ("MZ",), id="X13 one market of two is named"),
        pytest.param(("EG",), (), (), id="another market"),
        pytest.param((), ("core",), ("KE", "MZ"), id="a component everywhere"),
        pytest.param(("KE",), ("core",), ("KE",), id="a component in one market"),
        pytest.param((), ("hsm",), (), id="another component"),
        pytest.param(("EG",), ("core",), (), id="the component, but another market"),
    ],
)
def test_a_freeze_touches_by_market_and_component(
    markets: tuple[str, ...], components: tuple[str, ...], frozen: tuple[str, ...]
) -> None:
    found = freeze(*NIGHT, markets=markets, components=components)
    assert frozen_markets(found, ("KE", "MZ"), ("core", "ussd-ke")) == frozen
    assert touches(found, view(("KE", "MZ"), ("core", "ussd-ke")), Estate()) is bool(frozen)


@pytest.mark.parametrize(
    ("since", "until", "given", "phase"),
    [
        pytest.param(*NIGHT, {}, Phase.EXECUTION, id="X13 the window lies in it"),
        pytest.param("2026-10-26 19:00", "2026-10-26 21:00", {}, None, id="ends as it starts"),
        pytest.param("2026-10-26 23:00", "2026-10-27 01:00", {}, None, id="starts as it ends"),
        pytest.param(
            "2026-10-26 19:00",
            "2026-10-26 21:00",
            {"preparation_minutes": 30},
            Phase.PREPARATION,
            id="X14 preparation only",
        ),
        pytest.param(
            "2026-10-26 19:00",
            "2026-10-26 21:01",
            {"preparation_minutes": 30},
            Phase.EXECUTION,
            id="X14 by one minute",
        ),
        pytest.param(
            "2026-10-26 23:00",
            "2026-10-27 01:00",
            {"rollback_minutes": 30},
            Phase.EXECUTION,
            id="the time to roll back is execution",
        ),
        pytest.param(
            "2026-10-26 23:30",
            "2026-10-27 01:00",
            {"rollback_minutes": 30, "soak_minutes": 10},
            Phase.SOAK,
            id="soak only",
        ),
    ],
)
def test_what_of_a_change_lies_in_a_freeze(
    since: str, until: str, given: dict[str, Any], phase: Phase | None
) -> None:
    found = hits([freeze(since, until)], view(**given), Estate())
    assert [each.phase for each in found] == ([phase] if phase else [])


def test_a_change_without_a_window_runs_into_nothing() -> None:
    assert hits([freeze(*NIGHT)], view(starts_at=None, ends_at=None), Estate()) == []


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        pytest.param("2026-10-26 19:59", False, id="before"),
        pytest.param("2026-10-26 20:00", True, id="its first instant"),
        pytest.param("2026-10-27 03:59", True, id="its last minute"),
        pytest.param("2026-10-27 04:00", False, id="half-open"),
    ],
)
def test_a_freeze_holds_half_open(at: str, holds: bool) -> None:
    assert bool(holding([freeze(*NIGHT)], view(), Estate(), utc(at))) is holds


def test_the_refusal_says_what_where_until_when_and_who() -> None:
    """X13, as a person reads it; DR Congo has two clocks, both are shown."""
    estate = Estate(markets={code: market(code) for code in ("KE", "MZ", "CD")})
    congo = replace(estate.markets["CD"], zones=("Africa/Kinshasa", "Africa/Lubumbashi"))
    found = freeze(*NIGHT, markets=("MZ",))
    text = refusal(view(("KE", "MZ"), id=7), [(found, ("MZ",))], estate, ["thandi"])
    assert text == (
        "CHG-7 may not start: the hard freeze Year end in MZ holds until Tue 27 Oct 2026 06:00 "
        "Africa/Maputo (2026-10-27 04:00 UTC); nothing was changed; wait, or ask for an override "
        "on its page; who may: thandi"
    )
    both = until_words(found, Estate(markets={"CD": congo}), ("CD",))
    assert both.startswith(
        "Tue 27 Oct 2026 05:00 Africa/Kinshasa, Tue 27 Oct 2026 06:00 Africa/Lubumbashi"
    )


def spans(rule: FreezeRule, code: str, since: str, until: str) -> list[FreezeSpan]:
    found = computed({"it": rule}, [market(code)], utc(since), utc(until))
    return sorted(found, key=lambda each: each.since)


def days_of(rule: FreezeRule, code: str, month: str) -> list[tuple[str, str]]:
    """Return first and last local day of the freezes that touch a month."""
    first = date.fromisoformat(f"{month}-01")
    after = (first + timedelta(days=32)).replace(day=1)
    zone = ZONES.get(code, "Africa/Johannesburg")
    found = spans(rule, code, f"{first} 12:00", f"{after - timedelta(days=1)} 12:00")
    return [
        (
            local_date(zone, each.since).isoformat(),
            local_date(zone, each.until - timedelta(seconds=1)).isoformat(),
        )
        for each in found
    ]


SALARY = FreezeRule("Salary days", Days.PAY_DAYS)
MONTH_END = FreezeRule("Month end", Days.MONTH_END, days_after=1)


@pytest.mark.parametrize(
    ("rule", "code", "month", "expected"),
    [
        pytest.param(SALARY, "KE", "2026-11", [("2026-11-25", "2026-11-30")], id="KE 25th-30th"),
        pytest.param(SALARY, "KE", "2026-02", [("2026-02-25", "2026-02-28")], id="KE February"),
        pytest.param(SALARY, "TZ", "2026-11", [("2026-11-23", "2026-11-28")], id="TZ 23rd-28th"),
        pytest.param(SALARY, "MZ", "2026-11", [("2026-11-20", "2026-11-30")], id="MZ 20th to end"),
        pytest.param(SALARY, "EG", "2026-11", [("2026-11-24", "2026-11-24")], id="EG about 24th"),
        pytest.param(
            replace(SALARY, days_before=1),
            "TZ",
            "2026-11",
            [("2026-11-22", "2026-11-28")],
            id="TZ with the eve",
        ),
        pytest.param(
            MONTH_END,
            "KE",
            "2026-11",
            [("2026-10-31", "2026-11-01"), ("2026-11-30", "2026-12-01")],
            id="month end and the day after",
        ),
    ],
)
def test_salary_days_and_month_ends(
    rule: FreezeRule, code: str, month: str, expected: list[tuple[str, str]]
) -> None:
    assert days_of(rule, code, month) == expected


@pytest.mark.parametrize(
    ("day", "since", "until", "hours"),
    [
        pytest.param("04-24", "2026-04-23 22:00", "2026-04-24 21:00", 23, id="no midnight"),
        pytest.param("10-29", "2026-10-28 21:00", "2026-10-29 22:00", 25, id="an hour twice"),
        pytest.param("06-05", "2026-06-04 21:00", "2026-06-05 21:00", 24, id="a plain day"),
    ],
)
def test_a_local_day_of_cairo(day: str, since: str, until: str, hours: int) -> None:
    rule = FreezeRule("One day", Days.EACH_YEAR, since=day)
    found = spans(rule, "EG", "2026-01-01 00:00", "2026-12-31 00:00")
    assert [(each.since, each.until) for each in found] == [(utc(since), utc(until))]
    assert found[0].until - found[0].since == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, "2024-11-29"), (2026, "2026-11-27"), (2027, "2027-11-26"), (2030, "2030-11-29")],
)
def test_black_friday_is_the_day_after_the_fourth_thursday(year: int, day: str) -> None:
    found = runs(RULES["black-friday"], market("ZA"), year)
    assert [each.first.isoformat() for each in found] == [day]


def test_december_holds_in_lesotho_and_mozambique_alone() -> None:
    markets = [market(code) for code in (*ZONES, "ZA")]
    only = {"december": RULES["december"]}
    found = computed(only, markets, utc("2026-12-10 00:00"), utc("2026-12-11 00:00"))
    assert sorted(each.markets for each in found) == [("LS",), ("MZ",)]
    assert {(each.since, each.until) for each in found} == {
        (utc("2026-11-30 22:00"), utc("2026-12-31 22:00"))
    }


def test_eid_has_its_eve_and_says_when_it_may_move() -> None:
    """Kenya keeps Eid al-Adha among its own categories; Egypt's is estimated."""
    rule = {"eid": RULES["eid"]}
    asked = (utc("2026-05-20 00:00"), utc("2026-06-05 00:00"))
    kenya, egypt = (computed(rule, [market(code)], *asked) for code in ("KE", "EG"))
    assert [(each.name, each.since, each.until) for each in kenya] == [
        ("Eid al-Adha", utc("2026-05-25 21:00"), utc("2026-05-27 21:00"))
    ]
    assert MOVES not in kenya[0].reason
    assert [each.name for each in egypt] == ["Eid al-Adha"]
    assert egypt[0].reason.endswith(MOVES)


def test_abeid_is_no_eid() -> None:
    """7 April is The Sheikh Abeid Amani Karume Day in Tanzania."""
    found = computed(
        {"eid": RULES["eid"]}, [market("TZ")], utc("2026-04-01 00:00"), utc("2026-05-01 00:00")
    )
    assert found == []


def test_a_day_the_government_added_is_frozen_too() -> None:
    rule = FreezeRule("Holidays", Days.HOLIDAYS)
    ours = market("KE", added_holidays={"2026-11-04": "Day of mourning"})
    found = computed({"h": rule}, [ours], utc("2026-11-04 06:00"), utc("2026-11-04 07:00"))
    assert [each.name for each in found] == ["Holidays (Day of mourning)"]


def test_nights_of_ramadan_are_hours_of_days_before_the_feast() -> None:
    """Eid al-Fitr is 20 March 2026 in Egypt; the night before it is the last of thirty."""
    found = spans(RULES["ramadan-nights"], "EG", "2026-02-01 00:00", "2026-04-01 00:00")
    assert len(found) == 30
    assert (found[0].since, found[0].until) == (utc("2026-02-18 16:00"), utc("2026-02-19 01:00"))
    assert (found[-1].since, found[-1].until) == (utc("2026-03-19 16:00"), utc("2026-03-20 01:00"))
    assert len({each.key for each in found}) == 1, "one freeze, one override"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"days": Days.EACH_YEAR}, "is no day of a year", id="no day"),
        pytest.param({"days": Days.EACH_YEAR, "since": "13-01"}, "is no day", id="month 13"),
        pytest.param({"days": Days.PAY_DAYS, "days_before": 99}, "0 to 60", id="too many days"),
        pytest.param({"days": Days.PAY_DAYS, "hours": "night"}, "are no hours", id="hours"),
        pytest.param({"days": Days.PAY_DAYS, "only": ("Eid",)}, "only needs", id="only"),
        pytest.param({"days": Days.PAY_DAYS, "weekday": "friday"}, "need days", id="weekday"),
        pytest.param(
            {"days": Days.EACH_YEAR, "since": "11-23", "weekday": "Fri"}, "one of", id="no weekday"
        ),
    ],
)
def test_a_rule_that_cannot_be_reckoned_is_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FreezeRule("It", **given)  # type: ignore[arg-type]


CODES = st.sampled_from(sorted(ZONES))
INSTANTS = st.integers(0, 7_300).map(lambda each: datetime(2020, 1, 1, 9, tzinfo=UTC) + each * DAY)


@given(
    rule=st.sampled_from(sorted(RULES)),
    code=CODES,
    since=INSTANTS,
    length=st.integers(1, 120),
)
def test_spans_lie_on_local_days_and_do_not_depend_on_what_is_asked(
    rule: str, code: str, since: datetime, length: int
) -> None:
    """Half-open, from the first instant of a local day to the first of another, or its hours."""
    ours, zone = market(code), ZONES[code]
    asked = {rule: RULES[rule]}
    until = since + timedelta(days=length)
    for each in computed(asked, [ours], since, until):
        assert each.since < each.until
        assert each.since < until
        assert since < each.until
        if not RULES[rule].hours:
            assert each.since == local_day(zone, local_date(zone, each.since)).since
            assert each.until == local_day(zone, local_date(zone, each.until)).since
        moment = each.since + (each.until - each.since) / 2
        again = computed(asked, [ours], moment, moment + timedelta(microseconds=1))
        assert each in again, "the same freeze, asked for one instant of it"
