"""What is done with the change log by the clock."""

from changes.actions import outside
from changes.queries import outside as judged
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring import queries
from ssoc.monitoring.queries import LoggedChange

PAGE = 500


def match_change_log(runtime: Runtime) -> None:
    """Match what tools outside have told with its changes; what nobody announced is raised.

    Each entry is judged in a unit of work of its own: one that cannot be holds up no other.
    """
    for logged in [*_waiting(runtime), *_ahead(runtime)]:
        with runtime.work(SYSTEM) as work:
            outside.judge(work, logged)


def _waiting(runtime: Runtime) -> list[LoggedChange]:
    """Return entries that were not judged yet, the oldest first; a page of them at most."""
    with runtime.view(SYSTEM) as work:
        since = outside.looked_back_to(work, judged.newest_judged(work))
        known, after = judged.judged_since(work, since), 0
        while page := queries.logged_since(work, since, after, PAGE):
            if fresh := [each for each in page if each.id not in known]:
                return fresh
            after = page[-1].id
        return []


def _ahead(runtime: Runtime) -> list[LoggedChange]:
    with runtime.view(SYSTEM) as work:
        return list(queries.logged(work, judged.ahead(work)).values())
