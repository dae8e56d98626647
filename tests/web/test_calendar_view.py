"""The calendar laid out from values alone: boxes, bars, days of a month, the list beside them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from changes.lifecycle import Outcome, State
from changes.queries.assessment import Finding
from changes.queries.calendar import CalendarView, Works
from changes.queries.marks import Marks
from changes.rules.collisions import Level
from changes.rules.freezes import FreezeSpan
from changes.rules.nights import Night
from changes.rules.slots import Slot as FreeSlot
from changes.values import ChangeView
from ssoc.core.calendar import Span
from ssoc.core.errors import BadInput
from ssoc.monitoring.rules.windows import Window
from tests import factories
from web.change_managers import calendar_view
from web.change_managers.found_view import blocks, in_the_way
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
    assert slot.classes == "slot at-0 len-24 lane-0 freeze hard"
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


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        pytest.param("", "", id="none"),
        pytest.param("b", "1 block", id="one"),
        pytest.param("bb", "2 blocks", id="two"),
        pytest.param("w", "1 warning", id="a warning"),
        pytest.param("bbw", "2 blocks, 1 warning", id="both"),
        pytest.param("bwwwwwwwww", "1 block, 9 warnings", id="many"),
    ],
)
def test_findings_are_counted_in_words_that_agree(levels: str, said: str) -> None:
    found = [finding(f"C{at}", level=LEVEL[each]) for at, each in enumerate(levels)]
    assert blocks(found).replace("\xa0", " ") == said


LEVEL = {"b": Level.BLOCK, "w": Level.WARN, "i": Level.INFO}


def finding(
    rule: str, level: Level = Level.WARN, since: datetime = NOW, of: int = 7, market: str = "KE"
) -> Finding:
    """Return a finding of an hour."""
    where = {"path": (), "markets": (market,), "waivers": (), "change_id": of, "other_id": None}
    until = since + HOUR
    return Finding(
        f"{rule}-{of}", rule, level, f"{rule} of {of}.", "x", **where,  # type: ignore[arg-type]
        since=since, until=until, found_at=NOW,
    )  # fmt: skip


def found_in(*found: Finding, free: dict[int, FreeSlot] | None = None) -> calendar_view.Page:
    """Return the week of these findings of change 7, and of its neighbours."""
    shown = calendar_view.period("week", TUESDAY)
    marks: dict[int, Marks] = {}
    for each in found:
        known = marks.get(each.change_id)
        of = [*(known.findings if known else ()), each]
        marks[each.change_id] = Marks(findings=of)
    view = CalendarView(*shown.stretch, ["KE", "CD"], changes=[change()], marks=marks)
    return calendar_view.page(view, ESTATE, shown, NOW, free)


def test_findings_stand_by_change_blocks_first() -> None:
    page = found_in(
        finding("C8", since=NOW - HOUR),
        finding("C9"),
        finding("C1", Level.BLOCK, since=NOW + HOUR),
        finding("C7", since=NOW - 2 * HOUR, of=5),
        finding("C3", Level.BLOCK, since=NOW + 30 * HOUR, of=6),
    )
    assert [each.worst.change_id for each in page.found] == [7, 6, 5]
    first, _, last = page.found
    assert first.worst.detail.startswith("C1")
    assert [each.detail[:2] for each in first.others] == ["C8", "C9"]
    assert first.counts.replace("\xa0", " ") == "1 block, 2 warnings"
    assert first.folded.replace("\xa0", " ") == "2 more findings"
    assert (last.others, last.worst.effect) == ([], "warns")


SUNDAY = datetime(2026, 11, 22, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "night"),
    [
        pytest.param(SUNDAY - 30 * HOUR, None, id="the day before the week"),
        pytest.param(SUNDAY, None, id="02:00 in Nairobi: the night of Sunday"),
        pytest.param(SUNDAY + 4 * HOUR, "Mon\xa023\xa0Nov", id="06:00 there: by day of Monday"),
        pytest.param(NOW, "Tue\xa024\xa0Nov", id="within"),
        pytest.param(SUNDAY + 7 * 24 * HOUR, "Sun\xa029\xa0Nov", id="its last night"),
        pytest.param(SUNDAY + 7 * 24 * HOUR + 4 * HOUR, None, id="after it"),
    ],
)
def test_the_week_lists_findings_of_its_own_nights(since: datetime, night: str | None) -> None:
    page = found_in(finding("C1", Level.BLOCK, since=since))
    assert [each.worst.night for each in page.found] == ([night] if night else [])
    assert bool(page.blocks) is bool(night)


@pytest.mark.parametrize(
    ("level", "moved", "is_told"),
    [
        pytest.param(Level.BLOCK, 5, True, id="what blocks has another slot"),
        pytest.param(Level.BLOCK, 0, False, id="its own time is no other slot"),
        pytest.param(Level.WARN, 5, False, id="what warns needs none"),
    ],
)
def test_another_slot_is_told_where_it_is_of_use(level: Level, moved: int, is_told: bool) -> None:
    own = change().starts_at
    assert own is not None
    slot = FreeSlot(own + moved * HOUR, own + (moved + 1) * HOUR)
    [found] = found_in(finding("C1", level), free={7: slot}).found
    assert (found.slot != "–") is is_told


def test_hard_and_soft_freezes_differ_at_a_glance() -> None:
    """A bar begins with the kind, is named whole where there is room, and is drawn apart."""
    name = "Audit of the central bank and of every agent"
    hard = FreezeSpan("list/1", name, True, ("KE",), (), NOW, NOW + 40 * HOUR)
    soft = FreezeSpan("list/2", "Fair", False, ("KE",), (), NOW, NOW + 40 * HOUR)
    page = laid_out("week", freezes=[hard, soft])
    [row, _] = page.rows
    one, other = row.cells[2].slots
    assert (one.label, other.label) == (f"hard: {name}", "soft: Fair")
    assert ("hard" in one.classes.split(), "hard" in other.classes.split()) == (True, False)


def test_a_freeze_of_several_stretches_is_listed_once_hard_ones_first() -> None:
    day = 24 * HOUR
    paid = [
        FreezeSpan(
            "rule/pay", "Salary days", False, (code,), (), NOW + at * day, NOW + at * day + day
        )
        for code, at in (("KE", 0), ("CD", 0), ("KE", 2))
    ]
    hard = FreezeSpan("list/1", "Audit", True, ("KE",), (), NOW + day, NOW + 2 * day)
    first, second = laid_out("week", freezes=[*paid, hard]).freezes
    assert (first.name, first.is_hard, first.others) == ("Audit", True, [])
    assert (second.name, list(second.codes), len(second.others)) == ("Salary days", ["KE", "CD"], 2)


@pytest.mark.parametrize(("view", "listed"), [("month", 40), ("week", 40), ("night", 45)])
def test_a_crowded_night_is_listed_whole_on_its_own_page_alone(view: str, listed: int) -> None:
    many = [change(id=number) for number in range(45)]
    [group] = laid_out(view, changes=many).groups
    assert (len(group.rows), group.hidden) == (listed, 45 - listed)
