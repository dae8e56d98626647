"""The planner of training: sites by the week of their cut-over, their sessions, what each lacks."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from changes.programmes.queries.planner import LearnerView, PlannerView, SiteWeek
from changes.programmes.queries.training import TrainingStanding
from ssoc.core.errors import BadInput
from web import words
from web.noc.asked import Asked, Chip
from web.noc.choices import Choice
from web.programmes.training_view import DayCell, day_cell

PAGE = 25
NAMED = 3
NAMES = ("week", "wave", "due", "lacks")
NO_SLOT = "none"
LACKS: Mapping[str, str] = {
    "": "Anything",
    "untrained": "Sellers not trained",
    "cover": "Nobody stands in",
    "staff": "Below minimum staffing",
    "all": "All sites",
}
_WORDS = {"due": "cut over in", "lacks": "what lacks", NO_SLOT: "no slot yet", **LACKS}


@dataclass(frozen=True)
class SiteRow:
    """A site: who is still to learn, where they are booked, what it lacks, its days of the week."""

    site: SiteWeek
    slot: str
    untrained: str
    waiting: int  # of the untrained, those in no session
    sessions: Sequence[tuple[int, str, int]]  # number, words, how many of the site
    cover: str
    days: Sequence[tuple[str, DayCell]]  # days that are alike together


@dataclass(frozen=True)
class Section:
    """The sites that are cut over in one week."""

    title: str
    total: int  # of all pages
    rows: Sequence[SiteRow]


@dataclass(frozen=True)
class PlannerPage:
    """Everything the planner shows of sites."""

    sections: Sequence[Section]
    choices: Sequence[Choice]
    chips: Sequence[Chip]
    range: str
    first: str
    older: str


def page_of(
    view: PlannerView, told: Mapping[int, TrainingStanding], asked: Asked, today: date
) -> PlannerPage:
    """Return one page of sites under the filters of an address, by the week of their cut-over."""
    if asked["lacks"] not in LACKS:
        known = ", ".join(filter(None, LACKS))
        raise BadInput(f"no filter {asked['lacks'][:40]!r} of what lacks; there are {known}")
    waiting = _by_site(view.learners)
    left = [each for each in view.sites if _stays(each, told[each.way.id], asked, view.days)]
    left.sort(key=lambda each: (each.way.slot_on or date.max, each.way.code, each.way.id))
    begin = _begin(asked.cursor, left)
    shown = left[begin : begin + PAGE]
    more = shown[-1].way.id if len(left) > begin + PAGE else 0
    rows = [
        _row(view, each, told[each.way.id], waiting.get(each.way.id, []), today) for each in shown
    ]
    return PlannerPage(
        _sections(rows, left, today),
        _choices(view, asked, today),
        [each for each in asked.chips(_WORDS) if each.name != "week"],
        f"{words.exact(len(shown))} on this page, {words.exact(len(left))} of "
        f"{words.counted(len(view.sites), 'site')}",
        asked.link() if asked.cursor else "",
        asked.link(cursor=str(more)) if more else "",
    )


def _stays(site: SiteWeek, told: TrainingStanding, asked: Asked, days: Collection[date]) -> bool:
    if asked["due"] and asked["due"] != _week_of(site.way.slot_on):
        return False
    if asked["lacks"] == "all":
        return True
    if site.way.state.is_cut_over:
        return False
    lacking = {
        "untrained": site.open > 0,
        "cover": bool(told.sellers.uncovered),
        "staff": any(site.days[day].is_below for day in days),
    }
    return lacking[asked["lacks"]] if asked["lacks"] else any(lacking.values())


def _week_of(slot: date | None) -> str:
    return (slot - timedelta(days=slot.weekday())).isoformat() if slot else NO_SLOT


def _begin(cursor: str, left: Sequence[SiteWeek]) -> int:
    """Return where the page begins: behind the site that the cursor names."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal()):
        raise BadInput(f"no page {cursor[:40]!r} of this list; open its first page")
    numbers = [str(each.way.id) for each in left]
    return numbers.index(cursor) + 1 if cursor in numbers else 0


def _by_site(learners: Collection[LearnerView]) -> dict[int, list[LearnerView]]:
    found: dict[int, list[LearnerView]] = {}
    for each in learners:
        found.setdefault(each.way.id, []).append(each)
    return found


def _row(
    view: PlannerView,
    site: SiteWeek,
    told: TrainingStanding,
    learners: Sequence[LearnerView],
    today: date,
) -> SiteRow:
    slot = site.way.slot_on
    uncovered = [told.names.get(each, str(each)) for each in told.sellers.uncovered]
    return SiteRow(
        site,
        words.day(slot, today) if slot else words.NONE,
        words.listed([each.name for each in learners], NAMED),
        sum(each.booked is None for each in learners),
        _sessions(learners, today),
        words.listed(sorted(uncovered), NAMED),
        _alike({day: day_cell(site.days[day]) for day in view.days}),
    )


def _alike(cells: Mapping[date, DayCell]) -> list[tuple[str, DayCell]]:
    """Return days one after the other that say the same as one: ``Mon–Fri``."""
    found: list[tuple[list[date], DayCell]] = []
    for day, cell in cells.items():
        if found and found[-1][1] == cell:
            found[-1][0].append(day)
        else:
            found.append(([day], cell))
    return [(_stretch(days), cell) for days, cell in found]


def _stretch(days: Sequence[date]) -> str:
    first, last = f"{days[0]:%a}", f"{days[-1]:%a}"
    return first if len(days) == 1 else f"{first}{words.NONE}{last}"


def _sessions(learners: Sequence[LearnerView], today: date) -> list[tuple[int, str, int]]:
    """Return the sessions those who are still to learn are booked into, the soonest first."""
    booked = Counter((each.booked_on, each.booked) for each in learners)
    return [
        (number, words.day(day, today), people)
        for (day, number), people in sorted(booked.items(), key=_soonest)
        if day is not None and number is not None
    ]


def _soonest(found: tuple[tuple[date | None, int | None], int]) -> tuple[date, int]:
    (day, number), _ = found
    return day or date.max, number or 0


def _sections(rows: Sequence[SiteRow], left: Sequence[SiteWeek], today: date) -> list[Section]:
    weeks = [_week_of(each.way.slot_on) for each in left]
    grouped: dict[str, list[SiteRow]] = {}
    for row in rows:
        grouped.setdefault(_week_of(row.site.way.slot_on), []).append(row)
    return [
        Section(_title(week, today), weeks.count(week), found) for week, found in grouped.items()
    ]


def _title(week: str, today: date) -> str:
    if week == NO_SLOT:
        return "No slot yet"
    return f"Cut over in the week of {words.day(date.fromisoformat(week), today)}"


def _choices(view: PlannerView, asked: Asked, today: date) -> list[Choice]:
    waves = [(str(each), f"Wave {each}") for each in view.waves]
    weeks = sorted({_week_of(each.way.slot_on) for each in view.sites} | {asked["due"]} - {""})
    named = [(each, _choice_word(each, today)) for each in weeks]
    return [
        Choice("wave", "Wave", [("", "All waves"), *waves], asked["wave"]),
        Choice("due", "Cut over in", [("", "Any week"), *named], asked["due"]),
        Choice("lacks", "What lacks", list(LACKS.items()), asked["lacks"]),
    ]


def _choice_word(week: str, today: date) -> str:
    try:
        return "No slot yet" if week == NO_SLOT else words.day(date.fromisoformat(week), today)
    except ValueError:
        return week
