"""Which entries of the change log are changes of ours: asked of those who link them."""

from collections.abc import Collection
from importlib import import_module
from importlib.util import find_spec

from ssoc.core.work import Work


def changes_of(work: Work, event_ids: Collection[int]) -> dict[int, int]:
    """Return the change that each entry of the log belongs to; entries of no change left out."""
    if not event_ids or find_spec("changes.queries.outside") is None:
        return {}
    found: dict[int, int] = import_module("changes.queries.outside").changes_of_events(
        work, event_ids
    )
    return found
