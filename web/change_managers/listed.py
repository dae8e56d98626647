"""The list and the board of changes, and answers to what waits, many at once."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.core.permissions import Permission
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view
from web.change_managers import listed_view, views_of
from web.change_managers.blueprint import changes
from web.noc import live
from web.noc.asked import asked_of
from web.noc.choices import markets_choice


@changes.get("/")
def listed() -> ResponseReturnValue:
    """List changes: what is live, the next to begin first."""
    asked = asked_of(request, "changes.listed", listed_view.NAMES, listed_view.DEFAULTS)
    with request_view() as work:
        views_of.require_sight(work)
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        shown = render_template(
            "changes/listed.html",
            page=listed_view.list_view(work, asked),
            asked=asked,
            tabs=views_of.tabs("list", market=asked["market"], component=asked["component"]),
            new=views_of.new_change(work),
            import_href=views_of.import_place(work),
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


@changes.get("/board")
def board() -> ResponseReturnValue:
    """Show changes by where they stand."""
    asked = asked_of(request, "changes.board", ("market", "component"), {})
    with request_view() as work:
        views_of.require_sight(work)
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        estate = estate_queries.current(work)
        stages = listed_view.board(work, asked)
        blocked = sum(listed_view.blocked(each.rows) for each in stages)
        shown = render_template(
            "changes/board.html",
            stages=stages,
            blocked=f"{words.counted(blocked, 'change')} blocked" if blocked else "",
            choices=[markets_choice(work, estate, Permission.CHANGE_SEE, asked["market"])],
            component=asked["component"],
            chips=asked.chips({}),
            link=lambda state: url_for("changes.listed", **{**dict(asked.given), "state": state}),
            tabs=views_of.tabs("board", market=asked["market"], component=asked["component"]),
            new=views_of.new_change(work),
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)
