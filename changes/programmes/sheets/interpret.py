"""Rows of the three sheets as drafts, or everything that is wrong with them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from changes.programmes.rules.drafts import (
    Fault,
    SiteDraft,
    StaffDraft,
    code_faults,
    site_faults,
    staff_faults,
)
from changes.programmes.sheets.cells import READERS, Wrong
from changes.programmes.sheets.columns import COLUMNS
from changes.programmes.sheets.reading import FORMULA, SheetRow
from ssoc.monitoring.report import storable

MOST_FAULTS = 1_000  # listed; all are counted


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one cell; ``column`` is empty for the row as a whole."""

    sheet: str
    row: int
    column: str
    message: str


@dataclass
class Faults:
    """Everything wrong with a file: all counted, the first of them kept."""

    count: int = 0
    kept: list[RowFault] = field(default_factory=list)

    def note(self, row: SheetRow, column: str, message: str) -> None:
        """Count a fault."""
        self.count += 1
        if len(self.kept) < MOST_FAULTS:
            self.kept.append(RowFault(row.sheet.value, row.number, column, message))

    def note_all(self, row: SheetRow, faults: Sequence[Fault]) -> None:
        """Count faults of one row."""
        for column, message in faults:
            self.note(row, column, message)


@dataclass(frozen=True)
class SiteRow:
    """A site as the file has it; ``given`` are the columns that the file has at all."""

    row: SheetRow
    draft: SiteDraft
    given: frozenset[str]


@dataclass(frozen=True)
class StaffRow:
    """Somebody at a site as the file has them."""

    row: SheetRow
    site: str
    draft: StaffDraft
    given: frozenset[str]


@dataclass(frozen=True)
class PlanRow:
    """Where a site goes, when and with whom, as the file has it."""

    row: SheetRow
    site: str
    release: str
    wave: int
    slot_on: date | None
    crew: str
    champion: str
    given: frozenset[str]


Values = Mapping[str, Any]


def values_of(row: SheetRow, faults: Faults) -> tuple[Values, frozenset[str]] | None:
    """Return what the cells of a row mean, and which columns there are; None at a fault."""
    if row.fault:
        faults.note(row, "", row.fault)
        return None
    found: dict[str, Any] = {}
    before = faults.count
    for column in COLUMNS[row.sheet]:
        if column.name not in row.cells or not column.is_read:
            continue
        text = str(storable(row.cells[column.name]))
        if text == str(storable(FORMULA)) or row.cells[column.name] == FORMULA:
            faults.note(row, column.name, "it is a formula; paste its value")
            continue
        try:
            found[column.name] = READERS.get(column.name, str)(text)
        except Wrong as wrong:
            faults.note(row, column.name, str(wrong))
    return None if faults.count > before else (found, frozenset(found))


def site_row(
    row: SheetRow, known: Mapping[str, SiteDraft], markets: Sequence[str], faults: Faults
) -> SiteRow | None:
    """Return the site of a row: what the file does not have stays as it is known."""
    read = values_of(row, faults)
    if read is None:
        return None
    values, given = read
    before = known.get(values["code"].casefold())
    base = before or SiteDraft(values["code"], "", "")
    draft = replace(base, **{**values, "code": base.code})
    found = list(site_faults(draft, markets))
    if before is None:
        lacking = [name for name in ("name", "market") if name not in given]
        found += [(name, "a new site needs this column") for name in lacking]
    elif draft.market != before.market:
        found.append(("market", f"{before.code} stays in {before.market}; make another site"))
    faults.note_all(row, found)
    return None if found else SiteRow(row, draft, given)


def staff_row(
    row: SheetRow, known: Mapping[tuple[str, str], StaffDraft], faults: Faults
) -> StaffRow | None:
    """Return somebody's row: what the file does not have stays as it is known."""
    read = values_of(row, faults)
    if read is None:
        return None
    values, given = dict(read[0]), read[1]
    site = values.pop("site")
    base = known.get((site.casefold(), values["code"])) or StaffDraft(values["code"], "")
    draft = replace(base, **values)
    found = [*code_faults("site", site), *staff_faults(draft)]
    faults.note_all(row, found)
    return None if found else StaffRow(row, site, draft, given)


def plan_row(row: SheetRow, releases: Collection[str], faults: Faults) -> PlanRow | None:
    """Return where a row puts a site; with one release alone it need not be named."""
    read = values_of(row, faults)
    if read is None:
        return None
    values, given = read
    named = values.get("release", "") or (next(iter(releases)) if len(releases) == 1 else "")
    found = list(code_faults("site", values["site"]))
    if named not in releases:
        known = ", ".join(releases) or "none yet; make one first"
        found.append(("release", f"no release {named[:40]!r} in the programme; there is {known}"))
    found += _texts(values)
    if values.get("crew") and not values.get("slot_on"):
        found.append(("slot_on", "a crew without a day; give the day, or leave both empty"))
    faults.note_all(row, found)
    if found:
        return None
    return PlanRow(
        row,
        values["site"],
        named,
        values["wave"],
        values.get("slot_on"),
        values.get("crew", ""),
        values.get("champion", ""),
        given,
    )


def _texts(values: Values) -> list[Fault]:
    return [
        (name, f"{len(values[name])} characters are more than {most}; shorten it")
        for name, most in (("crew", 64), ("champion", 128))
        if len(values.get(name, "")) > most
    ]
