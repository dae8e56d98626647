"""The calendar laid out from values alone: boxes, bars, days of a month, the list beside them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from changes.lifecycle import Outcome, State
from changes.queries.assessment import Finding
from changes.queries.calendar import CalendarView, Works
from changes.rules.collisions import Level
from changes.rules.freezes import FreezeSpan
from changes.rules.nights import Night
from changes.values import ChangeView
from ssoc.core.calendar import Span
from ssoc.core.errors import BadInput
from ssoc.monitoring.rules.windows import Window
from tests import factories
from web.change_managers import calendar_view
from web.change_managers.found_view import in_the_way
from web.change_managers.nights_view import WEEK, Cell, cell, places_of
from web.change_managers.things import Thing, span_of

NOW = datetime(2026, 11, 24, 16, 42, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
HOUR = timedelta(hours=1)
ESTATE = factories.estate_of("core-ke, core-cd")


def thing(label: str, since: float, hours: float, **given: object) -> Thing:
    """Return a change that begins so many hours after the noon of Tuesday, in UTC."""
    begins = datetime(2026, 11, 24, 12, tzinfo=UTC) + since * HOUR
    usual = {
        "key": label,
        "kind": "change",
        "title": label,
        "span": Span(begins, begins + hours * HOUR),
    }
    return Thing(**{**usual, "label": label, **given})  # type: ignore[arg-type]


def box(*found: Thing) -> Cell:
    return cell(Night("Africa/Nairobi", TUESDAY), found, is_now=True, scale=WEEK)


def test_a_bar_stands_at_its_half_hours_with_its_tone() -> None:
    made = box(thing("59 C4", 8, 4.5, tone="p1"))
    assert made.classes == "night now"
    assert [each.classes for each in made.slots] == ["slot at-10 len-9 lane-0 p1"]
    assert made.slots[0].spoken == "59 C4, 23:00\u201303:30 Nairobi"


def test_what_goes_on_beyond_the_night_names_its_days() -> None:
    [slot] = box(thing("pay days", -48, 96, kind="freeze", state="hard")).slots
    assert slot.classes == "slot at-0 len-24 lane-0 freeze"
    assert "Sun\u00a022\u00a0Nov" in slot.spoken
    assert "Thu\u00a026\u00a0Nov" in slot.spoken


def test_a_crowded_box_says_how_many_more_there_are() -> None:
    made = box(*(thing(str(number), 8, 4) for number in range(9)))
    assert len(made.slots) == 6
    assert {each.classes.split()[3] for each in made.slots} == {f"lane-{n}" for n in range(6)}
    assert made.hidden == 3


def test_work_by_day_is_counted_and_freezes_are_not() -> None:
    made = box(thing("7", -3, 1), thing("december", -3, 1, kind="freeze"))
    assert [each.label for each in made.by_day] == ["7"]
    assert not made.slots


def test_a_night_of_thirteen_hours_has_its_own_ruler_and_columns() -> None:
    night = Night("Africa/Cairo", date(2026, 10, 29))
    since = datetime(2026, 10, 29, 20, tzinfo=UTC)
    made = cell(night, [thing("7", 0, 0, span=Span(since, since + 2 * HOUR))], is_now=False)
    assert made.classes == "night halves-26"
    assert [text for _, text in made.ruler] == ["18", "21", "00", "03", "06"]
    assert made.slots[0].classes.startswith("slot at-10 len-4 lane-2"), "below note and ruler"


def test_places_of_a_market() -> None:
    assert places_of(factories.market("KE"), NOW) == ["Nairobi", "UTC+3"]
    assert places_of(factories.market("GH"), NOW) == ["Accra", "UTC"]
    two = factories.market("CD", zones=("Africa/Kinshasa", "Africa/Lubumbashi"))
    assert places_of(two, NOW) == ["Kinshasa +1", "Lubumbas… +2"]


def change(**given: object) -> ChangeView:
    usual = {
        "id": 7,
        "title": "Core",
        "type": "normal",
        "state": State.SCHEDULED,
        "requester": "rita",
        "markets": ("KE",),
        "touched": (),
        "starts_at": NOW + 3 * HOUR,
        "ends_at": NOW + 5 * HOUR,
    }
    return ChangeView(**{**usual, **given})  # type: ignore[arg-type]


SPANS = [
    pytest.param({}, (3, 5), id="planned: its window"),
    pytest.param({"started_at": NOW - HOUR}, (-1, 5), id="runs: to the end of its window"),
    pytest.param(
        {"started_at": NOW - 3 * HOUR, "ends_at": NOW - HOUR}, (-3, 0), id="overruns: until now"
    ),
    pytest.param(
        {"started_at": NOW - 3 * HOUR, "finished_at": NOW - 2 * HOUR},
        (-3, -2),
        id="over: as it was",
    ),
]


@pytest.mark.parametrize(("given", "hours"), SPANS)
def test_a_bar_shows_what_really_happened(given: dict[str, object], hours: tuple[int, int]) -> None:
    assert span_of(change(**given), NOW) == Span(NOW + hours[0] * HOUR, NOW + hours[1] * HOUR)


def laid_out(view: str, **given: object) -> calendar_view.Page:
    shown = calendar_view.period(view, TUESDAY)
    since, until = shown.stretch
    found = CalendarView(since, until, ["KE", "CD"], **given)  # type: ignore[arg-type]
    return calendar_view.page(found, ESTATE, shown, NOW)


def test_the_list_holds_what_the_nights_hold() -> None:
    works = Works(
        Window(3, "Mopane: ring", NOW + 4 * HOUR, NOW + 6 * HOUR, NOW, markets={"CD"}), ["CD"]
    )
    over = change(
        id=8, outcome=Outcome.FAILED, state=State.ENDED, started_at=NOW - 30 * HOUR,
        finished_at=NOW - 29 * HOUR,
    )  # fmt: skip
    page = laid_out("week", changes=[change(), over], works=[works])
    bars = {slot.thing.key for row in page.rows for each in row.cells for slot in each.slots}
    by_day = {one.key for row in page.rows for each in row.cells for one in each.by_day}
    rows = {row.thing.key for group in page.groups for row in group.rows}
    assert bars | by_day == rows == {"change/7", "change/8", "works/3"}
    assert [group.is_tonight for group in page.groups] == [False, True]
    assert page.figures[0] == ("2", "changes")
    assert page.figures[1] == ("1", "announced work")


def test_a_month_counts_by_day_and_names_frozen_markets() -> None:
    freeze = FreezeSpan("list/1", "Audit", True, ("KE",), (), NOW, NOW + 40 * HOUR)
    soft = FreezeSpan("list/2", "Fair", False, (), (), NOW, NOW + HOUR)
    page = laid_out("month", changes=[change()], freezes=[freeze, soft])
    assert page.title == "Changes: November 2026"
    assert len(page.weeks) == 6
    days = {each.day: each for week in page.weeks for each in week}
    assert days[TUESDAY].changes == 1
    assert (days[TUESDAY].frozen, days[TUESDAY].frozen_softly) == (["KE"], ["CD"])
    assert days[date(2026, 11, 26)].frozen == ["KE"], "to 08:42 UTC, in the daytime of the 26th"
    assert days[date(2026, 11, 27)].frozen == []
    assert days[date(2026, 12, 6)].is_other_month


@pytest.mark.parametrize(
    ("view", "days", "earlier", "later"),
    [
        pytest.param("night", 1, "2026-11-23", "2026-11-25", id="night"),
        pytest.param("week", 7, "2026-11-17", "2026-12-01", id="week"),
        pytest.param("month", 42, "2026-10-31", "2026-12-01", id="month"),
        pytest.param("year", 7, "2026-11-17", "2026-12-01", id="a word nobody knows"),
    ],
)
def test_periods(view: str, days: int, earlier: str, later: str) -> None:
    shown = calendar_view.period(view, TUESDAY)
    assert len(shown.days) == days
    assert (shown.earlier.isoformat(), shown.later.isoformat()) == (earlier, later)
    assert shown.days[0].isoweekday() == 1 or view == "night"


@pytest.mark.parametrize(
    "text", ["tomorrow", "2026-02-30", "1999-12-31", "2101-01-01", "2026-W48x"]
)
def test_days_that_are_none(text: str) -> None:
    with pytest.raises(BadInput):
        calendar_view.day_of(text, TUESDAY)


def test_the_week_lists_what_stands_in_the_way_and_no_mere_information() -> None:
    warns, tells = (
        Finding(
            f"C2-{level}", "C2", level, "Near.", "core-ke", (), ("KE",), (), 1, 2, NOW, NOW, NOW
        )
        for level in (Level.WARN, Level.INFO)
    )
    assert in_the_way([tells, warns]) == [warns]
