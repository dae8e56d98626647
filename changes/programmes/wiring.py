"""What programmes give to the front door of changes: jobs and subscriptions."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from changes.programmes import demo
from changes.programmes import models as models  # registers the tables
from changes.programmes.site_jobs import reopen_sites
from ssoc.core.work import Runtime, Subscription

JOBS: dict[Callable[[Runtime], None], timedelta] = {reopen_sites: timedelta(minutes=1)}
SUBSCRIPTIONS: Sequence[Subscription] = ()
HISTORY: Sequence[Callable[[Runtime], None]] = (demo.remember,)
