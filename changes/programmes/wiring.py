"""What programmes give to the front door of changes: jobs and subscriptions."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from changes.programmes import decision_jobs, demo, subscribers
from changes.programmes import models as models  # registers the tables
from changes.programmes.queries import codes
from changes.programmes.site_jobs import reopen_sites
from changes.rollouts import sites
from ssoc.core.vocabulary import GateDecided, ProgrammeWaveBraked
from ssoc.core.work import Runtime, Subscription, on

sites.tell_by(codes.known_codes)  # what the waves of a roll-out may name
JOBS: dict[Callable[[Runtime], None], timedelta] = {
    reopen_sites: timedelta(minutes=1),
    **decision_jobs.JOBS,
}
SUBSCRIPTIONS: Sequence[Subscription] = (
    on(GateDecided, decision_jobs.brake_wave),
    on(ProgrammeWaveBraked, subscribers.tell_wave),
)
HISTORY: Sequence[Callable[[Runtime], None]] = (demo.remember,)
