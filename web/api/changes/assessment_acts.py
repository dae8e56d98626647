"""What may be done about the assessment of a change over the API: check again, waive, move."""

from collections.abc import Mapping
from dataclasses import replace

from changes import queries
from changes.actions import assessing, requests
from changes.draft import draft_of
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.api.asked import Fields
from web.api.changes.act import Act


def _move(work: Work, number: int, given: Fields) -> None:
    change, starts_at = queries.change(work, number), given.instant("starts_at")
    if change.window is None:
        raise BadInput(f"{change.reference} has no window yet; PUT it with starts_at and ends_at")
    draft = replace(draft_of(change), starts_at=starts_at, ends_at=starts_at + change.window.length)
    requests.edit(work, number, draft, given.number("version"))


ACTS: Mapping[str, Act] = {
    "assess": Act(
        "Reckon its collisions and its risk anew; only what is different is written.",
        lambda work, number, _: assessing.check(work, number),
        is_settling=True,
    ),
    "waive": Act(
        "Let one finding stand until one of its two sides moves; others are not silenced.",
        lambda work, number, given: assessing.waive(
            work, number, given.text("finding"), given.text("reason")
        ),
        {"finding": "the key of the finding, as its assessment shows it", "reason": "why"},
        {"finding": "C2-5f0c2b1a9d8e7c64", "reason": "the two only read"},
        needs=Permission.CHANGE_MANAGE,
    ),
    "move": Act(
        "Move its window to begin at another time, such as the next free slot; its length stays.",
        _move,
        {
            "starts_at": "when it begins: an instant with its offset",
            "version": "the version of the change that was read",
        },
        {"starts_at": "2026-10-28T21:00:00Z", "version": 3},
    ),
}
