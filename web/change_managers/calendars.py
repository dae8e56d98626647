"""A person's own calendars: secret addresses that a telephone or a desk calendar reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions import calendar_links
from changes.actions.calendar_links import LinkDraft, Shows
from changes.queries import calendar_feeds
from ssoc.core.errors import BadInput, NotAllowed
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web.app import request_view, request_work
from web.change_managers.blueprint import changes
from web.change_managers.freezes import component_choices

_SHOWS = (
    (Shows.BOTH.value, "Changes and freezes"),
    (Shows.CHANGES.value, "Changes alone"),
    (Shows.FREEZES.value, "Freezes alone"),
)


@dataclass(frozen=True)
class CalendarForm:
    """The form as it stands."""

    name: str = ""
    shows: str = Shows.BOTH.value
    component: str = ""
    markets: Sequence[str] = ()


@changes.get("/calendars")
def calendars() -> ResponseReturnValue:
    """List one's own calendars, and offer to make one."""
    return _page(CalendarForm())


@changes.post("/calendars")
def calendar_make() -> ResponseReturnValue:
    """Make a calendar and show its address, this once."""
    form = CalendarForm(
        request.form.get("name", "")[:64],
        request.form.get("shows", ""),
        request.form.get("component", "")[:128],
        tuple(request.form.getlist("market")),
    )
    try:
        with request_work() as work:
            plain = calendar_links.make_link(work, draft_of(form))
    except BadInput as refusal:
        return _page(form, str(refusal), refusal.status)
    shown = render_template(
        "admin/once.html",
        title=f"Calendar {form.name.strip()}",
        what="address",
        secret=address_of(plain),
        use="Give it to your calendar as a subscription. Whoever has it sees what you may see; "
        "revoke it when it gets lost.",
        back=url_for("changes.calendars"),
        back_to="Back to my calendars",
    )
    answer = make_response(shown)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def draft_of(form: CalendarForm) -> LinkDraft:
    """Return what a form asks for, or raise BadInput."""
    if form.shows not in set(Shows):
        raise BadInput(f"say what the calendar shows: {', '.join(Shows)}")
    return LinkDraft(form.name, form.markets, form.component, Shows(form.shows))


def address_of(plain: str) -> str:
    """Return the whole address of a calendar."""
    with request_view() as work:
        public = work.settings.web.public_url.rstrip("/")
    path = url_for("feeds.changes", token=plain)
    return f"{public}{path}" if public else url_for("feeds.changes", token=plain, _external=True)


@changes.post("/calendars/<int:link_id>/revoke")
def calendar_revoke(link_id: int) -> ResponseReturnValue:
    """End one's own calendar at once."""
    with request_work() as work:
        calendar_links.revoke_link(work, link_id)
    flash("The calendar is revoked; its address answers no more.")
    return redirect(url_for("changes.calendars"), code=303)


def _require_person(work: Work) -> None:
    if g.actor.kind is not ActorKind.PERSON:
        raise NotAllowed("only people have calendars; nothing was changed; sign in by name")
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


def _page(form: CalendarForm, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        _require_person(work)
        held, estate = work.actor.markets(Permission.CHANGE_SEE), estate_queries.current(work)
        page = render_template(
            "changes/calendars.html",
            form=form,
            fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
            links=calendar_feeds.links(work),
            shows=_SHOWS,
            said=dict(_SHOWS),
            components=[("", "All components"), *component_choices(estate, ())],
            named={key: each.name for key, each in estate.components.items()},
            markets=[
                (code, market.name)
                for code, market in estate.markets.items()
                if EVERYWHERE in held or code in held
            ],
            now=work.now,
        )
    return page, status
