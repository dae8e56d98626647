"""The change log meets the changes: announced, unauthorised, joined, settled by people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from changes.actions import outside
from changes.actions.reviewing import is_review_due
from changes.lifecycle import Sighted, State
from changes.models import Change, ChangeSighting
from changes.outside_jobs import match_change_log
from changes.queries import change
from changes.queries.outside import seen, seen_of, unauthorised
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, IllegalMove, NotAllowed
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import Change as Told
from ssoc.monitoring.actions import record_change
from tests import factories
from tests.factories import EIGHT, person

CATO = person("cato", Role.CHANGE_MANAGER)
Tell = Callable[..., Sighted]


@pytest.fixture
def tell(runtime: Runtime) -> Tell:
    """Tell the change log something, let the job run, and give back the verdict."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz, wiki-ke")

    def say(**given: Any) -> Sighted:
        usual = {
            "at": runtime.clock.now(),
            "source": "github",
            "summary": "deployed core 4.2",
            "market": "KE",
            "component": "core-ke",
        }
        with runtime.work(SYSTEM) as work:
            number = record_change(work, Told(**{**usual, **given}))
        match_change_log(runtime)
        with runtime.view(SYSTEM) as work:
            return work.session.get_one(ChangeSighting, number).verdict

    return say


def planned(runtime: Runtime, **given: Any) -> int:
    usual = {
        "state": State.SCHEDULED,
        "starts_at": runtime.clock.now() - timedelta(minutes=5),
        "ends_at": runtime.clock.now() + timedelta(hours=1),
        "approved_at": runtime.clock.now() - timedelta(hours=1),
    }
    with runtime.work(SYSTEM) as work:
        return factories.change(work, **{**usual, **given}).id


def found_unauthorised(runtime: Runtime) -> list[int]:
    with runtime.view(SYSTEM) as work:
        return [each.id for each in unauthorised(work)]


def test_what_a_change_covers_is_linked_with_it(runtime: Runtime, tell: Tell) -> None:
    number = planned(runtime)
    assert tell() is Sighted.ANNOUNCED
    with runtime.view(CATO) as work:
        [line] = seen_of(work, number)
    assert (line.logged.summary, line.reason) == (
        "deployed core 4.2",
        f"CHG-{number} covers core-ke at that time",
    )
    assert found_unauthorised(runtime) == []


def test_nobody_announced_it(runtime: Runtime, tell: Tell) -> None:
    assert tell(details={"by": "deployer"}) is Sighted.UNAUTHORISED
    [number] = found_unauthorised(runtime)
    with runtime.view(CATO) as work:
        raised = change(work, number)
        assert (raised.type, raised.state, raised.is_unauthorised) == (
            "emergency",
            State.ENDED,
            True,
        )
        assert (raised.markets, raised.components) == (("KE",), ("core-ke",))
        assert (raised.title, raised.implementer) == (
            "Unauthorised: deployed core 4.2",
            "deployer",
        )
        assert (raised.started_at, raised.outcome) == (EIGHT, None)
        assert is_review_due(work, raised) == [
            "it is an emergency change",
            "nobody had announced it",
        ]
        kinds = set(work.session.scalars(select(EventRecord.kind)))
    assert {"ChangeRaised", "UnauthorisedChangeFound"} <= kinds


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"state": State.SUBMITTED}, Sighted.UNAUTHORISED, id="not approved yet"),
        pytest.param({"components": ["core-tz"]}, Sighted.UNAUTHORISED, id="another component"),
        pytest.param(
            {"starts_at": EIGHT + timedelta(hours=2), "ends_at": EIGHT + timedelta(hours=3)},
            Sighted.UNAUTHORISED,
            id="two hours early",
        ),
        pytest.param(
            {"starts_at": EIGHT + timedelta(minutes=10)}, Sighted.ANNOUNCED, id="ten minutes early"
        ),
        pytest.param({"state": State.RUNNING}, Sighted.ANNOUNCED, id="running"),
    ],
)
def test_what_covers_it(
    runtime: Runtime, tell: Tell, given: dict[str, Any], expected: Sighted
) -> None:
    planned(runtime, **given)
    assert tell() is expected


def test_a_number_is_enough_where_the_place_is_not_named(runtime: Runtime, tell: Tell) -> None:
    ours = planned(runtime, components=["core-tz"], markets=["TZ"])
    theirs = planned(runtime, components=["core-tz"], external_reference="CHG0030042")
    assert tell(reference=f"CHG-{ours}") is Sighted.ANNOUNCED
    assert tell(summary="deploy for CHG0030042") is Sighted.ANNOUNCED
    assert tell(details={"message": "merge, chg0030042"}) is Sighted.ANNOUNCED
    with runtime.view(SYSTEM) as work:
        assert [len(seen_of(work, each)) for each in (ours, theirs)] == [1, 2]


def test_a_number_of_a_draft_is_no_leave(runtime: Runtime, tell: Tell) -> None:
    draft = planned(runtime, state=State.DRAFT)
    assert tell(reference=f"CHG-{draft}") is Sighted.UNAUTHORISED
    with runtime.view(SYSTEM) as work:
        assert seen(work)[0].reason == f"it names CHG-{draft}, which was draft then"


def test_a_number_of_another_night_is_no_leave(runtime: Runtime, tell: Tell) -> None:
    later = EIGHT + timedelta(days=2)
    number = planned(runtime, starts_at=later, ends_at=later + timedelta(hours=1))
    assert tell(reference=f"CHG-{number}") is Sighted.UNAUTHORISED
    with runtime.view(SYSTEM) as work:
        assert "window is at another time" in seen(work)[0].reason


@pytest.mark.parametrize(
    "given",
    [{"component": "nowhere"}, {"component": ""}, {"component": "", "market": ""}],
    ids=repr,
)
def test_what_has_no_place_is_only_listed(
    runtime: Runtime, tell: Tell, given: dict[str, str]
) -> None:
    assert tell(**given) is Sighted.UNWATCHED
    assert found_unauthorised(runtime) == []


def test_the_same_again_joins_for_some_hours(
    runtime: Runtime, clock: FrozenClock, tell: Tell
) -> None:
    assert tell() is Sighted.UNAUTHORISED
    clock.advance(timedelta(hours=5))
    assert tell() is Sighted.JOINED
    assert tell(source="gitlab") is Sighted.UNAUTHORISED
    assert len(found_unauthorised(runtime)) == 2
    clock.advance(timedelta(hours=7))
    assert tell() is Sighted.UNAUTHORISED
    assert len(found_unauthorised(runtime)) == 3


def test_what_was_announced_for_later_is_looked_at_when_its_time_has_come(
    runtime: Runtime, clock: FrozenClock, tell: Tell
) -> None:
    assert tell(at=EIGHT + timedelta(hours=3)) is Sighted.AHEAD
    assert found_unauthorised(runtime) == []
    clock.advance(timedelta(hours=3))
    match_change_log(runtime)
    assert len(found_unauthorised(runtime)) == 1
    match_change_log(runtime)
    assert len(found_unauthorised(runtime)) == 1


def test_what_is_ignored_is_data(runtime: Runtime, tell: Tell, tmp_path: Path) -> None:
    text = "outside: {ignored: {nightly: {source: cron, because: every night}}}\n"
    (tmp_path / "changes.yaml").write_text(text)
    settings = replace(
        runtime.settings,
        folder=str(tmp_path),
        changes=replace(runtime.settings.changes, policy="changes.yaml"),
    )
    with runtime.work(SYSTEM) as work:
        record_change(work, Told(EIGHT, "cron", "index rebuilt", "KE", "core-ke"))
    match_change_log(replace(runtime, settings=settings))
    with runtime.view(SYSTEM) as work:
        [line] = seen(work)
    assert (line.verdict, line.reason) == (Sighted.IGNORED, "every night")


def test_each_entry_is_judged_once(runtime: Runtime, tell: Tell) -> None:
    tell()
    for _ in range(3):
        match_change_log(runtime)
    with runtime.view(SYSTEM) as work:
        counted = select(func.count()).select_from(ChangeSighting)
        assert work.session.scalar(counted) == 1
    assert len(found_unauthorised(runtime)) == 1


def test_what_is_told_twice_by_its_key_is_one_entry(runtime: Runtime) -> None:
    end = EIGHT + timedelta(minutes=4)
    told = Told(EIGHT, "github", "deployed", "KE", key="deployment 7", details={"state": "pending"})
    with runtime.work(SYSTEM) as work:
        first = record_change(work, told)
        again = record_change(work, replace(told, ended_at=end, details={"state": "success"}))
        other = record_change(work, replace(told, source="gitlab"))
    assert first == again != other
    with runtime.view(SYSTEM) as work:
        from ssoc.monitoring.queries import logged

        entry = logged(work, [first])[first]
    assert (entry.at, entry.ended_at, entry.details) == (EIGHT, end, {"state": "success"})


def test_a_person_says_where_it_belongs(runtime: Runtime, tell: Tell) -> None:
    tell()
    [number] = found_unauthorised(runtime)
    own = planned(runtime, starts_at=EIGHT + timedelta(days=1), ends_at=EIGHT + timedelta(days=2))
    with runtime.work(CATO) as work:
        outside.belongs_to(work, number, own, "it went a day early")
    with runtime.view(CATO) as work:
        settled = change(work, number)
        assert (settled.state, settled.is_unauthorised) == (State.CLOSED, False)
        assert is_review_due(work, settled) == []
        [line] = seen_of(work, own)
        assert (line.judged_by, line.verdict) == ("cato", Sighted.ANNOUNCED)
    assert found_unauthorised(runtime) == []


TOMORROW = {"starts_at": EIGHT + timedelta(days=1), "ends_at": EIGHT + timedelta(days=2)}


@pytest.mark.parametrize(
    ("given", "reason", "said"),
    [
        pytest.param({}, "", "it belongs to {}", id="it fits"),
        pytest.param({}, "the number was forgotten", "it belongs to {}: the number", id="and why"),
        pytest.param(
            {"components": ["wiki-ke"]},
            "one pipeline for both",
            "it belongs to {}, though {} does not touch core-ke: one pipeline for both",
            id="another component",
        ),
        pytest.param(
            TOMORROW,
            "it went a day early",
            "though the window of {} is at another time: it went",
            id="another time",
        ),
        pytest.param(
            {"approved_at": EIGHT + timedelta(minutes=9)},
            "agreed on the bridge",
            "though {} was approved only afterwards: agreed",
            id="approved afterwards",
        ),
        pytest.param(
            {"origin": "servicenow", "approved_at": None, "state": State.CLOSED},
            "",
            "it belongs to {}",
            id="imported, and it fits",
        ),
    ],
)
def test_what_fits_or_has_a_reason_belongs_there(
    runtime: Runtime, tell: Tell, given: dict[str, Any], reason: str, said: str
) -> None:
    tell()
    [number] = found_unauthorised(runtime)
    own = planned(runtime, **given)
    with runtime.work(CATO) as work:
        outside.belongs_to(work, number, own, reason)
    with runtime.view(CATO) as work:
        event = work.session.scalars(
            select(EventRecord).where(EventRecord.kind == "UnauthorisedChangeSettled")
        ).one()
    assert said.replace("{}", f"CHG-{own}") in event.body["reason"]
    assert event.body["belongs_to"] == own


@pytest.mark.parametrize(
    ("given", "reason", "said"),
    [
        ({"state": State.DRAFT}, "x", "is draft; name a change that was approved"),
        ({"state": State.CANCELLED}, "x", "is cancelled"),
        ({"components": ["wiki-ke"]}, " ", "does not touch core-ke; give the reason"),
        (TOMORROW, "", "at another time; give the reason"),
        ({"approved_at": EIGHT + timedelta(minutes=9)}, "", "only afterwards; give the reason"),
        (
            {"origin": "servicenow", "approved_at": None, "state": State.CLOSED, **TOMORROW},
            "our old tool says so",
            "it was not approved here",
        ),
    ],
)
def test_what_does_not_belong_there_stays_unauthorised(
    runtime: Runtime, tell: Tell, given: dict[str, Any], reason: str, said: str
) -> None:
    tell()
    [number] = found_unauthorised(runtime)
    own = planned(runtime, **given)
    with pytest.raises(BadInput, match=said), runtime.work(CATO) as work:
        outside.belongs_to(work, number, own, reason)
    assert found_unauthorised(runtime) == [number]


def test_what_was_settled_itself_covers_nothing(runtime: Runtime, tell: Tell) -> None:
    tell()
    tell(source="gitlab")
    one, other = found_unauthorised(runtime)
    with runtime.work(CATO) as work:
        outside.ignore(work, one, "a restart for the backup")
    with pytest.raises(BadInput, match="was unauthorised itself"), runtime.work(CATO) as work:
        outside.belongs_to(work, other, one, "the same night")


def test_a_person_says_why_it_needs_none_and_the_same_stays_quiet(
    runtime: Runtime, clock: FrozenClock, tell: Tell
) -> None:
    tell()
    [number] = found_unauthorised(runtime)
    with runtime.work(CATO) as work:
        outside.ignore(work, number, "a restart for the backup")
    clock.advance(timedelta(hours=2))
    assert tell() is Sighted.JOINED
    assert found_unauthorised(runtime) == []


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        pytest.param(person("nia", Role.NOC_OPERATOR), NotAllowed, id="no right to"),
        pytest.param(person("deployer", Role.CHANGE_MANAGER), NotAllowed, id="who did it"),
    ],
)
def test_who_may_not_settle_it(
    runtime: Runtime, tell: Tell, actor: Any, error: type[Exception]
) -> None:
    tell(details={"by": "deployer"})
    [number] = found_unauthorised(runtime)
    with pytest.raises(error), runtime.work(actor) as work:
        outside.ignore(work, number, "fine")
    assert found_unauthorised(runtime) == [number]


def test_what_cannot_be_settled(runtime: Runtime, tell: Tell) -> None:
    tell()
    [number] = found_unauthorised(runtime)
    own = planned(runtime)
    elsewhere = planned(runtime, markets=["TZ"], components=["core-tz"])
    with runtime.work(CATO) as work:
        for wrong in (number, elsewhere):
            with pytest.raises(BadInput):
                outside.belongs_to(work, number, wrong)
        with pytest.raises(BadInput, match="no unauthorised"):
            outside.ignore(work, own, "x")
        with pytest.raises(BadInput, match="reason"):
            outside.ignore(work, number, " ")
        outside.ignore(work, number, "x")
    with pytest.raises(BadInput), runtime.work(CATO) as work:
        outside.ignore(work, number, "x")
    with runtime.work(SYSTEM) as work:
        row = work.session.get_one(Change, number)
        row.is_unauthorised, row.state = True, State.REVIEWED
    with pytest.raises(IllegalMove), runtime.work(CATO) as work:
        outside.ignore(work, number, "x")


def test_the_job_is_among_those_the_scheduler_runs() -> None:
    from changes.module import MODULE

    assert MODULE.jobs[match_change_log] == timedelta(seconds=15)
