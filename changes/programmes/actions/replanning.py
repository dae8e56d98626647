"""Apply a proposal of days and crews: all of it, or nothing."""

from collections.abc import Sequence

from changes.programmes.actions import places
from changes.programmes.queries import programmes, replanning
from changes.programmes.rules.replanning import Crew, Ground, Plan, Slot, faults
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import Permission
from ssoc.core.vocabulary import SlotsApplied
from ssoc.core.work import Work

MOST = 600


def apply(work: Work, programme_id: int, slots: Sequence[Slot], reason: str = "") -> int:
    """Book the slots of a proposal and return how many; what it was reckoned from is asked again.

    Raises:
        Conflict: a site, a crew or a week is not free any more; nothing is booked then.

    """
    programme = programmes.found(work, programme_id)
    for market in programme.markets:
        work.require(Permission.PROGRAMME_PLAN, market)
    if not slots or len(slots) > MOST:
        raise BadInput(f"a proposal has 1 to {MOST} slots, not {len(slots)}")
    stops, codes = replanning.waiting(work, programme_id)
    strange = [each.stop for each in slots if each.stop not in codes]
    if strange:
        raise Conflict(
            f"site {strange[0]} is not waiting for a day any more; plan again; nothing was booked"
        )
    crews = [Crew(each, frozenset(programme.markets)) for each in {slot.crew for slot in slots}]
    since = min(each.day for each in slots)
    ground: Ground = replanning.ground_of(work, programme_id, crews, since, 0, ())
    wanted = {each.stop for each in slots}
    broken = faults(Plan(slots), [each for each in stops if each.id in wanted], ground)
    if broken:
        raise Conflict(f"{broken[0]}; plan again; nothing was booked")
    for each in sorted(slots, key=lambda one: one.day):
        places.book(work, each.stop, each.day, each.crew)
    markets = ",".join(sorted(programme.markets))
    work.record(SlotsApplied(programme_id, markets, len(slots), reason[:500]))
    return len(slots)
