"""What is done about sites by the clock: readiness that was lost reopens them."""

from changes.programmes.actions import readiness
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime


def reopen_sites(runtime: Runtime) -> None:
    """Reopen sites that are not ready any more, once for each loss, and tell why.

    It looks first and writes only when there is something: writers of SQLite queue.
    """
    with runtime.view(SYSTEM) as work:
        found = readiness.newly_lost(work)
    if not found.sites and not found.over:
        return
    with runtime.work(SYSTEM) as work:
        readiness.reopen_lost(work)
