"""Silences: what holds pages back, until when and why; made, changed and ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import actions, queries
from ssoc.monitoring.rules.suppression import Silence, SilenceState
from web import words
from web.app import request_view, request_work
from web.auth import local_target
from web.noc import silence_form, times
from web.noc.blueprint import noc
from web.noc.choices import markets_choice
from web.noc.incident_alerts import line_of
from web.noc.silence_form import SilenceForm
from web.noc.triage import chosen_of

_ORDER = (SilenceState.ACTIVE, SilenceState.PENDING, SilenceState.EXPIRED)


@dataclass(frozen=True)
class SilenceLine:
    """One silence in a list."""

    id: str
    heading: str  # what it holds, by name
    matchers: Sequence[str]
    comment: str
    by: str
    markets: Sequence[str]
    state: str
    starts: str
    starts_there: str
    ends: str
    ends_there: str
    left: str
    last_match: str
    is_unused: bool
    may_change: bool


@noc.get("/silences")
def silences() -> ResponseReturnValue:
    """List silences: active, to come, ended lately; those that match nothing any more on top."""
    with request_view() as work:
        _require_sight(work)
        unused = {each.id for each in queries.unused_silences(work)}
        estate = estate_queries.current(work)
        market = request.args.get("market", "")
        market = market if market in estate.markets else ""
        found = [
            line(work, each, each.id in unused, market)
            for each in queries.silences(work)
            if _concerns(work, estate, each, market)
        ]
        choice = markets_choice(work, estate, Permission.ALERT_SEE, market)
        may_silence = bool(work.actor.markets(Permission.ALERT_SILENCE))
    order = {state.value: at for at, state in enumerate(_ORDER)}
    return render_template(
        "noc/silences.html",
        silences=sorted(found, key=lambda each: order[each.state]),
        unused=[each for each in found if each.is_unused],
        may_silence=may_silence,
        choice=choice,
    )


def _require_sight(work: Work) -> None:
    if not work.actor.markets(Permission.ALERT_SEE):
        work.require(Permission.ALERT_SEE, EVERYWHERE)


def _concerns(work: Work, estate: Estate, silence: Silence, market: str) -> bool:
    """Tell whether a silence may hold something of a market; it may unless it names others."""
    places = markets_of(work, estate, silence)
    return not market or not places or market in places


def markets_of(work: Work, estate: Estate, silence: Silence) -> Collection[str]:
    """Return the markets a silence names, by its matchers or its maker's reach; none for all."""
    ingest = work.settings.ingest
    for matcher in silence.matchers:
        values = matcher.value.split("|") if matcher.is_regex else [matcher.value]
        if not matcher.is_equal:
            continue
        if matcher.name in ingest.market_labels and set(values) <= set(estate.markets):
            return values
        if matcher.name in ingest.component_labels and set(values) <= set(estate.components):
            return {code for key in values for code in estate.markets_of(key)}
    return () if EVERYWHERE in silence.markets else silence.markets


def line(work: Work, silence: Silence, is_unused: bool = False, market: str = "") -> SilenceLine:
    """Return a silence as text, its times also on the clocks of ``market`` or of its own."""
    estate = estate_queries.current(work)
    places = [market] if market else markets_of(work, estate, silence)
    zones = times.zones_of(estate, places)
    now, state = work.now, silence.state(work.now)
    everywhere = EVERYWHERE in silence.markets
    return SilenceLine(
        id=silence.id,
        heading=heading(work, estate, silence),
        matchers=[str(each) for each in silence.matchers],
        comment=silence.comment,
        by=silence.created_by,
        markets=() if everywhere else silence.markets,
        state=state.value,
        starts=words.when(silence.starts_at, now),
        starts_there=times.local(silence.starts_at, now, zones),
        ends=words.when(silence.ends_at, now),
        ends_there=times.local(silence.ends_at, now, zones),
        left=_left(silence, state, now),
        last_match=words.when(silence.last_match_at, now) if silence.last_match_at else "",
        is_unused=is_unused,
        may_change=all(work.actor.may(Permission.ALERT_SILENCE, each) for each in silence.markets),
    )


def heading(work: Work, estate: Estate, silence: Silence) -> str:
    """Return what a silence holds, with the names of components and markets it speaks of."""
    ingest = work.settings.ingest
    found = []
    named = ingest.component_labels
    for matcher in sorted(silence.matchers, key=lambda each: each.name not in named):
        values = matcher.value.split("|") if matcher.is_regex else [matcher.value]
        if not matcher.is_equal:
            found.append(str(matcher))
        elif matcher.name in named:
            found.append(words.listed([estate.name_of(each) for each in values], 3))
        elif matcher.name in {*ingest.market_labels, "alertname"}:
            found.append(words.listed(values, 3))
        else:
            found.append(f"{matcher.name} {words.listed(values, 3)}")
    return words.cut(", ".join(found), 90)


def _left(silence: Silence, state: SilenceState, now: datetime) -> str:
    if state is SilenceState.ACTIVE:
        return f"{words.age(silence.ends_at - now)} left"
    if state is SilenceState.PENDING:
        return f"begins in {words.age(silence.starts_at - now)}"
    return f"ended {words.age(now - silence.ends_at)} ago"


@noc.get("/silences/<silence_id>")
def silence(silence_id: str) -> ResponseReturnValue:
    """Show one silence, and what it holds now."""
    with request_view() as work:
        found = queries.silence(work, silence_id)
        estate = estate_queries.current(work)
        seen = silence_form.preview(work, found.matchers)
        page, now = line(work, found), work.now
    return render_template(
        "noc/silence.html",
        silence=page,
        seen=seen,
        rows=[line_of(each, estate, now) for each in seen.shown],
    )


@noc.get("/silences/new")
def silence_new() -> ResponseReturnValue:
    """Ask for a silence, prefilled from an alert, from incidents or from an older silence."""
    with request_view() as work:
        form = _prefilled(work)
    return _show(form, with_preview=bool(form.rows))


def _prefilled(work: Work) -> SilenceForm:
    """Return the form as it is asked for, with the way back to where somebody came from."""
    form = _proposed(work)
    return replace(form, back=form.back or _came_from())


def _came_from() -> str:
    given = request.args
    if key := given.get("alert"):
        return url_for("noc.alert", key=key)
    if older := given.get("from"):
        return url_for("noc.silence", silence_id=older)
    ids = chosen_of(given)
    here = url_for("noc.incident", incident_id=ids[0]) if len(ids) == 1 else ""
    return given.get("back", "")[:500] or here


def _proposed(work: Work) -> SilenceForm:
    if key := request.args.get("alert"):
        return silence_form.from_alert(work, key)
    if ids := chosen_of(request.args):
        return silence_form.from_incidents(work, ids)
    if older := request.args.get("from"):
        found = queries.silence(work, older)
        is_over = found.state(work.now) is SilenceState.EXPIRED
        until = "" if is_over else times.typed(found.ends_at)
        rows = silence_form.rows_of(found.matchers)
        return SilenceForm(rows, until=until, comment=found.comment, replaces=found.id)
    return silence_form.read(request.args)


@noc.post("/silences/new")
def silence_set() -> ResponseReturnValue:
    """Preview or set a silence."""
    form = silence_form.read(request.form)
    if request.form.get("do") == "preview":
        return _show(form, with_preview=True)
    try:
        with request_work() as work:
            draft = silence_form.draft_of(form, estate_queries.current(work), work.now)
            made = actions.set_silence(work, draft)
    except BadInput as refusal:
        return _show(form, fault=str(refusal), status=refusal.status)
    flash("The silence holds pages back; state goes on to be shown.")
    return redirect(url_for("noc.silence", silence_id=made), code=303)


def _show(
    form: SilenceForm, with_preview: bool = False, fault: str = "", status: int = 200
) -> ResponseReturnValue:
    seen, rows = None, []
    with request_view() as work:
        if not work.actor.markets(Permission.ALERT_SILENCE):
            work.require(Permission.ALERT_SILENCE, EVERYWHERE)
        estate, now = estate_queries.current(work), work.now
        if with_preview and not fault:
            try:
                seen = silence_form.preview(work, silence_form.matchers_of(form))
                rows = [line_of(each, estate, work.now) for each in seen.shown]
            except BadInput as refusal:
                fault = str(refusal)
    page = render_template(
        "noc/silence_form.html",
        form=form,
        seen=silence_form.preview_words(seen) if seen else "",
        rows=rows,
        fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
        operators=silence_form.OPERATORS,
        lasts=silence_form.LASTS,
        example=f"{now:%Y-%m-%d} 18:00",
        zones=times.zone_choices(estate, now),
        back=local_target(form.back, url_for("noc.silences")),
    )
    return page, 400 if fault else status


@noc.post("/silences/<silence_id>/expire")
def silence_expire(silence_id: str) -> ResponseReturnValue:
    """End a silence now."""
    with request_work() as work:
        actions.expire_silence(work, silence_id)
    flash("The silence has ended; what it held pages at once.")
    return redirect(url_for("noc.silences"), code=303)
