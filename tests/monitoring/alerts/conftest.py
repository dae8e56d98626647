"""Stories about alerts run on both databases."""

import pytest

from ssoc.core.clock import FrozenClock
from ssoc.core.work import Runtime
from tests.monitoring.alerts.story import Story


@pytest.fixture
def story(runtime: Runtime, clock: FrozenClock) -> Story:
    return Story(runtime, clock, clock.now())
