"""The three sheets, their columns, and how cells are written. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class SheetName(StrEnum):
    """A sheet of a workbook; a CSV file is one of them."""

    SITES = "sites"
    STAFF = "staff"
    PLAN = "plan"


@dataclass(frozen=True)
class Column:
    """One column: what stands in it; ``is_read`` is False for what only an export tells."""

    name: str
    meaning: str
    is_needed: bool = False
    is_read: bool = True


COLUMNS: Mapping[SheetName, Sequence[Column]] = {
    SheetName.SITES: (
        Column("code", "what the site is known by, 1 to 32 characters", is_needed=True),
        Column("name", "the name people use; needed for a new site"),
        Column("market", "code of its market; needed for a new site, and it stays"),
        Column("region", "region of the market"),
        Column("type", "shop, agent hub, till, branch or cohort; empty is shop"),
        Column("zone", "time zone such as Africa/Accra; empty is the market's"),
        Column("opening_hours", "mon-fri 08:00-18:00; sat 09:00-13:00"),
        Column("busiest_days", "fri; sat"),
        Column("connectivity", "how it is connected"),
        Column("latitude", "degrees north, with a point or a comma"),
        Column("longitude", "degrees east"),
        Column("minimum_staff", "how many must be there; empty is 1"),
        Column("contacts", "name | role | telephone; next one"),
        Column("hardware", "item | model | serial number; next one"),
        Column("banks", "banks whose cards it takes, with semicolons between"),
    ),
    SheetName.STAFF: (
        Column("site", "code of the site", is_needed=True),
        Column("code", "number of the person, once in a site", is_needed=True),
        Column("name", "name of the person; needed for a new one"),
        Column("role", "seller, lead …; empty is seller"),
        Column("joined_on", "first day, as 2026-03-09"),
        Column("left_on", "first day they are gone"),
    ),
    SheetName.PLAN: (
        Column("site", "code of the site", is_needed=True),
        Column("release", "name of the release; may be left out when there is one"),
        Column("wave", "number of the wave", is_needed=True),
        Column("slot_on", "local day of the cut-over, as 2026-03-09"),
        Column("crew", "the crew of that day; a crew is at one site a day"),
        Column("champion", "who champions the new system there"),
        Column("state", "where the site stands; only told, never read", is_read=False),
    ),
}

_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,17})?", re.ASCII)


def neutral(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; a plain number is none."""
    return f"'{text}" if text.startswith(_BEGINS) and not _NUMBER.fullmatch(text) else text


def plain(text: str) -> str:
    """Return a text as it was before ``neutral``."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_BEGINS) else text


def sheet_of(header: Sequence[str]) -> SheetName | None:
    """Return which sheet a header is of, None when it is of none."""
    names = {heading(each) for each in header}
    for sheet in (SheetName.PLAN, SheetName.STAFF, SheetName.SITES):
        needed = {each.name for each in COLUMNS[sheet] if each.is_needed}
        if needed <= names:
            return sheet
    return None


def heading(text: str) -> str:
    """Return a header as it is looked up: ``Opening hours`` is ``opening_hours``."""
    return "_".join(text.strip().casefold().replace("-", " ").replace("_", " ").split())
