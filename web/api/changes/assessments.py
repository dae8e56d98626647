"""The assessment of a change over the API: findings, risk with its terms, who is touched, slot."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes import queries
from changes.policy import policy
from changes.queries import assessment as assessments
from changes.queries.assessment import Risk
from changes.queries.impact import impact
from changes.rules.impact import MarketImpact
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, finding, instant
from web.app import request_view


@api.get("/changes/<int:number>/assessment", endpoint="change_assessment")
def assessment(number: int) -> ResponseReturnValue:
    """Return what a change collides with, how risky it is, and who is touched."""
    asked.parameters()
    with request_view() as work:
        change = queries.change(work, number)
        found = assessments.assessment_of(work, change)
        touched = impact(work, change)
        return jsonify(
            {
                "id": change.id,
                "checked_at": instant(found.checked_at),
                "findings": [finding(each) for each in found.findings],
                "ended": [finding(each) for each in found.ended],
                "risk": _risk(found.risk, policy(work).version) if found.risk else None,
                "markets": [_market(each) for each in touched.markets],
                "needs": list(touched.needs),
            }
        )


@api.get("/changes/<int:number>/next-slot", endpoint="change_next_slot")
def next_slot(number: int) -> ResponseReturnValue:
    """Return when a change could run without being blocked; nulls when the horizon has none."""
    asked.parameters()
    with request_view() as work:
        change = queries.change(work, number)
        found = assessments.next_free_slot(work, change, work.now)
        days = policy(work).collisions.slots.horizon_days
    return jsonify(
        {
            "id": number,
            "starts_at": instant(found.starts_at) if found else None,
            "ends_at": instant(found.ends_at) if found else None,
            "horizon_days": days,
            "has_window": change.window is not None,
        }
    )


def _risk(risk: Risk, version: str) -> Json:
    return {
        "points": round(risk.points, 2),
        "policy_version": risk.policy_version,
        "reckoned_at": instant(risk.reckoned_at),
        "points_now": round(risk.now, 2),
        "policy_version_now": version,
        "inputs": risk.inputs.plain,
        "terms": [
            {
                "name": each.name,
                "value": round(each.value, 4),
                "weight": each.weight,
                "points": round(each.points, 2),
                "reason": each.said,
                "is_known": each.is_known,
            }
            for each in risk.terms
        ],
    }


def _market(each: MarketImpact) -> Json:
    usual: dict[str, Any] = {
        "transactions": int(each.usual.transactions)
        if each.usual.transactions is not None
        else None,
        "value": str(each.usual.value) if each.usual.value is not None else None,
        "currency": each.currency,
        "usd": str(each.usual.usd) if each.usual.usd is not None else None,
    }
    return {
        "market": each.market,
        "effect": each.effect.value,
        "down": list(each.down),
        "degraded": list(each.degraded),
        "less_redundant": list(each.less_redundant),
        "usual": usual,
        "local": [
            {"zone": zone, "since": since.isoformat(), "until": until.isoformat()}
            for zone, since, until in each.local
        ],
        "holidays": list(each.holidays),
        "is_pay_day": each.is_pay_day,
        "is_peak": each.is_peak,
    }
