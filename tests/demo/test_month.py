"""The demo's month of changes: made by the actions, true to its people and its instants."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from changes.demo import month, script
from changes.demo.month import PEOPLE as NEEDED
from changes.features import demo as feature_demo
from changes.features.queries import curves, features
from changes.features.rules.standing import now_in
from changes.lifecycle import Outcome, State, TemplateState
from changes.models import Change
from changes.queries import assessment, meetings, runs
from changes.queries.approvals import waiting
from changes.queries.freezes import freeze_spans
from changes.queries.lists import ChangeFilter, listed
from changes.queries.templates import templates
from changes.rules.freezes import holding
from changes.values import ChangeView
from ssoc import migrations, modules
from ssoc.accounts import actions as accounts
from ssoc.accounts import passwords
from ssoc.accounts import queries as account_queries
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.events import EventRecord
from ssoc.core.permissions import operator
from ssoc.core.work import Runtime, Work
from ssoc.demo.folder import ESTATE
from ssoc.demo.start import PEOPLE
from ssoc.estate import actions as estate_actions
from ssoc.estate import queries as estate_queries
from ssoc.estate.reader import read
from tests.web import people

NOW = datetime(2026, 11, 22, 14, 7, 31, tzinfo=UTC)


def prepared(runtime: Runtime) -> Runtime:
    """Load the demo's estate and people; their password is hashed once."""
    kept = passwords.hash_of(people.PASSWORD)
    with pytest.MonkeyPatch.context() as patch, runtime.work(operator()) as work:
        patch.setattr(accounts, "hash_of", lambda _: kept)
        estate_actions.replace(work, read([ESTATE]).items())
        for name, (display, role, market) in PEOPLE.items():
            new = accounts.NewPerson(name, display, people.PASSWORD, ((role, market),))
            accounts.add_person(work, new)
    return runtime


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Give the month, played once: half a minute's work for a busy machine."""
    path: Path = tmp_path_factory.mktemp("month") / "ssoc.db"
    engine = make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    runtime = prepared(modules.wire(engine, FrozenClock(NOW)))
    for module in modules.load():
        for past in module.history:
            past(runtime)
    yield runtime
    engine.dispose()


@pytest.fixture
def view(played: Runtime) -> Iterator[Work]:
    with played.view(operator()) as work:
        yield work


def everything(work: Work) -> list[ChangeView]:
    return list(listed(work, ChangeFilter("all"), limit=200).items)


def named(work: Work, words: str) -> ChangeView:
    [found] = listed(work, ChangeFilter("all", text=words)).items
    return found


def test_it_has_about_sixty_changes_of_all_types_over_all_markets(view: Work) -> None:
    found = everything(view)
    assert 55 <= len(found) <= 80
    assert {each.type for each in found} == {"normal", "standard", "emergency"}
    assert {code for each in found for code in each.markets} == set(script.MARKETS)
    by_state = Counter(each.state for each in found)
    assert not set(State) - set(by_state), "every state is there to be seen"
    assert Counter(each.outcome for each in found).keys() == {*Outcome, None}
    begun = [each.starts_at for each in found if each.starts_at]
    assert min(begun) < NOW - timedelta(days=25)
    assert max(begun) > NOW + timedelta(days=12)


def test_whoever_ran_was_approved_scheduled_and_in_time(view: Work) -> None:
    for each in everything(view):
        if each.started_at is None or each.is_unauthorised:
            continue
        assert each.starts_at
        assert each.ends_at
        assert each.approved_at
        assert each.scheduled_at
        assert each.submitted_at
        assert each.created_at
        order = [each.created_at, each.submitted_at, each.approved_at, each.scheduled_at]
        assert sorted(order) == order
        assert each.scheduled_at <= each.started_at < each.ends_at
        assert each.started_at >= each.starts_at - timedelta(minutes=each.preparation_minutes)
        around = each.started_at, each.started_at + timedelta(minutes=1)
        estate = estate_queries.current(view)
        held = holding(freeze_spans(view, *around), each, estate, each.started_at)
        assert not [freeze for freeze, _ in held if freeze.is_hard]


def test_nothing_happened_later_than_now(view: Work) -> None:
    newest = view.session.scalar(select(func.max(EventRecord.at)))
    assert newest
    assert newest <= NOW
    latest = view.session.scalar(select(func.max(Change.finished_at)))
    assert latest
    assert latest <= NOW


def test_one_template_earned_its_standing_and_one_lost_it(view: Work) -> None:
    found = {each.name: each for each in templates(view)}
    kept, lost = found[script.CERTIFICATE], found[script.ROUTES]
    assert kept.state is TemplateState.STANDARD
    assert (kept.standing.failed.hits, kept.standing.failed.n >= 12) == (0, True)
    assert lost.state is TemplateState.ORDINARY
    assert lost.standing.failed.hits == 3
    assert "5.0 % is the limit" in lost.standing_because
    later = [each for each in everything(view) if each.template_id == kept.id]
    assert any(each.is_preapproved for each in later)


def test_two_changes_collide_on_the_shared_core(view: Work) -> None:
    one, other = named(view, "transaction limits"), named(view, "dormant accounts")
    assert (one.markets, other.markets) == (("KE", "TZ"), ("MZ",))
    assert {one.state, other.state} <= {State.APPROVED, State.SCHEDULED}
    assert State.APPROVED in {one.state, other.state}, "one of them waits for a way out"
    rules = {each.rule for each in assessment.blocking(view, one.id)}
    assert rules == {"C4"}
    assert one.starts_at
    assert NOW < one.starts_at < NOW + timedelta(days=7)


def test_one_change_runs_and_will_overrun(view: Work) -> None:
    [found] = runs.open_runs(view)
    assert found.change.state is State.RUNNING
    assert found.forecast
    assert found.forecast.end > found.window_ends_at > NOW


def test_the_change_before_the_first_fault_touched_its_component(view: Work) -> None:
    lately = named(view, "log volume enlarged")
    assert lately.components == ("ledger-db-east",)
    assert lately.finished_at
    assert NOW - timedelta(hours=48) < lately.finished_at
    assert lately.ends_at
    assert lately.finished_at > lately.ends_at, "it overran"
    assert lately.state is State.ENDED, "its review is still owed"


@pytest.mark.parametrize("name", ["grace", "zuri", "adwoa"])
def test_answers_wait_for_the_people(played: Runtime, name: str) -> None:
    with played.view(operator()) as work:
        actor = account_queries.person(work, name).actor
    with played.view(actor) as work:
        assert waiting(work)


def test_a_freeze_by_hand_stops_what_was_asked_for(view: Work) -> None:
    stopped = named(view, "Ghana: second route")
    assert {each.rule for each in assessment.blocking(view, stopped.id)} == {"C7"}
    computed = freeze_spans(view, NOW - timedelta(days=28), NOW + timedelta(days=14))
    assert {each.source.value for each in computed} == {"list", "computed"}


def test_the_board_met_and_will_meet_again(view: Work) -> None:
    found = meetings.meetings(view)
    assert sorted(each.state.value for each in found) == ["held", "planned"]
    [held] = [each for each in found if each.ended_at]
    said = [each.decision for each in meetings.meeting(view, held.id).items]
    assert len(said) > 1, "the held meeting shows what it talked about"
    assert sorted(set(said)) == ["", "defer"]


def test_the_feature_of_the_roll_out_has_curves_and_was_asked_for(view: Work) -> None:
    found = features.feature(view, feature_demo.KEY)
    standing = [now_in(found, code) for code in found.markets]
    assert standing == ["group staff; stripe 0 to 9"] * 3
    told = curves.of_feature(view, found)
    assert {place for place, points in told.found.items() if len(points) > 48} == {
        (kind, code) for kind in ("adoption", "errors") for code in found.markets
    }
    assert len(told.asked) == 3 * 46
    assert all(0 < each.on < each.asked for each in told.asked)


def test_a_restart_adds_nothing(played: Runtime) -> None:
    before = _counts(played)
    month.remember(played)
    assert _counts(played) == before


def _counts(runtime: Runtime) -> tuple[int | None, ...]:
    with runtime.view(operator()) as work:
        kinds = (Change.id, EventRecord.id)
        return tuple(work.session.scalar(select(func.count(each))) for each in kinds)


def test_without_its_people_there_is_no_month(runtime: Runtime) -> None:
    month.remember(runtime)
    with runtime.view(operator()) as work:
        assert everything(work) == []


def test_the_people_of_the_month_are_those_of_the_demo() -> None:
    assert set(NEEDED) <= set(PEOPLE)
