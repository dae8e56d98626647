"""Incidents after a change: those it caused, is suspected of, or was cleared of."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from changes.lifecycle import State, Verdict
from changes.queries import causes
from changes.queries.causes import CausedIncident
from changes.values import ChangeView
from ssoc.core.work import Work
from web import words

_BEGUN = (State.RUNNING, State.ENDED, State.REVIEWED, State.CLOSED)
_BADGES = {Verdict.SUSPECTED: "", Verdict.CONFIRMED: "done", Verdict.RULED_OUT: "none"}


@dataclass(frozen=True)
class CausedLine:
    """One incident after the change."""

    href: str
    reference: str
    title: str
    priority: str
    markets: Sequence[str]
    when: str
    verdict: str
    badge: str
    said: str
    reason: str


@dataclass(frozen=True)
class CausedPanel:
    """The panel."""

    lines: Sequence[CausedLine]
    note: str
    own: Sequence[CausedLine] = ()  # of the alarms of its own runs


def panel(work: Work, change: ChangeView) -> CausedPanel | None:
    """Return the incidents after a change that has begun; None before it has."""
    if change.state not in _BEGUN:
        return None
    found = causes.incidents_of(work, change.id)
    sure = sum(each.verdict is Verdict.CONFIRMED for each in found)
    note = f"{sure} of {words.counted(len(found), 'incident')} confirmed" if found else ""
    own = [_line(work, each) for each in causes.own_incidents(work, change.reference)]
    return CausedPanel([_line(work, each) for each in found], note, own)


def _line(work: Work, caused: CausedIncident) -> CausedLine:
    rank = f"rank {caused.rank}, score {caused.score:.2f}" if caused.score is not None else ""
    said = f"{caused.by}, {words.when(caused.at, work.now)}" if caused.by else ""
    return CausedLine(
        href=url_for("noc.incident", incident_id=caused.incident_id, _anchor="changed"),
        reference=caused.reference,
        title=caused.title or caused.component,
        priority=caused.priority,
        markets=caused.markets,
        when=f"{words.when(caused.began_at, work.now)} UTC",
        verdict=caused.verdict.value,
        badge=_BADGES[caused.verdict],
        said=" · ".join(filter(None, (said, rank))),
        reason=caused.reason,
    )
