"""People of a change are accounts: how names are written, compared, refused and suggested."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from changes import queries
from changes.actions import approving, requests
from changes.draft import draft_of
from changes.lifecycle import Effect, State
from changes.names import Accounts, plain
from changes.queries.assessment import assessment, next_free_slot
from changes.queries.lists import ChangeFilter, listed
from changes.rules.approvals import duties_fault, separation_fault
from changes.values import PlanStep
from ssoc.accounts.models import Person
from ssoc.core.errors import BadInput, NotAllowed
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.changes.story import RITA, estate, put, raised, seen

ROOM = Accounts({"carlos": "Carlos Mendes", "karla": "Karla", "ana.b": "Ana", "ana.c": "ana "})


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    estate(runtime)
    with runtime.work(SYSTEM) as work:
        factories.accounts(work, "rita", "carlos")
    return runtime


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("carlos", "carlos", id="as it is"),
        pytest.param(" CARLOS ", "carlos", id="capitals and blanks around"),
        pytest.param("Carlos  mendes", "carlos", id="the display name"),
        pytest.param("ANA", "ANA", id="a display name of two is nobody's"),
        pytest.param("Lea  Horn ", "Lea Horn", id="no account's keeps its letters"),
        pytest.param("", "", id="nobody"),
    ],
)
def test_what_was_typed_becomes_the_accounts_name(typed: str, kept: str) -> None:
    assert ROOM.called(typed) == kept


def test_who_is_refused_is_named_with_the_nearest_accounts() -> None:
    (said,) = ROOM.faults({"implementer": "Carlo", "verifier": "karla"})
    assert said.startswith("the implementer 'Carlo' has no account that may sign in; name one, ")
    assert "such as carlos" in said
    assert "a vendor's engineer stands under the vendor" in said
    assert "name one; " in ROOM.faults({"verifier": "zzzz"})[0], "nobody is near"


@pytest.mark.parametrize("typed", ["Carlos", " CARLOS", "carlos ", "Carlos Mendes"])
def test_a_requester_is_no_implementer_however_it_is_typed(house: Runtime, typed: str) -> None:
    """Separation of duties (A5) compares people, not letters."""
    carlos = factories.person("carlos", Role.CHANGE_MANAGER)
    with house.work(SYSTEM) as work:
        work.session.execute(
            update(Person).where(Person.name == "carlos").values(display_name="Carlos Mendes")
        )
    number = raised(house, carlos, implementer=typed)
    assert seen(house, number).implementer == "carlos"
    with pytest.raises(BadInput, match="both its requester and"), house.work(carlos) as work:
        requests.submit(work, number)
    assert seen(house, number).state is State.DRAFT


def test_everybody_of_a_plan_is_written_as_the_account(house: Runtime) -> None:
    number = raised(
        house,
        verifier="VERA",
        people=("Lea  Horn", "IMRE", "imre"),
        steps=(PlanStep(1, "Stop", " Imre "), PlanStep(2, "Start", "core team")),
    )
    found = seen(house, number)
    assert (found.implementer, found.verifier) == ("imre", "vera")
    assert found.people == ("Lea Horn", "imre") or found.people == ["Lea Horn", "imre"]
    assert [each.owner for each in found.steps] == ["imre", "core team"]


@pytest.mark.parametrize("duty", ["implementer", "verifier"])
def test_nobody_without_an_account_has_a_duty(house: Runtime, duty: str) -> None:
    """A draft may name anybody; what asks for approval may not."""
    strange: dict[str, Any] = {duty: "imrey"}
    number = raised(house, **strange)
    with pytest.raises(BadInput, match=f"{duty} 'imrey'.*as imre"), house.work(RITA) as work:
        requests.submit(work, number)
    assert seen(house, number).state is State.DRAFT
    with house.work(SYSTEM) as work:
        row = work.session.query(Person).filter_by(name="vera").one()
        row.disabled_at = work.now
    number = raised(house)
    with pytest.raises(BadInput, match="verifier 'vera' has no account"), house.work(RITA) as work:
        requests.submit(work, number)


def test_others_at_work_may_be_a_vendors(house: Runtime) -> None:
    number = raised(house, people=("Lea Horn of the vendor",))
    with house.work(RITA) as work:
        requests.submit(work, number)
    assert seen(house, number).state is State.SUBMITTED


def edited(house: Runtime, number: int, **given: Any) -> None:
    with house.work(RITA) as work:
        found = queries.change(work, number)
        draft = replace(draft_of(found), **given)
        requests.edit(work, number, draft, found.version)


def test_a_live_change_is_given_to_no_stranger(house: Runtime) -> None:
    number = raised(house)
    put(house, number, State.APPROVED)
    with pytest.raises(BadInput, match="implementer 'ghost' has no account"):
        edited(house, number, implementer="ghost")
    edited(house, number, implementer="CARLOS")
    assert seen(house, number).implementer == "carlos"


def test_who_stands_in_an_older_row_is_not_refused_afterwards(house: Runtime) -> None:
    """Imports and rows of before keep their people; only what is named anew is asked."""
    number = raised(house)
    put(house, number, State.APPROVED, implementer="John of old")
    edited(house, number, soak_minutes=15, team="other")
    assert seen(house, number).implementer == "John of old"


def test_rows_of_before_are_compared_by_people_too() -> None:
    duties = {"requester": "carlos", "implementer": " Carlos", "verifier": ""}
    assert "both its requester and its implementer" in duties_fault(duties, frozenset())
    assert not duties_fault(duties, frozenset({"CARLOS"}))
    assert "may not approve" in separation_fault({"verifier": "KARLA "}, ["karla"], frozenset())
    assert plain("  Ana   B ") == "ana b"


def test_an_approver_is_told_apart_from_an_implementer_of_an_import(house: Runtime) -> None:
    lead = factories.person("lee", Role.OPERATIONS_LEAD)
    number = raised(house)
    put(house, number, State.DRAFT, implementer="imre", verifier="vera")
    with house.work(RITA) as work:
        requests.submit(work, number)
    put(house, number, State.SUBMITTED, verifier=" LEE")
    with pytest.raises(NotAllowed, match="its verifier"), house.work(lead) as work:
        approving.answer(work, number, 1, True, "")


def test_nobody_is_at_two_places_however_the_name_is_written(work: Work) -> None:
    """C5, the search for a slot and the list of somebody's changes ask by the same name."""
    factories.estate(work, "core-ke, core-tz")
    usual: dict[str, Any] = {"state": State.SCHEDULED, "requester": "rita"}
    one = factories.change(work, ["KE"], [("core-ke", Effect.NONE)], implementer="Imre", **usual)
    other = factories.change(
        work, ["TZ"], [("core-tz", Effect.NONE)], [{"owner": " IMRE"}], implementer="", **usual
    )
    requests.assess(work, one.id)
    (found,) = assessment(work, other.id).findings
    assert (found.rule, found.subject) == ("C5", "person:imre")
    assert found.sentence.endswith("both need IMRE.")
    free = next_free_slot(work, queries.change(work, other.id), work.now + timedelta(hours=11))
    assert free is not None
    assert one.ends_at is not None
    assert free.starts_at >= one.ends_at
    mine = listed(work, ChangeFilter("all", person="imre")).items
    assert {each.id for each in mine} == {one.id, other.id}
    assert queries.change(work, one.id).is_at_work("imre"), "the calendar's feed asks this"
