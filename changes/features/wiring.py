"""What features give to the front door of changes: jobs and subscriptions."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from changes.features import models as models  # registers the tables
from ssoc.core.work import Runtime, Subscription

JOBS: dict[Callable[[Runtime], None], timedelta] = {}
SUBSCRIPTIONS: Sequence[Subscription] = ()
