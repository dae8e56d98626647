"""What makes a failure weigh less: redundancy that holds, and guesses payments do not confirm."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from incidents.correlator.episodes import is_ours
from incidents.correlator.situation import Situation
from incidents.measured import share_now
from incidents.models import ComponentState
from incidents.rules.correlation import Failing
from incidents.rules.impact import NOW
from incidents.rules.redundancy import carried
from ssoc.core.work import Work


class Soft(NamedTuple):
    """What carries on in place of what, whether the cause is a guess, and what payments say."""

    carried_by: Mapping[str, Sequence[str]]
    is_guess: bool
    share_lost: Decimal | None


def soften(
    situation: Situation,
    components: Collection[str],
    markets: Collection[str],
    cause: Failing | None,
    known: Decimal | None = None,
) -> Soft:
    """Return how the failure of ``components`` is softened; ``known`` is the share reckoned.

    Payments of the last minutes have a say in what our own watching cannot read and in what is
    only suspected; in what many markets point at, only payments measured after it began.
    """
    failing = situation.failing
    kept = carried(
        situation.estate,
        components,
        lambda each: each in situation.good and each not in failing,
    )
    here = [failing[each] for each in components if each in failing]
    ours = bool(here) and all(each.is_ours for each in here)
    guess = ours or (cause is not None and (cause.is_suspected or cause.is_ours))
    if known is None and guess:
        known = share_now(situation.work, markets, components, _begun(situation, markets, cause))
    return Soft(kept, guess, known)


def _begun(situation: Situation, markets: Collection[str], cause: Failing | None) -> datetime:
    many = len(markets) >= situation.work.settings.priority.many_markets
    return cause.since if many and cause is not None else situation.now - NOW


def states(work: Work) -> dict[str, ComponentState]:
    """Return what fails now."""
    rows = select(ComponentState).where(ComponentState.bad_since.is_not(None))
    return {row.component: row for row in work.session.scalars(rows)}


def is_guess(cause: ComponentState | None, here: Collection[ComponentState]) -> bool:
    """Tell whether what fails at the cause, or everywhere, is about our watching alone."""
    if cause is not None and is_ours(cause):
        return True
    return bool(here) and all(is_ours(each) for each in here)
