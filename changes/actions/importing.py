"""Changes of other tools, all of a file or nothing of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import bindparam, delete, insert, select, update

from changes.actions.moving import require_in
from changes.importing.dates import Dates, decided
from changes.importing.mapping import ImportMapping, Landing
from changes.importing.reading import Row, Sheet, recognised, rows
from changes.importing.rows import Incoming, Interpreter, RowFault
from changes.lifecycle import Effect, State
from changes.models import Change, ChangeComponent, ChangeImportOrigin, ChangeMarket
from changes.policy import policy
from ssoc.core.bulk import insert_new
from ssoc.core.errors import TooLarge
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import ChangesImported
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

AT_ONCE = 500
MOST_FAULTS = 1_000  # listed; all are counted
PREVIEW = 10
LANDED = frozenset({State.DRAFT, State.CLOSED, State.CANCELLED})  # what an import makes


@dataclass
class Imported:
    """What an import found, and did unless it was only tried."""

    origin: str
    sheet: Sheet
    dates: Dates
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0  # taken over here meanwhile: what people did with them stays
    fault_count: int = 0
    faults: list[RowFault] = field(default_factory=list)
    preview: list[Incoming] = field(default_factory=list)
    markets: set[str] = field(default_factory=set)
    is_written: bool = False

    def note(self, faults: Sequence[RowFault]) -> None:
        """Count faults, and keep the first of them."""
        self.fault_count += len(faults)
        self.faults += faults[: MOST_FAULTS - len(self.faults)]


def import_changes(
    work: Work, file: BinaryIO, mapping: ImportMapping, encoding: str = "", dry_run: bool = False
) -> Imported:
    """Read a file to find every fault, then, if there is none, again to store it all.

    Before both it is read as far as it takes to know how its dates are written.

    Changes are known by tool and number: what was imported before is updated, unless people have
    taken it over here. Live changes come as drafts: approvals of another tool are not ours.

    Raises:
        BadInput: the file as a whole cannot be read.
        TooLarge: it has more rows than the setting allows.
        NotAllowed: the actor may not do so in one of the markets.

    """
    sheet = recognised(file, mapping, encoding)
    dates = decided(rows(file, sheet), mapping)
    types, estate = policy(work).types.known, estate_queries.current(work)
    reader = Interpreter(mapping, estate, types, dates, work.now)
    found = Imported(mapping.origin, sheet, dates)
    _look(work, file, reader, found)
    require_in(work, Permission.CHANGE_MANAGE, found.markets)
    if found.fault_count:
        return found
    if not dry_run:
        _hold(work, mapping.origin)
    for some in _batches(_incoming(rows(file, sheet), reader)):
        _store(work, mapping.origin, some, found, dry_run)
    if not dry_run and (found.created or found.updated):
        work.record(ChangesImported(mapping.origin, found.created, found.updated))
        bump(work.session)
    found.is_written = not dry_run
    return found


def _look(work: Work, file: BinaryIO, reader: Interpreter, found: Imported) -> None:
    most = work.settings.changes.most_import_rows
    seen: dict[str, int] = {}
    for row in rows(file, found.sheet):
        found.rows += 1
        if found.rows > most:
            raise TooLarge(
                f"the file has more than {most} rows (changes.most_import_rows); cut it into parts"
            )
        incoming, faults = reader.read(row)
        found.note(faults)
        if incoming is None:
            continue
        before = seen.setdefault(incoming.reference.upper(), row.number)
        if before != row.number:
            column = row.columns.get("reference", "")
            said = f"{incoming.reference} stands in row {before} already"
            found.note([RowFault(row.number, column, said)])
        found.markets.update(incoming.markets)
        if len(found.preview) < PREVIEW:
            found.preview.append(incoming)


def _incoming(found: Iterator[Row], reader: Interpreter) -> Iterator[Incoming]:
    for row in found:
        incoming, _ = reader.read(row)
        if incoming is not None:
            yield incoming


def _batches(found: Iterator[Incoming]) -> Iterator[list[Incoming]]:
    while some := list(islice(found, AT_ONCE)):
        yield some


def _hold(work: Work, origin: str) -> None:
    """Let one import of a tool run at a time: two would both take the same row for a new one."""
    fresh = {"origin": origin, "last_at": work.now}
    insert_new(work.session, ChangeImportOrigin, [fresh], ["origin"])
    row = work.session.get_one(ChangeImportOrigin, origin, with_for_update=True)
    row.last_at = work.now


def _store(
    work: Work, origin: str, some: Sequence[Incoming], found: Imported, dry_run: bool
) -> None:
    table = Change.__table__
    wanted = select(table).where(
        Change.origin == origin, Change.external_reference.in_([each.reference for each in some])
    )
    known = {row.external_reference: row for row in work.session.execute(wanted)}
    places = _places(work, [row.id for row in known.values()])
    fresh, altered = [], []
    for each in some:
        row = known.get(each.reference)
        if row is None:
            fresh.append(each)
        elif row.state not in LANDED or row.submitted_at is not None or row.round:
            found.kept += 1
        elif _is_same(work, each, row, places.get(row.id, (frozenset(), frozenset()))):
            found.unchanged += 1
        else:
            altered.append((row.id, each))
    found.created += len(fresh)
    found.updated += len(altered)
    if not dry_run:
        _insert(work, origin, fresh)
        _update(work, altered)


Places = tuple[frozenset[str], frozenset[str]]


def _places(work: Work, ids: Sequence[int]) -> dict[int, Places]:
    markets: dict[int, set[str]] = {}
    components: dict[int, set[str]] = {}
    if ids:
        for place in work.session.execute(
            select(ChangeMarket.change_id, ChangeMarket.market).where(
                ChangeMarket.change_id.in_(ids)
            )
        ):
            markets.setdefault(place.change_id, set()).add(place.market)
        for part in work.session.execute(
            select(ChangeComponent.change_id, ChangeComponent.component).where(
                ChangeComponent.change_id.in_(ids)
            )
        ):
            components.setdefault(part.change_id, set()).add(part.component)
    return {
        each: (frozenset(markets.get(each, ())), frozenset(components.get(each, ())))
        for each in ids
    }


def _is_same(work: Work, each: Incoming, row: Any, places: Places) -> bool:  # noqa: ANN401 (a row)
    values = _values(work, each)
    if each.created_at is None:
        values.pop("created_at")
    if each.closed_at is None:
        values.pop("closed_at")
    same = all(getattr(row, name) == value for name, value in values.items())
    return same and places == (frozenset(each.markets), frozenset(each.components))


def _values(work: Work, each: Incoming) -> dict[str, Any]:
    """Return the columns an import fills in."""
    is_over = each.landing is not Landing.DRAFT
    finished = each.finished_at or _ended_at(each)
    is_done = each.landing is Landing.CLOSED
    return {
        "title": each.title,
        "purpose": each.purpose,
        "type": each.type,
        "state": each.landing.state,
        "outcome": each.outcome,
        "requester": each.requester,
        "implementer": each.implementer,
        "team": each.team,
        "vendor": each.vendor,
        "rollback_plan": each.rollback_plan,
        "starts_at": each.starts_at,
        "ends_at": each.ends_at,
        "started_at": (each.started_at or each.starts_at) if is_done else None,
        "finished_at": finished if is_done else None,
        "created_at": each.created_at or work.now,
        "closed_at": (each.closed_at or finished or work.now) if is_over else None,
        "cancelled_because": "cancelled in the tool it came from"
        if each.landing is Landing.CANCELLED
        else "",
    }


def _ended_at(each: Incoming) -> datetime | None:
    """Return when what tells no real end was over: when its window was, or closed before."""
    ends, closed, starts = each.ends_at, each.closed_at, each.started_at or each.starts_at
    if ends is None or closed is None or closed >= ends:
        return ends or closed
    return ends if starts is not None and closed <= starts else closed


_EMPTY: dict[str, Any] = {
    "verifier": "",
    "people": [],
    "vendor_must_attend": False,
    "preparation_minutes": 0,
    "rollback_minutes": 0,
    "soak_minutes": 0,
    "gates": [],
    "rollback_needs": [],
    "tests": [],
    "notices": [],
    "trainings": [],
    "is_unauthorised": False,
    "round": 0,
    "plan_digest": "",
    "version": 1,
}


def _insert(work: Work, origin: str, fresh: Sequence[Incoming]) -> None:
    if not fresh:
        return
    values = [
        {**_EMPTY, **_values(work, each), "origin": origin, "external_reference": each.reference}
        for each in fresh
    ]
    made = work.session.execute(
        insert(Change.__table__).returning(Change.id, Change.external_reference),  # type: ignore[arg-type]
        values,
    )
    numbers = {row.external_reference: row.id for row in made}
    _put(work, [(numbers[each.reference], each) for each in fresh])


def _update(work: Work, altered: Sequence[tuple[int, Incoming]]) -> None:
    if not altered:
        return
    values = [
        {f"new_{name}": value for name, value in _values(work, each).items()} | {"row": number}
        for number, each in altered
    ]
    table = Change.__table__
    set_to: dict[str, Any] = {
        name.removeprefix("new_"): bindparam(name) for name in values[0] if name != "row"
    }
    work.session.execute(
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("row"))
        .values({**set_to, "version": table.c.version + 1}),
        values,
    )
    numbers = [number for number, _ in altered]
    for kind in (ChangeMarket, ChangeComponent):
        work.session.execute(
            delete(kind).where(kind.change_id.in_(numbers)),
            execution_options={"synchronize_session": False},
        )
    _put(work, altered)


def _put(work: Work, placed: Sequence[tuple[int, Incoming]]) -> None:
    markets = [
        {"change_id": number, "market": code} for number, each in placed for code in each.markets
    ]
    parts = [
        {"change_id": number, "component": key, "effect": Effect.DEGRADED}
        for number, each in placed
        for key in each.components
    ]
    for kind, found in ((ChangeMarket, markets), (ChangeComponent, parts)):
        if found:
            work.session.execute(insert(kind), found)
