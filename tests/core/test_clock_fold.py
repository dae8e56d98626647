"""The oracle of clocks: every case as a row, local times as an operator would write them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssoc.core.calendar import Hours, NoWorkingTime, WorkingCalendar, always, hours_of
from ssoc.core.clock_fold import both_ways, fold
from ssoc.core.clocks import Clock, ClockEvent, Kind, Party, Status, Target

NAIROBI, CAIRO = "Africa/Nairobi", "Africa/Cairo"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WEEKDAYS, SUN_TO_THU, EVERY_DAY = (1, 2, 3, 4, 5), (7, 1, 2, 3, 4), range(1, 8)


def calendar(name: str, zone: str, days: Sequence[int], hours: str) -> WorkingCalendar:
    return WorkingCalendar(name, zone, {day: hours_of(hours) for day in days})


N85 = replace(
    calendar("N85", NAIROBI, WEEKDAYS, "09:00-17:00"),
    holidays=frozenset({date(2026, 6, 1), date(2026, 12, 25)}),
    half_days={date(2026, 12, 24): hours_of("09:00-13:00")},
)
N247, C247 = always(NAIROBI), always(CAIRO)
C85 = calendar("C85", CAIRO, SUN_TO_THU, "09:00-17:00")
CEV = calendar("CEV", CAIRO, SUN_TO_THU, "18:00-24:00")
CNI = calendar("CNI", CAIRO, EVERY_DAY, "00:00-06:00")
GAP = replace(N85, week={**N85.week, 3: [Hours(540, 540)]})
EXPECTED = replace(N85, holidays=frozenset({date(2026, 3, 20)}), version="1")
CORRECTED = replace(N85, holidays=frozenset({date(2026, 3, 19)}), version="2")


def local(zone: str, text: str, fold: int = 0) -> datetime:
    when = datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo(zone), fold=fold)
    return when.astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def events(target: Target, *said: str, recorded: str = "") -> list[ClockEvent]:
    """Read ``start 06-05 23:59``, ``pause us 06-05 10:00`` … in the calendar's local time."""
    found = []
    for words in said:
        kind, *party, day, hour = words.split()
        at = local(target.calendar.zone, f"{day} {hour}")
        found.append(
            ClockEvent(
                Kind(kind),
                at,
                local(target.calendar.zone, recorded) if recorded else at,
                party=Party(party[0]) if party else Party.US,
                target=target if kind == "start" else None,
            )
        )
    return found


def read(
    story: Sequence[ClockEvent], now: datetime | None = None, known_at: datetime | None = None
) -> Clock:
    clock = fold(story, now or max(each.at for each in story), known_at)
    assert clock is not None
    return clock


@pytest.mark.parametrize(
    ("calendar", "hours", "said", "accrued", "due"),
    [
        pytest.param(N247, 4, ["start 06-05 23:59"], 0, "06-06 00:59", id="T01"),
        pytest.param(N85, 8, ["start 06-05 23:59"], 0, "06-08 14:00", id="T02"),
        pytest.param(
            N85,
            8,
            ["start 06-04 15:00", "pause us 06-05 10:00", "resume us 06-08 11:00"],
            3,
            "06-08 13:00",
            id="T03",
        ),
        pytest.param(
            N85,
            8,
            ["start 05-29 14:00", "pause us 05-29 16:00", "resume us 06-02 10:00"],
            2,
            "06-02 13:00",
            id="T04",
        ),
        pytest.param(N85, 8, ["start 05-29 14:00"], 0, "06-02 11:00", id="T05"),
        pytest.param(N85, 8, ["start 12-23 15:00"], 0, "12-28 08:00", id="T06"),
        pytest.param(C85, 8, ["start 06-04 15:00"], 0, "06-07 12:00", id="T07a"),
        pytest.param(N85, 8, ["start 06-04 15:00"], 0, "06-05 12:00", id="T07b"),
        pytest.param(C247, 6, ["start 04-23 22:00"], 0, "04-24 02:00", id="T08"),
        pytest.param(C247, 6, ["start 10-29 22:00"], 0, "10-30 01:00", id="T09"),
        pytest.param(CEV, 7, ["start 10-29 18:00"], 0, "10-29 22:00", id="T10a"),
        pytest.param(CEV, 6.5, ["start 10-29 18:00"], 0, "10-29 21:30", id="T10b"),
        pytest.param(CEV, 7, ["start 10-28 18:00"], 0, "10-29 16:00", id="T10c"),
        pytest.param(CNI, 6, ["start 04-23 23:00"], 0, "04-24 22:00", id="T11"),
        pytest.param(C85, 2, ["start 04-23 16:00"], 0, "04-26 07:00", id="T12a"),
        pytest.param(C85, 2, ["start 10-29 16:00"], 0, "11-01 08:00", id="T12b"),
        pytest.param(N247, 4, ["start 06-06 03:00"], 0, "06-06 04:00", id="T13a"),
        pytest.param(N85, 8, ["start 06-06 03:00"], 0, "06-08 14:00", id="T13b"),
        pytest.param(GAP, 4, ["start 06-09 15:00"], 0, "06-11 08:00", id="T20"),
        pytest.param(N85, 8, ["start 06-08 17:00"], 0, "06-09 14:00", id="T22"),
        pytest.param(
            N247,
            4,
            [
                "start 06-10 09:00",
                "pause us 06-10 10:00",
                "pause customer 06-10 11:00",
                "resume us 06-10 12:00",
                "resume customer 06-10 14:00",
            ],
            1,
            "06-10 14:00",
            id="T23",
        ),
        pytest.param(EXPECTED, 8, ["start 03-18 15:00"], 0, "03-19 12:00", id="T25a"),
        pytest.param(CORRECTED, 8, ["start 03-18 15:00"], 0, "03-20 12:00", id="T25b"),
        pytest.param(C85, 1, ["start 06-05 10:00"], 0, "06-07 07:00", id="T26"),
        pytest.param(C85, 8, ["start 07-02 23:30"], 0, "07-05 14:00", id="T27a"),
        pytest.param(N85, 8, ["start 07-02 23:30"], 0, "07-03 14:00", id="T27b"),
        pytest.param(
            always("UTC"),
            4,
            ["start 06-10 10:00", "pause 06-10 11:00", "resume 06-10 12:30"],
            1,
            "06-10 15:30",
            id="S4",
        ),
        pytest.param(C247, 4, ["start 04-23 23:00"], 0, "04-24 01:00", id="S5"),
    ],
)
def test_oracle(
    calendar: WorkingCalendar, hours: float, said: list[str], accrued: float, due: str
) -> None:
    clock = read(events(Target(hours * HOUR, calendar), *said))
    assert (clock.accrued, clock.due_at) == (accrued * HOUR, utc(due))
    assert clock.left == (hours - accrued) * HOUR


@pytest.mark.parametrize(
    ("said", "paused"),
    [
        (["start 06-04 15:00", "pause us 06-05 10:00", "resume us 06-08 11:00"], 9),
        (["start 05-29 14:00", "pause us 05-29 16:00", "resume us 06-02 10:00"], 2),
    ],
    ids=["T03", "T04"],
)
def test_a_pause_is_counted_in_working_time(said: list[str], paused: int) -> None:
    story = events(Target(8 * HOUR, N85), *said)
    clock = fold(story, story[-1].at, runner=Party.VENDOR)
    assert clock
    assert clock.held[Party.US] == paused * HOUR


def test_local_due_times_after_a_clock_change_carry_the_new_offset() -> None:
    due = read(events(Target(6.5 * HOUR, CEV), "start 10-29 18:00")).due_at  # T10b
    shown = due.astimezone(ZoneInfo(CAIRO))
    assert (f"{shown:%a %H:%M %z}", shown.fold) == ("Thu 23:30 +0200", 1)


@pytest.mark.parametrize(
    ("before", "after", "restart", "said", "changed", "resumed", "accrued", "due"),
    [
        ((8, N85), (4, N247), False, "06-08 09:00", "06-08 13:00", True, 2, "06-08 13:00"),
        ((8, N85), (4, N247), True, "06-08 09:00", "06-08 13:00", True, 0, "06-08 15:00"),
        ((8, N85), (4, N247), False, "06-08 15:00", "06-09 10:00", False, 3, "06-09 08:00"),
        ((8, N85), (4, N247), True, "06-08 15:00", "06-09 10:00", False, 0, "06-09 11:00"),
        ((4, N247), (8, N85), False, "06-08 09:00", "06-08 12:00", False, 3, "06-08 14:00"),
    ],
    ids=["T14a", "T14b", "T15a", "T15b", "T16"],
)
def test_a_change_of_severity_keeps_or_restarts(
    before: tuple[int, WorkingCalendar],
    after: tuple[int, WorkingCalendar],
    restart: bool,
    said: str,
    changed: str,
    resumed: bool,
    accrued: int,
    due: str,
) -> None:
    old, new = (Target(hours * HOUR, calendar) for hours, calendar in (before, after))
    at = local(NAIROBI, changed)
    story = events(old, f"start {said}")
    story.append(ClockEvent(Kind.RETARGET, at, at, target=new, restart=restart))
    if resumed:
        story += events(old, "pause us 06-08 11:00", "resume us 06-08 14:00")
    clock = read(story)
    assert (clock.accrued, clock.due_at) == (accrued * HOUR, utc(due))
    assert clock.due_at >= at, "never before the change"


def test_an_upgrade_that_comes_too_late_is_due_at_the_change_not_before() -> None:
    story = events(Target(8 * HOUR, N247), "start 06-08 09:00")
    at = local(NAIROBI, "06-08 14:00")
    story.append(ClockEvent(Kind.RETARGET, at, at, target=Target(4 * HOUR, N247)))
    clock = read(story, at + MINUTE)
    assert (clock.due_at, clock.status, clock.left) == (at, Status.BREACHED, -1 * HOUR - MINUTE)


BACKDATED = [
    *events(Target(8 * HOUR, N85), "start 06-08 09:00"),
    *events(
        Target(8 * HOUR, N85),
        "pause us 06-08 10:00",
        "resume us 06-08 13:00",
        recorded="06-08 16:00",
    ),
]


@pytest.mark.parametrize(
    ("known", "accrued", "left", "due"),
    [
        pytest.param("06-08 15:00", 360, 120, "06-08 14:00", id="T17a"),
        pytest.param("06-08 16:05", 245, 235, "06-09 09:00", id="T17b"),
    ],
)
def test_a_backdated_pause_recomputes_everything(
    known: str, accrued: int, left: int, due: str
) -> None:
    at = local(NAIROBI, known)
    clock = read(BACKDATED, at, known_at=at)
    assert (clock.accrued / MINUTE, clock.left / MINUTE) == (accrued, left)
    assert clock.due_at == utc(due)


@pytest.mark.parametrize(
    ("known", "accrued", "left", "status"),
    [
        pytest.param("06-08 17:30", 480, 0, Status.BREACHED, id="T18a"),
        pytest.param("06-09 08:05", 450, 30, Status.MET, id="T18b"),
    ],
)
def test_a_stop_that_arrives_late(known: str, accrued: int, left: int, status: Status) -> None:
    target = Target(8 * HOUR, N85)
    story = events(target, "start 06-08 09:00")
    story += events(target, "stop 06-08 16:30", recorded="06-09 08:00")
    at = local(NAIROBI, known)
    clock = read(story, at, known_at=at)
    assert (clock.accrued / MINUTE, clock.left / MINUTE) == (accrued, left)
    assert (clock.status, clock.due_at) == (status, utc("06-08 14:00"))


def test_a_disputed_pause_is_shown_both_ways() -> None:
    """T19a and T19b."""
    story = [
        replace(each, disputed=each.kind in {Kind.PAUSE, Kind.RESUME})
        for each in events(
            Target(4 * HOUR, N247),
            "start 06-10 10:00",
            "pause us 06-10 11:00",
            "resume us 06-10 13:00",
            "stop 06-10 15:00",
        )
    ]
    told, untold = both_ways(story, utc("06-10 20:00"))
    assert told
    assert untold
    assert (told.accrued, told.left, told.due_at) == (3 * HOUR, HOUR, utc("06-10 13:00"))
    assert (untold.accrued, untold.left, untold.due_at) == (5 * HOUR, -HOUR, utc("06-10 11:00"))
    assert (told.status, untold.status) == (Status.MET, Status.BREACHED)


def test_a_calendar_of_empty_windows_is_an_error() -> None:
    """T21."""
    empty = WorkingCalendar("empty", NAIROBI, {day: [Hours(540, 540)] for day in EVERY_DAY})
    with pytest.raises(NoWorkingTime, match="no working time"):
        read(events(Target(HOUR, empty), "start 06-08 09:00"))


def test_overlapping_pauses_belong_to_the_latest_one_opened() -> None:
    """T23, a vendor's case."""
    story = events(
        Target(4 * HOUR, N247),
        "start 06-10 09:00",
        "pause us 06-10 10:00",
        "pause customer 06-10 11:00",
        "resume us 06-10 12:00",
        "resume customer 06-10 14:00",
    )
    clock = fold(story, local(NAIROBI, "06-10 15:00"), runner=Party.VENDOR)
    assert clock
    assert [(f"{each.since:%H}-{each.until:%H}", each.party) for each in clock.segments] == [
        ("06-07", Party.VENDOR),
        ("07-08", Party.US),
        ("08-11", Party.CUSTOMER),
        ("11-12", Party.VENDOR),
    ]
    assert clock.holder is Party.VENDOR


@pytest.mark.parametrize(
    ("accepted", "accrued", "due"),
    [
        pytest.param(True, 62, "06-10 10:45", id="T24a"),
        pytest.param(False, 107, "06-10 10:00", id="T24b"),
    ],
)
def test_a_request_counts_from_when_it_was_asked_if_it_is_accepted(
    accepted: bool, accrued: int, due: str
) -> None:
    target = Target(4 * HOUR, N247)
    asked = events(target, "pause us 06-10 10:02", recorded="06-10 10:15")[0]
    story = [
        *events(target, "start 06-10 09:00", "resume us 06-10 10:47"),
        replace(asked, accepted=accepted),
    ]
    clock = read(story)
    assert (clock.accrued / MINUTE, clock.due_at) == (accrued, utc(due))


def test_updates_start_the_next_round() -> None:
    """T28."""
    target = Target(HOUR, N247, repeats=True)
    story = events(target, "start 06-10 10:00", "update 06-10 10:50", "update 06-10 12:05")
    clock = read(story)
    rounds = [(f"{each.due_at + 3 * HOUR:%H:%M}", each.status) for each in clock.rounds]
    assert rounds == [("11:00", Status.MET), ("11:50", Status.MISSED)]
    assert clock.rounds[1].done_at - clock.rounds[1].due_at == 15 * MINUTE
    assert clock.due_at == local(NAIROBI, "06-10 13:05")
    stopped = read([*story, *events(target, "stop 06-10 13:00")])
    assert stopped.status is Status.MISSED


KE = calendar("KE", NAIROBI, WEEKDAYS, "08:00-17:00")
EG = calendar("EG", CAIRO, SUN_TO_THU, "08:00-17:00")


@pytest.mark.parametrize(
    ("calendar", "start", "due"),
    [
        pytest.param(KE, "06-05 16:30", "06-08 08:30", id="S2"),
        pytest.param(EG, "06-04 16:30", "06-07 08:30", id="S3"),
    ],
)
def test_office_hours(calendar: WorkingCalendar, start: str, due: str) -> None:
    clock = read(events(Target(HOUR, calendar), f"start {start}"))
    assert clock.due_at == local(calendar.zone, due)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("10:00", Status.ON_TRACK),
        ("12:59", Status.ON_TRACK),
        ("13:00", Status.AT_RISK),
        ("14:00", Status.AT_RISK),
        ("14:01", Status.BREACHED),
    ],
)
def test_at_risk_before_breached(now: str, status: Status) -> None:
    """S1: at risk at 13:00, due at 14:00, and at 14:00 it may still be met."""
    story = events(Target(4 * HOUR, always()), "start 06-10 10:00")
    clock = read(story, utc(f"06-10 {now}"))
    assert (clock.at_risk_at, clock.due_at) == (utc("06-10 13:00"), utc("06-10 14:00"))
    assert clock.status is status


def test_the_vendors_part_of_a_pause_is_told() -> None:
    """S4: the vendor's clock runs while ours stands still."""
    said = ["start 06-10 10:00", "pause vendor 06-10 11:00", "resume vendor 06-10 12:30"]
    clock = read(events(Target(4 * HOUR, always()), *said))
    assert clock.held == {Party.US: HOUR, Party.VENDOR: 1.5 * HOUR}


def test_while_it_is_paused_the_due_time_moves_along() -> None:
    story = events(Target(4 * HOUR, always()), "start 06-10 10:00", "pause vendor 06-10 11:00")
    clock = read(story, utc("06-10 20:00"))
    assert (clock.status, clock.due_at, clock.holder) == (
        Status.PAUSED,
        utc("06-10 23:00"),
        Party.VENDOR,
    )


def test_a_reopened_clock_goes_on_and_the_time_between_belongs_to_nobody() -> None:
    target = Target(4 * HOUR, always())
    story = events(target, "start 06-10 10:00", "stop 06-10 12:00", "start 06-10 20:00")
    clock = read(story, utc("06-10 21:00"))
    assert (clock.accrued, clock.due_at) == (3 * HOUR, utc("06-10 22:00"))
    assert clock.held == {Party.US: 3 * HOUR, Party.NOBODY: 8 * HOUR}
    anew = [replace(each, restart=each.at.hour == 20) for each in story]
    assert read(anew, utc("06-10 21:00")).due_at == utc("06-11 00:00")


def test_what_makes_no_sense_changes_nothing() -> None:
    target = Target(4 * HOUR, always())
    plain = events(target, "start 06-10 10:00", "stop 06-10 12:00")
    odd = events(
        target,
        "resume us 06-10 10:30",
        "update 06-10 10:40",
        "start 06-10 11:00",
        "pause us 06-10 13:00",
        "stop 06-10 13:30",
    )
    now = utc("06-10 14:00")
    assert read([*plain, *odd], now) == read(plain, now)
    assert fold(odd[:2], now) is None, "a clock that has not started"


# -- properties: whatever is said, in any order -------------------------------------------------

START = utc("06-04 07:00")
OFFSETS = st.integers(0, 20 * 24 * 60).map(lambda minutes: START + minutes * MINUTE)
CALENDARS = st.sampled_from([N85, N247, C85, CNI, CEV, GAP])
TARGETS = st.builds(
    Target, st.integers(1, 100).map(lambda n: n * HOUR / 2), CALENDARS, repeats=st.booleans()
)
EVENTS = st.builds(
    ClockEvent,
    st.sampled_from(Kind),
    OFFSETS,
    OFFSETS,
    party=st.sampled_from([Party.US, Party.VENDOR, Party.CUSTOMER]),
    target=TARGETS,
    restart=st.booleans(),
    disputed=st.booleans(),
)
NOW = START + timedelta(days=30)


@settings(deadline=None, max_examples=150)
@given(TARGETS, st.lists(EVENTS, max_size=12), OFFSETS)
def test_every_second_belongs_to_exactly_one_party(
    target: Target, story: list[ClockEvent], now: datetime
) -> None:
    clock = fold([ClockEvent(Kind.START, START, START, target=target), *story], now)
    assert clock
    end = clock.stopped_at or now
    assert sum((each.length for each in clock.segments), timedelta()) == end - START
    assert all(a.until == b.since for a, b in zip(clock.segments, clock.segments[1:], strict=False))
    assert sum(clock.held.values(), timedelta()) == end - START


@settings(deadline=None, max_examples=150)
@given(TARGETS, st.lists(st.tuples(OFFSETS, OFFSETS), max_size=6), st.tuples(OFFSETS, OFFSETS))
def test_one_more_pause_never_makes_a_clock_due_earlier(
    target: Target, pauses: list[tuple[datetime, datetime]], more: tuple[datetime, datetime]
) -> None:
    def due(spans: list[tuple[datetime, datetime]]) -> datetime:
        story = [ClockEvent(Kind.START, START, START, target=target)]
        for number, span in enumerate(spans):
            since, until = sorted(span)
            story.append(ClockEvent(Kind.PAUSE, since, since, link=str(number)))
            story.append(ClockEvent(Kind.RESUME, until, until, link=str(number)))
        return read(story, NOW).due_at

    assert due([*pauses, more]) >= due(pauses)


@settings(deadline=None, max_examples=100)
@given(TARGETS, st.lists(EVENTS, max_size=8, unique_by=lambda event: event.at), st.randoms())
def test_the_order_in_which_events_are_stored_does_not_matter(
    target: Target,
    story: list[ClockEvent],
    random: Random,
) -> None:
    started = ClockEvent(Kind.START, START - MINUTE, START, target=target)
    shuffled = [started, *story]
    random.shuffle(shuffled)
    assert fold(shuffled, NOW) == fold([started, *story], NOW)


@settings(deadline=None, max_examples=100)
@given(TARGETS, st.lists(EVENTS, max_size=8), OFFSETS)
def test_what_is_recorded_later_does_not_change_what_was_known(
    target: Target, story: list[ClockEvent], then: datetime
) -> None:
    started = [ClockEvent(Kind.START, START, START, target=target), *story]
    early = [each for each in started if each.recorded_at <= then]
    assert fold(started, then, known_at=then) == fold(early, then)
