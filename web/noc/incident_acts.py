"""The buttons of an incident: what its state allows and the person may do, most likely first."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from incidents.actions import ROLES as ROLES
from incidents.clock_queries import ClockView
from incidents.lifecycle import Move
from incidents.queries import Line
from ssoc.core.clocks import Status
from ssoc.core.permissions import Permission
from ssoc.core.work import Work


@dataclass(frozen=True)
class Act:
    """One button: it acts at once, or leads to a question."""

    label: str
    href: str
    is_question: bool = True
    is_main: bool = False
    key: str = ""


_MOVES = {
    Move.ACKNOWLEDGE: ("Acknowledge", "noc.acknowledge", False, "a"),
    Move.MITIGATE: ("Mark mitigated", "noc.mitigate", False, ""),
    Move.RESOLVE: ("Resolve…", "noc.resolve", True, ""),
    Move.CLOSE: ("Close", "noc.close", False, ""),
    Move.REOPEN: ("Reopen…", "noc.reopen", True, ""),
}


def acts_of(work: Work, line: Line, may_work: bool) -> list[Act]:
    """Return the buttons; the first move the lifecycle offers is the main one."""
    acts: list[Act] = []
    moves = [move for move in _MOVES if move in line.moves] if may_work else []
    for move in moves:
        label, endpoint, is_question, key = _MOVES[move]
        href = url_for(endpoint, incident_id=line.id)
        acts.append(Act(label, href, is_question, not acts, key))
    if may_work:
        acts += _others(line)
    if _may_prioritise(work, line):
        acts.append(Act("Priority…", url_for("noc.prioritise", incident_id=line.id)))
    if line.markets and all(work.actor.may(Permission.CHANGE_PLAN, each) for each in line.markets):
        acts.append(Act("Raise a change…", url_for("changes.change_new", incident=line.id)))
    if work.actor.markets(Permission.ALERT_SILENCE) and line.state.is_live:
        acts.append(Act("Silence…", url_for("noc.silence_new", i=line.id), key="m"))
    return acts


def _others(line: Line) -> list[Act]:
    acts = [Act("Assign…", url_for("noc.assign", incident_id=line.id), key="s")]
    if line.state.is_live:
        acts.append(Act("Merge…", url_for("noc.merge", i=line.id)))
        if line.symptoms:
            acts.append(Act("Split…", url_for("noc.split", incident_id=line.id)))
    return acts


def _may_prioritise(work: Work, line: Line) -> bool:
    markets: Sequence[str] = line.markets or ("*",)
    return line.state.is_live and all(
        work.actor.may(Permission.INCIDENT_PRIORITISE, each) for each in markets
    )


def clock_acts(line: Line, clocks: Sequence[ClockView]) -> list[Act]:
    """Return what may be done with its clocks."""
    dispute = Act("Dispute a pause…", url_for("noc.dispute", incident_id=line.id))
    disputes = [dispute] if may_dispute(clocks) else []
    if not any(each.is_running for each in clocks):
        return disputes
    acts = [Act("Pause…", url_for("noc.pause", incident_id=line.id))]
    if any(each.status is Status.PAUSED for each in clocks):
        acts.append(Act("Resume…", url_for("noc.resume", incident_id=line.id)))
    return acts + disputes


def may_dispute(clocks: Sequence[ClockView]) -> bool:
    """Tell whether there is a pause that nobody disputes yet; also when its clock has stopped."""
    return any(not pause.is_disputed for each in clocks for pause in each.pauses)
