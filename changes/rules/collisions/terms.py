"""What counts as a collision, how badly, and who may waive it: the section ``collisions``. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from changes.rules.collisions.items import Level

RULES = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10")


@dataclass(frozen=True)
class RuleTerms:
    """One rule: its name, its level, its ``milder`` level where it has one, who may waive it."""

    name: str
    level: Level
    waivers: Sequence[str]
    milder: Level = Level.WARN
    is_on: bool = True


@dataclass(frozen=True)
class MonthEnd:
    """Which local days around the turn of a month are busy: the last so many, the first so many."""

    last_days: int = 1
    first_days: int = 0


@dataclass(frozen=True)
class BusyTime:
    """A busy time with dates, such as a cup final: instants with their offset, in ISO."""

    name: str
    since: str
    until: str
    markets: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what is no span of time."""
        ends = [datetime.fromisoformat(each) for each in (self.since, self.until)]
        if any(each.tzinfo is None for each in ends) or ends[1] <= ends[0]:
            raise ValueError(
                f"{self.name}: give since and until with their offset, such as "
                "2026-12-24T18:00+03:00, the end after the beginning"
            )


@dataclass(frozen=True)
class RiskBudget:
    """How many risk points a market bears in one night; ``unknown_points`` for one without."""

    per_night: float
    unknown_points: float
    markets: Mapping[str, float] = field(default_factory=dict)

    def of(self, market: str) -> float:
        """Return the budget of a market."""
        return self.markets.get(market, self.per_night)


@dataclass(frozen=True)
class ErrorBudget:
    """Which availability a vital component is to have over so many days.

    With less than ``least_share`` of the polls of that time what is left is not known.
    """

    days: int
    target_percent: float
    least_share: float = 0.5
    components: Mapping[str, float] = field(default_factory=dict)

    def of(self, component: str) -> float:
        """Return the target of a component in percent."""
        return self.components.get(component, self.target_percent)


@dataclass(frozen=True)
class SlotTerms:
    """How far ahead a free slot is looked for, and at which minutes it may begin."""

    horizon_days: int
    grid_minutes: int

    def __post_init__(self) -> None:
        """Refuse a search that finds nothing or never ends."""
        if not (1 <= self.horizon_days <= 366 and 1 <= self.grid_minutes <= 1_440):
            raise ValueError("slots: look 1 to 366 days ahead, on a grid of 1 to 1440 minutes")


@dataclass(frozen=True)
class CollisionTerms:
    """Everything the rules of collision take from data; ``hops`` is k of rule C2."""

    hops: int
    rules: Mapping[str, RuleTerms]
    outside_hours: Level
    month_end: MonthEnd
    risk_budget: RiskBudget
    error_budget: ErrorBudget
    slots: SlotTerms
    busy: Sequence[BusyTime] = ()

    def __post_init__(self) -> None:
        """Refuse a policy that lacks a rule or knows one we do not."""
        if wrong := set(self.rules) ^ set(RULES):
            raise ValueError(f"rules: there are C1 to C10, each once; look at {sorted(wrong)}")
        if not 0 <= self.hops <= 10:
            raise ValueError("hops: 0 to 10")
