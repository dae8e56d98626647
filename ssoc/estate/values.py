"""The estate as one frozen value: what rules, pollers, parsers and screens decide with."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum
from functools import cached_property
from typing import Any


class Criticality(IntEnum):
    """What the business loses when a component stops; 1 is worst."""

    VITAL = 1
    IMPORTANT = 2
    SUPPORTING = 3


@dataclass(frozen=True)
class Market:
    """One country platform.

    ``zones`` are IANA names, the first leads (DR Congo has two). ``working_days`` are ISO
    weekday numbers (Monday 1). ``holidays`` names the country of the ``holidays`` library;
    ``added_holidays`` and ``removed_holidays`` map ISO dates to the reason. ``average_value``
    is the mean value of one transaction in ``currency``; ``usd_rate`` US dollars for one unit.
    ``pay_days`` are days of the month such as ``25-31``, 31 meaning its last. ``change_hours`` and
    ``peak_hours`` are local hours such as ``23:00-03:00``; one that ends before it begins ends
    on the next day. Empty means: no hours were promised for changes, no peak is known.
    """

    code: str
    name: str
    zones: Sequence[str]
    currency: str
    languages: Sequence[str] = ()
    working_days: Sequence[int] = (1, 2, 3, 4, 5)
    holidays: str = ""
    holiday_categories: Sequence[str] = ("public",)
    added_holidays: Mapping[str, str] = field(default_factory=dict)
    removed_holidays: Mapping[str, str] = field(default_factory=dict)
    regulator: str = ""
    native_name: str = ""
    average_value: Decimal | None = None
    usd_rate: Decimal | None = None
    position: int = 0  # where the files name it: the order on screens
    pay_days: Sequence[str] = ()
    change_hours: str = ""
    peak_hours: str = ""


@dataclass(frozen=True)
class Check:
    """One way of asking whether a component works; ``settings`` are the adapter's own.

    ``path`` names the network path the question takes; ``rules`` are the thresholds of
    ``monitoring.rules.judge`` as plain mappings. ``market`` is empty for a shared component.
    """

    component: str
    name: str
    adapter: str
    every: timedelta
    market: str = ""
    path: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    rules: Sequence[Mapping[str, Any]] = ()
    is_control: bool = False

    @property
    def key(self) -> str:
        """Return ``component/name``, unique in the estate."""
        return f"{self.component}/{self.name}"


@dataclass(frozen=True)
class Path:
    """A network path from headquarters: the component it is, and the control probe on it."""

    key: str
    component: str
    control: str = ""


@dataclass(frozen=True)
class Component:
    """A service or a part of one; ``markets`` are several when it is shared.

    ``match`` are label sets of other people's alerts that mean this component; a value that
    begins with ``~`` is a regular expression over the whole label. ``kpis`` names the series
    that impact is reckoned from: ``tps`` and ``success_percent`` as ``check/sample``.
    """

    key: str
    name: str
    kind: str
    markets: Sequence[str]
    criticality: Criticality = Criticality.IMPORTANT
    owner: str = ""
    vendor: str = ""
    runbook: str = ""
    native_name: str = ""
    match: Sequence[Mapping[str, str]] = ()
    kpis: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_shared(self) -> bool:
        """Tell whether several markets stand on it."""
        return len(self.markets) > 1


@dataclass(frozen=True)
class Dependency:
    """``component`` needs ``needs``; of the edges of one ``group`` any ``need`` of them will do."""

    component: str
    needs: str
    group: str = ""
    need: int = 1


@dataclass(frozen=True)
class Heartbeat:
    """A dead-man switch that a job of the platform pings: late after ``every`` plus ``grace``."""

    name: str
    component: str
    every: timedelta
    grace: timedelta
    market: str = ""


@dataclass(frozen=True)
class Inhibition:
    """While an alert that ``source`` fits is open, pages of those that ``target`` fits wait.

    Both are label sets as in a component's ``match``. Only alerts that agree on every label of
    ``equal`` mute each other; a label that one of them lacks is no agreement.
    """

    name: str
    source: Mapping[str, str]
    target: Mapping[str, str]
    equal: Sequence[str]


@dataclass(frozen=True)
class Estate:
    """Everything we watch, as loaded; ``version`` 0 is the empty estate."""

    version: int = 0
    markets: Mapping[str, Market] = field(default_factory=dict)
    components: Mapping[str, Component] = field(default_factory=dict)
    dependencies: Sequence[Dependency] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)
    inhibitions: Mapping[str, Inhibition] = field(default_factory=dict)

    @cached_property
    def needs(self) -> Mapping[str, Sequence[Dependency]]:
        """Return the edges down from each component."""
        found: dict[str, list[Dependency]] = {}
        for edge in self.dependencies:
            found.setdefault(edge.component, []).append(edge)
        return found

    @cached_property
    def needed_by(self) -> Mapping[str, Sequence[Dependency]]:
        """Return the edges up from each component."""
        found: dict[str, list[Dependency]] = {}
        for edge in self.dependencies:
            found.setdefault(edge.needs, []).append(edge)
        return found

    @cached_property
    def by_title(self) -> Mapping[str, str]:
        """Return the component that each title means, case folded; titles of several left out."""
        titles = [each.name.casefold() for each in self.components.values()]
        several = {title for title, times in Counter(titles).items() if times > 1}
        pairs = zip(titles, self.components, strict=True)
        return {title: key for title, key in pairs if title and title not in several}

    def markets_of(self, component: str) -> tuple[str, ...]:
        """Return the markets of a component; empty when the estate does not know it."""
        known = self.components.get(component)
        return tuple(self.in_order(known.markets)) if known else ()

    def in_order(self, markets: Iterable[str]) -> list[str]:
        """Return ``markets`` as every page shows them: as the estate has them, then by code."""
        places = {code: at for at, code in enumerate(self.markets)}
        return sorted(markets, key=lambda code: (places.get(code, len(places)), code))

    def name_of(self, component: str) -> str:
        """Return the name people use; an unknown key is its own name."""
        known = self.components.get(component)
        return known.name if known else component
