"""A proposal of sessions that trains everybody who is not able yet, greedily. Pure.

Days are taken in order, on each day the trainers in order. A trainer's session takes people of
one region. The region whose untrained people are cut over soonest comes first; of its sites the
one that is cut over soonest sends as many as its minimum staffing spares, then the next, until the
room is full. Nobody is sent on a day they are not rostered, or on the cut-over day or after it.

Greedy is not optimal: a proposal may use a session more than needed. It never breaks a rule, it is
the same for the same facts, and it says of everybody whom it could not place why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from changes.programmes.rules.training import SiteDay


@dataclass(frozen=True)
class Learner:
    """Somebody who must still be trained; ``days`` are those on which they could come."""

    person: int
    site: str
    region: str
    before: date | None  # the cut-over day; None while none is booked
    days: frozenset[date]


@dataclass(frozen=True)
class Slot:
    """A trainer who is free on a day, and how many fit into the room."""

    day: date
    trainer: str
    capacity: int
    region: str = ""  # the only region it serves; empty is any


@dataclass(frozen=True)
class Proposal:
    """One session that would fit."""

    slot: Slot
    region: str
    people: Sequence[int]


@dataclass(frozen=True)
class Suggestion:
    """Sessions in order of day and trainer; ``left`` are those who fit nowhere, and why."""

    sessions: Sequence[Proposal]
    left: Mapping[int, str] = field(default_factory=dict)


def suggest(
    learners: Collection[Learner],
    slots: Collection[Slot],
    sites: Mapping[tuple[str, date], SiteDay],
) -> Suggestion:
    """Return sessions for ``learners`` out of ``slots`` that take no site below its minimum."""
    waiting = sorted(learners, key=lambda each: (each.before or date.max, each.site, each.person))
    spare = {place: day.spare for place, day in sites.items()}
    made = []
    for slot in sorted(slots, key=lambda each: (each.day, each.trainer)):
        found = _fill(slot, waiting, spare)
        if found is None:
            continue
        made.append(found)
        gone = set(found.people)
        waiting = [each for each in waiting if each.person not in gone]
    return Suggestion(made, {each.person: _why(each, slots, spare) for each in waiting})


def _fill(
    slot: Slot, waiting: Sequence[Learner], spare: dict[tuple[str, date], int]
) -> Proposal | None:
    """Return who comes to a slot, and take them out of ``spare``; None when nobody can."""
    able = [each for each in waiting if _fits(each, slot) and spare.get((each.site, slot.day), 0)]
    able = [each for each in able if spare[each.site, slot.day] > 0]
    if not able:
        return None
    region = able[0].region
    chosen: list[int] = []
    for each in able:
        place = (each.site, slot.day)
        if each.region == region and spare[place] > 0 and len(chosen) < slot.capacity:
            spare[place] -= 1
            chosen.append(each.person)
    return Proposal(slot, region, tuple(chosen)) if chosen else None


def _fits(learner: Learner, slot: Slot) -> bool:
    in_time = learner.before is None or slot.day < learner.before
    return in_time and slot.day in learner.days and slot.region in {"", learner.region}


def _why(learner: Learner, slots: Collection[Slot], spare: Mapping[tuple[str, date], int]) -> str:
    if not slots:
        return "no trainer is free"
    able = [each for each in slots if _fits(learner, each)]
    if not able:
        return "no trainer is free on a day they work before their cut-over"
    if any(spare.get((learner.site, each.day), 0) > 0 for each in able):
        return "every session they could come to is taken; name another trainer"
    return "their site cannot spare them on a day with a free trainer; find somebody to stand in"
