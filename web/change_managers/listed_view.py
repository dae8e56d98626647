"""The list and the board of changes as text: filters with what they may be, rows, cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from changes.lifecycle import State
from changes.policy import policy
from changes.queries.approvals import waiting
from changes.queries.lists import ORDERS, ChangeFilter, ChangePage, listed
from changes.queries.marks import NONE, Marks, marks_of
from changes.rollouts.queries.running import running_now
from changes.rules.collisions import Level
from changes.run_values import RunningChange
from changes.values import ChangeView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web import words
from web.change_managers.choices import choice
from web.change_managers.things import TONES, found_words, state_of
from web.change_managers.views_of import refuse_unknown
from web.noc import times
from web.noc.asked import Asked, Chip
from web.noc.choices import Choice, markets_choice

PAGE, CARDS = 50, 200
NAMES = (
    *("state", "market", "type", "component", "vendor", "risk", "since", "until", "q"),
    *("order", "unauthorised"),
)
DEFAULTS = {"state": "live"}
MINE, WAITING = "mine", "waiting"
_GROUPS = [
    ("live", "Live: submitted to running"),
    (WAITING, "Waiting for my answer"),
    (MINE, "Mine, not over"),
    ("planned", "Approved, not begun"),
    ("review", "Ended, review owed"),
    ("over", "Over"),
    ("stopped", "Refused or cancelled"),
]
_ORDER_WORDS = {
    "start": "Next to begin",
    "ended": "Last ended",
    "newest": "Newest",
    "risk": "Riskiest",
}
_RISKS = ("20", "40", "60", "80")
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True)
class ChangeRow:
    """One change of the list, or one card of the board."""

    id: int
    reference: str
    title: str
    sub: str
    state: str
    tone: str
    markets: Sequence[str]
    window: str
    local: str
    risk: str
    findings: str
    findings_tone: str
    approvals: str
    owner: str
    late: str  # how far a running one is, or will be, past its window
    choice: str  # what a form names it by to answer it; empty when nobody asks the actor

    @property
    def may_answer(self) -> bool:
        """Tell whether it waits for the actor's answer."""
        return bool(self.choice)


@dataclass(frozen=True)
class ListView:
    """Everything the list shows."""

    rows: Sequence[ChangeRow]
    counts: Sequence[tuple[str, str, str]]
    choices: Sequence[Choice]
    more_choices: Sequence[Choice]
    chips: Sequence[Chip]
    range: str
    first: str
    older: str
    here: str
    is_waiting: bool

    @property
    def may_answer(self) -> bool:
        """Tell whether any of these changes waits for the actor's answer."""
        return any(each.may_answer for each in self.rows)


@dataclass(frozen=True)
class Stage:
    """One column of the board."""

    word: str
    number: str
    rows: Sequence[ChangeRow]
    more: str
    href: str


def filter_of(work: Work, asked: Asked) -> ChangeFilter:
    """Return what an address asks for; a state nobody knows is refused by the query."""
    refuse_unknown("market", asked["market"], estate_queries.current(work).markets)
    refuse_unknown("type", asked["type"], policy(work).types.known)
    state, person, among = asked["state"], "", None
    if state == MINE:
        state, person = "open", work.actor.name
    elif state == WAITING:
        state, among = "live", [each.change.id for each in waiting(work)]
    return ChangeFilter(
        state=state,
        market=asked["market"],
        type=asked["type"],
        component=asked["component"],
        vendor=asked["vendor"],
        risk_at_least=_risk(asked["risk"]),
        text=asked["q"],
        since=_midnight(asked["since"], "from"),
        until=_midnight(asked["until"], "to", _DAY),
        is_unauthorised=True if asked["unauthorised"] else None,
        order=asked["order"],
        person=person,
        among=among,
    )


def _risk(text: str) -> float | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text) <= 100):
        raise BadInput(f"risk {text[:20]!r} is no number from 0 to 100")
    return float(text)


def _midnight(text: str, what: str, later: timedelta = timedelta()) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + later
    except (ValueError, OverflowError):
        raise BadInput(f"{what} {text[:20]!r} is no day; write it like 2026-11-24") from None


def list_view(work: Work, asked: Asked) -> ListView:
    """Return the list for the actor; a fixed number of statements for any number of rows."""
    estate = estate_queries.current(work)
    wanted = filter_of(work, asked)
    found = listed(work, wanted, asked.cursor, PAGE)
    marks, running = marks_of(work, found.items), _running(work, found.items)
    return ListView(
        rows=[
            row(each, marks.get(each.id, NONE), estate, work.now, running.get(each.id))
            for each in found.items
        ],
        counts=_counts(found, asked),
        choices=_choices(work, estate, asked),
        more_choices=_more(asked, estate),
        chips=asked.chips({"q": "words", **dict(_GROUPS), "since": "from", "until": "to"}),
        range=_range(asked, found),
        first=asked.link() if asked.cursor else "",
        older=asked.link(cursor=found.next) if found.next else "",
        here=asked.link(cursor=asked.cursor),
        is_waiting=asked["state"] == WAITING,
    )


def _running(work: Work, shown: Sequence[ChangeView]) -> Mapping[int, RunningChange]:
    """Return the runs that go on, by change; nothing is asked where no change shown runs."""
    if not any(each.state is State.RUNNING for each in shown):
        return {}
    return {each.change_id: each for each in running_now(work)}


def late_words(change: ChangeView, run: RunningChange | None, now: datetime) -> str:
    """Return that a running change overran its window, or will; empty while it is in time."""
    end = run.window_end if run else change.ends_at
    if change.state is not State.RUNNING or end is None:
        return ""
    if now >= end + _MINUTE:
        return f"overran by {words.age(now - end)}"
    if run and run.forecast_end >= end + _MINUTE:
        return f"forecast {words.age(run.forecast_end - end)} beyond its window"
    return ""


def row(
    change: ChangeView,
    marks: Marks,
    estate: Estate,
    now: datetime,
    run: RunningChange | None = None,
) -> ChangeRow:
    """Return one change as the queue shows it."""
    worst, late = marks.worst, late_words(change, run, now)
    state = state_of(change, marks)
    zones = times.zones_of(estate, change.markets)
    parts = [estate.name_of(each) for each in change.components]
    return ChangeRow(
        id=change.id,
        reference=change.reference,
        title=change.title,
        sub=" · ".join(filter(None, (change.type, words.listed(parts, 2), change.vendor))),
        state="unauthorised" if change.is_unauthorised and change.outcome is None else state,
        tone="p2" if late else _tone(change, state),
        markets=change.markets,
        window=window_words(change, now),
        local=times.local(change.starts_at, now, zones) if change.starts_at else "",
        risk=words.UNKNOWN if change.risk_points is None else words.exact(change.risk_points),
        findings=", ".join(found_words(marks)),
        findings_tone=TONES[worst.level] if worst else "",
        approvals=approvals_words(change, marks),
        owner=change.implementer or change.requester or "nobody",
        late=late,
        choice=choice(marks.asked) if marks.asked else "",
    )


def _tone(change: ChangeView, state: str) -> str:
    if state == "blocked":
        return "p1"
    return "p2" if change.is_unauthorised and change.outcome is None else ""


def window_words(change: ChangeView, now: datetime) -> str:
    """Return the window in UTC: ``Tue 1 Dec 21:00–00:30``; what it lacks while it has none."""
    if change.window is None:
        return "no window yet"
    since, until = change.window
    ends = words.time(until) if until - since < _DAY else words.when(until, now)
    return f"{words.day(since, now)}{words.HARD}{words.time(since)}{words.NONE}{ends}"


def approvals_words(change: ChangeView, marks: Marks) -> str:
    """Return ``2 of 3``, ``beforehand`` for a standard change, ``–`` where nobody is asked."""
    if change.is_preapproved:
        return "beforehand"
    if not marks.needed:
        return words.NONE
    late = ", escalated" if marks.is_escalated else ""
    return f"{marks.answered} of {marks.needed}{late}"


def _counts(found: ChangePage, asked: Asked) -> list[tuple[str, str, str]]:
    """Return how many stand in each state, each with where they are listed."""
    if asked["state"] in {MINE, WAITING}:
        return []
    return [
        (words.exact(number), state.value, asked.link(state=state.value))
        for state, number in found.counts.items()
        if number and (state.is_live or state in {State.DRAFT, State.ENDED})
    ]


def _choices(work: Work, estate: Estate, asked: Asked) -> list[Choice]:
    single = [(each.value, each.value.capitalize()) for each in State]
    types = [("", "All types"), *((key, key) for key in policy(work).types.known)]
    risks = [("", "Any"), *((each, f"{each} and more") for each in _RISKS)]
    if asked["risk"] and asked["risk"] not in _RISKS:
        risks.append((asked["risk"], f"{asked['risk']} and more"))
    return [
        Choice("state", "State", [*_GROUPS, *single, ("all", "All")], asked["state"]),
        markets_choice(work, estate, Permission.CHANGE_SEE, asked["market"]),
        Choice("type", "Type", types, asked["type"]),
        Choice("risk", "Risk", risks, asked["risk"]),
        Choice("order", "Order", _orders(), asked["order"]),
    ]


def _orders() -> list[tuple[str, str]]:
    return [("", "As fits the state"), *((each, _ORDER_WORDS[each]) for each in ORDERS)]


def _more(asked: Asked, estate: Estate) -> list[Choice]:
    parts = sorted((each.name, each.key) for each in estate.components.values())
    vendors = sorted({each.vendor for each in estate.components.values()} - {""})
    return [
        Choice(
            "component",
            "Component",
            _with(
                [("", "All components"), *((key, name) for name, key in parts)], asked["component"]
            ),
            asked["component"],
        ),
        Choice(
            "vendor",
            "Vendor",
            _with([("", "All vendors"), *((each, each) for each in vendors)], asked["vendor"]),
            asked["vendor"],
        ),
    ]


def _with(options: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    known = chosen in {value for value, _ in options}
    return options if known else [*options, (chosen, chosen)]


def _range(asked: Asked, found: ChangePage) -> str:
    shown = words.exact(len(found.items))
    if asked.cursor or found.next:
        return f"{shown} of {words.exact(found.total)} on this page"
    return f"all {shown}"


STAGES = (
    (State.SUBMITTED, "Submitted"),
    (State.APPROVED, "Approved"),
    (State.SCHEDULED, "Scheduled"),
    (State.RUNNING, "Running"),
    (State.ENDED, "Ended, to review"),
)


def board(work: Work, asked: Asked) -> list[Stage]:
    """Return the columns of the board: as many statements however many cards."""
    estate = estate_queries.current(work)
    refuse_unknown("market", asked["market"], estate.markets)
    pages = [
        (
            state,
            word,
            listed(
                work,
                ChangeFilter(state.value, market=asked["market"], component=asked["component"]),
                limit=CARDS,
            ),
        )
        for state, word in STAGES
    ]
    shown = [each for _, _, found in pages for each in found.items]
    marks, running = marks_of(work, shown), _running(work, shown)
    return [
        Stage(
            word=word,
            number=words.exact(found.total),
            rows=[
                row(each, marks.get(each.id, NONE), estate, work.now, running.get(each.id))
                for each in found.items
            ],
            more=words.exact(found.total - len(found.items)) if found.next else "",
            href=state.value,
        )
        for state, word, found in pages
    ]


def blocked(rows: Sequence[ChangeRow]) -> int:
    """Return how many of these changes a finding blocks."""
    return sum(each.findings_tone == TONES[Level.BLOCK] for each in rows)
