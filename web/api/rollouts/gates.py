"""Gates over the API: how one stands, its evidence to the end, an answer by hand."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.gates.actions.answering import answer
from changes.gates.queries import gates, planning
from changes.gates.values import GateView, Measurement, SeriesView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.repeating import once
from web.app import request_view


@api.get("/gates/<int:number>", endpoint="gate")
def one(number: int) -> ResponseReturnValue:
    """Return a gate with its verdict per market, and each metric with its newest measurement."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_gate(gates.gate(work, number)))


@api.get("/gates/<int:number>/evidence", endpoint="gate_evidence")
def evidence(number: int) -> ResponseReturnValue:
    """Return measurements of one metric in one market, the newest first; all of them are kept."""
    given = asked.parameters("metric", "market", "cursor", "limit")
    metric, market = given.get("metric", ""), given.get("market", "")
    with request_view() as work:
        page = gates.evidence(
            work, number, metric, market, given.get("cursor", ""), asked.limit(given)
        )
    return jsonify(items=[_measurement(each) for each in page.items], next=page.next or None)


@api.get("/gates/<int:number>/points", endpoint="gate_points")
def points(number: int) -> ResponseReturnValue:
    """Return one metric in one market as a chart draws it, with its limits."""
    given = asked.parameters("metric", "market")
    metric, market = given.get("metric", ""), given.get("market", "")
    with request_view() as work:
        found = gates.points(work, number, metric, market)
        view = gates.gate(work, number)
    limits = next(each.metric.limits for each in view.series if each.metric.name == metric)
    items = [
        {
            "number": each.number,
            "at": instant(each.at),
            "value": each.value,
            "baseline": each.baseline,
            "judgement": each.judgement.value,
        }
        for each in found
    ]
    drawn = [{"sign": each.sign, "figure": each.figure} for each in limits]
    return jsonify(items=items, limits=drawn)


@api.post("/gates/<int:number>/answer", endpoint="gate_answer")
def answered(number: int) -> ResponseReturnValue:
    """Answer the question of a manual metric: ``metric``, ``market``, ``yes``, ``note``."""
    asked.parameters()
    given = asked.body("metric", "market", "yes", "note")
    if not isinstance(given.values.get("yes"), bool):
        raise BadInput("the field yes must be true or false")

    def do(work: Work) -> Json:
        gates.gate(work, number)
        metric, market = given.text("metric"), given.text("market", "")
        answer(work, number, metric, market, given.switch("yes"), given.text("note", ""))
        work.session.flush()
        return _gate(gates.gate(work, number))

    return once(do)


@api.post("/gates/check", endpoint="gate_check")
def check() -> ResponseReturnValue:
    """Return every fault of a ``definition`` in some ``markets``; nothing is kept."""
    asked.parameters()
    given = asked.body("definition", "markets")
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        found = planning.faults(work, given.values.get("definition", {}), given.texts("markets"))
    return jsonify(is_good=not found, faults=list(found))


def _gate(gate: GateView) -> Json:
    return {
        "id": gate.id,
        "about": gate.about,
        "phase": gate.phase.value,
        "effect": gate.effect.value,
        "words": gate.words,
        "markets": {code: phase.value for code, phase in gate.markets.items()},
        "components": list(gate.components),
        "opened_at": instant(gate.opened_at),
        "opened_by": gate.opened_by,
        "decided_at": instant(gate.decided_at),
        "through": gate.through,
        "consumed": gate.consumed,
        "series": [_series(each) for each in gate.series],
    }


def _series(series: SeriesView) -> Json:
    metric = series.metric
    return {
        "metric": metric.name,
        "title": metric.title,
        "unit": metric.unit,
        "market": series.market,
        "provider": metric.provider.kind.value,
        "phase": series.phase.value,
        "why": series.why,
        "effect": series.effect.value,
        "counts": series.counts,
        "question": series.question or None,
        "limits": [{"sign": each.sign, "figure": each.figure} for each in metric.limits],
        "min_samples": metric.min_samples,
        "measured": series.number,
        "next_at": instant(series.next_at),
        "decided_at": instant(series.decided_at),
        "counters": _counters(series),
        "newest": _measurement(series.newest) if series.newest else None,
    }


def _counters(of: SeriesView | Measurement) -> Json:
    counters = of.counters
    return {
        "count": counters.count,
        "failed": counters.failed,
        "inconclusive": counters.inconclusive,
        "consecutive_errors": counters.errors,
        "consecutive_successes": counters.successes,
        "consecutive_no_data": counters.no_data,
    }


def _measurement(measurement: Measurement) -> Json:
    said = measurement.baseline_judgement
    return {
        "id": measurement.id,
        "number": measurement.number,
        "at": instant(measurement.at),
        "planned_at": instant(measurement.planned_at),
        "query": measurement.query,
        "value": measurement.value,
        "result": list(measurement.result),
        "samples": measurement.samples,
        "baseline": measurement.baseline,
        "baseline_judgement": said.value if said else None,
        "baseline_days": list(measurement.used),
        "baseline_left_out": dict(measurement.left_out),
        "judgement": measurement.judgement.value,
        "why": measurement.why,
        "phase": measurement.phase.value,
        "counters": _counters(measurement),
        "by": measurement.by,
        "is_consumed": measurement.is_consumed,
    }
