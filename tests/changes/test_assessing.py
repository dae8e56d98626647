"""Assessing a change: what is stored, what is different the next time, who may waive what."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from changes.actions import assessing
from changes.lifecycle import Effect, State
from changes.models import Change, CollisionFinding, RiskScore
from changes.queries import assessment as queries
from ssoc.core.work import Work
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
