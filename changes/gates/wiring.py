"""What gates give to the front door of changes: jobs and subscriptions."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from changes.gates import jobs
from changes.gates import models as models  # registers the tables
from ssoc.core.work import Runtime, Subscription

JOBS: dict[Callable[[Runtime], None], timedelta] = dict(jobs.JOBS)
SUBSCRIPTIONS: Sequence[Subscription] = ()
