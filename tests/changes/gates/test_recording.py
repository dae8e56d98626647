"""Figures the house records and questions people answer: measurements as any others."""

import pytest

from changes.gates.actions import opening
from changes.gates.actions.answering import answer
from changes.gates.actions.recording import MeasurementDraft, record
from changes.gates.lifecycle import Effect, Judgement, Phase
from changes.gates.queries import gates
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.gates import story
from tests.changes.gates.definitions import IV, row
from tests.changes.gates.story import turn

IMRE = factories.person("imre", Role.CHANGE_MANAGER, "KE")
QUESTION = {"name": "pilots", "provider": {"manual": "Two test payments in {CC} done?"}}


def test_s16_a_question_answered_no_fails_as_any_metric(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = story.opened(runtime, QUESTION, markets=["KE", "MZ"])
    turn(runtime, clock, 90)
    assert not story.evidence(runtime, number), "nobody asks but the page"
    with runtime.view(IMRE) as work:
        asked = [each.question for each in gates.gate(work, number).series]
    assert asked == ["Two test payments in KE done?", "Two test payments in MZ done?"]
    with runtime.work(IMRE) as work:
        answer(work, number, "pilots", "KE", False, "the second hangs")
    (found,) = story.evidence(runtime, number)
    assert (found.judgement, found.value, found.by) == (Judgement.FAILED, 0, "imre")
    assert found.query == "Two test payments in KE done? no: the second hangs"
    gate = story.gate(runtime, number)
    assert (gate.phase, gate.effect) == (Phase.FAILED, Effect.PAUSE)
    with runtime.work(SYSTEM) as work:
        opening.consume(work, number)
    for market in ("KE", "MZ"):
        with runtime.work(SYSTEM) as work:
            answer(work, number, "pilots", market, True)
    assert story.gate(runtime, number).phase is Phase.SUCCESSFUL


def test_one_answer_for_the_whole_gate_needs_the_right_in_all_its_markets(
    runtime: Runtime,
) -> None:
    number = story.opened(runtime, {**QUESTION, "per": "gate"}, markets=["KE", "MZ"])
    with pytest.raises(NotAllowed), runtime.work(IMRE) as work:
        answer(work, number, "pilots", "", True)
    with runtime.work(factories.person("rita", Role.CHANGE_MANAGER, "KE", "MZ")) as work:
        answer(work, number, "pilots", "", True)
    assert story.gate(runtime, number).phase is Phase.SUCCESSFUL


def test_who_may_answer_and_what(runtime: Runtime) -> None:
    number = story.opened(runtime, QUESTION, row(), markets=["KE", "MZ"])
    with pytest.raises(NotAllowed), runtime.work(IMRE) as work:
        answer(work, number, "pilots", "MZ", True)
    with pytest.raises(BadInput, match="nobody answers it by hand"), runtime.work(SYSTEM) as work:
        answer(work, number, "figure", "KE", True)
    with pytest.raises(BadInput, match="longer than"), runtime.work(SYSTEM) as work:
        answer(work, number, "pilots", "KE", True, "x" * 1_001)
    with pytest.raises(NotFound, match="no metric 'pilots' in ZZ"), runtime.work(SYSTEM) as work:
        answer(work, number, "pilots", "ZZ", True)
    with pytest.raises(NotFound, match="no gate 99"), runtime.work(SYSTEM) as work:
        answer(work, 99, "pilots", "KE", True)
    assert not story.evidence(runtime, number)
    with runtime.work(IMRE) as work:
        answer(work, number, "pilots", "KE", True)
    with pytest.raises(Conflict, match="decided already"), runtime.work(IMRE) as work:
        answer(work, number, "pilots", "KE", False)


def test_the_gate_of_a_programme_is_answered_by_who_works_there(runtime: Runtime) -> None:
    number = story.opened(runtime, QUESTION, markets=["KE"], about="brake:2")
    with (
        pytest.raises(NotAllowed),
        runtime.work(factories.person("owen", Role.PRODUCT_OWNER, "KE")) as work,
    ):
        answer(work, number, "pilots", "KE", True)
    with runtime.work(factories.person("sam", Role.SITE_TEAM, "KE")) as work:
        answer(work, number, "pilots", "KE", True)


def test_recorded_figures_are_judged_kept_and_never_judged_again(runtime: Runtime) -> None:
    loss = row("loss", **IV, failure_condition="result > 2", failure_limit=1, min_samples=5)
    number = story.opened(runtime, loss, markets=["KE"], about="brake:2")
    drafts = [
        MeasurementDraft(3.0, 9, "breaks of 9 sites"),
        MeasurementDraft(1.0, 9),
        MeasurementDraft(9.0, 4),
        MeasurementDraft(None, nothing="no site closed its day"),
        MeasurementDraft(None, error="the extract is damaged"),
        MeasurementDraft(3.0, 9),
    ]
    for each in drafts:
        with runtime.work(SYSTEM) as work:
            assert record(work, number, "loss", "KE", each)
    found = story.evidence(runtime, number)
    assert "".join(each.judgement.value[0] for each in found) == "fsnnef"
    assert [each.why for each in found][2:5] == [
        "4 samples, 5 are needed",
        "no site closed its day",
        "the extract is damaged",
    ]
    assert story.gate(runtime, number).phase is Phase.FAILED
    with runtime.work(SYSTEM) as work:
        assert not record(work, number, "loss", "KE", drafts[0]), "it is decided"
    assert len(story.evidence(runtime, number)) == len(drafts)


def test_only_what_is_recorded_is_recorded(runtime: Runtime) -> None:
    number = story.opened(runtime, QUESTION, markets=["KE"])
    with pytest.raises(BadInput, match="given by manual"), runtime.work(SYSTEM) as work:
        record(work, number, "pilots", "KE", MeasurementDraft(1.0))
