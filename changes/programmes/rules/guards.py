"""Who may pass: what every state asks of a site before it is let in. Pure.

A guard looks at the facts of a site and names every obstacle with its cure, never only the first.
``EVERY`` are asked at each step along the way, whatever the state; ``GUARDS`` come on top. Moves
beside the way (block, defer, reopen) are free of them: a site can always be stopped. What people
must say with a move, a reason or an owner, is asked by the action itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Protocol

from changes.programmes.lifecycle import BACK, FORWARD, SITE, SiteMove, SiteState


class Standing(Protocol):
    """What another part knows of a site: is its condition met, and if not, why, with the cure."""

    @property
    def is_met(self) -> bool:
        """Tell whether the condition is met."""

    @property
    def why(self) -> str:
        """Return what lacks, where, and the cure."""


@dataclass(frozen=True)
class Obstacle:
    """One thing in the way; ``guard`` is the key of what asked for it."""

    guard: str
    what: str
    cure: str = ""

    @property
    def words(self) -> str:
        """Return it in one sentence."""
        return f"{self.what}; {self.cure}" if self.cure else self.what


@dataclass(frozen=True)
class SiteFacts:
    """Everything the guards look at, of one site at one instant.

    ``standings`` is by the name of the fact; ``asked`` are the names somebody answers for. One
    that is asked and has no standing for the site is not met: no answer is never a yes.
    ``frozen_now`` and ``frozen_slot`` are hard freezes in words, ``sev1`` open incidents of
    priority P1 in the market. ``change`` is empty when the release needs no approval.
    """

    state: SiteState
    market: str
    today: date
    survey_lacks: Sequence[str] = ()
    slot_on: date | None = None
    crew: str = ""
    is_booked: bool = False
    release: str = ""
    is_frozen: bool = False
    change: str = ""
    change_state: str = ""
    is_approved: bool = False
    frozen_now: Sequence[str] = ()
    frozen_slot: Sequence[str] = ()
    sev1: Sequence[str] = ()
    wave_paused_because: str = ""
    standings: Mapping[str, Standing] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()


Check = Callable[[SiteFacts], Iterator[Obstacle]]


@dataclass(frozen=True)
class Guard:
    """One condition: ``title`` as the documents print it; ``fact`` is the standing it needs."""

    key: str
    title: str
    check: Check
    fact: str = ""


def _approved(site: SiteFacts) -> Iterator[Obstacle]:
    if site.change and not site.is_approved:
        yield Obstacle(
            "approval",
            f"{site.change} of the release {site.release} is {site.change_state}, not approved",
            "let its approvers answer",
        )


def _not_frozen(site: SiteFacts) -> Iterator[Obstacle]:
    for words in site.frozen_now:
        yield Obstacle("freeze", f"{site.market} is frozen: {words}", "wait until it ends")


def _slot_not_frozen(site: SiteFacts) -> Iterator[Obstacle]:
    for words in site.frozen_slot:
        if words not in site.frozen_now:
            what = f"the slot on {site.slot_on:%d %b %Y} lies in a freeze of {site.market}: {words}"
            yield Obstacle("slot freeze", what, "book another day")


def _no_sev1(site: SiteFacts) -> Iterator[Obstacle]:
    for words in site.sev1:
        yield Obstacle(
            "sev1", f"{words} is open in {site.market}", "wait until the incident is over"
        )


def _crew_free(site: SiteFacts) -> Iterator[Obstacle]:
    if site.crew and site.slot_on and not site.is_booked:
        what = f"crew {site.crew} is not booked for this site on {site.slot_on:%d %b %Y}"
        yield Obstacle("crew", what, "book it, or another day")


def _surveyed(site: SiteFacts) -> Iterator[Obstacle]:
    for each in site.survey_lacks:
        yield Obstacle("survey", f"the site sheet has no {each}", "fill it in or import it")


def _slot_booked(site: SiteFacts) -> Iterator[Obstacle]:
    if site.slot_on is None or not site.crew:
        lacks = " and ".join(
            each for each, there in (("slot", site.slot_on), ("crew", site.crew)) if not there
        )
        yield Obstacle("slot", f"no {lacks} is booked", "book a day and a crew on the site's page")
    elif site.slot_on < site.today:
        what = f"the slot on {site.slot_on:%d %b %Y} is past"
        yield Obstacle("slot", what, "book a day to come")


def _baseline(site: SiteFacts) -> Iterator[Obstacle]:
    if not site.is_frozen:
        what = f"the baseline of the release {site.release} is not frozen"
        yield Obstacle("baseline", what, "freeze it on the programme's page")


def _wave_goes(site: SiteFacts) -> Iterator[Obstacle]:
    if site.wave_paused_because:
        yield Obstacle(
            "wave", f"the wave is paused: {site.wave_paused_because}", "resume it with a reason"
        )


def _standing(fact: str, subject: str) -> Check:
    def check(site: SiteFacts) -> Iterator[Obstacle]:
        if fact not in site.asked:
            return
        found = site.standings.get(fact)
        if found is None:
            yield Obstacle(fact, f"nothing is known of {subject}", "record it on the site's page")
        elif not found.is_met:
            yield Obstacle(fact, f"{subject}: {found.why or 'not met'}")

    return check


def _readiness(site: SiteFacts) -> Iterator[Obstacle]:
    """Ask for the sheet again at every step before the cut-over: what was ready may not be now."""
    had = site.state in {SiteState.PLANNED, SiteState.SURVEYED, SiteState.BLOCKED}
    yield from _standing("readiness", "not ready" if had else "readiness reopened")(site)


def _fact(fact: str, title: str, subject: str) -> Guard:
    return Guard(fact, title, _standing(fact, subject), fact)


EVERY: Sequence[Guard] = (
    Guard("approval", "the change of the release is approved", _approved),
    Guard("freeze", "no hard freeze of the market holds now", _not_frozen),
    Guard("sev1", "no incident of priority P1 is open in the market", _no_sev1),
    Guard("crew", "the crew is booked for this site on its day, and nowhere else", _crew_free),
)
READY = Guard(
    "readiness",
    "every hard readiness item passes, is waived or does not apply",
    _readiness,
    "readiness",
)
SLOT_FREEZE = Guard("slot freeze", "no hard freeze covers the day of the slot", _slot_not_frozen)
WAVE = Guard("wave", "the wave is not paused", _wave_goes)
GUARDS: Mapping[SiteState, Sequence[Guard]] = {
    SiteState.SURVEYED: (
        Guard("survey", "site sheet complete: connectivity, hardware, staff, banks", _surveyed),
    ),
    SiteState.READY: (READY,),
    SiteState.MIGRATING: (
        Guard("slot", "a slot to come and a crew are booked", _slot_booked),
        SLOT_FREEZE,
        Guard("baseline", "the baseline of the release is frozen", _baseline),
        WAVE,
        READY,
    ),
    SiteState.PARALLEL: (
        _fact(
            "migration", "clean migration rehearsals in a row, or a waiver", "migration rehearsals"
        ),
        SLOT_FREEZE,
        READY,
    ),
    SiteState.GO_NO_GO: (
        _fact("parallel", "the exit rule of the parallel run is met", "the parallel run"),
        SLOT_FREEZE,
        READY,
    ),
    SiteState.CUT_OVER: (
        _fact(
            "decision",
            'decision "go", its conditions closed, transactions in flight drained',
            "go/no-go",
        ),
        SLOT_FREEZE,
        WAVE,
        READY,
    ),
    SiteState.HYPERCARE: (
        _fact("runbook", "every step of the run sheet is verified", "the run sheet"),
    ),
    SiteState.ACCEPTED: (
        _fact(
            "hypercare",
            "the days of hypercare are inside their limits, open breaks are carried by name",
            "hypercare",
        ),
    ),
    SiteState.ROLLED_BACK: (
        _fact("undone", "every undo step is done and verified", "the roll-back"),
    ),
}
# Moves that ask: the way itself, the way back from a block, and what ends a roll-back.
ALONG = frozenset({*FORWARD.values(), *BACK.values(), SiteMove.RETURN})


@cache
def guards_of(move: SiteMove, to: SiteState) -> Sequence[Guard]:
    """Return the guards that a move to a state asks, in the order people read them."""
    if move in ALONG:
        return (*GUARDS.get(to, ()), *EVERY)
    return GUARDS.get(to, ()) if move is SiteMove.ROLL_BACK else ()


def facts_needed(moves: Sequence[tuple[SiteMove, SiteState]]) -> frozenset[str]:
    """Return which standings the guards of some moves look at."""
    return frozenset(
        guard.fact for move, to in moves for guard in guards_of(move, to) if guard.fact
    )


def obstacles(site: SiteFacts, move: SiteMove) -> list[Obstacle]:
    """Return everything in the way of a move, each with its cure; empty: it may go.

    Raises:
        IllegalMove: the lifecycle has no such move from where the site stands.

    """
    to = SITE.after(site.state, move)
    return [found for guard in guards_of(move, to) for found in guard.check(site)]


def next_move(state: SiteState, was: SiteState | None) -> SiteMove | None:
    """Return the move that leads on from a state, None at the end or where people choose."""
    if state is SiteState.BLOCKED:
        return BACK.get(was) if was else None
    return {SiteState.ROLLED_BACK: SiteMove.RETURN, SiteState.DEFERRED: SiteMove.RESUME}.get(
        state
    ) or FORWARD.get(state)


def offered(state: SiteState, was: SiteState | None) -> list[SiteMove]:
    """Return the moves a person may choose; of the ways back only the one that is remembered.

    ``reopen`` follows from lost readiness, nobody presses it.
    """
    return [
        each
        for each in SITE.moves_from(state)
        if each is not SiteMove.REOPEN and is_remembered(state, was, each)
    ]


def is_remembered(state: SiteState, was: SiteState | None, move: SiteMove) -> bool:
    """Tell whether a blocked site may move so: back to where it was, or undone if it was live."""
    if state is not SiteState.BLOCKED:
        return True
    if move is SiteMove.ROLL_BACK:
        return was in {SiteState.CUT_OVER, SiteState.HYPERCARE}
    if move is SiteMove.DEFER:
        return was not in {SiteState.CUT_OVER, SiteState.HYPERCARE}
    return was is not None and move is BACK.get(was)


SHEET = ("connectivity", "hardware", "staff", "banks")


def survey_lacks(is_place: bool, has: Mapping[str, bool]) -> tuple[str, ...]:
    """Return what a site sheet lacks; a cohort is no place and has neither wires nor tills."""
    return tuple(each for each in SHEET if not has.get(each)) if is_place else ()
