"""The demo's programme: 600 sites half way through, each come there by legal moves."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from changes.programmes import demo
from changes.programmes.demo.story import ACCEPTED, BLOCKS, tell
from changes.programmes.lifecycle import SITE, SiteState
from changes.programmes.models import CrewBooking, SiteMoved, SiteReadiness, SiteStaff
from changes.programmes.queries import (
    acceptance,
    interfaces,
    migration,
    planner,
    programmes,
    sites,
    training,
)
from changes.programmes.queries import ways as proving_ways
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.demo.test_month import prepared

NOW = datetime(2026, 11, 22, 14, 7, 31, tzinfo=UTC)


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Give the programme, laid once."""
    path: Path = tmp_path_factory.mktemp("programme") / "ssoc.db"
    engine = make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    runtime = prepared(modules.wire(engine, FrozenClock(NOW)))
    began = time.process_time()
    demo.remember(runtime)
    assert time.process_time() - began < 20, "the first start of the demo waits for it"
    yield runtime
    engine.dispose()


def test_it_stands_half_way_through(laid: Runtime) -> None:
    with laid.view(SYSTEM) as work:
        found = programmes.listed(work)
        waves = programmes.waves(work, found[0].id)
    assert [each.name for each in found] == ["New till"]
    assert {state.value: number for state, number in found[0].counts.items()} == {
        "accepted": 212,
        "hypercare": 30,
        "cut over": 4,
        "go/no-go": 3,
        "parallel": 21,
        "migrating": 8,
        "ready": 112,
        "surveyed": 48,
        "planned": 135,
        "blocked": 17,
        "rolled back": 7,
        "deferred": 3,
    }
    assert [each.sites for each in waves] == [50] * 12
    assert {each.region for each in waves} == {"Greater Accra", "Ashanti"}


def test_every_site_came_there_by_legal_moves_in_the_order_of_time() -> None:
    for each in tell(NOW):
        state, before = SITE.start, None
        for move, to, at, _ in each.moves:
            assert SITE.after(state, move) is to
            assert at <= NOW
            assert before is None or before < at
            state, before = to, at
        assert state is each.state
        assert (each.was is not None) is (state is SiteState.BLOCKED)
        assert each.was is None or each.moves[-2][1] is each.was


def test_its_past_is_spread_over_the_true_instants(laid: Runtime) -> None:
    with laid.view(SYSTEM) as work:
        rows = work.session.scalars(
            select(SiteMoved.at).where(SiteMoved.state == SiteState.ACCEPTED)
        )
        weeks = Counter((NOW - at).days // 7 for at in rows)
        kinds = {each.kind for each in sites.board(work, 1).sites if each.owner}
        people = work.session.scalar(select(func.count()).select_from(SiteStaff))
    assert [weeks[back] for back in range(len(ACCEPTED) - 1, -1, -1)] == list(ACCEPTED)
    assert kinds == {each[0] for each in BLOCKS}
    assert people == 3_600


def test_no_crew_is_at_two_sites_a_day(laid: Runtime) -> None:
    with laid.view(SYSTEM) as work:
        assert (work.session.scalar(select(func.count()).select_from(CrewBooking)) or 0) > 300


def test_again_it_changes_nothing(laid: Runtime) -> None:
    def counted() -> list[int | None]:
        with laid.view(SYSTEM) as work:
            return [
                work.session.scalar(select(func.count()).select_from(each))
                for each in (SiteMoved, SiteReadiness)
            ]

    before = counted()
    demo.remember(laid)
    assert counted() == before


def test_what_proves_its_sites_fits_where_they_stand(laid: Runtime) -> None:
    with laid.view(SYSTEM) as work:
        ways = proving_ways.of_programme(work, 1)
        trained = training.standing_of(work, ways)
        rehearsed = migration.standing_of(work, ways)
        tested = acceptance.standing_of(work, ways)
        connected = interfaces.standing_of(work, ways)
        planned = planner.planner(work, 1, NOW.date())
    held = {SiteState.READY, SiteState.MIGRATING, SiteState.PARALLEL, SiteState.GO_NO_GO}
    for key, each in ways.items():
        if each.state in held:
            assert trained[key].is_met, trained[key].why
            assert connected[key].is_met, connected[key].why
        if each.state in {SiteState.PARALLEL, SiteState.GO_NO_GO, SiteState.ACCEPTED}:
            assert rehearsed[key].is_met, rehearsed[key].why
        if each.state in {SiteState.GO_NO_GO, SiteState.ACCEPTED}:
            assert tested[key].is_met, tested[key].why
    mixed = [tested[key].coverage for key, e in ways.items() if e.state is SiteState.PARALLEL]
    assert all(each.untested and each.expired for each in mixed)
    assert sum(each.failed for each in mixed)
    assert any(each.waiver for each in rehearsed.values())
    assert len(planned.learners) == 5 * (48 + 135 + 3)
    assert planned.sessions or planner.suggestion(planned, ["Ama Serwaa"], 14)
