"""What people do with incidents; each action is a line in the timeline and an event."""

from incidents.actions.bulk import Outcome, bulk
from incidents.actions.declaring import declare
from incidents.actions.gathering import merge, move_alerts, refuse_others, split
from incidents.actions.pausing import dispute_pause, pause_clock, resume_clock
from incidents.actions.roles import ROLES, give_up_role, take_role
from incidents.actions.telling import note, update
from incidents.actions.working import (
    acknowledge,
    assign,
    close,
    mitigate,
    prioritise,
    reopen,
    resolve,
)

__all__ = [
    "ROLES",
    "Outcome",
    "acknowledge",
    "assign",
    "bulk",
    "close",
    "declare",
    "dispute_pause",
    "give_up_role",
    "merge",
    "mitigate",
    "move_alerts",
    "note",
    "pause_clock",
    "prioritise",
    "refuse_others",
    "reopen",
    "resolve",
    "resume_clock",
    "split",
    "take_role",
    "update",
]
