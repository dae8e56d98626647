"""Types as data: what each may do and must have, how early it comes, faults of the data."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from changes import policy
from changes.lifecycle import CHANGE, Move, State
from changes.rules.obstacles import foreseen, hours, obstacles
from changes.rules.types import (
    ChangeType,
    Late,
    Types,
    earliest_start,
    late_by,
    refuse_foreign_move,
    refuse_missing,
)
from changes.values import ChangeView, PlanStep, Touched
from ssoc.core.errors import BadInput, BadSettings, IllegalMove
from tests.factories import EIGHT

H = timedelta(hours=1)


def view(**given: Any) -> ChangeView:
    usual: dict[str, Any] = {
        "id": 7,
        "title": "Larger log volume",
        "type": "normal",
        "state": State.APPROVED,
        "requester": "rita",
        "markets": ("KE",),
        "touched": (Touched("core-ke"),),
        "starts_at": EIGHT + 72 * H,
        "ends_at": EIGHT + 74 * H,
        "purpose": "the volume is full",
        "implementer": "imre",
        "rollback_plan": "the old volume stays",
        "steps": (PlanStep(1, "Attach"),),
        "submitted_at": EIGHT,
    }
    return ChangeView(**{**usual, **given})


@pytest.fixture(scope="module")
def types() -> Types:
    return policy.read().types


def test_every_shipped_type_is_a_part_of_the_lifecycle_and_can_end(types: Types) -> None:
    assert set(types.known) == {"standard", "normal", "emergency"}
    for name, known in types.known.items():
        for state, moves in known.moves.items():
            assert all((State(state), each) in CHANGE.table for each in moves), name
        reached, ahead = {State.DRAFT}, [State.DRAFT]
        while ahead:
            here = ahead.pop()
            for move in known.moves.get(here, ()):
                there = CHANGE.after(here, move)
                if there not in reached:
                    reached.add(there)
                    ahead.append(there)
        assert reached == set(State), f"{name} reaches every state"


@pytest.mark.parametrize(
    ("name", "state", "move", "said"),
    [
        pytest.param("normal", State.APPROVED, Move.START, "a normal change cannot start", id="1"),
        pytest.param("normal", State.DRAFT, Move.PREAPPROVE, "cannot preapprove", id="2"),
        pytest.param("emergency", State.ENDED, Move.CLOSE, "allows review there", id="3"),
        pytest.param("gone", State.APPROVED, Move.SCHEDULE, "no type 'gone' any more", id="4"),
        pytest.param("normal", State.CLOSED, Move.START, "cannot start while closed", id="5"),
    ],
)
def test_what_a_type_does_not_allow_is_refused_in_words(
    types: Types, name: str, state: State, move: Move, said: str
) -> None:
    with pytest.raises(IllegalMove, match=said):
        refuse_foreign_move(types, name, state, move)


@pytest.mark.parametrize("move", [Move.CANCEL, Move.RETURN])
def test_a_change_of_a_type_that_is_gone_can_still_be_ended(types: Types, move: Move) -> None:
    refuse_foreign_move(types, "gone", State.APPROVED, move)


def test_all_missing_fields_are_named_at_once(types: Types) -> None:
    bare = view(purpose=" ", implementer="", touched=(), rollback_plan="", starts_at=None)
    with pytest.raises(BadInput) as refusal:
        refuse_missing(types.known["normal"], bare, State.SUBMITTED)
    assert str(refusal.value) == (
        "CHG-7 cannot be submitted yet: a normal change also needs a purpose, a component, a "
        "window, an implementer, a roll-back plan; nothing was changed; edit it first"
    )


@pytest.mark.parametrize(
    ("given", "late"),
    [
        pytest.param(48 * H, 0 * H, id="exactly in time"),
        pytest.param(48 * H - timedelta(minutes=1), timedelta(minutes=1), id="a minute late"),
        pytest.param(1 * H, 47 * H, id="an hour before"),
        pytest.param(-1 * H, 49 * H, id="after it began"),
    ],
)
def test_lead_time(types: Types, given: timedelta, late: timedelta) -> None:
    change = view(starts_at=EIGHT + given, ends_at=EIGHT + given + H)
    assert late_by(types.known["normal"], change) == late
    assert late_by(types.known["emergency"], change) == (max(timedelta(), -given))


def test_the_longest_lead_time_of_the_markets_counts(types: Types) -> None:
    known = types.known["normal"]
    egypt = ChangeType(
        known.does, known.moves, "normal", "usual", lead_time=2 * H, lead_time_in={"EG": 120 * H}
    )
    assert egypt.lead_time_of(["KE"]) == 2 * H
    assert egypt.lead_time_of(["KE", "EG"]) == 120 * H
    assert late_by(egypt, view(markets=("KE", "EG"))) == 48 * H


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, [], id="nothing stands in its way"),
        pytest.param({"submitted_at": EIGHT + 30 * H}, ["6 h too late"], id="late"),
        pytest.param({"steps": ()}, ["it has no step of the plan"], id="no steps"),
        pytest.param(
            {"steps": (), "rollback_plan": ""},
            ["it has no step of the plan and no roll-back plan"],
            id="two fields",
        ),
        pytest.param({"type": "gone"}, ["no type 'gone'"], id="type is gone"),
        pytest.param(
            {"type": "emergency", "submitted_at": EIGHT + 71.9 * H}, [], id="emergency is noted"
        ),
    ],
)
def test_obstacles(types: Types, given: Mapping[str, Any], expected: list[str]) -> None:
    found = obstacles(view(**given), types, EIGHT + 31 * H)
    assert len(found) == len(expected)
    assert all(part in whole for part, whole in zip(expected, found, strict=True)), found


def test_a_window_that_began_is_no_place_in_the_calendar(types: Types) -> None:
    assert "its window began" in obstacles(view(), types, EIGHT + 72 * H)[0]
    assert not obstacles(view(), types, EIGHT + 71 * H)


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (59, "59 min"), (60, "1 h"), (2_851, "47 h 31 min")]
)
def test_lengths_in_words(minutes: int, said: str) -> None:
    assert hours(timedelta(minutes=minutes)) == said


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


MARKETS_OWN = """
types:
  known:
    regulated:
      does: Told to the regulator first.
      approval: normal
      review: always
      lead_time: 120h
      lead_time_in: {EG: 240h}
      late: noted
      markets: [EG]
      moves: {draft: [submit, cancel], submitted: [approve, refuse, return]}
      required: {submitted: [reference, notices]}
"""


def test_a_market_may_add_a_type_of_its_own(tmp_path: Path) -> None:
    types = policy.read(own(tmp_path, MARKETS_OWN)).types
    regulated = types.known["regulated"]
    assert (regulated.late, regulated.lead_time_of(["EG"])) == (Late.NOTED, 240 * H)
    assert "regulated" in types.offered(["EG"])
    assert "regulated" not in types.offered(["KE"])
    assert "regulated" not in types.offered(["EG", "KE"]), "the change would leave its market"
    assert regulated.missing(view(), State.SUBMITTED) == ["an external reference", "a notice"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{normal: {moves: {draft: [start]}}}", "no change can start", id="a move"),
        pytest.param("{normal: {moves: {drat: [submit]}}}", "'drat' is no state", id="a state"),
        pytest.param("{normal: {moves: {draft: [sumbit]}}}", "expected one of submit", id="word"),
        pytest.param("{normal: {moves: {draft: []}}}", "no move leads out of draft", id="no way"),
        pytest.param("{normal: {required: {draft: [love]}}}", "'love' cannot be", id="a field"),
        pytest.param("{normal: {lead_time: soon}}", "expected a duration", id="a length"),
        pytest.param("{normal: {aproval: x}}", "aproval is not known", id="a name"),
        pytest.param("{emergency: null}", "the type emergency is missing", id="one we need"),
    ],
)
def test_faults_of_the_data_are_named_with_their_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said) as refusal:
        policy.read(own(tmp_path, f"types:\n  known: {text}\n"))
    assert "policy.yaml:" in str(refusal.value)


@pytest.mark.parametrize(
    ("state", "starts", "submitted", "found"),
    [
        pytest.param(State.DRAFT, 47, None, "submitted 1 h too late", id="a draft, too near"),
        pytest.param(State.DRAFT, 49, None, "", id="a draft in time"),
        pytest.param(State.SUBMITTED, 47, 0, "submitted 1 h too late", id="was submitted late"),
        pytest.param(State.SUBMITTED, 49, 0, "", id="was submitted in time"),
        pytest.param(State.SUBMITTED, -1, -72, "its window began", id="its window is past"),
        pytest.param(State.RUNNING, -1, 0, "", id="too late to say so"),
    ],
)
def test_what_will_keep_it_from_the_calendar_is_said_before_it_is_approved(
    types: Types, state: State, starts: int, submitted: int | None, found: str
) -> None:
    change = view(
        state=state,
        starts_at=EIGHT + starts * H,
        ends_at=EIGHT + (starts + 2) * H,
        submitted_at=None if submitted is None else EIGHT + submitted * H,
    )
    said = "; ".join(foreseen(change, types, EIGHT))
    assert found in said
    assert bool(said) is bool(found)


def test_the_lead_time_bounds_where_a_change_may_move(types: Types) -> None:
    assert earliest_start(types.get("normal"), view(), EIGHT) == EIGHT + 48 * H
    assert earliest_start(types.get("emergency"), view(), EIGHT) == EIGHT, "late is only noted"
    assert earliest_start(None, view(), EIGHT) == EIGHT
