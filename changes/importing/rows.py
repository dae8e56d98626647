"""One row of an export as the values of a change, or everything that is wrong with it. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from changes.importing.dates import Dates
from changes.importing.mapping import INSTANTS, ImportMapping, Landing
from changes.importing.orders import in_words, order_of, told_by
from changes.importing.reading import Row
from changes.lifecycle import Outcome
from ssoc.core.calendar import zone_of
from ssoc.estate.values import Estate
from ssoc.monitoring.report import storable

LIMITS = {
    "title": 255,
    "reference": 64,
    "requester": 128,
    "implementer": 128,
    "team": 64,
    "vendor": 64,
    "purpose": 60_000,
    "rollback_plan": 60_000,
}
_Fault = Callable[[str, str], None]
FIRST, LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one cell; ``column`` is its header, empty for the row as a whole."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Incoming:
    """One change as another tool has it."""

    row: int
    reference: str
    title: str
    landing: Landing
    type: str
    markets: tuple[str, ...]
    components: tuple[str, ...]
    purpose: str = ""
    outcome: Outcome | None = None
    requester: str = ""
    implementer: str = ""
    team: str = ""
    vendor: str = ""
    rollback_plan: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    created_at: datetime | None = None
    closed_at: datetime | None = None


class Interpreter:
    """Reads rows by one mapping and one way to write dates, for one estate and its types.

    What is closed must be over by ``now``.
    """

    def __init__(
        self,
        mapping: ImportMapping,
        estate: Estate,
        types: Collection[str],
        dates: Dates,
        now: datetime,
    ) -> None:
        self._mapping, self._estate, self._types = mapping, estate, frozenset(types)
        self._dates, self._now = dates, now
        self._zone = zone_of(mapping.zone)
        self._leaves_out = mapping.leave_out_unknown_components
        self._states = {word.casefold(): each for word, each in mapping.states.items()}
        self._type_words = {word.casefold(): each for word, each in mapping.types.items()}
        self._outcomes = {word.casefold(): each for word, each in mapping.outcomes.items()}
        self._markets = _words(mapping.markets, {m.code: m.name for m in estate.markets.values()})
        self._components = _words(
            mapping.components, {c.key: c.name for c in estate.components.values()}
        )
        self._instant = lru_cache(65_536)(self._parsed)

    def read(self, row: Row) -> tuple[Incoming | None, list[RowFault]]:
        """Return the change of a row and no fault, or None and every fault of it."""
        if row.fault:
            return None, [RowFault(row.number, "", row.fault)]
        faults: list[RowFault] = []

        def fault(field: str, message: str) -> None:
            faults.append(RowFault(row.number, row.columns.get(field, ""), message))

        texts: dict[str, Any] = {name: self._text(row, name, fault) for name in LIMITS}
        instants: dict[str, Any] = {name: self._when(row, name, fault) for name in INSTANTS}
        self._check_order(instants, fault)
        for name in ("reference", "title"):
            if not texts[name]:
                fault(name, f"{name} is empty")
        landing = self._landing(row, fault)
        if landing is Landing.CLOSED:
            self._check_over(instants, fault)
        kind = self._type(row, fault)
        outcome = self._outcome(row, fault)
        components = self._touched(row, fault)
        markets = self._where(row, components, fault)
        if faults or landing is None:
            return None, faults
        reference = f"{self._mapping.prefix}{texts.pop('reference')}"
        return (
            Incoming(
                row=row.number,
                reference=reference,
                landing=landing,
                type=kind,
                markets=markets,
                components=components,
                outcome=outcome if landing is Landing.CLOSED else None,
                **texts,
                **instants,
            ),
            [],
        )

    def _text(self, row: Row, name: str, fault: _Fault) -> str:
        found = str(storable(row.cells.get(name, "")))
        most = LIMITS[name] - (len(self._mapping.prefix) if name == "reference" else 0)
        if len(found) > most:
            fault(name, f"{len(found)} characters are more than {most}")
        return found

    def _landing(self, row: Row, fault: _Fault) -> Landing | None:
        word = row.cells.get("state", "")
        found = self._states.get(word.casefold())
        if found is None:
            fault("state", f"no state is called {word[:60]!r}; add it to states of the mapping")
        return found

    def _type(self, row: Row, fault: _Fault) -> str:
        word = row.cells.get("type", "")
        found = self._type_words.get(word.casefold()) if word else self._mapping.default_type
        if found and found not in self._types:
            fault("type", f"{found!r} is no type of change here; correct types of the mapping")
        elif not found and word:
            fault("type", f"no type is called {word[:60]!r}; add it to types of the mapping")
        elif not found:
            fault("type", "the type is empty; give default_type in the mapping")
        return found or ""

    def _outcome(self, row: Row, fault: _Fault) -> Outcome | None:
        word = row.cells.get("outcome", "")
        found = self._outcomes.get(word.casefold())
        if word and found is None:
            fault("outcome", f"no outcome is called {word[:60]!r}; add it to outcomes")
        return found

    def _touched(self, row: Row, fault: _Fault) -> tuple[str, ...]:
        cell = row.cells.get("components", "")
        found: dict[str, None] = {}
        for word in filter(None, (part.strip() for part in cell.split(self._mapping.between))):
            key = self._components.get(word.casefold())
            if key is not None:
                found[key] = None
            elif not self._leaves_out:
                fault("components", f"the estate has no component {word[:60]!r}; map or leave out")
        return tuple(found)

    def _where(self, row: Row, components: tuple[str, ...], fault: _Fault) -> tuple[str, ...]:
        """Return its markets: those of its column, else of its components, else the usual one."""
        word = row.cells.get("market", "")
        code = self._market_of(word)
        if code is not None and code in self._estate.markets:
            return (code,)
        if word and not self._mapping.default_market:
            fault("market", f"the estate has no market {word[:60]!r}; add it to markets")
            return ()
        held = {each for key in components for each in self._estate.markets_of(key)}
        if held and not word:
            return tuple(self._estate.in_order(held))
        if self._mapping.default_market in self._estate.markets:
            return (self._mapping.default_market,)
        if row.cells.get("components") and not components and not self._leaves_out:
            return ()  # its components are at fault, and that was said
        fault("market", "no market is named; give default_market in the mapping")
        return ()

    def _market_of(self, word: str) -> str | None:
        """Return what a word means; of a path such as ``Root > Kenya`` the last part that does."""
        parts = [word, *reversed(word.split(">"))] if ">" in word else [word]
        known = (self._markets.get(part.strip().casefold()) for part in parts)
        return next((each for each in known if each is not None), None)

    def _when(self, row: Row, name: str, fault: _Fault) -> datetime | None:
        text = row.cells.get(name, "")
        if not text:
            return None
        found = self._instant(text)
        if isinstance(found, str):
            fault(name, found)
            return None
        return found

    def _parsed(self, text: str) -> datetime | str:
        """Return the instant of a local time, or what is wrong with it."""
        local = told_by(self._dates.forms, text)
        if local is not None:
            return _in_zone(local, self._zone)
        for form in self._mapping.dates:
            if told_by([form], text) is not None:
                return (
                    f"{text[:40]!r} has {in_words(order_of(form))}, but row {self._dates.row} "
                    f"shows that this file has {in_words(self._dates.order)}; correct the row"
                )
        return (
            f"{text[:40]!r} is no time of the forms {', '.join(self._dates.forms)}; "
            "correct dates of the mapping"
        )

    def _check_over(self, instants: dict[str, datetime | None], fault: _Fault) -> None:
        """Refuse what is closed and yet to come: its state, its dates or the zone is wrong."""
        is_known = instants["finished_at"] or instants["closed_at"]
        looked_at = ("starts_at", *(() if is_known else ("ends_at",)))
        for name in (*looked_at, "started_at", "finished_at", "closed_at"):
            at = instants[name]
            if at is not None and at > self._now:
                fault(
                    name,
                    f"it is closed, but {at:%Y-%m-%d %H:%M} UTC is still to come; correct the "
                    "date, its state or the time zone",
                )

    @staticmethod
    def _check_order(instants: dict[str, datetime | None], fault: _Fault) -> None:
        for first, last in (("starts_at", "ends_at"), ("started_at", "finished_at")):
            start, end = instants[first], instants[last]
            if start is not None and end is not None and end <= start:
                fault(last, "it ends before it starts, or at the same time")


def _in_zone(local: datetime, zone: ZoneInfo) -> datetime | str:
    there = local.replace(tzinfo=zone)
    found = there.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != local:
        return f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key}: the clock skips it"
    if not FIRST <= found <= LAST:
        return f"the year {local.year} is not to be believed"
    return found


def _words(own: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Return what words mean: keys and names of the estate, those of the mapping before them."""
    found = {name.casefold(): key for key, name in known.items()}
    found |= {key.casefold(): key for key in known}
    return found | {word.casefold(): key for word, key in own.items()}
