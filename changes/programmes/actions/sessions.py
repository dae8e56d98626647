"""Plan sessions and book people; a session never takes a site below its minimum staffing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import flag_modified

from changes.programmes.actions.proving import said
from changes.programmes.actions.session_facts import MOST_PEOPLE, fill, held_session, refuse_over
from changes.programmes.models import (
    Course,
    Cover,
    Programme,
    Site,
    SiteRollout,
    TrainingSession,
)
from ssoc.core.calendar import hours_of, instant, zone_of
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import (
    TrainingCancelled,
    TrainingPlanned,
)
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import storable

AHEAD = timedelta(days=400)


@dataclass(frozen=True)
class SessionDraft:
    """A session as it is asked for: at ``site_id``, or for a region of a market.

    ``hours`` are local, ``09:00-12:00``. ``covers`` are pairs of a site and who stands in there.
    """

    course_id: int
    trainer: str
    day: date
    hours: str
    capacity: int
    site_id: int | None = None
    market: str = ""
    region: str = ""
    room: str = ""
    people: Sequence[int] = ()
    covers: Sequence[tuple[int, int]] = ()


def plan_session(work: Work, programme_id: int, draft: SessionDraft) -> int:
    """Plan a session with its people and stand-ins; return its number.

    Raises:
        Conflict: it would break a rule: minimum staffing, room, two places at once; all of it.

    """
    programme = _programme(work, programme_id)
    market, region, zone = _place(work, programme, draft)
    work.require(Permission.PROGRAMME_PLAN, market)
    row = TrainingSession(
        programme_id=programme_id,
        course_id=_course(work, programme_id, draft.course_id).id,
        site_id=draft.site_id,
        market=market,
        region=region,
        trainer=said(draft.trainer, "the trainer", 128),
        room=str(storable(draft.room)).strip()[:128],
        capacity=_capacity(draft.capacity),
        zone=zone,
        planned_at=work.now,
        planned_by=work.actor.name,
    )
    _set_time(work, row, draft)
    fill(work, row, draft.people, draft.covers)
    _planned(work, row, len(draft.people))
    return row.id


def book(
    work: Work,
    session_id: int,
    people: Collection[int],
    covers: Sequence[tuple[int, int]] = (),
    version: int | None = None,
) -> None:
    """Write anew who is booked into a session and who stands in for them."""
    row = held_session(work, session_id, Permission.PROGRAMME_PLAN)
    if version is not None and row.version != version:
        raise Conflict("somebody changed the session meanwhile; look again, then repeat")
    refuse_over(work, row)
    fill(work, row, people, covers)
    row.planned_at, row.planned_by = work.now, work.actor.name
    flag_modified(row, "planned_at")  # other people booked are another version
    _planned(work, row, len(people))


def cancel_session(work: Work, session_id: int, reason: str) -> None:
    """Let a session not be held; its stand-ins are free again."""
    row = held_session(work, session_id, Permission.PROGRAMME_PLAN)
    refuse_over(work, row)
    row.cancelled_at, row.cancelled_by = work.now, work.actor.name
    row.cancelled_because = said(reason, "the reason")
    work.session.execute(delete(Cover).where(Cover.session_id == session_id))
    bump(work.session)
    work.record(TrainingCancelled(row.programme_id, row.market, session_id, row.cancelled_because))


def _planned(work: Work, row: TrainingSession, people: int) -> None:
    bump(work.session)
    work.record(
        TrainingPlanned(
            row.programme_id, row.market, row.id, row.trainer, row.day.isoformat(), people
        )
    )


def _programme(work: Work, programme_id: int) -> Programme:
    row = work.session.scalars(
        select(Programme).where(Programme.id == programme_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(f"no programme {programme_id}, or none that you see")
    return row


def _place(work: Work, programme: Programme, draft: SessionDraft) -> tuple[str, str, str]:
    """Return the market, the region and the zone of a session."""
    if draft.site_id is not None:
        asked = select(Site).where(
            Site.id == draft.site_id,
            Site.id.in_(
                select(SiteRollout.site_id).where(SiteRollout.programme_id == programme.id)
            ),
        )
        site = work.session.scalars(asked).one_or_none()
        if site is None:
            raise BadInput(f"site {draft.site_id} is none of the programme; choose one of its own")
        return site.market, site.region, site.zone or _zone_of(work, site.market)
    if draft.market not in programme.markets:
        there = ", ".join(programme.markets) or "none"
        raise BadInput(f"the session has no site and no market of the programme; there are {there}")
    region = str(storable(draft.region)).strip()[:64]
    return draft.market, region, _zone_of(work, draft.market)


def _zone_of(work: Work, market: str) -> str:
    known = estate_queries.current(work).markets.get(market)
    return next(iter(known.zones), "UTC") if known else "UTC"


def _set_time(work: Work, row: TrainingSession, draft: SessionDraft) -> None:
    try:
        (found,) = hours_of(draft.hours)
    except (BadInput, ValueError):
        raise BadInput(
            f"the hours {draft.hours[:20]!r} are none; write them like 09:00-12:00"
        ) from None
    zone_of(row.zone)
    today = work.now.date()
    if not today - timedelta(days=1) <= draft.day <= today + AHEAD:
        raise BadInput(f"{draft.day} is not within the next {AHEAD.days} days; choose another day")
    row.day = draft.day
    row.starts_at = instant(row.zone, draft.day, found.since)
    row.ends_at = instant(row.zone, draft.day, found.until)
    if row.ends_at <= row.starts_at:
        raise BadInput("the session ends before it begins; write the hours like 09:00-12:00")


def _capacity(capacity: int) -> int:
    if not 1 <= capacity <= MOST_PEOPLE:
        raise BadInput(f"the room holds 1 to {MOST_PEOPLE} people; correct the capacity")
    return capacity


def _course(work: Work, programme_id: int, course_id: int) -> Course:
    row = work.session.get(Course, course_id)
    if row is None or row.programme_id != programme_id:
        raise BadInput(f"the programme has no course {course_id}; choose one of its own")
    return row
