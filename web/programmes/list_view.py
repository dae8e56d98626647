"""The list of programmes as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import programmes, steering
from changes.programmes.queries.programmes import WaveCounts
from changes.programmes.rules.throughput import Outlook
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
    state: str
    tone: str
    waves: str
    held: str
    accepted: str
    share: str
    length: int
    hypercare: str
    blocked: str
    rolled_back: str
    dates: str
    forecast: str


def rows(work: Work, found: Sequence[ProgrammeView]) -> list[Row]:
    """Return programmes as the list shows them; statements do not depend on how many there are."""
    ahead = steering.outlooks(work, found)
    waves = programmes.wave_counts(work, [each.id for each in found])
    return [
        _row(work.now.date(), each, ahead[each.id], waves.get(each.id, WaveCounts()))
        for each in found
    ]


def _row(today: date, one: ProgrammeView, ahead: Outlook, waves: WaveCounts) -> Row:
    def count(state: SiteState) -> str:
        return words.exact(one.counts[state]) if one.counts.get(state) else words.NONE

    state, tone = state_of(one, ahead, waves, today)
    return Row(
        id=one.id,
        reference=one.reference,
        name=one.name,
        purpose=one.purpose,
        markets=one.markets,
        state=state,
        tone=tone,
        waves=f"{waves.over} of {waves.waves} over" if waves.waves else "none planned",
        held=f"{waves.held} held" if waves.held else "",
        accepted=f"{words.exact(one.accepted)} of {words.exact(one.sites)}",
        share=words.percent(100 * one.accepted / one.sites, 0) if one.sites else words.NONE,
        length=round(100 * one.accepted / one.sites) if one.sites else 0,
        hypercare=count(SiteState.HYPERCARE),
        blocked=count(SiteState.BLOCKED),
        rolled_back=count(SiteState.ROLLED_BACK),
        dates=span(one.starts_on, one.ends_on, today),
        forecast=forecast_words(ahead, today),
    )


def state_of(one: ProgrammeView, ahead: Outlook, waves: WaveCounts, today: date) -> tuple[str, str]:
    """Return in a word how a programme stands, and its tone."""
    if not one.sites:
        return "no sites", ""
    if not ahead.left:
        return "done", ""
    if waves.held:
        return "held", "p2"
    still = {SiteState.PLANNED, SiteState.DEFERRED}
    if not any(number for state, number in one.counts.items() if state not in still):
        return "not begun", ""
    is_late = bool(ahead.planned_on and (ahead.p50_on or today) > ahead.planned_on)
    return ("late", "p3") if is_late else ("under way", "")


def forecast_words(ahead: Outlook, today: date) -> str:
    """Return when it ends, in five and in nine of ten cases; without an answer, why."""
    if not ahead.left:
        return "every site is accepted" if ahead.total else words.NONE
    if ahead.p50_on is None:
        return ahead.why or words.NONE
    late = words.day(ahead.p90_on, today) if ahead.p90_on else "open"
    return f"{words.day(ahead.p50_on, today)} (p90 {late})"


def seen_words(work: Work, one: ProgrammeView) -> str:
    """Return whose sites are shown, where it is not those of all its markets."""
    held = work.actor.markets(Permission.CHANGE_SEE)
    if EVERYWHERE in held or all(each in held for each in one.markets):
        return ""
    seen = [each for each in one.markets if each in held]
    return f"sites of {words.listed(seen)}, as far as you may see"
