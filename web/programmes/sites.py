"""The table of a programme's sites, and one move of many at once."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import moving
from changes.programmes.actions.moving import MoveAnswer
from changes.programmes.lifecycle import SITE, SiteMove
from changes.programmes.queries import sites as site_queries
from changes.programmes.rules.guards import offered
from changes.programmes.values import SiteLine
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from web import packing, words
from web.app import request_view, request_work
from web.auth import local_target
from web.noc import live
from web.noc.asked import asked_of
from web.noc.questions import Field, Question, ask
from web.programmes import site_acts, site_view, sites_view
from web.programmes.blueprint import programmes
from web.programmes.entries import day_of
from web.programmes.list_view import seen_words
from web.programmes.listed import import_place, require_sight, tag_of

MOST_AT_ONCE = 150  # a form has at most 200 fields


@programmes.get("/<int:programme_id>/sites")
def sites(programme_id: int) -> ResponseReturnValue:
    """List the sites of a programme: the board as a table."""
    asked = asked_of(request, "programmes.sites", sites_view.NAMES, {}, programme_id=programme_id)
    with request_view() as work:
        require_sight(work)
        tag = tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        found = site_queries.board(work, programme_id)
        one = found.programme
        shown = render_template(
            "programmes/sites.html",
            page=sites_view.table(found, asked, work.now),
            head=one,
            total=len(found.sites),
            seen=seen_words(work, one),
            asked=asked,
            only_filters={key: value for key, value in asked.given.items() if key != "order"},
            may_work=any(work.actor.may(Permission.PROGRAMME_WORK, each) for each in one.markets),
            import_href=import_place(work, one),
            now=work.now,
            tag=tag,
        )
    return packing.packed(live.page(tag, shown))


@programmes.route("/<int:programme_id>/sites/move", methods=["GET", "POST"])
def sites_move(programme_id: int) -> ResponseReturnValue:
    """Ask which move the chosen sites make and why, then make it, each for itself."""
    given = request.form
    back = local_target(
        given.get("back", ""), url_for("programmes.sites", programme_id=programme_id)
    )
    with request_view() as work:
        found = site_queries.board(work, programme_id)
        kinds = site_acts.kinds_of(work, programme_id)
    chosen = _chosen(given.getlist("i"), found.sites)
    if not chosen:
        flash("Nothing was chosen; tick at least one site, then repeat.")
        return redirect(back, code=303)
    moves = _moves(chosen)
    move = next((each for each in moves if each.value == given.get("move", "")), None)
    question = _question(programme_id, chosen, moves, move, kinds, back)
    if move is None or "sure" not in given:
        return ask(question)
    try:
        with request_work() as work:
            answers = moving.move_many(
                work,
                [each.id for each in chosen],
                move,
                given.get("reason", ""),
                kind=given.get("kind", ""),
                owner=given.get("owner", ""),
                until=day_of(given.get("until", ""), "new day"),
            )
    except BadInput as refusal:
        return ask(_question(programme_id, chosen, moves, move, kinds, back, str(refusal)), 400)
    tell(move, answers)
    return redirect(back, code=303)


def _chosen(given: Sequence[str], sites: Sequence[SiteLine]) -> list[SiteLine]:
    """Return the sites that are named, as far as they are there; too many at once are refused."""
    numbers = {int(each) for each in given if each.isascii() and each.isdecimal()}
    found = [each for each in sites if each.id in numbers]
    if len(found) > MOST_AT_ONCE:
        raise BadInput(f"{len(found)} sites are more than {MOST_AT_ONCE} at once; choose fewer")
    return found


def _moves(chosen: Sequence[SiteLine]) -> list[SiteMove]:
    """Return the moves that at least one of the sites has, along the way first."""
    open_to = {move for each in chosen for move in offered(each.state, each.was)}
    return [each for each in SiteMove if each in open_to]


def _question(
    programme_id: int,
    chosen: Sequence[SiteLine],
    moves: Sequence[SiteMove],
    move: SiteMove | None,
    kinds: Sequence[tuple[str, str]],
    back: str,
    fault: str = "",
) -> Question:
    named = words.listed([each.code for each in chosen], 8)
    options = [(each.value, _option(each, chosen)) for each in moves]
    picked = Field("move", "Move", "choice", move.value if move else "", options=options)
    hidden = [("i", str(each.id)) for each in chosen] + [("back", back)]
    if move is not None:
        hidden += [("move", move.value), ("sure", "yes")]
    word = site_view.label_of(move) if move else "Next"
    return Question(
        title=f"{word}: {words.counted(len(chosen), 'site')}" if move else "Move sites",
        action=url_for("programmes.sites_move", programme_id=programme_id),
        button=word,
        back=back,
        back_label="Sites",
        about=named,
        what="Each is moved for itself: what is in the way of one does not hold up the others."
        if move
        else "",
        fields=site_acts.fields_of(move, kinds) if move else [picked],
        hidden=hidden,
        fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
    )


def _option(move: SiteMove, chosen: Sequence[SiteLine]) -> str:
    able = sum(move in offered(each.state, each.was) for each in chosen)
    to = {
        SITE.after(each.state, move).value
        for each in chosen
        if move in offered(each.state, each.was)
    }
    return f"{site_view.label_of(move)} ({able} of {len(chosen)}, then {words.listed(sorted(to))})"


def tell(move: SiteMove, answers: Sequence[MoveAnswer]) -> None:
    """Say what became of each of many."""
    done = [each.code for each in answers if each.is_done]
    if done:
        flash(f"{site_view.label_of(move)}: {words.listed(done, 8)}.")
    for each in [each for each in answers if not each.is_done][:12]:
        flash(f"{each.code or each.id} stays: {each.words}.")
    rest = len(answers) - len(done) - 12
    if rest > 0:
        flash(f"{words.counted(rest, 'more site')} stay where they are.")
