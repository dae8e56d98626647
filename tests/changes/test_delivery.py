"""Delivery figures on a small story whose figures are reckoned by hand (reference 5.1, 5.2, 5.4).

Kenya and Tanzania, 28 days from 2 February 2026: twelve changes ended.
"""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from changes.lifecycle import Outcome, Sighted, State
from changes.lifecycle import Verdict as Said
from changes.models import CauseVerdict, ChangeSighting, TroubledIncident
from changes.queries.delivery import Delivery, Wanted, delivery
from changes.rules.delivery import By, Deployment, Hurt, Times, case_of, figures, quantile, times
from changes.run_values import place_of_run
from ssoc.core.errors import BadInput
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.factories import EIGHT, person

UNTIL = EIGHT
SINCE = UNTIL - timedelta(days=28)
HOUR = timedelta(hours=1)
H, D = HOUR, timedelta(days=1)


def ended(work: Work, day: int, outcome: Outcome | None = Outcome.SUCCESSFUL, **given: Any) -> int:
    """Store a change requested ``lead`` before its end, which was on a day of the period."""
    finished = SINCE + timedelta(days=day)
    usual = {
        "state": State.ENDED,
        "outcome": outcome,
        "created_at": finished - given.pop("lead", 2 * D),
        "started_at": finished - given.pop("took", HOUR),
        "finished_at": finished,
    }
    return factories.change(work, **{**usual, **given}).id


def caused(work: Work, change_id: int, number: int, began: datetime, lasted: timedelta) -> None:
    happened(work, number, began, lasted)
    said(work, number, change_id, Said.CONFIRMED)


def happened(work: Work, number: int, began: datetime, lasted: timedelta, *markets: str) -> None:
    work.session.add(
        TroubledIncident(
            incident_id=number,
            markets=list(markets or ["KE"]),
            priority="P2",
            began_at=began,
            ended_at=began + lasted,
        )
    )
    work.session.flush()


def said(work: Work, number: int, change_id: int, verdict: Said) -> None:
    work.session.add(
        CauseVerdict(
            incident_id=number,
            candidate=f"change:{change_id}",
            change_id=change_id,
            kind="change",
            title="x",
            verdict=verdict,
            reason="seen",
            by="amina",
            at=work.now,
        )
    )
    work.session.flush()


@pytest.fixture
def story(runtime: Runtime) -> Runtime:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        for day in range(7):  # seven good ones in Kenya: lead 1 to 7 days
            ended(work, day, lead=(day + 1) * D)
        good = ended(work, 8, lead=8 * D)  # good, but it broke something for 3 h
        caused(work, good, 1, SINCE + 8 * D, 3 * H)
        ended(work, 9, Outcome.ROLLED_BACK, took=2 * H, vendor="tern")  # no incident linked
        ended(work, 10, type="emergency", purpose="mends INC-1", lead=4 * H)
        ended(work, 20, Outcome.FAILED, markets=["TZ"], components=["core-tz"])
        ended(work, 21, Outcome.WITH_ISSUES, markets=["KE", "TZ"], lead=10 * D)
        # none of these counts
        ended(work, 28)  # ended when the period did
        ended(work, -1)
        ended(work, 5, state=State.RUNNING)
        ended(work, 5, None, state=State.CLOSED, cancelled_because="it belongs to CHG-1")
        # incidents: one judged, one ruled out, two of which nobody says anything
        happened(work, 2, SINCE + D, HOUR)
        said(work, 2, good, Said.RULED_OUT)
        happened(work, 3, SINCE + D, HOUR)
        happened(work, 4, SINCE + D, HOUR, "TZ")
        happened(work, 5, SINCE - D, HOUR)
        for number, verdict, change in (
            (1, Sighted.ANNOUNCED, good),
            (2, Sighted.UNWATCHED, None),
            (3, Sighted.IGNORED, None),
            (4, Sighted.UNAUTHORISED, good),  # its own finding is no announcement
            (5, Sighted.JOINED, good),
        ):
            work.session.add(
                ChangeSighting(
                    event_id=number,
                    at=SINCE + D,
                    received_at=SINCE + D,
                    source="github",
                    market="KE",
                    component="core-ke",
                    verdict=verdict,
                    change_id=change,
                    reason="",
                    judged_at=SINCE + D,
                )
            )
    return runtime


def of(runtime: Runtime, actor: Any = SYSTEM, **given: Any) -> Delivery:
    with runtime.view(actor) as work:
        return delivery(work, Wanted(SINCE, UNTIL, **given))


def test_the_whole(story: Runtime) -> None:
    whole = of(story).whole
    assert (whole.deployments, whole.per_week, whole.unknown) == (12, 3.0, 0)
    # failed: the good one with an incident, the rolled back one, the failed one
    assert (whole.failed.hits, whole.failed.n) == (3, 12)
    assert whole.failed.low == pytest.approx(0.0889, abs=1e-4)
    assert whole.failed.high == pytest.approx(0.5323, abs=1e-4)
    # lead: 1..7 days, 4 h, 10 days, without the three that failed: median of nine is 4 days
    assert whole.lead == Times(9, timedelta(days=4), timedelta(days=7.6))
    # recovery: 3 h of the incident, 2 h of the roll-back; of the failed one nobody knows
    assert whole.recovery == Times(2, timedelta(hours=2.5), timedelta(hours=2.9))
    assert (whole.rework.hits, whole.rework.n) == (1, 12)


def test_what_is_missing_stands_beside(story: Runtime) -> None:
    missing = of(story).coverage
    assert (missing.failures.hits, missing.failures.n) == (2, 3)
    assert (missing.incidents.hits, missing.incidents.n) == (2, 4)
    assert (missing.entries.hits, missing.entries.n) == (3, 4)
    assert (missing.unknown.hits, missing.unknown.n) == (0, 12)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (By.MARKET, {"KE": (11, 2), "TZ": (2, 1)}),
        (By.COMPONENT, {"core-ke": (11, 2), "core-tz": (1, 1)}),
        (By.VENDOR, {"": (11, 2), "tern": (1, 1)}),
        (By.TYPE, {"normal": (11, 3), "emergency": (1, 0)}),
        (By.TEAM, {"": (12, 3)}),
        (By.MONTH, {"2026-02": (12, 3)}),
    ],
)
def test_each_way_to_break_it_down(
    story: Runtime, by: By, expected: dict[str, tuple[int, int]]
) -> None:
    groups = of(story, by=by).groups
    assert {name: (each.deployments, each.failed.hits) for name, each in groups.items()} == expected


def test_one_market_or_type_alone(story: Runtime) -> None:
    assert of(story, market="TZ").whole.deployments == 2
    assert of(story, market="TZ").coverage.incidents.n == 1
    assert of(story, type="emergency").whole.rework.hits == 1
    assert of(story, market="EG").whole.deployments == 0
    assert of(story, market="EG").whole.failed.rate is None


def test_who_sees_one_market_sees_its_changes_only(story: Runtime) -> None:
    found = of(story, person("desk", Role.NOC_OPERATOR, "TZ"))
    assert found.whole.deployments == 2
    assert list(found.groups) == ["TZ"]
    assert (found.coverage.incidents.n, found.coverage.entries.n) == (1, 0)


def test_weeks_are_counted_from_the_first_change_that_is_known(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        for day in (14, 15, 20):
            ended(work, day)
        ended(work, 27, markets=["TZ"], components=["core-tz"])
    found = of(runtime)
    assert (found.since, found.whole.per_week) == (SINCE + 14 * D, 2.0)
    assert {name: each.per_week for name, each in found.groups.items()} == {"KE": 1.5, "TZ": 0.5}
    assert of(runtime, by=By.MONTH).groups["2026-02"].per_week == pytest.approx(3 / 12.666667 * 7)
    assert found.weeks[0] == (date(2026, 2, 16), 3, 0)
    assert of(runtime, market="TZ").whole.per_week == 0.5, "it was there as long as the others"
    desk = of(runtime, person("desk", Role.NOC_OPERATOR, "TZ"))
    assert desk.whole.per_week == 1.0, "of a day nothing is said as if it were a week"


def test_alarms_of_runs_and_symptoms_ask_for_no_judgement(runtime: Runtime) -> None:
    late = place_of_run("CHG-7", 3)
    with runtime.work(SYSTEM) as work:
        happened(work, 1, SINCE + D, HOUR)
        for number, change in ((2, {"component": late}), (3, {"is_nested": True})):
            happened(work, number, SINCE + D, HOUR)
            row = work.session.get_one(TroubledIncident, number)
            for name, value in change.items():
                setattr(row, name, value)
    missing = of(runtime).coverage.incidents
    assert (missing.hits, missing.n) == (1, 1)


def test_weeks_from_monday(story: Runtime) -> None:
    weeks = of(story).weeks
    assert weeks[0] == (date(2026, 2, 2), 7, 0)
    assert weeks[-1] == (date(2026, 3, 2), 0, 0)
    assert [done for _, done, _ in weeks] == [7, 3, 1, 1, 0]
    assert [failed for _, _, failed in weeks] == [0, 2, 1, 0, 0]


def test_statements_do_not_grow_with_changes(story: Runtime) -> None:
    def counted() -> int:
        statements: list[str] = []

        def note(*given: Any) -> None:
            statements.append(given[2])

        event.listen(story.engine, "before_cursor_execute", note)
        of(story, by=By.COMPONENT)
        event.remove(story.engine, "before_cursor_execute", note)
        return len(statements)

    few = counted()
    with story.work(SYSTEM) as work:
        for day in range(27):
            for _ in range(4):
                ended(work, day)
    assert counted() == few
    assert few <= 12


@pytest.mark.parametrize("days", [0, -1, 1101])
def test_what_is_no_period(days: int) -> None:
    with pytest.raises(BadInput, match="period"):
        Wanted(SINCE, SINCE + timedelta(days=days))


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([5], 0.9, 5), ([1, 3], 0.5, 2), ([1, 2, 3, 4, 5], 0.9, 4.6), ([0, 10], 0.9, 9)],
)
def test_quantiles(values: list[float], share: float, expected: float) -> None:
    assert quantile([timedelta(hours=each) for each in values], share) == timedelta(hours=expected)


def test_without_cases_nothing_is_made_up() -> None:
    none = figures([], timedelta(days=7))
    assert (none.deployments, none.per_week, none.failed.rate, none.lead) == (0, 0, None, Times(0))
    assert times([]) == Times(0)


def test_an_incident_that_goes_on_has_no_recovery_yet() -> None:
    done = Deployment(
        SINCE, SINCE, SINCE, Outcome.SUCCESSFUL, caused=[Hurt(SINCE, SINCE + H), Hurt(SINCE, None)]
    )
    assert case_of(done).has_failed
    assert case_of(done).recovery is None


def test_what_nobody_judged_is_unknown_and_in_no_rate() -> None:
    found = figures([case_of(Deployment(SINCE, SINCE, SINCE, None, is_unauthorised=True))], 7 * D)
    assert (found.deployments, found.unknown, found.failed.n, found.lead.n) == (1, 1, 0, 0)
