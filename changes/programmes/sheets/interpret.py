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
    """A site as the file has it; ``given`` are the columns that the file has at all.

    ``bad`` are those with a fault: the others are judged all the same, so that one look at a
    file tells everything that is wrong with it.
    """

    row: SheetRow
    draft: SiteDraft
    given: frozenset[str]
    bad: frozenset[str] = frozenset()


@dataclass(frozen=True)
class StaffRow:
    """Somebody at a site as the file has them."""

    row: SheetRow
    site: str
    draft: StaffDraft
    given: frozenset[str]
    bad: frozenset[str] = frozenset()


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
    bad: frozenset[str] = frozenset()


Values = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """What the cells of a row mean; ``bad`` are the columns whose cell cannot be read."""

    values: Values
    bad: frozenset[str]

    def judged(self, row: SheetRow, found: Sequence[Fault], faults: Faults) -> frozenset[str]:
        """Count what is wrong with the values; a cell that cannot be read has said so already."""
        fresh = [(name, words) for name, words in found if name not in self.bad]
        faults.note_all(row, fresh)
        return self.bad | {name for name, _ in fresh}


def values_of(row: SheetRow, faults: Faults) -> Read | None:
    """Return what each cell of a row means that can be read; None if the row as a whole cannot."""
    if row.fault:
        faults.note(row, "", row.fault)
        return None
    found: dict[str, Any] = {}
    bad = set()
    for column in COLUMNS[row.sheet]:
        if column.name not in row.cells or not column.is_read:
            continue
        try:
            found[column.name] = _cell(column.name, row.cells[column.name])
        except Wrong as wrong:
            faults.note(row, column.name, str(wrong))
            bad.add(column.name)
    return Read(found, frozenset(bad))


def _cell(name: str, given: str) -> Any:  # noqa: ANN401 (whatever the column holds)
    text = str(storable(given))
    if FORMULA in (text, given) or text == str(storable(FORMULA)):
        raise Wrong("it is a formula; paste its value")
    return READERS.get(name, str)(text)


def site_row(
    row: SheetRow, known: Mapping[str, SiteDraft], markets: Sequence[str], faults: Faults
) -> SiteRow | None:
    """Return the site of a row: what the file does not have stays as it is known."""
    read = values_of(row, faults)
    if read is None:
        return None
    code = read.values.get("code", "")
    before = known.get(code.casefold())
    base = before or SiteDraft(code, "", "")
    stand_ins: Values = {name: 0.0 for name in ("latitude", "longitude") if name in read.bad}
    draft = replace(base, **{**read.values, **stand_ins, "code": base.code})
    lacking: list[str] = []
    found = []
    if before is None:
        lacking = [name for name in ("name", "market") if name not in row.cells]
        found = [(name, "a new site needs this column") for name in lacking]
    elif draft.market != before.market:
        found = [("market", f"{before.code} stays in {before.market}; make another site")]
    found += [each for each in site_faults(draft, markets) if each[0] not in lacking]
    return SiteRow(row, draft, frozenset(read.values), read.judged(row, found, faults))


def staff_row(
    row: SheetRow, known: Mapping[tuple[str, str], StaffDraft], faults: Faults
) -> StaffRow | None:
    """Return somebody's row: what the file does not have stays as it is known."""
    read = values_of(row, faults)
    if read is None:
        return None
    values: dict[str, Any] = {"code": "", **read.values}
    site = values.pop("site", "")
    base = known.get((site.casefold(), values["code"])) or StaffDraft(values["code"], "")
    draft = replace(base, **values)
    found = [*code_faults("site", site), *staff_faults(draft)]
    bad = read.judged(row, found, faults)
    return StaffRow(row, site, draft, frozenset(read.values), bad)


def plan_row(row: SheetRow, releases: Collection[str], faults: Faults) -> PlanRow | None:
    """Return where a row puts a site; with one release alone it need not be named."""
    read = values_of(row, faults)
    if read is None:
        return None
    values = read.values
    named = values.get("release", "") or (next(iter(releases)) if len(releases) == 1 else "")
    found = list(code_faults("site", values.get("site", "")))
    if named not in releases:
        known = ", ".join(releases) or "none yet; make one first"
        found.append(("release", f"no release {named[:40]!r} in the programme; there is {known}"))
    found += _texts(values)
    if values.get("crew") and not values.get("slot_on"):
        found.append(("slot_on", "a crew without a day; give the day, or leave both empty"))
    return PlanRow(
        row,
        values.get("site", ""),
        named,
        values.get("wave", 0),
        values.get("slot_on"),
        values.get("crew", ""),
        values.get("champion", ""),
        frozenset(values),
        read.judged(row, found, faults),
    )


def _texts(values: Values) -> list[Fault]:
    return [
        (name, f"{len(values[name])} characters are more than {most}; shorten it")
        for name, most in (("crew", 64), ("champion", 128))
        if len(values.get(name, "")) > most
    ]
