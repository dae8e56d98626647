"""The page of one change: what decides on the left, approvals and people on the right."""

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from changes import queries
from changes.lifecycle import State
from changes.values import ChangeView
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view
from web.change_managers import panels
from web.change_managers.blueprint import changes
from web.noc import live, times

LIFE = (
    State.DRAFT,
    State.SUBMITTED,
    State.APPROVED,
    State.SCHEDULED,
    State.RUNNING,
    State.ENDED,
    State.REVIEWED,
    State.CLOSED,
)


@dataclass(frozen=True)
class LifeStep:
    """One stage of the lifecycle line."""

    name: str
    is_past: bool
    is_here: bool
    at: str = ""


@changes.get("/<int:change_id>")
def change(change_id: int) -> ResponseReturnValue:
    """Show one change with everything that is known of it."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        found = queries.change(work, change_id)
        estate = estate_queries.current(work)
        shown = render_template(
            "changes/change.html",
            change=found,
            life=life_of(found),
            standing=standing_of(found),
            window=window_words(work, found),
            there=_there(work, found),
            named=[(each, estate.name_of(each.component)) for each in found.touched],
            wide=panels.filled(work, found, "wide"),
            main=panels.filled(work, found, "main"),
            side=panels.filled(work, found, "side"),
            acts=panels.acts(work, found),
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def life_of(change: ChangeView) -> list[LifeStep]:
    """Return the lifecycle line; a refused or cancelled change ends it there."""
    if change.was_found:
        return _life_of_found(change)
    if change.state in {State.REFUSED, State.CANCELLED}:
        reached = [State.DRAFT, *([State.SUBMITTED] if change.submitted_at else [])]
        past = [LifeStep(each.value.capitalize(), True, False) for each in reached]
        return [*past, LifeStep(change.state.value.capitalize(), False, True)]
    here = LIFE.index(change.state)
    return [
        LifeStep(each.value.capitalize(), at < here, at == here) for at, each in enumerate(LIFE)
    ]


def _life_of_found(change: ChangeView) -> list[LifeStep]:
    """Return the line of what nobody announced: it was never asked for, approved or scheduled."""
    is_settled = change.state is State.CLOSED and not change.is_unauthorised
    names = ["Unauthorised", "Settled"] if is_settled else ["Unauthorised", "Reviewed", "Closed"]
    here = {State.REVIEWED: 1, State.CLOSED: len(names) - 1}.get(change.state, 0)
    return [LifeStep(name, at < here, at == here) for at, name in enumerate(names)]


def standing_of(change: ChangeView) -> tuple[str, str]:
    """Return where it stands in a word, and the tone of that word."""
    if change.outcome is not None:
        return change.outcome.value, ""
    if change.was_found and change.is_unauthorised:
        return "unauthorised", "p2"
    return ("settled" if change.was_found else change.state.value), ""


def window_words(work: Work, change: ChangeView) -> str:
    """Return when it is planned: ``Tue 1 Dec 21:00-00:00 UTC``; what it lacks while it has none."""
    if change.window is None:
        return "no window yet"
    since, until = change.window
    same_day = until.date() == since.date() or (until - since).total_seconds() < 86_400
    end = words.time(until) if same_day else words.when(until, work.now)
    return f"{words.day(since, work.now)} {words.time(since)}{words.NONE}{end} UTC"


def _there(work: Work, change: ChangeView) -> str:
    if change.window is None:
        return ""
    zones = times.zones_of(estate_queries.current(work), change.markets)
    return times.local(change.window.since, work.now, zones)
