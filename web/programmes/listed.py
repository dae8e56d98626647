"""The list of programmes, and the page of one: its waves, its board, what blocks."""

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.queries import programmes as plans
from changes.programmes.queries import sites as site_queries
from changes.programmes.values import ProgrammeView
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import revision
from ssoc.core.work import Work
from web import packing
from web.app import request_view
from web.noc import live
from web.noc.asked import asked_of
from web.programmes import board_view, filters, list_view, unplaced
from web.programmes.blueprint import programmes

IMPORT = "programmes.import_form"
# Pages of a programme that others bring: label, endpoint with ``programme_id``, key.
LINKS: tuple[tuple[str, str, str], ...] = (
    ("Staff", "programmes.people", ""),
    ("Training", "programmes.training", ""),
    ("Acceptance", "programmes.acceptance", ""),
    ("Steering", "programmes.steering", "s"),
    ("Go/no-go", "programmes.decisions", ""),
    ("Run sheet", "programmes.run_sheet", ""),
)
_SLOT = 60  # seconds: nothing on a board changes by time alone but the day


def tag_of(work: Work) -> str:
    """Return the tag of a page of programmes: it changes with what happened, not with time."""
    return live.tag_at((revision(work.session), int(work.now.timestamp()) // _SLOT), _who(work))


def _who(work: Work) -> str:
    return work.actor.name


def may_plan(work: Work, one: ProgrammeView) -> bool:
    """Tell whether the actor may plan a programme: in every one of its markets."""
    return all(work.actor.may(Permission.PROGRAMME_PLAN, each) for each in one.markets)


def import_place(work: Work, one: ProgrammeView) -> str:
    """Return where sites of a programme are brought in from a file, empty for who may not."""
    if IMPORT not in current_app.view_functions or not may_plan(work, one):
        return ""
    return url_for(IMPORT, programme_id=one.id)


def _acts(work: Work, one: ProgrammeView) -> list[tuple[str, str, str]]:
    """Return the buttons of the page: label, address, key."""
    plans = [("Terms", "programmes.settings", "")]
    plans += [("Edit", "programmes.programme_edit", "e")] if may_plan(work, one) else []
    every = [("Crews", "programmes.crews", ""), *LINKS, ("Export", "programmes.exports", "")]
    found = [
        (label, url_for(endpoint, programme_id=one.id), key)
        for label, endpoint, key in (*every, *plans)
        if endpoint in current_app.view_functions
    ]
    found.append(("Reconciliation", url_for("programmes.recons"), ""))
    bring = import_place(work, one)
    return [*found, *([("Import", bring, "")] if bring else [])]


def require_sight(work: Work) -> None:
    """Raise NotAllowed for who may see no programme at all."""
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


@programmes.get("/")
def listed() -> ResponseReturnValue:
    """List programmes, the newest first."""
    with request_view() as work:
        require_sight(work)
        tag = tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        shown = render_template(
            "programmes/listed.html",
            rows=list_view.rows(work, plans.listed(work)),
            may_plan=bool(work.actor.markets(Permission.PROGRAMME_PLAN)),
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


@programmes.get("/<int:programme_id>")
def programme(programme_id: int) -> ResponseReturnValue:
    """Show one programme with the board of its sites."""
    with request_view() as work:
        require_sight(work)
        tag = tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        asked = asked_of(
            request, "programmes.programme", filters.NAMES, {}, programme_id=programme_id
        )
        found = site_queries.board(work, programme_id)
        shown = render_template(
            "programmes/programme.html",
            page=board_view.page_of(found, asked, work.now),
            seen=list_view.seen_words(work, found.programme),
            may_plan=may_plan(work, found.programme),
            steers=found.programme.steers(work.actor.name),
            acts=_acts(work, found.programme),
            releases=plans.releases(work, programme_id),
            unplaced=unplaced.notice(work, programme_id),
            asked=asked,
            now=work.now,
            tag=tag,
        )
    return packing.packed(live.page(tag, shown))
