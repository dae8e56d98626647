"""What is looked at again by the clock: changes, standing of templates, removed files."""

from datetime import timedelta

from sqlalchemy import select

from changes.actions import requests, scheduling
from changes.actions.attaching import forget_removed
from changes.actions.templates import judge_templates
from changes.attachments import store_of
from changes.lifecycle import State
from changes.models import Change
from changes.queries import views
from changes.queries.happened import taken_out
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work

AHEAD = timedelta(days=14)


def recheck_scheduled(runtime: Runtime) -> None:
    """Look again at what is scheduled in the next 14 days; take out what something new blocks.

    A freeze, another change or a vendor's maintenance may have come since, or a template may
    have lost its status. Each change has a unit of work of its own.
    """
    with runtime.view(SYSTEM) as work:
        numbers = _scheduled(work)
    for number in numbers:
        with runtime.work(SYSTEM) as work:
            recheck(work, number)


def _scheduled(work: Work) -> list[int]:
    wanted = select(Change.id).where(
        Change.state == State.SCHEDULED,
        Change.starts_at > work.now,
        Change.starts_at <= work.now + AHEAD,
    )
    return list(work.session.scalars(wanted.order_by(Change.starts_at, Change.id)))


def recheck(work: Work, change_id: int) -> list[str]:
    """Reckon one scheduled change anew; unschedule it when something stands in its way now."""
    row = work.session.get(Change, change_id, with_for_update=True)
    if row is None or row.state is not State.SCHEDULED:
        return []
    requests.assess(work, change_id)
    found = scheduling.obstacles(work, views.changes_of(work, [row])[0])
    if found:
        scheduling.unschedule(work, change_id, "; ".join(found))
    return found


def try_approved(runtime: Runtime) -> None:
    """Try again to schedule what is approved: what was in its way may have gone.

    A change that somebody took out of the calendar by hand stays out until somebody schedules it.
    """
    with runtime.view(SYSTEM) as work:
        numbers = _approved(work)
    for number in numbers:
        with runtime.work(SYSTEM) as work:
            try_again(work, number)


def _approved(work: Work) -> list[int]:
    wanted = select(Change.id).where(Change.state == State.APPROVED, Change.starts_at > work.now)
    found = list(work.session.scalars(wanted.order_by(Change.starts_at, Change.id)))
    aside = taken_out(work, found)
    return [each for each in found if each not in aside]


def try_again(work: Work, change_id: int) -> list[str]:
    """Reckon one approved change anew and schedule it; return in words what is in its way."""
    row = work.session.get(Change, change_id, with_for_update=True)
    if row is None or row.state is not State.APPROVED:
        return []
    against = scheduling.own_obstacles(work, views.changes_of(work, [row])[0])
    if against:
        return against
    requests.assess(work, change_id)
    return scheduling.try_schedule(work, change_id)


def judge_standing(runtime: Runtime) -> None:
    """Take the status from standard templates whose failure rate has risen above the limit."""
    with runtime.work(SYSTEM) as work:
        judge_templates(work)


def forget_attachments(runtime: Runtime) -> None:
    """Forget the content of files that were taken away a day ago."""
    with runtime.work(SYSTEM) as work:
        forget_removed(work, store_of(runtime.settings))
