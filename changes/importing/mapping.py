"""Which column of another tool's export means what: presets, and a file of one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from changes.importing.orders import only
from changes.lifecycle import Outcome, State
from ssoc.core.calendar import zone_of
from ssoc.core.errors import BadInput
from ssoc.estate.tree import Tree, read_tree
from ssoc.estate.typed_tree import merged, read_as

PRESETS = Path(__file__).parent / "presets"
TOOLS = ("servicenow", "itop", "glpi")
FIELDS = (
    *("reference", "title", "purpose", "type", "state", "outcome", "requester", "implementer"),
    *("team", "vendor", "market", "components", "starts_at", "ends_at", "started_at"),
    *("finished_at", "created_at", "closed_at", "rollback_plan"),
)
NEEDED = ("reference", "title", "state")
INSTANTS = tuple(each for each in FIELDS if each.endswith("_at"))


class Landing(StrEnum):
    """What an imported change becomes: approvals of another tool are not ours."""

    DRAFT = "draft"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def state(self) -> State:
        """Return the state it has here."""
        return State(self.value)


@dataclass(frozen=True)
class ImportMapping:
    """How the export of one tool is read; words are compared without regard to case.

    ``columns`` are the headers each field may have, the first that is there and filled counts.
    ``markets`` and ``components`` are the tool's words for what the estate has; a component that
    neither names is a fault, or left out with ``leave_out_unknown_components``.
    """

    origin: str
    zone: str
    columns: Mapping[str, Sequence[str]]
    states: Mapping[str, Landing]
    dates: Sequence[str] = ("%Y-%m-%d %H:%M:%S",)
    types: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    markets: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    default_type: str = ""
    default_market: str = ""
    prefix: str = ""
    between: str = ","  # several components in one cell
    leave_out_unknown_components: bool = False

    def __post_init__(self) -> None:
        """Refuse fields that a change does not have, and what cannot be done without."""
        for name in self.columns:
            if name not in FIELDS:
                raise ValueError(f"columns: {name} is no field; there are {', '.join(FIELDS)}")
        for name in NEEDED:
            if not self.columns.get(name):
                raise ValueError(f"columns: {name} is missing; say which header it has")
        if not self.dates:
            raise ValueError("dates: no form is left; write one such as '%Y-%m-%d %H:%M'")
        if not self.origin or len(self.origin) > 32:
            raise ValueError("origin is the name of the tool, 32 characters at most")
        try:
            zone_of(self.zone)
        except BadInput as error:
            raise ValueError(f"zone: {error}") from error


def mapping_of(
    tool: str, own: Path | None = None, zone: str = "", dates: str = ""
) -> ImportMapping:
    """Return the mapping of a tool, with a file of one's own laid over it.

    ``dates`` is the order day, month and year have, one of ``ORDERS``; empty to find it out.

    Raises:
        BadInput: every fault of the file with its line, or an unknown tool.

    """
    return _read(tool, read_tree(own) if own else Tree(""), zone, dates)


def mapping_from_text(tool: str, text: str, zone: str = "", dates: str = "") -> ImportMapping:
    """Return the mapping of a tool with a text of YAML laid over it, as a page sends it."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 (the reader of files keeps lines)

    if not text.strip():
        return _read(tool, Tree(""), zone, dates)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yaml"
        path.write_text(text, encoding="utf-8")
        own = read_tree(path)
        own.file = "mapping"
        return _read(tool, own, zone, dates)


def _read(tool: str, own: Tree, zone: str, dates: str) -> ImportMapping:
    if tool not in TOOLS:
        raise BadInput(f"there is no preset {tool[:32]!r}; there are {', '.join(TOOLS)}")
    if zone:
        zone_of(zone)
    shipped = read_tree(PRESETS / f"{tool}.yaml")
    content = merged(shipped.content, own.content) | ({"zone": zone} if zone else {})
    found: ImportMapping = read_as(own, (), ImportMapping, content)
    if own.faults:
        raise BadInput("the mapping cannot be used: " + "; ".join(sorted(own.faults)[:20]))
    return replace(found, dates=only(found.dates, dates)) if dates else found
