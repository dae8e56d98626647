"""The resolve promise: who was told that something fails is told that it is over, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(minutes=10)


class Kind(StrEnum):
    """What a receiver is told."""

    FIRING = "firing"
    WORSENED = "worsened"
    SPREAD = "spread"  # to the markets it has newly reached, nothing to the others
    FLAPPING = "flapping"
    REOPENED = "reopened"
    NESTED = "nested"
    RESOLVED = "resolved"

    @property
    def needs_firing(self) -> bool:
        """Tell whether it is said only to those who know that the incident fails."""
        return self in {Kind.NESTED, Kind.RESOLVED}


@dataclass(frozen=True)
class Told:
    """One row of the ledger of one receiver and incident.

    ``may_be_known``: delivered, or tried at least once, so that the receiver may have it.
    """

    number: int
    kind: Kind
    may_be_known: bool
    is_waiting: bool = False


@dataclass(frozen=True)
class Plan:
    """What to do with a page: send it, or keep it as a row with the reason why not.

    ``superseded`` are the numbers of waiting rows that it takes the place of.
    """

    skipped: str = ""
    superseded: Sequence[int] = ()


def plan(kind: Kind, number: int, ledger: Sequence[Told]) -> Plan:
    """Return what to do with a page of the ``number``-th event of an incident.

    Events may come out of order: one that is older than what was told changes nothing. What is
    said to newly reached markets alone neither takes the place of another page nor is in its way.

    Args:
        kind: what would be told.
        number: of the event within its incident.
        ledger: what this receiver was told of this incident, in any order.

    """
    if any(each.number == number for each in ledger):
        return Plan("told already")
    if any(each.number > number and each.kind is not Kind.SPREAD for each in ledger):
        return Plan("something newer is known")
    if kind is Kind.SPREAD:
        return Plan()
    waiting = tuple(each.number for each in ledger if each.is_waiting)
    if kind.needs_firing and not knows_it_fires(ledger):
        return Plan("never told that it fails", waiting)
    return Plan(superseded=waiting)


def knows_it_fires(ledger: Sequence[Told]) -> bool:
    """Tell whether the receiver may believe that the incident still fails."""
    known = [each for each in ledger if each.may_be_known]
    newest = max(known, key=lambda each: each.number, default=None)
    return newest is not None and newest.kind is not Kind.RESOLVED


def retry_delay(attempts: int) -> timedelta:
    """Return the pause after the ``attempts``-th failure: it doubles, and never ends."""
    return min(FIRST_DELAY * (1 << min(attempts - 1, 10)), LONGEST_DELAY)
