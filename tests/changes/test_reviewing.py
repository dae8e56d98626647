"""Writing reviews: who may, what it needs, what it does to the change, and what is owed."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from changes.actions.reviewing import ReviewAction, is_review_due, review
from changes.lifecycle import Outcome, State, Verdict
from changes.models import CauseVerdict, Change, TroubledIncident
from changes.queries import change
from changes.queries.reviews import owed, reviews_of
from ssoc.core.errors import BadInput, IllegalMove, NotAllowed, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.factories import person

CATO = person("cato", Role.CHANGE_MANAGER)


def ended(work: Work, **given: Any) -> int:
    start = work.now - timedelta(hours=5)
    usual: dict[str, Any] = {
        "state": State.ENDED,
        "outcome": Outcome.FAILED,
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        "started_at": start,
        "finished_at": start + timedelta(minutes=50),
    }
    return factories.change(work, **{**usual, **given}).id


def stored(runtime: Runtime, **given: Any) -> int:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        return ended(work, **given)


def test_a_failed_change_is_reviewed_and_owes_nothing_then(runtime: Runtime) -> None:
    number = stored(runtime)
    with runtime.work(CATO) as work:
        assert is_review_due(work, change(work, number)) == ["it ended as failed"]
        todo = [ReviewAction("check free space first", "imre", date(2026, 3, 9))]
        review(work, number, " the volume was full ", "look before", todo)
    with runtime.view(CATO) as work:
        found = change(work, number)
        assert found.state is State.REVIEWED
        assert is_review_due(work, found) == []
        assert owed(work) == []
        [written] = reviews_of(work, number)
        assert (written.reviewer, written.findings) == ("cato", "the volume was full")
        assert (written.reasons, list(written.actions)) == (("it ended as failed",), todo)
        said = work.session.scalars(select(EventRecord.kind)).all()
        assert "ChangeReviewed" in said


@pytest.mark.parametrize(
    ("name", "role", "markets"),
    [
        pytest.param("imre", Role.CHANGE_MANAGER, (), id="its implementer"),
        pytest.param("olga", Role.CHANGE_MANAGER, (), id="owner of a step"),
        pytest.param("nia", Role.NOC_OPERATOR, (), id="no right to"),
        pytest.param("cato", Role.CHANGE_MANAGER, ("KE",), id="in one of its markets only"),
    ],
)
def test_who_may_not(runtime: Runtime, name: str, role: Role, markets: tuple[str, ...]) -> None:
    number = stored(runtime, markets=["KE", "TZ"], steps=[{"owner": "olga"}])
    with pytest.raises(NotAllowed), runtime.work(person(name, role, *markets)) as work:
        review(work, number, "fine")
    with runtime.view(SYSTEM) as work:
        assert work.session.get_one(Change, number).state is State.ENDED
        assert reviews_of(work, number) == []


def test_who_does_not_see_it_does_not_hear_of_it(runtime: Runtime) -> None:
    number = stored(runtime)
    with (
        pytest.raises(NotFound),
        runtime.work(person("mo", Role.CHANGE_MANAGER, "MZ")) as work,
    ):
        review(work, number, "fine")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"findings": "  "}, id="no findings"),
        pytest.param({"findings": "x" * 20_001}, id="a novel"),
        pytest.param({"findings": "x", "actions": [ReviewAction(" ")]}, id="an empty action"),
        pytest.param({"findings": "x", "outcome": Outcome.SUCCESSFUL}, id="another outcome"),
    ],
)
def test_what_is_no_review(runtime: Runtime, given: dict[str, Any]) -> None:
    number = stored(runtime)
    with pytest.raises(BadInput), runtime.work(CATO) as work:
        review(work, number, **given)
    with runtime.view(SYSTEM) as work:
        assert reviews_of(work, number) == []


@pytest.mark.parametrize("state", [State.DRAFT, State.SCHEDULED, State.RUNNING, State.CANCELLED])
def test_only_what_has_ended_is_reviewed(runtime: Runtime, state: State) -> None:
    number = stored(runtime, state=state)
    with pytest.raises(IllegalMove), runtime.work(CATO) as work:
        review(work, number, "fine")


def test_an_unauthorised_one_gets_its_outcome_by_the_review(runtime: Runtime) -> None:
    number = stored(runtime, outcome=None, is_unauthorised=True)
    with pytest.raises(BadInput, match="outcome"), runtime.work(CATO) as work:
        review(work, number, "a hotfix")
    with runtime.work(CATO) as work:
        review(work, number, "a hotfix", outcome=Outcome.WITH_ISSUES)
    with runtime.view(CATO) as work:
        assert change(work, number).outcome is Outcome.WITH_ISSUES


def test_the_list_of_what_is_owed_begins_with_the_most_urgent(work: Work) -> None:
    factories.estate(work, "core-ke")
    late = ended(work, finished_at=work.now - timedelta(days=6))
    soon = ended(work)
    ended(work, outcome=Outcome.SUCCESSFUL)
    ended(work, finished_at=work.now - timedelta(days=200))
    ended(work, state=State.CLOSED, closed_at=work.now)
    assert [(line.change.id, line.is_overdue) for line in owed(work)] == [
        (late, True),
        (soon, False),
    ]


def test_a_cause_confirmed_after_the_review_asks_again(work: Work) -> None:
    factories.estate(work, "core-ke")
    number = ended(work, outcome=Outcome.SUCCESSFUL, state=State.CLOSED, closed_at=work.now)
    assert owed(work) == []
    later = work.now + timedelta(hours=1)
    work.session.add(TroubledIncident(incident_id=7, began_at=work.now))
    work.session.add(
        CauseVerdict(
            incident_id=7,
            candidate=f"change:{number}",
            change_id=number,
            kind="change",
            title="x",
            verdict=Verdict.CONFIRMED,
            reason="seen",
            by="amina",
            at=later,
        )
    )
    work.session.flush()
    [line] = owed(work)
    assert line.duty.reasons == ("it caused INC-7",)
    assert line.duty.due_at == later + timedelta(days=5)
