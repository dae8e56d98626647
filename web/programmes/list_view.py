"""The list of programmes as text."""

from collections.abc import Sequence
from dataclasses import dataclass

from changes.programmes.lifecycle import SiteState
from changes.programmes.values import ProgrammeView
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web import words
from web.programmes.board_view import span


@dataclass(frozen=True)
class Row:
    """One programme of the list."""

    id: int
    reference: str
    name: str
    purpose: str
    markets: Sequence[str]
    accepted: str
    share: str
    length: int
    hypercare: str
    blocked: str
    rolled_back: str
    dates: str


def rows(work: Work, found: Sequence[ProgrammeView]) -> list[Row]:
    """Return programmes as the list shows them."""
    return [_row(work, each) for each in found]


def _row(work: Work, one: ProgrammeView) -> Row:
    def count(state: SiteState) -> str:
        return words.exact(one.counts[state]) if one.counts.get(state) else words.NONE

    return Row(
        id=one.id,
        reference=one.reference,
        name=one.name,
        purpose=one.purpose,
        markets=one.markets,
        accepted=f"{words.exact(one.accepted)} of {words.exact(one.sites)}",
        share=words.percent(100 * one.accepted / one.sites, 0) if one.sites else words.NONE,
        length=round(100 * one.accepted / one.sites) if one.sites else 0,
        hypercare=count(SiteState.HYPERCARE),
        blocked=count(SiteState.BLOCKED),
        rolled_back=count(SiteState.ROLLED_BACK),
        dates=span(one.starts_on, one.ends_on, work.now.date()),
    )


def seen_words(work: Work, one: ProgrammeView) -> str:
    """Return whose sites are shown, where it is not those of all its markets."""
    held = work.actor.markets(Permission.CHANGE_SEE)
    if EVERYWHERE in held or all(each in held for each in one.markets):
        return ""
    seen = [each for each in one.markets if each in held]
    return f"sites of {words.listed(seen)}, as far as you may see"
