"""Go or no-go: rows J1 to J7 of the reference, and what lies between them."""

from datetime import date
from typing import Any

import pytest

from changes.programmes.rules.go_no_go import (
    Ballot,
    Condition,
    Criterion,
    Light,
    Override,
    Verdict,
    Word,
    cut_over_fault,
    decide,
    quorum_of,
    voices,
)
from tests.factories import EIGHT

ROLES = ("IT", "business", "finance", "security", "vendor")
GREEN = [
    Criterion("readiness", "Readiness", True, Light.GREEN),
    Criterion("weather", "Weather", False, Light.GREEN),
]
RED = [Criterion("readiness", "Readiness", True, Light.RED, why="one item failed"), GREEN[1]]
UNKNOWN = [Criterion("readiness", "Readiness", True, Light.NO_DATA), GREEN[1]]
SOFT = [GREEN[0], Criterion("weather", "Weather", False, Light.RED)]
OPEN = Condition("a generator is on site", "amina", date(2026, 3, 4))
ALL_YES = [Ballot(role, role.lower(), Word.YES, EIGHT) for role in ROLES]
WRITTEN = Override("thandi", "the fallback float covers it", EIGHT)


def found(criteria: list[Criterion], ballots: list[Ballot] = ALL_YES, **given: Any) -> Any:
    return decide(criteria, ballots, ROLES, 3, **given)


@pytest.mark.parametrize(
    ("criteria", "ballots", "given", "verdict", "sentence"),
    [
        pytest.param(GREEN, ALL_YES, {}, Verdict.GO, "5 of 5 roles say yes", id="J1"),
        pytest.param(
            RED, ALL_YES, {}, Verdict.NO_GO,
            "hard criterion Readiness is red: one item failed", id="J2",
        ),
        pytest.param(
            RED, ALL_YES, {"override": WRITTEN}, Verdict.GO,
            "5 of 5 roles say yes; thandi overrides Readiness: the fallback float covers it",
            id="J3",
        ),
        pytest.param(
            SOFT, ALL_YES, {"conditions": [OPEN]}, Verdict.WITH_CONDITIONS,
            "5 of 5 roles say yes; 1 of 1 conditions open", id="J4",
        ),
        pytest.param(
            GREEN, ALL_YES[:2], {}, Verdict.NONE,
            "no quorum: 2 of the 3 roles needed have voted; missing finance, security, vendor",
            id="J5",
        ),
        pytest.param(
            UNKNOWN, ALL_YES, {}, Verdict.NO_GO,
            "hard criterion Readiness has no data, which counts as red", id="J6",
        ),
        pytest.param(
            SOFT, ALL_YES, {}, Verdict.NONE,
            "Weather is not green: record a condition with an owner, then decide",
            id="a soft red without a condition is not decided",
        ),
        pytest.param(
            RED, ALL_YES[:2], {"override": WRITTEN}, Verdict.NONE,
            "no quorum: 2 of the 3 roles needed have voted; missing finance, security, vendor",
            id="an override makes no quorum",
        ),
        pytest.param(
            GREEN, [*ALL_YES[:4], Ballot("vendor", "vendor", Word.NO, EIGHT)], {}, Verdict.NO_GO,
            "vendor voted no", id="the no of one role is a no-go",
        ),
        pytest.param(
            GREEN, [Ballot(role, "x", Word.ABSTAIN, EIGHT) for role in ROLES], {}, Verdict.NONE,
            "every role abstained; at least one has to say yes", id="nobody says yes",
        ),
        pytest.param(
            [*RED, Criterion("a", "A", True, Light.RED)], ALL_YES, {}, Verdict.NO_GO,
            "hard criterion Readiness is red: one item failed; so is 1 more", id="two reds",
        ),
    ],
)  # fmt: skip
def test_what_a_meeting_comes_to(
    criteria: list[Criterion],
    ballots: list[Ballot],
    given: dict[str, Any],
    verdict: Verdict,
    sentence: str,
) -> None:
    told = found(criteria, ballots, **given)
    assert (told.verdict, told.sentence) == (verdict, sentence)


def test_an_override_is_shown_where_it_made_the_difference() -> None:
    assert found(RED, override=WRITTEN).is_overridden
    assert not found(GREEN, override=WRITTEN).is_overridden
    assert found(RED).red == ("readiness",)


@pytest.mark.parametrize(
    ("verdict", "conditions", "fault"),
    [
        pytest.param(
            Verdict.WITH_CONDITIONS, [OPEN],
            "a condition is open: a generator is on site (amina, due 2026-03-04); close it first",
            id="J7",
        ),
        pytest.param(
            Verdict.WITH_CONDITIONS, [Condition("x", "amina", None, EIGHT)], "", id="J7 closed"
        ),
        pytest.param(Verdict.GO, [], "", id="go"),
        pytest.param(
            Verdict.NO_GO, [], "the meeting decided no-go; hold another one", id="no-go"
        ),
        pytest.param(
            None, [], "no go/no-go was decided for this site or its wave; hold the meeting",
            id="never decided",
        ),
    ],
)  # fmt: skip
def test_what_a_decision_allows_at_the_cut_over(
    verdict: Verdict | None, conditions: list[Condition], fault: str
) -> None:
    assert cut_over_fault(verdict, conditions) == fault


def test_the_last_vote_of_a_person_counts_and_one_no_of_a_role_is_its_no() -> None:
    ballots = [
        Ballot("IT", "amina", Word.NO, EIGHT),
        Ballot("IT", "amina", Word.YES, EIGHT),
        Ballot("business", "juma", Word.YES, EIGHT),
        Ballot("business", "ana", Word.NO, EIGHT),
        Ballot("nobody's", "ana", Word.YES, EIGHT),
    ]
    assert voices(ballots, ROLES) == {"IT": Word.YES, "business": Word.NO}


@pytest.mark.parametrize(
    ("roles", "asked", "quorum"), [(5, 0, 3), (4, 0, 3), (5, 4, 4), (2, 4, 2), (1, 0, 1)]
)
def test_a_quorum_is_more_than_half_unless_more_is_asked(
    roles: int, asked: int, quorum: int
) -> None:
    assert quorum_of(roles, asked) == quorum
