"""Check a change again, let a finding stand, move it to the next free slot."""

from collections.abc import Sequence
from dataclasses import replace

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes import queries
from changes.actions import assessing, requests
from changes.draft import draft_of
from changes.queries import assessment as assessment_queries
from changes.queries.collisions import collisions_of
from changes.rules.collisions import Level
from changes.rules.slots import Slot
from changes.values import ChangeView
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.change_managers.assessment_view import may_plan, span_words
from web.change_managers.blueprint import changes
from web.change_managers.page_parts import PageAct
from web.noc import times
from web.noc.questions import Field, Question, ask, settle


def acts(work: Work, change: ChangeView) -> Sequence[PageAct]:
    """Return ``check again`` for those who may plan the change, while checking has a point."""
    if change.window is None or not change.state.may_be_edited or not may_plan(work, change):
        return ()
    return (PageAct("Check again", url_for("changes.assess", change_id=change.id)),)


@changes.post("/<int:change_id>/assess")
def assess(change_id: int) -> ResponseReturnValue:
    """Reckon collisions and risk anew, and say what is different."""
    with request_work() as work:
        found = assessing.check(work, change_id)
    new, ended = len(found.found), len(found.ended)
    said = [f"risk {found.points:.0f} of 100"]
    said += [words.counted(new, "new finding")] if new else []
    said += [words.counted(ended, "finding") + " ended"] if ended else []
    flash(f"Checked: {', '.join(said)}{'' if new or ended else ', findings as before'}.")
    return redirect(url_for("changes.change", change_id=change_id), code=303)


@changes.route("/<int:change_id>/waive/<key>", methods=["GET", "POST"])
def waive(change_id: int, key: str) -> ResponseReturnValue:
    """Ask why a finding may stand, then let it."""
    with request_view() as work:
        change = queries.change(work, change_id)
        found = assessment_queries.assessment_of(work, change).findings
    finding = next((each for each in found if each.key == key), None)
    if finding is None:
        raise NotFound(f"{change.reference} has no finding {key[:32]} that stands")
    reason = request.form.get("reason", "")
    question = Question(
        title=f"Waive {finding.rule}",
        action=url_for("changes.waive", change_id=change_id, key=key),
        button="Waive",
        back=url_for("changes.change", change_id=change_id),
        back_label=change.reference,
        about=finding.sentence,
        what="It holds for both sides, until one of them moves. Other findings stay as they are.",
        fields=[Field("reason", "Why it may stand", "area", reason, required=True)],
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: assessing.waive(work, change_id, key, reason),
        f"{finding.rule} waived.",
    )


@changes.route("/<int:change_id>/move-there", methods=["GET", "POST"])
def move_there(change_id: int) -> ResponseReturnValue:
    """Ask for the new beginning, the next free slot to begin with; lengths stay as they are."""
    with request_view() as work:
        change = queries.change(work, change_id)
        free = assessment_queries.next_free_slot(work, change, work.now)
        warned = _warned(work, change, free) if free else ""
        version, now = change.version, work.now
    if change.window is None:
        raise BadInput(f"{change.reference} has no window yet; edit it and give it one")
    given = request.form.get("starts_at", f"{free.starts_at:%Y-%m-%d %H:%M}" if free else "")
    about = (
        f"Next free slot: {span_words(free.starts_at, free.ends_at, now)}"
        if free
        else "The days looked at have no free slot in which nothing blocks."
    )
    question = Question(
        title="Move the window",
        action=url_for("changes.move_there", change_id=change_id),
        button="Move",
        back=url_for("changes.change", change_id=change_id),
        back_label=change.reference,
        about=about,
        what=f"Its length stays as it is. Answers given to the old window are void.{warned}",
        fields=[Field("starts_at", "Begins, in UTC", value=given, required=True)],
        hidden=[("version", request.form.get("version", str(version)))],
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: _move(work, change_id, given), "Moved.")


def _warned(work: Work, change: ChangeView, slot: Slot) -> str:
    """Return what would warn in a slot: free means that nothing blocks."""
    there = replace(change, starts_at=slot.starts_at, ends_at=slot.ends_at)
    found = [each.sentence for each in collisions_of(work, there) if each.level is Level.WARN]
    if not found:
        return " Nothing blocks or warns in that slot."
    return f" Nothing blocks in that slot; {words.counted(len(found), 'warning')}: {found[0]}"


def _move(work: Work, change_id: int, given: str) -> None:
    version = request.form.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise BadInput("the form names no version of the change; open it again")
    move_to(work, change_id, given, int(version))


def move_to(work: Work, change_id: int, given: str, version: int) -> None:
    """Move the window of a change to begin at an instant; its length stays as it is."""
    change = queries.change(work, change_id)
    if change.window is None:
        raise BadInput(f"{change.reference} has no window yet; edit it and give it one")
    start = times.read(given, "the beginning")
    draft = replace(draft_of(change), starts_at=start, ends_at=start + change.window.length)
    requests.edit(work, change_id, draft, version)
