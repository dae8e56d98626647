"""What fails goes on in one incident although its cause is told elsewhere, or another takes over.

A link that is no longer suspected hands what is still not seen to the narrower link that hides
it: the incident moves there, it has not recovered. And what outlives its cause may be explained
by another cause that began meanwhile: too late to have begun it, not too late to keep it down.
"""

from collections.abc import Mapping
from datetime import datetime

from incidents.correlator.moving import move
from incidents.correlator.situation import Situation
from incidents.models import Incident
from incidents.rules.correlation import Failing
from incidents.rules.wording import Across


def hand_over(situation: Situation) -> None:
    """Move each incident whose cause is told no more to what still hides its markets."""
    for incident in list(situation.incidents.values()):
        if incident.component in situation.failing or incident.is_suspected:
            continue
        heir = _heir(situation, incident)
        if heir is None:
            continue
        markets = sorted(situation.unseen[heir.component].hidden)
        still = (Across(tuple(markets)), f" {'is' if len(markets) == 1 else 'are'} still not seen")
        move(situation, incident, heir, still)
        row = situation.rows.get(incident.id, {}).get(heir.component)
        if row is not None:
            row.is_cause, row.reason, row.loose_since = True, "the cause", None


def _heir(situation: Situation, incident: Incident) -> Failing | None:
    """Return what hides most of the markets not seen because of an incident, if it has none."""
    rows = situation.unseen_rows.get(incident.id, {})
    found = [
        (-len(unseen.hidden & set(rows)), component)
        for component, unseen in situation.unseen.items()
        if unseen.hidden & set(rows)
    ]
    if not found or any(situation.at(component) for _, component in found):
        return None
    return situation.failing[min(found)[1]]


def taken_over(situation: Situation) -> Mapping[str, datetime]:
    """Return what may have a cause that began after it, and the instant that counts instead.

    That is what outlives its cause, from when that cleared; and what went over to another cause
    since, from when it did.
    """
    found: dict[str, datetime] = {}
    late = situation.work.settings.incidents.cause_lateness
    for number, rows in situation.rows.items():
        incident = situation.incidents[number]
        is_over = incident.component not in situation.failing and not incident.is_suspected
        cleared = incident.cause_cleared_at or situation.now
        for name, row in rows.items():
            failing = situation.failing.get(name)
            if failing is None or name == incident.component:
                continue
            at = cleared if is_over else row.joined_at
            if is_over or at > failing.since + late:
                found[name] = max(at, found.get(name, at))
    return found
