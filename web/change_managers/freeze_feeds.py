"""Calendars of freezes: when each was read last, what is wrong with it; add, ask now, remove."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions import freeze_feeds
from changes.actions.freeze_feeds import FeedDraft
from changes.queries import freeze_pages
from changes.queries.freeze_pages import FeedLine
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view, request_work
from web.change_managers.blueprint import changes
from web.change_managers.freezes import component_choices, may_set
from web.noc import questions, times
from web.noc.questions import Field, Question
from web.uploads import takes_files

_EVERY = ((15, "15 minutes"), (60, "hour"), (360, "6 hours"), (1_440, "day"))


@dataclass(frozen=True)
class FeedForm:
    """The form as it stands."""

    name: str = ""
    kind: str = "soft"
    url: str = ""
    zone: str = ""
    every: str = "60"
    markets: Sequence[str] = field(default_factory=tuple)
    components: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class FeedRow:
    """One calendar in the list."""

    line: FeedLine
    state: str
    tone: str
    read: str
    tried: str
    since: str
    may_act: bool


@changes.get("/freezes/feeds", endpoint="freeze_feeds")
def freeze_feeds_page() -> ResponseReturnValue:
    """List calendars of freezes with their last reading and faults."""
    with request_view() as work:
        rows = [_row(work, each) for each in freeze_pages.feeds(work)]
        return render_template(
            "changes/freeze_feeds.html", rows=rows, may_set=may_set(work), now=work.now
        )


def _row(work: Work, line: FeedLine) -> FeedRow:
    failing = line.failing_since is not None
    state = "cannot be read" if failing else "read" if line.read_at else "not read yet"
    return FeedRow(
        line=line,
        state=state,
        tone="p2" if failing else "",
        read=words.when(line.read_at, work.now),
        tried=words.when(line.tried_at, work.now),
        since=words.when(line.failing_since, work.now),
        may_act=_may_act(work, line.markets),
    )


def _may_act(work: Work, markets: Sequence[str]) -> bool:
    return all(work.actor.may(Permission.CHANGE_MANAGE, code) for code in markets or [EVERYWHERE])


@changes.get("/freezes/feeds/new")
def freeze_feed_new() -> ResponseReturnValue:
    """Ask for a calendar."""
    return _show(FeedForm())


@changes.post("/freezes/feeds/new")
@takes_files
def freeze_feed_add() -> ResponseReturnValue:
    """Add a calendar, by its address or as a file."""
    form = _read()
    try:
        with request_work() as work:
            freeze_feeds.add_feed(work, _draft(form))
    except BadInput as refusal:
        return _show(form, str(refusal), refusal.status)
    flash("The calendar is added; an address is asked within a minute.")
    return redirect(url_for("changes.freeze_feeds"), code=303)


def _draft(form: FeedForm) -> FeedDraft:
    if form.kind not in {"hard", "soft"}:
        raise BadInput("say whether its freezes are hard, and stop work, or soft, and warn")
    if form.every not in {str(minutes) for minutes, _ in _EVERY}:
        raise BadInput("choose from the list how often the calendar is asked")
    return FeedDraft(
        form.name,
        form.kind == "hard",
        form.markets,
        form.components,
        form.zone,
        form.url,
        _file(),
        int(form.every),
    )


def _file() -> bytes:
    sent = request.files.get("file")
    return sent.read() if sent else b""


def _read() -> FeedForm:
    given = request.form
    return FeedForm(
        given.get("name", "")[:128],
        given.get("kind", ""),
        given.get("url", "")[:600],
        given.get("zone", "")[:64],
        given.get("every", ""),
        tuple(given.getlist("market")),
        tuple(given.getlist("component")),
    )


def _show(form: FeedForm, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        if not may_set(work):
            work.require(Permission.CHANGE_MANAGE, EVERYWHERE)
        estate, now = estate_queries.current(work), work.now
        hosts = work.settings.changes.feed_hosts
    page = render_template(
        "changes/freeze_feed_form.html",
        form=form,
        faults=[f"{each[:1].upper()}{each[1:]}." for each in fault.splitlines()],
        kinds=(("soft", "Soft: a warning"), ("hard", "Hard: execution is refused")),
        zones=[("", "The first market's"), *times.zone_choices(estate, now)],
        every=[(str(minutes), word) for minutes, word in _EVERY],
        hosts=words.listed(hosts, 6) or "none yet: name them in [changes] feed_hosts",
        components=component_choices(estate, form.components),
        markets=[(code, market.name) for code, market in estate.markets.items()],
    )
    return page, status


@changes.post("/freezes/feeds/<int:feed_id>/refresh")
def freeze_feed_refresh(feed_id: int) -> ResponseReturnValue:
    """Let a calendar be asked at the next turn."""
    with request_work() as work:
        freeze_feeds.refresh_soon(work, feed_id)
    flash("The calendar is asked within a minute.")
    return redirect(url_for("changes.freeze_feeds"), code=303)


@changes.get("/freezes/feeds/<int:feed_id>/remove")
def freeze_feed_remove_ask(feed_id: int) -> ResponseReturnValue:
    """Ask why the freezes of a calendar hold no more."""
    return questions.ask(_removing(feed_id))


@changes.post("/freezes/feeds/<int:feed_id>/remove")
def freeze_feed_remove(feed_id: int) -> ResponseReturnValue:
    """Remove a calendar with its freezes."""
    reason = request.form.get("reason", "")
    return questions.settle(
        _removing(feed_id, reason),
        lambda work: freeze_feeds.remove_feed(work, feed_id, reason),
        "The calendar is removed; its freezes hold no more.",
    )


def _removing(feed_id: int, reason: str = "") -> Question:
    with request_view() as work:
        found = freeze_pages.feed(work, feed_id)
    return Question(
        title=f"Remove the calendar {found.name}?",
        action=url_for("changes.freeze_feed_remove", feed_id=feed_id),
        button="Remove it",
        back=url_for("changes.freeze_feeds"),
        back_label="Calendars read",
        what=f"{words.counted(found.to_come, 'freeze')} of it, now and to come, hold no more.",
        fields=[Field("reason", "Why they hold no more", "area", reason, required=True)],
    )
