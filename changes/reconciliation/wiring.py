"""What reconciliation give to the front door of changes: jobs and subscriptions."""

from collections.abc import Sequence

from changes.reconciliation import models as models  # registers the tables
from changes.reconciliation.jobs import JOBS as JOBS
from ssoc.core.work import Subscription

SUBSCRIPTIONS: Sequence[Subscription] = ()
