"""Clocks as they are drawn: left, over, paused, met; every stretch by its party."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.clock_queries import ClockView
from ssoc.core.calendar import Hours, WorkingCalendar, always
from ssoc.core.clock_fold import fold
from ssoc.core.clocks import Clock, ClockEvent, Kind, Party, Target
from web.api import shapes
from web.noc import wall_lists
from web.noc.clock_view import bars_of, left_words, part_of, short_words

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return an instant after the start."""
    return START + timedelta(minutes=minutes)


def clock(now: float, *moves: tuple[Kind, float, Party], repeats: bool = False) -> Clock:
    """Return a clock of an hour, round the clock, with its moves."""
    target = Target(timedelta(hours=1), always(), 75, repeats)
    events = [ClockEvent(Kind.START, START, START, target=target)]
    events += [ClockEvent(kind, at(when), at(when), party=party) for kind, when, party in moves]
    found = fold(events, at(now))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("now", "moves", "left", "short"),
    [
        pytest.param(20, [], "40 min left", "resolve in 40 min", id="running"),
        pytest.param(72, [], "12 min over", "resolve +12 min", id="over"),
        pytest.param(
            50,
            [(Kind.PAUSE, 20, Party.VENDOR)],
            "40 min left, paused",
            "resolve paused",
            id="paused",
        ),
        pytest.param(90, [(Kind.STOP, 30, Party.US)], "met after 30 min", "", id="met"),
        pytest.param(90, [(Kind.STOP, 80, Party.US)], "breached after 1 h 20", "", id="breached"),
    ],
)
def test_words(now: float, moves: list[tuple[Kind, float, Party]], left: str, short: str) -> None:
    read = clock(now, *moves)
    assert left_words(read).replace("\u00a0", " ") == left
    if short:
        assert short_words("resolve", read).replace("\u00a0", " ") == short


def test_each_stretch_has_the_pattern_of_its_party() -> None:
    read = clock(50, (Kind.PAUSE, 20, Party.VENDOR), (Kind.RESUME, 40, Party.VENDOR))
    ours, theirs, again = bars_of(read)
    assert (ours.kind, ours.pattern) == ("used", "")
    assert theirs.pattern == "hatch"
    assert theirs.width == pytest.approx(25)  # 20 of the 80 minutes until it is due
    assert again.start == pytest.approx(50)


def test_what_is_over_is_drawn_over() -> None:
    *_, last = bars_of(clock(120))
    assert last.kind == "over"
    assert last.start == pytest.approx(50)
    assert last.start + last.width == pytest.approx(100)


def test_a_round_begins_at_the_last_update() -> None:
    read = clock(80, (Kind.UPDATE, 50, Party.US), repeats=True)
    assert left_words(read).replace("\u00a0", " ") == "30 min left"
    assert sum(bar.width for bar in bars_of(read)) == pytest.approx(50)


def test_the_part_says_everything_in_words() -> None:
    part = part_of("update", clock(50, repeats=True), at(50), "KE · 24x7")
    assert part.label.replace("\u00a0", " ") == (
        "Next update: 10 min left, due 09:00 UTC · every 1 h, at risk"
    )
    assert part.tone == "p2"
    assert part.risk_at == 75


SUNDAY = datetime(2026, 3, 1, 20, 18, tzinfo=UTC)  # 23:18 in Nairobi
OFFICE = WorkingCalendar(
    "office KE", "Africa/Nairobi", {day: (Hours(8 * 60, 17 * 60),) for day in range(1, 6)}
)


def office(now: datetime, *moves: tuple[Kind, datetime]) -> Clock:
    """Return a clock of an hour of working time that began on Sunday night."""
    events = [ClockEvent(Kind.START, SUNDAY, SUNDAY, target=Target(timedelta(hours=1), OFFICE))]
    events += [ClockEvent(kind, when, when, party=Party.VENDOR) for kind, when in moves]
    found = fold(events, now)
    assert found is not None
    return found


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("now", "left", "due", "short"),
    [
        pytest.param(
            SUNDAY,
            "9 h 42 left",
            "due Mon 2 Mar 09:00 Nairobi, Mon 2 Mar 06:00 UTC · 1 h left of 1 h of working time",
            "resolve in 9 h 42",
            id="by night: an hour of work is due in the morning, in hours",
        ),
        pytest.param(
            datetime(2026, 3, 2, 5, 30, tzinfo=UTC),
            "30 min left",
            "due 09:00 Nairobi, 06:00 UTC · 30 min left of 1 h of working time",
            "resolve in 30 min",
            id="at work",
        ),
        pytest.param(
            datetime(2026, 3, 2, 18, 0, tzinfo=UTC),
            "12 h over",
            "due 09:00 Nairobi, 06:00 UTC · 1 h of working time",
            "resolve +12 h",
            id="over: real time, not that of the office",
        ),
    ],
)
def test_a_clock_on_working_hours_says_when_it_is_really_due(
    now: datetime, left: str, due: str, short: str
) -> None:
    read = office(now)
    part = part_of("resolve", read, now)
    assert plain(part.left) == left
    assert plain(part.due) == due
    assert plain(short_words("resolve", read)) == short


def test_a_paused_clock_on_working_hours_says_which_time_is_left() -> None:
    read = office(SUNDAY, (Kind.PAUSE, SUNDAY))
    assert plain(left_words(read)) == "1 h of working time left, paused"


def test_wall_and_api_tell_the_same_due_time() -> None:
    view = ClockView("resolve", office(SUNDAY))
    plain_json = shapes.clock(view)
    assert plain_json["due_at"] == "2026-03-02T06:00:00Z"
    assert plain_json["due_local"] == "2026-03-02T09:00:00+03:00"
    assert plain_json["seconds_to_due"] == (9 * 60 + 42) * 60
    assert plain_json["seconds_left"] == 3600
    assert plain_json["is_round_the_clock"] is False
    assert plain(wall_lists.next_due([view])[0]) == "9 h 42"
    paused = shapes.clock(ClockView("resolve", office(SUNDAY, (Kind.PAUSE, SUNDAY))))
    assert paused["seconds_to_due"] is None
