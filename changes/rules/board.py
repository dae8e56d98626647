"""Whether a meeting of the change advisory board may decide. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from changes.rules.approval_terms import Quorum
from changes.rules.filling import Hat


@dataclass(frozen=True)
class Present:
    """Somebody who is there, with the roles held."""

    person: str
    hats: Sequence[Hat]


def quorum_gaps(rule: Quorum, present: Sequence[Present]) -> list[str]:
    """Return in words who is missing for a decision; empty when the board may decide.

    A person may stand for several roles, and is one of the people.
    """
    found = []
    if len(present) < rule.people:
        found.append(f"{len(present)} of {rule.people} people are there")
    for role, count in rule.roles.items():
        here = sum(any(hat.role == role for hat in each.hats) for each in present)
        if here < count:
            found.append(f"{here} of {count} {role.replace('_', ' ')} is there")
    return found


def quorum_to(rule: Quorum) -> dict[str, Any]:
    """Return a rule as JSON keeps it."""
    return {"people": rule.people, "roles": dict(rule.roles)}


def quorum_from(kept: Mapping[str, Any]) -> Quorum:
    """Return a rule as it was kept."""
    return Quorum(int(kept["people"]), dict(kept["roles"]))
