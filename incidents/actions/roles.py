"""Roles in an incident: who leads, who talks, who writes, who deals with vendors."""

from sqlalchemy import select

from incidents.actions.holding import held
from incidents.models import IncidentRole
from incidents.story import mark, tell
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.vocabulary import IncidentRoleTaken
from ssoc.core.work import Work

ROLES = ("commander", "communications", "scribe", "liaison")


def take_role(work: Work, incident_id: int, role: str, person: str = "") -> None:
    """Give ``role`` to ``person`` (the actor when empty); who held it has handed it over."""
    incident = held(work, incident_id)
    name = person.strip()[:64] or work.actor.name[:64]
    before = _holder(work, incident_id, role)
    if before is not None and before.person == name:
        return
    if before is not None:
        before.left_at = work.now
        work.session.flush()  # the old holder leaves the unique index first
    work.session.add(
        IncidentRole(incident_id=incident.id, role=role, person=name, joined_at=work.now)
    )
    text = f"{name} is {role}" + (f", after {before.person}" if before else "")
    tell(work, incident, IncidentRoleTaken, text, role=role, person=name)


def give_up_role(work: Work, incident_id: int, role: str) -> None:
    """Leave a role to nobody."""
    incident = held(work, incident_id)
    before = _holder(work, incident_id, role)
    if before is None:
        raise NotFound(f"nobody is {role} of {mark(incident_id)}")
    before.left_at = work.now
    tell(work, incident, IncidentRoleTaken, f"{before.person} is no longer {role}", role=role)


def _holder(work: Work, incident_id: int, role: str) -> IncidentRole | None:
    if role not in ROLES:
        raise BadInput(f"no role {role!r}; there are {', '.join(ROLES)}")
    return work.session.scalar(
        select(IncidentRole).where(
            IncidentRole.incident_id == incident_id,
            IncidentRole.role == role,
            IncidentRole.left_at.is_(None),
        )
    )
