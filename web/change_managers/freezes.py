"""Freezes: what holds now and will, which planned changes it hits; set, change and lift them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from changes.actions import freeze_list
from changes.actions.freeze_list import FreezeDraft
from changes.queries import freeze_pages
from changes.queries.freeze_pages import HandFreeze
from changes.rules.local_freezes import WALL
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web.app import request_view, request_work
from web.change_managers import freeze_view
from web.change_managers.blueprint import changes
from web.noc import questions, times
from web.noc.choices import Choice, markets_choice
from web.noc.questions import Field, Question

LOCAL = "local"  # a choice of clocks: each market's own
_KINDS = (("", "Hard and soft"), ("hard", "Hard alone"), ("soft", "Soft alone"))
_SOURCES = (
    ("", "All sources"),
    ("list", "Set by hand"),
    ("feed", "From calendars"),
    ("computed", "Computed"),
)


@dataclass(frozen=True)
class FreezeForm:
    """The form as it stands; ``changes`` is the number of the freeze it changes."""

    name: str = ""
    kind: str = "hard"
    reason: str = ""
    zone: str = LOCAL
    since: str = ""
    until: str = ""
    markets: Sequence[str] = ()
    components: Sequence[str] = ()
    changes: int | None = None
    version: int = 0


@changes.get("/freezes")
def freezes() -> ResponseReturnValue:
    """List freezes: now, to come, ended; and which planned changes they hit."""
    asked = {name: request.args.get(name, "") for name in ("market", "kind", "source")}
    with request_view() as work:
        estate = estate_queries.current(work)
        market = asked["market"] if asked["market"] in estate.markets else ""
        wanted = freeze_view.Wanted(market, asked["kind"], asked["source"])
        shown = freeze_view.page(work, estate, wanted)
        return render_template(
            "changes/freezes.html",
            shown=shown,
            choices=[
                markets_choice(work, estate, Permission.CHANGE_SEE, market),
                Choice("kind", "Kind", _KINDS, asked["kind"]),
                Choice("source", "Source", _SOURCES, asked["source"]),
            ],
            may_set=may_set(work),
            now=work.now,
            days=freeze_pages.AHEAD.days,
        )


def may_set(work: Work) -> bool:
    """Tell whether the actor may set freezes anywhere."""
    return bool(work.actor.markets(Permission.CHANGE_MANAGE))


@changes.get("/freezes/new")
def freeze_new() -> ResponseReturnValue:
    """Ask for a freeze."""
    return _show(FreezeForm())


@changes.post("/freezes/new")
def freeze_set() -> ResponseReturnValue:
    """Set a freeze."""
    return _settle(_read(request.form))


@changes.get("/freezes/<int:freeze_id>")
def freeze_edit(freeze_id: int) -> ResponseReturnValue:
    """Show a freeze as a form, to change it."""
    with request_view() as work:
        found = freeze_pages.hand_freeze(work, freeze_id)
        if found.state(work.now) in {"lifted", "over"}:
            raise Conflict(f"the freeze {found.name} has ended; set a new one")
    return _show(_form_of(found))


@changes.post("/freezes/<int:freeze_id>")
def freeze_change(freeze_id: int) -> ResponseReturnValue:
    """Change a freeze that has not ended."""
    text = request.form.get("version", "")
    version = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return _settle(replace(_read(request.form), changes=freeze_id, version=version))


@changes.get("/freezes/<int:freeze_id>/lift")
def freeze_lift_ask(freeze_id: int) -> ResponseReturnValue:
    """Ask why a freeze holds no more."""
    return questions.ask(_lifting(freeze_id))


@changes.post("/freezes/<int:freeze_id>/lift")
def freeze_lift(freeze_id: int) -> ResponseReturnValue:
    """End a freeze now."""
    reason = request.form.get("reason", "")
    return questions.settle(
        _lifting(freeze_id, reason),
        lambda work: freeze_list.lift_freeze(work, freeze_id, reason),
        "The freeze is lifted; what it stopped may start.",
    )


def _lifting(freeze_id: int, reason: str = "") -> Question:
    with request_view() as work:
        found = freeze_pages.hand_freeze(work, freeze_id)
    return Question(
        title=f"Lift the freeze {found.name}?",
        action=url_for("changes.freeze_lift", freeze_id=freeze_id),
        button="Lift it",
        back=url_for("changes.freezes"),
        back_label="Freezes",
        what="It ends now for everything it stops. It stays on record with who lifted it and why.",
        fields=[Field("reason", "Why it holds no more", "area", reason, required=True)],
    )


def _form_of(found: HandFreeze) -> FreezeForm:
    since, until, zone = times.typed(found.since), times.typed(found.until), times.UTC_ZONE
    if found.is_local:
        since, until = (each.replace("T", " ") for each in (found.local_since, found.local_until))
        zone = LOCAL
    return FreezeForm(
        found.name,
        "hard" if found.is_hard else "soft",
        found.reason,
        zone,
        since,
        until,
        tuple(found.markets),
        tuple(found.components),
        found.id,
        found.version,
    )


def _read(given: MultiDict[str, str]) -> FreezeForm:
    return FreezeForm(
        given.get("name", "")[:128],
        given.get("kind", ""),
        given.get("reason", "")[:500],
        given.get("zone", "")[:64] or times.UTC_ZONE,
        given.get("since", "")[:40],
        given.get("until", "")[:40],
        tuple(given.getlist("market")),
        tuple(given.getlist("component")),
    )


def _settle(form: FreezeForm) -> ResponseReturnValue:
    try:
        with request_work() as work:
            draft = draft_of(work, form)
            if form.changes is None:
                number = freeze_list.set_freeze(work, draft)
            else:
                number = form.changes
                freeze_list.change_freeze(work, number, draft, form.version)
            said = freeze_view.set_words(work, number)
    except BadInput as refusal:
        return _show(form, str(refusal), refusal.status)
    flash(said)
    return redirect(url_for("changes.freezes"), code=303)


def draft_of(work: Work, form: FreezeForm) -> FreezeDraft:
    """Return what a form asks for, or raise BadInput for what cannot be read."""
    if form.kind not in {"hard", "soft"}:
        raise BadInput("say whether the freeze is hard, and stops work, or soft, and warns")
    is_local = form.zone == LOCAL
    zone = times.UTC_ZONE if is_local else times.zone_of(estate_queries.current(work), form.zone)
    since = times.read(form.since, "the start", zone)
    until = times.read(form.until, "the end", zone)
    draft = FreezeDraft(form.name, form.kind == "hard", form.reason, form.markets, form.components)
    if not is_local:
        return replace(draft, since=since, until=until)
    return replace(
        draft, local_since=_wall(form.since, "the start"), local_until=_wall(form.until, "the end")
    )


def _wall(text: str, what: str) -> str:
    """Return a typed time as walls show it; an offset would be one market's alone."""
    found = datetime.fromisoformat(text.strip())
    if found.tzinfo is not None:
        raise BadInput(f"{what} {text!r} names an offset; leave it out, or choose UTC as the clock")
    return found.strftime(WALL)


def _show(form: FreezeForm, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        if not may_set(work):
            work.require(Permission.CHANGE_MANAGE, EVERYWHERE)
        estate, now = estate_queries.current(work), work.now
    clocks = [(LOCAL, "Each market's own clocks"), *times.zone_choices(estate, now)]
    page = render_template(
        "changes/freeze_form.html",
        form=form,
        fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
        kinds=(("hard", "Hard: execution is refused"), ("soft", "Soft: a warning")),
        clocks=clocks,
        components=component_choices(estate, form.components),
        markets=[(code, market.name) for code, market in estate.markets.items()],
        example=f"{now:%Y-%m-%d} 22:00",
    )
    return page, status


def component_choices(estate: Estate, chosen: Sequence[str]) -> list[tuple[str, str]]:
    """Return the components of the estate by name, and those chosen that it has no more."""
    named = sorted(estate.components.values(), key=lambda each: (each.name, each.key))
    gone = [each for each in chosen if each not in estate.components]
    return [*((each.key, each.name) for each in named), *((key, key) for key in gone)]
