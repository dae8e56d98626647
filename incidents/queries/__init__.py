"""Read-only views of incidents for screens and machines, limited to the actor's markets."""

from incidents.queries.cause_path import Edge, Node, NodeState, SymptomGroup
from incidents.queries.lines import Line, MarketHarm, line_of
from incidents.queries.page import IncidentPage, RoleHeld, page
from incidents.queries.story_page import SOURCES, StoryPage, story
from incidents.queries.timeline import Moment, timeline
from incidents.queries.triage import Filters, Triage, triage
from incidents.queries.wall import Wall, wall
from incidents.queries.wall_notes import Ended, Silent, last_ended, silent

__all__ = [
    "Edge",
    "Ended",
    "Filters",
    "IncidentPage",
    "Line",
    "MarketHarm",
    "Moment",
    "Node",
    "NodeState",
    "SOURCES",
    "RoleHeld",
    "Silent",
    "StoryPage",
    "SymptomGroup",
    "Triage",
    "Wall",
    "last_ended",
    "line_of",
    "page",
    "silent",
    "story",
    "timeline",
    "triage",
    "wall",
]
