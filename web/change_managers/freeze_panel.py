"""Freezes on the page of a change: what is in its way, who let it through, what it ran into."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for
from flask.typing import ResponseReturnValue

from changes import queries
from changes.actions import freezes as freeze_actions
from changes.lifecycle import State
from changes.names import is_among
from changes.queries import freezes as freeze_queries
from changes.rules.freezes import FreezeHit, FreezeSpan, Phase, hits, holding
from changes.rules.reach import markets_of
from changes.values import ChangeView, plan_digest
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view
from web.change_managers.blueprint import changes
from web.noc import questions, times
from web.noc.questions import Field, Question

_BEFORE_START = {State.DRAFT, State.SUBMITTED, State.APPROVED, State.SCHEDULED}
_HOW = {
    Phase.EXECUTION: ("refuses the start", "warns"),
    Phase.PREPARATION: ("preparation only; enforced at the start", "preparation only"),
    Phase.SOAK: ("soak only", "soak only"),
}


@dataclass(frozen=True)
class InTheWay:
    """One freeze that a planned change runs into."""

    name: str
    word: str
    tone: str
    how: str
    reason: str
    markets: Sequence[str]
    when: str
    there: Sequence[str]
    overridden: str
    override: str


@dataclass(frozen=True)
class Given:
    """An override that somebody gave; one of an older plan is void."""

    name: str
    by: str
    at: str
    reason: str
    is_void: bool


@dataclass(frozen=True)
class FreezePanel:
    """What the panel shows."""

    rows: Sequence[InTheWay]
    given: Sequence[Given]
    met: Sequence[str]


def panel(work: Work, change: ChangeView) -> FreezePanel | None:
    """Return the panel, None while no freeze has to do with the change."""
    overrides = freeze_queries.overrides_of(work, change.id)
    digest = plan_digest(change)
    by_key = {each.freeze_key: each.by for each in overrides if each.plan_digest == digest}
    found = _in_the_way(work, change) if change.state in _BEFORE_START else []
    rows = [_row(work, change, each, by_key.get(each[0].freeze.key, "")) for each in found]
    given = [
        Given(
            each.freeze_name,
            each.by,
            words.when(each.at, work.now),
            each.reason,
            each.plan_digest != digest,
        )
        for each in overrides
    ]
    met = [_met(work, each.freeze) for each in freeze_queries.met_by(work, change)]
    return FreezePanel(rows, given, met) if rows or given or met else None


def _in_the_way(work: Work, change: ChangeView) -> list[list[FreezeHit]]:
    """Return each freeze with what of the change lies in its stretches, hard ones first.

    Those of the planned stretch, and once the change may begin, those that hold right now.
    """
    found: dict[str, list[FreezeHit]] = {}
    estate = estate_queries.current(work)
    if change.state in {State.APPROVED, State.SCHEDULED} and _may_begin(change, work.now):
        now = freeze_queries.freeze_spans(work, work.now, work.now + freeze_queries.MOMENT)
        for freeze, markets in holding(now, change, estate, work.now):
            found.setdefault(freeze.key, []).append(FreezeHit(freeze, markets, Phase.EXECUTION))
    if change.span is not None and change.span.until > work.now:
        spans = freeze_queries.freeze_spans(work, *change.span)
        for hit in hits(spans, change, estate):
            found.setdefault(hit.freeze.key, []).append(hit)
    worst = map(_worst, found.values())
    return sorted(worst, key=lambda each: (not each[0].freeze.is_hard, each[0].freeze.since))


def _worst(found: Sequence[FreezeHit]) -> list[FreezeHit]:
    """Return each stretch of one freeze once; what meets the execution leaves out the rest."""
    executed = [each for each in found if each.phase is Phase.EXECUTION]
    return list({(each.freeze.span, each.markets): each for each in executed or found}.values())


def _may_begin(change: ChangeView, now: datetime) -> bool:
    """Tell whether the time to start it has come: with its preparation, to the window's end."""
    if change.span is None or change.window is None:
        return False
    return change.span.since <= now < change.window.until


def _row(work: Work, change: ChangeView, found: Sequence[FreezeHit], by: str) -> InTheWay:
    hit, estate = found[0], estate_queries.current(work)
    freeze = hit.freeze
    since = min(each.freeze.since for each in found)
    until = max(each.freeze.until for each in found)
    there = [
        (each.freeze.since, each.freeze.until, zone)
        for each in found
        for zone in times.zones_of(estate, each.markets)
    ]
    stops = freeze.is_hard and hit.phase is Phase.EXECUTION
    return InTheWay(
        name=freeze.name,
        word=freeze.word,
        tone="p2" if stops and not by else "",
        how=_HOW[hit.phase][0 if freeze.is_hard else 1],
        reason=freeze.reason,
        markets=estate.in_order({code for each in found for code in each.markets}),
        when=words.stretch(since, until, work.now),
        there=times.stretches(there, work.now),
        overridden=by,
        override=_override(work, change, freeze) if stops and not by else "",
    )


def _override(work: Work, change: ChangeView, freeze: FreezeSpan) -> str:
    """Return where the actor may override the freeze; empty when it is not theirs to do."""
    markets = markets_of(estate_queries.current(work), change)
    may = all(work.actor.may(Permission.CHANGE_OVERRIDE, code) for code in markets)
    if not may or is_among(work.actor.name, (change.requester, change.implementer)):
        return ""
    return url_for("changes.freeze_override", change_id=change.id, key=freeze.key)


def _met(work: Work, freeze: FreezeSpan) -> str:
    return (
        f"The {freeze.word} freeze {freeze.name} began at "
        f"{words.when(freeze.begins_at, work.now)} UTC while it was running; it went on"
    )


@changes.get("/<int:change_id>/override-freeze", endpoint="freeze_override")
def ask(change_id: int) -> ResponseReturnValue:
    """Ask why one change may run through one freeze."""
    return questions.ask(_question(change_id, request.args.get("key", "")))


@changes.post("/<int:change_id>/override-freeze", endpoint="freeze_overridden")
def override(change_id: int) -> ResponseReturnValue:
    """Let one change through one freeze, by name."""
    key, reason = request.form.get("key", ""), request.form.get("reason", "")
    return questions.settle(
        _question(change_id, key, reason),
        lambda work: freeze_actions.override(work, change_id, key, reason),
        "The freeze is overridden for this change, as it is planned now.",
    )


def _question(change_id: int, key: str, reason: str = "") -> Question:
    with request_view() as work:
        change = queries.change(work, change_id)
        found = {each[0].freeze.key: each for each in _in_the_way(work, change)}
        if key not in found:
            raise NotFound(f"no such freeze is in the way of {change.reference}; see its page")
        freeze = found[key][0].freeze
        until = words.when(max(each.freeze.until for each in found[key]), work.now)
    back = url_for("changes.change", change_id=change_id)
    return Question(
        title=f"Let {change.reference} run through {freeze.name}?",
        action=url_for("changes.freeze_overridden", change_id=change_id),
        button="Override the freeze",
        back=back,
        back_label=change.reference,
        about=change.title,
        what=f"The freeze holds until {until} UTC. Your name and reason go on the audit trail; the "
        "override is for this change alone, and void once its plan changes.",
        hidden=[("key", key)],
        fields=[Field("reason", "Why it cannot wait", "area", reason, required=True)],
    )
