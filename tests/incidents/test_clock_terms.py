"""The terms of the clocks as a file: what is right, and every fault with its line."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from incidents.clock_calendars import agreed, calendar_of
from incidents.clock_terms import SHIPPED, read, terms
from incidents.rules.clocks import body_of, length_in_words, target_of
from ssoc.core.clocks import Target
from ssoc.core.errors import BadSettings
from ssoc.core.settings import PrioritySettings, Settings
from ssoc.core.vocabulary import Priority
from ssoc.estate.values import Estate, Market

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KE = Market("KE", "Kenya", ["Africa/Nairobi"], "KES", holidays="KE")
EG = Market("EG", "Egypt", ["Africa/Cairo"], "EGP", working_days=(7, 1, 2, 3, 4), holidays="EG")
CD = Market("CD", "Congo", ["Africa/Kinshasa", "Africa/Lubumbashi"], "CDF", holidays="CD")
ESTATE = Estate(version=7, markets={each.code: each for each in (KE, EG, CD)})
SATURDAY = datetime(2026, 3, 7, 8, 0, tzinfo=UTC)
DEFAULT = Settings()


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "clocks.yaml"
    path.write_text(text)
    return path


def targets(priority: Priority, *markets: str, at: datetime = SATURDAY) -> dict[str, Target]:
    found = agreed(DEFAULT, ESTATE, priority, markets, at)
    return {each.clock: each.target for each in found}


@pytest.mark.parametrize(
    ("priority", "lengths"),
    [
        (Priority.P1, {"response": 5 * MINUTE, "update": 30 * MINUTE, "resolve": 4 * HOUR}),
        (Priority.P2, {"response": 15 * MINUTE, "update": HOUR, "resolve": 8 * HOUR}),
        (Priority.P3, {"response": HOUR, "resolve": 27 * HOUR}),
        (Priority.P4, {"response": 9 * HOUR, "resolve": 90 * HOUR}),
    ],
)
def test_the_terms_that_come_along(priority: Priority, lengths: dict[str, timedelta]) -> None:
    found = read(SHIPPED).of(priority, "KE")
    assert {term.clock: term.duration for term in found} == lengths
    assert {term.at_risk_percent for term in found} == {75}


def test_what_is_vital_runs_round_the_clock_and_the_rest_in_office_hours() -> None:
    assert all(each.calendar.is_always for each in targets(Priority.P1, "KE").values())
    office = targets(Priority.P3, "KE")["resolve"].calendar
    assert (office.name, office.zone) == ("office KE", "Africa/Nairobi")
    assert office.version == "terms 1, estate 7"
    assert date(2026, 12, 25) in office.holidays
    assert date(2027, 12, 25) in office.holidays


def test_the_update_clock_repeats() -> None:
    assert [each.repeats for each in targets(Priority.P1, "KE").values()] == [False, True, False]


@pytest.mark.parametrize(
    ("markets", "zone", "due"),
    [
        pytest.param(["KE"], "Africa/Nairobi", datetime(2026, 3, 9, 6, 0, tzinfo=UTC), id="KE"),
        pytest.param(["EG"], "Africa/Cairo", datetime(2026, 3, 8, 7, 0, tzinfo=UTC), id="EG"),
        pytest.param(
            ["KE", "EG"],
            "Africa/Cairo",
            datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
            id="the promise that falls due first",
        ),
        pytest.param(
            ["CD"],
            "Africa/Kinshasa",
            datetime(2026, 3, 7, 9, 0, tzinfo=UTC),
            id="half a Saturday in Congo",
        ),
    ],
)
def test_office_hours_are_those_of_the_market(markets: list[str], zone: str, due: datetime) -> None:
    response = targets(Priority.P3, *markets)["response"]
    assert response.calendar.zone == zone
    assert response.calendar.add_working(SATURDAY, HOUR) == due


@pytest.mark.parametrize("markets", [[], ["XX"]], ids=["none", "unknown"])
def test_without_a_market_clocks_run_round_the_clock(markets: list[str]) -> None:
    calendar = targets(Priority.P3, *markets)["response"].calendar
    assert (calendar.is_always, calendar.zone) == (True, "UTC")


@pytest.mark.parametrize(
    "market",
    [
        replace(KE, working_days=()),
        replace(KE, working_days=(), holidays="ZZ"),
    ],
    ids=["no working days", "no such holidays"],
)
def test_a_market_without_working_time_runs_round_the_clock(market: Market) -> None:
    assert calendar_of(read(SHIPPED), "office", market, 2026, 1).is_always


def test_an_unknown_holiday_calendar_leaves_the_local_table() -> None:
    market = replace(KE, holidays="ZZ", added_holidays={"2026-03-19": "ours"})
    found = calendar_of(read(SHIPPED), "office", market, 2026, 1)
    assert found.holidays == {date(2026, 3, 19)}


OWN = """
version: 2026-03
calendars:
  desk:
    hours: "07:00-12:00 13:00-19:00"
    markets:
      KE:
        half_days: {2026-12-24: "07:00-12:00"}
        closed: [2026-12-31]
        days: {sat: "09:00-13:00"}
clocks:
  P1:
    response: {target: 2m, at_risk_percent: 50}
    resolve: {target: 2h, calendar: desk}
markets:
  EG:
    P1: {resolve: {target: 90m, calendar: 24x7}, response: {at_risk_percent: 60}}
"""


def test_terms_of_ones_own(tmp_path: Path) -> None:
    found = read(own(tmp_path, OWN))
    kenya, egypt = ({each.clock: each for each in found.of(Priority.P1, m)} for m in ("KE", "EG"))
    assert found.version == "2026-03"
    assert (kenya["response"].duration, kenya["response"].at_risk_percent) == (2 * MINUTE, 50)
    assert (egypt["response"].duration, egypt["response"].at_risk_percent) == (2 * MINUTE, 60)
    assert (egypt["resolve"].duration, egypt["resolve"].calendar) == (90 * MINUTE, "24x7")
    desk = calendar_of(found, "desk", KE, 2026, 1)
    assert date(2026, 12, 31) in desk.holidays
    hours = [
        sum((span.length for span in desk.on_day(date(2026, 12, day))), timedelta()) / HOUR
        for day in (23, 24, 25, 19, 31)
    ]
    assert hours == [11, 5, 0, 4, 0]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param("[1, 2", ["not YAML"], id="no YAML"),
        pytest.param("", ["there are no clocks"], id="empty"),
        pytest.param("clocks: {P1: {resolve: {}}}", [":1: target is missing"], id="no target"),
        pytest.param(
            "clocks:\n  P9: {resolve: {target: 4h}}\n  P1:\n    fix: {target: 1h}\n",
            [":2: P9 is not known here; P1, P2", ":4: fix is not known here; response, update"],
            id="unknown words, both at once",
        ),
        pytest.param(
            "clocks:\n  P1:\n    resolve: {target: 4}\n    response: {target: 0s}\n",
            [":3: expected a duration", ":4: expected more than nothing"],
            id="lengths",
        ),
        pytest.param(
            "clocks: {P1: {resolve: {target: 4h, calendar: moon, at_risk_percent: 175}}}",
            ["moon is not known here; 24x7 are", "from 1 to 99"],
            id="calendar and share",
        ),
        pytest.param(
            'calendars: {office: {hours: "09:00-09:00"}}\nclocks: {P1: {resolve: {target: 4h}}}',
            [":1: calendar office has no working time: give it hours"],
            id="no working time is refused when it is kept",
        ),
        pytest.param(
            'calendars: {office: {hours: "9-17", markets: {KE: {days: {fry: "08:00-09:00"}, '
            'half_days: {2026-02-30: "08:00-09:00"}, closed: [soon]}}}}\n'
            "clocks: {P1: {resolve: {target: 4h}}}",
            ["'9' is no time of day", "fry is not known here", "day is out of range", "soon"],
            id="hours and days",
        ),
        pytest.param("clocks: 3\nmarkets: [KE]", ["found 3", "found ['KE']"], id="no mappings"),
    ],
)
def test_every_fault_is_named_at_once(tmp_path: Path, text: str, faults: list[str]) -> None:
    with pytest.raises(BadSettings) as caught:
        read(own(tmp_path, text))
    assert [fault for fault in faults if fault not in str(caught.value)] == []
    assert "clocks.yaml" in str(caught.value)


def test_the_settings_name_the_file_beside_them(tmp_path: Path) -> None:
    own(tmp_path, OWN)
    named = Settings(priority=PrioritySettings(clocks="clocks.yaml"), folder=str(tmp_path))
    assert terms(named).version == "2026-03"
    assert terms(DEFAULT) == read(SHIPPED)


def test_an_incident_opens_although_the_terms_are_wrong(tmp_path: Path) -> None:
    missing = Settings(priority=PrioritySettings(clocks="none.yaml"), folder=str(tmp_path))
    with pytest.raises(BadSettings, match=r"none\.yaml"):
        terms(missing)
    found = agreed(missing, ESTATE, Priority.P1, ["KE"], SATURDAY)
    assert [each.clock for each in found] == ["response", "update", "resolve"]


@pytest.mark.parametrize("priority", [Priority.P1, Priority.P3])
def test_an_event_keeps_all_that_reading_it_takes(priority: Priority) -> None:
    for each in agreed(DEFAULT, ESTATE, priority, ["EG"], SATURDAY):
        assert target_of(body_of(each, priority)) == each.target
    assert target_of({}) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (5400, "1 h 30 min"),
        (14_400, "4 h"),
        (-90, "-1 min"),
    ],
)
def test_lengths_in_words(seconds: int, words: str) -> None:
    assert length_in_words(timedelta(seconds=seconds)) == words
