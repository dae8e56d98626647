"""Reviews after the fact: whether one is owed, and writing it."""

from collections.abc import Sequence
from dataclasses import asdict

from changes.actions.moving import found, markets_text, move
from changes.lifecycle import Move, Outcome, State
from changes.models import Change, ChangeReview
from changes.queries import reviews
from changes.queries.reviews import ReviewAction as ReviewAction
from changes.rules.review import HAS_ENDED
from changes.values import ChangeView
from ssoc.core.errors import BadInput, IllegalMove, NotAllowed
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.signs import told
from ssoc.core.vocabulary import ChangeReviewed
from ssoc.core.work import Work

LONGEST = 20_000
MOST_ACTIONS = 50


def is_review_due(work: Work, change: ChangeView) -> list[str]:
    """Return why a review of the change is still owed; empty when nothing is."""
    owed = reviews.duty_of(work, change)
    return list(owed.reasons) if owed else []


def review(
    work: Work,
    change_id: int,
    findings: str,
    lessons: str = "",
    actions: Sequence[ReviewAction] = (),
    outcome: Outcome | None = None,
) -> int:
    """Write the review of a change that has ended, and return its number.

    Whoever worked on the change does not review it. ``outcome`` says how a change ended of which
    nobody has said so yet, as of an unauthorised one; what a run has said stays.
    """
    row, view = found(work, change_id, Permission.CHANGE_APPROVE)
    refuse_own(work, view)
    if row.state not in HAS_ENDED:
        raise IllegalMove(f"{view.reference} is {row.state}; it is reviewed after it has ended")
    written = _checked(row, view, findings, lessons, actions, outcome)
    reasons = reviews.required_for(work, view)
    if row.state is State.ENDED:
        move(work, row, Move.REVIEW)
    bump(work.session)
    entry = ChangeReview(
        change_id=row.id,
        reviewer=work.actor.name,
        at=work.now,
        reasons=reasons,
        findings=written,
        lessons=lessons.strip(),
        actions=[
            asdict(each) | {"due_on": each.due_on.isoformat() if each.due_on else ""}
            for each in actions
        ],
    )
    work.session.add(entry)
    work.session.flush()
    work.record(ChangeReviewed(row.id, markets_text(view.markets), work.actor.name))
    return entry.id


def refuse_own(work: Work, view: ChangeView) -> None:
    """Raise NotAllowed for whoever worked on the change: they do not review it."""
    name = work.actor.name
    if view.is_at_work(name):
        raise NotAllowed(
            f"{name} worked on {view.reference} and may not review it; ask somebody who did not"
        )


def _checked(
    row: Change,
    view: ChangeView,
    findings: str,
    lessons: str,
    actions: Sequence[ReviewAction],
    outcome: Outcome | None,
) -> str:
    """Return the findings as they are kept, or raise BadInput; an outcome is written down."""
    said = told(findings)
    if not said:
        raise BadInput("findings are missing: say what happened and why")
    if max(len(said), len(lessons)) > LONGEST or len(actions) > MOST_ACTIONS:
        raise BadInput(f"a review has {LONGEST} characters and {MOST_ACTIONS} actions at most")
    if any(not each.text.strip() for each in actions):
        raise BadInput("an action has no text: say what is to be done, or take it out")
    if outcome is not None and row.outcome not in {None, outcome}:
        raise BadInput(f"{view.reference} ended as {row.outcome}; a review does not alter that")
    if row.outcome is None:
        if outcome is None:
            raise BadInput(
                f"nobody has said how {view.reference} ended; say it with the field outcome"
            )
        row.outcome = outcome
    return said
