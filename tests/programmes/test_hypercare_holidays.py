"""Hypercare beside public holidays: days that are not as others are compared with nothing."""

from dataclasses import replace
from datetime import date, timedelta

from changes.models import TroubledIncident
from changes.programmes.actions import figures
from changes.programmes.queries import hypercare
from changes.programmes.rules.hypercare import DayResult
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.estate import actions as estate_actions
from tests import factories
from tests.programmes.test_hypercare import SAM, TODAY, judged, rows, watched

DAY = timedelta(days=1)
INSIDE, CLOSED, OUTSIDE, NO_DATA = (
    DayResult.INSIDE,
    DayResult.CLOSED,
    DayResult.OUTSIDE,
    DayResult.NO_DATA,
)


def holidays(runtime: Runtime, **names: str) -> None:
    """Let days such as ``d20260227`` be holidays of Kenya."""
    added = {date.fromisoformat(day[1:]).isoformat(): name for day, name in names.items()}
    value = factories.estate_of()
    kenya = replace(value.markets["KE"], added_holidays=added)
    own = replace(value, markets={**value.markets, "KE": kenya})
    with runtime.work(SYSTEM) as work:
        estate_actions.replace(work, factories.items_of(own))


def sold(runtime: Runtime, **days: int) -> None:
    """Store so many sales an hour of days such as ``d20260227``."""
    with runtime.work(SAM) as work:
        for day, sales in days.items():
            back = (TODAY.date() - date.fromisoformat(day[1:])).days
            figures.store_figures(work, rows("KE-0001", back, back, sales=sales))


def test_a_public_holiday_counts_as_no_day(runtime: Runtime) -> None:
    """Cut over on Thursday; Friday sells a fifth of what it does, because it is a holiday."""
    ids = watched(runtime)
    holidays(runtime, d20260227="Founders' Day")
    sold(runtime, d20260227=2, d20260228=10, d20260301=10)
    assert judged(runtime, ids.first) == [CLOSED, INSIDE, INSIDE]
    with runtime.view(SYSTEM) as work:
        found = hypercare.watch(work, ids.first)
    assert found.days[-1].why == (
        "Founders' Day, a public holiday: sales are not compared, it counts as no day"
    )
    assert found.standing.inside == 2


def test_a_holiday_does_not_hide_failed_sales(runtime: Runtime) -> None:
    ids = watched(runtime)
    holidays(runtime, d20260227="Founders' Day")
    with runtime.work(SAM) as work:
        bad = [{**each, "failed": 5} for each in rows("KE-0001", 3, 3, sales=5)]
        figures.store_figures(work, bad)
    sold(runtime, d20260228=10, d20260301=10)
    assert judged(runtime, ids.first)[0] is OUTSIDE


def test_a_holiday_before_the_cut_over_is_left_out_of_the_usual(runtime: Runtime) -> None:
    ids = watched(runtime)
    holidays(runtime, d20260220="Founders' Day")
    sold(runtime, d20260220=1, d20260213=6, d20260227=10, d20260228=10, d20260301=10)
    assert judged(runtime, ids.first)[0] is INSIDE
    with runtime.view(SYSTEM) as work:
        friday = hypercare.watch(work, ids.first).days[-1]
    assert friday.figures["currencies"][0]["usual_sales"] == 40, "32 with the holiday among them"
    assert friday.figures["left_out"] == {"2026-02-20": "holiday: Founders' Day"}


def test_a_day_with_a_serious_incident_is_left_out_as_gates_do(runtime: Runtime) -> None:
    ids = watched(runtime)
    with runtime.work(SYSTEM) as work:
        began = TODAY - 10 * DAY
        work.session.add(
            TroubledIncident(
                incident_id=9,
                markets=["KE"],
                priority="P1",
                began_at=began,
                ended_at=began + DAY / 4,
            )
        )
    sold(runtime, d20260220=1, d20260213=6, d20260227=10)
    assert judged(runtime, ids.first)[0] is INSIDE
    with runtime.view(SYSTEM) as work:
        friday = hypercare.watch(work, ids.first).days[-1]
    assert friday.figures["left_out"] == {"2026-02-20": "incident 9"}


def test_three_days_must_be_left(runtime: Runtime) -> None:
    ids = watched(runtime)
    holidays(runtime, d20260220="Founders' Day", d20260213="Harvest")
    sold(runtime, d20260227=10)
    assert judged(runtime, ids.first)[0] is NO_DATA
    with runtime.view(SYSTEM) as work:
        why = hypercare.watch(work, ids.first).days[-1].why
    assert why == (
        "fewer than 3 of the last 4 such weekdays before the cut-over have figures and count; left "
        "out: 13 Feb (holiday: Harvest), 20 Feb (holiday: Founders' Day), so there is no baseline"
    )


def test_a_holiday_of_another_market_changes_nothing(runtime: Runtime) -> None:
    ids = watched(runtime)
    value = factories.estate_of()
    other = replace(value.markets["TZ"], added_holidays={"2026-02-27": "Union Day"})
    own = replace(value, markets={**value.markets, "TZ": other})
    with runtime.work(SYSTEM) as work:
        estate_actions.replace(work, factories.items_of(own))
    sold(runtime, d20260227=2)
    assert judged(runtime, ids.first)[0] is OUTSIDE
