"""A change as people raise it: one estate, one good draft, people with their roles."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from changes import queries
from changes.actions import requests
from changes.draft import Draft
from changes.lifecycle import Effect, State
from changes.models import Change
from changes.values import ChangeView, PlanStep, Touched
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime
from tests import factories

RITA = factories.person("rita", Role.CHANGE_MANAGER)
MAX = factories.person("max", Role.CHANGE_MANAGER)
KE_ONLY = factories.person("kim", Role.NOC_OPERATOR, "KE")
LEAD = factories.person("lee", Role.OPERATIONS_LEAD)
SEES_ONLY = factories.person("quentin", Role.QUALITY_LEAD)
H = timedelta(hours=1)

GOOD = Draft(
    title="Core Kenya: larger log volume",
    purpose="the volume is 83 % full",
    markets=("KE",),
    touched=(Touched("core-ke", Effect.REDUNDANCY),),
    starts_at=factories.EIGHT + 96 * H,
    ends_at=factories.EIGHT + 98 * H,
    rollback_minutes=30,
    rollback_plan="the old volume stays mounted",
    implementer="imre",
    verifier="vera",
    team="core",
    steps=(PlanStep(1, "Stop writes", "imre", 10), PlanStep(2, "Attach", "imre", 30, needs=(1,))),
)


def estate(runtime: Runtime) -> None:
    """Load an estate with two countries' cores, and who implements and verifies the good draft."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke > db-ke, core-tz > db-tz")
        factories.accounts(work, "imre", "vera")


def raised(runtime: Runtime, by: Actor = RITA, **given: Any) -> int:
    """Raise the good draft, changed as ``given`` says."""
    with runtime.work(by) as work:
        return requests.raise_change(work, replace(GOOD, **given))


def seen(runtime: Runtime, number: int) -> ChangeView:
    """Return how it stands."""
    with runtime.view(SYSTEM) as work:
        return queries.change(work, number)


def put(runtime: Runtime, number: int, state: State, **given: Any) -> None:
    """Set the state as if all before had happened."""
    with runtime.work(SYSTEM) as work:
        row = work.get(Change, number)
        row.state = state
        for name, value in given.items():
            setattr(row, name, value)
