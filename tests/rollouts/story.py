"""A feature brought to three countries in waves, its gates fed by hand: for tests of roll-outs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from changes.gates.actions import recording, writing
from changes.gates.actions.writing import Asked, Turn
from changes.gates.rules.judging import Found
from changes.lifecycle import Effect, State
from changes.models import Change
from changes.queries import views
from changes.rollouts.actions import planning
from changes.rollouts.queries import rollouts
from changes.rollouts.rules import drafting
from changes.rollouts.values import RolloutView
from changes.values import ChangeView, plan_digest
from ssoc.core import outbox
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime, Work
from ssoc.estate.values import Check
from tests import factories

MINUTE, H = timedelta(minutes=1), timedelta(hours=1)
GRAPH = "ussd-ke > core > db, app-tz > core, sms-gh"
MARKETS = ("KE", "TZ", "GH")
CHECK = "core/kpi"
IMRE = factories.person("imre", Role.NOC_OPERATOR)  # carries it out
NILS = factories.person("nils", Role.NOC_OPERATOR)
KE_ONLY = factories.person("kim", Role.NOC_OPERATOR, "KE")
RITA = factories.person("rita", Role.CHANGE_MANAGER)  # asked for it
OLGA = factories.person("olga", Role.OPERATIONS_LEAD)
OTTO = factories.person("otto", Role.OPERATIONS_LEAD)
QUENTIN = factories.person("quentin", Role.QUALITY_LEAD)


def metric(name: str = "success", **given: Any) -> dict[str, Any]:
    """Return a metric whose figures a test writes: two good ones of five minutes pass."""
    return {
        "name": name,
        "title": "Success rate",
        "unit": "%",
        "provider": {"samples": {"check": CHECK, "sample": "success_percent"}},
        "interval": "5m",
        "count": 2,
        "success_condition": "result[0] >= 99.0",
        **given,
    }


def gate(**given: Any) -> dict[str, Any]:
    """Return a gate of one such metric."""
    return {"metrics": [metric(**given)]}


def unsure(**given: Any) -> dict[str, Any]:
    """Return a gate that is unsure between 98 and 99."""
    return gate(failure_condition="result[0] < 98.0", **given)


def waves(*rows: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """Return a plan of four waves like the one on the picture, or of ``rows``."""
    four: list[Mapping[str, Any]] = [
        {
            "name": "staff",
            "cohorts": [{"name": "staff", "attribute": "group", "values": ["staff"]}],
        },
        {
            "name": "10 % of customers",
            "cohorts": [{"name": "stripes", "attribute": "stripe", "values": ["0-9"]}],
            "people": 1_900_000,
        },
        {"name": "50 %", "percent": 50},
        {"name": "everybody"},
    ]
    return {"waves": [{"gate": gate(), **each} for each in rows or four], **given}


def stored(runtime: Runtime, **given: Any) -> int:
    """Store an approved change of the shared core that begins now; return its number."""
    with runtime.work(SYSTEM) as work:
        core = factories.component("core", "KE", "TZ", "GH")
        checks = [Check("core", "kpi", "http", timedelta(seconds=30), "KE")]
        factories.estate(work, GRAPH, components=[core], checks=checks)
        usual: dict[str, Any] = {
            "title": "Savings pocket",
            "state": State.SCHEDULED,
            "starts_at": work.now,
            "ends_at": work.now + 240 * H,
            "rollback_minutes": 12,
            "rollback_plan": "take the menu away",
            "approved_at": work.now,
            "submitted_at": work.now,
            "round": 1,
        }
        row = factories.change(work, MARKETS, [("core", Effect.NONE)], **{**usual, **given})
        return row.id


def planned(runtime: Runtime, *rows: Mapping[str, Any], **given: Any) -> int:
    """Plan a roll-out of a draft and approve the whole; return its number."""
    plan = {key: given.pop(key) for key in ("watch_minutes", "watch") if key in given}
    change = stored(runtime, **{"state": State.DRAFT, **given})
    with runtime.work(RITA) as work:
        number = planning.plan(work, change, drafting.read(waves(*rows, **plan)))
    approve(runtime, change)
    return number


def approve(runtime: Runtime, change: int) -> None:
    """Approve and schedule a change as it is planned now, as if everybody had answered."""
    with runtime.work(SYSTEM) as work:
        row = work.get(Change, change)
        row.state, row.approved_at = State.SCHEDULED, work.now
        row.plan_digest = plan_digest(views.changes_of(work, [row])[0])


def look(runtime: Runtime, number: int, who: Actor = SYSTEM) -> RolloutView:
    """Return how a roll-out stands."""
    with runtime.view(who) as work:
        return rollouts.rollout(work, number)


def change_of(runtime: Runtime, number: int) -> ChangeView:
    """Return how its change stands."""
    with runtime.view(SYSTEM) as work:
        return views.change(work, rollouts.rollout(work, number).change_id)


def measure(
    runtime: Runtime,
    number: int,
    figures: Sequence[float | None] | Mapping[str, Sequence[float | None]],
    name: str = "success",
    *,
    deliver: bool = True,
) -> None:
    """Record figures of the open gate, in each market the same unless they differ."""
    view = look(runtime, number)
    current = view.current
    gate_id = current.gate_id if current else view.gate_id
    assert gate_id is not None, "no gate is open"
    markets = (current.markets if current else ()) or view.markets
    by_market = figures if isinstance(figures, Mapping) else dict.fromkeys(markets, figures)
    for market, values in by_market.items():
        for value in values:
            with runtime.work(SYSTEM) as work:
                write(work, gate_id, name, market, value)
    if deliver:
        tell(runtime)


def write(  # noqa: PLR0913 (what is asked of whom, and the answer)
    work: Work, gate_id: int, name: str, market: str, value: float | None, error: str = ""
) -> None:
    """Write a figure as the scheduler does once stored samples have answered."""
    gate, series, _ = recording.place(work, gate_id, name, market)
    turn = Turn(gate_id, series.id, series.number + 1, gate.turn)
    found = Found(() if value is None else (value,), 100, error=error)
    writing.write(work, turn, Asked(found, "by hand", work.now))


def tell(runtime: Runtime) -> None:
    """Let every subscriber hear what happened."""
    while outbox.deliver(runtime):
        pass


def change_of_number(runtime: Runtime, number: int) -> ChangeView:
    """Return how a change stands."""
    with runtime.view(SYSTEM) as work:
        return views.change(work, number)
