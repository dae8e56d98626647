"""What features give to the front door of changes: jobs and subscriptions."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from changes.features import demo
from changes.features import models as models  # registers the tables
from changes.features.counting import forget_asked
from ssoc.core.work import Runtime, Subscription

JOBS: dict[Callable[[Runtime], None], timedelta] = {forget_asked: timedelta(hours=6)}
SUBSCRIPTIONS: Sequence[Subscription] = ()
HISTORY: Sequence[Callable[[Runtime], None]] = (demo.remember,)
