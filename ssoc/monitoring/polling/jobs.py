"""What the poller's figures need by the clock, and the services that make them."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from ssoc.core.work import Runtime
from ssoc.monitoring.polling.watching import watch_poller, watch_reachability
from ssoc.monitoring.roll_up import retain, roll_up

JOBS: Mapping[Callable[[Runtime], None], timedelta] = {
    watch_reachability: timedelta(seconds=5),
    watch_poller: timedelta(seconds=15),
    roll_up: timedelta(minutes=1),
    retain: timedelta(hours=1),
}
