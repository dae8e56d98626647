"""Readiness that is lost: a new item, an expired pass, a late joiner; told once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from changes.programmes.actions import moving, planning, readiness
from changes.programmes.lifecycle import SiteMove, SiteState
from changes.programmes.models import SiteReadinessLost
from changes.programmes.queries import programmes, sites
from changes.programmes.rules.drafts import ProgrammeDraft
from changes.programmes.site_jobs import reopen_sites
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.programmes.stage import MANAGER, TEAM, Told, row, set_up, told

DAY = timedelta(days=1)


@pytest.fixture
def ids(runtime: Runtime) -> Iterator[scenes.Ids]:
    """Give four shops that are ready, of which the first has its sheet filled in."""
    with told():
        yield set_up(runtime)


def lost(runtime: Runtime) -> list[str]:
    with runtime.view(SYSTEM) as work:
        rows = select(EventRecord).where(EventRecord.kind == "SiteReadinessReopened")
        return [each.body["site"] for each in work.session.scalars(rows.order_by(EventRecord.id))]


def settle(runtime: Runtime, ids: scenes.Ids) -> None:
    """Take the three that were never looked at out of the way."""
    reopen_sites(runtime)
    assert lost(runtime) == ["KE-0002", "KE-0003", "KE-0004"]
    assert row(runtime, ids.first).state is SiteState.READY


def test_an_expired_pass_reopens_once(
    runtime: Runtime, ids: scenes.Ids, clock: FrozenClock
) -> None:
    settle(runtime, ids)
    clock.advance(31 * DAY)  # data and interfaces count for 30 days
    for _ in range(3):
        reopen_sites(runtime)
    assert lost(runtime)[3:] == ["KE-0001"]
    assert row(runtime, ids.first).state is SiteState.SURVEYED
    with runtime.view(SYSTEM) as work:
        last = sites.history(work, ids.first)[0]
        view = sites.site(work, ids.first)
    assert (last.move, last.by) == ("reopen", "ssoc")
    assert last.reason == (
        "readiness reopened: Master data of the site checked: the pass expired on 01 Apr; look "
        "again"
    )
    assert view.readiness_lost == last.reason
    with runtime.view(SYSTEM) as work:
        board = {each.id: each for each in sites.board(work, ids.programme).sites}
    line = board[ids.first]
    assert (line.is_lost, line.kind, line.blocks) == (True, "readiness lost", last.reason)


def test_it_is_met_again_and_may_be_lost_again(
    runtime: Runtime, ids: scenes.Ids, clock: FrozenClock
) -> None:
    settle(runtime, ids)
    for _ in range(2):
        clock.advance(31 * DAY)
        reopen_sites(runtime)
        with runtime.work(TEAM) as work:
            readiness.record(work, ids.first, "data", "pass", "checked again")
        reopen_sites(runtime)
        with runtime.work(TEAM) as work:
            moving.move(work, ids.first, SiteMove.MAKE_READY)
    assert lost(runtime)[3:] == ["KE-0001", "KE-0001"]
    with runtime.view(SYSTEM) as work:
        rows = select(SiteReadinessLost).where(SiteReadinessLost.site_rollout_id == ids.first)
        assert all(each.met_again_at for each in work.session.scalars(rows))


def test_a_new_item_in_the_template_reopens_sites_not_cut_over(
    runtime: Runtime, ids: scenes.Ids
) -> None:
    settle(runtime, ids)
    with runtime.work(MANAGER) as work:
        before = programmes.programme(work, ids.programme)
        draft = ProgrammeDraft(
            **{name: getattr(before, name) for name in ProgrammeDraft.__dataclass_fields__}
        )
        new = {"readiness": {"signage": {"title": "Signage is up"}}}
        planning.edit_programme(work, ids.programme, replace(draft, terms=new), before.version)
    reopen_sites(runtime)
    assert row(runtime, ids.first).state is SiteState.SURVEYED
    with runtime.view(SYSTEM) as work:
        assert sites.history(work, ids.first)[0].reason == (
            "readiness reopened: Signage is up: nobody has looked"
        )


@pytest.mark.parametrize("state", [SiteState.MIGRATING, SiteState.PARALLEL, SiteState.GO_NO_GO])
def test_a_site_further_on_stays_and_is_refused(runtime: Runtime, state: SiteState) -> None:
    """It keeps its parallel run, and its next step waits until it is ready again."""
    with told(training=Told(False, "a seller joined untrained")):
        ids = set_up(runtime, state)
        reopen_sites(runtime)
        reopen_sites(runtime)
        assert lost(runtime) == [f"KE-000{at}" for at in range(1, 5)]
        assert row(runtime, ids.first).state is state
        with runtime.view(MANAGER) as work:
            ahead = sites.site(work, ids.first).next
        assert ahead is not None
        assert [each.guard for each in ahead.obstacles] == ["readiness"]
        assert "a seller joined untrained" in ahead.obstacles[0].what


@pytest.mark.parametrize("state", [SiteState.CUT_OVER, SiteState.HYPERCARE, SiteState.ACCEPTED])
def test_a_site_that_is_cut_over_is_left_alone(runtime: Runtime, state: SiteState) -> None:
    with told(training=Told(False, "x")):
        ids = set_up(runtime, state)
        reopen_sites(runtime)
    assert (lost(runtime), row(runtime, ids.first).state) == ([], state)


def test_a_waiver_is_decided_with_a_reason(runtime: Runtime, ids: scenes.Ids) -> None:
    site = ids.rollouts[1]
    with pytest.raises(NotAllowed), runtime.work(TEAM) as work:
        readiness.record(work, site, "permits", "waived", "landlord says yes")
    with pytest.raises(BadInput, match="without a reason"), runtime.work(MANAGER) as work:
        readiness.record(work, site, "permits", "waived", " ")
    with runtime.work(MANAGER) as work:
        readiness.record(work, site, "permits", "waived", "landlord says yes")
        readiness.record(work, site, "training", "waived", "one seller, champion beside her")
    with runtime.view(MANAGER) as work:
        sheet = {each.key: each for each in sites.site(work, site).readiness.items}
    assert sheet["permits"].is_met
    assert sheet["training"].found is not None
    stranger = factories.person("sena", Role.SITE_TEAM, "TZ")
    with pytest.raises(NotFound), runtime.work(stranger) as work:
        readiness.record(work, site, "permits", "pass")


def test_results_are_only_added(runtime: Runtime, ids: scenes.Ids) -> None:
    site = ids.rollouts[2]
    with runtime.work(TEAM) as work:
        readiness.record(work, site, "power", "fail", "nine minutes")
        readiness.record(work, site, "power", "pass", "forty minutes")
    with runtime.view(SYSTEM) as work:
        found = sites.readiness_history(work, site)
    assert [(each.result.value, each.evidence) for each in found] == [
        ("pass", "forty minutes"),
        ("fail", "nine minutes"),
    ]
