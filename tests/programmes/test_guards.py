"""The guards of each state, O1 to O7, through the rule alone."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from changes.programmes.lifecycle import BACK, FORWARD, SITE, WAY, SiteMove, SiteState
from changes.programmes.rules import guards
from changes.programmes.rules.guards import SiteFacts, next_move, obstacles, offered
from ssoc.core.errors import IllegalMove

TODAY = date(2026, 3, 2)
SLOT = date(2026, 3, 9)


@dataclass(frozen=True)
class Told:
    is_met: bool
    why: str = ""


NAMES = ("readiness", "migration", "parallel", "decision", "runbook", "hypercare", "undone")
MET = {name: Told(True) for name in NAMES}


def facts(state: SiteState, **given: Any) -> SiteFacts:
    """Return facts of a site that nothing stands in the way of."""
    usual: dict[str, Any] = {
        "state": state,
        "market": "GH",
        "today": TODAY,
        "slot_on": SLOT,
        "crew": "A",
        "is_booked": True,
        "release": "R1",
        "is_frozen": True,
        "change": "CHG-7",
        "change_state": "approved",
        "is_approved": True,
        "standings": MET,
        "asked": frozenset(NAMES),
    }
    return SiteFacts(**{**usual, **given})


def words(site: SiteFacts, move: SiteMove) -> str:
    return " | ".join(each.words for each in obstacles(site, move))


@pytest.mark.parametrize(("state", "move"), list(SITE.table))
def test_nothing_stands_in_the_way_of_a_site_that_has_it_all(
    state: SiteState, move: SiteMove
) -> None:
    assert obstacles(facts(state), move) == []


def lacking(**told: Told) -> dict[str, Any]:
    return {"standings": {**MET, **told}}


FREEZE = ("Year end, until 05 Mar 2026 00:00 UTC",)
CASES = [
    pytest.param(
        SiteState.PLANNED,
        SiteMove.SURVEY,
        {"survey_lacks": ("connectivity", "banks")},
        "the site sheet has no connectivity; fill it in or import it | "
        "the site sheet has no banks; fill it in or import it",
        id="surveyed: the sheet",
    ),
    pytest.param(
        SiteState.SURVEYED,
        SiteMove.MAKE_READY,
        lacking(readiness=Told(False, "Power: nobody has looked")),
        "not ready: Power: nobody has looked",
        id="ready: an item lacks",
    ),
    pytest.param(
        SiteState.READY,
        SiteMove.MIGRATE,
        {"frozen_now": FREEZE},
        "GH is frozen: Year end, until 05 Mar 2026 00:00 UTC; wait until it ends",
        id="O2 a freeze of the market, by name",
    ),
    pytest.param(
        SiteState.READY,
        SiteMove.MIGRATE,
        {"frozen_slot": FREEZE},
        f"the slot on 09 Mar 2026 lies in a freeze of GH: {FREEZE[0]}; book another day",
        id="migrating: the slot lies in a freeze",
    ),
    pytest.param(
        SiteState.READY,
        SiteMove.MIGRATE,
        {"slot_on": None, "crew": ""},
        "no slot and crew is booked; book a day and a crew on the site's page",
        id="migrating: no slot",
    ),
    pytest.param(
        SiteState.READY,
        SiteMove.MIGRATE,
        {"slot_on": date(2026, 3, 1)},
        "the slot on 01 Mar 2026 is past; book a day to come",
        id="migrating: the slot is past",
    ),
    pytest.param(
        SiteState.READY,
        SiteMove.MIGRATE,
        {"is_booked": False},
        "crew A is not booked for this site on 09 Mar 2026; book it, or another day",
        id="crew not free",
    ),
    pytest.param(
        SiteState.READY,
        SiteMove.MIGRATE,
        {"is_frozen": False},
        "the baseline of the release R1 is not frozen; freeze it on the programme's page",
        id="migrating: baseline",
    ),
    pytest.param(
        SiteState.READY,
        SiteMove.MIGRATE,
        {"wave_paused_because": "3 sites failed"},
        "the wave is paused: 3 sites failed; resume it with a reason",
        id="migrating: the brake",
    ),
    pytest.param(
        SiteState.READY,
        SiteMove.MIGRATE,
        {"is_approved": False, "change_state": "submitted"},
        "CHG-7 of the release R1 is submitted, not approved; let its approvers answer",
        id="approvals",
    ),
    pytest.param(
        SiteState.MIGRATING,
        SiteMove.RUN_PARALLEL,
        lacking(migration=Told(False, "1 of 2 clean rehearsals")),
        "migration rehearsals: 1 of 2 clean rehearsals",
        id="parallel: one rehearsal",
    ),
    pytest.param(
        SiteState.MIGRATING,
        SiteMove.RUN_PARALLEL,
        lacking(migration=Told(True, "1 of 2, waived by Ama")),
        "",
        id="O7 one clean rehearsal and a waiver",
    ),
    pytest.param(
        SiteState.PARALLEL,
        SiteMove.DECIDE,
        lacking(parallel=Told(False, "2 of 3 clean days")),
        "the parallel run: 2 of 3 clean days",
        id="go/no-go: exit rule",
    ),
    pytest.param(
        SiteState.GO_NO_GO,
        SiteMove.CUT_OVER,
        {"sev1": ("incident 4 (P1, Payments fail)",)},
        "incident 4 (P1, Payments fail) is open in GH; wait until the incident is over",
        id="O3 an open Sev1",
    ),
    pytest.param(
        SiteState.GO_NO_GO,
        SiteMove.CUT_OVER,
        lacking(readiness=Told(False, "Sellers trained: 5 of 6 valid")),
        "readiness reopened: Sellers trained: 5 of 6 valid",
        id="O4 a competency expired this morning",
    ),
    pytest.param(
        SiteState.GO_NO_GO,
        SiteMove.CUT_OVER,
        lacking(decision=Told(False, "no decision")),
        "go/no-go: no decision",
        id="cut over: no decision",
    ),
    pytest.param(
        SiteState.CUT_OVER,
        SiteMove.WATCH,
        lacking(runbook=Told(False, "step 4 is not verified")),
        "the run sheet: step 4 is not verified",
        id="hypercare: a step",
    ),
    pytest.param(
        SiteState.HYPERCARE,
        SiteMove.ACCEPT,
        lacking(hypercare=Told(False, "day 2 of 5")),
        "hypercare: day 2 of 5",
        id="accepted: days",
    ),
    pytest.param(
        SiteState.CUT_OVER,
        SiteMove.ROLL_BACK,
        lacking(undone=Told(False, "step 2 is not undone")),
        "the roll-back: step 2 is not undone",
        id="rolled back: undo",
    ),
    pytest.param(
        SiteState.ROLLED_BACK,
        SiteMove.RETURN,
        lacking(readiness=Told(False, "Power: expired")),
        "readiness reopened: Power: expired",
        id="back to ready after a roll-back: ready again",
    ),
    pytest.param(
        SiteState.BLOCKED,
        SiteMove.BACK_TO_PARALLEL,
        {"frozen_now": FREEZE, **lacking(migration=Told(False, "0 of 2"))},
        f"migration rehearsals: 0 of 2 | GH is frozen: {FREEZE[0]}; wait until it ends",
        id="O5 back from a block: the guards of that state are asked again",
    ),
]


@pytest.mark.parametrize(("state", "move", "given", "expected"), CASES)
def test_each_guard_says_what_lacks_and_the_cure(
    state: SiteState, move: SiteMove, given: dict[str, Any], expected: str
) -> None:
    assert words(facts(state, **given), move) == expected


def test_ready_is_not_reached_without_a_survey() -> None:
    """O1: planned to ready."""
    with pytest.raises(IllegalMove, match="cannot make ready while planned"):
        obstacles(facts(SiteState.PLANNED), SiteMove.MAKE_READY)


def test_every_obstacle_is_named_not_only_the_first() -> None:
    site = facts(
        SiteState.READY,
        slot_on=None,
        crew="",
        is_frozen=False,
        is_approved=False,
        frozen_now=FREEZE,
        sev1=("incident 4",),
        wave_paused_because="brake",
        standings={},
    )
    assert [each.guard for each in obstacles(site, SiteMove.MIGRATE)] == [
        *("slot", "baseline", "wave", "readiness", "approval", "freeze", "sev1"),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_is_never_a_yes(name: str) -> None:
    """A fact that somebody answers for, and that has nothing on the site, is not met."""
    known = {each: told for each, told in MET.items() if each != name}
    asking = [
        (state, move)
        for state, move in SITE.table
        if any(guard.fact == name for guard in guards.guards_of(move, SITE.table[state, move]))
    ]
    assert asking
    for state, move in asking:
        found = obstacles(facts(state, standings=known), move)
        assert [each.guard for each in found] == [name]
        assert obstacles(facts(state, standings=known, asked=frozenset(known)), move) == []


STOPS = (SiteMove.BLOCK, SiteMove.DEFER, SiteMove.REOPEN, SiteMove.RESUME)


@pytest.mark.parametrize(
    ("state", "move"), [each for each in SITE.table if each[1] in STOPS], ids=str
)
def test_a_site_can_always_be_stopped(state: SiteState, move: SiteMove) -> None:
    worst = replace(facts(state), frozen_now=FREEZE, sev1=("x",), standings={}, is_approved=False)
    assert obstacles(worst, move) == []


@pytest.mark.parametrize(("state", "was"), list(product(SiteState, [None, *WAY[:-1]])))
def test_of_the_ways_back_only_the_remembered_one_is_offered(
    state: SiteState, was: SiteState | None
) -> None:
    found = offered(state, was)
    backs = [each for each in found if each in BACK.values()]
    assert backs == ([BACK[was]] if state is SiteState.BLOCKED and was else [])
    ahead = next_move(state, was)
    assert ahead is None or ahead in found or (state is SiteState.BLOCKED and was is None)
    if state in FORWARD:
        assert ahead is FORWARD[state]
