"""Which worker runs which tests: slices of a file, so that handing them out costs little.

Tests handed out one by one cost whoever hands them out more than many of them cost themselves, for
pytest-xdist counts all that a worker ever had each time. And pytest-xdist 3.8 groups by a mark that
it writes into the names of tests, which pytest 9.2 lets nobody do; so the file decides what stays
together.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from xdist.scheduler import LoadScopeScheduling

FILES = {  # their tests share something dear: one worker takes them all, so it is made once
    "tests/browser/test_change_pages.py",  # the demo's month: half a minute's work
    "tests/demo/test_month.py",
    "tests/demo/test_programme.py",
}
LARGEST = 24  # tests of one slice
SHARE = 40  # slices that each worker is to have before it: the last are small, so all end alike


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Every slice goes to whichever worker is free, the dear files first."""

    def schedule(self) -> None:
        """Cut the tests into slices when all workers have told which they found."""
        if self.collection is None:
            found: list[str] = next(iter(self.registered_collections.values()))
            self._slices = slices(found, self.numnodes)
            self._places = {name: place for place, name in enumerate(found)}
            self.config.option.loadscopereorder = False  # SQLite's tests first, then PostgreSQL's
            self.workqueue.update((name, {}) for name in self._slices.values() if name in FILES)
        super().schedule()

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:  # noqa: ANN401, ARG002 (xdist's)
        """Forget the test, which then is counted no more, and hand out what comes next."""
        name = self.registered_collections[node][item_index]
        mine = self.assigned_work[node]
        left = mine[self._slices[name]]
        del left[name]
        if not left:
            del mine[self._slices[name]]
        self._reschedule(node)

    def _assign_work_unit(self, node: Any) -> None:  # noqa: ANN401 (xdist's)
        scope, tests = self.workqueue.popitem(last=False)
        self.assigned_work[node][scope] = tests
        node.send_runtest_some([self._places[name] for name in tests])

    def _split_scope(self, nodeid: str) -> str:
        return self._slices[nodeid]


def slices(tests: Sequence[str], workers: int) -> dict[str, str]:
    """Return for each test the name of its slice: a dear file is one, by its own name."""
    dear = {name: _file(name) for name in tests if _file(name) in FILES}
    return {**dear, **dict(_cut([name for name in tests if name not in dear], workers))}


def _cut(tests: Sequence[str], workers: int) -> Iterator[tuple[str, str]]:
    """Yield each test with its slice: a run of one file's tests, shorter as fewer are left."""
    number, place = count(1), 0
    while place < len(tests):
        size = min(LARGEST, max(1, (len(tests) - place) // (workers * SHARE)))
        file, name = _file(tests[place]), f"slice {next(number)}"
        for test in tests[place : place + size]:
            if _file(test) != file:
                break
            yield test, name
            place += 1


def _file(test: str) -> str:
    return test.partition("::")[0]
