"""The demo's roll-out: a feature in four waves, the second just begun, going bad in Tanzania.

The first wave passed days ago with its evidence. The second is measured on the figures that the
demo's platforms really give from now on (``mm_savings_success_percent``), so that its own gate
pauses it while people look on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from changes.actions import assessing, freezes, requests
from changes.demo.month import people_of
from changes.demo.stage import Stage
from changes.draft import Draft
from changes.gates.actions import answering, writing
from changes.gates.actions.writing import Asked, Turn
from changes.gates.models import GateSeries
from changes.gates.rules.judging import Found
from changes.lifecycle import Effect
from changes.queries import freezes as freeze_queries
from changes.queries.assessment import blocking
from changes.rollouts.actions import planning, waves
from changes.rollouts.actions.found import find
from changes.rollouts.queries import rollouts
from changes.rollouts.rules import drafting
from changes.rules.freezes import holding
from changes.values import Touched
from ssoc.core.permissions import operator
from ssoc.core.running import bump
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries

MARKETS = ("KE", "TZ", "GH")
TITLE = "Savings pocket: introduced in four waves"
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AFTER_OUTAGE = "14m"  # the database that fails when the demo begins is well, and so is its mean
_WAIVED = "a feature behind its flag, in waves over days; nothing is restarted"
_FIRST: Mapping[str, float] = {"KE": 99.5, "TZ": 99.3, "GH": 99.4}


def remember(runtime: Runtime) -> None:
    """Write the roll-out where there is none at all; without the demo's people do nothing."""
    with runtime.work(operator()) as work:
        people = people_of(work)
        known = estate_queries.current(work).markets
        if rollouts.listed(work, limit=1) or not people or not set(MARKETS) <= known.keys():
            return
        _write(Stage(work, people))
        bump(work.session)


def _write(stage: Stage) -> None:
    now = stage.work.now.replace(microsecond=0)
    change = _raised(stage, now - 9 * _DAY)
    draft = drafting.read(plan(now + 3 * _DAY))
    number = planning.plan(stage.as_("kofi", now - 9 * _DAY + _HOUR), change, draft)
    requests.submit(stage.as_("kofi", now - 9 * _DAY + 2 * _HOUR), change)
    approved = stage.answer_all(change, now - 8 * _DAY)
    _clear(stage, change, approved)
    if not stage.settle(change, approved + _HOUR):
        return
    _first_wave(stage, number, change, now - 4 * _DAY - 3 * _HOUR)
    _second_wave(stage, number, change, now - 2 * _MINUTE)


def _raised(stage: Stage, at: datetime) -> int:
    work = stage.as_("kofi", at)
    now = stage.work.now.replace(second=0, microsecond=0)
    draft = Draft(
        title=TITLE,
        purpose="customers may lay money aside; 40 % of those asked would use it",
        markets=MARKETS,
        touched=tuple(Touched(f"app-{code.lower()}", Effect.NONE) for code in MARKETS),
        starts_at=now - 4 * _DAY - 6 * _HOUR,
        ends_at=now + 4 * _DAY,
        rollback_minutes=12,
        rollback_plan="Set the flag to off; pockets stay, and are shown again later.",
        rollback_rehearsed_at=at - _DAY,
        implementer="tesfaye",
        verifier="palesa",
        team="Services",
    )
    return requests.raise_change(work, draft)


def _clear(stage: Stage, change: int, at: datetime) -> None:
    """Let the change manager waive what a change of days collides with by its length alone."""
    for each in blocking(stage.as_("carlos", at), change):
        assessing.waive(stage.as_("carlos", at), change, each.key, _WAIVED)


def _unfreeze(stage: Stage, change: int, at: datetime) -> None:
    """Let whoever set the demo up override a hard freeze that holds on this very day."""
    work, view = replace(stage.work, now=at, subscriptions=()), stage.view(change)
    spans = freeze_queries.freeze_spans(work, at, at + freeze_queries.MOMENT)
    estate = estate_queries.current(work)
    leave = freeze_queries.overridden(work, view)
    for freeze, _ in holding(spans, view, estate, at):
        if freeze.is_hard and freeze.key not in leave:
            freezes.override(work, change, freeze.key, "the launch is announced for this week")


def _first_wave(stage: Stage, number: int, change: int, at: datetime) -> None:
    work = stage.as_("tesfaye", at)
    _clear(stage, change, at)
    waves.start(work, number, 1)
    waves.tick(stage.as_("tesfaye", at + 5 * _MINUTE), number, 1, 1, "menu 42 is loaded")
    gate_id = rollouts.rollout(stage.work, number).wave(1).gate_id or 0
    for turn in range(1, 13):
        _measured(stage, gate_id, at + (5 + 5 * turn) * _MINUTE, turn)
    _answered(stage, gate_id, at + 40 * _MINUTE)
    ended = stage.as_("tesfaye", at + 66 * _MINUTE)
    found = find(ended, number)
    waves.pass_gate(ended, found, found.wave(1), "every metric passed")


def _measured(stage: Stage, gate_id: int, at: datetime, turn: int) -> None:
    work = stage.as_("tesfaye", at)
    for row in _series(work, gate_id):
        if row.metric == "savings":
            value = _FIRST[row.market] + 0.06 * ((turn * 7 + row.position) % 5 - 2)
            found = Found((round(value, 2),), 60 + 3 * turn)
            check = f"payment-api-{row.market.lower()}/figures"
            query = f"mean of {check} savings_success_percent over 5m"
            asked = Asked(found, query, at)
            writing.write(work, Turn(gate_id, row.id, row.number + 1, 0), asked)


def _answered(stage: Stage, gate_id: int, at: datetime) -> None:
    for row in _series(stage.work, gate_id):
        if row.metric == "payments":
            work = stage.as_("amina", at)
            answering.answer(work, gate_id, "payments", row.market, True, "both came back")


def _series(work: Work, gate_id: int) -> Sequence[GateSeries]:
    chosen = select(GateSeries).where(GateSeries.gate_id == gate_id)
    return list(work.session.scalars(chosen.order_by(GateSeries.position)))


def _second_wave(stage: Stage, number: int, change: int, at: datetime) -> None:
    _clear(stage, change, at)
    _unfreeze(stage, change, at)
    waves.start(stage.as_("tesfaye", at), number, 2)
    gate_id = rollouts.rollout(stage.work, number).wave(2).gate_id or 0
    _answered(stage, gate_id, at + _MINUTE)


def plan(not_before: datetime) -> dict[str, Any]:
    """Return the four waves."""
    stripes = {"name": "stripes 0 to 9", "attribute": "stripe", "values": ["0-9"]}
    half = {"name": "stripes 0 to 49", "attribute": "stripe", "values": ["0-49"]}
    staff = {"name": "staff", "attribute": "group", "values": ["staff"]}
    load = {"title": "Load menu 42", "owner": "tesfaye", "undo": "Load menu 41 again"}
    return {
        "waves": [
            {
                "name": "staff",
                "cohorts": [staff],
                "people": 2_400,
                "soak_minutes": 24 * 60,
                "tasks": [load],
                "gate": gate("5m", 12),
            },
            {
                "name": "10 % of customers",
                "cohorts": [stripes],
                "people": 1_900_000,
                "soak_minutes": 60,
                "gate": gate("20s", 45),
            },
            {"name": "50 %", "cohorts": [half], "soak_minutes": 60, "gate": gate("5m", 12)},
            {"name": "everybody", "not_before": not_before.isoformat(), "gate": gate("5m", 12)},
        ],
        "watch_minutes": 240,
        "watch": {"metrics": [{**_savings("5m"), "count": None}]},
    }


def _savings(interval: str) -> dict[str, Any]:
    source = {"check": "payment-api-{cc}/figures", "sample": "savings_success_percent"}
    return {
        "name": "savings",
        "title": "Savings success",
        "unit": "%",
        "provider": {"samples": {**source, "aggregate": "mean", "over": "2m"}},
        "interval": interval,
        "initial_delay": AFTER_OUTAGE if interval == "20s" else "0s",
        "failure_limit": 2,
        "success_condition": "result[0] >= 99.0",
        "on_no_data": "wait",
    }


def gate(interval: str, count: int) -> dict[str, Any]:
    """Return the gate of a wave: figures of the feature, and two payments tried by hand."""
    manual = {
        "name": "payments",
        "title": "Two test payments",
        "provider": {"manual": "Two test payments into a pocket done in {CC}?"},
        "success_condition": "result[0] == 1",
    }
    return {"metrics": [{**_savings(interval), "count": count}, manual]}
