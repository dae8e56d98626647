"""The page of one incident as text: head, harm, cause, changes, symptoms, clocks, story."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from incidents import queries
from incidents.lifecycle import State
from incidents.queries import IncidentPage, Line
from ssoc.core.permissions import Permission
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web import books, words
from web.noc import (
    cause_view,
    clocks_of,
    incident_acts,
    incident_alerts,
    pages_view,
    suspects_view,
)
from web.noc.clock_view import ClockPart
from web.noc.graph import Picture
from web.noc.harm_view import Harm, harm_of
from web.noc.incident_acts import Act
from web.noc.incident_alerts import AlertLine
from web.noc.pages_view import Pages
from web.noc.story_view import Entry, entries
from web.noc.suspects_view import SuspectsView

NEWEST, MOST_READ = 12, 200
_STEPS = (
    (State.OPEN, "Open", "opened_at"),
    (State.ACKNOWLEDGED, "Acknowledged", "acknowledged_at"),
    (State.MITIGATED, "Mitigated", "mitigated_at"),
    (State.RESOLVED, "Resolved", "resolved_at"),
    (State.CLOSED, "Closed", "closed_at"),
)


@dataclass(frozen=True)
class Step:
    """One step of the lifecycle."""

    name: str
    at: str
    is_past: bool
    is_here: bool


@dataclass(frozen=True)
class Note:
    """Something to know about this incident, and where it leads."""

    text: str
    tone: str = ""
    href: str = ""
    label: str = ""


@dataclass(frozen=True)
class SymptomLine:
    """What fails in one market because of it."""

    market: str
    text: str
    reason: str = ""


@dataclass(frozen=True)
class ChildLine:
    """An incident that turned out to be a symptom."""

    id: int
    reference: str
    title: str
    sub: str


@dataclass(frozen=True)
class RoleLine:
    """A role and who holds it."""

    name: str
    person: str
    since: str


@dataclass(frozen=True)
class PlainPair:
    """A label and a text, perhaps a link."""

    label: str
    text: str
    href: str = ""


@dataclass(frozen=True)
class IncidentView:
    """Everything the page shows."""

    id: int
    reference: str
    title: str
    priority: str
    tone: str
    state: str
    is_suspected: bool
    markets: Sequence[str]
    unseen: Sequence[str]
    seen_again: Sequence[str]
    open_words: str
    age: str
    since: str
    local_times: str
    owner: str
    acts: Sequence[Act]
    steps: Sequence[Step]
    notes: Sequence[Note]
    impact: Harm
    graph: Picture | None
    graph_note: str
    graph_words: Sequence[str]
    suspects: SuspectsView
    symptoms: Sequence[SymptomLine]
    symptoms_note: str
    children: Sequence[ChildLine]
    alerts: Sequence[AlertLine]
    alerts_note: str
    alerts_more: str
    clocks: Sequence[ClockPart]
    clock_acts: Sequence[Act]
    pages: Pages
    timeline: Sequence[Entry]
    timeline_total: str
    roles: Sequence[RoleLine]
    runbooks: Sequence[PlainPair]
    may_work: bool
    may_note: bool
    is_over: bool


def incident(work: Work, incident_id: int) -> IncidentView:
    """Return the page of an incident, in a fixed number of statements."""
    page = queries.page(work, incident_id)
    line, estate = page.line, estate_queries.current(work)
    clocks = clocks_of.readings(work, [incident_id]).get(incident_id, [])
    cause = cause_view.cause_of(page, work.now)
    listed = incident_alerts.alerts_of if line.state.is_live else incident_alerts.past_of
    alerts = listed(work, incident_id, estate)
    may_work = line.may_work
    return IncidentView(
        id=line.id,
        reference=line.mark,
        title=line.title,
        priority=line.priority,
        tone=line.priority.lower() if line.priority is Priority.P1 else "",
        state=line.state,
        is_suspected=line.is_suspected,
        markets=line.hurt,
        unseen=line.unseen,
        seen_again=line.seen_again,
        open_words="open" if line.state.is_live else "lasted",
        age=words.age((line.resolved_at or work.now) - line.opened_at),
        since=words.when(line.opened_at, work.now),
        local_times=_local_times(line, estate),
        owner=line.owner,
        acts=incident_acts.acts_of(work, line, may_work),
        steps=_steps(work, line),
        notes=_notes(page),
        impact=harm_of(line, estate, work.now),
        graph=cause.picture,
        graph_note=cause.note,
        graph_words=cause.words,
        suspects=suspects_view.suspects(work, line, estate),
        symptoms=_symptoms(page),
        symptoms_note=_symptoms_note(page),
        children=[_child(each, work) for each in page.children],
        alerts=alerts.lines,
        alerts_note=alerts.note + _alerts_below(page.children),
        alerts_more=alerts.more,
        clocks=clocks_of.parts(clocks_of.nearest_first(clocks), work.now),
        clock_acts=incident_acts.clock_acts(line, clocks) if may_work else (),
        pages=pages_view.pages_of(work, incident_id),
        timeline=entries(page.timeline[:NEWEST], work.now),
        timeline_total=_all_words(len(page.timeline)),
        roles=_roles(page, work),
        runbooks=[*_runbooks(alerts.lines), *_people(line, estate)],
        may_work=may_work,
        is_over=not line.state.is_live,
        may_note=any(
            work.actor.may(Permission.INCIDENT_WORK, each) for each in line.markets or ("*",)
        ),
    )


def _all_words(number: int) -> str:
    """Return what the link to the whole story says; the page reads its newest part alone."""
    return f"all {words.exact(number)}" if number < MOST_READ else "all of it"


def _local_times(line: Line, estate: Estate) -> str:
    """Return when it began on the clocks of its markets, each zone's place once."""
    shown = [
        f"{words.time(words.local(line.opened_at, zone))}{words.HARD}{words.place(zone)}"
        for code in line.markets[:6]
        if code in estate.markets
        for zone in estate.markets[code].zones
    ]
    return " · ".join(dict.fromkeys(shown))


def _steps(work: Work, line: Line) -> list[Step]:
    here = State.OPEN if line.state is State.REOPENED else line.state
    order = [state for state, _, _ in _STEPS]
    reached = order.index(here)
    steps = []
    for at, (state, name, column) in enumerate(_STEPS):
        instant = getattr(line, column)
        known = instant is not None and at <= reached
        name = "Reopened" if state is State.OPEN and line.state is State.REOPENED else name
        time = words.when(instant, work.now) if known else ""
        steps.append(Step(name, time, known and at < reached, at == reached))
    return steps


def _notes(page: IncidentPage) -> list[Note]:
    line = page.line
    notes = [Note(f"Why one incident: {line.reason}")] if line.reason else []
    notes += _related(page)
    if line.held_because:
        verb = "are" if line.state.is_live else "were"
        notes.append(Note(f"Its pages {verb} held: {line.held_because}."))
    if line.priority_reason:
        notes.append(Note(f"Priority set by a person: {line.priority_reason}."))
    if line.is_forced:
        notes.append(Note("Resolved by hand although alerts still fire.", "p2"))
    elif line.state in {State.RESOLVED, State.CLOSED} and page.firing:
        firing = words.counted(page.firing, "alert")
        notes.append(Note(f"{firing} of it still open: it will come back if they stay.", "p2"))
    return notes


def _related(page: IncidentPage) -> list[Note]:
    """Return which other incidents it belongs to, or may belong to."""
    line, notes = page.line, []
    if page.parent is not None:
        notes.append(Note("Nested: a symptom of", "", _href(page.parent.id), _named(page.parent)))
    if page.offered is not None and line.state.is_live:
        notes.append(_offered(line, page.offered))
    if line.merged_into_id:
        notes.append(
            Note("Merged into", "", _href(line.merged_into_id), f"INC-{line.merged_into_id}")
        )
    if page.previous is not None:
        notes.append(Note("Seen before:", "", _href(page.previous.id), _named(page.previous)))
    return notes


def _offered(line: Line, deeper: Line) -> Note:
    """Return the offer to merge what people declared into the deeper incident it may be part of."""
    text = f"May be a symptom of {_named(deeper)}; only a person decides."
    href = url_for("noc.merge", i=[line.id], into=deeper.id)
    return Note(text, "", href, f"Merge it into {deeper.mark}…")


def _href(incident_id: int) -> str:
    return url_for("noc.incident", incident_id=incident_id)


def _named(line: Line) -> str:
    return f"{line.mark} {words.cut(line.title, 60)}"


def _symptoms(page: IncidentPage) -> list[SymptomLine]:
    lines = []
    for group in page.symptoms:
        alerts = words.counted(group.alerts, "alert")
        market = "all" if group.market == "*" else group.market
        lines.append(SymptomLine(market, f"{', '.join(group.components)}: {alerts}"))
    return lines


def _alerts_below(children: Sequence[Line]) -> str:
    """Return how many alerts count to the incidents nested here, which list them."""
    count = sum(each.alerts for each in children)
    where = words.listed([each.mark for each in children])
    return f"; {words.counted(count, 'alert')} in the nested {where}" if count else ""


def _symptoms_note(page: IncidentPage) -> str:
    line, found = page.line, []
    if line.symptoms:
        found.append(words.counted(line.symptoms, "component"))
        found.append(words.counted(sum(each.alerts for each in page.symptoms), "alert"))
    if line.elsewhere:
        found.append(f"{words.counted(line.elsewhere, 'component')} in other markets")
    return ", ".join(found)


def _child(line: Line, work: Work) -> ChildLine:
    return ChildLine(
        line.id,
        line.mark,
        line.title,
        f"{line.state} · since {words.when(line.opened_at, work.now)}",
    )


def _roles(page: IncidentPage, work: Work) -> list[RoleLine]:
    held = {each.role: each for each in page.roles}
    return [
        RoleLine(
            role.capitalize(),
            held[role].person if role in held else "",
            words.when(held[role].since, work.now) if role in held else "",
        )
        for role in incident_acts.ROLES
    ]


def _people(line: Line, estate: Estate) -> list[PlainPair]:
    known = estate.components.get(line.component)
    if known is None:
        return []
    pairs = [PlainPair("Owner", known.owner), PlainPair("Vendor", known.vendor)]
    if runbook := books.link_of(known.runbook):
        pairs.append(PlainPair("Of the component", words.cut(runbook.label, 60), runbook.href))
    return [each for each in pairs if each.text]


def _runbooks(alerts: Sequence[AlertLine]) -> list[PlainPair]:
    """Return the runbooks of its alerts, the worst alert's first."""
    found = [books.link_of_alert(each.name) for each in alerts]
    links = [each for each in dict.fromkeys(found) if each]
    label = "Runbook" if len(links) == 1 else "Runbooks"
    return [PlainPair("" if at else label, each.label, each.href) for at, each in enumerate(links)]
