"""What roll-outs give to the front door of changes: jobs and subscriptions."""

from collections.abc import Callable, Sequence

from changes.rollouts import demo, subscribers
from changes.rollouts import models as models  # registers the tables
from changes.rollouts.jobs import JOBS as JOBS
from ssoc.core import vocabulary as words
from ssoc.core.work import Runtime, Subscription, on

SUBSCRIPTIONS: Sequence[Subscription] = (
    on(words.GateDecided, subscribers.follow_gate),
    on(words.ChangeCancelled, subscribers.end_cancelled),
    on(words.WaveMoved, subscribers.tell_pause),
    on(words.RolloutMoved, subscribers.tell_watch),
)
HISTORY: Sequence[Callable[[Runtime], None]] = (demo.remember,)
