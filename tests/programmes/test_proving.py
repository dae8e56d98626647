"""Migration runs, proofs of interfaces and the acceptance matrix, through their actions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from changes.programmes.actions import acceptance as accepting
from changes.programmes.actions import interfaces as connecting
from changes.programmes.actions import migration as migrating
from changes.programmes.actions.acceptance import CellDraft
from changes.programmes.actions.migration import KeyLists, RunDraft
from changes.programmes.models import Release
from changes.programmes.queries import acceptance, interfaces, migration
from changes.programmes.rules.acceptance import FLOWS, CellKey, CellStatus, cells_of
from changes.programmes.rules.interfaces import Proof
from changes.programmes.rules.migration import CheckDraft
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound, SsocError
from ssoc.core.permissions import SYSTEM, Actor, ActorKind, Role, grants_of
from ssoc.core.work import Runtime, Work
from tests.programmes.proving import (
    PLANNER,
    TEAM_KE,
    TEAM_TZ,
    course,
    minimum,
    plan,
    programme,
    staff_of,
)
from tests.web.counting import statements

GOOD = (CheckDraft("count", "accounts", "120", "120"),)


def run_draft(work: Work, snapshot: str = "A", **given: Any) -> RunDraft:
    began = work.now - timedelta(hours=2)
    usual = RunDraft(snapshot, began, began + timedelta(hours=1), GOOD)
    return replace(usual, **given)


def rehearse(work: Work, rollout: int, snapshot: str, actual: str = "120") -> int:
    checks = (replace(GOOD[0], actual=actual),)
    return migrating.record_run(work, rollout, run_draft(work, snapshot, checks=checks))


def stands(work: Work, rollout: int) -> migration.MigrationStanding:
    return migration.standing(work, [rollout])[rollout]


def test_two_clean_rehearsals_from_different_snapshots(runtime: Runtime) -> None:
    ids = programme(runtime)
    with runtime.work(TEAM_KE) as work:
        assert rehearse(work, ids.first, "A") == 1
        rehearse(work, ids.first, "A")
        assert not stands(work, ids.first).is_met
        assert "different snapshots" in stands(work, ids.first).why
        assert rehearse(work, ids.first, "B") == 3
        assert stands(work, ids.first).is_met
        rehearse(work, ids.first, "C", "119")
        assert stands(work, ids.first).why.startswith("0 of 2 clean")
        page = migration.page(work, ids.first)
        assert [each.is_clean for each in page.runs] == [False, True, True, True]
        assert page.runs[0].checks[0].why == "1 apart, more than 0"
        assert not stands(work, ids.rollouts[1]).is_met


def test_a_waiver_has_a_name_and_is_shown(runtime: Runtime) -> None:
    ids = programme(runtime)
    token = Actor("robot", grants_of([(Role.CHANGE_MANAGER, "*")]), ActorKind.TOKEN)
    with runtime.work(TEAM_KE) as work, pytest.raises(NotAllowed):
        migrating.waive(work, ids.first, "too small")
    with runtime.work(token) as work, pytest.raises(NotAllowed, match="a person signs it"):
        migrating.waive(work, ids.first, "too small")
    with runtime.work(PLANNER) as work:
        rehearse(work, ids.first, "A")
        with pytest.raises(BadInput, match="the reason is empty"):
            migrating.waive(work, ids.first, " ")
        migrating.waive(work, ids.first, "12 accounts in all")
        assert stands(work, ids.first).is_met, "O7: one clean rehearsal and a waiver"
        assert "waived by carlos: 12 accounts in all (1 of 2" in stands(work, ids.first).why
        rehearse(work, ids.first, "B", "119")
        assert not stands(work, ids.first).is_met, "what failed later was not waived"
        assert "failed after carlos waived" in stands(work, ids.first).why


def test_keys_of_both_sides_are_compared_here(runtime: Runtime) -> None:
    ids = programme(runtime)
    old, new = [f"K{at}" for at in range(500)], [f"K{at}" for at in range(250, 510)]
    with runtime.work(TEAM_KE) as work:
        checks = (CheckDraft("key set", "customers"),)
        keys = {"customers": KeyLists(old, new)}
        migrating.record_run(work, ids.first, run_draft(work, checks=checks, keys=keys))
        (found,) = migration.page(work, ids.first).runs[0].checks
        assert (found.expected, found.actual, found.result) == ("500", "260", "off")
        assert (found.details["missing"], found.details["surplus"]) == (250, 10)
        assert len(found.details["missing_keys"]) == 100, "listed so far, counted truly"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"checks": ()}, "has no checks", id="no checks"),
        pytest.param({"source_snapshot": ""}, "snapshot of the old system is empty", id="snapshot"),
        pytest.param({"checks": GOOD * 2}, "came twice", id="twice"),
        pytest.param({"checks": GOOD * 501}, "more than 500 checks", id="many"),
        pytest.param({"keys": {"x": KeyLists([], [])}}, "no key-set check", id="stray keys"),
        pytest.param(
            {"checks": (CheckDraft("sum", "a", "1", "1"), CheckDraft("count", "b", "x", "1"))},
            "a: a sum needs its currency.*; b: expected 'x' is no number",
            id="every fault",
        ),
    ],
)
def test_a_bad_run_is_refused_whole(runtime: Runtime, given: dict[str, Any], words: str) -> None:
    ids = programme(runtime)
    with runtime.work(TEAM_KE) as work:
        with pytest.raises(BadInput, match=words):
            migrating.record_run(work, ids.first, run_draft(work, **given))
        assert migration.page(work, ids.first).runs == []


def test_green_needs_all_three_proofs(runtime: Runtime) -> None:
    ids = programme(runtime)
    with runtime.work(PLANNER) as work:
        none = interfaces.standing(work, [ids.first])[ids.first]
        assert not none.is_met, "nothing is recorded, so nothing is green"
        assert none.why.startswith("the programme names no interface; add those it has")
        books = connecting.add_interface(work, ids.programme, "Books", "accounting", "till", "ERP")
        connecting.add_interface(work, ids.programme, "Bank", "bank")
        for each in Proof:
            connecting.prove(work, ids.first, books, each, True, "REF-1")
        found = interfaces.standing(work, ids.rollouts)
        assert found[ids.first].green == 1
        assert found[ids.first].why.startswith("Bank lacks its round trip, first message, first")
        connecting.prove(work, ids.first, books, Proof.DAILY_FILE, False, "3 lines differ")
        (_, shown) = interfaces.page(work, ids.first).interfaces
        assert (shown.lacks, shown.source, shown.target) == ([Proof.DAILY_FILE], "till", "ERP")
        for arguments, words in (
            ((999, Proof.MESSAGE, True, "x"), "no interface 999"),
            ((books, "guess", True, "x"), "is no proof"),
            ((books, Proof.ROUND_TRIP, True, " "), "the id that came back is empty"),
        ):
            with pytest.raises(BadInput, match=words):
                connecting.prove(work, ids.first, *arguments)
        with pytest.raises(BadInput, match="is no type"):
            connecting.add_interface(work, ids.programme, "X", "fax")
        with pytest.raises(Conflict, match="already"):
            connecting.add_interface(work, ids.programme, "Books", "CRM")


METHODS = ["card", "QR"]  # x 2 banks x 5 flows = 20 cells


def scoped(runtime: Runtime, **given: Any) -> tuple[Any, list[CellKey]]:
    ids = programme(runtime, **given)
    with runtime.work(PLANNER) as work:
        accepting.set_scope(work, ids.programme, METHODS, FLOWS)
        scope = acceptance.scope(work, ids.programme)
    return ids, list(cells_of(scope, ("Copper Bank", "Lake Bank")))


def mark(work: Work, rollout: int, cells: list[CellKey], status: str, software: str = "") -> int:
    draft = CellDraft(status, "receipt 4711", "", software)
    return accepting.record(work, rollout, cells, draft)


def covers(work: Work, rollout: int) -> acceptance.AcceptanceStanding:
    return acceptance.coverage(work, [rollout])[rollout]


def test_coverage_expires_with_the_versions(runtime: Runtime) -> None:
    ids, cells = scoped(runtime)
    with runtime.work(TEAM_KE) as work:
        mark(work, ids.first, cells[:15], "pass")
        mark(work, ids.first, cells[15:16], "fail")
        found = covers(work, ids.first)
        assert (found.coverage.share, found.coverage.failed) == (0.75, 1), "W1"
        assert found.why == "15 of 20 cells pass: 1 failed, 4 untested"
        mark(work, ids.first, cells[:5], "pass", "4.1.9")
        found = covers(work, ids.first)
        assert (found.coverage.share, found.coverage.expired) == (0.5, 5), "W2"
        mark(work, ids.first, cells[:5], "pass")
        mark(work, ids.first, cells[18:], "n/a")
        share = covers(work, ids.first).coverage.share
        assert share is not None
        assert round(share, 3) == 0.833, "W3"
        matrix = acceptance.matrix(work, ids.first)
        assert matrix.next is not None
        assert matrix.next.key == cells[16]
        assert matrix.by_bank["Copper Bank"].share == 1.0
        work.session.get_one(Release, ids.release).versions = {"software": "5", "terminal": "11.3"}
        work.session.flush()
        found = covers(work, ids.first)
        assert (found.coverage.passed, found.coverage.expired) == (0, 15), "a new version"
        mark(work, ids.first, cells[:1], "untested")
        assert covers(work, ids.first).coverage.expired == 14


def test_pairwise_asks_for_less_and_says_so(runtime: Runtime) -> None:
    ids, cells = scoped(runtime, terms={"acceptance": {"cover": "pairwise"}})
    with runtime.work(TEAM_KE) as work:
        found = covers(work, ids.first)
        assert found.coverage.applicable == 10, "every flow with each bank, and with each method"
        assert "(pairwise, of 20 in all)" in found.why
        mark(work, ids.first, cells[:2], "n/a")
        for _ in range(20):
            wanted = acceptance.matrix(work, ids.first).next
            if wanted is None:
                break
            mark(work, ids.first, [wanted.key], "pass")
        assert covers(work, ids.first).is_met
        assert covers(work, ids.first).coverage.not_applicable == 2


def test_a_programme_by_bank_and_wave(runtime: Runtime) -> None:
    ids, cells = scoped(runtime, sites=4, waves=2)
    with runtime.work(TEAM_KE) as work:
        mark(work, ids.rollouts[0], cells[:10], "pass")
        mark(work, ids.rollouts[3], cells, "pass")
        found = acceptance.wave_matrix(work, ids.programme)
        assert (list(found.waves), list(found.banks)) == ([1, 2], ["Copper Bank", "Lake Bank"])
        assert (found.of_wave(1).share, found.of_wave(2).share) == (0.25, 0.5)
        assert (found.of_bank("Copper Bank").passed, found.of_bank("Lake Bank").passed) == (20, 10)
        assert found.cells["Lake Bank", 1].share == 0.0
    with runtime.work(TEAM_TZ) as work:
        assert acceptance.wave_matrix(work, ids.programme).waves == []


@pytest.mark.parametrize(
    ("act", "words"),
    [
        pytest.param(lambda w, r, c: mark(w, r, c[:1], "maybe"), "is no result", id="status"),
        pytest.param(lambda w, r, _: mark(w, r, [], "pass"), "no cell is chosen", id="none"),
        pytest.param(
            lambda w, r, c: mark(w, r, [*c[:1], CellKey("X", "card", "sale")], "pass"),
            "has no cell X / card / sale",
            id="stranger",
        ),
        pytest.param(
            lambda w, r, c: accepting.record(w, r, c[:1], CellDraft("fail")),
            "the evidence",
            id="a failure says what was seen",
        ),
    ],
)
def test_bad_results_keep_nothing(runtime: Runtime, act: Callable[..., object], words: str) -> None:
    ids, cells = scoped(runtime)
    with runtime.work(TEAM_KE) as work:
        with pytest.raises(BadInput, match=words):
            act(work, ids.first, cells)
        assert covers(work, ids.first).coverage.untested == 20


def test_a_scope_can_be_narrowed_and_is_read_before_it_is_written(runtime: Runtime) -> None:
    ids, _ = scoped(runtime)
    with runtime.work(PLANNER) as work:
        gone = [{"method": "QR", "flow": "offline"}]
        accepting.set_scope(work, ids.programme, METHODS, FLOWS, gone, version=1)
        assert covers(work, ids.first).coverage.untested == 18
        with pytest.raises(Conflict, match="meanwhile"):
            accepting.set_scope(work, ids.programme, METHODS, FLOWS, version=1)
        for methods, flows, more, words in (
            ([], FLOWS, (), "no method"),
            (METHODS, [" "], (), "no flow"),
            (METHODS, FLOWS, [{"method": "QR"}], "two or three"),
            (["x" * 65], FLOWS, (), "shorten"),
        ):
            with pytest.raises(BadInput, match=words):
                accepting.set_scope(work, ids.programme, methods, flows, more)
    with runtime.work(TEAM_KE) as work, pytest.raises(NotAllowed):
        accepting.set_scope(work, ids.programme, METHODS, FLOWS)


def test_another_market_is_not_told_and_changes_nothing(runtime: Runtime) -> None:
    ids, cells = scoped(runtime)
    with runtime.work(TEAM_TZ) as work:
        for act in (
            lambda: rehearse(work, ids.first, "A"),
            lambda: mark(work, ids.first, cells[:1], "pass"),
            lambda: migration.page(work, ids.first),
            lambda: acceptance.matrix(work, ids.first),
            lambda: interfaces.page(work, ids.first),
        ):
            with pytest.raises(NotFound):
                act()


def test_many_sites_need_as_many_statements_as_few(runtime: Runtime) -> None:
    counted = []
    ids, _ = scoped(runtime, sites=40)
    with runtime.view(SYSTEM) as work:
        acceptance.wave_matrix(work, ids.programme)
        for some in (ids.rollouts[:1], ids.rollouts):
            with statements(runtime.engine) as sent:
                for each in (acceptance, migration, interfaces):
                    assert len(each.standing(work, some)) == len(some)
                acceptance.wave_matrix(work, ids.programme)
            counted.append(len(sent))
    assert counted[0] == counted[1]


def both(runtime: Runtime, acts: list[Callable[[Work], object]]) -> list[SsocError | None]:
    """Let two do something at the same moment; return what each was answered."""
    gate, answers = Barrier(2), [None, None]

    def press(at: int) -> None:
        gate.wait(10)
        try:
            with runtime.work(PLANNER) as work:
                acts[at](work)
        except SsocError as refusal:
            answers[at] = refusal  # type: ignore[call-overload]

    threads = [Thread(target=press, args=(at,)) for at in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return list(answers)


def test_two_planners_cannot_empty_a_site_together(runtime: Runtime) -> None:
    ids = programme(runtime, sites=1, staff=4)
    with runtime.work(PLANNER) as work:
        tills = course(work, ids.programme)
        minimum(work, ids.sites[0], 3)
        people = staff_of(work, ids.sites[0])

    def act(at: int) -> Callable[[Work], object]:
        given = {"market": "KE", "people": [people[at]], "trainer": f"Trainer {at}"}
        return lambda work: plan(work, ids.programme, tills, **given)

    answers = both(runtime, [act(0), act(1)])
    assert answers.count(None) == 1, answers
    assert isinstance(next(filter(None, answers)), Conflict)


def test_two_runs_at_once_get_two_numbers(runtime: Runtime) -> None:
    ids = programme(runtime, sites=1)
    acts = [lambda work, name=name: rehearse(work, ids.first, name) for name in "AB"]
    assert both(runtime, acts) == [None, None]  # type: ignore[arg-type]
    with runtime.view(SYSTEM) as work:
        assert sorted(each.number for each in migration.page(work, ids.first).runs) == [1, 2]


def test_two_testers_of_one_cell_leave_one_result(runtime: Runtime) -> None:
    ids, cells = scoped(runtime, sites=1)
    acts = [lambda work, word=word: mark(work, ids.first, cells, word) for word in ("pass", "fail")]
    assert both(runtime, acts) == [None, None]  # type: ignore[arg-type]
    with runtime.view(SYSTEM) as work:
        found = covers(work, ids.first).coverage
        assert sorted((found.passed, found.failed)) == [0, 20]
        assert CellStatus.UNTESTED not in {
            each.status for each in acceptance.matrix(work, ids.first).cells.values()
        }
