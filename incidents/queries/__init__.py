"""Read-only views of incidents for screens and machines, limited to the actor's markets."""

from incidents.queries.cause_path import Edge, Node, NodeState, SymptomGroup
from incidents.queries.lines import Line, MarketHarm, line_of
from incidents.queries.page import IncidentPage, RoleHeld, page
from incidents.queries.timeline import Moment, timeline
from incidents.queries.triage import Filters, Triage, triage
from incidents.queries.wall import Wall, wall

__all__ = [
    "Edge",
    "Filters",
    "IncidentPage",
    "Line",
    "MarketHarm",
    "Moment",
    "Node",
    "NodeState",
    "RoleHeld",
    "SymptomGroup",
    "Triage",
    "Wall",
    "line_of",
    "page",
    "timeline",
    "triage",
    "wall",
]
