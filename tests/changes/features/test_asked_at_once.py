"""Who asked is counted by every process that answers: none takes another's hour, none is lost."""

from concurrent.futures import ThreadPoolExecutor, wait

from sqlalchemy import select

from changes.features import counting
from changes.features.models import Feature, FeatureAsked
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.features import story


def test_two_processes_begin_the_same_hour(runtime: Runtime, clock: FrozenClock) -> None:
    story.feature(runtime)
    with runtime.view(SYSTEM) as work:
        number = work.session.scalars(select(Feature.id)).one()
    mine, theirs = counting.Asked(runtime), counting.Asked(runtime)
    mine.count(number, "KE", True, clock.now())
    theirs.count(number, "KE", False, clock.now())
    with ThreadPoolExecutor(1) as pool:
        with runtime.work(SYSTEM) as work:
            [(place, times)] = mine._times.items()
            counting._write(work, place, times)
            flushed = pool.submit(theirs.flush)
            wait([flushed], 0.3)  # it finds no row of that hour, and waits for ours
        flushed.result(10)
    with runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(FeatureAsked)).one()
    assert (row.asked, row.on) == (2, 1)
