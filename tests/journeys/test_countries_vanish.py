"""Several countries vanish together: one incident at the link, its countries not seen, not down."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from incidents import queries
from incidents.clock_queries import clocks_of
from incidents.jobs import correlate
from incidents.models import Incident, IncidentMarket
from incidents.queries import Line
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Criticality, Path
from ssoc.monitoring.polling.recorder import Recorder
from ssoc.monitoring.polling.watching import watch_reachability
from ssoc.notify import queries as notify
from tests import factories
from tests.monitoring.polling.estates import MINUTE, check, lost, polled, record, recorder
from web.noc.cause_view import cause_of
from web.noc.tiles import Tile, tiles

MARKETS = tuple(factories.ZONES)
CHECKS = [check(f"core-{code.lower()}", path=f"wan-{code.lower()}") for code in MARKETS]
PROBES = [
    check(f"link-{code.lower()}", "probe", path=f"wan-{code.lower()}", market="", is_control=True)
    for code in MARKETS
]
UPLINK = "hq-uplink"


@pytest.fixture
def made(runtime: Runtime) -> Recorder:
    """Watch eight countries, each over a path of its own, all through one uplink."""
    edges = ", ".join(f"core-{code.lower()} > link-{code.lower()} > {UPLINK}" for code in MARKETS)
    uplink = factories.component(UPLINK, *MARKETS, criticality=Criticality.IMPORTANT)
    value = factories.estate_of(edges, components=[uplink], checks=[*CHECKS, *PROBES])
    paths = [Path(f"wan-{code.lower()}", f"link-{code.lower()}") for code in MARKETS]
    with runtime.work(SYSTEM) as work:
        items = [*factories.items_of(value), *(("path", each) for each in paths)]
        estate_actions.replace(work, items)
    return recorder(runtime)


class Sky:
    """Polls every country each minute and lets the jobs run; ``away`` are those that are mute."""

    def __init__(self, runtime: Runtime, clock: FrozenClock, made: Recorder) -> None:
        self.runtime, self.clock, self.made = runtime, clock, made

    def minutes(self, count: int, away: Sequence[str] = (), probes: bool = True) -> None:
        for _ in range(count):
            polls = []
            for code, asked, probe in zip(MARKETS, CHECKS, PROBES, strict=True):
                gone = code in away
                polls.append((lost if gone else polled)(asked, self.clock.at))
                polls.append((lost if gone and probes else polled)(probe, self.clock.at))
            record(self.made, polls)
            for _ in range(6):
                self.clock.advance(MINUTE / 6)
                watch_reachability(self.runtime)
                correlate(self.runtime)

    def lines(self) -> Sequence[Line]:
        with self.runtime.view(SYSTEM) as work:
            return queries.wall(work).lines

    def tiles(self) -> dict[str, Tile]:
        with self.runtime.view(SYSTEM) as work:
            wall = queries.wall(work)
            return {each.code: each for each in tiles(work, wall.worst, wall.unseen)}


@pytest.fixture
def sky(runtime: Runtime, clock: FrozenClock, made: Recorder) -> Sky:
    found = Sky(runtime, clock, made)
    found.minutes(2)
    assert found.lines() == []
    return found


def test_three_countries_vanish_one_returns_then_all(sky: Sky, runtime: Runtime) -> None:
    sky.minutes(4, away=("KE", "MZ", "TZ"))
    (line,) = sky.lines()
    assert line.component == UPLINK
    assert line.markets == line.unseen == ("KE", "MZ", "TZ")
    assert line.hurt == ()
    assert line.priority is Priority.P1
    assert "3 markets not seen" in _opened(runtime, line.id)
    shown = sky.tiles()
    assert {code for code, tile in shown.items() if tile.spoken.startswith("not seen")} == {
        "KE",
        "TZ",
        "MZ",
    }
    assert {tile.word for code, tile in shown.items() if tile.is_gone} == {"Not seen"}
    assert {tile.tone for tile in shown.values()} == {""}, "not seen is not the red of down"
    assert all(not shown[code].priority for code in MARKETS if code not in line.unseen)

    sky.minutes(3, away=("KE", "MZ"))
    (line,) = sky.lines()
    assert (line.unseen, line.seen_again) == (("KE", "MZ"), ("TZ",))
    assert line.title == f"{UPLINK}: not seen: Kenya, Mozambique"
    shown = sky.tiles()
    assert (shown["TZ"].is_gone, shown["TZ"].priority) == (False, "")
    assert "seen again: Tanzania" in _story(runtime, line.id)[0]

    sky.minutes(3)
    assert sky.lines() == []
    with runtime.view(SYSTEM) as work:
        over = queries.line_of(work, line.id)
        assert (over.state, over.unseen) == ("resolved", ())
        assert over.seen_again == ("KE", "MZ", "TZ")
        assert work.session.query(Incident).count() == 1


def test_one_more_vanishes_and_is_named(sky: Sky, runtime: Runtime) -> None:
    sky.minutes(4, away=("KE", "MZ", "TZ"))
    sky.minutes(4, away=("GH", "KE", "MZ", "TZ"))
    (line,) = sky.lines()
    assert line.unseen == ("GH", "KE", "MZ", "TZ")
    assert _story(runtime, line.id)[0].startswith("no longer seen: Ghana; not seen now:")
    assert _story(runtime, line.id, "spread") == ["now touches Ghana too"]


def test_who_answers_for_one_market_is_paged_once_when_it_vanishes_too(
    sky: Sky, runtime: Runtime
) -> None:
    sky.minutes(4, away=("KE", "MZ", "TZ"))
    sky.minutes(4, away=("GH", "KE", "MZ", "TZ"))
    sky.minutes(4, away=("KE", "MZ", "TZ"))
    sky.minutes(4, away=("GH", "KE", "MZ", "TZ"))
    outbox.deliver(runtime)
    (line,) = sky.lines()
    assert _pages(runtime, line.id, "GH") == [("spread", ("GH",), "now touches GH too")]
    assert [kind for kind, *_ in _pages(runtime, line.id, "KE")] == ["firing"]


def test_what_carries_others_is_not_called_unseen(sky: Sky, runtime: Runtime) -> None:
    sky.minutes(4, away=("ET",))
    (line,) = sky.lines()
    assert line.component == "link-et"
    assert "the cause may lie there" not in _opened(runtime, line.id)
    with runtime.view(SYSTEM) as work:
        states = {each.component: each.state for each in queries.page(work, line.id).nodes}
        said = cause_of(queries.page(work, line.id), work.now).words
    assert states[UPLINK] is queries.NodeState.CARRYING
    assert f"It needs {UPLINK}, which carries others that are good now." in said


def test_nobody_answers_over_it_then_it_is_unseen(sky: Sky, runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        incident = factories.incident(work, ["ET"], component="link-et").id
    sky.clock.advance(timedelta(minutes=10))  # no poll says anything any more
    with runtime.view(SYSTEM) as work:
        states = {each.component: each.state for each in queries.page(work, incident).nodes}
    assert states[UPLINK] is queries.NodeState.UNSEEN


def test_a_country_that_vanishes_again_is_not_seen_again(sky: Sky, runtime: Runtime) -> None:
    sky.minutes(4, away=("KE", "MZ", "TZ"))
    sky.minutes(4, away=("KE", "MZ"))
    sky.minutes(4, away=("KE", "MZ", "TZ"))
    (line,) = sky.lines()
    assert line.unseen == ("KE", "MZ", "TZ")
    assert line.seen_again == ()
    with runtime.view(SYSTEM) as work:
        assert work.session.query(IncidentMarket).count() == 3


def test_who_is_back_is_seen_although_the_link_flaps(sky: Sky, runtime: Runtime) -> None:
    for _ in range(3):
        sky.minutes(3, away=("KE", "MZ", "TZ"))
        sky.minutes(3)
    (line,) = sky.lines()
    assert line.state.is_live, "it comes and goes: not to be believed yet"
    assert (line.unseen, line.hurt) == ((), ())
    assert {tile.priority for tile in sky.tiles().values()} == {""}


@pytest.mark.parametrize("probes", [True, False], ids=["its probe fails too", "its probe is fine"])
def test_one_unseen_country_is_met_soon_at_any_hour(
    sky: Sky, runtime: Runtime, clock: FrozenClock, probes: bool
) -> None:
    clock.advance(timedelta(days=5, hours=14) - timedelta(minutes=2))  # Saturday, 22:00 UTC
    sky.minutes(2)
    sky.minutes(5, away=("KE",), probes=probes)
    (line,) = sky.lines()
    assert line.markets == ("KE",)
    assert line.unseen == (("KE",) if probes else ()), "unreachable by itself is its own trouble"
    assert line.priority <= Priority.P2
    with runtime.view(SYSTEM) as work:
        clocks = clocks_of(work, [line.id])[line.id]
        assert {each.clock.target.calendar.is_always for each in clocks} == {True}


def _pages(runtime: Runtime, number: int, market: str) -> list[tuple[str, tuple[str, ...], str]]:
    """Return what the console told about an incident to those who see one market alone."""
    reader = factories.person("desk", Role.NOC_OPERATOR, market)
    with runtime.view(reader) as work:
        found = notify.pages_of(work, number)
    return [(f"{each.kind}", tuple(each.markets), each.text) for each in found]


def _opened(runtime: Runtime, number: int) -> str:
    return _story(runtime, number, "opened")[0]


def _story(runtime: Runtime, number: int, kind: str = "sight") -> list[str]:
    with runtime.view(SYSTEM) as work:
        return [each.text for each in queries.timeline(work, number) if each.kind == kind]
