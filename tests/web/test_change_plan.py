"""What the page of a change says of its plan: whether it can be, how long it really takes."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from changes import queries
from changes.actions.freeze_list import FreezeDraft, set_freeze
from changes.actions.freezes import override
from changes.lifecycle import Effect, State
from changes.models import Change, CollisionFinding
from changes.rules.collisions import Level
from changes.values import plan_digest
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.web.conftest import SignIn

HOUR = timedelta(hours=1)
MANAGER = "change-manager"


@pytest.fixture
def house(console: Runtime) -> Runtime:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
    return console


def planned(house: Runtime, **given: Any) -> str:
    """Store a change as given and return the address of its page."""
    with house.work(SYSTEM) as work:
        return f"/changes/{factories.change(work, **given).id}"


LONG = [{"planned_minutes": 400}]


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        (State.DRAFT, "It cannot be submitted as it is:"),
        (State.SCHEDULED, "Its plan does not fit its window:"),
    ],
)
def test_a_plan_that_cannot_be_is_told_in_every_state(
    house: Runtime, as_person: SignIn, state: State, heading: str
) -> None:
    page = as_person(MANAGER).get(planned(house, steps=LONG, state=state)).text
    assert heading in page
    assert "Its steps take 400 min at least, its window 120 min" in page


def test_a_draft_whose_window_has_begun_says_that_it_cannot_be_submitted(
    house: Runtime, as_person: SignIn
) -> None:
    begun = house.clock.now() - HOUR
    people = {"implementer": "noc-operator", "rollback_plan": "the old volume"}
    address = planned(house, starts_at=begun, **people)
    page = as_person(MANAGER).get(address).text
    assert "It cannot be submitted as it is:" in page
    assert "choose a later one, or make it an emergency change" in page
    refused = as_person(MANAGER).post(f"{address}/submit")
    assert refused.status_code == 400
    assert "its window began" in refused.text


def test_the_whole_span_stands_with_its_parts_and_the_checkpoint(
    house: Runtime, as_person: SignIn
) -> None:
    """Execution 20:00 to 22:00, 30 min before, 50 min back and 60 min watched: 19:30 to 23:50."""
    minutes = {"preparation_minutes": 30, "rollback_minutes": 50, "soak_minutes": 60}
    page = as_person(MANAGER).get(planned(house, **minutes)).text
    shown = page[page.index('id="span"') : page.index("</section>", page.index('id="span"'))]
    shown = shown.replace("\u00a0", " ")
    for words in (
        "19:30–23:50 UTC, 4 h 20",
        "<dt>Preparation</dt><dd>19:30–20:00 <small>30 min</small>",
        "<dt>Execution</dt><dd>20:00–22:00 <small>2 h</small>",
        "turn round</dt><dd>21:10 <small>Tue 3 Mar 00:10 Nairobi</small>",
        "<dt>Roll-back, if need be</dt><dd>22:00–22:50 <small>50 min</small>",
        "<dt>Watched after</dt><dd>22:50–23:50 <small>1 h</small>",
    ):
        assert words in shown, words
    assert shown.count("<rect x=") == 4, "each part at its length"
    assert 'x1="38.46%"' in shown, "the checkpoint, 100 of 260 min on"


def test_parts_that_are_not_planned_say_so(house: Runtime, as_person: SignIn) -> None:
    page = as_person(MANAGER).get(planned(house)).text
    assert "no time to roll back is planned" in page
    assert "<dt>Watched after</dt><dd>none</dd>" in page


def test_without_a_window_there_is_no_span(house: Runtime, as_person: SignIn) -> None:
    address = planned(house, starts_at=None, ends_at=None, preparation_minutes=30)
    assert 'id="span"' not in as_person(MANAGER).get(address).text


def test_lines_of_the_purpose_stay_lines(house: Runtime, as_person: SignIn) -> None:
    page = as_person(MANAGER).get(planned(house, purpose="first\nsecond")).text
    assert '<dd class="said"><bdi>first\nsecond</bdi></dd>' in page


@pytest.fixture
def frozen(house: Runtime) -> int:
    """Give a change whose window begins now, in a market that is hard frozen."""
    with house.work(SYSTEM) as work:
        now = work.now
        row = factories.change(work, state=State.SCHEDULED, starts_at=now, ends_at=now + 2 * HOUR)
        work.session.flush()
        row.plan_digest = plan_digest(queries.change(work, row.id))
        draft = FreezeDraft("Year end", True, "books", ("KE",), since=now - HOUR, until=now + HOUR)
        key = f"list/{set_freeze(work, draft)}"
        work.session.add(finding(row.id, f"freeze:{key}:KE", now))
        return row.id


def finding(change_id: int, subject: str, at: datetime) -> CollisionFinding:
    """Return what the assessment says of a freeze in the way."""
    return CollisionFinding(
        key="f" * 24,
        rule="C7",
        level=Level.BLOCK,
        change_id=change_id,
        subject=subject,
        sentence="It meets the freeze Year end.",
        path=[],
        markets=["KE"],
        waivers=[],
        since=at,
        until=at + HOUR,
        place="here",
        found_at=at,
    )


def test_a_refused_start_leads_to_what_is_in_its_way(
    house: Runtime, frozen: int, as_person: SignIn
) -> None:
    answer = as_person("noc-operator").post(f"/changes/{frozen}/start")
    assert answer.status_code == 403
    assert "Year end" in answer.text
    assert f'href="/changes/{frozen}#freezes"' in answer.text, "to the panel that offers it"
    assert f'href="/changes/{frozen}"' in answer.text
    assert 'id="freezes"' in as_person("noc-operator").get(f"/changes/{frozen}").text


def test_an_overridden_freeze_no_longer_blocks_on_the_list(
    house: Runtime, frozen: int, as_person: SignIn
) -> None:
    assert ">blocked</span>" in as_person(MANAGER).get("/changes/").text
    with house.work(factories.person("thandi", Role.OPERATIONS_LEAD)) as work:
        override(work, frozen, "list/1", "the fix of today's incident")
    assert ">blocked</span>" not in as_person(MANAGER).get("/changes/").text
    with house.work(SYSTEM) as work:
        work.get(Change, frozen).plan_digest = "another plan"
    assert ">blocked</span>" in as_person(MANAGER).get("/changes/").text


def test_every_component_that_is_touched_can_be_read(house: Runtime, as_person: SignIn) -> None:
    with house.work(SYSTEM) as work:
        hit = ", ".join(f"app{number}-ke > core-ke" for number in range(9))
        factories.estate(work, hit)
    address = planned(house, components=[("core-ke", Effect.DOWN)])
    page = as_person(MANAGER).get(address).text
    assert "<summary>4 more down</summary>" in page
    for number in range(9):
        assert f"app{number}-ke" in page
