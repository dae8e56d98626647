"""Go/no-go meetings and cut-overs over the API."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.programmes.actions import cutting_over, go_no_go
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.cutover_values import CutOverView, Template
from changes.programmes.queries import cutover, decisions, sites
from changes.programmes.queries.decisions import DecisionView
from ssoc.core.errors import NotFound
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.act import Act
from web.api.changes.shapes import Json, instant
from web.api.programmes.decision_acts import CUT_OVER_ACTIONS, DECISION_ACTIONS
from web.api.repeating import once
from web.app import request_view


@api.get("/programmes/<int:number>/decisions", endpoint="programme_decisions")
def of_programme(number: int) -> ResponseReturnValue:
    """Return the go/no-go meetings of a programme, the newest first."""
    asked.parameters()
    with request_view() as work:
        found = decisions.listed(work, number)
    items = [
        {
            "id": each.id,
            "about": each.about,
            "market": each.market,
            "meets_at": instant(each.meets_at),
            "decision": each.verdict.value if each.verdict else None,
            "is_overridden": each.is_overridden,
            "sentence": each.sentence,
        }
        for each in found
    ]
    return jsonify(items=items)


@api.post("/decisions", endpoint="decision_plan")
def plan() -> ResponseReturnValue:
    """Plan a meeting about a `site` (its way in the programme) or a `wave`."""
    given = asked.body("site", "wave", "meets_at", "no_return", "rollback_owner")
    draft = MeetingDraft(
        given.instant("meets_at"),
        given.number("site") if given.values.get("site") is not None else None,
        given.number("wave") if given.values.get("wave") is not None else None,
        given.text("no_return", ""),
        given.text("rollback_owner", ""),
    )

    def act(work: Work) -> Json:
        number = go_no_go.plan(work, draft)
        work.session.flush()
        return _decision(decisions.decision(work, number))

    return once(act, 201)


@api.get("/decisions/<int:number>", endpoint="decision")
def one(number: int) -> ResponseReturnValue:
    """Return one meeting with its criteria, votes, conditions, and what it comes to now."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_decision(decisions.decision(work, number)))


@api.post("/decisions/<int:number>/<action>", endpoint="decision_act")
def decision_act(number: int, action: str) -> ResponseReturnValue:
    """Do something to a meeting: an action of the table below."""

    def shown(work: Work) -> Json:
        return _decision(decisions.decision(work, number))

    with request_view() as work:
        decisions.found(work, number)
    return _act(DECISION_ACTIONS, number, action, shown)


def _act(
    table: Mapping[str, Act], number: int, action: str, shown: Callable[[Work], Json]
) -> ResponseReturnValue:
    known = table.get(action)
    if known is None:
        raise NotFound(f"there is no action {action[:64]!r}; there are {', '.join(table)}")
    given = asked.body(*known.fields)

    def act(work: Work) -> Json:
        known.run(work, number, given)
        work.session.flush()
        return shown(work)

    return once(act)


def _decision(one: DecisionView) -> Json:
    return {
        "id": one.id,
        "programme": one.programme_id,
        "about": one.about,
        "market": one.market,
        "site": one.site_rollout_id,
        "wave": one.wave_id,
        "meets_at": instant(one.meets_at),
        "decision": one.verdict.value if one.verdict else None,
        "decided_at": instant(one.decided_at),
        "decided_by": one.decided_by,
        "comes_to": one.finding.verdict.value,
        "sentence": one.finding.sentence,
        "is_overridden": one.finding.is_overridden,
        "override": {
            "by": one.override.by,
            "reason": one.override.reason,
            "at": instant(one.override.at),
        }
        if one.override
        else None,
        "quorum": one.quorum,
        "steering": {role: list(people) for role, people in one.steering.items()},
        "authority": one.authority,
        "no_return": one.no_return,
        "rollback_owner": one.rollback_owner,
        "criteria": [decisions.plain(each) for each in one.criteria],
        "votes": [
            {
                "role": each.role,
                "person": each.person,
                "word": each.word.value,
                "reason": each.reason,
                "at": instant(each.at),
            }
            for each in one.ballots
        ],
        "conditions": [
            {
                "id": each.id,
                "text": each.text,
                "owner": each.owner,
                "due_on": each.due_on.isoformat() if each.due_on else None,
                "closed_at": instant(each.closed_at),
                "closed_by": each.closed_by,
            }
            for each in one.conditions
        ],
    }


# ---- cut-overs


@api.get("/programmes/<int:number>/run-sheet", endpoint="programme_run_sheet")
def template(number: int) -> ResponseReturnValue:
    """Return the run sheet of every site beside what rehearsals and cut-overs took."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_template(cutover.template(work, number)))


@api.put("/programmes/<int:number>/run-sheet", endpoint="programme_run_sheet_set")
def set_template(number: int) -> ResponseReturnValue:
    """Set the run sheet of every site: `steps` with title, p50, p90, verify, undo and marks."""
    given = asked.body("steps", "window_minutes", "rollback_minutes", "version")
    rows = given.values.get("steps")
    steps = [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []
    rollback = given.values.get("rollback_minutes", 0)
    version = given.values.get("version")

    def act(work: Work) -> Json:
        cutting_over.set_template(
            work,
            number,
            steps,
            given.number("window_minutes"),
            rollback if isinstance(rollback, int) else -1,
            version if isinstance(version, int) else None,
        )
        work.session.flush()
        return _template(cutover.template(work, number))

    return once(act)


def _template(found: Template) -> Json:
    return {
        "programme": found.programme_id,
        "window_minutes": found.window_minutes,
        "rollback_minutes": found.rollback_minutes,
        "version": found.version,
        "steps": [
            {
                **vars(each.step),
                "needs": list(each.step.needs),
                "took_minutes": list(each.took),
                "forecast_p50": round(each.usual.median_minutes, 2),
                "forecast_p90": round(each.usual.quantile(0.9), 2),
                "last_minutes": each.last_minutes,
                "is_flagged": each.is_flagged,
            }
            for each in found.timings
        ],
    }


@api.get("/sites/<int:site>/cut-overs", endpoint="site_cut_overs")
def of_site(site: int) -> ResponseReturnValue:
    """Return the run sheets of a site (its way in the programme), the newest first."""
    asked.parameters()
    with request_view() as work:
        _require_site(work, site)
        found = [cutover.run(work, each.id) for each in cutover.runs_of(work, site)[:20]]
    return jsonify(items=[_run(each) for each in found])


def _require_site(work: Work, site: int) -> None:
    sites.row_of(work, site)


@api.post("/sites/<int:site>/cut-overs", endpoint="site_cut_over")
def begin(site: int) -> ResponseReturnValue:
    """Begin a cut-over of a site, or a rehearsal of it with `is_rehearsal`."""
    given = asked.body("is_rehearsal")

    def act(work: Work) -> Json:
        chosen = cutting_over.rehearse if given.switch("is_rehearsal") else cutting_over.begin
        number = chosen(work, site)
        work.session.flush()
        return _run(cutover.run(work, number))

    return once(act, 201)


@api.get("/cut-overs/<int:number>", endpoint="cut_over")
def run(number: int) -> ResponseReturnValue:
    """Return one run sheet with its forecast."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_run(cutover.run(work, number)))


@api.post("/cut-overs/<int:number>/<action>", endpoint="cut_over_act")
def cut_over_act(number: int, action: str) -> ResponseReturnValue:
    """Do something to a cut-over: an action of the table below."""

    def shown(work: Work) -> Json:
        return _run(cutover.run(work, number))

    with request_view() as work:
        cutover.found(work, number)
    return _act(CUT_OVER_ACTIONS, number, action, shown)


def _run(run: CutOverView) -> Json:
    return {
        "id": run.id,
        "site": run.site_rollout_id,
        "code": run.code,
        "market": run.market,
        "is_rehearsal": run.is_rehearsal,
        "state": run.state.value,
        "started_at": instant(run.started_at),
        "started_by": run.started_by,
        "window_ends_at": instant(run.window_ends_at),
        "checkpoint": instant(run.checkpoint),
        "forecast_end": instant(run.forecast.end) if run.forecast else None,
        "critical_path": list(run.forecast.path) if run.forecast else [],
        "standing": run.standing.value if run.standing else None,
        "standing_words": run.standing_words,
        "went_on_because": run.went_on_because,
        "rolled_back_at": instant(run.rolled_back_at),
        "ended_at": instant(run.ended_at),
        "ended_by": run.ended_by,
        "note": run.note,
        "steps": [_step(each) for each in run.steps],
    }


def _step(each: Any) -> Json:  # noqa: ANN401 (a step of the run)
    return {
        "position": each.position,
        "title": each.title,
        "owner": each.owner,
        "state": each.state.value,
        "p50": each.planned_minutes,
        "p90": each.p90,
        "verify": each.check,
        "undo": each.undo,
        "waits_for": list(each.waits_for),
        "is_hold_point": each.is_hold_point,
        "drains": each.drains,
        "no_return": each.no_return,
        "in_flight": each.in_flight,
        "last_minutes": each.last_minutes,
        "is_flagged": each.is_flagged,
        "began_at": instant(each.began_at),
        "began_by": each.began_by,
        "ended_at": instant(each.ended_at),
        "ended_by": each.ended_by,
        "undone_at": instant(each.undone_at),
        "notes": [
            {"move": note.move, "text": note.text, "by": note.by, "at": instant(note.at)}
            for note in each.notes
        ],
    }
