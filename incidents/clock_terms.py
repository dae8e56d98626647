"""Read the terms of the clocks: the file that comes along, or the one the settings name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from incidents.rules.clocks import (
    ALWAYS,
    CLOCKS,
    UPDATE,
    Office,
    OfficeHours,
    Term,
    Terms,
)
from ssoc.core.calendar import Hours, hours_of
from ssoc.core.errors import BadSettings
from ssoc.core.settings import Settings, duration
from ssoc.core.vocabulary import Priority
from ssoc.estate.tree import Place, Tree, read_tree

SHIPPED = Path(__file__).with_name("clock_terms.yaml")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS = {name: number for number, name in enumerate(DAYS, 1)}
LONGEST = timedelta(days=366)
Key = tuple[Priority, str]


def terms(settings: Settings) -> Terms:
    """Return the terms in force, or raise BadSettings that lists every fault of their file."""
    named = settings.priority.clocks
    path = Path(settings.folder) / named if named else SHIPPED
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _cached(path, changed)


@lru_cache(maxsize=4)
def _cached(path: Path, _changed: int) -> Terms:
    return read(path)


def read(path: Path) -> Terms:
    """Return the terms of a file, or raise BadSettings that lists every fault with its line."""
    tree = read_tree(path)
    reader = _Reader(tree)
    found = reader.terms() if not tree.faults else None
    if tree.faults or found is None:
        raise BadSettings("\n".join(tree.faults))
    return found


@dataclass
class _Reader:
    """Walks one file; what is wrong goes into the tree's faults and is left out."""

    tree: Tree
    calendars: dict[str, OfficeHours] = field(default_factory=dict)

    def terms(self) -> Terms:
        self._known((), self.tree.content, ("version", "calendars", "clocks", "own", "markets"))
        for name, body in self._items(("calendars",)):
            self.calendars[name] = self._office_hours(("calendars", name), name, body)
        clocks = self._clocks(("clocks",), {})
        if not clocks and not self.tree.faults:
            self.tree.fault((), "there are no clocks; write at least clocks: {P1: …}")
        markets = {
            market: self._clocks(("markets", market), clocks)
            for market, _ in self._items(("markets",))
        }
        own = self._clocks(("own",), {})
        version = str(self.tree.content.get("version", 1))
        return Terms(version, clocks, self.calendars, markets, own)

    def _office_hours(self, place: Place, name: str, body: Mapping[str, Any]) -> OfficeHours:
        self._known(place, body, ("hours", "markets"))
        hours = self._hours((*place, "hours"), body.get("hours", ""))
        if not any(one.until > one.since for one in hours):
            self.tree.fault(place, f"calendar {name} has no working time: give it hours")
        markets = {
            market: self._office((*place, "markets", market), own)
            for market, own in self._items((*place, "markets"))
        }
        return OfficeHours(name, hours, markets)

    def _office(self, place: Place, body: Mapping[str, Any]) -> Office:
        self._known(place, body, ("days", "half_days", "closed"))
        days = {
            WEEKDAYS[day]: self._hours((*place, "days", day), words)
            for day, words in self._pairs((*place, "days"))
            if self._is_one_of((*place, "days", day), day, WEEKDAYS)
        }
        half_days = {
            on: self._hours((*place, "half_days", day), words)
            for day, words in self._pairs((*place, "half_days"))
            if (on := self._try((*place, "half_days", day), date.fromisoformat, day))
        }
        closed = body.get("closed", [])
        dates = (
            self._try((*place, "closed", number), date.fromisoformat, str(day))
            for number, day in enumerate(closed if isinstance(closed, list) else [closed])
        )
        return Office(days, half_days, frozenset(each for each in dates if each))

    def _clocks(self, place: Place, usual: Mapping[Key, Term]) -> dict[Key, Term]:
        found: dict[Key, Term] = {}
        for word, clocks in self._items(place):
            if not self._is_one_of((*place, word), word, tuple(Priority)):
                continue
            for clock, body in self._items((*place, word)):
                inner, key = (*place, word, clock), (Priority(word), clock)
                if self._is_one_of(inner, clock, CLOCKS) and key[1] in clocks:
                    term = self._term(inner, clock, body, usual.get(key))
                    found |= {key: term} if term else {}
        return found

    def _term(
        self, place: Place, clock: str, body: Mapping[str, Any], usual: Term | None
    ) -> Term | None:
        length = "every" if clock == UPDATE else "target"
        self._known(place, body, (length, "calendar", "at_risk_percent"))
        term = usual
        if length in body:
            found = self._try((*place, length), duration, body[length])
            if found is not None and not timedelta() < found <= LONGEST:
                self.tree.fault((*place, length), "expected more than nothing and at most a year")
            term = replace(usual, duration=found) if usual and found else term
            term = term or Term(clock, found or LONGEST)
        elif term is None:
            self.tree.fault(place, f"{length} is missing; write how long it may take, such as 30m")
            return None
        return self._refined(place, term, body) if term else None

    def _refined(self, place: Place, term: Term, body: Mapping[str, Any]) -> Term:
        calendar = str(body.get("calendar", term.calendar))
        percent = body.get("at_risk_percent", term.at_risk_percent)
        self._is_one_of((*place, "calendar"), calendar, (ALWAYS, *self.calendars))
        if type(percent) is not int or not 1 <= percent <= 99:
            self.tree.fault((*place, "at_risk_percent"), "expected a whole number from 1 to 99")
        return replace(term, calendar=calendar, at_risk_percent=percent)

    def _at(self, place: Place) -> Any:  # noqa: ANN401 (any YAML value)
        value: Any = self.tree.content
        for step in place:
            value = value.get(step, {}) if isinstance(value, dict) else {}
        return {} if value is None else value

    def _pairs(self, place: Place) -> Iterable[tuple[str, Any]]:
        value = self._at(place)
        if not isinstance(value, dict):
            self.tree.fault(place, f"expected a mapping, found {value!r}")
            return ()
        return value.items()

    def _items(self, place: Place) -> Iterable[tuple[str, Mapping[str, Any]]]:
        for name, body in self._pairs(place):
            if isinstance(body, dict):
                yield name, body
            else:
                self.tree.fault((*place, name), f"expected a mapping, found {body!r}")

    def _known(self, place: Place, body: Mapping[str, Any], names: Iterable[str]) -> None:
        for name in body:
            self._is_one_of((*place, name), name, names)

    def _is_one_of(self, place: Place, word: str, words: Iterable[str]) -> bool:
        if word in words:
            return True
        self.tree.fault(place, f"{word} is not known here; {', '.join(words)} are")
        return False

    def _hours(self, place: Place, words: object) -> tuple[Hours, ...]:
        return self._try(place, hours_of, str(words)) or ()

    def _try(self, place: Place, parse: Callable[[Any], Any], value: object) -> Any:  # noqa: ANN401
        try:
            return parse(value)
        except ValueError as error:
            self.tree.fault(place, str(error))
            return None
