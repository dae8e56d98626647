"""The events of the clocks of incidents, as rows became them: what every reading is made from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents.models import ClockEvent as Row
from incidents.rules.clocks import ALL, CLOCKS, target_of
from ssoc.core.clock_fold import fold
from ssoc.core.clocks import ClockEvent, Kind, Party
from ssoc.core.work import Work

DISPUTE = "dispute"
_AT_ONCE = 500  # numbers in one statement


@dataclass(frozen=True)
class Pause:
    """A pause as somebody recorded it; ``number`` is what a dispute names."""

    number: int
    party: Party
    reason: str
    by: str
    at: datetime
    recorded_at: datetime
    is_disputed: bool


@dataclass(frozen=True)
class Story:
    """The events of one clock of one incident, and what they were made from."""

    clock: str
    events: Sequence[ClockEvent]
    pauses: Sequence[Pause] = ()
    body: Mapping[str, Any] = field(default_factory=dict)  # of the newest start or retarget
    is_withdrawn: bool = False  # its priority no longer has it

    def is_running(self, now: datetime) -> bool:
        """Tell whether it has started and not stopped."""
        clock = fold(self.events, now)
        return clock is not None and clock.stopped_at is None

    def waits_for(self, party: Party, now: datetime) -> list[ClockEvent]:
        """Return the open pauses for ``party``."""
        clock = fold(self.events, now)
        return [each for each in clock.waits if each.party is party] if clock else []


def stories(work: Work, incident_ids: Collection[int]) -> dict[int, list[Story]]:
    """Return the stories of the clocks of incidents, whoever asks: for actions and jobs."""
    rows: dict[int, list[Row]] = {}
    for some in chunks(sorted(incident_ids)):
        found = select(Row).where(Row.incident_id.in_(some)).order_by(Row.at, Row.id)
        for row in work.session.scalars(found):
            rows.setdefault(row.incident_id, []).append(row)
    return {number: _stories(mine) for number, mine in rows.items()}


def chunks(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    """Cut a list of numbers into parts that one statement can take."""
    return (numbers[begin : begin + _AT_ONCE] for begin in range(0, len(numbers), _AT_ONCE))


def _stories(rows: Sequence[Row]) -> list[Story]:
    disputed = {row.body["pause"] for row in rows if row.kind == DISPUTE}
    found = []
    for clock in CLOCKS:
        mine = [row for row in rows if row.clock in {clock, ALL} and row.kind != DISPUTE]
        if any(row.clock == clock for row in mine):
            found.append(_story(clock, mine, disputed))
    return found


def _story(clock: str, rows: Sequence[Row], disputed: Collection[int]) -> Story:
    bodies = [row.body for row in rows if "seconds" in row.body]
    newest = next((row for row in reversed(rows) if row.kind in {Kind.START, Kind.STOP}), None)
    return Story(
        clock,
        [_event(row, disputed) for row in rows],
        [_pause(row, disputed) for row in rows if row.kind == Kind.PAUSE],
        bodies[-1] if bodies else {},
        newest is not None and bool(newest.body.get("withdrawn")),
    )


def _event(row: Row, disputed: Collection[int]) -> ClockEvent:
    return ClockEvent(
        Kind(row.kind),
        row.at,
        row.recorded_at,
        row.by,
        Party(row.party) if row.party else Party.US,
        row.reason,
        target=target_of(row.body),
        restart=bool(row.body.get("restart")),
        disputed=row.id in disputed,
        unneeded=bool(row.body.get("unneeded")),
    )


def _pause(row: Row, disputed: Collection[int]) -> Pause:
    return Pause(
        row.id, Party(row.party), row.reason, row.by, row.at, row.recorded_at, row.id in disputed
    )
