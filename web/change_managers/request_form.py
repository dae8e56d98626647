"""The form to raise a change and to edit it; it works without scripts and by keyboard alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes import queries
from changes.actions import requests
from changes.draft import Draft, draft_of
from changes.lifecycle import Effect
from changes.policy import policy
from changes.queries import templates
from changes.rules import reach
from changes.rules.types import EMERGENCY, NORMAL
from changes.values import Touched
from incidents import queries as incident_queries
from ssoc.accounts import queries as account_queries
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web.app import request_view, request_work
from web.change_managers import form_values
from web.change_managers.blueprint import changes
from web.change_managers.form_values import FormValues, sentences
from web.noc import times


@changes.get("/new")
def change_new() -> ResponseReturnValue:
    """Show an empty form, or one that begins with a template."""
    with request_view() as work:
        _require(work)
        draft = _beginning(work, request.args.get("template", ""))
        estate = estate_queries.current(work)
        zone = _zone(estate, _own_markets(work, estate))
    return _show(form_values.of_draft(draft, zone))


def _require(work: Work) -> None:
    if not work.actor.markets(Permission.CHANGE_PLAN):
        work.require(Permission.CHANGE_PLAN, EVERYWHERE)


def _because_of(work: Work, number: int) -> Draft:
    """Return a draft about what an incident hurts; by its purpose it counts as rework of it."""
    found = incident_queries.line_of(work, number)
    estate = estate_queries.current(work)
    parts = (found.component,) if found.component in estate.components else ()
    return Draft(
        title="",
        type=EMERGENCY if EMERGENCY in policy(work).types.known else NORMAL,
        purpose=f"INC-{found.id}: {found.title}",
        markets=tuple(found.markets),
        touched=tuple(Touched(each) for each in parts),
    )


def _beginning(work: Work, number: str) -> Draft:
    because = _number(request.args.get("incident", ""))
    if because:
        return _because_of(work, because)
    market = request.args.get("market", "")
    estate = estate_queries.current(work)
    markets = (market,) if market in estate.markets else ()
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return Draft(title="", markets=markets)
    found = templates.template(work, int(number))
    return replace(found.whole, title="", template_id=found.id, markets=markets)


def _own_markets(work: Work, estate: Estate) -> list[str]:
    held = work.actor.markets(Permission.CHANGE_PLAN)
    return [] if EVERYWHERE in held else [each for each in estate.markets if each in held]


def _zone(estate: Estate, markets: list[str]) -> str:
    zones = times.zones_of(estate, markets)
    return zones[0] if len(zones) == 1 else times.UTC_ZONE


@changes.post("/new")
def change_raise() -> ResponseReturnValue:
    """Keep a new change; submit it too when that was the button."""
    form = form_values.of_request(request.form)
    if "more" in request.form:
        return _show(form, more=request.form["more"])
    try:
        with request_work() as work:
            _require(work)
            draft = form_values.to_draft(form, estate_queries.current(work))
            number = requests.raise_change(work, draft)
            said = _go_on(work, number, "is kept as a draft")
            said += _added(work, draft)
    except (BadInput, Conflict, IllegalMove, NotAllowed) as refusal:
        return _show(form, faults=sentences(refusal, form["zone"]), status=refusal.status)
    flash(said)
    return redirect(url_for("changes.change", change_id=number), code=303)


def _go_on(work: Work, number: int, otherwise: str) -> str:
    """Submit if the button says so, in the same unit of work: both happen, or neither."""
    if request.form.get("then") != "submit":
        return f"CHG-{number} {otherwise}."
    work.session.flush()
    requests.submit(work, number)
    work.session.flush()
    return f"CHG-{number} is {queries.change(work, number).state}."


def _added(work: Work, draft: Draft) -> str:
    """Return which markets were added to those that were meant, and why."""
    estate = estate_queries.current(work)
    added = reach.added(estate, draft.markets, draft.touched)
    return "".join(f" {each}." for each in reach.sentences(estate, added))


@changes.get("/<int:change_id>/edit")
def change_edit(change_id: int) -> ResponseReturnValue:
    """Show a change as a form."""
    with request_view() as work:
        found = queries.change(work, change_id)
        zone = _zone(estate_queries.current(work), list(found.markets))
    return _show(form_values.of_draft(draft_of(found), zone, found.version), change_id)


@changes.post("/<int:change_id>/edit")
def change_write(change_id: int) -> ResponseReturnValue:
    """Write a change anew."""
    form = form_values.of_request(request.form)
    if "more" in request.form:
        return _show(form, change_id, more=request.form["more"])
    version = int(form["version"]) if form["version"].isdecimal() else 0
    try:
        with request_work() as work:
            before = draft_of(queries.change(work, change_id))
            draft = form_values.to_draft(form, estate_queries.current(work), before)
            requests.edit(work, change_id, draft, version)
            said = _go_on(work, change_id, "is written")
            said += _added(work, draft)
    except (BadInput, Conflict, IllegalMove, NotAllowed) as refusal:
        return _show(form, change_id, sentences(refusal, form["zone"]), refusal.status)
    flash(said)
    return redirect(url_for("changes.change", change_id=change_id), code=303)


def _show(
    form: FormValues,
    change_id: int | None = None,
    faults: Sequence[str] = (),
    status: int = 200,
    more: str = "",
) -> ResponseReturnValue:
    with request_view() as work:
        _require(work)
        estate, now = estate_queries.current(work), work.now
        found = queries.change(work, change_id) if change_id else None
        offered = templates.templates(work) if found is None else []
        types = policy(work).types.known
        accounts = list(account_queries.names(work).items())
        of = _number(form["template_id"])
        template, minutes = templates.names(work, [of]), templates.window_minutes(work, of)
    named = sorted(estate.components.values(), key=lambda each: (each.name, each.key))
    vendors = sorted({each.vendor for each in named} - {""})
    page = render_template(
        "changes/form.html",
        form=form.spared(more),
        change=found,
        faults=faults,
        types=[(name, f"{name}: {each.does}") for name, each in types.items()],
        effects=[(each.value, each.value) for each in Effect],
        labels=[form_values.label(each) for each in named],
        vendors=vendors,
        accounts=accounts,
        zones=times.zone_choices(estate, now),
        markets=[(code, market.name) for code, market in estate.markets.items()],
        examples=[
            f"{now + timedelta(days=3):%Y-%m-%d} 23:00",
            f"{now + timedelta(days=4):%Y-%m-%d} 02:00",
        ],
        offered=offered,
        template=next(iter(template.values()), ""),
        ends_hint=f"empty: {minutes} min after it begins" if minutes else "",
        more=more,
    )
    return page, status


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
