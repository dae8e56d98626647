"""What a wave covers: markets times cohorts times share; overlaps and gaps between waves. Pure.

A wave of no market of its own reaches every market of the change; of no cohort, everybody there;
of ``percent`` that share of them. A later wave that names the same people brings them nothing
new, so overlaps and gaps are told at planning; neither refuses a plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from changes.rollouts.values import Cohort, WaveView


@dataclass(frozen=True)
class Reach:
    """Whom one wave reaches in one market."""

    market: str
    cohorts: Sequence[Cohort]
    percent: int
    sites: Sequence[str] = ()

    @property
    def is_everybody(self) -> bool:
        """Tell whether nobody in the market is left out."""
        return not self.cohorts and not self.sites and self.percent == 100  # noqa: PLR2004

    @property
    def words(self) -> str:
        """Return whom: ``everybody``, ``10 % of stripe 0 to 9``."""
        return whom(self.cohorts, self.percent, self.sites)


def covered(wave: WaveView, markets: Sequence[str]) -> tuple[Reach, ...]:
    """Return what a wave covers in each of its markets, in the order of the change."""
    own = wave.markets or markets
    return tuple(
        Reach(each, tuple(wave.cohorts), wave.percent, tuple(wave.sites))
        for each in [*(m for m in markets if m in own), *(m for m in own if m not in markets)]
    )


def whom(cohorts: Sequence[Cohort], percent: int, sites: Sequence[str] = ()) -> str:
    """Return in words whom a wave reaches in each of its markets."""
    share = "" if percent == 100 else f"{percent} % of "  # noqa: PLR2004 (everybody)
    if sites:
        return share + (f"site {sites[0]}" if len(sites) == 1 else f"{len(sites)} sites")
    if not cohorts:
        return f"{share}customers" if share else "everybody"
    return share + " and ".join(f"{each.attribute} {values_words(each.values)}" for each in cohorts)


def values_words(values: Sequence[str]) -> str:
    """Return values in words, whole numbers in a row as a stretch: ``0 to 9, 12``."""
    numbers = sorted({int(each) for each in values if each.isdecimal()})
    found, begun = [], numbers[:1]
    for before, number in pairwise(numbers):
        if number != before + 1:
            found.append((begun[0], before))
            begun = [number]
    found += [(begun[0], numbers[-1])] if numbers else []
    told = [str(a) if a == b else f"{a} to {b}" for a, b in found]
    return ", ".join([*told, *(each for each in values if not each.isdecimal())])


def overlaps(waves: Sequence[WaveView], markets: Sequence[str]) -> list[str]:
    """Return in words which wave reaches nobody that an earlier one has not reached already."""
    found = []
    for at, later in enumerate(waves):
        for earlier in waves[:at]:
            both = [
                here.market
                for here in covered(later, markets)
                for there in covered(earlier, markets)
                if here.market == there.market and contains(there, here)
            ]
            if both:
                found.append(
                    f"wave {later.position} brings nothing new in {', '.join(both)}: wave "
                    f"{earlier.position} has reached {whom(later.cohorts, later.percent)} there"
                )
    return found


def contains(outer: Reach, inner: Reach) -> bool:
    """Tell whether everybody of ``inner`` is surely in ``outer``, of the same market.

    A share of the same people contains a smaller one: shares are taken from the same order.
    """
    if outer.sites or inner.sites:
        inside = set(inner.sites) <= set(outer.sites) and bool(inner.sites)
        return (not outer.sites and outer.is_everybody) or (inside and _as_many(outer, inner))
    named = {each.attribute: set(each.values) for each in inner.cohorts}
    wider = all(
        each.attribute in named and named[each.attribute] <= set(each.values)
        for each in outer.cohorts
    )
    same = _values(outer.cohorts) == _values(inner.cohorts)
    whole = outer.percent == 100  # noqa: PLR2004 (everybody)
    return wider and (whole or (same and _as_many(outer, inner)))


def _as_many(outer: Reach, inner: Reach) -> bool:
    return inner.percent <= outer.percent


def _values(cohorts: Sequence[Cohort]) -> Mapping[str, frozenset[str]]:
    return {each.attribute: frozenset(each.values) for each in cohorts}


def gaps(waves: Sequence[WaveView], markets: Sequence[str]) -> list[str]:
    """Return in words which markets of the change no wave reaches, or not for everybody."""
    reached: dict[str, list[Reach]] = {}
    for wave in waves:
        for each in covered(wave, markets):
            reached.setdefault(each.market, []).append(each)
    none = [each for each in markets if each not in reached]
    part = [
        each
        for each in markets
        if each in reached
        and not any(one.is_everybody for one in reached[each])
        and not any(one.sites for one in reached[each])
        and not _stripes_are_whole(reached[each])
    ]
    found = [f"no wave reaches {', '.join(none)}"] if none else []
    if part:
        found.append(f"no wave reaches everybody in {', '.join(part)}")
    return found


_STRIPES = frozenset(str(each) for each in range(100))


def _stripes_are_whole(reached: Sequence[Reach]) -> bool:
    """Tell whether waves over nothing but customer stripes reach all hundred of them."""
    found: set[str] = set()
    for each in reached:
        if each.percent == 100 and [c.attribute for c in each.cohorts] == ["stripe"]:  # noqa: PLR2004
            found |= set(each.cohorts[0].values)
    return found >= _STRIPES
