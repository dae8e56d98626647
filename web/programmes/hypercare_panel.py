"""Hypercare on the page of a site: its days against its own weekdays, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import hypercare
from changes.programmes.rules.hypercare import DayResult
from changes.programmes.values import SiteView
from ssoc.core.work import Work

_TONES = {DayResult.OUTSIDE: "p2", DayResult.NO_DATA: "p3"}
_MOST = 14


@dataclass(frozen=True)
class Panel:
    """What stands, and the last days; ``tones`` by what a day was."""

    why: str
    has_failed: bool
    days: Sequence[tuple[hypercare.WatchedDay, str]]
    more: int
    lacks: str  # figures to compare with, in words


def panel(work: Work, site: SiteView) -> Panel | None:
    """Return the days of a watched site, None before its cut-over."""
    if site.cut_over_at is None:
        return None
    found = hypercare.watch(work, site.id)
    if not found.days and site.state is not SiteState.HYPERCARE:
        return None
    days = [(each, _TONES.get(each.result, "")) for each in found.days[:_MOST]]
    is_over = site.state is not SiteState.HYPERCARE
    return Panel(
        why=found.standing.why,
        has_failed=found.has_failed,
        days=days,
        more=max(0, len(found.days) - _MOST),
        lacks="" if is_over else hypercare.figures_lacking(work, site.id),
    )
