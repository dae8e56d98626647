"""The queue as text: filters with what they may be, rows, the chosen incident beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents import clock_queries, queries
from incidents.lifecycle import State
from incidents.queries import Filters, Line, Triage
from incidents.queries.triage import NOBODY
from ssoc.core.clocks import Status
from ssoc.core.permissions import Permission
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web import words
from web.noc import clocks_of, empty, noise_view
from web.noc.asked import Asked, Chip
from web.noc.banners import banners
from web.noc.choices import Choice, markets_choice
from web.noc.clock_view import ClockPart
from web.noc.empty import Empty
from web.noc.harm_view import Harm, harm_of, lost_words
from web.noc.noise_view import Link, Noise

PAGE, MOST_PRESSED = 50, 500
_CLOCKS = [("", "Any"), ("risk", "At risk or breached"), ("over", "Breached")]
NAMES = ("market", "priority", "state", "owner", "clock", "component", "q")
DEFAULTS = {"state": "live"}


@dataclass(frozen=True)
class Figure:
    """A count in the head."""

    figure: str
    label: str


@dataclass(frozen=True)
class QueueRow:
    """One incident of the queue."""

    id: int
    reference: str
    priority: str
    title: str
    sub: str
    markets: Sequence[str]
    unseen: Sequence[str]
    seen_again: Sequence[str]
    tone: str
    lost: str
    value: str
    age: str
    clock: str
    clock_tone: str
    state: str
    owner: str
    may_work: bool
    nested: str  # the incident it is a symptom of


@dataclass(frozen=True)
class Pane:
    """The chosen incident beside the queue."""

    id: int
    reference: str
    priority: str
    title: str
    since: str
    state: str
    owner: str
    markets: Sequence[str]
    unseen: Sequence[str]
    seen_again: Sequence[str]
    tone: str
    why: str
    clocks: Sequence[ClockPart]
    impact: Harm
    may_work: bool


@dataclass(frozen=True)
class TriageView:
    """Everything the page shows."""

    banners: Sequence[str]
    counts: Sequence[Figure]
    noise: Noise | None
    changed: Sequence[Link]
    choices: Sequence[Choice]
    chips: Sequence[Chip]
    words: str
    rows: Sequence[QueueRow]
    range: str
    first: str
    older: str
    here: str
    at: int | None
    pane: Pane | None
    empty: Empty
    may_work: bool
    may_declare: bool
    may_silence: bool


def triage(work: Work, asked: Asked) -> TriageView:
    """Return the queue for the actor; a fixed number of statements for any number of rows."""
    estate = estate_queries.current(work)
    found = queries.triage(work, _filters(work, asked), asked.cursor, PAGE)
    clocks = clocks_of.readings(work, [line.id for line in found.items])
    chosen = next((line for line in found.items if str(line.id) == asked.at), None)
    chosen = chosen or (found.items[0] if found.items else None)
    return TriageView(
        banners=banners(work),
        counts=_counts(found, asked["state"] == "all"),
        noise=noise_view.noise(work),
        changed=noise_view.changed(work),
        choices=_choices(work, estate, asked, found),
        chips=asked.chips({NOBODY: "nobody", "q": "words"}),
        words=asked["q"],
        rows=[_row(line, clocks.get(line.id, []), work.now) for line in found.items],
        range=_range(asked, found),
        first=asked.link() if asked.cursor else "",
        older=asked.link(cursor=found.next) if found.next else "",
        here=asked.link(cursor=asked.cursor),
        at=chosen.id if chosen else None,
        pane=pane_of(work, chosen, clocks.get(chosen.id, [])) if chosen else None,
        empty=empty.triage(work, asked) if not found.items else Empty(""),
        may_work=any(line.may_work for line in found.items),
        may_declare=bool(work.actor.markets(Permission.INCIDENT_WORK)),
        may_silence=bool(work.actor.markets(Permission.ALERT_SILENCE)),
    )


def _filters(work: Work, asked: Asked) -> Filters:
    owner = asked["owner"]
    return Filters(
        market=asked["market"],
        priority=asked["priority"],
        state=asked["state"],
        owner=work.actor.name if owner == "me" else owner,
        component=asked["component"],
        text=asked["q"],
        among=_pressed(work, asked["clock"]),
    )


def _pressed(work: Work, clock: str) -> list[int] | None:
    """Return the incidents whose clocks are at risk or over, None when any will do."""
    if clock not in {"risk", "over"}:
        return None
    return [
        each.incident_id
        for each in clock_queries.at_risk(work, MOST_PRESSED)
        if clock == "risk" or each.clock.status is Status.BREACHED
    ]


def _counts(found: Triage, is_all: bool) -> list[Figure]:
    urgent = found.live[Priority.P1] + found.live[Priority.P2]
    shown = [Figure(words.exact(found.total), "incident" if found.total == 1 else "incidents")]
    if urgent:
        shown.append(
            Figure(
                words.exact(urgent),
                "critical or high, not resolved" if is_all else "critical or high",
            )
        )
    return shown


def _choices(work: Work, estate: Estate, asked: Asked, found: Triage) -> list[Choice]:
    owners = sorted({line.owner for line in found.items if line.owner} - {work.actor.name})
    named = asked["owner"]
    if named and named not in {"me", NOBODY, *owners}:
        owners.append(named)
    return [
        markets_choice(work, estate, Permission.INCIDENT_SEE, asked["market"]),
        Choice("priority", "Priority", [("", "All"), *_priorities()], asked["priority"]),
        Choice("state", "State", _states(), asked["state"]),
        Choice(
            "owner",
            "Owner",
            [("", "Anybody"), ("me", "Me"), ("-", "Nobody"), *((each, each) for each in owners)],
            named,
        ),
        Choice("clock", "Clock", _CLOCKS, asked["clock"]),
    ]


def _priorities() -> list[tuple[str, str]]:
    return [(each.value, f"{each.value} {each.word}") for each in Priority]


def _states() -> list[tuple[str, str]]:
    single = [(each.value, each.value.capitalize()) for each in State]
    return [("live", "Not resolved"), *single, ("all", "All, also closed")]


def _range(asked: Asked, found: Triage) -> str:
    shown = words.exact(len(found.items))
    if asked.cursor or found.next:
        return f"{shown} of {words.exact(found.total)} on this page"
    return f"all {shown}"


def _row(line: Line, clocks: clocks_of.Readings, now: datetime) -> QueueRow:
    lost, value = lost_words(line)
    clock, tone = clocks_of.next_words(clocks)
    return QueueRow(
        id=line.id,
        reference=line.mark,
        priority=line.priority,
        title=line.title,
        sub=words.cut(line.reason, 120),
        markets=line.hurt,
        unseen=line.unseen,
        seen_again=line.seen_again,
        tone=line.priority.lower() if line.priority is Priority.P1 else "",
        lost=lost,
        value=value,
        age=words.age((line.resolved_at or now) - line.opened_at),
        clock=clock,
        clock_tone=tone,
        state=line.state,
        owner=line.owner or "nobody",
        may_work=line.may_work,
        nested=f"INC-{line.parent_id}" if line.parent_id else "",
    )


def pane_of(work: Work, line: Line, clocks: clocks_of.Readings) -> Pane:
    """Return the chosen incident in short."""
    estate = estate_queries.current(work)
    return Pane(
        id=line.id,
        reference=line.mark,
        priority=line.priority,
        title=line.title,
        since=words.when(line.opened_at, work.now),
        state=line.state,
        owner=line.owner or "nobody",
        markets=line.hurt,
        unseen=line.unseen,
        seen_again=line.seen_again,
        tone=line.priority.lower() if line.priority is Priority.P1 else "",
        why=line.reason,
        clocks=clocks_of.parts(clocks_of.nearest_first(clocks)[:1], work.now),
        impact=harm_of(line, estate, work.now),
        may_work=any(work.actor.may(Permission.INCIDENT_WORK, each) for each in line.markets),
    )
