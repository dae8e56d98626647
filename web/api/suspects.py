"""Who is suspected of having caused an incident, over the API."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.queries import causes
from changes.queries.causes import CausedIncident, Judged, Judgement, Suspects
from incidents import queries
from incidents.queries import Line
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.shapes import Json, instant
from web.app import request_view
from web.noc.suspects_view import told


@api.get("/incidents/<int:number>/suspects", endpoint="suspects")
def suspects(number: int) -> ResponseReturnValue:
    """Return every suspect by rank with its terms, and what people said of each."""
    asked.parameters()
    with request_view() as work:
        found = causes.suspects(work, number, told(queries.line_of(work, number)))
        return jsonify(
            component=found.component,
            markets=list(found.markets),
            began_at=instant(found.began_at),
            look_back_hours=found.look_back.total_seconds() / 3600,
            highest_score=found.most,
            policy=found.policy_version,
            items=[suspect(each) for each in found.suspects],
            judged_before=[judgement(each) for each in found.others],
        )


def shown(work: Work, line: Line) -> list[Json]:
    """Return the suspects that an incident's page shows."""
    found: Suspects = causes.suspects(work, line.id, told(line))
    return [suspect(each) for each in found.suspects[: found.shown]]


def suspect(judged: Judged) -> Json:
    """Return one suspect."""
    one, candidate = judged.suspect, judged.suspect.candidate
    return {
        "rank": one.rank,
        "candidate": candidate.key,
        "kind": candidate.kind.value,
        "title": candidate.title,
        "reference": candidate.reference,
        "change": candidate.change_id,
        "components": list(candidate.components),
        "markets": list(candidate.markets),
        "began_at": instant(candidate.began_at),
        "ended_at": instant(candidate.ended_at),
        "hops": one.hops,
        "path": list(one.path),
        "score": one.score,
        "terms": [
            {"name": t.name, "value": t.value, "weight": t.weight, "points": t.points}
            | {"said": t.said}
            for t in one.terms
        ],
        "verdict": judged.verdict.value,
        "judgements": [judgement(each) for each in judged.judgements],
    }


def judgement(said: Judgement) -> Json:
    """Return what one person said."""
    return {
        "candidate": said.candidate,
        "verdict": said.verdict.value,
        "reason": said.reason,
        "by": said.by,
        "at": instant(said.at),
        "rank_then": said.rank,
        "score_then": said.score,
    }


def caused(one: CausedIncident) -> Json:
    """Return an incident after a change."""
    return {
        "incident": one.incident_id,
        "title": one.title,
        "priority": one.priority,
        "markets": list(one.markets),
        "began_at": instant(one.began_at),
        "ended_at": instant(one.ended_at),
        "verdict": one.verdict.value,
        "rank": one.rank,
        "score": one.score,
        "by": one.by,
        "reason": one.reason,
    }


@api.get("/changes/<int:number>/incidents", endpoint="change_incidents")
def after_change(number: int) -> ResponseReturnValue:
    """Return the incidents that a change is suspected of, caused, or did not cause."""
    asked.parameters()
    with request_view() as work:
        found = [caused(each) for each in causes.incidents_of_seen(work, number)]
        return jsonify(items=found)
