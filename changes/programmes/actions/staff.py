"""The people of a site one by one: add, correct, let go, move to another site."""

from dataclasses import replace
from datetime import date

from sqlalchemy import delete, select

from changes.programmes.actions import places
from changes.programmes.models import (
    Attendance,
    Competency,
    Cover,
    Roster,
    Site,
    SiteRollout,
    SiteStaff,
    TrainingSession,
)
from changes.programmes.queries import sites
from changes.programmes.rules.drafts import StaffDraft, refuse, staff_faults, staff_seen
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

WORKS = Permission.PROGRAMME_WORK


def add(work: Work, site_rollout_id: int, draft: StaffDraft) -> int:
    """Write somebody new into the staff of a site; a code that is there already is refused."""
    way, site = sites.row_of(work, site_rollout_id, is_locked=True)
    work.require(WORKS, site.market)
    _refuse_taken(work, site, draft.code)
    return places.put_staff(work, way.site_id, draft)


def edit(
    work: Work, site_rollout_id: int, staff_id: int, draft: StaffDraft, seen: str = ""
) -> None:
    """Correct somebody; ``seen`` is what the form was made of, as ``staff_seen`` says it.

    With a day from which they are gone, rosters from then on lose them.

    Raises:
        Conflict: they were changed since, or stand in, or are booked into a session, from then on.

    """
    way, site, row = _found(work, site_rollout_id, staff_id)
    _refuse_other(row, seen)
    refuse(staff_faults(replace(draft, code=row.code)))
    if draft.left_on is not None and draft.left_on != row.left_on:
        _refuse_needed(work, row, draft.left_on)
        gone = delete(Roster).where(Roster.staff_id == row.id, Roster.day >= draft.left_on)
        work.session.execute(gone)
        if way.champion and way.champion == row.name:
            places.name_champion(work, way.id, "")
    places.put_staff(work, site.id, replace(draft, code=row.code))


def leave(work: Work, site_rollout_id: int, staff_id: int, day: date, seen: str = "") -> None:
    """Let somebody go; ``day`` is the first they are gone."""
    _, _, row = _found(work, site_rollout_id, staff_id)
    edit(work, site_rollout_id, staff_id, replace(_draft(row), left_on=day), seen)


def move(  # noqa: PLR0913 (who, from where, to where, when, and what was seen)
    work: Work, site_rollout_id: int, staff_id: int, to: str, day: date, seen: str = ""
) -> int:
    """Move somebody to another site of the market from a day on, with what they are trained for."""
    _, site, row = _found(work, site_rollout_id, staff_id)
    there = work.session.scalar(select(Site).where(Site.code == to.strip()))
    if there is None or there.market != site.market:
        raise BadInput(f"site: there is no site {to[:32]!r} in {site.market}; give its code")
    if there.id == site.id:
        raise BadInput(f"site: {row.name} is at {site.code} already; give another site")
    _refuse_taken(work, there, row.code)
    draft = _draft(row)
    held = work.session.scalars(select(Competency).where(Competency.staff_id == row.id)).all()
    leave(work, site_rollout_id, staff_id, day, seen)
    number = places.put_staff(work, there.id, replace(draft, joined_on=day, left_on=None))
    for each in held:
        work.session.add(
            Competency(
                staff_id=number,
                course_id=each.course_id,
                valid_from=each.valid_from,
                valid_to=each.valid_to,
                evidence=each.evidence,
                recorded_at=each.recorded_at,
                recorded_by=each.recorded_by,
            )
        )
    work.session.flush()
    return number


def _draft(row: SiteStaff) -> StaffDraft:
    return StaffDraft(row.code, row.name, row.role, row.joined_on, row.left_on)


def _found(work: Work, site_rollout_id: int, staff_id: int) -> tuple[SiteRollout, Site, SiteStaff]:
    way, site = sites.row_of(work, site_rollout_id, is_locked=True)
    work.require(WORKS, site.market)
    row = work.session.get(SiteStaff, staff_id, with_for_update=True)
    if row is None or row.site_id != site.id:
        raise NotFound(f"nobody with the number {staff_id} works at {site.code}")
    return way, site, row


def _refuse_taken(work: Work, site: Site, code: str) -> None:
    taken = select(SiteStaff.name).where(SiteStaff.site_id == site.id, SiteStaff.code == code)
    if name := work.session.scalar(taken):
        raise Conflict(f"code: {code} is {name} at {site.code} already; give another code")


def _refuse_other(row: SiteStaff, seen: str) -> None:
    if seen and seen != staff_seen(row.name, row.role, row.joined_on, row.left_on):
        raise Conflict(f"{row.name} was changed meanwhile; nothing was written; look again")


def _refuse_needed(work: Work, row: SiteStaff, day: date) -> None:
    covers = select(Cover.day).where(Cover.staff_id == row.id, Cover.day >= day)
    if on := work.session.scalar(covers.order_by(Cover.day).limit(1)):
        raise Conflict(f"{row.name} stands in for somebody on {on}; choose another stand-in first")
    booked = (
        select(TrainingSession.day)
        .join(Attendance, Attendance.session_id == TrainingSession.id)
        .where(
            Attendance.staff_id == row.id,
            TrainingSession.day >= day,
            TrainingSession.cancelled_at.is_(None),
            Attendance.attended.is_(None),
        )
    )
    if on := work.session.scalar(booked.order_by(TrainingSession.day).limit(1)):
        raise Conflict(
            f"{row.name} is booked into a session on {on}; take them out of it first, or choose a "
            "day behind it"
        )
