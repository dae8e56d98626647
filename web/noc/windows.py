"""Maintenance windows: announced work; pages of what it covers are held while it lasts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Component, Estate
from ssoc.monitoring import actions, queries
from ssoc.monitoring.actions import WindowDraft
from ssoc.monitoring.rules.windows import Window, WindowState
from web import words
from web.app import request_view, request_work
from web.noc import times
from web.noc.blueprint import noc
from web.noc.choices import markets_choice

MINUTE = timedelta(minutes=1)
USUAL = timedelta(hours=1)  # how long a window lasts until somebody says otherwise
_ORDER = (
    WindowState.OVERRUN,
    WindowState.OPEN,
    WindowState.UPCOMING,
    WindowState.OVER,
    WindowState.CANCELLED,
)


@dataclass(frozen=True)
class WindowLine:
    """One window in a list."""

    id: int
    title: str
    reference: str
    where: str
    markets: Sequence[str]
    state: str
    tone: str
    starts: str
    starts_there: str  # on the clocks of its markets, or of the one chosen
    ends: str
    ends_there: str
    left: str
    by: str
    is_late: bool
    may_change: bool


@dataclass(frozen=True)
class WindowForm:
    """The form as it stands; ``changes`` is the number of the window it changes."""

    title: str = ""
    reference: str = ""
    starts: str = ""
    ends: str = ""
    components: Sequence[str] = field(default_factory=tuple)
    markets: Sequence[str] = field(default_factory=tuple)
    changes: int | None = None
    zone: str = times.UTC_ZONE
    named: str = ""  # one more component, found by its name


@noc.get("/windows")
def windows() -> ResponseReturnValue:
    """List windows: overrun, open, to come, over."""
    with request_view() as work:
        if not work.actor.markets(Permission.ALERT_SEE):
            work.require(Permission.ALERT_SEE, EVERYWHERE)
        estate = estate_queries.current(work)
        market = _market(estate, request.args.get("market", ""))
        wanted = [
            each for each in queries.windows(work) if not market or market in _where(estate, each)
        ]
        found = [_line(work, estate, each, market) for each in wanted]
        choice = markets_choice(work, estate, Permission.ALERT_SEE, market)
        may_announce = _may_announce(work)
    order = {state.value: at for at, state in enumerate(_ORDER)}
    return render_template(
        "noc/windows.html",
        windows=sorted(found, key=lambda each: order[each.state]),
        may_announce=may_announce,
        choice=choice,
    )


def _market(estate: Estate, given: str) -> str:
    return given if given in estate.markets else ""


def _where(estate: Estate, window: Window) -> Collection[str]:
    """Return the markets a window is for: its own, or those of its components."""
    if window.markets:
        return window.markets
    return {code for key in window.components for code in estate.markets_of(key)}


def _may_announce(work: Work) -> bool:
    wanted = (Permission.CHANGE_REPORT, Permission.ALERT_SILENCE)
    return any(work.actor.markets(each) for each in wanted)


def _line(work: Work, estate: Estate, window: Window, market: str = "") -> WindowLine:
    state, now = window.state(work.now), work.now
    zones = times.zones_of(estate, [market] if market else _where(estate, window))
    until = window.ended_at or window.ends_at
    names = sorted(estate.name_of(each) for each in window.components)
    return WindowLine(
        id=window.id,
        title=window.title,
        reference=window.reference,
        where=words.listed(names, 4) or "everything there",
        markets=sorted(window.markets),
        state=state.value,
        tone="p2" if state is WindowState.OVERRUN else "",
        starts=words.when(window.starts_at, now),
        starts_there=times.local(window.starts_at, now, zones),
        ends=words.when(until, now),
        ends_there=times.local(until, now, zones),
        left=_left(window, state, now),
        by=window.created_by,
        is_late=not window.was_announced_before,
        may_change=window.ended_at is None and _may_announce(work),
    )


def _left(window: Window, state: WindowState, now: datetime) -> str:
    if state is WindowState.OPEN:
        return f"{words.age(window.ends_at - now)} left"
    if state is WindowState.UPCOMING:
        return f"begins in {words.age(window.starts_at - now)}"
    if state is WindowState.OVERRUN:
        return f"over by {words.age(now - window.ends_at)}"
    return words.NONE


@noc.get("/windows/new")
def window_new() -> ResponseReturnValue:
    """Ask for a window."""
    component, market = request.args.get("component", ""), request.args.get("market", "")
    with request_view() as work:
        estate, now = estate_queries.current(work), work.now
    market = _market(estate, market)
    begin = (now + MINUTE).replace(second=0, microsecond=0)  # not a moment ago: that is too late
    zones = times.zones_of(estate, [market])
    zone = zones[0] if zones else times.UTC_ZONE
    return _show(
        WindowForm(
            components=[component] if component else (),
            markets=[market] if market else (),
            zone=zone,
            starts=times.typed(begin, zone),
            ends=times.typed(begin + USUAL, zone),
        )
    )


@noc.post("/windows/new")
def window_set() -> ResponseReturnValue:
    """Announce a window."""
    return _settle(_read(request.form), "The window is announced.")


@noc.get("/windows/<int:window_id>")
def window_edit(window_id: int) -> ResponseReturnValue:
    """Show a window as a form, to change it."""
    with request_view() as work:
        form = _form_of(estate_queries.current(work), _seen(work, window_id))
    return _show(form)


@noc.post("/windows/<int:window_id>")
def window_change(window_id: int) -> ResponseReturnValue:
    """Change a window that has not ended."""
    form = replace(_read(request.form), changes=window_id)
    return _settle(form, "The window is changed.")


def _seen(work: Work, window_id: int) -> Window:
    found = next((each for each in queries.windows(work) if each.id == window_id), None)
    if found is None:
        raise NotFound(f"there is no window {window_id} that you may see")
    if found.ended_at is not None:
        raise Conflict(f"window {window_id} has ended; announce a new one")
    return found


def _form_of(estate: Estate, window: Window) -> WindowForm:
    """Return a window as a form, on the clocks of its markets if they have the same."""
    zones = times.zones_of(estate, _where(estate, window))
    zone = zones[0] if len(zones) == 1 else times.UTC_ZONE
    return WindowForm(
        window.title,
        window.reference,
        times.typed(window.starts_at, zone),
        times.typed(window.ends_at, zone),
        sorted(window.components),
        sorted(window.markets),
        window.id,
        zone,
    )


def _settle(form: WindowForm, said: str) -> ResponseReturnValue:
    try:
        with request_work() as work:
            estate = estate_queries.current(work)
            zone = times.zone_of(estate, form.zone)
            draft = WindowDraft(
                form.title,
                times.read(form.starts, "the start", zone),
                times.read(form.ends, "the end", zone),
                [*form.components, *_found(estate, form)],
                form.markets,
                form.reference,
            )
            if form.changes is not None:
                _seen(work, form.changes)
            actions.set_window(work, draft, form.changes)
            when = _span_words(draft, zone, work.now)
    except BadInput as refusal:
        return _show(form, str(refusal), refusal.status)
    flash(f"{said} {when}")
    return redirect(url_for("noc.windows"), code=303)


def _found(estate: Estate, form: WindowForm) -> list[str]:
    """Return the component that was found by its name or key; none when none was asked for."""
    if not form.named:
        return []
    wanted = form.named.casefold()
    found = [
        each.key
        for each in estate.components.values()
        if wanted in {each.key.casefold(), each.name.casefold(), _label(each).casefold()}
    ]
    if not found:
        raise BadInput(f"no component is called {form.named!r}; choose one that the field offers")
    if len(found) > 1:
        raise BadInput(f"{form.named!r} may be {words.listed(found, 4)}; give its key")
    return [each for each in found if each not in form.components]


def _label(component: Component) -> str:
    return f"{component.name} ({component.key})"


def _span_words(draft: WindowDraft, zone: str, now: datetime) -> str:
    """Return from when to when, in UTC and where it was typed, for a last look at it."""
    pair = (draft.starts_at, draft.ends_at)
    utc = " to ".join(words.when(each, now) for each in pair)
    if zone == times.UTC_ZONE:
        return f"{utc} UTC."
    there = " to ".join(
        words.when(words.local(each, zone), words.local(now, zone)) for each in pair
    )
    return f"{there} {words.place(zone)}, which is {utc} UTC."


def _read(values: MultiDict[str, str]) -> WindowForm:
    return WindowForm(
        values.get("title", ""),
        values.get("reference", ""),
        values.get("starts", ""),
        values.get("ends", ""),
        values.getlist("component"),
        values.getlist("market"),
        zone=values.get("zone", "")[:64] or times.UTC_ZONE,
        named=values.get("named", "").strip()[:255],
    )


def _show(form: WindowForm, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        if not _may_announce(work):
            work.require(Permission.CHANGE_REPORT, EVERYWHERE)
        estate = estate_queries.current(work)
        now = work.now
    named = sorted(estate.components.values(), key=lambda each: (each.name, each.key))
    gone = [each for each in form.components if each not in estate.components]
    page = render_template(
        "noc/window_form.html",
        form=form,
        fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
        labels=[_label(each) for each in named],
        components=[*((each.key, each.name) for each in named), *((key, key) for key in gone)],
        example=f"{now:%Y-%m-%d} 22:00",
        zones=times.zone_choices(estate, now),
        markets=[(code, market.name) for code, market in estate.markets.items()],
    )
    return page, status


@noc.post("/windows/<int:window_id>/end")
def window_end(window_id: int) -> ResponseReturnValue:
    """Say that the work is over, or cancelled."""
    with request_work() as work:
        actions.end_window(work, window_id)
    flash("The window has ended; pages go out again.")
    return redirect(url_for("noc.windows"), code=303)
