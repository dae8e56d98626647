"""Reckon impact from stored figures, turn by turn, on both databases."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from incidents import actions
from incidents.clock_actions import on_resolve, start_clocks
from incidents.clock_queries import clocks_of
from incidents.impact_jobs import reckon_impact
from incidents.impact_queries import ImpactView, impact_of
from incidents.lifecycle import State
from incidents.models import Incident, IncidentMarket
from incidents.queries import line_of
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import Priority, Severity
from ssoc.core.work import Runtime, Work
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Check, Criticality
from ssoc.monitoring.actions.silences import SilenceDraft, set_silence
from ssoc.monitoring.models import SampleHour, SampleRow, Series
from ssoc.monitoring.report import WATCH
from ssoc.monitoring.rules.matching import Matcher
from tests import factories
from tests.factories import EIGHT
from tests.incidents.stories import Story

KPIS = {"tps": "figures/tps", "success_percent": "figures/success_percent"}
TEN, MINUTE = timedelta(seconds=10), timedelta(minutes=1)
AMINA = factories.person("amina", Role.INCIDENT_MANAGER)
TOM = factories.person("tom", Role.NOC_OPERATOR, "TZ")


@pytest.fixture
def estate(runtime: Runtime) -> None:
    """Store two markets on one ledger, each with its own payment API and figures."""
    found = factories.estate_of(
        "ussd-ke > api-ke > core, api-tz > core, sms-ke",
        [
            factories.component(
                f"api-{code}", code.upper(), criticality=Criticality.IMPORTANT, kpis=KPIS
            )
            for code in ("ke", "tz")
        ]
        + [
            factories.component("core", "KE", "TZ", criticality=Criticality.SUPPORTING),
            factories.component("sms-ke", "KE", criticality=Criticality.SUPPORTING),
        ],
        [Check(f"api-{code}", "figures", "promql", TEN, code.upper()) for code in ("ke", "tz")],
    )
    money = {"KE": ("1000", "0.0077"), "TZ": ("48900", "0.0004")}
    markets = {
        code: factories.market(code, average_value=Decimal(value), usd_rate=Decimal(rate))
        for code, (value, rate) in money.items()
    }
    items = [item for item in factories.items_of(found) if item[0] != "market"]
    with runtime.work(SYSTEM) as work:
        estate_actions.replace(work, [*(("market", each) for each in markets.values()), *items])
        for code in ("ke", "tz"):
            usual(work, f"api-{code}")


def usual(work: Work, component: str) -> None:
    """Store four weeks of 100 tps at 99 percent."""
    market = component.rpartition("-")[2].upper()
    for name, value in (("tps", 100.0), ("success_percent", 99.0)):
        series = Series(
            check=f"{component}/figures",
            component=component,
            market=market,
            name=name,
            labels="{}",
            unit="",
        )
        work.session.add(series)
        work.session.flush()
        for week in range(1, 5):
            for hour in range(-2, 6):
                at = EIGHT - timedelta(weeks=week) + timedelta(hours=hour)
                work.session.add(
                    SampleHour(
                        series_id=series.id,
                        hour_at=at,
                        count=60,
                        sum=60 * value,
                        least=value,
                        most=value,
                    )
                )


Play = Callable[..., None]


@pytest.fixture
def play(runtime: Runtime, clock: FrozenClock, estate: None) -> Play:
    """Give a player of time: figures every ten seconds, a turn of the job every minute."""

    def run(
        minutes: int, tps: float | None = 100.0, success: float = 99.0, code: str = "ke"
    ) -> None:
        for _ in range(minutes):
            since = clock.now()
            clock.advance(MINUTE)
            if tps is not None:
                store(runtime, f"api-{code}", since, {"tps": tps, "success_percent": success})
            reckon_impact(runtime)

    return run


def store(runtime: Runtime, component: str, since: datetime, values: dict[str, float]) -> None:
    with runtime.work(SYSTEM) as work:
        ids = {
            row.name: row.id
            for row in work.session.query(Series).filter(Series.component == component)
        }
        for name, value in values.items():
            for step in range(1, 7):
                work.session.add(SampleRow(series_id=ids[name], at=since + step * TEN, value=value))


def opened(runtime: Runtime, component: str = "core", *markets: str, **given: object) -> int:
    usual: dict[str, object] = {
        "component": component,
        "impact": 3,
        "urgency": 1,
        "priority": Priority.P3,
    }
    with runtime.work(SYSTEM) as work:
        incident = factories.incident(work, markets or ("KE",), **{**usual, **given})
        start_clocks(work, incident)
        return incident.id


def cost(runtime: Runtime, number: int) -> ImpactView:
    with runtime.view(SYSTEM) as work:
        return impact_of(work, [number])[number]


def row(runtime: Runtime, number: int) -> Incident:
    with runtime.view(SYSTEM) as work:
        return work.get(Incident, number)


def test_transactions_value_and_share(runtime: Runtime, play: Play) -> None:
    number = opened(runtime)
    play(10, tps=100, success=49.5)
    kenya = cost(runtime, number).markets[0]
    assert kenya.lost == Decimal("29700.00"), "half of 99 a second for ten minutes"
    assert (kenya.value_lost, kenya.currency) == (Decimal("29700000.0000"), "KES")
    assert kenya.usd_lost == Decimal("228690.0000")
    assert (kenya.lost_per_minute, kenya.share_lost) == (Decimal("2970.00"), Decimal("0.5000"))
    assert (kenya.success_percent, kenya.usual_percent) == (Decimal("49.500"), Decimal("99.000"))
    assert kenya.unknown == timedelta()
    assert kenya.lost_after(timedelta(hours=1)) == Decimal("207900.00")
    assert kenya.value_after(timedelta(hours=1)) == Decimal("207900000.00")


def test_local_currencies_are_never_summed(runtime: Runtime, play: Play) -> None:
    number = opened(runtime, "core", "KE", "TZ")
    play(1, tps=0, success=0, code="ke")
    play(1, tps=0, success=0, code="tz")
    found = cost(runtime, number)
    assert [each.currency for each in found.markets] == ["KES", "TZS"]
    assert found.lost == sum(each.lost or 0 for each in found.markets)
    assert found.usd_lost == sum(each.usd_lost or 0 for each in found.markets)
    assert found.usd_after() is not None
    assert not hasattr(found, "value_lost")


def test_who_sees_one_market_gets_the_figures_of_one(runtime: Runtime, play: Play) -> None:
    number = opened(runtime, "core", "KE", "TZ")
    other = opened(runtime, "sms-ke", "KE")
    play(1, tps=0, success=0, code="ke")
    with runtime.view(TOM) as work:
        found = impact_of(work, [number, other])
    assert [each.market for each in found[number].markets] == ["TZ"]
    assert other not in found


def test_a_second_turn_counts_nothing_twice(runtime: Runtime, play: Play) -> None:
    number = opened(runtime)
    play(2, tps=0, success=0)
    lost = cost(runtime, number).lost
    for _ in range(3):
        reckon_impact(runtime)
    assert cost(runtime, number).lost == lost == Decimal("11880.00")


def test_a_country_that_is_not_seen_loses_nobody_knows_what(runtime: Runtime, play: Play) -> None:
    number = opened(runtime)
    play(5, tps=None)
    found = cost(runtime, number)
    assert (found.lost, found.usd_lost, found.lost_per_minute) == (None, None, None)
    assert found.unknown_markets == ("KE",)
    assert found.lost_after() is None


def test_after_a_gap_the_loss_goes_on_and_the_gap_stays_unknown(
    runtime: Runtime, play: Play
) -> None:
    number = opened(runtime)
    play(2, tps=0, success=0)
    play(5, tps=None)
    silent = cost(runtime, number).markets[0]
    assert (silent.lost, silent.lost_per_minute) == (Decimal("11880.00"), None)
    play(1, tps=0, success=0)
    found = cost(runtime, number).markets[0]
    assert found.unknown == timedelta(minutes=5) - timedelta(seconds=20)
    assert found.lost == Decimal("19800.00"), "200 seconds of 99 a second"


def test_a_large_share_raises_the_priority_and_the_clocks_follow(
    runtime: Runtime, play: Play
) -> None:
    number = opened(runtime)
    play(2, tps=100, success=95)
    assert row(runtime, number).priority is Priority.P3, "four percent are below the threshold"
    play(3, tps=100, success=49.5)
    incident = row(runtime, number)
    assert (incident.priority, incident.impact) == (Priority.P1, 1)
    with runtime.view(SYSTEM) as work:
        clocks = {each.name: each for each in clocks_of(work, [number])[number]}
    assert clocks["resolve"].clock.target.duration == timedelta(hours=4)
    assert "update" in clocks
    with runtime.view(SYSTEM) as work:
        told = [each.body for each in timeline(work, number) if each.kind == "worsened"]
    assert [each["was"] for each in told] == ["P3"]


@pytest.mark.parametrize("is_silenced", [True, False])
def test_a_silence_set_later_holds_a_page_that_impact_raises(
    runtime: Runtime, play: Play, story: Story, is_silenced: bool
) -> None:
    story.fire("core")
    story.turn()
    (number,) = (each.id for each in story.live().values())
    play(1)
    assert row(runtime, number).held_because == ""
    if is_silenced:
        with runtime.work(SYSTEM) as work:
            until = work.now + timedelta(hours=1)
            matchers = (Matcher("component", "core"),)
            set_silence(work, SilenceDraft(matchers, work.now, until, comment="known"))
    play(3, tps=100, success=49.5)
    assert row(runtime, number).priority is Priority.P1
    with runtime.view(SYSTEM) as work:
        told = [each.body for each in timeline(work, number) if each.kind == "worsened"]
    assert [each["held_because"].startswith("silenced by") for each in told] == [is_silenced]


def timeline(work: Work, number: int):  # type: ignore[no-untyped-def]  # noqa: ANN201
    from incidents.queries import timeline as moments

    return moments(work, number)


def test_it_never_falls_by_itself(runtime: Runtime, play: Play) -> None:
    number = opened(runtime)
    play(2, tps=100, success=49.5)
    play(5, tps=100, success=99)
    found = cost(runtime, number)
    assert found.lost_per_minute == 0, "it is over …"
    assert row(runtime, number).priority is Priority.P1, "… and stays what it was"


def test_a_priority_set_by_hand_stays(runtime: Runtime, play: Play) -> None:
    number = opened(runtime)
    with runtime.work(AMINA) as work:
        actions.prioritise(work, number, Priority.P4, "a drill")
    play(3, tps=0, success=0)
    assert row(runtime, number).priority is Priority.P4


def why(runtime: Runtime, *numbers: int) -> list[str]:
    """Return why nothing is counted in the first market of each incident."""
    with runtime.view(SYSTEM) as work:
        return [line_of(work, number).harm[0].why_unknown for number in numbers]


def test_what_has_no_figures_yet_says_so(runtime: Runtime, play: Play) -> None:
    number = opened(runtime)
    play(1, tps=None)
    assert why(runtime, number) == ["no figures come in"]
    play(1, tps=0, success=0)
    assert why(runtime, number) == [""]


def test_nested_after_a_while_it_keeps_its_loss_and_the_cause_goes_on(
    runtime: Runtime, play: Play
) -> None:
    """No minute is lost, and none counted twice, when a cause is handed over."""
    symptom = opened(runtime, "api-ke")
    play(2, tps=0, success=0)
    cause = opened(runtime, "core")
    with runtime.work(SYSTEM) as work:
        work.get(Incident, symptom).parent_id = cause
    play(2, tps=0, success=0)
    lost = [cost(runtime, each).lost for each in (symptom, cause)]
    assert lost == [Decimal("11880.00"), Decimal("11880.00")]
    assert why(runtime, symptom) == [f"counted at INC-{cause}"]


def test_one_market_is_counted_to_one_incident(runtime: Runtime, play: Play) -> None:
    channel = opened(runtime, "ussd-ke")
    cause = opened(runtime, "core")
    nested = opened(runtime, "api-ke", parent_id=cause)
    lone = opened(runtime, "sms-ke")
    play(2, tps=0, success=0)
    lost = {each: cost(runtime, each).lost for each in (channel, cause, nested, lone)}
    assert lost == {channel: None, cause: Decimal("11880.00"), nested: None, lone: None}
    assert why(runtime, channel, nested, lone) == [
        f"counted at INC-{cause}",
        f"counted at INC-{cause}",
        "it carries no payments",
    ]
    with runtime.work(SYSTEM) as work:
        incident = work.get(Incident, cause)
        incident.state, incident.resolved_at = State.RESOLVED, work.now
        on_resolve(work, incident)
    play(3, tps=0, success=0)
    assert cost(runtime, cause).lost == Decimal("11880.00")
    assert cost(runtime, channel).lost == Decimal("17820.00"), (
        "the channel goes on where the other ended"
    )


def test_a_reopened_incident_does_not_pay_for_the_time_between(
    runtime: Runtime, play: Play
) -> None:
    number = opened(runtime)
    play(1, tps=0, success=0)
    with runtime.work(AMINA) as work:
        actions.resolve(work, number)
    play(30, tps=50, success=99)
    with runtime.work(AMINA) as work:
        actions.reopen(work, number, "it failed again")
    play(1, tps=0, success=0)
    assert cost(runtime, number).lost == 2 * Decimal("5940.00")


def test_two_leaders_at_once_count_once(runtime: Runtime, play: Play, clock: FrozenClock) -> None:
    """The second has read before the first wrote: what it found is thrown away."""
    from incidents import impact_jobs

    number = opened(runtime)
    play(1, tps=0, success=0)
    store(runtime, "api-ke", clock.now(), {"tps": 0.0, "success_percent": 0.0})
    clock.advance(MINUTE)
    with runtime.view(SYSTEM) as work:
        turns = impact_jobs._turns(work)
        tallies = {(one.incident_id, one.market): impact_jobs._tally(work, one) for one in turns}
    reckon_impact(runtime)
    with runtime.work(SYSTEM) as work:
        impact_jobs._store(work, turns, tallies)
    assert cost(runtime, number).lost == Decimal("11880.00")


def test_what_has_ended_is_left_alone(runtime: Runtime, play: Play, clock: FrozenClock) -> None:
    number = opened(runtime, severity=Severity.WARNING)
    with runtime.work(AMINA) as work:
        actions.resolve(work, number)
    clock.advance(10 * MINUTE)
    play(1, tps=0, success=0)
    with runtime.view(SYSTEM) as work:
        stored = work.session.get(IncidentMarket, (number, "KE"))
        assert stored is not None
        assert stored.lost is None


@pytest.mark.parametrize(
    ("success", "priority"),
    [
        pytest.param(99.0, Priority.P3, id="customers pay as usual"),
        pytest.param(None, Priority.P2, id="nobody knows: as the component is"),
    ],
)
def test_an_unreadable_answer_weighs_what_payments_say(
    runtime: Runtime, play: Play, story: Story, success: float | None, priority: Priority
) -> None:
    play(3, tps=None if success is None else 100, success=success or 0)
    story.fire("api-ke", name="AnswerUnreadable", way=WATCH)
    story.settle()
    assert story.live()["api-ke"].priority is priority


def test_payments_that_fail_later_raise_it(runtime: Runtime, play: Play, story: Story) -> None:
    play(3)
    story.fire("api-ke", name="AnswerUnreadable", way=WATCH)
    story.settle()
    play(2, tps=100, success=49.5)
    mine = story.live()["api-ke"]
    assert mine.priority is Priority.P1
    with runtime.view(SYSTEM) as work:
        told = [each.text for each in timeline(work, mine.id)]
    assert any("P3 to P1" in each for each in told)
