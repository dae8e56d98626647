"""Markets that an incident keeps us from seeing: not seen is not down, and it comes and goes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from incidents.correlator.retired import unasked
from incidents.lifecycle import State
from incidents.models import Incident, IncidentAlert, IncidentMarket
from incidents.rules.correlation import Failing
from incidents.rules.wording import Across, Named, Part
from incidents.story import line, mark
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.sight_queries import not_seen

if TYPE_CHECKING:
    from incidents.correlator.situation import Situation

LIVE = [state for state in State if state.is_live]
Rows = dict[int, dict[str, IncidentMarket]]


@dataclass(frozen=True)
class Unseen:
    """The markets that are not seen because of a component; ``only`` if no other alert fires.

    ``hidden`` are those whose link is suspected: not down for all we know. The others are
    unreachable although the way to them works.
    """

    markets: frozenset[str]
    hidden: frozenset[str]
    only: bool


def unseen_at(work: Work, failing: Mapping[str, Failing]) -> dict[str, Unseen]:
    """Return which markets are not seen because of each failing component."""
    said = not_seen(work)
    if not said:
        return {}
    row = IncidentAlert
    rows = select(row.component, row.key).where(
        row.key.in_(sorted(said)), row.state < AlertState.RESOLVED
    )
    keys: dict[str, list[int]] = defaultdict(list)
    for component, key in work.session.execute(rows):
        keys[component].append(key)
    return {
        component: Unseen(
            frozenset().union(*(said[key].markets for key in mine)),
            frozenset().union(*(said[key].markets for key in mine if said[key].is_link)),
            len(mine) >= failing[component].alerts,
        )
        for component, mine in keys.items()
        if component in failing
    }


def unseen_rows(work: Work) -> Rows:
    """Return the markets that live incidents keep us from seeing, as stored."""
    row = IncidentMarket
    rows = (
        select(row)
        .join(Incident, Incident.id == row.incident_id)
        .where(
            row.unseen_since.is_not(None),
            row.seen_again_at.is_(None),
            Incident.state.in_(LIVE),
        )
    )
    found: Rows = defaultdict(dict)
    for each in work.session.scalars(rows):
        found[each.incident_id][each.market] = each
    return found


def unseen_in(situation: "Situation", components: Collection[str]) -> set[str]:
    """Return the markets that are not seen because of ``components``."""
    return {
        market
        for each in components
        if each in situation.unseen
        for market in situation.unseen[each].markets
    }


@dataclass(frozen=True)
class Followed:
    """What changed of the markets not seen; ``reached`` are those it did not touch before."""

    is_changed: bool
    reached: Sequence[str]


def follow_sight(situation: "Situation", incident: Incident, here: Collection[str]) -> Followed:
    """Let an incident name the markets that are not seen now; return what changed."""
    rows = situation.unseen_rows.get(incident.id, {})
    wanted = {
        market
        for each in here
        if each in situation.unseen
        for market in situation.unseen[each].hidden
    }
    vanished, returned = sorted(wanted - set(rows)), sorted(set(rows) - wanted)
    reached = []
    for market in vanished:
        row, is_new = _row(situation, incident, market)
        reached += [market] * is_new
        row.unseen_since, row.seen_again_at = situation.now, None
        situation.unseen_rows.setdefault(incident.id, {})[market] = row
    hurt = {market for each in here for market in situation.markets_of(each)}
    gone, elsewhere = unasked(situation, returned), _elsewhere(situation, returned)
    for market in returned:
        row = rows.pop(market)
        if market in hurt or market in gone or market in elsewhere:  # it is not seen again
            row.unseen_since = None
        else:
            row.seen_again_at = situation.now
    if incident.opened_at != situation.now or returned:
        again = [each for each in returned if each not in gone and each not in elsewhere]
        _say(situation, incident, vanished, again, gone, sorted(wanted))
        _say_elsewhere(situation, incident, elsewhere)
    return Followed(bool(vanished or returned), reached)


def _elsewhere(situation: "Situation", returned: Collection[str]) -> dict[str, str]:
    """Return what hides each market now that an incident no longer does, if something does."""
    return {
        market: component
        for component, unseen in sorted(situation.unseen.items())
        for market in unseen.hidden & set(returned)
    }


def _say_elsewhere(
    situation: "Situation", incident: Incident, elsewhere: Mapping[str, str]
) -> None:
    """Say of each market that is still not seen where it is told now."""
    for market, component in sorted(elsewhere.items()):
        other = situation.at(component)
        told: list[Part] = [Across((market,)), " is still not seen, because of "]
        told += [Named((component,)), *([f": goes on as {mark(other.id)}"] if other else ())]
        body = {"market": market, "of": other.id if other else 0}
        line(situation.work, incident, "sight", situation.spoken(*told), **body)


def _row(situation: "Situation", incident: Incident, market: str) -> tuple[IncidentMarket, bool]:
    """Return the row of a market of an incident, and whether it is new."""
    session = situation.work.session
    session.flush()
    row = session.get(IncidentMarket, (incident.id, market))
    if row is not None:
        return row, False
    row = IncidentMarket(incident_id=incident.id, market=market)
    session.add(row)
    return row, True


def _say(
    situation: "Situation",
    incident: Incident,
    vanished: list[str],
    returned: list[str],
    gone: list[str],
    wanted: list[str],
) -> None:
    told: list[Part] = ["seen again: ", Across(tuple(returned))] if returned else []
    if gone:
        told += ["; " * bool(told) + "no longer watched: ", Across(tuple(gone))]
    if vanished:
        told += ["; " * bool(told) + "no longer seen: ", Across(tuple(vanished))]
    if told and wanted and wanted != vanished:
        told += ["; not seen now: ", Across(tuple(wanted))]
    if told:
        body = {"vanished": vanished, "returned": returned, "retired": gone, "not_seen": wanted}
        line(situation.work, incident, "sight", situation.spoken(*told), **body)
