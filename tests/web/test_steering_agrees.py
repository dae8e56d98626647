"""The page of a programme and its steering page tell the same figures."""

import re
from datetime import timedelta

import pytest

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import CrewBooking, Programme, SiteRollout
from changes.programmes.queries.steering import steering
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.web.conftest import SignIn

LATER = timedelta(days=6)


@pytest.fixture
def made(console: Runtime) -> scenes.Ids:
    """Give a programme half way through; its plan as agreed ends six days after its last day."""
    with console.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(work, 72, ("KE", "CD", "EG"), states=list(SiteState))
        row = work.session.get_one(Programme, ids.programme)
        assert row.ends_on is not None
        row.baseline = {(row.ends_on + LATER).isoformat(): 72}
        return ids


def fact(page: str, label: str) -> str:
    """Return the figure under a label of a page."""
    found = re.search(rf"<dt>{label}</dt>\s*<dd[^>]*>(.*?)</dd>", page, re.DOTALL)
    assert found is not None, label
    return re.sub(r"<[^>]*>|\s+", " ", found[1]).strip().split(" ")[0]


def test_under_way_and_planned_end_are_told_alike(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person("executive")
    page = client.get(f"/programmes/{made.programme}").text
    steered = client.get(f"/programmes/{made.programme}/steering").text
    assert fact(page, "Under way") == fact(steered, "Under way") != "0"
    with console.view(SYSTEM) as work:
        found = steering(work, made.programme)
    assert found.outlook.planned_on == found.programme.ends_on
    assert f">{found.programme.under_way}" in page


def test_what_blocks_has_one_order_and_one_length(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    with console.work(SYSTEM) as work:
        ways = work.session.query(SiteRollout).order_by(SiteRollout.id).limit(8).all()
        kinds = ("permit", "network", "network", "permit", "bank", "network", "permit", "bank")
        for way, kind in zip(ways, kinds, strict=True):
            way.state, way.blocked_kind = SiteState.BLOCKED, kind
        for way in work.session.query(SiteRollout).order_by(SiteRollout.id).offset(8):
            way.state = SiteState.PLANNED
    client = as_person("executive")
    bars = []
    for place in ("", "/steering"):
        page = client.get(f"/programmes/{made.programme}{place}").text
        panel = page[page.index('id="blocked"') :].partition("</section>")[0]
        bars.append(re.findall(r'class="v" width="(\d+)%"', panel))
    assert bars == [["100", "100", "67"]] * 2


def test_slots_and_crews_of_the_week_that_runs_are_counted_alike(
    console: Runtime, made: scenes.Ids
) -> None:
    with console.work(SYSTEM) as work:
        work.session.query(CrewBooking).delete()
        work.session.query(SiteRollout).update({SiteRollout.slot_on: None})
        today = work.now.date()
        way = work.session.query(SiteRollout).filter_by(state=SiteState.HYPERCARE).first()
        assert way is not None
        way.slot_on, way.crew, way.cut_over_at = today, "A", work.now
        work.session.add(CrewBooking(crew="A", day=today, site_rollout_id=way.id))
    with console.view(SYSTEM) as work:
        now = steering(work, made.programme).ahead[0]
    assert (now.slots, now.crews, now.not_ready) == (1, 1, 0)
