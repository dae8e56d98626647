"""Whom an incident may be given to: people with an account who may work in all its markets."""

from collections.abc import Sequence
from typing import Any

from incidents import actions, queries
from incidents.queries import Line
from ssoc.accounts.queries import names_by_role
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web import words

_NAMED = 5


def candidates(work: Work, lines: Sequence[Line]) -> list[str]:
    """Return who may work in every market of these incidents, by name."""
    found = [
        set(names_by_role(work, Permission.INCIDENT_WORK, code))
        for code in {code for line in lines for code in line.markets or (EVERYWHERE,)}
    ]
    return sorted(set.intersection(*found)) if found else []


def assign_known(work: Work, incident_id: int, owner: str) -> Any:  # noqa: ANN401 (its row)
    """Assign to somebody who can work on it, or to nobody; refuse everybody else by name.

    The action comes first, for it asks for the permission; a refusal undoes it.
    """
    assigned = actions.assign(work, incident_id, owner)
    work.session.flush()
    line = queries.line_of(work, incident_id)
    known = candidates(work, [line]) if line.owner else []
    if line.owner and line.owner not in known:
        where = words.listed(line.markets or ("every market",), 8)
        where = f"all of {where}" if len(line.markets) > 1 else where
        cure = f"who may: {words.listed(known, _NAMED)}" if known else "ask an admin to add them"
        raise BadInput(f"no person named {line.owner[:64]} may work in {where}; {cure}")
    return assigned
