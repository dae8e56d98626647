"""Maintenance windows: announced work; pages of what it covers are held while it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import actions, queries
from ssoc.monitoring.actions import WindowDraft
from ssoc.monitoring.rules.windows import Window, WindowState
from web import words
from web.app import request_view, request_work
from web.noc.blueprint import noc
from web.noc.silence_form import instant

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
    ends: str
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


@noc.get("/windows")
def windows() -> ResponseReturnValue:
    """List windows: overrun, open, to come, over."""
    with request_view() as work:
        if not work.actor.markets(Permission.ALERT_SEE):
            work.require(Permission.ALERT_SEE, EVERYWHERE)
        estate = estate_queries.current(work)
        found = [_line(work, estate, each) for each in queries.windows(work)]
        may_announce = _may_announce(work)
    order = {state.value: at for at, state in enumerate(_ORDER)}
    return render_template(
        "noc/windows.html",
        windows=sorted(found, key=lambda each: order[each.state]),
        may_announce=may_announce,
    )


def _may_announce(work: Work) -> bool:
    wanted = (Permission.CHANGE_REPORT, Permission.ALERT_SILENCE)
    return any(work.actor.markets(each) for each in wanted)


def _line(work: Work, estate: Estate, window: Window) -> WindowLine:
    state = window.state(work.now)
    names = sorted(estate.name_of(each) for each in window.components)
    return WindowLine(
        id=window.id,
        title=window.title,
        reference=window.reference,
        where=words.listed(names, 4) or "everything there",
        markets=sorted(window.markets),
        state=state.value,
        tone="p2" if state is WindowState.OVERRUN else "",
        starts=words.when(window.starts_at, work.now),
        ends=words.when(window.ended_at or window.ends_at, work.now),
        left=_left(window, state, work.now),
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
    component = request.args.get("component", "")
    return _show(WindowForm(components=[component] if component else ()))


@noc.post("/windows/new")
def window_set() -> ResponseReturnValue:
    """Announce a window."""
    return _settle(_read(request.form), "The window is announced.")


@noc.get("/windows/<int:window_id>")
def window_edit(window_id: int) -> ResponseReturnValue:
    """Show a window as a form, to change it."""
    with request_view() as work:
        form = _form_of(_seen(work, window_id))
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


def _form_of(window: Window) -> WindowForm:
    return WindowForm(
        window.title,
        window.reference,
        _typed(window.starts_at),
        _typed(window.ends_at),
        sorted(window.components),
        sorted(window.markets),
        window.id,
    )


def _typed(at: datetime) -> str:
    """Return an instant as it is typed, whole: cut to the minute it would widen the window."""
    is_whole = not at.second and not at.microsecond
    return at.replace(tzinfo=None).isoformat(" ", "minutes" if is_whole else "auto")


def _settle(form: WindowForm, said: str) -> ResponseReturnValue:
    try:
        with request_work() as work:
            draft = WindowDraft(
                form.title,
                instant(form.starts, "the start"),
                instant(form.ends, "the end"),
                form.components,
                form.markets,
                form.reference,
            )
            if form.changes is not None:
                _seen(work, form.changes)
            actions.set_window(work, draft, form.changes)
    except BadInput as refusal:
        return _show(form, str(refusal), refusal.status)
    flash(said)
    return redirect(url_for("noc.windows"), code=303)


def _read(values: MultiDict[str, str]) -> WindowForm:
    return WindowForm(
        values.get("title", ""),
        values.get("reference", ""),
        values.get("starts", ""),
        values.get("ends", ""),
        values.getlist("component"),
        values.getlist("market"),
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
        components=[*((each.key, each.name) for each in named), *((key, key) for key in gone)],
        example=f"{now:%Y-%m-%d} 22:00",
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
