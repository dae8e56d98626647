"""Hypercare on real figures, and the wave brake through the real gate engine: rows B1 to B5."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest

from changes.gates.lifecycle import Phase
from changes.gates.queries import gates
from changes.programmes import decision_jobs
from changes.programmes.actions import braking, figures, watching
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import (
    BrakeReading,
    Programme,
    ProgrammeWave,
    SiteFigure,
    SiteRollout,
    WatchDay,
    WaveBrake,
)
from changes.programmes.queries import hypercare
from changes.programmes.queries.site_facts import gathered
from changes.programmes.rules import brake
from changes.programmes.rules.hypercare import Day, DayResult
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.factories import EIGHT
from tests.programmes import scenes

STEERING = {"IT": ["imre"], "business": ["bea"]}
IMRE = factories.person("imre", Role.CHANGE_MANAGER, "KE")
OTHER = factories.person("otto", Role.CHANGE_MANAGER, "KE")
SAM = factories.person("sam", Role.SITE_TEAM, "KE")
ABROAD = factories.person("ana", Role.SITE_TEAM, "TZ")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TODAY = datetime(2026, 3, 2, tzinfo=UTC)  # Monday; Nairobi is three hours ahead


def rows(site: str, first: int, last: int, sales: int = 10) -> list[dict[str, Any]]:
    """Return figures of days ``first`` to ``last`` before today, four hours a day."""
    return [
        {
            "site": site,
            "hour": (TODAY - back * DAY + hour * HOUR).isoformat(),
            "count": sales,
            "value": f"{sales * 100}.50",
            "currency": "KES",
        }
        for back in range(first, last - 1, -1)
        for hour in range(6, 10)
    ]


def watched(runtime: Runtime, days_ago: int = 4, **given: Any) -> scenes.Ids:
    """Store one site in hypercare since some days, one that waits, with figures of a month."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(
            work,
            2,
            states=[SiteState.HYPERCARE, SiteState.READY],
            steering=STEERING,
            site={"opening_hours": {}},
            terms={"hypercare_days": 3},
            **given,
        )
        work.session.get_one(SiteRollout, ids.first).cut_over_at = EIGHT - days_ago * DAY
        work.session.get_one(SiteRollout, ids.rollouts[1]).cut_over_at = None
    with runtime.work(SAM) as work:
        figures.store_figures(work, rows("KE-0001", 35, days_ago + 1))
    return ids


def judged(runtime: Runtime, site: int) -> list[DayResult]:
    decision_jobs.watch_sites(runtime)
    with runtime.view(SYSTEM) as work:
        return [each.result for each in reversed(hypercare.watch(work, site).days)]


def test_days_are_judged_against_the_sites_own_weekdays(runtime: Runtime) -> None:
    ids = watched(runtime)
    with runtime.work(SAM) as work:
        figures.store_figures(work, rows("KE-0001", 3, 3))
        figures.store_figures(work, rows("KE-0001", 2, 2, sales=5))
        figures.store_figures(work, rows("KE-0001", 1, 1, sales=9))
    inside, outside = DayResult.INSIDE, DayResult.OUTSIDE
    assert judged(runtime, ids.first) == [inside, outside, inside]
    with runtime.view(SYSTEM) as work:
        told = hypercare.standing(work, [ids.first])[ids.first]
        assert not told.is_met
        assert told.why == "1 of 3 days in a row inside the limits"
        assert gathered(work, [ids.first])[ids.first].standings["hypercare"] == told
        watch = hypercare.watch(work, ids.first)
    assert watch.days[1].why.startswith("sales 20 KES is 50.0 % below the usual 40")
    assert watch.days[0].figures["currencies"][0]["usual_sales"] == 40


def test_late_figures_turn_no_data_into_a_day_and_nothing_is_judged_twice(
    runtime: Runtime, clock: FrozenClock
) -> None:
    ids = watched(runtime, days_ago=2)
    clock.advance(timedelta(hours=-3))  # 05:00Z is 08:00 in Nairobi: eight hours after midnight
    assert judged(runtime, ids.first) == [DayResult.NO_DATA]
    with runtime.work(SAM) as work:
        figures.store_figures(work, rows("KE-0001", 1, 1))
    assert judged(runtime, ids.first) == [DayResult.INSIDE]
    with runtime.view(SYSTEM) as work:
        first = work.session.query(WatchDay).one().reckoned_at
    clock.advance(HOUR)
    judged(runtime, ids.first)
    with runtime.view(SYSTEM) as work:
        assert work.session.query(WatchDay).one().reckoned_at == first, "nothing new, no write"


def test_two_schedulers_that_judge_the_same_days_both_finish(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = watched(runtime)
    both_looked, faults = Barrier(2), list[BaseException]()
    due_days = watching.due_days

    def together(work: Work) -> list[tuple[int, Day]]:
        found = due_days(work)
        both_looked.wait(20)
        return found

    def turn() -> None:
        try:
            decision_jobs.watch_sites(runtime)
        except Exception as fault:  # noqa: BLE001 (whatever it is, it fails the test)
            faults.append(fault)

    monkeypatch.setattr(watching, "due_days", together)
    threads = [Thread(target=turn) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert faults == []
    with runtime.view(SYSTEM) as work:
        assert [each.result for each in hypercare.watch(work, ids.first).days] == [
            DayResult.NO_DATA
        ] * 3


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        pytest.param(35, 5, "", id="five weeks"),
        pytest.param(
            16,
            5,
            "too few days from before its cut-over to compare Mon, Tue, Wed, Thu, Fri, Sat, Sun "
            "with: such days are no data and never count; send its hourly figures",
            id="two weeks",
        ),
        pytest.param(
            3,
            1,
            "no figures from before its cut-over: such days are no data and never count; send its "
            "hourly figures",
            id="figures of the new system alone",
        ),
    ],
)
def test_what_cannot_be_compared_is_told_on_the_first_day(
    runtime: Runtime, first: int, last: int, said: str
) -> None:
    ids = watched(runtime)
    with runtime.work(SYSTEM) as work:
        work.session.query(SiteFigure).delete()
    with runtime.work(SAM) as work:
        figures.store_figures(work, rows("KE-0001", first, last))
    with runtime.view(SYSTEM) as work:
        assert hypercare.figures_lacking(work, ids.first) == said


def test_figures_may_come_six_hours_late_before_a_day_is_silent(
    runtime: Runtime, clock: FrozenClock
) -> None:
    ids = watched(runtime, days_ago=2)
    clock.advance(timedelta(hours=-8))  # 00:00Z, three hours after midnight in Nairobi
    assert judged(runtime, ids.first) == []


def test_figures_sent_again_are_the_same_and_newer_ones_count(
    runtime: Runtime, clock: FrozenClock
) -> None:
    watched(runtime)
    with runtime.view(SYSTEM) as work:
        before = work.session.query(SiteFigure).count()
    for sales in (10, 12):
        clock.advance(HOUR)
        with runtime.work(SAM) as work:
            assert figures.store_figures(work, rows("KE-0001", 5, 5, sales)) == 4
    with runtime.view(SYSTEM) as work:
        assert work.session.query(SiteFigure).count() == before
        kept = work.session.query(SiteFigure).where(SiteFigure.hour >= TODAY - 5 * DAY).first()
        assert kept is not None
        assert (kept.sales, kept.amount) == (12, Decimal("1200.5"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"site": "XX-1"}, "there is no site XX-1"),
        ({"hour": "soon"}, "row 2: hour 'soon' is no instant"),
        ({"hour": "2026-02-01T08:30:00Z"}, "row 2: hour 08:30:00 is not a whole hour"),
        ({"hour": "2031-01-01T00:00:00Z"}, "lies ahead"),
        ({"count": -1}, "row 2: count '-1' is no whole number"),
        ({"count": True}, "row 2: count"),
        ({"value": "NaN"}, "row 2: value 'NaN' is no amount"),
        ({"value": "1,5"}, "row 2: value '1,5' is no amount"),
        ({"currency": "ZZZ"}, "currency 'ZZZ' is no ISO 4217 code in use"),
        ({"colour": 1}, "row 2 has no field 'colour'"),
    ],
)
def test_nothing_is_stored_of_rows_with_a_fault(
    runtime: Runtime, change: dict[str, Any], fault: str
) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        scenes.programme(work, 1)
    good = rows("KE-0001", 3, 3)[0]
    bad = rows("KE-0001", 2, 2)[0] | change
    with pytest.raises(BadInput, match=fault), runtime.work(SAM) as work:
        figures.store_figures(work, [good, bad])
    with pytest.raises(BadInput, match="same site, hour and currency"), runtime.work(SAM) as work:
        figures.store_figures(work, [good, good])
    with runtime.view(SYSTEM) as work:
        assert work.session.query(SiteFigure).count() == 0


def test_every_fault_of_every_row_is_told_at_once(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        scenes.programme(work, 1)
    bad = rows("NOPE", 2, 2)[0] | {"currency": "shillings", "count": -1}
    good = rows("KE-0001", 3, 3)[0]
    with pytest.raises(BadInput) as said, runtime.work(SAM) as work:
        figures.store_figures(work, [bad, good, good | {"site": "NOWHERE"}])
    assert str(said.value).split("; ") == [
        "row 1: there is no site NOPE that you may see",
        "row 1: currency 'shillings' is no ISO 4217 code in use, such as KES",
        "row 1: count '-1' is no whole number of 0 or more",
        "row 3: there is no site NOWHERE that you may see",
        "nothing was stored",
    ]
    with pytest.raises(BadInput) as said, runtime.work(SAM) as work:
        figures.store_tickets(work, [{"site": "NOPE", "reference": "", "opened_at": "soon"}])
    assert str(said.value).count("row 1: ") == 3


def test_only_who_works_at_sites_of_the_market_sends_figures(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        scenes.programme(work, 1)
    with pytest.raises(BadInput, match="there is no site KE-0001"), runtime.work(ABROAD) as work:
        figures.store_figures(work, rows("KE-0001", 3, 3))
    auditor = factories.person("ed", Role.AUDITOR, "KE")
    with pytest.raises(NotAllowed), runtime.work(auditor) as work:
        figures.store_tickets(
            work, [{"site": "KE-0001", "reference": "T1", "opened_at": EIGHT.isoformat()}]
        )


def test_tickets_beside_sites_not_yet_migrated(runtime: Runtime) -> None:
    ids = watched(runtime, days_ago=2)
    sent = [
        {"site": site, "reference": f"T{at}", "opened_at": (EIGHT - DAY).isoformat(), "title": "x"}
        for at, site in enumerate(["KE-0001"] * 5 + ["KE-0002"] * 2)
    ]
    with runtime.work(SAM) as work:
        figures.store_figures(work, rows("KE-0001", 1, 1))
        assert figures.store_tickets(work, sent) == 7
        assert figures.store_tickets(work, sent) == 0, "sent again, nothing is new"
    assert judged(runtime, ids.first) == [DayResult.OUTSIDE]
    with runtime.view(SYSTEM) as work:
        assert hypercare.watch(work, ids.first).days[0].why == (
            "5 tickets, 1 sites not yet migrated had 2.00 each; 2 times that is allowed"
        )


# ---- the brake


def braked(runtime: Runtime, ends: Sequence[SiteState], **given: Any) -> scenes.Ids:
    """Store a first wave whose sites ended so, and a second that waits; look at the brake."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        states = [*ends, *[SiteState.READY] * len(ends)]
        ids = scenes.programme(work, len(states), 2, states=states, steering=STEERING, **given)
        work.session.query(SiteRollout).where(SiteRollout.wave_id == ids.waves[1]).update(
            {"cut_over_at": None}
        )
    turn(runtime)
    return ids


def turn(runtime: Runtime) -> None:
    decision_jobs.watch_sites(runtime)
    while outbox.deliver(runtime):
        pass


def wave(runtime: Runtime, wave_id: int) -> ProgrammeWave:
    with runtime.view(SYSTEM) as work:
        return work.session.get_one(ProgrammeWave, wave_id)


def failed(count: int) -> list[SiteState]:
    return [SiteState.ROLLED_BACK] * count + [SiteState.ACCEPTED] * (10 - count)


def phase(runtime: Runtime, wave_id: int) -> Phase:
    with runtime.view(SYSTEM) as work:
        return gates.gate(work, work.session.get_one(WaveBrake, wave_id).gate_id).phase


def test_two_of_ten_failed_sites_let_the_next_wave_start(runtime: Runtime) -> None:
    """Row B1."""
    ids = braked(runtime, failed(2))
    assert phase(runtime, ids.waves[0]) in {Phase.RUNNING, Phase.PENDING}
    assert wave(runtime, ids.waves[1]).paused_because == ""


def test_three_of_ten_pause_it_strictly_greater(runtime: Runtime) -> None:
    """Row B2: the wave is paused, its sites may not go on, nothing is rolled back."""
    ids = braked(runtime, failed(3))
    assert phase(runtime, ids.waves[0]) is Phase.FAILED
    paused = wave(runtime, ids.waves[1])
    assert paused.paused_because.startswith("Wave 1: the brake is failed by failed sites")
    assert wave(runtime, ids.waves[0]).paused_because == ""
    with runtime.view(SYSTEM) as work:
        last = ids.rollouts[-1]
        assert gathered(work, [last])[last].wave_paused_because == paused.paused_because
        states = {each.state for each in work.session.query(SiteRollout)}
    assert states == {SiteState.ROLLED_BACK, SiteState.ACCEPTED, SiteState.READY}


def test_a_day_without_sales_figures_is_no_data_and_pauses_without_a_failure(
    runtime: Runtime,
) -> None:
    """Row B3."""
    ids = watched(runtime, days_ago=2, waves=2)
    with runtime.work(SYSTEM) as work:
        work.session.get_one(SiteRollout, ids.rollouts[1]).wave_id = ids.waves[1]
    turn(runtime)
    assert phase(runtime, ids.waves[0]) is Phase.NO_DATA
    paused = wave(runtime, ids.waves[1]).paused_because
    assert "the brake is no data by failed sites" in paused
    with runtime.view(SYSTEM) as work:
        gate = gates.gate(work, work.session.get_one(WaveBrake, ids.waves[0]).gate_id)
    series = next(each for each in gate.series if each.metric.name == brake.FAILED_SITES)
    assert series.counters.failed == 0, "not a failure"


def test_tickets_between_the_two_limits_are_for_steering_to_decide(runtime: Runtime) -> None:
    """Row B4: 1.4 times the control sites."""
    ids = braked(runtime, failed(0))
    sent = [
        {"site": f"KE-{at:04d}", "reference": f"T{number}", "opened_at": (EIGHT - DAY).isoformat()}
        for number, at in enumerate([*range(1, 11), 1, 2, 3, 4, *range(11, 21)])
    ]
    with runtime.work(SYSTEM) as work:
        work.session.query(BrakeReading).delete()
        figures.store_tickets(work, sent)
    turn(runtime)
    assert phase(runtime, ids.waves[0]) is Phase.INCONCLUSIVE
    assert "the brake is inconclusive by tickets per site" in (
        wave(runtime, ids.waves[1]).paused_because
    )


def test_what_steering_resumed_cannot_brake_again(runtime: Runtime, clock: FrozenClock) -> None:
    """Row B5: the evidence is consumed; new evidence brakes anew."""
    ids = braked(runtime, [*failed(3), *[SiteState.HYPERCARE] * 3])
    second = ids.waves[1]
    with pytest.raises(NotAllowed, match="the steering of New tills resumes"):
        resume(runtime, second, "otto", "looks fine")
    with pytest.raises(BadInput, match="needs a reason"):
        resume(runtime, second, "imre", " ")
    resume(runtime, second, "imre", "the three had one bad router model; it is replaced")
    turn(runtime)
    clock.advance(HOUR)
    turn(runtime)
    assert wave(runtime, second).paused_because == ""
    with pytest.raises(Conflict, match="is not paused"):
        resume(runtime, second, "imre", "again")
    turn_back(runtime, ids.rollouts[3:6])
    assert wave(runtime, second).paused_because == "", "a site is measured once"
    turn_back(runtime, ids.rollouts[10:13])
    assert wave(runtime, second).paused_because.startswith("Wave 1: the brake is failed")


def turn_back(runtime: Runtime, sites: Sequence[int]) -> None:
    with runtime.work(SYSTEM) as work:
        work.session.query(SiteRollout).where(SiteRollout.id.in_(sites)).update(
            {"state": SiteState.ROLLED_BACK}
        )
    turn(runtime)


def resume(runtime: Runtime, wave_id: int, name: str, reason: str) -> None:
    with runtime.work({"imre": IMRE, "otto": OTHER}[name]) as work:
        braking.resume(work, wave_id, reason)


def test_a_person_pauses_a_wave_and_a_programme_has_its_own_brake(runtime: Runtime) -> None:
    own = {
        "metrics": [
            {
                "name": brake.FAILED_SITES,
                "provider": {"recorded": {}},
                "interval": "1h",
                "failure_condition": "result > 0",
            }
        ]
    }
    ids = braked(runtime, failed(1), brake=own)
    assert phase(runtime, ids.waves[0]) is Phase.FAILED, "its own limit is 0"
    with pytest.raises(Conflict, match="paused already by ssoc"), runtime.work(IMRE) as work:
        braking.pause(work, ids.waves[1], "me too")
    with runtime.work(IMRE) as work:
        braking.resume(work, ids.waves[1], "one is no pattern")
        braking.pause(work, ids.waves[1], "the vendor is on strike")
    assert wave(runtime, ids.waves[1]).paused_by == "imre"
    with pytest.raises(NotAllowed), runtime.work(SAM) as work:
        braking.pause(work, ids.waves[0], "no")
    with runtime.view(SYSTEM) as work:
        assert work.session.query(Programme).count() == 1
