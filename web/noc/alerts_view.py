"""Alerts as text: the list with its filters, and one alert with all about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from incidents.queries import Line, members
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.queries import AlertPage, AlertRow, ChangeOfAlert, Count, Page, Wanted
from web import books, words
from web.books import BookLink
from web.noc.asked import Asked, Chip
from web.noc.choices import Choice, markets_choice
from web.noc.empty import Empty, Link
from web.noc.incident_alerts import AlertLine, line_of

_STATES = {
    Wanted.OPEN: "Open",
    Wanted.FIRING: "Firing",
    Wanted.STALE: "Stale, source silent",
    Wanted.RESOLVED: "Resolved",
    Wanted.ALL: "All",
}


_HELD_BEFORE = {"yes": "silenced", "no": "nothing"}  # addresses that people have kept


@dataclass(frozen=True)
class AlertsView:
    """The list."""

    total: str
    choices: Sequence[Choice]
    chips: Sequence[Chip]
    words: str
    rows: Sequence[AlertLine]
    first: str
    older: str
    empty: Empty
    may_silence: bool


@dataclass(frozen=True)
class Pair:
    """A label and a text."""

    label: str
    text: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class Held:
    """Something that holds the alert's pages back."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Change:
    """One change of state or severity."""

    at: str
    full: str
    text: str
    note: str


@dataclass(frozen=True)
class AlertView:
    """One alert with all about it."""

    key: str
    name: str
    heading: str  # where and what
    summary: str
    severity: str
    tone: str
    state: str
    badge: str
    markets: Sequence[str]
    facts: Sequence[Pair]
    labels: Sequence[Pair]
    annotations: Sequence[Pair]
    sources: Sequence[Pair]
    changes: Sequence[Change]
    held: Sequence[Held]
    silence: str
    close: str


def alerts_view(
    work: Work, estate: Estate, asked: Asked, found: Page, total: Count | None
) -> AlertsView:
    """Return a page of alerts; a ``total`` of None is one that was not counted."""
    return AlertsView(
        total=_total(asked, found, total),
        choices=_choices(work, estate, asked),
        chips=asked.chips({"q": "words"}),
        words=asked["q"],
        rows=[line_of(each, estate, work.now) for each in found.alerts],
        first=asked.link() if asked.cursor else "",
        older=asked.link(cursor=found.next) if found.next else "",
        empty=_empty(asked) if not found.alerts else Empty(""),
        may_silence=bool(work.actor.markets(Permission.ALERT_SILENCE)),
    )


def _total(asked: Asked, found: Page, total: Count | None) -> str:
    """Return how many there are; what was not counted to its end is never given as a figure."""
    shown = len(found.alerts)
    if not asked.cursor and found.next is None:
        return words.counted(shown, "alert")
    if total is None:
        return f"{words.counted(shown, 'alert')} on this page, not counted further"
    if total.is_capped:
        return f"more than {words.counted(total.number, 'alert')}"
    return words.counted(total.number, "alert")


def _choices(work: Work, estate: Estate, asked: Asked) -> list[Choice]:
    severities = [(each.word, each.word.capitalize()) for each in reversed(Severity)]
    held = [
        ("", "All"),
        ("silenced", "Silenced"),
        ("inhibited", "Inhibited by another alert"),
        ("window", "In a maintenance window"),
        ("nothing", "Held by nothing"),
    ]
    return [
        Choice("state", "State", [(each.value, _STATES[each]) for each in Wanted], asked["state"]),
        Choice("severity", "Severity", [("", "All"), *severities], asked["severity"]),
        markets_choice(work, estate, Permission.ALERT_SEE, asked["market"]),
        Choice("silenced", "Pages", held, _HELD_BEFORE.get(asked["silenced"], asked["silenced"])),
    ]


def _empty(asked: Asked) -> Empty:
    if not asked.in_force:
        return Empty(
            "No alert is open",
            "Silent sources stand under Operations, resolved alerts below.",
            (Link(asked.link(state=Wanted.RESOLVED.value), "Resolved alerts"),),
        )
    return Empty(
        "No alert matches these filters",
        "Filters add up: each of them must fit. Words are looked for in name, summary, service "
        "and instance.",
        (Link(url_for("noc.alerts"), "Remove all filters"),),
    )


def alert_view(work: Work, estate: Estate, found: AlertPage) -> AlertView:
    """Return one alert as text."""
    row = found.alert
    line = line_of(row, estate, work.now)
    return AlertView(
        key=row.id,
        name=row.name or "no name",
        heading=_heading(row, line),
        summary=row.summary,
        severity=row.severity.word,
        tone=line.tone,
        state=line.state,
        badge=line.badge,
        markets=line.markets,
        facts=_facts(work, row, line, estate),
        labels=[Pair(name, value) for name, value in sorted(row.labels.items())],
        annotations=[
            Pair(name, value, "", value if value.startswith(("https://", "http://")) else "")
            for name, value in sorted(row.annotations.items())
        ],
        sources=[
            Pair(each.source, each.way, words.when(each.first_at, work.now))
            for each in found.sources
        ],
        changes=[_change(each, work.now) for each in found.changes],
        held=_held(row),
        silence=_silence(work, row),
        close=_close(work, row),
    )


def _heading(row: AlertRow, line: AlertLine) -> str:
    """Return the component and the alert; the alert alone where no component is known."""
    named = line.component if row.component or row.service else ""
    return f"{named}: {line.name}" if named else line.name


def _facts(work: Work, row: AlertRow, line: AlertLine, estate: Estate) -> list[Pair]:
    now, incident = work.now, _incident(work, row.key)
    facts = [
        *_component(work, row, line, estate),
        Pair("Number", row.id),
        Pair("Service", row.service),
        Pair("Instance", row.instance),
        Pair("Since", f"{words.when(row.started_at, now)} UTC", words.age(now - row.started_at)),
        Pair("Last said", f"{words.when(row.said_at, now)} UTC", _repeats(row)),
    ]
    if row.lease_until and row.state == 0:
        facts.append(
            Pair("Goes stale", f"{words.when(row.lease_until, now)} UTC", "if nobody repeats it")
        )
    if row.resolved_at:
        facts.append(Pair("Resolved", f"{words.when(row.resolved_at, now)} UTC"))
    if incident is not None:
        href = url_for("noc.incident", incident_id=incident.id)
        facts.append(Pair("Counts to", f"{incident.mark} {words.cut(incident.title)}", "", href))
    facts += [Pair("Runbook", each.label, "", each.href) for each in _runbooks(row, estate)]
    return [each for each in facts if each.text]


def _component(work: Work, row: AlertRow, line: AlertLine, estate: Estate) -> list[Pair]:
    """Return the component, which leads to all its alerts, and its page in the estate."""
    if not row.component:
        return [Pair("Component", line.component)]
    here = Pair("Component", line.component, "", url_for("noc.alerts", component=row.component))
    if row.component not in estate.components or not work.actor.markets(Permission.ESTATE_SEE):
        return [here, Pair("Estate", row.component)]
    page = url_for("admin.component", key=row.component)
    return [here, Pair("Estate", row.component, "", page)]


def _runbooks(row: AlertRow, estate: Estate) -> list[BookLink]:
    """Return what the alert brings itself, then ours for its name, then the component's."""
    component = estate.components.get(row.component)
    found = [
        books.link_of(row.annotations.get("runbook_url") or row.annotations.get("runbook", "")),
        books.link_of_alert(row.name),
        books.link_of(component.runbook) if component else None,
    ]
    return [each for each in dict.fromkeys(found) if each]


def _incident(work: Work, key: int) -> Line | None:
    if not work.actor.markets(Permission.INCIDENT_SEE):
        return None
    return members.incident_of(work, key)


def _repeats(row: AlertRow) -> str:
    return f"{words.counted(row.repeats, 'repeat')}" if row.repeats else ""


def _change(change: ChangeOfAlert, now: datetime) -> Change:
    state = change.state.name.lower()
    parts = [state, change.severity.word]
    was = [
        change.was_state.name.lower() if change.was_state is not None else "",
        change.was_severity.word if change.was_severity is not None else "",
    ]
    text = " · ".join(parts)
    note = f"was {' · '.join(filter(None, was))}" if any(was) else "first heard of"
    return Change(words.when(change.at, now), words.full(change.at), text, note)


def _held(row: AlertRow) -> list[Held]:
    held = [Held("silenced", url_for("noc.silence", silence_id=each)) for each in row.silenced_by]
    held += [Held(str(each), url_for("noc.alert", key=each.id)) for each in row.inhibited_by]
    if row.held_because:
        held.append(Held(row.held_because, url_for("noc.windows")))
    if row.is_flapping:
        held.append(Held("flapping: its pages wait until it has been quiet for a while"))
    return held


def _silence(work: Work, row: AlertRow) -> str:
    if not work.actor.markets(Permission.ALERT_SILENCE):
        return ""
    return url_for("noc.silence_new", alert=row.id)


def _close(work: Work, row: AlertRow) -> str:
    """Return where a stale alert is closed by hand; the others end with their source."""
    may = work.actor.may(Permission.INCIDENT_WORK, row.market or EVERYWHERE)
    is_stale = row.state == AlertState.STALE
    return url_for("noc.alert_close", key=row.id) if may and is_stale else ""
