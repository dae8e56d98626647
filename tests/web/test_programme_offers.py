"""What is offered on pages of programmes: forms to those who may press them, words for greens."""

import re
from datetime import timedelta

import pytest

from changes.programmes.actions import go_no_go
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.lifecycle import SiteState
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from ssoc.demo.start import PEOPLE
from tests import factories
from tests.programmes import scenes
from tests.web.conftest import SignIn

MANAGER, AUTHORITY, DESK = "change-manager", "executive", "noc-operator"


@pytest.fixture
def made(console: Runtime) -> scenes.Ids:
    """Give a programme with a meeting about its first site."""
    with console.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(
            work,
            2,
            states=(SiteState.GO_NO_GO,),
            steering={"IT": [MANAGER]},
            authority=AUTHORITY,
            terms={"quorum": 1},
        )
        go_no_go.plan(work, MeetingDraft(work.now, ids.first, rollback_owner=MANAGER))
    return ids


@pytest.mark.parametrize(
    ("address", "may", "may_not"),
    [
        pytest.param("waves/{wave}/resume", MANAGER, "operations-lead", id="resume, not steering"),
        pytest.param("waves/{wave}/resume", MANAGER, DESK, id="resume, the desk"),
        pytest.param("waves/{wave}/pause", "operations-lead", DESK, id="pause"),
        pytest.param("decisions/1/override", AUTHORITY, MANAGER, id="override"),
        pytest.param("sites/{site}/cut-over/begin", DESK, AUTHORITY, id="begin"),
        pytest.param("sites/{site}/migration/waive", MANAGER, DESK, id="waive"),
    ],
)
def test_a_form_is_given_only_to_who_may_send_it(
    made: scenes.Ids, as_person: SignIn, address: str, may: str, may_not: str
) -> None:
    where = f"/programmes/{address.format(wave=made.waves[0], site=made.first)}"
    assert as_person(may).get(where).status_code == 200
    assert as_person(may_not).get(where).status_code == 403


def test_the_page_of_a_programme_leads_to_its_reconciliation(
    made: scenes.Ids, as_person: SignIn
) -> None:
    page = as_person(MANAGER).get(f"/programmes/{made.programme}").text
    assert re.search(r'href="/programmes/reconciliation"[^>]*>Reconciliation<', page)


def test_every_automatic_criterion_says_something(made: scenes.Ids, as_person: SignIn) -> None:
    page = as_person(MANAGER).get("/programmes/decisions/1").text
    says = re.findall(r'data-label="What it says"><bdi[^>]*>([^<]*)</bdi>', page)
    assert len(says) > 5
    assert [each for each in says if each.strip() in {"", "–"}] == []
    assert "nothing stands against it" in says


def test_a_meeting_is_offered_at_a_whole_minute(
    made: scenes.Ids, as_person: SignIn, clock: FrozenClock
) -> None:
    clock.advance(timedelta(seconds=45, microseconds=661041))
    page = as_person(MANAGER).get(f"/programmes/decisions/new?site={made.first}").text
    found = re.search(r'name="meets_at"[^>]*value="([^"]*)"', page)
    assert found is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", found[1])


def test_the_demo_has_somebody_who_works_in_shops() -> None:
    assert Role.SITE_TEAM in {role for _, role, _ in PEOPLE.values()}
