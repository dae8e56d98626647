"""Assessing a change: what is stored, what is different the next time, who may waive what."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from changes import queries as change_queries
from changes.actions import assessing, separation
from changes.lifecycle import Effect, State
from changes.models import (
    Change,
    CollisionFinding,
    CollisionWaiver,
    Freeze,
    FreezeOverride,
    RiskScore,
    Run,
)
from changes.queries import assessment as queries
from changes.queries.impact import impact
from changes.queries.risk_inputs import risk_inputs
from changes.values import plan_digest
from ssoc.core.errors import Conflict, NotAllowed, NotFound
from ssoc.core.permissions import Actor, Role, grants_of
from ssoc.core.work import Work
from ssoc.estate.values import Check, Criticality
from ssoc.monitoring.actions import WindowDraft, set_window
from ssoc.monitoring.models import PollHour, SampleHour, Series
from tests import factories


@pytest.fixture
def estate(work: Work) -> None:
    """Store an estate of a shared core with two markets on it."""
    factories.estate(
        work,
        "ussd-ke > core, ussd-mz > core, core > hsm, nbo > l1|l2",
        components=[
            factories.component("core", "KE", "MZ"),
            factories.component("hsm", "KE", "MZ"),
        ],
    )


def scheduled(work: Work, component: str = "core", markets: str = "KE", **given: Any) -> Change:
    """Store a change that is scheduled for tomorrow night."""
    return factories.change(
        work,
        markets.split(),
        [(component, Effect.DOWN)],
        **{"state": State.SCHEDULED, "implementer": "", **given},
    )


@pytest.mark.usefixtures("estate")
def test_a_collision_stands_at_both_changes_and_is_stored_once(work: Work) -> None:
    """Whoever is assessed: the other's page shows it, too."""
    one, other = scheduled(work), scheduled(work, markets="MZ")
    assessing.assess(work, one.id)
    for each in (one, other):
        found = queries.assessment(work, each.id)
        assert [(f.rule, f.level) for f in found.blocking] == [("C4", "block")]
    assert work.session.scalar(select(func.count()).select_from(CollisionFinding)) == 1
    assert [each.rule for each in queries.blocking(work, other.id)] == ["C4"]


@pytest.mark.usefixtures("estate")
def test_assessing_again_writes_nothing(work: Work) -> None:
    """Only what is different is written."""
    one = scheduled(work)
    scheduled(work, markets="MZ")
    first = assessing.assess(work, one.id)
    assert first.found
    before = work.session.scalar(select(func.count()).select_from(RiskScore))
    again = assessing.assess(work, one.id)
    assert (again.found, again.ended, again.points) == ([], [], first.points)
    assert work.session.scalar(select(func.count()).select_from(RiskScore)) == before
    assert one.risk_points == first.points
    assert one.version == 1, "what is reckoned is no edit"


@pytest.mark.usefixtures("estate")
def test_a_waiver_holds_until_one_of_the_two_moves(work: Work) -> None:
    """A waived finding whose pair moved comes back as new; others were never silenced."""
    one, other = scheduled(work, people=["imre"]), scheduled(work, markets="MZ", people=["imre"])
    assessing.assess(work, one.id)
    keys = {each.rule: each.key for each in queries.assessment(work, one.id).findings}
    assessing.waive(work, one.id, keys["C4"], "the two only read")
    assert queries.blocking(work, one.id) == []
    assert queries.blocking(work, other.id) == [], "it holds for both"
    open_ = [each.rule for each in queries.assessment(work, one.id).findings if each.is_open]
    assert "C5" in open_, "it silences nothing else"
    other.starts_at = other.starts_at + timedelta(minutes=10) if other.starts_at else None
    work.session.flush()
    assessing.assess(work, other.id)
    assert [each.rule for each in queries.blocking(work, one.id)] == ["C4"]


@pytest.mark.usefixtures("estate")
def test_works_of_others_count_and_those_of_our_runs_do_not(work: Work) -> None:
    """X15 from the tables; the window that holds our own pages back is no vendor's."""
    one = scheduled(work, "l2")
    assert one.starts_at is not None
    assert one.ends_at is not None
    draft = WindowDraft("Fibre splice", one.starts_at, one.ends_at, components=["l1"])
    window = set_window(work, draft)
    assessing.assess(work, one.id)
    assert [each.rule for each in queries.blocking(work, one.id)] == ["C3"]
    assert "Fibre splice" in queries.blocking(work, one.id)[0].sentence
    run = Run(
        change_id=one.id,
        is_rehearsal=False,
        started_by="imre",
        started_at=work.now,
        window_ends_at=one.ends_at,
        suppression_id=window,
    )
    work.session.add(run)
    work.session.flush()
    difference = assessing.assess(work, one.id)
    assert len(difference.ended) == 1
    ended = queries.assessment(work, one.id).ended
    assert [(each.rule, each.ended_at) for each in ended] == [("C3", work.now)]


@pytest.mark.usefixtures("estate")
def test_a_draft_sees_what_is_planned_and_is_not_seen(work: Work) -> None:
    """What nobody submitted stands in nobody's way; what was cancelled neither."""
    draft, planned = scheduled(work, state=State.DRAFT), scheduled(work)
    assessing.assess(work, draft.id)
    assert [each.rule for each in queries.blocking(work, draft.id)] == ["C1"]
    assert queries.blocking(work, planned.id) == []
    assessing.assess(work, planned.id)
    assert [each.rule for each in queries.blocking(work, draft.id)] == ["C1"], "not ended by it"
    planned.state = State.CANCELLED
    work.session.flush()
    assert queries.blocking(work, draft.id) == []


@pytest.mark.usefixtures("estate")
def test_who_may_waive(work: Work) -> None:
    """The right or a role named in the data, in all markets of both sides; never without."""
    one, _ = scheduled(work), scheduled(work, markets="MZ", people=["imre"])
    one.people = ["imre"]
    assessing.assess(work, one.id)
    keys = {each.rule: each.key for each in queries.assessment(work, one.id).findings}

    def by(*roles: tuple[Role, str]) -> Work:
        return replace(work, actor=Actor("mina", grants_of(roles)))

    with pytest.raises(NotAllowed, match="MZ"):
        assessing.waive(by((Role.CHANGE_MANAGER, "KE")), one.id, keys["C4"], "mine only")
    with pytest.raises(NotAllowed):
        assessing.waive(by((Role.OPERATIONS_LEAD, "*")), one.id, keys["C4"], "not for C4")
    assessing.waive(by((Role.OPERATIONS_LEAD, "*")), one.id, keys["C5"], "he only watches")
    both = ((Role.CHANGE_MANAGER, "KE"), (Role.CHANGE_MANAGER, "MZ"))
    assessing.waive(by(*both), one.id, keys["C4"], "they only read")
    with pytest.raises(Conflict, match="mina has waived it already"):
        assessing.waive(work, one.id, keys["C4"], "me, too")
    with pytest.raises(NotFound):
        assessing.waive(work, one.id, "C1-0000", "no such")
    with pytest.raises(NotFound):
        assessing.waive(by((Role.CHANGE_MANAGER, "GH")), one.id, keys["C4"], "not mine to see")
    kept = work.session.scalars(select(CollisionWaiver.reason).order_by(CollisionWaiver.id)).all()
    assert kept == ["he only watches", "they only read"]


@pytest.mark.usefixtures("estate")
def test_a_waiver_lowers_the_risk(work: Work) -> None:
    """The term counts open findings only, on both sides."""
    one, other = scheduled(work), scheduled(work, markets="MZ")
    for each in (one, other):
        assessing.assess(work, each.id)
    before = (one.risk_points, other.risk_points)
    assessing.waive(work, one.id, queries.blocking(work, one.id)[0].key, "they only read")
    assert one.risk_points is not None
    assert other.risk_points is not None
    assert (one.risk_points, other.risk_points) < before
    inputs = queries.risk_of(work, one.id)
    assert inputs is not None
    assert "block" not in inputs.inputs.findings


@pytest.mark.usefixtures("estate")
def test_the_risk_budget_of_a_night(work: Work) -> None:
    """C9 says with how many others the night is over its budget, and what was guessed."""
    for _ in range(3):
        scheduled(work, "ussd-ke")  # without a score: counted as the policy says
    one = scheduled(work, "l1")
    assessing.assess(work, one.id)
    found = {each.rule: each for each in queries.assessment(work, one.id).findings}
    assert "3 other changes, 3 of them without a score counted as 50" in found["C9"].sentence
    assert "120 is the budget of a night" in found["C9"].sentence
    assert found["C9"].level == "warn"


@pytest.mark.parametrize(
    ("ok", "down", "level", "said"),
    [
        pytest.param(0, 0, "info", "is not known: the last 28 days have too few", id="no polls"),
        pytest.param(3, 2, "info", "too few polls", id="2 of 5 do not spend four weeks"),
        pytest.param(79_919, 81, "warn", "down 81 times in the last 28 days, of 80000", id="spent"),
        pytest.param(79_920, 80, None, "", id="one poll is left"),
        pytest.param(900, 100, "warn", "of 1000 polls; 99.9 % of 80640", id="spent in a few hours"),
    ],
)
def test_the_error_budget_is_reckoned_from_polls(
    work: Work, ok: int, down: int, level: str | None, said: str
) -> None:
    """C10: of the worst check, in the last 28 days; not known is told, never silently fine."""
    vital = factories.component("core", "KE", "MZ", criticality=Criticality.VITAL)
    check = Check("core", "health", "health", timedelta(seconds=30))
    factories.estate(work, "ussd-ke > core", components=[vital], checks=[check])
    if ok or down:
        counts = {"degraded": 0, "unknown": 5, "missed": 3, "duration_ms_sum": 0}
        work.session.add(
            PollHour(
                check="core/health",
                hour_at=work.now - timedelta(days=2),
                ok=ok,
                down=down,
                duration_ms_max=0,
                **counts,
            )
        )
        work.session.flush()
    one = scheduled(work)
    assessing.assess(work, one.id)
    found = [each for each in queries.assessment(work, one.id).findings if each.rule == "C10"]
    assert [each.level for each in found] == ([level] if level else [])
    assert not level or said in found[0].sentence


def test_transactions_usual_in_the_window_come_from_the_same_hours(work: Work) -> None:
    """Four weeks of hour means, value and US dollars; a market without figures is not known."""
    kpis = {"tps": "figures/tps"}
    factories.estate(
        work,
        "pay-ke > core, pay-mz > core",
        components=[
            factories.component("core", "KE", "MZ"),
            factories.component("pay-ke", kpis=kpis),
            factories.component("pay-mz", kpis=kpis),
        ],
        checks=[
            Check(f"pay-{code.lower()}", "figures", "metrics", timedelta(seconds=30), code)
            for code in ("KE", "MZ")
        ],
        markets=("KE", "MZ"),
    )
    one = scheduled(work, starts_at=work.now + timedelta(days=8, hours=1))
    one.ends_at = one.starts_at + timedelta(hours=2) if one.starts_at else None
    series = Series(
        check="pay-ke/figures",
        component="pay-ke",
        market="KE",
        name="tps",
        labels="{}",
        unit="tps",
    )
    work.session.add(series)
    work.session.flush()
    for week in range(1, 5):
        for hour in range(-2, 4):
            at = work.now + timedelta(days=8, hours=1 + hour) - (week + 1) * timedelta(weeks=1)
            if at < work.now:
                work.session.add(
                    SampleHour(
                        series_id=series.id, hour_at=at, count=10, sum=100.0, least=10.0, most=10.0
                    )
                )
    work.session.flush()
    change = change_queries.change(work, one.id)
    found = {each.market: each for each in impact(work, change).markets}
    assert found["KE"].usual.transactions == 10 * 7200
    assert found["KE"].usual.share == 1.0
    assert found["MZ"].usual.transactions is None, "not known, not nothing"
    assert found["MZ"].down == ["core", "pay-mz"]
    inputs = risk_inputs(work, change, [])
    assert inputs.shares == {"KE": 1.0, "MZ": None}


@pytest.mark.usefixtures("estate")
def test_an_overridden_freeze_blocks_this_change_no_more(work: Work) -> None:
    """C7 for a hard freeze blocks until its override, which is for one plan of one change."""
    one = scheduled(work)
    assert one.starts_at is not None
    hard = Freeze(
        name="Elections",
        reason="",
        is_hard=True,
        markets=["KE"],
        components=[],
        is_local=False,
        since=one.starts_at,
        until=one.starts_at + timedelta(days=1),
        added_at=work.now,
        added_by="mina",
        changed_at=work.now,
    )
    work.session.add(hard)
    work.session.flush()
    assessing.assess(work, one.id)
    assert [each.rule for each in queries.blocking(work, one.id)] == ["C7"]
    assert "hard freeze of Kenya" in queries.blocking(work, one.id)[0].sentence
    work.session.add(
        FreezeOverride(
            change_id=one.id,
            freeze_key=f"list/{hard.id}",
            freeze_name="Elections",
            plan_digest=plan_digest(change_queries.change(work, one.id)),
            by="wanjiru",
            at=work.now,
            reason="the regulator asked",
        )
    )
    work.session.flush()
    assert queries.blocking(work, one.id) == []
    found = [each for each in queries.assessment(work, one.id).findings if each.is_overridden]
    assert [each.rule for each in found] == ["C7"]


@pytest.mark.usefixtures("estate")
@pytest.mark.parametrize("duty", ["requester", "implementer", "verifier"])
@pytest.mark.parametrize("side", [0, 1], ids=["his change", "the other side"])
def test_nobody_waives_what_blocks_a_change_of_his_own(work: Work, duty: str, side: int) -> None:
    """Separation of duties covers waivers; somebody else may, and so may an exception."""
    pair = scheduled(work), scheduled(work, markets="MZ")
    setattr(pair[side], duty, "Mina ")
    work.session.flush()
    assessing.assess(work, pair[0].id)
    (found,) = queries.blocking(work, pair[0].id)
    manager = replace(work, actor=factories.person("mina", Role.CHANGE_MANAGER))
    said = f"the {duty} of CHG-{pair[side].id}, and so may not waive what blocks it"
    with pytest.raises(NotAllowed, match=said):
        assessing.waive(manager, pair[0].id, found.key, "mine, and harmless")
    assert queries.blocking(work, pair[0].id)
    other = replace(work, actor=factories.person("emma", Role.EXECUTIVE))
    separation.allow_exception(other, pair[side].id, "Mina", "nobody else is on duty")
    assessing.waive(manager, pair[0].id, found.key, "the two only read")
    assert queries.blocking(work, pair[0].id) == []


@pytest.mark.usefixtures("estate")
def test_a_warning_of_ones_own_change_may_be_waived(work: Work) -> None:
    """Only what blocks is judged by others."""
    one, _ = scheduled(work, implementer="mina"), scheduled(work, "l1", implementer="mina")
    assessing.assess(work, one.id)
    found = {each.rule: each for each in queries.assessment(work, one.id).findings}
    mina = replace(work, actor=factories.person("mina", Role.CHANGE_MANAGER))
    assessing.waive(mina, one.id, found["C5"].key, "the second one needs no hands")
