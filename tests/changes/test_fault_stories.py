"""On scripted faults of the demo estate the formula beats the naive rules."""

import pytest

from changes.policy import read
from ssoc.core.clock import FrozenClock
from ssoc.core.work import Runtime
from tests.changes.fault_stories import APART, Class, cases, demo_estate, draw

POLICY = read().suspects


def test_the_same_seed_draws_the_same_stories(runtime: Runtime) -> None:
    estate = demo_estate(runtime)
    assert list(draw(5, 20, estate)) == list(draw(5, 20, estate))
    drawn = list(draw(5, 40, estate))
    assert {each.kind for each in drawn} == set(Class)
    assert all(3 <= len(each.plans) <= 8 for each in drawn)
    assert all(sum(plan.is_cause for plan in each.plans) == 1 for each in drawn)
    assert all(each.cause.began_at < each.at for each in drawn)
    assert any(plan.began_at > each.at for each in drawn for plan in each.plans)
    assert POLICY.look_back < APART, "stories do not see each other"


@pytest.mark.parametrize("seed", [11])
def test_the_formula_beats_the_latest_change(
    runtime: Runtime, clock: FrozenClock, seed: int
) -> None:
    found = cases(runtime, clock, seed, 16)
    assert len(found) == 16, "each fault became an incident"
    first = sum(each.ranked(POLICY)[:1] == [each.cause] for each in found)
    third = sum(each.cause in each.ranked(POLICY)[:3] for each in found)
    latest = sum(each.latest()[:1] == [each.cause] for each in found)
    assert first > latest, (first, latest)
    assert third >= 14, third
