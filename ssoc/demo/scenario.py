"""What breaks by itself, so that a newcomer sees the product work without touching anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from ssoc.demo.faults import Kind
from ssoc.demo.simulator import Platforms


@dataclass(frozen=True)
class Step:
    """At ``after`` from the start of a round, break a component for a while."""

    after: timedelta
    component: str
    kind: Kind
    lasts: timedelta


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


# the first step comes soon: within two minutes of the start it is one incident on the wall
ROUND: Sequence[Step] = (
    Step(_minutes(0.6), "ledger-db-east", Kind.DOWN, _minutes(8)),
    Step(_minutes(3), "wan-et", Kind.SILENT, _minutes(7)),
    Step(_minutes(5), "smsc-cd", Kind.SLOW, _minutes(20)),
    Step(_minutes(14), "banks-gh", Kind.REFUSING, _minutes(9)),
    Step(_minutes(25), "core-ledger-north", Kind.SLOW, _minutes(6)),
)
ROUND_LASTS = _minutes(40)


def play(platforms: Platforms, stop: Event, steps: Sequence[Step] = ROUND) -> None:
    """Play the steps in order, round after round, until ``stop`` is set."""
    while not stop.is_set():
        waited = timedelta()
        for step in sorted(steps, key=lambda one: one.after):
            if stop.wait((step.after - waited).total_seconds()):
                return
            waited = step.after
            platforms.breaks(step.component, step.kind, step.lasts.total_seconds())
        stop.wait((ROUND_LASTS - waited).total_seconds())
