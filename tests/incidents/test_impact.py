"""What an incident costs, as a rule: figures in, transactions out; unknown is never zero."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.rules.impact import Figures, Point, Tally, measured_by, projected, reckon
from ssoc.estate.values import Criticality
from ssoc.monitoring.rules.baseline import Usual
from tests import factories
from tests.factories import EIGHT, at

KPIS = {"tps": "figures/tps", "success_percent": "figures/success_percent"}
HOLD = timedelta(seconds=30)


def every(seconds: int, until: int, value: float, since: int = 0) -> list[Point]:
    return [(at(second), value) for second in range(since + seconds, until + 1, seconds)]


def figures(
    tps: Sequence[Point],
    success: Sequence[Point] | None,
    usual_tps: float | None = 100.0,
    usual_success: float | None = 99.0,
) -> Figures:
    return Figures(
        tps, success, lambda _at: usually(usual_tps), lambda _at: usually(usual_success), HOLD
    )


def usually(value: float | None) -> Usual | None:
    return None if value is None else Usual(value, 4, value, value)


MINUTE = 60


@pytest.mark.parametrize(
    ("tps", "success", "lost", "per_minute", "share"),
    [
        pytest.param(100, 99, "0.00", "0.00", "0.0000", id="all is as usual"),
        pytest.param(0, 0, "59400.00", "5940.00", "1.0000", id="nothing goes through"),
        pytest.param(100, 49.5, "29700.00", "2970.00", "0.5000", id="half of them fail"),
        pytest.param(50, 99, "29700.00", "2970.00", "0.5000", id="half do not even come"),
        pytest.param(130, 99, "0.00", "0.00", "0.0000", id="a good day wins nothing back"),
        pytest.param(98.5, 99, "0.00", "0.00", "0.0000", id="noise is no loss"),
        pytest.param(96, 98.9, "0.00", "0.00", "0.0000", id="both within their bands"),
        pytest.param(88, 99, "0.00", "0.00", "0.0000", id="on the edge of the usual volume"),
        pytest.param(87, 99, "7722.00", "772.20", "0.1300", id="below it all counts"),
        pytest.param(100, 97.01, "0.00", "0.00", "0.0000", id="just above the success band"),
        pytest.param(100, 97, "1200.00", "120.00", "0.0202", id="on its edge it is loss"),
        pytest.param(90, 97, "1080.00", "108.00", "0.0182", id="of what came, what failed"),
    ],
)
def test_ten_minutes(tps: float, success: float, lost: str, per_minute: str, share: str) -> None:
    found = figures(every(10, 600, tps), every(10, 600, success))
    tally = reckon(found, EIGHT, at(600))
    assert tally.lost == Decimal(lost)
    assert (tally.lost_per_minute, tally.share_lost) == (Decimal(per_minute), Decimal(share))
    assert (tally.reckoned_to, tally.unknown) == (at(600), timedelta())


def test_no_traffic_has_no_success_and_is_a_loss_all_the_same() -> None:
    tally = reckon(figures(every(10, 600, 0), []), EIGHT, at(600))
    assert (tally.lost, tally.share_lost) == (Decimal("59400.00"), Decimal("1.0000"))


def test_without_success_every_transaction_counts_as_good() -> None:
    tally = reckon(figures(every(10, 600, 50), None), EIGHT, at(600))
    assert (tally.lost, tally.success_percent) == (Decimal("30000.00"), None)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(figures([], []), id="nobody answers"),
        pytest.param(figures(every(10, 600, 50), [], 100.0, 99.0), id="success is not seen"),
        pytest.param(figures(every(10, 600, 50), every(10, 600, 50), None), id="no usual volume"),
        pytest.param(
            figures(every(10, 600, 50), every(10, 600, 50), 100.0, None), id="no usual success"
        ),
    ],
)
def test_what_nobody_can_know_is_unknown_and_not_zero(found: Figures) -> None:
    tally = reckon(found, EIGHT, at(600))
    assert (tally.lost, tally.lost_per_minute) == (None, None)


def test_where_only_success_is_measured_the_share_is_known() -> None:
    tally = reckon(figures([], every(10, 600, 49.5)), EIGHT, at(600))
    assert (tally.lost, tally.share_lost) == (None, Decimal("0.5000"))
    assert (tally.success_percent, tally.usual_percent) == (Decimal("49.500"), Decimal("99.000"))


@pytest.mark.parametrize(
    ("success", "lost", "share"),
    [
        pytest.param(98.6, "0.00", "0.0000", id="as usual: nothing is lost"),
        pytest.param(90, None, "0.0909", id="below the band: nobody knows how many"),
    ],
)
def test_success_without_volume_says_none_or_a_share(
    success: float, lost: str | None, share: str
) -> None:
    found = replace(figures([], every(10, 600, success)), tps=None)
    tally = reckon(found, EIGHT, at(600))
    assert tally.lost == (None if lost is None else Decimal(lost))
    assert tally.share_lost == Decimal(share)


def test_a_gap_stays_unknown() -> None:
    """Two minutes are seen, three are not, one is seen again: its first point speaks for 30 s."""
    tps = every(10, 120, 0) + every(10, 360, 0, since=300)
    tally = reckon(figures(tps, []), EIGHT, at(360))
    assert tally.unknown == timedelta(seconds=160)
    assert tally.lost == Decimal("19800.00"), "200 seconds of 99 a second"


def test_old_figures_say_nothing_about_now() -> None:
    tally = reckon(figures(every(10, 120, 0), []), EIGHT, at(600))
    assert tally.lost == Decimal("11880.00")
    assert (tally.lost_per_minute, tally.share_lost) == (None, None)
    assert tally.reckoned_to == at(120), "what comes late is counted later"


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 600), max_size=5).map(sorted),
    st.lists(st.floats(0, 200), min_size=60, max_size=60),
)
def test_many_turns_count_what_one_would(stops: list[int], values: list[float]) -> None:
    tps = [(at(10 * (index + 1)), value) for index, value in enumerate(values)]
    known = figures(tps, every(10, 600, 80))
    whole = reckon(known, EIGHT, at(600))
    parts: list[Tally] = []
    since = EIGHT
    for stop in [*stops, 600, 600]:
        parts.append(reckon(known, since, at(stop)))
        since = parts[-1].reckoned_to
    assert whole.lost is not None
    added = sum((each.lost for each in parts if each.lost is not None), Decimal(0))
    assert abs(added - whole.lost) <= Decimal("0.01") * len(parts)
    assert sum((each.unknown for each in parts), timedelta()) == whole.unknown


GRAPH = "ussd-ke > api-ke > core, api-tz > core, sms-ke, core > storage"
ESTATE = factories.estate_of(
    GRAPH,
    [
        factories.component("api-ke", "KE", criticality=Criticality.VITAL, kpis=KPIS),
        factories.component("agents-ke", "KE", kpis=KPIS),
        factories.component("api-tz", "TZ", criticality=Criticality.VITAL, kpis=KPIS),
        factories.component("core", "KE", "TZ", kpis=KPIS),
        factories.component("storage", "KE", "TZ"),
    ],
)


@pytest.mark.parametrize(
    ("market", "failing", "measured", "stands_on_it"),
    [
        pytest.param("KE", {"storage"}, "api-ke", True, id="what stands on a shared cause"),
        pytest.param("TZ", {"storage"}, "api-tz", True, id="in each market its own"),
        pytest.param("KE", {"api-ke"}, "api-ke", True, id="itself"),
        pytest.param("KE", {"ussd-ke"}, "api-ke", False, id="what a channel feeds"),
        pytest.param("KE", {"agents-ke", "core"}, "api-ke", True, id="the most critical"),
        pytest.param("KE", {"sms-ke"}, None, False, id="nobody's figures tell"),
        pytest.param("KE", {"?KE/Odd"}, None, False, id="not in the estate"),
        pytest.param("EG", {"storage"}, None, False, id="another market"),
    ],
)
def test_whose_traffic_tells(
    market: str, failing: set[str], measured: str | None, stands_on_it: bool
) -> None:
    found = measured_by(ESTATE, market, failing)
    assert (found.component.key if found else None) == measured
    assert (found.stands_on_it if found else False) is stands_on_it


@pytest.mark.parametrize(
    ("so_far", "per_minute", "after"),
    [("100", "2.5", "250.00"), (None, "2.5", "150.00"), ("100", None, None), (None, None, None)],
)
def test_if_it_lasts_another_hour(
    so_far: str | None, per_minute: str | None, after: str | None
) -> None:
    lost, rate = (None if each is None else Decimal(each) for each in (so_far, per_minute))
    expected = None if after is None else Decimal(after)
    assert projected(lost, rate, timedelta(hours=1)) == expected
