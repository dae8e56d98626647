"""The calendar: a month, a week of nights, or one night."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from changes.queries.calendar import CalendarView, free_slots
from changes.queries.calendar import calendar as calendar_of
from changes.rules.collisions import Level
from changes.rules.nights import night_at
from changes.rules.slots import Slot
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web.app import request_view
from web.change_managers import calendar_view, views_of
from web.change_managers.blueprint import changes
from web.change_managers.calendar_view import Period
from web.noc import live
from web.noc.asked import Asked, asked_of
from web.noc.choices import Choice, markets_choice

NAMES = ("view", "on", "market", "component")
DEFAULTS = {"view": "week"}


@changes.get("/calendar")
def calendar() -> ResponseReturnValue:
    """Show changes, works of vendors and freezes by night, on the clocks of each market."""
    asked = asked_of(request, "changes.calendar", NAMES, DEFAULTS)
    with request_view() as work:
        views_of.require_sight(work)
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        estate = estate_queries.current(work)
        views_of.refuse_unknown("market", asked["market"], estate.markets)
        views_of.refuse_unknown("view", asked["view"], calendar_view.VIEWS)
        today = night_at("UTC", work.now)
        period = calendar_view.period(asked["view"], calendar_view.day_of(asked["on"], today))
        found = calendar_of(work, *period.stretch, asked["market"], asked["component"])
        page = calendar_view.page(
            found, estate, period, work.now, _free(work, estate, period, found)
        )
        shown = render_template(
            "changes/calendar.html",
            page=page,
            tabs=_tabs(asked, period),
            earlier=asked.link(on=period.earlier.isoformat()),
            later=asked.link(on=period.later.isoformat()),
            today=asked.link(on=""),
            is_today=period.holds(today),
            night=lambda day: asked.link(view="night", on=day.isoformat()),
            choices=_choices(work, estate, asked),
            asked=asked,
            chips=_chips(asked),
            new=views_of.new_change(work),
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def _free(work: Work, estate: Estate, period: Period, found: CalendarView) -> dict[int, Slot]:
    """Return when what something blocks could run instead."""
    if period.view == "month":
        return {}
    met = calendar_view.own_findings(found, estate, period)
    blocked = {each.change_id for _, each in met if each.level is Level.BLOCK}
    movable = [each for each in found.changes if each.id in blocked and each.state.may_be_edited]
    return free_slots(work, movable)


def _tabs(asked: Asked, period: Period) -> list[views_of.Tab]:
    kept = {"on": asked["on"], "market": asked["market"], "component": asked["component"]}
    return views_of.tabs(period.view, **kept)


def _choices(work: Work, estate: Estate, asked: Asked) -> list[Choice]:
    parts = sorted(estate.components.values(), key=lambda each: each.name.casefold())
    known = {each.key for each in parts}
    named = [("", "All components"), *((each.key, each.name) for each in parts)]
    if asked["component"] and asked["component"] not in known:
        named.append((asked["component"], asked["component"]))
    return [
        markets_choice(work, estate, Permission.CHANGE_SEE, asked["market"]),
        Choice("component", "Component", named, asked["component"]),
    ]


def _chips(asked: Asked) -> list[object]:
    return [each for each in asked.chips({}) if each.name in {"market", "component"}]
