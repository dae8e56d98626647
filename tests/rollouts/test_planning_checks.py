"""What is asked of a plan before anything begins: sites there are, figures somebody gives."""

from dataclasses import replace
from typing import Any

import pytest

from changes.actions import requests
from changes.draft import BadDraft, draft_of
from changes.lifecycle import State
from changes.programmes.models import Site
from changes.queries import views
from changes.rollouts.actions import planning
from changes.rollouts.rules import drafting
from changes.rollouts.rules.faults import WATCH, Fault
from ssoc.core.errors import BadInput, IllegalMove
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.rollouts import story


def refused(runtime: Runtime, *rows: dict[str, Any], **given: Any) -> list[Fault]:
    change = story.stored(runtime, state=State.DRAFT)
    draft = drafting.read(story.waves(*rows, **given))
    with runtime.work(story.RITA) as work, pytest.raises(BadDraft) as refusal:
        planning.plan(work, change, draft)
    return [each for each in refusal.value.faults if isinstance(each, Fault)]


def test_a_site_that_there_is_not_is_named(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        work.session.add(Site(code="KE-001", name="Kisumu", market="KE", type="shop"))
    row = {"name": "shops", "sites": ["KE-001", "KE-002"]}
    (fault,) = refused(runtime, {"name": "first"}, row)
    assert "wave 2 names sites that there are not: KE-002; correct the code" in fault
    assert (fault.wave, fault.field) == (2, "sites")


def test_sites_that_there_are_are_planned(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        work.session.add(Site(code="KE-001", name="Kisumu", market="KE", type="shop"))
    number = story.planned(runtime, {"name": "shops", "sites": ["KE-001"]})
    assert list(story.look(runtime, number).wave(1).sites) == ["KE-001"]


def test_nobody_records_figures_for_a_wave(runtime: Runtime) -> None:
    given = {"recorded": {"source": "brake"}}
    watch = {"metrics": [story.metric(provider=given)]}
    found = refused(
        runtime,
        {"name": "all", "gate": story.gate(provider=given)},
        watch_minutes=60,
        watch=watch,
    )
    assert [each.wave for each in found] == [1, WATCH]
    for each in found:
        assert each.field == "metric:success"
        assert "measure it by samples, promql or http, or ask a person by manual" in each


def test_a_figure_that_was_never_stored_is_told_where_it_is_planned(runtime: Runtime) -> None:
    draft = drafting.read(story.waves({"name": "all", "markets": ["KE"]}))
    story.stored(runtime)
    with runtime.view(story.RITA) as work:
        early, told = planning.warnings(work, draft, story.MARKETS)
    assert "let initial_delay be as long as its window, 300s" in early
    assert told.startswith(
        "the gate of wave 1: metric 'success' in KE: nothing was ever stored of core/kpi"
    )
    assert (told.wave, told.field) == (1, "metric:success")


@pytest.mark.parametrize("name", ["markets", "cohorts", "sites"])
@pytest.mark.parametrize("none", [False, None, "", [], 0, {}], ids=repr)
def test_what_is_empty_by_mistake_widens_no_wave(name: str, none: object) -> None:
    wave = {"name": "few", "gate": story.gate(), name: none}
    with pytest.raises(BadInput, match=f"{name} of wave 1 names none; name at least one"):
        drafting.read({"waves": [wave]})


@pytest.mark.parametrize("none", [False, None, "", [], [""]], ids=repr)
def test_a_cohort_has_a_value(none: object) -> None:
    cohort = {"attribute": "group", "values": none}
    wave = {"name": "few", "gate": story.gate(), "cohorts": [cohort]}
    with pytest.raises(BadInput, match="cohort"):
        drafting.read({"waves": [wave]})


def lasting(runtime: Runtime, change: int, days: int) -> None:
    """Give a change a window of so many days."""
    with runtime.work(story.RITA) as work:
        found = views.change(work, change)
        assert found.starts_at is not None
        ends = found.starts_at + days * 24 * story.H
        requests.edit(work, change, replace(draft_of(found), ends_at=ends), found.version)


def test_a_window_is_longer_with_waves(runtime: Runtime) -> None:
    change = story.stored(runtime, state=State.DRAFT)
    with pytest.raises(BadInput, match="plan its waves first.*with waves it may last 90 days"):
        lasting(runtime, change, 60)
    with runtime.work(story.RITA) as work:
        number = planning.plan(work, change, drafting.read(story.waves()))
    lasting(runtime, change, 60)
    with pytest.raises(BadInput, match="longer than 90 days.*types.longest_window_in_waves"):
        lasting(runtime, change, 91)
    with runtime.work(story.RITA) as work, pytest.raises(IllegalMove, match="shorten it first"):
        planning.remove(work, number, "one night will do")
    lasting(runtime, change, 10)
    with runtime.work(story.RITA) as work:
        planning.remove(work, number, "one night will do")
