"""How the clocks of incidents stand, for screens and machines: two statements for any number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from incidents.clock_stories import Pause, Story, chunks, stories
from incidents.models import ClockDue, Incident
from incidents.queries.lines import LIVE, seen
from incidents.queries.sight import Sight
from incidents.rules.clocks import length_in_words
from ssoc.core.clock_fold import fold
from ssoc.core.clocks import Clock, Status
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

ELSEWHERE = "another market's calendar"
UTC = "UTC"
URGENT = (Status.AT_RISK, Status.BREACHED)


@dataclass(frozen=True)
class ClockView:
    """One clock of one incident: ``name`` is response, update or resolve.

    ``clock`` is its reading: status, due time, and every second by party. ``priority`` and
    ``market`` say whose promise it is; who may not read that market reads neither its name nor
    its zone, see ``for_reader``. ``without_disputed`` is the reading as if disputed
    pauses had never been, None when none is.
    """

    name: str
    clock: Clock
    priority: str = ""
    market: str = ""
    pauses: Sequence[Pause] = ()
    without_disputed: Clock | None = None

    @property
    def status(self) -> Status:
        """Return how it stands."""
        return self.clock.status

    @property
    def due_at(self) -> datetime:
        """Return when it is due; while it is paused, when it would be if it went on now."""
        return self.clock.due_at

    @property
    def left(self) -> timedelta:
        """Return the time of its calendar left, negative once it is over."""
        return self.clock.left

    @property
    def to_due(self) -> timedelta | None:
        """Return the real time until it is due, negative once over; None if nobody can know."""
        known = self.is_running and self.status is not Status.PAUSED
        return self.clock.to_due if known else None

    @property
    def calendar(self) -> str:
        """Return the name of its calendar, with the zone that is the contract's."""
        calendar = self.clock.target.calendar
        return calendar.name if self.is_elsewhere else f"{calendar.name}, {calendar.zone}"

    @property
    def is_elsewhere(self) -> bool:
        """Tell whether its calendar is that of a market that the reader may not read."""
        return self.clock.target.calendar.name == ELSEWHERE

    @property
    def version(self) -> str:
        """Return the versions of terms and estate its calendar was made from."""
        return self.clock.target.calendar.version

    @property
    def is_running(self) -> bool:
        """Tell whether it has not stopped."""
        return self.clock.stopped_at is None

    @property
    def is_urgent(self) -> bool:
        """Tell whether it runs and is at risk or breached."""
        return self.is_running and self.status in URGENT

    @property
    def words(self) -> str:
        """Return one line such as ``due 20:24 UTC · 4 h``."""
        return f"{self._when} · {promise_in_words(self.clock)}"

    @property
    def _when(self) -> str:
        clock = self.clock
        if clock.stopped_at is not None:
            return f"{status_in_words(clock)} {at_in_words(clock.stopped_at, clock.read_at)}"
        if clock.status is Status.PAUSED:
            waits = clock.waits[-1].party
            left = length_in_words(clock.left) + _of_its_calendar(clock)
            return f"paused, waiting for {waits}, {left} left"
        was = "was due" if clock.status is Status.BREACHED else "due"
        return f"{was} {at_in_words(clock.due_at, clock.read_at)}"


def status_in_words(clock: Clock) -> str:
    """Return how it stands, and of what was not needed why: ``not needed: recovered by itself``."""
    why = clock.stopped_because if clock.status is Status.NOT_NEEDED else ""
    return f"{clock.status}: {why}" if why else clock.status.value


def promise_in_words(clock: Clock) -> str:
    """Return how long it may take: ``4 h``, or ``27 h of working time``."""
    return length_in_words(clock.target.duration) + _of_its_calendar(clock)


def _of_its_calendar(clock: Clock) -> str:
    return "" if clock.is_round_the_clock else " of working time"


def at_in_words(at: datetime, now: datetime) -> str:
    """Return ``20:24 UTC``, with its day when that is not the day of ``now``."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%a %d %b %H:%M} UTC"


@dataclass(frozen=True)
class Urgent:
    """A clock at risk or breached, and the incident it runs for."""

    incident_id: int
    title: str
    priority: str
    component: str
    clock: ClockView


def clocks_of(
    work: Work, incident_ids: Iterable[int], known_at: datetime | None = None
) -> dict[int, list[ClockView]]:
    """Return the clocks of incidents the actor may see, in the order response, update, resolve.

    Args:
        work: whose actor asks.
        incident_ids: of any incidents; those out of sight have no entry.
        known_at: read them as they were known at that instant; as known now when None.

    """
    visible = [
        number
        for some in chunks(sorted(set(incident_ids)))
        for number in work.session.scalars(
            select(Incident.id).where(Incident.id.in_(some), seen(work))
        )
    ]
    told, now = stories(work, visible), known_at or work.now
    return {
        number: [for_reader(work, each) for each in views(told.get(number, ()), now, known_at)]
        for number in visible
    }


def at_risk(work: Work, limit: int = 100) -> list[Urgent]:
    """Return the clocks at risk or breached of live incidents that stand alone, first due first.

    The index says which are due, the events how they stand: what is far from due costs nothing.
    """
    return _urgent(work, ClockDue.at_risk_at <= work.now, limit)


def to_be_said(work: Work, limit: int) -> list[Urgent]:
    """Return those of them of which the job that watches the clocks has something to say."""
    return _urgent(work, ClockDue.next_at <= work.now, limit)


def _urgent(work: Work, which: ColumnElement[bool], limit: int) -> list[Urgent]:
    alone = (Incident.state.in_(LIVE), Incident.parent_id.is_(None), seen(work))
    rows = work.session.execute(
        select(Incident, ClockDue.clock)
        .join(ClockDue, ClockDue.incident_id == Incident.id)
        .where(which, *alone)
        .order_by(ClockDue.due_at, Incident.id, ClockDue.clock)
        .limit(limit)
    ).all()
    told, sight = stories(work, {row.id for row, _ in rows}), Sight(work)
    read = {
        (number, view.name): view for number, mine in told.items() for view in views(mine, work.now)
    }
    urgent = [
        Urgent(
            row.id,
            sight.text(row.title, row.title_told),
            row.priority,
            "" if sight.hides(row.component) else row.component,
            for_reader(work, read[row.id, clock]),
        )
        for row, clock in rows
        if (row.id, clock) in read and read[row.id, clock].is_urgent
    ]
    return sorted(urgent, key=lambda each: (each.clock.due_at, each.incident_id))


def for_reader(work: Work, view: ClockView) -> ClockView:
    """Return the clock without market, zone and calendar that the actor may not read."""
    if not view.market or work.actor.may(Permission.INCIDENT_SEE, view.market):
        return view
    other = view.without_disputed
    return replace(
        view,
        market="",
        clock=_elsewhere(view.clock),
        without_disputed=_elsewhere(other) if other else None,
    )


def _elsewhere(clock: Clock) -> Clock:
    calendar = replace(clock.target.calendar, name=ELSEWHERE, zone=UTC)
    return replace(clock, target=replace(clock.target, calendar=calendar))


def next_clock(clocks: Iterable[ClockView]) -> ClockView | None:
    """Return the running clock that falls due first; a paused one only when no other runs."""
    running = [each for each in clocks if each.is_running]
    return min(running, key=lambda each: (each.status is Status.PAUSED, each.due_at), default=None)


def views(
    told: Iterable[Story], now: datetime, known_at: datetime | None = None
) -> list[ClockView]:
    """Return the clocks that stories tell of, without those that were withdrawn."""
    found = (_view(story, now, known_at) for story in told if not story.is_withdrawn)
    return [each for each in found if each is not None]


def _view(story: Story, now: datetime, known_at: datetime | None) -> ClockView | None:
    clock = fold(story.events, now, known_at)
    if clock is None:
        return None
    disputed = any(each.is_disputed for each in story.pauses)
    other = fold(story.events, now, known_at, count_disputed=False) if disputed else None
    body = story.body
    return ClockView(
        story.clock,
        clock,
        body.get("priority", ""),
        body.get("market", ""),
        story.pauses,
        other,
    )
