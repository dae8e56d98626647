"""Files whose tests share something dear: one worker takes them all, so it is made once.

pytest-xdist 3.8 groups by a mark that it writes into the names of tests, which pytest 9.2 lets
nobody do; so the file decides.
"""

from xdist.scheduler import LoadScopeScheduling

FILES = {
    "tests/browser/test_change_pages.py",  # the demo's month: half a minute's work
    "tests/demo/test_month.py",
    "tests/demo/test_programme.py",
}


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Every test goes to whichever worker is free, but for those of a file above."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def scope_of(nodeid: str) -> str:
    """Return what goes to one worker as a whole: a file, or one test."""
    path = nodeid.partition("::")[0]
    return path if path in FILES else nodeid
