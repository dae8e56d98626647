"""Freezes set by hand, enforced at the start, overridden by name, and run into."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from changes.actions import freeze_list
from changes.actions.freeze_list import FreezeDraft, change_freeze, lift_freeze, set_freeze
from changes.actions.freezes import override, refuse_if_frozen
from changes.freeze_jobs import note_freezes
from changes.lifecycle import Effect, State
from changes.models import Change, Freeze, FreezeMet, FreezeOverride
from changes.queries import change as change_of
from changes.queries import freeze_pages
from changes.queries.freezes import freeze_spans, freezes_begun_during, met_by
from ssoc.accounts import actions as accounts
from ssoc.accounts.actions import NewPerson
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound, SsocError
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.freeze_story import estate, utc
from tests.factories import person
from tests.web.counting import statements

MANAGER = person("marta", Role.CHANGE_MANAGER)
LEAD = person("thandi", Role.OPERATIONS_LEAD)
HOUR = timedelta(hours=1)


@pytest.fixture
def story(runtime: Runtime) -> Runtime:
    """Give the runtime with the eight markets."""
    with runtime.work(SYSTEM) as work:
        estate(work)
    return runtime


def draft(now: datetime, **given: Any) -> FreezeDraft:
    usual: dict[str, Any] = {
        "name": "Year end",
        "is_hard": True,
        "reason": "books are closed",
        "since": now - HOUR,
        "until": now + 3 * HOUR,
    }
    return FreezeDraft(**{**usual, **given})


def planned(runtime: Runtime, markets: tuple[str, ...] = ("KE", "MZ"), **given: Any) -> int:
    usual: dict[str, Any] = {"state": State.SCHEDULED, "starts_at": None}
    with runtime.work(SYSTEM) as work:
        usual["starts_at"], usual["ends_at"] = work.now, work.now + 2 * HOUR
        return factories.change(
            work, markets, (("core", Effect.REDUNDANCY),), **{**usual, **given}
        ).id


def set_one(runtime: Runtime, actor: Actor = MANAGER, **given: Any) -> int:
    with runtime.work(actor) as work:
        return set_freeze(work, draft(work.now, **given))


def try_start(runtime: Runtime, number: int) -> str:
    """Return what refuses a start now, empty when nothing does."""
    try:
        with runtime.work(LEAD) as work:
            refuse_if_frozen(work, change_of(work, number), work.now)
    except NotAllowed as refusal:
        return str(refusal)
    return ""


def kinds(runtime: Runtime) -> list[str]:
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(EventRecord).order_by(EventRecord.id))
        return [row.kind for row in rows if "Freeze" in row.kind]


def test_a_hard_freeze_set_after_approval_stops_an_approved_change(story: Runtime) -> None:
    """Section 6: it holds at the start of execution, and names what, where, until when, cure."""
    number = planned(story)
    assert try_start(story, number) == ""
    set_one(story, markets=("MZ",))
    assert try_start(story, number) == (
        f"CHG-{number} may not start: the hard freeze Year end in MZ holds until Mon 02 Mar 2026 "
        "13:00 Africa/Maputo (2026-03-02 11:00 UTC); nothing was changed; wait, or ask for an "
        "override on its page; who may: nobody yet, an admin can grant the role executive"
    )
    assert kinds(story) == ["FreezeSet"]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"is_hard": False}, id="soft only warns"),
        pytest.param({"markets": ("EG",)}, id="another market"),
        pytest.param({"components": ("ussd-ke",)}, id="another component"),
        pytest.param({"since": utc("2026-03-02 08:00:01")}, id="begins in a second"),
    ],
)
def test_what_does_not_stop_a_start(story: Runtime, given: dict[str, Any]) -> None:
    number = planned(story)
    set_one(story, **given)
    assert try_start(story, number) == ""


def test_x14_preparation_in_the_freeze_is_enforced_at_execution(
    story: Runtime, clock: FrozenClock
) -> None:
    """Planned after the freeze: refused an hour early, free once the freeze has ended."""
    number = planned(story, starts_at=utc("2026-03-02 11:00"), preparation_minutes=120)
    set_one(story)
    assert "Year end" in try_start(story, number)
    clock.advance(3 * HOUR)
    assert try_start(story, number) == ""


def test_a_lifted_freeze_stops_nothing_and_stays_on_record(story: Runtime) -> None:
    number, freeze = planned(story), set_one(story)
    with story.work(MANAGER) as work:
        lift_freeze(work, freeze, "books are closed early")
    assert try_start(story, number) == ""
    with story.view(MANAGER) as work:
        (ended,) = freeze_pages.ended(work)
    assert (ended.lifted_by, ended.lifted_because) == ("marta", "books are closed early")
    with story.work(MANAGER) as work, pytest.raises(Conflict, match="lifted the freeze"):
        lift_freeze(work, freeze, "again")


def test_local_times_hold_on_the_wall_of_each_market(story: Runtime) -> None:
    """18:00 to 06:00 in Cairo over its spring change is 11 hours, in Nairobi 12; one freeze."""
    given: dict[str, Any] = {"local_since": "2026-04-23T18:00", "local_until": "2026-04-24T06:00"}
    set_one(story, markets=("EG", "KE"), since=None, until=None, **given)
    with story.view(MANAGER) as work:
        found = freeze_spans(work, utc("2026-04-23 00:00"), utc("2026-04-25 00:00"))
    hand = {each.markets: (each.since, each.until) for each in found if each.key == "list/1"}
    assert hand == {
        ("KE",): (utc("2026-04-23 15:00"), utc("2026-04-24 03:00")),
        ("EG",): (utc("2026-04-23 16:00"), utc("2026-04-24 03:00")),
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"name": " "}, "no name", id="no name"),
        pytest.param({"until": utc("2026-03-02 06:00")}, "before it starts", id="backwards"),
        pytest.param(
            {"since": utc("2026-03-01 06:00"), "until": utc("2026-03-02 07:00")},
            "ended already",
            id="past",
        ),
        pytest.param({"until": utc("2030-01-01 00:00")}, "longer than 400 days", id="years"),
        pytest.param({"since": None}, "no times", id="no start"),
        pytest.param({"markets": ("XX",)}, "does not know XX", id="market"),
        pytest.param({"components": ("nope",)}, "does not know nope", id="component"),
        pytest.param({"components": ("core",) * 101}, "more than 100", id="too many"),
        pytest.param(
            {"local_since": "2026-04-24T00:10", "local_until": "2026-04-24T00:50"},
            "clocks skip",
            id="an hour Cairo skips",
        ),
        pytest.param(
            {"local_since": "soon", "local_until": "tomorrow"}, "is no time", id="no time"
        ),
        pytest.param({"local_since": "2026-04-24T00:10"}, "is no time", id="no local end"),
    ],
)
def test_a_freeze_that_makes_no_sense_is_refused(
    story: Runtime, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        set_one(story, **{"markets": ("EG",), **given})
    with story.view(SYSTEM) as work:
        assert work.session.scalars(select(Freeze)).all() == []


@pytest.mark.parametrize(
    ("actor", "markets", "components", "may"),
    [
        pytest.param(MANAGER, (), (), True, id="all markets"),
        pytest.param(person("k", Role.CHANGE_MANAGER, "KE"), ("KE",), (), True, id="own market"),
        pytest.param(person("k", Role.CHANGE_MANAGER, "KE"), ("KE", "MZ"), (), False, id="two"),
        pytest.param(person("k", Role.CHANGE_MANAGER, "KE"), (), (), False, id="every market"),
        pytest.param(
            person("k", Role.CHANGE_MANAGER, "KE"), (), ("ussd-ke",), True, id="own component"
        ),
        pytest.param(
            person("k", Role.CHANGE_MANAGER, "KE"), (), ("core",), False, id="shared component"
        ),
        pytest.param(person("n"), ("KE",), (), False, id="the desk may not"),
    ],
)
def test_who_may_set_a_freeze(
    story: Runtime, actor: Actor, markets: tuple[str, ...], components: tuple[str, ...], may: bool
) -> None:
    if may:
        assert set_one(story, actor, markets=markets, components=components)
        return
    with pytest.raises(NotAllowed):
        set_one(story, actor, markets=markets, components=components)


def test_two_who_change_the_same_freeze_collide_loudly(story: Runtime) -> None:
    number = set_one(story)
    with story.view(MANAGER) as work:
        version = freeze_pages.hand_freeze(work, number).version
    with story.work(MANAGER) as work:
        change_freeze(work, number, draft(work.now, name="Year end, soft", is_hard=False), version)
    with pytest.raises(Conflict, match="meanwhile"), story.work(LEAD_MANAGER) as work:
        change_freeze(work, number, draft(work.now, name="Mine"), version)
    with story.view(MANAGER) as work:
        assert freeze_pages.hand_freeze(work, number).name == "Year end, soft"


LEAD_MANAGER = person("other", Role.CHANGE_MANAGER)


def add_people(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        for name, role, market in (
            ("thandi", Role.OPERATIONS_LEAD, "*"),
            ("kofi", Role.OPERATIONS_LEAD, "KE"),
            ("rita", Role.OPERATIONS_LEAD, "*"),
        ):
            accounts.add_person(
                work, NewPerson(name, name, "correct battery staple", ((role, market),))
            )


def test_an_override_lets_one_change_through_one_freeze(story: Runtime) -> None:
    add_people(story)
    first, second, key = planned(story), planned(story), f"list/{set_one(story)}"
    assert try_start(story, first).endswith("who may: thandi"), "KE alone, and requester, are not"
    with story.work(LEAD) as work:
        override(work, first, key, "a fix for the incident of today")
    assert try_start(story, first) == ""
    assert "Year end" in try_start(story, second), "for one change"
    assert kinds(story) == ["FreezeSet", "FreezeOverridden"]


def test_two_freezes_need_two_overrides(story: Runtime) -> None:
    number, one = planned(story), set_one(story)
    two = set_one(story, name="Audit")
    assert "ask for one override each" in try_start(story, number)
    with story.work(LEAD) as work:
        override(work, number, f"list/{one}", "urgent")
    assert "Audit" in try_start(story, number)
    assert "Year end" not in try_start(story, number)
    with story.work(LEAD) as work:
        override(work, number, f"list/{two}", "urgent")
    assert try_start(story, number) == ""


def test_an_override_is_void_once_the_plan_changes(story: Runtime) -> None:
    number, key = planned(story), f"list/{set_one(story)}"
    with story.work(LEAD) as work:
        override(work, number, key, "urgent")
    with story.work(SYSTEM) as work:
        row = work.session.get_one(Change, number)
        row.rollback_plan = "another one"
    assert "Year end" in try_start(story, number)
    with story.work(LEAD) as work:
        override(work, number, key, "urgent still")
    assert try_start(story, number) == ""


@pytest.mark.parametrize(
    ("actor", "reason", "key", "refused", "words"),
    [
        pytest.param(MANAGER, "urgent", "list/1", NotAllowed, "may not", id="no right"),
        pytest.param(
            person("kofi", Role.OPERATIONS_LEAD, "KE"), "urgent", "list/1", NotAllowed, "in MZ",
            id="in one of its markets alone",
        ),
        pytest.param(
            person("rita", Role.OPERATIONS_LEAD), "urgent", "list/1", NotAllowed, "asked for it",
            id="the requester",
        ),
        pytest.param(
            person("imre", Role.OPERATIONS_LEAD), "urgent", "list/1", NotAllowed, "carries it out",
            id="the implementer",
        ),
        pytest.param(SYSTEM, "urgent", "list/1", NotAllowed, "a person signs", id="no machine"),
        pytest.param(LEAD, "  ", "list/1", BadInput, "no reason", id="no reason"),
        pytest.param(LEAD, "urgent", "list/9", BadInput, "no hard freeze", id="no such freeze"),
        pytest.param(LEAD, "urgent", "list/2", BadInput, "no hard freeze", id="a soft one"),
    ],
)  # fmt: skip
def test_who_and_what_may_not_be_overridden(
    story: Runtime, actor: Actor, reason: str, key: str, refused: type[SsocError], words: str
) -> None:
    number = planned(story)
    set_one(story)
    set_one(story, name="Soft", is_hard=False)
    with pytest.raises(refused, match=words), story.work(actor) as work:
        override(work, number, key, reason)
    with story.view(SYSTEM) as work:
        assert work.session.scalars(select(FreezeOverride)).all() == []


def test_two_who_override_at_once_leave_one_override(story: Runtime) -> None:
    number, key = planned(story), f"list/{set_one(story)}"
    barrier, said = Barrier(2), list[str]()

    def press(actor: Actor) -> None:
        barrier.wait()
        try:
            with story.work(actor) as work:
                override(work, number, key, "urgent")
            said.append("done")
        except Conflict:
            said.append("conflict")

    presses = [
        Thread(target=press, args=(person(name, Role.OPERATIONS_LEAD),))
        for name in ("thandi", "bo")
    ]
    for each in presses:
        each.start()
    for each in presses:
        each.join(30)
    assert sorted(said) == ["conflict", "done"]
    with story.view(SYSTEM) as work:
        assert len(work.session.scalars(select(FreezeOverride)).all()) == 1


def test_a_start_races_with_a_freeze(story: Runtime) -> None:
    """Whichever commits first counts: a start that is let through began before the freeze held."""
    for _ in range(5):
        number = planned(story)
        barrier, outcome = Barrier(2), dict[str, str]()

        def begin(
            number: int = number, barrier: Barrier = barrier, outcome: dict[str, str] = outcome
        ) -> None:
            barrier.wait()
            outcome["start"] = try_start(story, number)

        def freeze(barrier: Barrier = barrier) -> None:
            barrier.wait()
            set_one(story)

        both = [Thread(target=begin), Thread(target=freeze)]
        for each in both:
            each.start()
        for each in both:
            each.join(30)
        assert outcome["start"] == "" or "Year end" in outcome["start"]
        assert "Year end" in try_start(story, number), "after both the freeze is seen"
        with story.work(MANAGER) as work:
            for row in work.session.scalars(select(Freeze).where(Freeze.lifted_at.is_(None))):
                freeze_list.lift_freeze(work, row.id, "next round")


def test_a_running_change_goes_on_and_what_it_ran_into_is_recorded(
    story: Runtime, clock: FrozenClock
) -> None:
    number = planned(story, state=State.RUNNING, started_at=clock.now())
    before = set_one(story, name="Held before", markets=("EG",))
    assert before
    clock.advance(timedelta(minutes=10))
    set_one(story, markets=("MZ",), since=clock.now() + timedelta(minutes=5))
    clock.advance(timedelta(minutes=10))
    late = set_one(story, name="Set during the run")
    clock.advance(timedelta(minutes=1))
    with story.view(SYSTEM) as work:
        change = change_of(work, number)
        found = [(hit.freeze.name, hit.markets) for hit in freezes_begun_during(work, change)]
    assert found == [("Year end", ("MZ",)), ("Set during the run", ("KE", "MZ"))]
    note_freezes(story)
    note_freezes(story)
    with story.view(SYSTEM) as work:
        assert work.session.get_one(Change, number).state is State.RUNNING, "nothing is killed"
        names = [row.freeze_name for row in work.session.scalars(select(FreezeMet))]
    assert sorted(names) == ["Set during the run", "Year end"]
    assert kinds(story).count("FreezeRunInto") == 2
    with story.work(MANAGER) as work:
        lift_freeze(work, late, "not needed")
    with story.view(SYSTEM) as work:
        met = [hit.freeze.name for hit in met_by(work, change_of(work, number))]
    assert met == ["Year end", "Set during the run"], "the record stays"


def test_freezes_are_one_list_in_order_and_cost_nothing_twice(story: Runtime) -> None:
    set_one(story, since=utc("2026-03-20 00:00"), until=utc("2026-03-21 00:00"))
    with story.view(SYSTEM) as work:
        found = freeze_spans(work, work.now, work.now + timedelta(days=90))
        assert freeze_spans(work, work.now, work.now + timedelta(days=90)) == found
    assert {each.source.value for each in found} == {"list", "computed"}
    assert [each.since for each in found] == sorted(each.since for each in found)


def test_a_change_nobody_may_see_cannot_be_overridden(story: Runtime) -> None:
    set_one(story)
    with pytest.raises(NotFound), story.work(LEAD) as work:
        override(work, 999, "list/1", "urgent")


def test_the_pages_list_what_a_freeze_hits(story: Runtime) -> None:
    number = planned(story)
    set_one(story, markets=("MZ",))
    with story.view(MANAGER) as work:
        found = freeze_pages.lines(work, work.now, work.now + HOUR)
    by_key = {each.key: each for each in found}
    assert [(each.change.id, each.markets) for each in by_key["list/1"].hits] == [(number, ("MZ",))]
    with story.view(person("tz", Role.NOC_OPERATOR, "TZ")) as work:
        found = freeze_pages.lines(work, work.now, work.now + HOUR)
    assert all(each.hits == () for each in found), "changes of other markets stay out of sight"


def test_nobody_without_a_role_lists_freezes(story: Runtime) -> None:
    with pytest.raises(NotAllowed), story.view(Actor("nobody")) as work:
        freeze_pages.lines(work, work.now, work.now + HOUR)


def test_two_hundred_freezes_are_read_as_one_is(story: Runtime) -> None:
    """The search for a free slot asks this for 90 days of eight markets."""
    few = read_in(story, 1)
    assert read_in(story, 200) == few <= 6


def read_in(story: Runtime, count: int) -> int:
    """Set freezes, ten hours apart; return in how many statements 90 days of them are read."""
    with story.work(MANAGER) as work:
        for number in range(count):
            begins = work.now + timedelta(hours=10 * number)
            set_freeze(work, draft(work.now, since=begins, until=begins + 4 * HOUR))
    with story.view(SYSTEM) as work, statements(story.engine) as seen:
        found = freeze_spans(work, work.now, work.now + timedelta(days=90))
    assert len(found) > count
    return len(seen)
