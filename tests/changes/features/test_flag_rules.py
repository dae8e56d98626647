"""What a flag says follows from the waves of its roll-out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.features.rules import flags
from changes.features.rules.flags import BadContext, KeyMissing
from changes.features.values import Flag, FlagAnswer, Reason
from changes.rollouts.lifecycle import RolloutState, WaveState
from changes.rollouts.values import Cohort, WaveView

AMINA = {"targetingKey": "amina"}
STAFF = Cohort("staff", "segment", ("staff",))
FIRST_TEN = Cohort("stripes 0 to 9", "stripe", tuple(str(each) for each in range(10)))


def wave(state: WaveState = WaveState.PASSED, position: int = 1, **given: Any) -> WaveView:
    usual: dict[str, Any] = {"id": position, "name": f"wave {position}", "markets": ("KE",)}
    return WaveView(position=position, state=state, **(usual | given))


def flag(*waves: WaveView, **given: Any) -> Flag:
    usual: dict[str, Any] = {
        "id": 1,
        "key": "savings-pocket",
        "on": True,
        "off": False,
        "rollout_id": 88,
        "state": RolloutState.RUNNING,
        "markets": ("KE", "TZ"),
    }
    return Flag(**(usual | given), waves=waves)


def said(found: Flag, market: str = "KE", **context: Any) -> tuple[bool, str, int | None]:
    told = flags.answer(found, market, AMINA | context)
    return told.is_on, told.reason.value, told.wave


def standing(state: WaveState) -> Any:
    return pytest.param(state, state.is_under_way or state is WaveState.PASSED, id=state.value)


@pytest.mark.parametrize(("state", "is_on"), [standing(each) for each in WaveState])
def test_a_wave_counts_while_it_is_in_place(state: WaveState, is_on: bool) -> None:
    assert said(flag(wave(state))) == (is_on, "STATIC", 1 if is_on else None)


PAUSED = wave(WaveState.PAUSED, 2, percent=50)
CASES = [
    pytest.param(flag(), {}, (False, "STATIC", None), id="no wave"),
    pytest.param(flag(wave()), {}, (True, "STATIC", 1), id="everybody in the market"),
    pytest.param(flag(wave(markets=("TZ",))), {}, (False, "STATIC", None), id="another market"),
    pytest.param(flag(wave(markets=())), {}, (True, "STATIC", 1), id="no market is every one"),
    pytest.param(
        flag(wave(cohorts=(STAFF,))), {"segment": "staff"}, (True, "TARGETING_MATCH", 1), id="in"
    ),
    pytest.param(
        flag(wave(cohorts=(STAFF,))), {"segment": "x"}, (False, "DEFAULT", None), id="out"
    ),
    pytest.param(
        flag(wave(cohorts=(STAFF,))), {}, (False, "DEFAULT", None), id="attribute missing"
    ),
    pytest.param(
        flag(wave(cohorts=(STAFF, FIRST_TEN))),
        {"segment": "staff", "stripe": 10},
        (False, "DEFAULT", None),
        id="every cohort must hold",
    ),
    pytest.param(flag(wave(cohorts=(FIRST_TEN,))), {"stripe": 9}, (True, "SPLIT", 1), id="number"),
    pytest.param(flag(wave(cohorts=(FIRST_TEN,))), {"stripe": 9.0}, (True, "SPLIT", 1), id="float"),
    pytest.param(
        flag(wave(sites=("acc-1",))), {"site": "acc-1"}, (True, "TARGETING_MATCH", 1), id="site"
    ),
    pytest.param(flag(wave(sites=("acc-1",))), {}, (False, "DEFAULT", None), id="no site"),
    pytest.param(
        flag(wave(WaveState.PASSED, 1, cohorts=(STAFF,)), wave(WaveState.RUNNING, 2, percent=1)),
        {"segment": "staff"},
        (True, "TARGETING_MATCH", 1),
        id="a later wave narrows nobody",
    ),
    pytest.param(
        flag(wave(WaveState.ROLLED_BACK, 1), wave(WaveState.WAITING, 2)),
        {},
        (False, "STATIC", None),
        id="taken back, the next waits",
    ),
    pytest.param(
        flag(wave(), state=RolloutState.ROLLED_BACK),
        {},
        (False, "STATIC", None),
        id="the whole is rolled back",
    ),
    pytest.param(
        flag(wave(), state=RolloutState.ABORTED), {}, (True, "STATIC", 1), id="what passed stays"
    ),
    pytest.param(flag(wave(), killed={"KE"}), {}, (False, "DISABLED", None), id="forced off"),
    pytest.param(flag(wave(), killed={"TZ"}), {}, (True, "STATIC", 1), id="forced off elsewhere"),
]


@pytest.mark.parametrize(("found", "context", "expected"), CASES)
def test_what_a_flag_says(
    found: Flag, context: dict[str, Any], expected: tuple[bool, str, int | None]
) -> None:
    assert said(found, **context) == expected


def test_whom_one_wave_reaches_whole_needs_no_key_for_another() -> None:
    """Staff have it all, whatever the share of customers a later wave has."""
    found = flag(wave(cohorts=(STAFF,)), wave(position=2, cohorts=(FIRST_TEN,)))
    told = flags.answer(found, "KE", {"segment": "staff"})
    assert (told.is_on, told.wave) == (True, 1)
    with pytest.raises(KeyMissing):
        flags.answer(found, "KE", {"segment": "customers"})


@pytest.mark.parametrize("stripe", [500, 100, -1, 5.5, "05", "x", True])
def test_a_stripe_that_is_none_is_refused(stripe: object) -> None:
    with pytest.raises(BadContext, match="from 0 to 99"):
        flags.answer(flag(wave(cohorts=(FIRST_TEN,))), "KE", AMINA | {"stripe": stripe})


def test_a_pause_keeps_the_share_it_has_and_no_more() -> None:
    running, paused = flag(wave(WaveState.RUNNING, 2, percent=50)), flag(PAUSED)
    names = [f"customer {each}" for each in range(400)]

    def inside(found: Flag) -> set[str]:
        return {each for each in names if said(found, targetingKey=each)[0]}

    assert inside(running) == inside(paused)
    assert inside(flag(wave(WaveState.ROLLING_BACK, 2, percent=50))) == set()


def test_values_and_where_they_come_from() -> None:
    told = flags.answer(flag(wave(), on={"limit": 5}, off={}), "KE", AMINA)
    assert told == FlagAnswer("savings-pocket", {"limit": 5}, True, Reason.STATIC, 88, 1)
    assert told.variant == "on"
    assert told.metadata == {"rollout": "ROL-88", "wave": 1}


def test_places_and_stripes_never_change() -> None:
    """Written down: another hash would throw customers out of what they have."""
    assert flags.place("savings-pocket", "amina") == 4919
    assert flags.stripe_of("amina") == 19


@pytest.mark.parametrize(
    "found",
    [flag(wave(percent=10)), flag(wave(cohorts=(FIRST_TEN,)))],
    ids=["share", "stripe of ours"],
)
@pytest.mark.parametrize("context", [{}, {"targetingKey": ""}, {"targetingKey": None}])
def test_a_share_needs_to_know_whom(found: Flag, context: dict[str, Any]) -> None:
    with pytest.raises(KeyMissing, match="no targetingKey"):
        flags.answer(found, "KE", context)


def test_who_needs_no_share_needs_no_key() -> None:
    assert flags.answer(flag(wave()), "KE", {}).is_on


@pytest.mark.parametrize(
    "context", [{"targetingKey": 7}, {"targetingKey": "x" * 513}, {"targetingKey": ["a"]}]
)
def test_a_key_is_a_short_text(context: dict[str, Any]) -> None:
    with pytest.raises(BadContext, match="targetingKey is a text"):
        flags.answer(flag(wave(percent=10)), "KE", context)


def test_an_attribute_is_a_text_or_a_number() -> None:
    with pytest.raises(BadContext, match="segment in the context"):
        said(flag(wave(cohorts=(STAFF,))), segment=["staff"])


TARGETS = st.text(min_size=1, max_size=40)


@given(TARGETS, st.integers(0, 100), st.integers(0, 100))
def test_who_is_in_stays_in_while_the_share_grows(target: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    before = said(flag(wave(percent=low)), targetingKey=target)[0]
    assert before <= said(flag(wave(percent=high)), targetingKey=target)[0]


@given(TARGETS, st.lists(st.sampled_from(list(WaveState)), max_size=4), st.integers(0, 100))
def test_one_more_wave_in_place_never_takes_away(
    target: str, states: list[WaveState], percent: int
) -> None:
    waves = [wave(each, at, percent=20 * at) for at, each in enumerate(states, 1)]
    more = [*waves, wave(WaveState.RUNNING, 9, percent=percent)]
    before = said(flag(*waves), targetingKey=target)[0]
    assert before <= said(flag(*more), targetingKey=target)[0]


@given(TARGETS, st.integers(0, 100), st.sampled_from(list(WaveState)), st.booleans())
def test_markets_do_not_touch_each_other(
    target: str, percent: int, state: WaveState, is_killed: bool
) -> None:
    own = wave(WaveState.RUNNING, 1, percent=percent)
    there = wave(state, 2, markets=("TZ",))
    killed = {"TZ"} if is_killed else set()
    alone = said(flag(own), targetingKey=target)
    assert said(flag(own, there, killed=killed), targetingKey=target) == alone


@pytest.mark.parametrize("percent", [1, 10, 50, 90])
def test_shares_are_within_binomial_bounds(percent: int) -> None:
    """Of 20 000 customers the share is hit within four standard deviations."""
    n, share = 20_000, percent / 100
    found = flag(wave(percent=percent))
    hits = sum(said(found, targetingKey=f"2547{each:08d}")[0] for each in range(n))
    assert abs(hits - n * share) < 4 * (n * share * (1 - share)) ** 0.5


def test_two_features_choose_different_customers() -> None:
    """The share of one is no share of the other: 10 % of 10 % have both, by chance."""
    names = [f"2547{each:08d}" for each in range(20_000)]
    both = sum(flags.place("a", each) < 1_000 and flags.place("b", each) < 1_000 for each in names)
    assert 140 < both < 260
