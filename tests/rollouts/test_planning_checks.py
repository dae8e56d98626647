"""What is asked of a plan before anything begins: sites there are, figures somebody gives."""

from typing import Any

import pytest

from changes.draft import BadDraft
from changes.lifecycle import State
from changes.programmes.models import Site
from changes.rollouts.actions import planning
from changes.rollouts.rules import drafting
from changes.rollouts.rules.faults import WATCH, Fault
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
        (told,) = planning.warnings(work, draft, story.MARKETS)
    assert told.startswith(
        "the gate of wave 1: metric 'success' in KE: nothing was ever stored of core/kpi"
    )
    assert (told.wave, told.field) == (1, "metric:success")
