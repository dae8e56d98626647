"""Faults of a draft: every one at once, each a sentence with its cure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from changes import policy
from changes.draft import Draft
from changes.plain import plain, read_draft
from changes.rules.drafting import circle, faults, refuse_faults
from changes.values import Notice, PlannedTest, PlanStep, Touched, Training
from ssoc.core.errors import BadInput
from tests.factories import EIGHT, component, estate_of

H = timedelta(hours=1)
ESTATE = estate_of("core-ke > db-ke", components=[component("db-ke", vendor="Pangolin Storage")])
TYPES = policy.read().types
GOOD = Draft(
    title="Larger log volume",
    markets=("KE",),
    touched=(Touched("core-ke"),),
    starts_at=EIGHT,
    ends_at=EIGHT + 2 * H,
    rollback_minutes=30,
    steps=(PlanStep(1, "Stop"), PlanStep(2, "Start", needs=(1,))),
    tests=(PlannedTest("Load test"),),
    notices=(Notice("partners", "KE", 48),),
    trainings=(Training("desk 2"),),
)


def test_a_good_draft_has_no_fault() -> None:
    assert list(faults(GOOD, ESTATE, TYPES)) == []


STEPS = "the steps wait for each other in a circle: "


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"title": " "}, "a change has a title", id="no title"),
        pytest.param({"title": "x" * 256}, "the title is longer than 255", id="long title"),
        pytest.param({"type": "norml"}, "there is no type 'norml'", id="type"),
        pytest.param({"markets": ("XX",)}, "no market 'XX'", id="market"),
        pytest.param(
            {"touched": (Touched("cor-ke"),)}, "no component 'cor-ke' is in the estate", id="key"
        ),
        pytest.param(
            {"touched": (Touched("core-ke"), Touched("core-ke"))}, "stands twice", id="twice"
        ),
        pytest.param({"gates": ("mon",)}, "no gate 'mon'", id="gate"),
        pytest.param({"rollback_needs": ("dr",)}, "no component of the roll-back 'dr'", id="way"),
        pytest.param({"vendor": "Pangolin"}, "there are: Pangolin Storage", id="vendor"),
        pytest.param({"vendor_must_attend": True}, "none is named", id="no vendor"),
        pytest.param(
            {"ends_at": EIGHT}, "not after it starts at 2026-03-02 08:00Z", id="ends as it starts"
        ),
        pytest.param({"ends_at": EIGHT - H}, "not after it starts", id="ends before it starts"),
        pytest.param({"ends_at": None}, "the window has no end", id="half a window"),
        pytest.param({"ends_at": EIGHT + 337 * H}, "longer than 14 days", id="too long"),
        pytest.param(
            {"rollback_rehearsed_at": EIGHT.replace(year=1999)},
            "in the year 1999",
            id="last century",
        ),
        pytest.param({"soak_minutes": -1}, "the soak takes -1 minutes", id="negative"),
        pytest.param({"preparation_minutes": 10_081}, "a week, 10080, is the most", id="week"),
        pytest.param({"steps": (PlanStep(2, "x"),)}, "not numbered 1, 2, 3", id="numbers"),
        pytest.param({"steps": (PlanStep(1, ""),)}, "step 1 has no title", id="step's title"),
        pytest.param(
            {"steps": (PlanStep(1, "x", planned_minutes=-5),)}, "step 1 takes -5", id="minutes"
        ),
        pytest.param(
            {"steps": (PlanStep(1, "x", needs=(9,)),)}, "waits for step 9, and there is", id="need"
        ),
        pytest.param({"steps": (PlanStep(1, "x", needs=(1,)),)}, "waits for itself", id="itself"),
        pytest.param(
            {"steps": (PlanStep(1, "x", needs=(2,)), PlanStep(2, "y", needs=(1,)))},
            STEPS + "1 → 2 → 1",
            id="circle",
        ),
        pytest.param(
            {"steps": (PlanStep(1, "x", needs=(2,)), PlanStep(2, "y"))},
            STEPS + "1 → 2 → 1",
            id="circle through the one before",
        ),
        pytest.param({"notices": (Notice(""),)}, "a notice has no receiver", id="notice"),
        pytest.param({"notices": (Notice("x", "ZZ"),)}, "names no market we know", id="its market"),
        pytest.param({"notices": (Notice("x", "KE", -1),)}, "0 to 2160 hours", id="its hours"),
        pytest.param({"tests": (PlannedTest(" "),)}, "a test has no name", id="test"),
        pytest.param({"trainings": (Training(""),)}, "a training has no audience", id="training"),
        pytest.param({"people": ("",)}, "people are named by", id="people"),
    ],
)
def test_each_fault_is_a_sentence(given: Mapping[str, Any], said: str) -> None:
    found = list(faults(replace(GOOD, **given), ESTATE, TYPES))
    assert len(found) == 1, found
    assert said in found[0]


def test_every_fault_is_named_at_once() -> None:
    bad = replace(GOOD, title="", markets=("XX",), soak_minutes=-1, ends_at=EIGHT - H)
    with pytest.raises(BadInput) as refusal:
        refuse_faults(bad, ESTATE, TYPES)
    assert str(refusal.value).count("; ") >= 3


@drawn(st.lists(st.lists(st.integers(1, 8), max_size=3), min_size=1, max_size=8))
def test_a_circle_is_found_exactly_when_there_is_no_order(needs: list[list[int]]) -> None:
    steps = [
        PlanStep(at, "x", needs=tuple(n for n in each if n <= len(needs) and n != at))
        for at, each in enumerate(needs, 1)
    ]
    waits = {s.position: set(s.needs) or {s.position - 1} - {0} for s in steps}
    done: set[int] = set()
    while ready := {at for at, each in waits.items() if at not in done and each <= done}:
        done |= ready
    found = circle(steps)
    assert bool(found) == (done != set(waits))
    for here, there in zip(found, found[1:], strict=False):
        assert there in waits[here]


def test_a_thousand_steps_in_a_row_are_no_deep_recursion() -> None:
    steps = [PlanStep(at, "x", needs=(at + 1,)) for at in range(1, 5_000)]
    assert circle([*steps, PlanStep(5_000, "x", needs=(1,))])[0] == 1


def test_a_draft_goes_through_json_and_back() -> None:
    assert read_draft(plain(GOOD)) == GOOD


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({}, "the field title is missing", id="no title"),
        pytest.param({"title": "x", "state": "approved"}, "'state' is not known", id="stranger"),
        pytest.param({"title": 7}, "title must be a text", id="text"),
        pytest.param({"title": "x", "steps": {}}, "steps must be a list", id="list"),
        pytest.param({"title": "x", "steps": [7]}, "steps, row 1: expected fields", id="row"),
        pytest.param({"title": "x", "steps": [{}]}, "steps, row 1: title is missing", id="part"),
        pytest.param(
            {"title": "x", "steps": [{"title": "a", "minutes": 5}]}, "'minutes' is not", id="name"
        ),
        pytest.param(
            {"title": "x", "steps": [{"title": "a", "needs": ["1"]}]}, "a whole number", id="needs"
        ),
        pytest.param(
            {"title": "x", "components": [{"component": "a", "effect": "gone"}]},
            "effect must be one of no effect",
            id="effect",
        ),
        pytest.param({"title": "x", "starts_at": "2026-03-02 08:00"}, "its offset", id="local"),
        pytest.param({"title": "x", "soak_minutes": True}, "a whole number", id="bool"),
        pytest.param({"title": "x", "soak_minutes": 10**30}, "a whole number", id="huge"),
        pytest.param({"title": "x", "people": "imre"}, "a list of texts", id="no list"),
        pytest.param({"title": "x", "vendor_must_attend": "no"}, "true or false", id="switch"),
    ],
)
def test_odd_bodies_are_refused_in_words(given: Mapping[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_draft(given)


def test_a_component_may_be_just_its_key() -> None:
    assert read_draft({"title": "x", "components": ["core-ke"]}).touched == (Touched("core-ke"),)
