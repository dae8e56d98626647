"""Meetings of the change advisory board: list, agenda, who is there, decisions; it prints."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions import meetings as actions
from changes.actions.meetings import MeetingDraft
from changes.lifecycle import BoardWord, State
from changes.policy import policy
from changes.queries import meetings as queries
from changes.queries.marks import Marks, marks_of
from changes.queries.meetings import Agenda, Item, Meeting
from changes.rules.collisions import Level
from ssoc.accounts.queries import active_holders
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web import words
from web.app import request_view, request_work
from web.change_managers.blueprint import changes
from web.change_managers.change import window_words
from web.noc import times
from web.noc.questions import Field, Question, ask, settle


@dataclass(frozen=True)
class ItemRow:
    """One item of the agenda as the page shows it."""

    item: Item
    window: str
    there: str
    risk: str
    findings: str
    tone: str


@changes.get("/meetings")
def meetings() -> ResponseReturnValue:
    """List the meetings of the board."""
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        found = queries.meetings(work)
        may_plan = bool(work.actor.markets(Permission.CHANGE_MANAGE))
        return render_template(
            "changes/meetings.html",
            rows=[(each, _when(each, work.now), _about(each)) for each in found],
            may_plan=may_plan,
        )


def _when(found: Meeting, now: datetime) -> str:
    """Return when a meeting really was; when it was to be stands beside it where that differs."""
    planned = words.when(found.starts_at, now)
    if found.opened_at is None:
        return planned
    begun = words.when(found.opened_at, now)
    until = f" to {words.when(found.ended_at, now)}" if found.ended_at else ""
    is_late = begun != planned
    return f"{begun}{until} UTC, planned for {planned}" if is_late else f"{begun}{until}"


def _about(found: Meeting) -> str:
    """Return what an agenda is filtered by, in words."""
    agenda, parts = found.agenda, [words.listed(found.agenda.states)]
    if agenda.types:
        parts.append(f"type {words.listed(agenda.types)}")
    if agenda.markets:
        parts.append(f"in {words.listed(agenda.markets)}")
    if agenda.risk_at_least is not None:
        parts.append(f"risk {agenda.risk_at_least:g} or more")
    if agenda.since:
        parts.append(f"window after {agenda.since:%d %b %H:%M} UTC")
    if agenda.until:
        parts.append(f"window before {agenda.until:%d %b %H:%M} UTC")
    return ", ".join(parts)


@changes.get("/meetings/<int:meeting_id>")
def meeting(meeting_id: int) -> ResponseReturnValue:
    """Show one meeting with its agenda."""
    return _page(meeting_id)


def _page(meeting_id: int, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        found = queries.meeting(work, meeting_id)
        marks = marks_of(work, [each.change for each in found.items])
        people = active_holders(work) if found.may_manage else {}
        estate = estate_queries.current(work)
        there = {each.person for each in found.present}
        page = render_template(
            "changes/meeting.html",
            page=found,
            meeting=found.meeting,
            when=_when(found.meeting, work.now),
            about=_about(found.meeting),
            rows=[_row(work, estate, each, marks[each.change.id]) for each in found.items],
            present=[(each.person, _roles(each.hats)) for each in found.present],
            absent=[(name, who.display_name) for name, who in people.items() if name not in there],
            rule=found.meeting.quorum or {},
            typed=request.form,
            fault=fault,
        )
    return page, status


def _roles(hats: object) -> str:
    named = [str(each.role).replace("_", " ") for each in hats]  # type: ignore[attr-defined]
    return words.listed(dict.fromkeys(named)) or "no role here"


def _row(work: Work, estate: Estate, item: Item, marks: Marks) -> ItemRow:
    change = item.change
    zones = times.zones_of(estate, change.markets)
    blocks, warns = marks.count(Level.BLOCK), marks.count(Level.WARN)
    said = [f"{n} {what}" for n, what in ((blocks, "block"), (warns, "warn")) if n]
    return ItemRow(
        item=item,
        window=window_words(work, change),
        there=times.local(change.window.since, work.now, zones) if change.window else "",
        risk="?" if change.risk_points is None else f"{change.risk_points:.0f}",
        findings=", ".join(said) or "none open",
        tone="p1" if blocks else "p2" if warns else "",
    )


@changes.get("/meetings/new")
def meeting_new() -> ResponseReturnValue:
    """Ask when the board meets, and about what."""
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_MANAGE):
            work.require(Permission.CHANGE_MANAGE, EVERYWHERE)
        question = _question(work)
    return ask(question)


def _question(work: Work) -> Question:
    form, estate = request.form, estate_queries.current(work)
    zone = times.zone_of(estate, form.get("zone", ""))
    soon = work.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    held = work.actor.markets(Permission.CHANGE_MANAGE)
    mine = "" if EVERYWHERE in held else ", ".join(sorted(held))
    types = [("", "all types"), *((name, name) for name in policy(work).types.known)]
    states = [(each.value, each.value) for each in (State.SUBMITTED, State.APPROVED, State.ENDED)]
    people = [(name, each.display_name) for name, each in active_holders(work).items()]
    return Question(
        title="Plan a meeting of the board",
        action=url_for("changes.meeting_add"),
        button="Plan it",
        back=url_for("changes.meetings"),
        back_label="Advisory board",
        what="The agenda is what the filter finds, until the meeting ends.",
        fields=[
            Field("title", "Title", value=form.get("title", "Change advisory board"),
                  required=True),
            Field("starts_at", "Begins", value=form.get("starts_at", ""), required=True, most=32,
                  hint=f"such as {times.typed(soon, zone)}"),
            Field("zone", "Clock of these times", "choice", zone,
                  options=times.zone_choices(estate, work.now)),
            Field("chair", "Chair, who writes decisions down",
                  value=form.get("chair", work.actor.name), required=True, options=people),
            Field("markets", "Markets of the board", value=form.get("markets", mine),
                  hint="Codes with commas between; empty for all."),
            Field("state", "Changes that are", "choice", form.get("state", "submitted"),
                  options=states),
            Field("type", "Of type", "choice", form.get("type", ""), options=types),
            Field("market", "Touching the markets", value=form.get("market", ""),
                  hint="Codes with commas between; empty for all."),
            Field("risk", "With a risk of at least", "number", form.get("risk", "")),
            Field("since", "Window after", value=form.get("since", ""), most=32),
            Field("until", "Window before", value=form.get("until", ""), most=32),
        ],
    )  # fmt: skip


@changes.post("/meetings")
def meeting_add() -> ResponseReturnValue:
    """Plan a meeting, or ask again above the same fields."""
    with request_view() as work:
        question = _question(work)
    return settle(
        question, lambda work: actions.plan(work, _draft(work)), "The meeting is planned."
    )


def _draft(work: Work) -> MeetingDraft:
    form = request.form
    zone = times.zone_of(estate_queries.current(work), form.get("zone", ""))
    if form.get("state", "submitted") not in set(State):
        raise BadInput("choose the state of the changes to talk about")
    return MeetingDraft(
        title=form.get("title", ""),
        starts_at=times.read(form.get("starts_at", ""), "Begins", zone),
        chair=form.get("chair", "").strip(),
        markets=_codes("markets"),
        agenda=Agenda(
            states=(form.get("state", "submitted"),),
            markets=_codes("market"),
            types=tuple(filter(None, [form.get("type", "")[:32]])),
            risk_at_least=_risk(form.get("risk", "")),
            since=times.read(form["since"], "Window after", zone) if form.get("since") else None,
            until=times.read(form["until"], "Window before", zone) if form.get("until") else None,
        ),
    )


def _codes(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(request.form.get(name, "").replace(",", " ").upper().split()))


def _risk(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 100:  # noqa: PLR2004 (points of risk end there)
        raise BadInput("a risk is a number from 0 to 100, or empty")
    return found


_STEPS: dict[str, tuple[Callable[[Work, int], None], str]] = {
    "open": (actions.begin, "The meeting is open: note who is there."),
    "cancel": (actions.call_off, "The meeting is cancelled."),
}


@changes.post("/meetings/<int:meeting_id>/<any(open,cancel,end,attend,decide):step>")
def meeting_step(meeting_id: int, step: str) -> ResponseReturnValue:
    """Open, cancel or end a meeting, note who is there, or write a decision down."""
    form = request.form
    try:
        with request_work() as work:
            said = _step(work, meeting_id, step)
    except (BadInput, Conflict, IllegalMove, NotAllowed) as fault:
        if step in _ON_THE_PAGE and isinstance(fault, BadInput | Conflict):
            text = str(fault)
            return _page(meeting_id, f"{text[:1].upper()}{text[1:]}.", fault.status)
        raise
    flash(said)
    here = f"#item-{form['change']}" if step == "decide" and form.get("change") else ""
    return redirect(url_for("changes.meeting", meeting_id=meeting_id) + here, code=303)


_ON_THE_PAGE = {"decide", "attend", "end"}  # their faults are said beside what was typed


def _step(work: Work, meeting_id: int, step: str) -> str:
    form = request.form
    if step in _STEPS:
        act, said = _STEPS[step]
        act(work, meeting_id)
        return said
    if step == "end":
        actions.end(work, meeting_id, form.get("minutes", ""))
        return "The meeting has ended; its minutes stand."
    if step == "attend":
        person, is_there = form.get("person", "").strip()[:128], form.get("is") != "away"
        actions.attend(work, meeting_id, person, is_there)
        return f"{person} is {'there' if is_there else 'not there'}."
    return _decide(work, meeting_id)


def _decide(work: Work, meeting_id: int) -> str:
    form = request.form
    number, word = form.get("change", ""), form.get("decision", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):  # noqa: PLR2004
        raise BadInput("a decision names a change; nothing was written")
    if word not in set(BoardWord):
        raise BadInput(f"the board says {', '.join(BoardWord)}; nothing was written")
    actions.decide(
        work,
        meeting_id,
        int(number),
        BoardWord(word),
        form.get("minutes", ""),
        form.get("seen", "")[:64] or None,
    )
    return f"CHG-{number}: {word} is written down."
