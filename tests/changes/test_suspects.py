"""Which change caused it: the worked table of the reference by row, and what always holds."""

from dataclasses import replace
from datetime import timedelta
from math import isclose
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.policy import read
from changes.rules.suspects import (
    Candidate,
    Gate,
    Kind,
    SuspectPolicy,
    Troubled,
    Weights,
    nearest,
    overlap,
    rank,
    span,
    terms_of,
)
from tests.factories import EIGHT, at

POLICY = read().suspects
MARKETS = ("CD", "EG", "ET", "GH", "KE", "LS", "MZ", "TZ", "UG", "ZM")
INCIDENT = Troubled("core", MARKETS, (EIGHT,))
HOURS = (6, 24, 48)


def candidate(key: str, hours: float, market: float, **more: object) -> Candidate:
    """Return a candidate last active so many hours before, in a share of ten markets."""
    ended = EIGHT - timedelta(hours=hours)
    given: dict[str, object] = {
        "key": key,
        "kind": Kind.CHANGE,
        "title": key,
        "began_at": ended - timedelta(hours=1),
        "ended_at": ended,
        "components": (key,),
        "markets": MARKETS[: round(market * 10)],
    }
    return Candidate(**{**given, **more})  # type: ignore[arg-type]


LIMITS = candidate("limits", 1.5, 1, gate=Gate.FAILED, risk=0.55, history=0.10)
PLATFORM = candidate("platform", 34, 1, overran=timedelta(minutes=40), risk=0.70, history=0.20)
SMSC = candidate("smsc", 0.25, 1, risk=0.20, history=0.05)
EXPIRY = candidate("expiry", 0, 0.5, risk=0.30, history=0.08, kind=Kind.EXPIRY, ended_at=None)
SHOPS = candidate("shops", 0.75, 0.2, risk=0.15, history=0.05)
TABLE = (LIMITS, PLATFORM, SMSC, EXPIRY, SHOPS)
HOPS = {
    "limits": (0, ("core",)),
    "platform": (0, ("core",)),
    "smsc": (2, ("core", "api", "smsc")),
    "expiry": (1, ("core", "expiry")),
    "shops": (4, ("core", "api", "agents", "portal", "shops")),
}


@pytest.mark.parametrize(
    ("row", "place", "scores"),
    [
        pytest.param("limits", 1, (0.7661, 0.8143, 0.8233), id="4.1 core limits table release"),
        pytest.param("platform", 2, (0.5460, 0.6178, 0.6927), id="4.2 core window, 34 h ago"),
        pytest.param("smsc", 3, (0.5336, 0.5427, 0.5443), id="4.3 SMSC vendor maintenance"),
        pytest.param("expiry", 4, (0.5190, 0.5190, 0.5190), id="4.4 certificate expiry"),
        pytest.param("shops", 5, (0.3547, 0.3808, 0.3853), id="4.5 shop cut-over wave"),
    ],
)
def test_the_worked_table(row: str, place: int, scores: tuple[float, ...]) -> None:
    for hours, score in zip(HOURS, scores, strict=True):
        found = rank(INCIDENT, TABLE, HOPS, replace(POLICY, tau=timedelta(hours=hours)))
        (one,) = [each for each in found if each.candidate.key == row]
        assert (one.rank, round(one.score, 4)) == (place, score), f"tau {hours}"


def test_each_term_is_said() -> None:
    first = rank(INCIDENT, TABLE, HOPS, POLICY)[0]
    assert [(each.name, each.said) for each in first.terms] == [
        ("time", "ended 1 h 30 before"),
        ("nearness", "same component"),
        ("market", "100% of the incident's markets"),
        ("gate", "its gate failed"),
        ("overran", "kept its window"),
        ("risk", "risk 55 of 100"),
        ("history", "failure history 0.10"),
    ]
    assert isclose(first.score, sum(each.value * each.weight for each in first.terms))
    assert first.path == ("core",)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"began_at": EIGHT}, None, id="began with it: no candidate"),
        pytest.param({"began_at": at(1)}, None, id="began after it: no candidate"),
        pytest.param({"began_at": at(-1), "ended_at": None}, 1.0, id="a second before, running"),
        pytest.param({"began_at": at(-60), "ended_at": at(60)}, 1.0, id="ran when it began"),
        pytest.param(
            {"began_at": at(-9e5), "ended_at": at(-86_400)}, 0.3679, id="a day is one tau of 24 h"
        ),
        pytest.param(
            {"began_at": at(-9e5), "ended_at": at(-7 * 86_400)}, 0.0009, id="on the look-back"
        ),
        pytest.param(
            {"began_at": at(-9e5), "ended_at": at(-7 * 86_400 - 1)}, None, id="before the look-back"
        ),
    ],
)
def test_who_is_a_candidate(given: dict[str, object], expected: float | None) -> None:
    found = rank(INCIDENT, [replace(LIMITS, **given)], HOPS, POLICY)  # type: ignore[arg-type]
    assert [round(each.terms[0].value, 4) for each in found] == [
        each for each in [expected] if each is not None
    ]


def test_after_a_relapse_what_was_changed_in_between_is_suspected_too() -> None:
    between = replace(LIMITS, key="between", began_at=at(600), ended_at=at(1_800))
    again = replace(INCIDENT, began=(EIGHT, at(3_600)))
    found = {each.candidate.key: each for each in rank(again, [LIMITS, between], HOPS, POLICY)}
    assert found["between"].terms[0].said == "ended 30 min before", "before it came back"
    assert found["limits"].terms[0].said == "ended 1 h 30 before", "before it first began"


@pytest.mark.parametrize(
    ("components", "markets", "expected"),
    [
        pytest.param(("smsc", "limits"), ("KE",), (0, ("core",)), id="the nearest of several"),
        pytest.param(("elsewhere",), ("KE",), (None, ()), id="no path"),
        pytest.param((), ("KE",), (2, ()), id="a whole market stands two hops away"),
        pytest.param((), (), (None, ()), id="nothing named"),
    ],
)
def test_hops(
    components: tuple[str, ...], markets: tuple[str, ...], expected: tuple[object, object]
) -> None:
    one = replace(LIMITS, components=components, markets=markets)
    assert nearest(one, HOPS, POLICY) == expected


@pytest.mark.parametrize(
    ("components", "markets", "is_one"),
    [
        pytest.param(("elsewhere",), ("ZZ",), False, id="neither path nor market"),
        pytest.param((), ("ZZ",), False, id="the whole of another market"),
        pytest.param((), ("KE",), True, id="the whole of its market"),
        pytest.param(("elsewhere",), ("KE",), True, id="its market alone"),
        pytest.param(("smsc",), ("ZZ",), True, id="a path alone"),
    ],
)
def test_what_nothing_connects_is_no_suspect(
    components: tuple[str, ...], markets: tuple[str, ...], is_one: bool
) -> None:
    one = replace(LIMITS, components=components, markets=markets)
    assert bool(rank(INCIDENT, [one], HOPS, POLICY)) is is_one


def test_what_nobody_knows_is_said() -> None:
    found = rank(INCIDENT, [replace(LIMITS, risk=None, history=None)], HOPS, POLICY)
    said = {each.name: (each.value, each.said) for each in found[0].terms}
    assert said["risk"] == (0.5, "risk not known, counted as 0.50")
    assert said["history"] == (0.5, "no history, counted as 0.50")


def test_an_incident_of_no_known_market_has_no_overlap() -> None:
    assert overlap(("KE",), ()) == 0.0


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0.2, "1 min"),
        (59, "59 min"),
        (60, "1 h"),
        (95, "1 h 35"),
        (1_440, "1 d"),
        (2_100, "1 d 11 h"),
    ],
)
def test_lengths_in_words(minutes: float, text: str) -> None:
    assert span(timedelta(minutes=minutes)) == text


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"tau": timedelta(0)}, id="no tau"),
        pytest.param({"look_back": timedelta(0)}, id="no look-back"),
        pytest.param({"unknown_risk": 1.5}, id="risk over one"),
        pytest.param({"shown": 30}, id="more shown than kept"),
        pytest.param({"market_hops": -1}, id="hops below zero"),
    ],
)
def test_a_policy_that_cannot_be_reckoned_with(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        replace(POLICY, **given)  # type: ignore[arg-type]


def test_a_weight_may_be_nothing_but_not_less() -> None:
    assert isclose(replace(POLICY.weights, time=0.0).total, 0.7)
    with pytest.raises(ValueError, match="below zero"):
        replace(POLICY.weights, gate=-0.1)


# ------------------------------------------------------------ what always holds

SHARES = st.floats(0, 1)
WEIGHTS = st.builds(Weights, *[st.floats(0, 5)] * 7)
POLICIES = st.builds(
    SuspectPolicy,
    weights=WEIGHTS,
    tau=st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
    look_back=st.just(timedelta(days=7)),
)
CANDIDATES = st.lists(
    st.builds(
        candidate,
        key=st.sampled_from([*HOPS, "elsewhere"]),
        hours=st.floats(0, 24 * 9),
        market=SHARES,
        gate=st.sampled_from(Gate),
        overran=st.timedeltas(timedelta(0), timedelta(hours=5)),
        risk=st.none() | SHARES,
        history=st.none() | SHARES,
    ),
    max_size=8,
)


def told_apart(found: list[Candidate]) -> list[Candidate]:
    """Give each its own key, as the estate does."""
    return [replace(each, key=f"{each.key}:{at}") for at, each in enumerate(found)]


@given(POLICIES, CANDIDATES)
def test_a_score_lies_between_nothing_and_the_sum_of_the_weights(
    policy: SuspectPolicy, drawn: list[Candidate]
) -> None:
    for each in rank(INCIDENT, drawn, HOPS, policy):
        assert -1e-9 <= each.score <= policy.weights.total + 1e-9


@given(POLICIES, CANDIDATES, st.randoms())
def test_the_order_of_what_comes_in_plays_no_part(
    policy: SuspectPolicy, drawn: list[Candidate], random: Random
) -> None:
    one = told_apart(drawn)
    other = list(one)
    random.shuffle(other)
    assert rank(INCIDENT, one, HOPS, policy) == rank(INCIDENT, other, HOPS, policy)


@given(
    POLICIES,
    st.timedeltas(timedelta(0), timedelta(days=7)),
    st.timedeltas(timedelta(0), timedelta(days=7)),
    st.integers(0, 9),
    st.integers(0, 9),
    SHARES,
    SHARES,
)
def test_nothing_more_suspect_ever_lowers_the_score(
    policy: SuspectPolicy,
    dt: timedelta,
    later: timedelta,
    hops: int,
    further: int,
    low: float,
    high: float,
) -> None:
    """Nearer in time and place, more markets, a failed gate, an overrun, risk, history."""
    (dt, later), (hops, further) = sorted((dt, later)), sorted((hops, further))
    low, high = sorted((low, high))
    calm = replace(LIMITS, gate=Gate.PASSED, overran=timedelta(0), risk=low, history=low)

    def score(one: Candidate, dt: timedelta, hops: int | None, share: float) -> float:
        terms = terms_of(policy, one, dt=dt, hops=hops, overlap=share)
        return sum(each.points for each in terms)

    base = score(calm, later, further, low) - 1e-9
    assert score(calm, dt, further, low) >= base
    assert score(calm, later, hops, low) >= base
    assert score(calm, later, None, low) <= base + 2e-9
    assert score(calm, later, further, high) >= base
    assert score(replace(calm, gate=Gate.INCONCLUSIVE), later, further, low) >= base
    assert score(replace(calm, overran=timedelta(minutes=1)), later, further, low) >= base
    assert score(replace(calm, risk=high), later, further, low) >= base
    assert score(replace(calm, history=high), later, further, low) >= base
