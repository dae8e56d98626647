"""Reviews: those that were written, and those that are owed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, or_, select

from changes.lifecycle import State
from changes.models import Change, ChangeReview
from changes.policy import policy
from changes.queries import links, views
from changes.rules.review import Caused, Duty, Ended, duty, required
from changes.values import ChangeView
from ssoc.core.work import Work

MOST = 500  # reviews owed that one page shows


@dataclass(frozen=True)
class ReviewAction:
    """Something that a review asks for."""

    text: str
    owner: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class Review:
    """One review as it was written."""

    id: int
    change_id: int
    reviewer: str
    at: datetime
    reasons: Sequence[str]
    findings: str
    lessons: str
    actions: Sequence[ReviewAction]


@dataclass(frozen=True)
class ReviewOwed:
    """A change whose review is owed."""

    change: ChangeView
    duty: Duty
    is_overdue: bool


def reviews_of(work: Work, change_id: int) -> list[Review]:
    """Return the reviews of one change, the newest first; who may see the change sees them."""
    views.change(work, change_id)
    wanted = select(ChangeReview).where(ChangeReview.change_id == change_id)
    newest = wanted.order_by(ChangeReview.at.desc(), ChangeReview.id.desc())
    return [_review(row) for row in work.session.scalars(newest)]


def _review(row: ChangeReview) -> Review:
    asked = tuple(
        ReviewAction(
            each["text"],
            each.get("owner", ""),
            date.fromisoformat(each["due_on"]) if each.get("due_on") else None,
        )
        for each in row.actions
    )
    return Review(
        row.id,
        row.change_id,
        row.reviewer,
        row.at,
        tuple(row.reasons),
        row.findings,
        row.lessons,
        asked,
    )


def required_for(work: Work, change: ChangeView) -> list[str]:
    """Return every reason why the change must be reviewed, whether or not it has been."""
    return required(_facts(work, [change])[change.id], policy(work).review)


def duty_of(work: Work, change: ChangeView) -> Duty | None:
    """Return the review that is owed for one change, None when none is."""
    return duties(work, [change]).get(change.id)


def duties(work: Work, changes: Collection[ChangeView]) -> dict[int, Duty]:
    """Return the reviews that are owed for several changes, by change; two statements."""
    rule = policy(work).review
    found = {number: duty(facts, rule) for number, facts in _facts(work, changes).items()}
    return {number: owed for number, owed in found.items() if owed is not None}


def owed(work: Work) -> list[ReviewOwed]:
    """Return every review that is owed in markets the actor may see, the most urgent first.

    A change that has ended long ago is not looked at again: ``looked_back`` of the policy.
    """
    since = work.now - policy(work).review.looked_back
    may_owe = or_(Change.state == State.ENDED, Change.id.in_(_with_causes(work, since)))
    wanted = select(Change).where(may_owe, Change.finished_at >= since, views.is_visible(work))
    oldest = work.session.scalars(wanted.order_by(Change.finished_at, Change.id).limit(4 * MOST))
    changes = views.changes_of(work, oldest)
    found = duties(work, changes)
    lines = [
        ReviewOwed(each, found[each.id], found[each.id].is_overdue(work.now))
        for each in changes
        if each.id in found
    ]
    lines.sort(key=lambda line: (line.duty.due_at is None, line.duty.due_at or work.now))
    return lines[:MOST]


def _with_causes(work: Work, since: datetime) -> list[int]:
    """Return changes that were reviewed or closed, and are confirmed to have caused something."""
    settled = (State.REVIEWED, State.CLOSED)
    wanted = select(Change.id).where(Change.state.in_(settled), Change.finished_at >= since)
    return list(links.confirmed_among(work, wanted))


def _facts(work: Work, changes: Collection[ChangeView]) -> dict[int, Ended]:
    ids = [each.id for each in changes]
    reviewed = _reviewed_at(work, ids)
    caused = links.confirmed(work, ids)
    found: dict[int, Ended] = {}
    for each in changes:
        facts = Ended(
            state=each.state,
            type=each.type,
            outcome=each.outcome,
            ends_at=each.ends_at,
            finished_at=each.finished_at,
            is_unauthorised=each.is_unauthorised,
            settled_at=reviewed.get(each.id),
            caused=[
                Caused(one.incident_id, one.at or one.began_at) for one in caused.get(each.id, ())
            ],
        )
        if facts.settled_at is None and each.state is State.CLOSED:
            facts = replace(facts, settled_at=each.closed_at or each.finished_at)
        found[each.id] = facts
    return found


def _reviewed_at(work: Work, ids: Sequence[int]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        rows = work.session.execute(
            select(ChangeReview.change_id, func.max(ChangeReview.at).label("at"))
            .where(ChangeReview.change_id.in_(some))
            .group_by(ChangeReview.change_id)
        )
        found |= {row.change_id: row.at for row in rows}
    return found
