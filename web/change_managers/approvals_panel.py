"""The panel "Approvals" of a change: stages, who said what, who has not answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from changes.lifecycle import State
from changes.queries import approvals
from changes.queries.approvals import ApprovalsView, StageView, Tally
from changes.queries.rounds import StoredRound
from changes.rules.approvals import Status
from changes.rules.filling import Answer
from changes.values import ChangeView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.change_managers.choices import choice
from web.change_managers.page_parts import PageAct

_WORDS = {
    Status.WAITING: "waits",
    Status.PENDING: "asked",
    Status.ESCALATED: "escalated",
    Status.COMPLETE: "complete",
    Status.REFUSED: "refused",
}
_KINDS = {Status.WAITING: "none", Status.COMPLETE: "done"}
_TONES = {Status.ESCALATED: "p2", Status.REFUSED: "p1"}


@dataclass(frozen=True)
class StageLine:
    """One stage as the panel shows it."""

    position: int
    name: str
    count: str
    word: str
    kind: str
    tone: str
    said: Sequence[str]
    silent: str
    due: str
    shortage: str


@dataclass(frozen=True)
class ApprovalsPanel:
    """What the panel shows."""

    head: str
    stages: Sequence[StageLine]
    earlier: Sequence[str]
    board: Sequence[approvals.BoardLine]
    exceptions: Sequence[approvals.Exempted]
    fault: str
    refused: str
    exception_href: str


def panel(work: Work, change: ChangeView) -> ApprovalsPanel | None:
    """Return the panel, None while the change was never submitted and nothing is wrong.

    Of what was found in the change log nobody was asked, and nobody will be.
    """
    if change.was_found:
        return None
    found = approvals.approvals(work, change.id)
    if found.present is None and not found.separation_fault and not found.exceptions:
        return None
    present = found.present
    return ApprovalsPanel(
        head=_head(work, found),
        stages=[_stage(work, each) for each in found.stages],
        earlier=[_earlier(work, each) for each in found.earlier],
        board=found.board,
        exceptions=found.exceptions,
        fault=found.separation_fault,
        refused=present.state.refused_because if present else "",
        exception_href=_exception_href(work, change),
    )


def _head(work: Work, found: ApprovalsView) -> str:
    if found.present is None:
        return "no round yet"
    number, at = found.present.round.number, found.present.round.opened_at
    when = words.when(at, work.now)
    if found.change.state is State.DRAFT:
        return f"round {number} is void: the change went back to be planned"
    return f"round {number}: the plan changed {when}" if number > 1 else f"round 1, since {when}"


def _stage(work: Work, view: StageView) -> StageLine:
    state = view.state
    is_late = state.status is Status.ESCALATED
    due = ""
    if state.due_at and state.status.is_open:
        due = f"{'since' if is_late else 'until'} {words.when(state.due_at, work.now)}"
    return StageLine(
        position=state.position,
        name=state.stage.name,
        count=words.listed([_count(each) for each in view.tallies]),
        word=_WORDS[state.status],
        kind=_KINDS.get(state.status, ""),
        tone=_TONES.get(state.status, ""),
        said=[_said(work, each) for each in state.answers],
        silent=_silent(view),
        due=due,
        shortage=view.shortage if state.status.is_open else "",
    )


def _count(tally: Tally) -> str:
    if tally.by_meeting:
        return "decided by the board"
    role = tally.role.replace("_", " ")
    where = f" {tally.market}" if tally.market else ""
    return f"{tally.answered} of {tally.count} {role}{where}"


def _said(work: Work, given: Answer) -> str:
    who = "the board" if given.meeting else given.person
    whom = f" for {given.on_behalf_of}" if given.on_behalf_of else ""
    hats = words.listed(
        dict.fromkeys(f"{hat.role.replace('_', ' ')} {' '.join(hat.markets)}" for hat in given.hats)
    )
    said = f"{'yes' if given.yes else 'no'}: {who}{whom}"
    if hats:
        said += f", {hats}"
    said += f", {words.when(given.at, work.now)}"
    return f"{said}, “{given.reason}”" if given.reason else said


def _silent(view: StageView) -> str:
    if view.state.status is Status.COMPLETE:
        return ""
    names = dict.fromkeys(name for each in view.tallies for name in each.silent)
    return f"no answer: {words.listed(names, 6)}" if names else ""


def _earlier(work: Work, stored: StoredRound) -> str:
    given = [each for stage in stored.state.stages for each in stage.answers]
    yes, no = sum(each.yes for each in given), sum(not each.yes for each in given)
    end = "refused" if no else "void: the plan changed"
    day = words.day(stored.round.opened_at, work.now)
    return f"Round {stored.round.number}, {day}: {yes} yes, {no} no; {end}"


def _exception_href(work: Work, change: ChangeView) -> str:
    may = all(work.actor.may(Permission.CHANGE_OVERRIDE, each) for each in change.markets)
    over = {State.CLOSED, State.CANCELLED, State.ENDED, State.REVIEWED}
    if not may or change.state in over:
        return ""
    return url_for("changes.exception", change_id=change.id)


def acts(work: Work, change: ChangeView) -> Sequence[PageAct]:
    """Return the two answers for who is asked now."""
    asked = approvals.asked_of(work, [change]).get(change.id)
    if asked is None:
        return ()
    back = url_for("changes.change", change_id=change.id)
    whom = f" for {asked.on_behalf_of}" if asked.on_behalf_of else ""
    return [
        PageAct(
            f"{label}{whom}…",
            url_for("changes.answer_question", do=do, i=choice(asked), back=back),
            key,
            is_main=do == "approve",
            is_question=True,
        )
        for label, do, key in (("Approve", "approve", "a"), ("Reject", "reject", "r"))
    ]
