"""How each site of the demo came to where it stands. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from changes.programmes.demo.places import Place, place_of
from changes.programmes.lifecycle import FORWARD, WAY, SiteMove, SiteState

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WAVES, PER_WAVE = 12, 50
REGIONS = ("Greater Accra", "Ashanti")
S = SiteState
# Accepted in each of the last weeks, oldest first.
ACCEPTED = (14, 20, 26, 30, 32, 28, 30, 32)
# What the sites of each wave are, in their order; a wave that is not named is planned.
STANDS: Mapping[int, Sequence[tuple[SiteState, int]]] = {
    **{wave: ((S.ACCEPTED, 50),) for wave in (1, 2, 3, 4)},
    5: (
        *((S.ACCEPTED, 12), (S.HYPERCARE, 26), (S.ROLLED_BACK, 1), (S.HYPERCARE, 4)),
        *((S.ROLLED_BACK, 1), (S.CUT_OVER, 3), (S.ROLLED_BACK, 2), (S.CUT_OVER, 1)),
    ),
    6: (
        *((S.GO_NO_GO, 3), (S.ROLLED_BACK, 1), (S.PARALLEL, 4), (S.ROLLED_BACK, 1)),
        *((S.PARALLEL, 1), (S.ROLLED_BACK, 1), (S.PARALLEL, 4), (S.BLOCKED, 1)),
        *((S.PARALLEL, 12), (S.BLOCKED, 1), (S.MIGRATING, 8), (S.READY, 8), (S.BLOCKED, 1)),
        (S.READY, 4),
    ),
    7: (
        *((S.READY, 11), (S.BLOCKED, 1), (S.READY, 9), (S.BLOCKED, 2), (S.READY, 5)),
        *((S.BLOCKED, 1), (S.READY, 21)),
    ),
    8: ((S.READY, 6), (S.BLOCKED, 1), (S.READY, 25), (S.BLOCKED, 2), (S.READY, 16)),
    9: (
        *((S.READY, 1), (S.BLOCKED, 1), (S.READY, 1), (S.BLOCKED, 1), (S.READY, 5)),
        *((S.SURVEYED, 2), (S.BLOCKED, 1), (S.SURVEYED, 2), (S.BLOCKED, 1), (S.SURVEYED, 2)),
        *((S.BLOCKED, 2), (S.SURVEYED, 4), (S.BLOCKED, 1), (S.SURVEYED, 26)),
    ),
    10: ((S.SURVEYED, 12), (S.DEFERRED, 2), (S.PLANNED, 36)),
    11: ((S.PLANNED, 30), (S.DEFERRED, 1), (S.PLANNED, 19)),
}
# Kind, where it stood, why, and who takes it away.
BLOCKS: Sequence[tuple[str, SiteState, str, str]] = (
    ("network", S.READY, "the mast of the only provider is down at peak hours", "kofi"),
    ("permit", S.SURVEYED, "the municipal permit for the new sign is not here", "zuri"),
    ("bank", S.READY, "Volta Bank has not certified the terminal for this shop", "kofi"),
    ("hardware", S.SURVEYED, "two of four tills came with broken screens", "kofi"),
    ("network", S.READY, "the second line was ordered and not laid", "kofi"),
    ("staff", S.READY, "the shop lead left, nobody is named yet", "zuri"),
    ("data", S.MIGRATING, "stock of the old till has two numbers for one article", "carlos"),
    ("power", S.SURVEYED, "the battery holds nine minutes, thirty are asked for", "kofi"),
)
# How long a site stays before each state of the way, from the second on.
GAPS = (
    *(timedelta(days=6), timedelta(days=13), timedelta(days=11), timedelta(days=3)),
    *(timedelta(days=5), timedelta(hours=20), timedelta(hours=2), timedelta(days=6)),
)


@dataclass(frozen=True)
class Told:
    """A site before it is written: where it stands, since when, and how it came there."""

    number: int
    wave: int
    place: Place
    state: SiteState
    was: SiteState | None
    moved_at: datetime
    moves: Sequence[tuple[SiteMove, SiteState, datetime, str]]
    slot_on: date | None
    crew: str
    block: tuple[str, SiteState, str, str] | None

    def when(self, state: SiteState) -> datetime | None:
        """Return when it came into a state last, None if it never was, or that was undone."""
        if self.state is SiteState.ROLLED_BACK:
            return None
        return next((at for _, to, at, _ in reversed(self.moves) if to is state), None)


def tell(now: datetime) -> Iterator[Told]:
    """Yield every site with how it came to where it stands."""
    accepted, blocks, crews = _accepted(now), count(), _Crews()
    number = 0
    for wave in range(1, WAVES + 1):
        stands = STANDS.get(wave, ((SiteState.PLANNED, PER_WAVE),))
        for state in (each for each, many in stands for _ in range(many)):
            number += 1
            block = BLOCKS[next(blocks) % len(BLOCKS)] if state is SiteState.BLOCKED else None
            last = next(accepted) if state is SiteState.ACCEPTED else _since(state, number, now)
            moves = _moves(state, last, block)
            slot = _slot(state, moves, number, now)
            place = place_of(number, REGIONS[wave % 2])
            crew = crews.take(slot, place.region) if slot else ""
            yield Told(
                number=number,
                wave=wave,
                place=place,
                state=state,
                was=block[1] if block else None,
                moved_at=moves[-1][2] if moves else now - 70 * DAY,
                moves=moves,
                slot_on=None if state in {SiteState.ROLLED_BACK, SiteState.DEFERRED} else slot,
                crew="" if state in {SiteState.ROLLED_BACK, SiteState.DEFERRED} else crew,
                block=block,
            )


def _accepted(now: datetime) -> Iterator[datetime]:
    """Yield when the accepted sites were, oldest first: spread over the hours of each week."""
    for back, many in zip(range(len(ACCEPTED), 0, -1), ACCEPTED, strict=True):
        for at in range(many):
            yield now - back * 7 * DAY + (at + 1) * (7 * DAY / (many + 1))


def _since(state: SiteState, number: int, now: datetime) -> datetime:
    """Return when a site came to where it stands: some hours or days ago, in no pattern."""
    hours = {
        SiteState.HYPERCARE: 12 + number * 17 % 96,
        SiteState.CUT_OVER: 1 + number % 2,
        SiteState.GO_NO_GO: 3 + number % 15,
        SiteState.MIGRATING: 8 + number * 7 % 48,
        SiteState.PARALLEL: 10 + number * 13 % 90,
        SiteState.ROLLED_BACK: 20 + number * 11 % 120,
    }.get(state, 24 + number * 29 % 200)
    return now - hours * HOUR


def _moves(
    state: SiteState, last: datetime, block: tuple[str, SiteState, str, str] | None
) -> list[tuple[SiteMove, SiteState, datetime, str]]:
    aside = {
        SiteState.ROLLED_BACK: (SiteMove.ROLL_BACK, "card payments timed out at the first sale"),
        SiteState.DEFERRED: (SiteMove.DEFER, "the shop is rebuilt until spring; new day: none"),
    }
    reached = block[1] if block else state
    if state is SiteState.ROLLED_BACK:
        reached = SiteState.CUT_OVER
    if state is SiteState.DEFERRED:
        reached = SiteState.PLANNED
    end = last if reached is state else last - 5 * HOUR
    found = []
    for at in range(WAY.index(reached), 0, -1):
        found.append((FORWARD[WAY[at - 1]], WAY[at], end, ""))
        end -= GAPS[at - 1]
    found.reverse()
    if block:
        found.append((SiteMove.BLOCK, state, last, f"{block[2]}; owner {block[3]}"))
    elif state in aside:
        move, reason = aside[state]
        found.append((move, state, last, reason))
    return found


class _Crews:
    """Crews by region; each is at one site a day."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, date], int] = {}

    def take(self, day: date, region: str) -> str:
        """Return the next crew of a region that is free on a day."""
        key = region, day
        self._taken[key] = self._taken.get(key, 0) + 1
        return f"{'Accra' if region == REGIONS[0] else 'Kumasi'} {self._taken[key]}"


def _slot(
    state: SiteState,
    moves: Sequence[tuple[SiteMove, SiteState, datetime, str]],
    number: int,
    now: datetime,
) -> date | None:
    over = [at for _, to, at, _ in moves if to is SiteState.CUT_OVER]
    if over:
        return over[-1].date()
    ahead = {
        SiteState.GO_NO_GO: 1 + number % 2,
        SiteState.PARALLEL: 3 + number % 5,
        SiteState.MIGRATING: 7 + number % 5,
    }.get(state)
    if state is SiteState.READY and number <= 350:
        ahead = 9 + (number - 270) // 6
    return now.date() + ahead * DAY if ahead else None
