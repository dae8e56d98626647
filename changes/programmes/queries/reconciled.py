"""How the parallel runs of sites stand, for their guards."""

from collections.abc import Mapping, Sequence

from changes.reconciliation.queries import exits
from changes.reconciliation.rules.exits import ExitStanding
from ssoc.core.work import Work


def subject_of(site_rollout_id: int) -> str:
    """Return what a parallel run of a site is about."""
    return f"site:{site_rollout_id}"


def standing(work: Work, ids: Sequence[int]) -> Mapping[int, ExitStanding]:
    """Return of each site whether the exit rule of its parallel run is met."""
    found = exits.standing(work, [subject_of(each) for each in ids])
    return {each: found[subject_of(each)] for each in ids}
