"""What a programme asks of its sites: its own values beside the policy's, and who is past them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from changes.policy import policy, programme_terms
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import SiteRollout, WaveBrake
from changes.programmes.models.plan import ProgrammeWave
from changes.programmes.queries import programmes
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.terms import ProgrammeTerms
from changes.programmes.values import ProgrammeView
from ssoc.core.work import Work

WAY = (
    *(SiteState.PLANNED, SiteState.SURVEYED, SiteState.READY, SiteState.MIGRATING),
    *(SiteState.PARALLEL, SiteState.GO_NO_GO, SiteState.CUT_OVER, SiteState.HYPERCARE),
    SiteState.ACCEPTED,
)


@dataclass(frozen=True)
class SettingsView:
    """A programme's own values, those of the policy, and how far its sites are."""

    programme: ProgrammeView
    usual: ProgrammeTerms
    inforce: ProgrammeTerms
    own: Mapping[str, Any]
    faults: tuple[str, ...]  # of its own values, since the policy has changed
    reached: Mapping[SiteState, int]
    braked_waves: int

    def past(self, state: SiteState) -> int:
        """Return how many sites are in a state or behind it, where blocked ones were before."""
        return sum(self.reached.get(each, 0) for each in WAY[WAY.index(state) :])


def settings(work: Work, programme_id: int) -> SettingsView:
    """Return what a programme asks, or raise NotFound when the actor may not see it."""
    row = programmes.found(work, programme_id)
    stands = func.coalesce(SiteRollout.was, SiteRollout.state)
    reached = select(stands, func.count()).where(SiteRollout.programme_id == programme_id)
    braked = (
        select(func.count())
        .select_from(WaveBrake)
        .join(ProgrammeWave, ProgrammeWave.id == WaveBrake.wave_id)
        .where(ProgrammeWave.programme_id == programme_id)
    )
    _, faults = programme_terms(work.settings, row.terms)
    return SettingsView(
        programme=programmes.programme(work, programme_id),
        usual=policy(work).programmes,
        inforce=terms_of(work, row),
        own=row.terms,
        faults=tuple(faults),
        reached={
            SiteState(state): n for state, n in work.session.execute(reached.group_by(stands))
        },
        braked_waves=work.session.scalar(braked) or 0,
    )
