"""A market that a change hurts is its own: sight, rights, freezes and hours follow from that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changes import queries
from changes.actions import requests
from changes.actions.freezes import refuse_if_frozen, who_may
from changes.draft import draft_of
from changes.lifecycle import Effect, State
from changes.models import ChangeMarket
from changes.policy import read
from changes.queries.collisions import collisions_of
from changes.rules import reach
from changes.rules.drafting import faults
from changes.rules.freezes import hits, holding
from changes.rules.types import STANDARD
from changes.values import Touched
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from ssoc.estate.values import Component
from tests import factories
from tests.changes.freeze_story import freeze, utc, view
from tests.changes.story import RITA, raised, seen
from tests.changes.test_freezes import set_one

NIL, LESS, POOR, DOWN = Effect.NONE, Effect.REDUNDANCY, Effect.DEGRADED, Effect.DOWN
LAYLA = factories.person("layla", Role.CHANGE_MANAGER, "EG")
JUMA = factories.person("juma", Role.QUALITY_LEAD, "TZ")
GRAPH = "ussd-ke > core, ussd-mz > core, core > storage-eg, core > hsm-ls|hsm-gh, lone-eg"
EAST = ("KE", "TZ", "MZ")
PARTS: Sequence[Component] = (
    factories.component("core", *EAST, name="Core ledger East"),
    replace(factories.component("net"), markets=()),
)
ESTATE = factories.estate_of(GRAPH, PARTS)


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, GRAPH, components=PARTS)
        factories.accounts(work, "imre", "vera")
    return runtime


def on(*touched: tuple[str, Effect]) -> dict[str, Any]:
    return {"touched": tuple(Touched(*each) for each in touched)}


@pytest.mark.parametrize(
    ("touched", "hurt"),
    [
        pytest.param([("core", POOR)], EAST, id="degraded hurts all it serves"),
        pytest.param([("core", DOWN)], EAST, id="down too"),
        pytest.param([("core", LESS)], (), id="less redundant hurts nobody"),
        pytest.param([("core", NIL)], (), id="no effect hurts nobody"),
        pytest.param([("storage-eg", POOR)], (*EAST, "EG"), id="what stands on it as well"),
        pytest.param([("hsm-ls", DOWN)], ("LS",), id="the group carries the core"),
        pytest.param([("hsm-ls", DOWN), ("hsm-gh", DOWN)], (*EAST, "LS", "GH"), id="group lost"),
        pytest.param([("ussd-mz", DOWN)], ("MZ",), id="what it stands on is not hurt"),
        pytest.param([("unknown", DOWN)], (), id="unknown"),
    ],
)
def test_the_markets_a_change_hurts(touched: Any, hurt: Sequence[str]) -> None:
    assert tuple(reach.hurt_by(ESTATE, on(*touched)["touched"])) == hurt


def test_the_worst_there_is_named_and_what_is_touched_before_what_stands_on_it() -> None:
    found = reach.hurt_by(ESTATE, on(("core", POOR), ("ussd-mz", DOWN))["touched"])
    assert reach.sentences(ESTATE, found) == [
        "Kenya was added: Core ledger East is degraded there",
        "Tanzania was added: Core ledger East is degraded there",
        "Mozambique was added: ussd-mz is down there",
    ]


@pytest.mark.parametrize(
    ("named", "effect", "markets"),
    [
        pytest.param(("KE",), POOR, EAST, id="degraded: every market is taken in"),
        pytest.param(("KE",), DOWN, EAST, id="down: likewise, no longer refused"),
        pytest.param((), POOR, EAST, id="none named"),
        pytest.param(("KE",), LESS, ("KE",), id="less redundant: fewer may be named"),
        pytest.param(("KE",), NIL, ("KE",), id="no effect: fewer may be named"),
    ],
)
def test_a_hurt_market_is_a_market_of_the_change(
    house: Runtime, named: Sequence[str], effect: Effect, markets: Sequence[str]
) -> None:
    number = raised(house, markets=named, **on(("core", effect)))
    assert set(seen(house, number).markets) == set(markets)


def test_an_edit_takes_them_in_and_begins_a_new_round(house: Runtime) -> None:
    number = raised(house, **on(("core", LESS)))
    with house.work(RITA) as work:
        requests.submit(work, number)
    with house.work(RITA) as work:
        found = queries.change(work, number)
        draft = replace(draft_of(found), **on(("core", POOR)))
        requests.edit(work, number, draft, found.version)
    found = seen(house, number)
    assert (set(found.markets), found.round, found.state) == ({*EAST}, 2, State.SUBMITTED)


def test_a_named_market_that_is_not_reached_is_refused_with_the_cure(house: Runtime) -> None:
    with pytest.raises(
        BadInput, match="nothing that the change touches is in EG, nor .* there"
    ) as no:
        raised(house, markets=("EG", "KE"), **on(("core", POOR)))
    assert "take the market out, or name the component that is changed there" in str(no.value)


@pytest.mark.parametrize(
    ("markets", "touched", "is_refused"),
    [
        pytest.param(("EG",), [("core", NIL)], True, id="the core is not there"),
        pytest.param(("MZ",), [("storage-eg", NIL)], False, id="what stands on it is there"),
        pytest.param(("MZ",), [("lone-eg", NIL)], True, id="nothing stands on it"),
        pytest.param(("EG",), [("ussd-ke", NIL)], True, id="only what it stands on is there"),
        pytest.param(("EG",), [("net", NIL)], False, id="a component of no market"),
        pytest.param(("EG",), [], False, id="no component"),
    ],
)
def test_which_markets_may_be_named(
    house: Runtime, markets: Sequence[str], touched: Any, is_refused: bool
) -> None:
    assert bool(reach.strangers(ESTATE, markets, on(*touched)["touched"])) is is_refused


def test_a_plan_of_no_market_may_take_a_component_down() -> None:
    """A template names no markets; what it takes down it takes down wherever it is followed."""
    draft = replace(draft_of(view()), markets=(), type=STANDARD, **on(("core", DOWN)))
    assert not [each for each in faults(draft, ESTATE, read().types) if "market" in each]


def test_who_has_not_the_right_where_it_hurts_may_not_raise_it(house: Runtime) -> None:
    with pytest.raises(NotAllowed) as no:
        raised(house, LAYLA, markets=("EG",), **on(("storage-eg", POOR)))
    assert "in KE" in str(no.value)
    assert str(no.value).endswith("Kenya was added: Core ledger East is degraded there")
    with house.view(SYSTEM) as work, pytest.raises(NotFound):
        queries.change(work, 1)
    raised(house, LAYLA, markets=("EG",), **on(("storage-eg", LESS)))


def test_who_is_hurt_sees_it(house: Runtime) -> None:
    number = raised(house, markets=("KE",), **on(("core", POOR)))
    with house.view(JUMA) as work:
        assert queries.change(work, number).id == number


# ---- freezes, also where the estate changed after the change was planned


def test_a_freeze_holds_where_a_change_hurts_whatever_it_names() -> None:
    frozen = freeze("2026-10-26 20:00", "2026-10-27 04:00", markets=("MZ",))
    poor = view(("KE",), ("core",), **on(("core", POOR)))
    less = view(("KE",), ("core",), **on(("core", LESS)))
    at = utc("2026-10-26 21:30")
    assert [markets for _, markets in holding([frozen], poor, ESTATE, at)] == [("MZ",)]
    assert [each.markets for each in hits([frozen], poor, ESTATE)] == [("MZ",)]
    assert not holding([frozen], less, ESTATE, at)
    assert not hits([frozen], less, ESTATE)


def stored(house: Runtime, effect: Effect = POOR, *, later: timedelta = timedelta()) -> int:
    """Store a change for KE as it was before Mozambique came to the core."""
    with house.work(SYSTEM) as work:
        since = work.now + later
        return factories.change(
            work,
            ("KE",),
            (("core", effect),),
            state=State.SCHEDULED,
            starts_at=since,
            ends_at=since + timedelta(hours=2),
        ).id


def start(work: Work, number: int) -> None:
    refuse_if_frozen(work, queries.change(work, number), work.now)


def test_a_hard_freeze_refuses_the_start_of_what_hurts_its_market(house: Runtime) -> None:
    number, spared = stored(house), stored(house, LESS)
    set_one(house, markets=("MZ",))
    with house.work(RITA) as work:
        start(work, spared)
        with pytest.raises(NotAllowed, match="the hard freeze Year end in MZ holds until"):
            start(work, number)


def test_c7_names_the_market_that_it_hurts(house: Runtime) -> None:
    number = stored(house)
    set_one(house, markets=("MZ",))
    with house.view(SYSTEM) as work:
        found = collisions_of(work, queries.change(work, number))
    [frozen] = [each for each in found if each.rule == "C7" and "Year end" in each.sentence]
    assert (frozen.markets, frozen.level.value) == (("MZ",), "block")
    assert "the hard freeze of Mozambique" in frozen.sentence


def test_who_overrides_may_do_so_in_every_market_it_hurts(
    house: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    able = {"KE": ["thandi", "kofi"], "TZ": ["thandi"], "MZ": ["thandi", "zuri"]}
    name = "changes.actions.freezes.account_queries.names_by_role"
    monkeypatch.setattr(name, lambda _work, _permission, market: able[market])
    number = stored(house)
    with house.view(SYSTEM) as work:
        assert who_may(work, queries.change(work, number)) == ["thandi"]


def test_submitted_it_takes_in_what_the_estate_has_grown_since(house: Runtime) -> None:
    number = raised(house, **on(("core", POOR)))
    with house.work(SYSTEM) as work:
        for row in work.session.query(ChangeMarket).filter_by(change_id=number, market="MZ"):
            work.session.delete(row)
    assert set(seen(house, number).markets) == {"KE", "TZ"}
    with house.work(RITA) as work:
        requests.submit(work, number)
    found = seen(house, number)
    assert (set(found.markets), found.state) == ({*EAST}, State.SUBMITTED)
