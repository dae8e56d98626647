"""Measure what is due: ask outside any transaction, write each measurement in one of its own.

Killed between question and write, the question is asked again; killed after the write, nothing
is: the number of the next measurement has moved with it. Of two schedulers the second to write
finds the number taken.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

from changes.gates.actions.ending import end_broken
from changes.gates.actions.writing import Asked, write
from changes.gates.providers import outside, samples
from changes.gates.queries.due import Due, due
from changes.gates.rules.providers import ProviderKind
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.work import Runtime
from ssoc.monitoring.adapters.client import Client

THREADS = 8
MOST_OUTSIDE = 64  # questions to others in one turn; the rest stay due
BUDGET = timedelta(seconds=15)  # a question that has not begun by then stays due


def measure_due(runtime: Runtime) -> None:
    """Measure every metric whose turn has come, in every market."""
    with runtime.view(SYSTEM) as work:
        found = due(work)
        stored = [each for each in found.items if each.metric.provider.kind is ProviderKind.SAMPLES]
        answers = samples.measure(work, stored)
    for gate_id, reason in found.broken.items():
        with runtime.work(SYSTEM) as work:
            end_broken(work, gate_id, reason)
    is_news = bool(found.broken)
    for item, asked in answers:
        is_news |= keep(runtime, item, asked)
    others = [each for each in found.items if each.metric.provider.kind is not ProviderKind.SAMPLES]
    for item, asked in _asked(runtime, others[:MOST_OUTSIDE]):
        is_news |= keep(runtime, item, asked)
    if is_news:
        with runtime.work(SYSTEM) as work:
            bump(work.session)


def keep(runtime: Runtime, item: Due, asked: Asked) -> bool:
    """Write one answer in a transaction of its own; tell whether it still counted."""
    with runtime.work(SYSTEM) as work:
        return write(work, item.turn, asked)


def _asked(runtime: Runtime, items: Sequence[Due]) -> Iterator[tuple[Due, Asked]]:
    """Ask others a few at a time; what has not begun within the budget stays due."""
    if not items:
        return
    settings, client = runtime.settings.polling, Client()
    pool = ThreadPoolExecutor(min(THREADS, len(items)), "gate")
    try:
        asking: dict[Future[Asked], Due] = {
            pool.submit(outside.ask, each, settings, runtime.clock.now(), client): each
            for each in items
        }
        done, late = wait(asking, BUDGET.total_seconds())
        begun = [each for each in late if not each.cancel()]
        done |= wait(begun).done  # each ends within its own few seconds
        for future in sorted(done, key=lambda each: asking[each].turn.series_id):
            yield asking[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        client.close()


JOBS = {measure_due: timedelta(seconds=2)}
