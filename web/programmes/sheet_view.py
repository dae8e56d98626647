"""The readiness sheet of a site as text: each item with what was found and what can be pressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from changes.programmes.queries.sites import readiness_history
from changes.programmes.rules.readiness import Found, ItemStanding, ItemState
from changes.programmes.values import SiteView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words

_TONES = {ItemState.FAIL: "p1", ItemState.EXPIRED: "p2"}
_KINDS = {
    ItemState.UNKNOWN: "none",
    ItemState.PASS: "done",
    ItemState.WAIVED: "done",
    ItemState.NOT_APPLICABLE: "none",
}
_PRESSES = (("pass", "Pass"), ("fail", "Fail"))
_DECIDED = (("waived", "Waive"), ("n/a", "Does not apply"))


@dataclass(frozen=True)
class Earlier:
    """What was found of an item before; a later result does not take it away."""

    word: str
    evidence: str
    by: str


@dataclass(frozen=True)
class Line:
    """One item: how it stands, why, what proves it, and the buttons for this actor."""

    key: str
    title: str
    word: str
    tone: str
    kind: str
    is_hard: bool
    is_met: bool
    why: str
    evidence: str
    by: str
    presses: Sequence[tuple[str, str]]
    earlier: Sequence[Earlier] = ()


@dataclass(frozen=True)
class Sheet:
    """The whole sheet; what is not met comes first."""

    lines: Sequence[Line]
    done: str
    lost: str


def panel(work: Work, site: SiteView) -> Sheet:
    """Return the sheet."""
    is_asked = not site.state.is_cut_over
    may_work = is_asked and work.actor.may(Permission.PROGRAMME_WORK, site.market)
    may_waive = is_asked and work.actor.may(Permission.PROGRAMME_DECIDE, site.market)
    items = site.readiness.items
    kept: dict[str, list[Found]] = {}
    for each in readiness_history(work, site.id):
        kept.setdefault(each.item, []).append(each)
    lines = [_line(work, each, may_work, may_waive, kept.get(each.key, [])[1:]) for each in items]
    return Sheet(
        lines=sorted(lines, key=lambda each: (each.is_met, not each.is_hard)),
        done=_done(site),
        lost=site.readiness_lost,
    )


def _done(site: SiteView) -> str:
    sheet, left_out = site.readiness, len(site.readiness.left_out)
    found = f"{sheet.done} of {len(sheet.items) - left_out} met"
    return f"{found}, {left_out} left out" if left_out else found


def _line(
    work: Work, item: ItemStanding, may_work: bool, may_waive: bool, old: Sequence[Found]
) -> Line:
    presses = [] if item.is_counted or not may_work else list(_PRESSES)
    if may_waive:
        presses += _DECIDED
    found = item.found
    return Line(
        key=item.key,
        title=item.title,
        word=item.state.value,
        tone=_TONES.get(item.state, ""),
        kind=_KINDS.get(item.state, ""),
        is_hard=item.is_hard,
        is_met=item.is_met,
        why=item.why,
        evidence=found.evidence if found else "",
        by=_by(item, work.now),
        presses=presses,
        earlier=[
            Earlier(each.result.value, each.evidence, f"{each.by}, {words.when(each.at, work.now)}")
            for each in old
        ],
    )


def _by(item: ItemStanding, now: datetime) -> str:
    """Return who found it and when, and until when it counts."""
    found = item.found
    if found is None:
        return ""
    ends = found.expires_at if item.is_met else None
    expiry = f", counts until {words.day(ends, now)}" if ends else ""
    return f"{found.by}, {words.when(found.at, now)}{expiry}"
