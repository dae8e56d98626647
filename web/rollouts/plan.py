"""Plan waves: written as YAML, with a look at whom each of them reaches before it is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes import queries as change_queries
from changes.draft import BadDraft
from changes.rollouts.actions import planning
from changes.rollouts.queries import rollouts as queries
from changes.rollouts.rules import drafting, reach
from changes.rollouts.rules.ahead import gate_length
from changes.rollouts.rules.drafting import WavesDraft
from changes.values import ChangeView
from ssoc.core.errors import BadInput, Conflict, IllegalMove
from web import words
from web.app import request_view, request_work
from web.rollouts.blueprint import rollouts

LONGEST = 200_000


@dataclass(frozen=True)
class Covered:
    """Whom one wave reaches, before it is kept."""

    title: str
    whom: str
    markets: Sequence[str]
    gate: str
    begins: str


@rollouts.route("/<int:rollout_id>/plan", methods=["GET", "POST"], endpoint="plan")
def plan(rollout_id: int) -> ResponseReturnValue:
    """Write the waves of a roll-out anew."""
    with request_view() as work:
        found = queries.rollout(work, rollout_id)
        change = change_queries.change(work, found.change_id)
    text = as_yaml(drafting.plain(drafting.draft_of(found)))
    return _form(change, text, found.version, url_for("rollouts.plan", rollout_id=rollout_id))


@rollouts.route("/plan/<int:change_id>", methods=["GET", "POST"], endpoint="plan_new")
def plan_new(change_id: int) -> ResponseReturnValue:
    """Write the first waves of a change."""
    with request_view() as work:
        change = change_queries.change(work, change_id)
        number = queries.number_of(work, change_id)
    if number is not None:
        return redirect(url_for("rollouts.plan", rollout_id=number), code=303)
    here = url_for("rollouts.plan_new", change_id=change_id)
    return _form(change, as_yaml(example(change)), None, here)


def _form(change: ChangeView, text: str, version: int | None, action: str) -> ResponseReturnValue:
    given = request.form.get("waves", text).replace("\r\n", "\n")
    faults: list[str] = []
    status, draft = 200, None
    try:
        draft = drafting.read(from_yaml(given))
        drafting.refuse_faults(draft, change.markets)
        if request.method == "POST" and request.form.get("do") == "keep":
            return _keep(change, draft)
    except (BadInput, Conflict, IllegalMove) as refusal:
        faults = list(refusal.faults if isinstance(refusal, BadDraft) else (str(refusal),))
        status = refusal.status
    shown = render_template(
        "rollouts/plan.html",
        change=change,
        text=given,
        version=request.form.get("version", version or ""),
        action=action,
        faults=faults if request.method == "POST" else [],
        covered=_covered(draft, change) if draft else [],
        told=_told(draft, change) if draft else [],
    )
    return shown, status if request.method == "POST" else 200


def _keep(change: ChangeView, draft: WavesDraft) -> ResponseReturnValue:
    text = request.form.get("version", "")
    version = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004
    with request_work() as work:
        number = planning.plan(work, change.id, draft, version)
    flash("The waves are planned.")
    return redirect(url_for("rollouts.rollout", rollout_id=number), code=303)


def _covered(draft: WavesDraft, change: ChangeView) -> list[Covered]:
    return [
        Covered(
            f"Wave {each.position} · {each.name}",
            reach.whom(each.cohorts, each.percent, each.sites),
            [one.market for one in reach.covered(each, change.markets)],
            f"{words.counted(len(each.gate.get('metrics', ())), 'metric')}, at least "
            f"{words.age(gate_length(each.gate))}",
            "begins by itself" if each.is_automatic else "a person begins it",
        )
        for each in draft.views
    ]


def _told(draft: WavesDraft, change: ChangeView) -> list[str]:
    found = reach.overlaps(draft.views, change.markets)
    return [
        f"{each[:1].upper()}{each[1:]}."
        for each in [*found, *reach.gaps(draft.views, change.markets)]
    ]


def from_yaml(text: str) -> object:
    """Return what YAML or JSON says, or raise BadInput; what refers to itself is refused."""
    if len(text) > LONGEST:
        raise BadInput(f"the plan has {len(text)} signs; write {LONGEST} at most")
    try:
        if any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(text)):
            raise BadInput("the plan refers to itself by & and *; write it out")
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:300]
        raise BadInput(f"the plan is no YAML: {said}") from None


def as_yaml(plan: Mapping[str, Any]) -> str:
    """Return a plan as people write it."""
    whole = json.loads(json.dumps(plan))  # what is meant twice is written twice
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100)


def example(change: ChangeView) -> dict[str, Any]:
    """Return a plan to begin with: a first market, then a part, then everybody."""
    metric = {
        "name": "success",
        "title": "Success rate",
        "unit": "%",
        "provider": {"samples": {"kpi": "success_percent"}},
        "interval": "5m",
        "count": 12,
        "failure_limit": 2,
        "success_condition": "result[0] >= 99.0",
        "min_samples": 50,
    }
    gate = {"metrics": [metric]}
    first = list(change.markets[:1])
    return {
        "waves": [
            {"name": "first market", "markets": first, "soak_minutes": 60, "gate": gate},
            {
                "name": "10 % of customers",
                "cohorts": [{"name": "stripes", "attribute": "stripe", "values": ["0-9"]}],
                "soak_minutes": 60,
                "gate": gate,
            },
            {"name": "everybody", "gate": gate},
        ]
    }
