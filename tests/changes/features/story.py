"""A roll-out in waves with a feature, for tests: Kenya and Tanzania, three waves."""

from typing import Any

from changes.features.actions import keeping
from changes.features.values import FeatureDraft
from changes.rollouts.lifecycle import RolloutState, WaveState
from changes.rollouts.models import Rollout, Wave
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.running import bump
from ssoc.core.work import Runtime, Work
from tests import factories

KEY = "savings-pocket"
GRAPH = "core-ke core-tz"
PLANNER = factories.person("petra", Role.CHANGE_MANAGER, "*")
OPERATOR = factories.person("otto", Role.NOC_OPERATOR, "*")
IMRE = factories.person("imre", Role.CHANGE_MANAGER, "*")
STAFF = {"name": "staff", "attribute": "segment", "values": ["staff"]}
WAVES: tuple[dict[str, Any], ...] = (
    {"name": "staff", "state": WaveState.PASSED, "cohorts": [STAFF]},
    {"name": "10 %", "state": WaveState.AT_GATE, "markets": ["KE"], "percent": 10},
    {"name": "everybody", "state": WaveState.WAITING},
)


def rollout(work: Work, waves: tuple[dict[str, Any], ...] = WAVES, **given: Any) -> int:
    """Store a change with a running roll-out of these waves, and return its number."""
    change = factories.change(
        work, markets=("KE", "TZ"), components=("core-ke",), title="Savings pocket", **given
    )
    row = Rollout(
        change_id=change.id, state=RolloutState.RUNNING, created_at=work.now, created_by="petra"
    )
    work.session.add(row)
    work.session.flush()
    for position, each in enumerate(waves, 1):
        begun = work.now if each["state"] is not WaveState.WAITING else None
        work.session.add(Wave(rollout_id=row.id, position=position, started_at=begun, **each))
    work.session.flush()
    return row.id


def feature(runtime: Runtime, **given: Any) -> int:
    """Store the estate, the roll-out and its feature; return the number of the roll-out."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, GRAPH)
        number = rollout(work)
    with runtime.work(PLANNER) as work:
        keeping.make(work, draft(number, **given))
    return number


def draft(number: int, **given: Any) -> FeatureDraft:
    """Return a feature as somebody writes it."""
    usual: dict[str, Any] = {"key": KEY, "title": "Savings pocket", "owner": "petra"}
    return FeatureDraft(rollout_id=number, **(usual | given))


def move(runtime: Runtime, number: int, position: int, state: WaveState) -> None:
    """Put a wave into a state, as its action would."""
    with runtime.work(SYSTEM) as work:
        row = work.session.query(Wave).filter_by(rollout_id=number, position=position).one()
        row.state = state
        bump(work.session)
