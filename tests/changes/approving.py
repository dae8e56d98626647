"""People who approve: accounts with roles, and actors that act as they do."""

from collections.abc import Mapping, Sequence

import pytest

from changes.actions import approving
from changes.lifecycle import State
from changes.queries import rounds
from ssoc.accounts import actions as accounts
from ssoc.accounts import passwords
from ssoc.accounts.actions import NewPerson
from ssoc.core.permissions import SYSTEM, Actor, Role, grants_of
from ssoc.core.work import Runtime
from tests import factories

PASSWORD = "correct battery staple"
Roles = Sequence[tuple[Role, str]]
OPS, OWNER, SECURITY = Role.OPERATIONS_LEAD, Role.PRODUCT_OWNER, Role.SECURITY_LEAD
TEAM: Mapping[str, Roles] = {
    "rita": [(Role.NOC_OPERATOR, "*")],
    "imre": [(Role.NOC_OPERATOR, "*")],
    "olga": [(OPS, "*")],
    "omar": [(OPS, "KE")],
    "otto": [(OPS, "TZ")],
    "petra": [(OWNER, "*")],
    "sven": [(SECURITY, "*")],
    "emma": [(Role.EXECUTIVE, "*")],
    "mona": [(Role.CHANGE_MANAGER, "*")],
    "nils": [(Role.NOC_OPERATOR, "KE")],
}
_hashes: dict[str, str] = {}


def add_team(runtime: Runtime, team: Mapping[str, Roles] = TEAM, mail: str = "") -> None:
    """Add everybody, with an estate of Kenya, Tanzania and a shared core."""
    if PASSWORD not in _hashes:
        _hashes[PASSWORD] = passwords.hash_of(PASSWORD)
    kept = _hashes[PASSWORD]
    with pytest.MonkeyPatch.context() as patch, runtime.work(SYSTEM) as work:
        patch.setattr(accounts, "hash_of", lambda _: kept)
        core = factories.component("core", "KE", "TZ")
        factories.estate(work, "core-ke, core-tz", components=[core], markets=("KE", "TZ", "MZ"))
        for name, roles in team.items():
            address = f"{name}@{mail}" if mail else ""
            new = NewPerson(name, name.capitalize(), PASSWORD, tuple(roles), address)
            accounts.add_person(work, new)


def actor(name: str, team: Mapping[str, Roles] = TEAM) -> Actor:
    """Return the actor somebody of the team acts as."""
    return Actor(name, grants_of(team[name]))


def submitted(runtime: Runtime, markets: Sequence[str] = ("KE", "TZ"), **given: object) -> int:
    """Store a submitted change of the shared core with an open round; return its number."""
    usual: dict[str, object] = {"risk_points": 20.0, "submitted_at": runtime.clock.now()}
    with runtime.work(actor("rita")) as work:
        state = State.SUBMITTED
        row = factories.change(
            work,
            markets,
            ["core"],
            state=state,
            **{**usual, **given},  # type: ignore[arg-type]
        )
        approving.open_round(work, row.id)
        return row.id


def says(
    runtime: Runtime, who: str, change_id: int, yes: bool = True, stage: int = 1, **more: str
) -> None:
    """Let somebody answer."""
    with runtime.work(actor(who)) as work:
        reason = more.pop("reason", "" if yes else "not now")
        approving.answer(work, change_id, stage, yes, reason, **more)


def seen(runtime: Runtime, change_id: int) -> str:
    """Return the digest of the plan that an answer must carry."""
    with runtime.view(SYSTEM) as work:
        found = rounds.present_round(work, change_id)
    return found.round.plan_digest if found else ""
