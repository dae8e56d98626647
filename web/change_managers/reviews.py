"""Reviews after the fact: the panel of a change, writing one, and all that are owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes import queries
from changes.actions import reviewing
from changes.actions.reviewing import ReviewAction
from changes.lifecycle import Outcome, State
from changes.queries import reviews
from changes.queries.reviews import Review
from changes.rules.review import HAS_ENDED, Duty
from changes.values import ChangeView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view
from web.change_managers.blueprint import changes
from web.change_managers.page_parts import PageAct
from web.change_managers.views_of import require_sight
from web.noc.questions import Field, Question, ask, settle

ACTIONS_HINT = (
    "One on each line: what; who; until when, as 2026-03-09. The last two may be left out."
)
_OUTCOMES = [("", "choose"), *((each.value, each.value) for each in Outcome)]


@dataclass(frozen=True)
class ReviewPanel:
    """The panel: what is owed, by when, and what was written."""

    owed: Sequence[str]
    due: str
    is_overdue: bool
    reviews: Sequence[Review]


def panel(work: Work, change: ChangeView) -> ReviewPanel | None:
    """Return the reviews of a change that has ended; None before, or when it needs none."""
    if change.state not in HAS_ENDED:
        return None
    owed, written = reviews.duty_of(work, change), reviews.reviews_of(work, change.id)
    if owed is None and not written:
        return None
    return ReviewPanel(
        owed.reasons if owed else (),
        due_words(work, owed) if owed else "",
        owed is not None and owed.is_overdue(work.now),
        written,
    )


def due_words(work: Work, owed: Duty) -> str:
    """Return by when a review is owed."""
    if owed.due_at is None:
        return "no date"
    late = owed.is_overdue(work.now)
    left = words.age(abs(owed.due_at - work.now))
    return f"{words.when(owed.due_at, work.now)} UTC, {f'{left} late' if late else f'in {left}'}"


def acts(work: Work, change: ChangeView) -> Sequence[PageAct]:
    """Return ``Review…`` for those who may write one."""
    if change.state not in HAS_ENDED or not may_review(work, change):
        return ()
    owed = reviewing.is_review_due(work, change)
    if not owed and change.state is not State.ENDED:
        return ()
    href = url_for("changes.review", change_id=change.id)
    return (PageAct("Review…", href, "r", is_main=bool(owed), is_question=True),)


def may_review(work: Work, change: ChangeView) -> bool:
    """Tell whether the actor may review the change: with the right, and not one who did it."""
    return not change.is_at_work(work.actor.name) and all(
        work.actor.may(Permission.CHANGE_APPROVE, each) for each in change.markets
    )


@changes.get("/reviews")
def reviews_due() -> ResponseReturnValue:
    """List every review that is owed, the most urgent first."""
    with request_view() as work:
        require_sight(work)
        found = reviews.owed(work)
        return render_template(
            "changes/reviews.html",
            found=[(each, due_words(work, each.duty)) for each in found],
            overdue=sum(each.is_overdue for each in found),
            now=work.now,
        )


@changes.route("/<int:change_id>/review", methods=["GET", "POST"])
def review(change_id: int) -> ResponseReturnValue:
    """Ask for the review of a change, then write it."""
    with request_view() as work:
        change = queries.change(work, change_id)
        reviewing.refuse_own(work, change)
        reasons = reviews.required_for(work, change)
    given = request.form
    fields = [
        Field("findings", "What happened, and why", "area", given.get("findings", ""), "", True),
        Field("lessons", "What we learn from it", "area", given.get("lessons", "")),
        Field("actions", "What is to be done", "area", given.get("actions", ""), ACTIONS_HINT),
    ]
    if change.outcome is None:
        chosen = given.get("outcome", "")
        fields.append(Field("outcome", "How it ended", "choice", chosen, options=_OUTCOMES))
    question = Question(
        title=f"Review {change.reference}",
        action=url_for("changes.review", change_id=change_id),
        button="Keep the review",
        back=url_for("changes.change", change_id=change_id),
        back_label=change.reference,
        about=change.title,
        what=f"Why: {'; '.join(reasons)}." if reasons else "No rule asks for it.",
        fields=fields,
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: _write(work, change_id), "Reviewed.")


def _write(work: Work, change_id: int) -> None:
    given = request.form
    reviewing.review(
        work,
        change_id,
        given.get("findings", ""),
        given.get("lessons", ""),
        actions_of(given.get("actions", "")),
        outcome_of(given.get("outcome", "")),
    )


def actions_of(text: str) -> list[ReviewAction]:
    """Return the actions that lines of text name, or raise BadInput."""
    return [_action(line) for line in text.splitlines() if line.strip()]


def _action(line: str) -> ReviewAction:
    what, who, until, *_ = [*(part.strip() for part in line.split(";")), "", ""]
    return ReviewAction(what, who, day_of(until))


def day_of(text: str) -> date | None:
    """Return the day that a text names, None for none; or raise BadInput."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text[:32]!r} is no day; write it as 2026-03-09") from error


def outcome_of(text: str) -> Outcome | None:
    """Return the outcome that a word names, None for none; or raise BadInput."""
    if not text:
        return None
    if text not in set(Outcome):
        raise BadInput(f"{text[:32]!r} is no outcome; there are {', '.join(Outcome)}")
    return Outcome(text)
