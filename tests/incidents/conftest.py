"""A story for every test that wants one."""

import pytest

from ssoc.core.clock import FrozenClock
from ssoc.core.work import Runtime
from tests.incidents.stories import Story


@pytest.fixture
def story(runtime: Runtime, clock: FrozenClock) -> Story:
    return Story(runtime, clock)
