"""The change log: what tools told, what it belongs to, and what nobody had announced."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes import queries
from changes.actions import outside as actions
from changes.lifecycle import Sighted, State
from changes.names import same
from changes.queries import outside
from changes.queries.outside import SeenOutside
from changes.queries.references import changes_named
from changes.values import ChangeView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view
from web.change_managers.blueprint import changes
from web.change_managers.page_parts import PageAct
from web.change_managers.views_of import require_sight
from web.noc.choices import Choice, markets_choice
from web.noc.questions import Field, Question, ask, settle

_TONES = {Sighted.UNAUTHORISED: "p2", Sighted.JOINED: "p2"}
_KINDS = {Sighted.ANNOUNCED: "done", Sighted.UNWATCHED: "none", Sighted.IGNORED: "none"}


@dataclass(frozen=True)
class LogLine:
    """One entry of the change log."""

    when: str
    ended: str
    summary: str
    href: str
    source: str
    by: str
    market: str
    component: str
    verdict: str
    tone: str
    kind: str
    reason: str
    change_id: int | None
    judged_by: str


@dataclass(frozen=True)
class LogPanel:
    """The panel of a change: its entries, and what may be said of an unauthorised one."""

    lines: Sequence[LogLine]
    is_unauthorised: bool


def panel(work: Work, change: ChangeView) -> LogPanel | None:
    """Return what tools told of a change; None when none did."""
    found = outside.seen_of(work, change.id)
    if not found and not change.is_unauthorised:
        return None
    return LogPanel([_line(work, each) for each in found], change.is_unauthorised)


def acts(work: Work, change: ChangeView) -> Sequence[PageAct]:
    """Return what a person may say of an unauthorised change."""
    may = change.is_unauthorised and change.state is State.ENDED
    if not may or not _may_settle(work, change):
        return ()
    return (
        PageAct(
            "It belongs to…", url_for("changes.belongs", change_id=change.id), is_question=True
        ),
        PageAct("Ignore…", url_for("changes.ignore", change_id=change.id), is_question=True),
    )


def _may_settle(work: Work, change: ChangeView) -> bool:
    return not same(work.actor.name, change.implementer) and all(
        work.actor.may(Permission.CHANGE_MANAGE, each) for each in change.markets
    )


def _line(work: Work, seen: SeenOutside) -> LogLine:
    told = seen.logged
    href = next((each.get("href", "") for each in told.links), "")
    return LogLine(
        when=f"{words.when(told.at, work.now)} UTC",
        ended=f"until {words.when(told.ended_at, work.now)}" if told.ended_at else "",
        summary=told.summary,
        href=href if href.startswith(("https://", "http://")) else "",
        source=told.source,
        by=str(told.details.get("by", "")),
        market=told.market,
        component=estate_queries.current(work).name_of(told.component),
        verdict=seen.verdict.value,
        tone=_TONES.get(seen.verdict, ""),
        kind=_KINDS.get(seen.verdict, ""),
        reason=seen.reason,
        change_id=seen.change_id,
        judged_by=seen.judged_by,
    )


@changes.get("/change-log")
def change_log() -> ResponseReturnValue:
    """List what tools told lately, and above it what nobody had announced."""
    word = request.args.get("verdict", "")
    verdict = Sighted(word) if word in set(Sighted) else None
    with request_view() as work:
        require_sight(work)
        estate = estate_queries.current(work)
        market = request.args.get("market", "")
        market = market if market in estate.markets else ""
        open_ones = [
            each for each in outside.unauthorised(work) if not market or market in each.markets
        ]
        options = [("", "Everything"), *((each.value, each.value) for each in Sighted)]
        return render_template(
            "changes/change_log.html",
            lines=[_line(work, each) for each in outside.seen(work, verdict, market=market)],
            unauthorised=[(each, words.when(each.started_at, work.now)) for each in open_ones],
            choices=[
                Choice("verdict", "What came of it", options, verdict.value if verdict else ""),
                markets_choice(work, estate, Permission.CHANGE_SEE, market),
            ],
            is_filtered=bool(verdict or market),
            most=outside.MOST,
            may_import=bool(work.actor.markets(Permission.CHANGE_MANAGE)),
            now=work.now,
        )


@changes.route("/<int:change_id>/belongs-to", methods=["GET", "POST"])
def belongs(change_id: int) -> ResponseReturnValue:
    """Ask which change an unauthorised one is part of."""
    other, reason = request.form.get("other", ""), request.form.get("reason", "")
    question = _question(
        change_id,
        "belongs",
        "It belongs to another change",
        "Say so",
        "Its entries of the change log go to the other change, which must have been approved, and "
        "no review is owed any more.",
        [
            Field("other", "The change", value=other, hint="such as CHG-12", required=True),
            Field(
                "reason",
                "Why it belongs there",
                value=reason,
                most=300,
                hint="Needed where its component, time or approval do not fit.",
            ),
        ],
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: _belongs(work, change_id, other, reason), "Settled.")


def _belongs(work: Work, change_id: int, other: str, reason: str) -> None:
    named = changes_named(work, [other, f"CHG-{other.strip()}"])
    if len(named) != 1:
        raise BadInput(f"there is no change {other.strip()[:64]!r} that you may see; give CHG-12")
    actions.belongs_to(work, change_id, named[0].id, reason)


@changes.route("/<int:change_id>/ignore", methods=["GET", "POST"])
def ignore(change_id: int) -> ResponseReturnValue:
    """Ask why something unannounced needs no change."""
    reason = request.form.get("reason", "")
    hours = "The same source on the same component stays quiet for some hours."
    fields = [Field("reason", "Why it needs no change", "area", reason, required=True)]
    question = _question(change_id, "ignore", "Ignore it", "Ignore", hours, fields)
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: actions.ignore(work, change_id, reason), "Settled.")


def _question(
    change_id: int, endpoint: str, title: str, button: str, what: str, fields: Sequence[Field]
) -> Question:
    with request_view() as work:
        change = queries.change(work, change_id)
    return Question(
        title=title,
        action=url_for(f"changes.{endpoint}", change_id=change_id),
        button=button,
        back=url_for("changes.change", change_id=change_id),
        back_label=change.reference,
        about=change.title,
        what=what,
        fields=fields,
    )
