"""Panel of what happened to a change: its events, the newest first, in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from changes.lifecycle import Verdict
from changes.queries import causes
from changes.queries.causes import Judgement
from changes.queries.happened import happened
from changes.values import ChangeView
from ssoc.core.work import Work
from web import words
from web.change_managers import approval_words, run_words
from web.noc.story_view import Entry

Body = Mapping[str, Any]


def _edited(body: Body) -> str:
    voids = "; approvals given before are void" if body.get("voids_approvals") else ""
    return f"edited: {body.get('what', '')}{voids}"


_WORDS: Mapping[str, Callable[[Body], str]] = {
    "ChangeRaised": lambda body: f"raised{_from(body)}",
    "ChangeEdited": _edited,
    "ChangeSubmitted": lambda b: _more(f"submitted, round {b.get('round', 0)}", b.get("note")),
    "ChangeReturned": lambda body: _more("taken back to draft", body.get("reason")),
    "ChangeApproved": lambda body: _more("approved", body.get("why")),
    "ChangeRefused": lambda body: _more("refused", body.get("reason")),
    "ChangeScheduled": lambda _: "scheduled",
    "ChangeUnscheduled": lambda body: _more("taken out of the calendar", body.get("reason")),
    "ChangeStarted": lambda _: "started",
    "ChangeEnded": lambda body: f"ended: {body.get('outcome', '')}",
    "ChangeReviewed": lambda _: "reviewed",
    "ChangeClosed": lambda _: "closed",
    "ChangeCancelled": lambda body: _more("cancelled", body.get("reason")),
    "UnauthorisedChangeFound": lambda b: _more("found in the change log", b.get("summary")),
    "UnauthorisedChangeSettled": lambda body: _more("settled", body.get("reason")),
    "ChangeAttached": lambda body: f"attached {body.get('name', '')}",
    **approval_words.WORDS,
    **run_words.WORDS,
    "ChangeDetached": lambda body: f"removed the file {body.get('name', '')}",
}


def _from(body: Body) -> str:
    return f" by way of {body['origin']}" if body.get("origin") else ""


def _more(what: str, reason: object) -> str:
    return f"{what}: {reason}" if reason else what


def panel(work: Work, change: ChangeView) -> Sequence[Entry]:
    """Return the newest events of a change, and what people said it caused, as lines."""
    rows = [(row.at, told(row.kind, row.body), row.by) for row in happened(work, change.id)]
    said = causes.said_of_change(work, change.id)
    rows += [(each.at, _judged(number, each), each.by) for number, each in said]
    rows.sort(key=lambda each: each[0], reverse=True)
    return [
        Entry(words.when(at, work.now), at.isoformat(), words.full(at), text, by, "people")
        for at, text, by in rows
    ]


def _judged(incident_id: int, said: Judgement) -> str:
    """Return a judgement as a line: ``Confirmed as cause of INC-3: it broke at once``."""
    name = f"INC-{incident_id}"
    what = {
        Verdict.CONFIRMED: f"Confirmed as cause of {name}",
        Verdict.RULED_OUT: f"Ruled out as cause of {name}",
    }.get(said.verdict, f"Suspected again of {name}")
    return _more(what, said.reason)


def told(kind: str, body: Body) -> str:
    """Return an event in words; one that this page does not know, by its name."""
    known = _WORDS.get(kind)
    text = known(body) if known else _spaced(kind)
    return text[:1].upper() + text[1:]


def _spaced(kind: str) -> str:
    bare = kind.removeprefix("Change")
    return "".join(f" {each.lower()}" if each.isupper() else each for each in bare).strip()
