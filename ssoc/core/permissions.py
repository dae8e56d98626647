"""Who may do what, and in which market. Checked in actions, so every entrance obeys alike."""

import getpass
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

EVERYWHERE = "*"


class Permission(StrEnum):
    """``room:verb``; keep alphabetical."""

    ACCOUNT_ADMIN = "accounts:admin"
    ALERT_INGEST = "alerts:ingest"
    ALERT_SEE = "alerts:see"
    ALERT_SILENCE = "alerts:silence"
    AUDIT_SEE = "audit:see"
    CHANGE_APPROVE = "changes:approve"
    CHANGE_MANAGE = "changes:manage"
    CHANGE_OVERRIDE = "changes:override"
    CHANGE_PLAN = "changes:plan"
    CHANGE_REPORT = "changes:report"
    CHANGE_RUN = "changes:run"
    CHANGE_SEE = "changes:see"
    ESTATE_LOAD = "estate:load"
    ESTATE_SEE = "estate:see"
    FLAG_READ = "flags:read"
    INCIDENT_PRIORITISE = "incidents:prioritise"
    INCIDENT_SEE = "incidents:see"
    INCIDENT_WORK = "incidents:work"
    JOB_SEE = "jobs:see"
    OUTBOX_REPAIR = "outbox:repair"
    POLL_RECORD = "polls:record"
    PROGRAMME_DECIDE = "programmes:decide"
    PROGRAMME_PLAN = "programmes:plan"
    PROGRAMME_WORK = "programmes:work"

    @property
    def phrase(self) -> str:
        """Return what it allows, as a refusal says it: "you may not …"."""
        return _PHRASES[self]


_PHRASES: Mapping[str, str] = {
    "accounts:admin": "administer accounts",
    "alerts:ingest": "send alerts",
    "alerts:see": "see alerts",
    "alerts:silence": "silence alerts",
    "audit:see": "read the audit trail",
    "changes:approve": "approve or refuse changes",
    "changes:manage": "schedule changes, set freezes or waive collisions",
    "changes:override": "let a change run through a hard freeze",
    "changes:plan": "raise or edit changes",
    "changes:report": "report changes",
    "changes:run": "run changes",
    "changes:see": "see changes",
    "estate:load": "load the estate",
    "estate:see": "see the estate",
    "flags:read": "read flags of features",
    "incidents:prioritise": "set priorities of incidents",
    "incidents:see": "see incidents",
    "incidents:work": "work on incidents",
    "jobs:see": "see how jobs and doors run",
    "outbox:repair": "repair deliveries",
    "polls:record": "record polls",
    "programmes:decide": "vote, waive or resume in programmes",
    "programmes:plan": "plan programmes or their sites",
    "programmes:work": "record work at sites",
}


class Role(StrEnum):
    """What a person is in the room; each grant of a role names a market or all of them."""

    NOC_OPERATOR = "noc_operator"
    INCIDENT_MANAGER = "incident_manager"
    OPERATIONS_LEAD = "operations_lead"
    SECURITY_LEAD = "security_lead"
    CHANGE_MANAGER = "change_manager"
    CAPACITY_PLANNER = "capacity_planner"
    VENDOR_MANAGER = "vendor_manager"
    QUALITY_LEAD = "quality_lead"
    PRODUCT_OWNER = "product_owner"
    SITE_TEAM = "site_team"
    EXECUTIVE = "executive"
    AUDITOR = "auditor"
    ADMIN = "admin"


_SEE = frozenset(
    {Permission.ALERT_SEE, Permission.CHANGE_SEE, Permission.ESTATE_SEE, Permission.INCIDENT_SEE}
)
_WORK = _SEE | {Permission.INCIDENT_WORK, Permission.ALERT_SILENCE, Permission.JOB_SEE}
_CHANGE = frozenset({Permission.CHANGE_PLAN, Permission.CHANGE_RUN})
_SITES = frozenset({Permission.PROGRAMME_WORK, Permission.PROGRAMME_DECIDE})

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.NOC_OPERATOR: _WORK | _CHANGE | {Permission.PROGRAMME_WORK},
    Role.INCIDENT_MANAGER: _WORK | _CHANGE | {Permission.INCIDENT_PRIORITISE},
    Role.OPERATIONS_LEAD: _WORK
    | _CHANGE
    | _SITES
    | {Permission.INCIDENT_PRIORITISE, Permission.CHANGE_APPROVE, Permission.CHANGE_OVERRIDE},
    Role.SECURITY_LEAD: _SEE
    | {Permission.CHANGE_PLAN, Permission.CHANGE_APPROVE, Permission.PROGRAMME_DECIDE},
    Role.CHANGE_MANAGER: _SEE
    | _CHANGE
    | _SITES
    | {Permission.PROGRAMME_PLAN}
    | {Permission.CHANGE_APPROVE, Permission.CHANGE_MANAGE, Permission.CHANGE_REPORT},
    Role.CAPACITY_PLANNER: _SEE | {Permission.CHANGE_PLAN},
    Role.VENDOR_MANAGER: _SEE | {Permission.CHANGE_PLAN} | _SITES,
    Role.QUALITY_LEAD: _SEE | {Permission.JOB_SEE},
    Role.PRODUCT_OWNER: _SEE
    | {Permission.CHANGE_PLAN, Permission.CHANGE_APPROVE, Permission.PROGRAMME_DECIDE},
    # whoever goes from shop to shop, or champions the new system in one
    Role.SITE_TEAM: frozenset(
        {Permission.CHANGE_SEE, Permission.ESTATE_SEE, Permission.PROGRAMME_WORK}
    ),
    Role.EXECUTIVE: _SEE
    | {Permission.CHANGE_APPROVE, Permission.CHANGE_OVERRIDE, Permission.PROGRAMME_DECIDE},
    Role.AUDITOR: _SEE | {Permission.AUDIT_SEE, Permission.JOB_SEE},
    Role.ADMIN: frozenset(Permission)
    - {Permission.ALERT_INGEST, Permission.POLL_RECORD, Permission.INCIDENT_WORK}
    - {Permission.INCIDENT_PRIORITISE, Permission.ALERT_SILENCE, Permission.CHANGE_REPORT}
    - {Permission.CHANGE_PLAN, Permission.CHANGE_APPROVE, Permission.CHANGE_RUN}
    - {Permission.CHANGE_MANAGE, Permission.CHANGE_OVERRIDE, Permission.FLAG_READ}
    - {Permission.PROGRAMME_PLAN, Permission.PROGRAMME_WORK, Permission.PROGRAMME_DECIDE},
}


class TokenScope(StrEnum):
    """What a machine with an API token may do."""

    INGEST = "ingest"
    READ = "read"
    WRITE = "write"
    FLAGS = "flags"


SCOPES: Mapping[TokenScope, frozenset[Permission]] = {
    TokenScope.INGEST: frozenset(
        # an Alertmanager peer also reads alerts and keeps silences: amtool works unchanged
        {Permission.ALERT_INGEST, Permission.ALERT_SEE, Permission.ALERT_SILENCE}
        | {Permission.CHANGE_REPORT}
    ),
    TokenScope.READ: _SEE,
    # a machine may plan and run; approving, waiving and overriding are for people
    TokenScope.WRITE: _WORK | _CHANGE | {Permission.CHANGE_REPORT, Permission.PROGRAMME_WORK},
    TokenScope.FLAGS: frozenset({Permission.FLAG_READ}),
}


class ActorKind(StrEnum):
    """What stands behind a name; a kiosk never sees personal data."""

    PERSON = "person"
    TOKEN = "token"  # noqa: S105 (a word, not a secret)
    KIOSK = "kiosk"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Actor:
    """A person, a machine or a job with its grants: pairs of permission and market."""

    name: str
    grants: frozenset[tuple[Permission, str]] = frozenset()
    kind: ActorKind = ActorKind.PERSON

    def may(self, permission: Permission, market: str) -> bool:
        """Tell whether ``permission`` is held for ``market``, by itself or everywhere."""
        return (permission, market) in self.grants or (permission, EVERYWHERE) in self.grants

    def markets(self, permission: Permission) -> frozenset[str]:
        """Return the markets ``permission`` is held for; EVERYWHERE stands for all of them."""
        return frozenset(market for held, market in self.grants if held is permission)

    def cure(self, permission: Permission) -> str:
        """Return how the actor could come by ``permission``: people by roles, tokens by scopes."""
        if self.kind is not ActorKind.TOKEN:
            return "an admin can grant the role that has it"
        scopes = [scope for scope, held in SCOPES.items() if permission in held]
        if not scopes:
            return "no token can have it; a person does it"
        more = " that names the market" if self.markets(permission) else ""
        return f"use a token of scope {' or '.join(scopes)}{more}"


def grants_of(
    roles: Iterable[tuple[Role, str]],
) -> frozenset[tuple[Permission, str]]:
    """Return the grants that pairs of role and market stand for."""
    return frozenset((held, market) for role, market in roles for held in ROLES[role])


def grant_all(market: str = EVERYWHERE) -> frozenset[tuple[Permission, str]]:
    """Return every permission, for one market or for all."""
    return frozenset((permission, market) for permission in Permission)


SYSTEM = Actor("ssoc", grant_all(), ActorKind.SYSTEM)
ANONYMOUS = Actor("anonymous", kind=ActorKind.ANONYMOUS)


def operator() -> Actor:
    """Return the person at this terminal: whoever may run the command owns the installation."""
    return Actor(f"{getpass.getuser()}@terminal", grant_all())
