"""The verdict of a whole gate, of each of its markets, and of each metric. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from changes.gates.lifecycle import Effect, Phase

ORDER = (  # the best first
    Phase.SUCCESSFUL,
    Phase.RUNNING,
    Phase.PENDING,
    Phase.NO_DATA,
    Phase.INCONCLUSIVE,
    Phase.ERROR,
    Phase.FAILED,
)
_RANK = {phase: place for place, phase in enumerate(ORDER)}
GOOD = {Phase.SUCCESSFUL, Phase.RUNNING, Phase.PENDING}


@dataclass(frozen=True)
class Standing:
    """Where one metric stands in one market.

    ``counts`` is False for a dry run, and for a metric whose decision is only told.
    """

    metric: str
    market: str
    phase: Phase
    counts: bool = True


def worst(phases: Iterable[Phase]) -> Phase:
    """Return the worst of some phases; successful when there is none."""
    return max(phases, key=_RANK.__getitem__, default=Phase.SUCCESSFUL)


def verdict(standings: Collection[Standing], *, is_stopped: bool = False) -> Phase:
    """Return the phase of a gate.

    Running while anything is unfinished, unless the gate is stopped: a counting metric that was
    decided badly stops it, or a person does. What does not count only has to finish.
    """
    decided = [each.phase for each in standings if each.counts and each.phase.is_final]
    found = worst(decided)
    if is_stopped or found not in GOOD:
        return found
    if any(not each.phase.is_final for each in standings):
        return Phase.RUNNING
    return found


def by_market(standings: Iterable[Standing]) -> Mapping[str, Phase]:
    """Return the worst phase in each market, of what counts; a busy market hides no small one."""
    found: dict[str, list[Phase]] = {}
    for each in standings:
        phases = found.setdefault(each.market, [])
        if each.counts:
            phases.append(each.phase)
    return {market: worst(phases) for market, phases in found.items()}


def stops(phase: Phase, effect: Effect) -> bool:
    """Tell whether a metric that stands so stops the gate: no new measurement is begun then."""
    return phase not in GOOD and effect in {Effect.PAUSE, Effect.ROLL_BACK}
