"""Let running clocks follow terms, calendars and holidays that were changed meanwhile.

What has passed stays as it was counted; from now on the new promise counts. A clock that the
terms no longer have stops, one they have now begins.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from incidents.clock_actions import follow_terms
from incidents.clock_calendars import agreed
from incidents.clock_index import index_clocks
from incidents.clock_stories import Story
from incidents.models import Incident
from incidents.rules.clocks import CLOCKS, Agreed
from incidents.story import markets_of
from ssoc.core.clocks import Kind
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import is_own_place


def renew_clocks(work: Work, incident: Incident, told: Sequence[Story]) -> bool:
    """Let the clocks of a live incident follow what is agreed today; return whether one moved.

    The market whose promise fell due first when the clock began still decides, reckoned with
    what is agreed today: so nothing moves by itself, only because somebody changed something.
    """
    by_clock = {story.clock: story for story in told}
    markets = markets_of(work, incident.id)
    offers: dict[datetime, dict[str, Agreed]] = {}
    moved = []
    for clock in CLOCKS:
        story = by_clock.get(clock)
        at = chosen_at(story) if story else incident.opened_at
        if at not in offers:
            offers[at] = _offers(work, incident, markets, at)
        moved.append(follow_terms(work, incident, clock, story, offers[at].get(clock), at))
    if any(moved):
        index_clocks(work, incident.id)
        return True
    return index_clocks(work, incident.id, told)


def _offers(
    work: Work, incident: Incident, markets: Iterable[str], at: datetime
) -> dict[str, Agreed]:
    estate = estate_queries.current(work)
    is_own = is_own_place(incident.component)
    found = agreed(work.settings, estate, incident.priority, markets, at, is_own=is_own)
    return {each.clock: each for each in found}


def chosen_at(story: Story) -> datetime:
    """Return for which instant its promise was chosen: a renewal keeps that instant."""
    if said := story.body.get("chosen_at"):
        return datetime.fromisoformat(said)
    made = [each.at for each in story.events if each.kind in {Kind.START, Kind.RETARGET}]
    return made[-1]
