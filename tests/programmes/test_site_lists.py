"""Boards and lists: what blocks each of 600 sites, in the same few statements, by indexes."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from changes.programmes.actions import moving
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import SiteRollout
from changes.programmes.queries import lines, programmes, sites
from changes.programmes.queries.sites import SiteFilter
from changes.programmes.queries.ways import ways
from changes.programmes.values import SitePage
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.programmes import scenes
from tests.web.counting import statements

KENYA = factories.person("kemi", Role.SITE_TEAM, "KE")


def laid(runtime: Runtime, many: int = 48, **given: Any) -> scenes.Ids:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        return scenes.programme(
            work, many, 4, states=scenes.HALF_WAY, markets=("KE", "TZ"), staff=1, **given
        )


def test_a_board_says_what_blocks_each(runtime: Runtime) -> None:
    ids = laid(runtime)
    with runtime.view(SYSTEM) as work:
        board = sites.board(work, ids.programme)
    found = {each.state: each for each in reversed(board.sites)}
    assert len(board.sites) == 48
    assert [each.sites for each in board.waves] == [12] * 4
    assert found[SiteState.ACCEPTED].blocks == ""
    blocked = found[SiteState.BLOCKED]
    assert (blocked.blocks, blocked.kind, blocked.owner) == (
        *("the permit of the county is not here", "hardware", "incident-manager"),
    )
    assert found[SiteState.READY].blocks == (
        "no slot and crew is booked; book a day and a crew on the site's page"
    )
    assert (found[SiteState.READY].kind, found[SiteState.READY].others) == ("slot", 2)
    assert found[SiteState.SURVEYED].blocks.startswith("not ready: ")
    assert found[SiteState.PLANNED].blocks == ""


def test_a_view_reads_a_way_once_and_what_writes_reads_it_anew(runtime: Runtime) -> None:
    ids = laid(runtime, 4)
    with runtime.view(SYSTEM) as work, statements(runtime.engine) as said:
        first = ways(work, ids.rollouts)
        asked = len(said)
        assert ways(work, ids.rollouts[:2]) == {each: first[each] for each in ids.rollouts[:2]}
        assert len(said) == asked, "three facts ask for the same ways"
    with runtime.work(SYSTEM) as work:
        assert ways(work, ids.rollouts)[ids.first].slot_on == first[ids.first].slot_on
        work.session.get_one(SiteRollout, ids.first).slot_on = work.now.date()
        work.session.flush()
        assert ways(work, [ids.first])[ids.first].slot_on == work.now.date()


def test_a_board_shows_the_markets_one_may_see(runtime: Runtime) -> None:
    ids = laid(runtime)
    with runtime.view(KENYA) as work:
        assert {each.market for each in sites.board(work, ids.programme).sites} == {"KE"}
        hidden = [each for each in ids.rollouts][-1]
        with pytest.raises(NotFound):
            sites.site(work, hidden)
    stranger = factories.person("sena", Role.SITE_TEAM, "EG")
    with runtime.view(stranger) as work:
        assert programmes.listed(work) == []
        with pytest.raises(NotFound):
            sites.board(work, ids.programme)


READS: dict[str, Callable[[Work, int], object]] = {
    "board": lambda work, number: sites.board(work, number),
    "list": lambda work, number: sites.listed(work, SiteFilter(programme_id=number), limit=200),
}


@pytest.mark.parametrize("name", READS)
def test_statements_do_not_grow_with_sites(runtime: Runtime, name: str) -> None:
    few = laid(runtime, 48)
    many = laid(runtime, 144, name="Second", prefix="B")
    counted = []
    for number in (few.programme, few.programme, many.programme):
        lines._kept.clear()  # noqa: SLF001 (what was kept costs nothing at all)
        with runtime.view(SYSTEM) as work, statements(runtime.engine) as sent:
            READS[name](work, number)
        counted.append(len(sent))
    assert counted[1] == counted[2] < 60


def test_600_sites_in_no_time(runtime: Runtime) -> None:
    """Processor time; generous where everything is looked at, since the machine may be busy."""
    ids = laid(runtime, 600)
    fresh: list[float] = []
    kept: list[float] = []
    for _ in range(4):
        lines._kept.clear()  # noqa: SLF001
        for took in (fresh, kept):
            with runtime.view(SYSTEM) as work:
                began = time.process_time()
                assert len(sites.board(work, ids.programme).sites) == 600
                took.append(time.process_time() - began)
    assert min(fresh) < 0.25
    assert min(kept) < 0.05


def test_what_is_kept_follows_every_act(runtime: Runtime, clock: FrozenClock) -> None:
    """A move shows at once, an expiry within seconds; what is taken back was never shown."""
    ids = laid(runtime)

    def look(who: Actor = SYSTEM) -> dict[int, str]:
        with runtime.view(who) as work:
            return {each.id: str(each.state) for each in sites.board(work, ids.programme).sites}

    planned = next(number for number, state in look().items() if state == "planned")
    with pytest.raises(ZeroDivisionError):
        move_and_take_back(runtime, ids.programme, planned)
    assert look()[planned] == "planned"
    with runtime.work(SYSTEM) as work:
        moving.move(work, planned, "survey")
    assert look()[planned] == "surveyed"
    assert len(look(KENYA)) == 24
    with runtime.work(SYSTEM) as work:
        work.session.get_one(SiteRollout, planned).state = SiteState.PLANNED
    clock.advance(timedelta(seconds=15))
    assert look()[planned] == "planned"


def move_and_take_back(runtime: Runtime, programme: int, site: int) -> None:
    with runtime.work(SYSTEM) as work:
        moving.move(work, site, "survey")
        work.session.flush()
        assert sites.board(work, programme)
        raise ZeroDivisionError


FILTERS = [
    pytest.param({"state": "blocked"}, 2, id="state"),
    pytest.param({"wave": 2}, 12, id="wave"),
    pytest.param({"market": "TZ"}, 24, id="market"),
    pytest.param({"region": "Mombasa"}, 8, id="region"),
    pytest.param({"kind": "bank"}, 1, id="kind of block"),
    pytest.param({"crew": "Nobody"}, 0, id="crew"),
    pytest.param({"words": "ke-0001"}, 1, id="code"),
    pytest.param({"words": "kariakoo"}, 24, id="name"),
    pytest.param({"words": "100%"}, 0, id="a percent sign is itself"),
    pytest.param({"wave": 1, "state": "accepted"}, 7, id="two"),
]


@pytest.mark.parametrize(("given", "expected"), FILTERS)
def test_filters(runtime: Runtime, given: dict[str, Any], expected: int) -> None:
    ids = laid(runtime)
    with runtime.view(SYSTEM) as work:
        page = sites.listed(work, SiteFilter(programme_id=ids.programme, **given), limit=200)
    assert len(page.items) == expected
    whole = {**given, "state": ""}
    if "state" not in given:
        assert page.total == expected
    with runtime.view(SYSTEM) as work:
        every = sites.listed(work, SiteFilter(programme_id=ids.programme, **whole), limit=200)
    assert page.counts == every.counts == dict(Counter(each.state for each in every.items))


def test_pages_follow_each_other_without_gap_or_double(runtime: Runtime) -> None:
    ids = laid(runtime)
    found: list[int] = []
    page = SitePage((), "", {})
    with runtime.view(SYSTEM) as work:
        for _ in range(10):
            page = sites.listed(work, SiteFilter(programme_id=ids.programme), page.next, 5)
            found += [each.id for each in page.items]
            if not page.next:
                break
    assert found == list(ids.rollouts)


@pytest.mark.parametrize("cursor", ["x", "1~", "~", "1~2~3", "9" * 30])
def test_a_cursor_of_elsewhere(runtime: Runtime, cursor: str) -> None:
    laid(runtime)
    with pytest.raises(BadInput, match="the cursor"), runtime.view(SYSTEM) as work:
        sites.listed(work, SiteFilter(), cursor)


def plans(engine: Engine, act: Callable[[], object]) -> list[str]:
    """Return how the database would read each of the statements that ``act`` sends."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, given: Any, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, given))

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    is_sqlite = engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    found = []
    with engine.connect() as connection:
        if not is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, given in sent:
            rows = connection.exec_driver_sql(explain + statement, given)
            found.append("\n".join(str(row[-1 if is_sqlite else 0]) for row in rows))
    return found


def test_what_boards_read_has_its_index(runtime: Runtime) -> None:
    laid(runtime, 600, name="Another", prefix="B")
    ids = laid(runtime, 48)
    with runtime.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")

    def act() -> None:
        with runtime.view(SYSTEM) as work:
            sites.board(work, ids.programme)
            sites.history(work, ids.first)

    found = "\n".join(plans(runtime.engine, act))
    for name in ("ix_site_moved_site", "ix_site_readiness_site", "ix_site_rollout_"):
        assert name in found
    assert "SCAN site_rollout\n" not in found
