"""Training with cover: the table N of the reference, sessions and the proposal."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.programmes.rules.training import (
    Around,
    CutOverDay,
    Held,
    Meeting,
    SiteDay,
    Wish,
    is_able,
    refusals,
)
from changes.programmes.rules.training_plan import Learner, Slot, suggest

DAY = date(2026, 3, 9)
NINE, NOON = datetime(2026, 3, 9, 6, tzinfo=UTC), datetime(2026, 3, 9, 9, tzinfo=UTC)
SIX = frozenset(range(1, 7))


@pytest.mark.parametrize(
    ("day", "share", "is_ready"),
    [
        pytest.param(CutOverDay(SIX, SIX), 1.0, True, id="N1 6 rostered, 6 valid"),
        pytest.param(CutOverDay(SIX, SIX - {6}), 5 / 6, False, id="N2 6 rostered, 5 valid"),
        pytest.param(CutOverDay(SIX, SIX), 1.0, True, id="N3 8 employed, the 6 rostered valid"),
        pytest.param(CutOverDay(SIX, SIX | {7}, {3: 7}), 1.0, True, id="N5 ill, cover valid"),
        pytest.param(CutOverDay(SIX, SIX, {3: 7}), 5 / 6, False, id="N6 ill, cover not trained"),
        pytest.param(CutOverDay(SIX, SIX, {3: None}), 5 / 6, False, id="ill, no cover"),
        pytest.param(CutOverDay(frozenset(), SIX), None, False, id="nobody rostered is no data"),
    ],
)
def test_ready_on_the_cut_over_day(day: CutOverDay, share: float | None, is_ready: bool) -> None:
    assert day.share == share
    assert day.is_ready(1.0) is is_ready


def test_a_lower_share_still_needs_cover_for_every_absence() -> None:
    assert CutOverDay(SIX, SIX - {6}).is_ready(0.8)
    assert not CutOverDay(SIX, SIX - {6}, {3: None}).is_ready(0.5)


@pytest.mark.parametrize(
    ("valid_to", "is_valid"),
    [
        pytest.param(DAY - timedelta(days=1), False, id="N4 valid to the day before"),
        pytest.param(DAY, True, id="valid to the day itself"),
        pytest.param(None, True, id="for ever"),
    ],
)
def test_valid_on_the_day(valid_to: date | None, is_valid: bool) -> None:
    held = [Held(1, date(2026, 1, 1), valid_to)]
    assert is_able(held, [1], DAY) is is_valid
    assert not is_able(held, [1, 2], DAY), "every required course is needed"


FOUR = frozenset({1, 2, 3, 4})


def wish(*people: int, capacity: int = 10) -> Wish:
    return Wish("Ana", NINE, NOON, capacity, dict.fromkeys(people, "KE-1"))


@pytest.mark.parametrize(
    ("site", "said"),
    [
        pytest.param(SiteDay(FOUR, minimum=3), "2 on site where 3 must be", id="N7 no cover"),
        pytest.param(SiteDay(FOUR, covers=frozenset({9}), minimum=3), "", id="N8 with one cover"),
        pytest.param(SiteDay(FOUR, minimum=3, is_open=False), "", id="closed that day"),
        pytest.param(
            SiteDay(FOUR, frozenset({4}), frozenset({9}), 3), "2 on site", id="one is away already"
        ),
    ],
)
def test_a_session_leaves_the_minimum_on_site(site: SiteDay, said: str) -> None:
    found = refusals(wish(1, 2), Around(sites={"KE-1": site}))
    assert (said in found[0]) if said else found == []


@pytest.mark.parametrize(
    ("around", "said"),
    [
        pytest.param(
            Around(of_trainer=[Meeting(1, "Tills at KE-2", NINE, NOON)]),
            "Ana leads Tills at KE-2 at that time",
            id="the trainer is elsewhere",
        ),
        pytest.param(
            Around(of_trainer=[Meeting(1, "Tills", NOON, NOON + timedelta(hours=2))]),
            "",
            id="one ends as the other begins",
        ),
        pytest.param(
            Around(of_person={1: [Meeting(1, "Tills", NINE, NOON)]}, names={1: "Juma"}),
            "Juma is in Tills at that time",
            id="a person is elsewhere",
        ),
        pytest.param(Around(absent=frozenset({1})), "1 is absent that day", id="absent"),
        pytest.param(Around(covering=frozenset({1})), "1 stands in for somebody", id="covers"),
    ],
)
def test_nobody_is_in_two_places(around: Around, said: str) -> None:
    found = refusals(wish(1), around)
    assert (said in found[0]) if said else found == []


def test_a_room_holds_so_many() -> None:
    assert "the room holds 1, and 2 people" in refusals(wish(1, 2, capacity=1), Around())[0]


WEEK = [DAY + timedelta(days=each) for each in range(5)]


def learner(person: int, site: str = "KE-1", **given: object) -> Learner:
    usual = {"region": "Coast", "before": DAY + timedelta(days=10), "days": frozenset(WEEK)}
    return Learner(person, site, **{**usual, **given})  # type: ignore[arg-type]


def test_a_proposal_trains_all_over_days() -> None:
    sites = {("KE-1", day): SiteDay(FOUR, minimum=3) for day in WEEK}
    found = suggest([learner(each) for each in FOUR], [Slot(day, "Ana", 8) for day in WEEK], sites)
    assert [list(each.people) for each in found.sessions] == [[1], [2], [3], [4]]
    assert found.left == {}


@pytest.mark.parametrize(
    ("given", "slots", "why"),
    [
        pytest.param({}, [], "no trainer is free", id="no trainer"),
        pytest.param(
            {"before": DAY}, [Slot(DAY, "Ana", 8)], "before their cut-over", id="too late"
        ),
        pytest.param(
            {"days": frozenset()}, [Slot(DAY, "Ana", 8)], "a day they work", id="never rostered"
        ),
        pytest.param({}, [Slot(DAY, "Ana", 8)], "cannot spare them", id="at the minimum"),
        pytest.param({}, [Slot(DAY, "Ana", 8, "Rift")], "no trainer is free on", id="region"),
    ],
)
def test_who_fits_nowhere_is_named(given: dict[str, Any], slots: list[Slot], why: str) -> None:
    sites = {("KE-1", day): SiteDay(FOUR, minimum=4) for day in WEEK}
    found = suggest([learner(1, **given)], slots, sites)
    assert found.sessions == []
    assert why in found.left[1]


def test_a_trainer_who_is_taken_by_another_region_is_said() -> None:
    sites = {(code, DAY): SiteDay(FOUR, minimum=1) for code in ("KE-1", "KE-2")}
    wanted = [learner(1), learner(2, "KE-2", region="Rift")]
    found = suggest(wanted, [Slot(DAY, "Ana", 8)], sites)
    assert found.left == {2: "every session they could come to is taken; name another trainer"}


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=30),
    st.integers(1, 6),
    st.integers(0, 5),
)
def test_a_proposal_never_breaks_a_rule(
    people: list[tuple[int, int]], capacity: int, minimum: int
) -> None:
    wanted = [
        learner(at, f"KE-{site}", region=f"R{site % 2}", days=frozenset(WEEK[: days + 1]))
        for at, (site, days) in enumerate(people)
    ]
    staff = {
        f"KE-{n}": frozenset(p.person for p in wanted if p.site == f"KE-{n}") for n in range(5)
    }
    sites = {
        (code, day): SiteDay(crew, minimum=minimum) for code, crew in staff.items() for day in WEEK
    }
    slots = [Slot(day, name, capacity) for day in WEEK for name in ("Ana", "Ben")]
    found = suggest(wanted, slots, sites)
    placed = [person for each in found.sessions for person in each.people]
    assert len(placed) == len(set(placed)), "nobody is trained twice"
    assert {*placed, *found.left} == {each.person for each in wanted}, "nobody is forgotten"
    by_person = {each.person: each for each in wanted}
    away: dict[tuple[str, date], int] = {}
    for each in found.sessions:
        assert 0 < len(each.people) <= capacity
        assert {by_person[p].region for p in each.people} == {each.region}
        for person in each.people:
            assert each.slot.day in by_person[person].days
            place = (by_person[person].site, each.slot.day)
            away[place] = away.get(place, 0) + 1
    for (code, _), count in away.items():
        assert len(staff[code]) - count >= minimum
