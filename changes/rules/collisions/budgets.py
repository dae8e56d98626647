"""C9 the risk a market bears in one night, C10 the error budget of what is vital. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from changes.rules.collisions.ground import Ground
from changes.rules.collisions.items import Finding, Item, Level
from ssoc.core.calendar import Span, local_date
from ssoc.estate.values import Market

_NOON = timedelta(hours=12)


@dataclass(frozen=True)
class Night:
    """A planned change with its points; None without a score."""

    name: str
    needed: Span
    markets: frozenset[str]
    points: float | None


@dataclass(frozen=True)
class Polled:
    """How often a component's worst check was asked and found down in the last days.

    ``expected`` is how often it is asked in so many days when it is asked all the time.
    """

    asked: int
    down: int
    expected: int

    def spent(self, target: float) -> float:
        """Return the share of the error budget that is spent; 1 and more is all of it.

        The budget is what may be down of all polls of the days, not of those there were: two bad
        answers of five after a start do not spend four weeks.
        """
        allowed = self.expected * (100 - target) / 100
        return self.down / allowed if allowed else float(self.down > 0)


def night_of(market: Market, span: Span) -> date:
    """Return the local day on whose evening the night of ``span`` begins: from noon to noon."""
    return local_date(market.zones[0], span.since - _NOON)


def risk_spent(
    ground: Ground, item: Item, points: float, others: Sequence[Night]
) -> Iterator[Finding]:
    """Yield C9 for each market whose risk of that night is more than its budget."""
    if not ground.is_on("C9"):
        return
    for code in ground.estate.in_order(item.markets):
        market = ground.estate.markets.get(code)
        if market is None:
            continue
        night, budget = night_of(market, item.needed), ground.terms.risk_budget
        beside = [
            each
            for each in others
            if code in each.markets and night_of(market, each.needed) == night
        ]
        unknown = sum(each.points is None for each in beside)
        total = points + sum(
            budget.unknown_points if each.points is None else each.points for each in beside
        )
        if total <= budget.of(code):
            continue
        guessed = (
            f", {unknown} of them without a score counted as {budget.unknown_points:g}"
            if unknown
            else ""
        )
        said = (
            f"{item.name} brings the risk in {market.name} in the night of "
            f"{night.day} {night:%b} to {total:.0f} points with {len(beside)} other changes"
            f"{guessed}; {budget.of(code):g} is the budget of a night."
        )
        yield ground.single("C9", item, f"{code}:{night.isoformat()}", said, markets=[code])


def errors_spent(
    ground: Ground, item: Item, vital: Collection[str], polled: Mapping[str, Polled]
) -> Iterator[Finding]:
    """Yield C10 for each vital component whose error budget is spent; unknown ones told once.

    Reckoned from polls, since nothing here reckons service levels yet.
    """
    if not ground.is_on("C10"):
        return
    terms, unknown = ground.terms.error_budget, []
    for component in sorted(vital):
        seen, target = polled.get(component, Polled(0, 0, 0)), terms.of(component)
        if seen.spent(target) < 1:
            if seen.asked < terms.least_share * seen.expected or not seen.asked:
                unknown.append(component)
            continue
        said = (
            f"{item.name} works on {ground.name(component)}, whose error budget is spent: "
            f"its worst check found it down {seen.down} times in the last {terms.days} days, of "
            f"{seen.asked} polls; {target:g} % of {seen.expected} is the target."
        )
        yield ground.single(
            "C10",
            item,
            component,
            said,
            path=[component],
            markets=_markets(ground, component, item),
        )
    if unknown:
        names = ", ".join(map(ground.name, unknown))
        said = (
            f"The error budget of {names} is not known: the last {terms.days} days have too few "
            "polls to say."
        )
        yield ground.single("C10", item, "not known", said, Level.INFO, markets=item.markets)


def _markets(ground: Ground, component: str, item: Item) -> frozenset[str]:
    return item.markets & set(ground.estate.markets_of(component)) or item.markets
