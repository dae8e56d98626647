"""The panels and forms of an assessment: who sees, checks, waives and moves, and the API."""

from datetime import timedelta

import pytest

from changes import queries as change_queries
from changes.actions import assessing
from changes.lifecycle import Effect, State
from changes.models import Freeze
from changes.queries import assessment as queries
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.counting import statements

CHANGER, PLANNER = "change-manager", "noc-operator"


def furnish(console: Runtime, others: int = 1) -> list[int]:
    """Store one change on the shared core and others that are in its way; assess the first."""
    with console.work(SYSTEM) as work:
        factories.estate(
            work,
            "ussd-ke > core, ussd-mz > core",
            components=[factories.component("core", "KE", "MZ")],
        )
        numbers = [
            factories.change(
                work,
                ["KE"] if number == 0 else ["MZ"],
                [("core", Effect.DEGRADED)],
                state=State.APPROVED,
                implementer=f"imre {number}",
                verifier="vera",
                rollback_plan="put the old one back",
                steps=[{"planned_minutes": 30}],
                title=f"Core release {number}",
            ).id
            for number in range(others + 1)
        ]
        assessing.assess(work, numbers[0])
    return numbers


def test_the_page_shows_risk_collisions_and_who_is_touched(
    console: Runtime, as_person: SignIn
) -> None:
    """Every panel with its figures; the next free slot while something blocks."""
    number, other = furnish(console)
    page = as_person(CHANGER).get(f"/changes/{number}").text
    assert "value × weight = points" in page
    assert "Blast radius" in page
    assert "C4 blocks" in page
    assert f'href="/changes/{other}">CHG-{other}</a>' in page
    assert "Next free slot" in page
    assert "Waive C4…" in page
    assert "Move there…" in page
    assert "Who is touched" in page
    assert "not known" in page, "no samples: not silently nothing"
    assert "Check again" in page


@pytest.mark.parametrize("name", sorted(people.ROLES))
def test_who_may_do_what(console: Runtime, as_person: SignIn, name: str) -> None:
    """Those who may see it see it; only those who may, check, waive and move."""
    number, other = furnish(console)
    roles = {role for role, _ in people.ROLES[name]}
    client = as_person(name)
    with console.view(SYSTEM) as work:
        key = queries.assessment(work, number).findings[0].key
    sees, hidden = bool(roles) and name != "desk-tz", 404 if roles else 403
    assert client.get(f"/changes/{number}").status_code == (200 if sees else hidden)
    everywhere = {role for role, market in people.ROLES[name] if market == "*"}
    looks = {Role.AUDITOR, Role.EXECUTIVE, Role.QUALITY_LEAD, Role.ADMIN, Role.SITE_TEAM}
    plans = sees and not roles <= looks
    checked = client.post(f"/changes/{number}/assess")
    assert checked.status_code == (303 if plans else 403 if sees else hidden)
    waived = client.post(f"/changes/{number}/waive/{key}", data={"reason": "agreed"})
    manages = Role.CHANGE_MANAGER in everywhere
    assert waived.status_code == (303 if manages else 403 if sees else hidden)
    with console.view(SYSTEM) as work:
        assert bool(queries.blocking(work, other)) is not manages


def test_a_waived_finding_is_told_with_who_and_why(console: Runtime, as_person: SignIn) -> None:
    """By the form, which asks for the reason; a second time it is somebody's already."""
    number, _ = furnish(console)
    client = as_person(CHANGER)
    with console.view(SYSTEM) as work:
        key = queries.assessment(work, number).findings[0].key
    asked = client.get(f"/changes/{number}/waive/{key}").text
    assert "Core release 1" in asked
    refused = client.post(f"/changes/{number}/waive/{key}", data={"reason": "  "})
    assert refused.status_code == 400
    assert "needs a reason" in refused.text
    client.post(f"/changes/{number}/waive/{key}", data={"reason": "the two <only> read"})
    page = client.get(f"/changes/{number}").text
    assert "Waived by change-manager" in page
    assert "the two &lt;only&gt; read" in page
    again = client.post(f"/changes/{number}/waive/{key}", data={"reason": "once more"})
    assert again.status_code == 409
    assert "has waived it already" in again.text
    assert client.post(f"/changes/{number}/waive/C1-0", data={"reason": "x"}).status_code == 404


def test_moving_to_the_next_free_slot_ends_the_collision(
    console: Runtime, as_person: SignIn
) -> None:
    """The button edits the window through the usual way, with the version that was seen."""
    number, _ = furnish(console)
    client = as_person(CHANGER)
    with console.view(SYSTEM) as work:
        change = change_queries.change(work, number)
        free = queries.next_free_slot(work, change, work.now)
    assert free is not None
    assert free.starts_at - console.clock.now() >= timedelta(hours=48), "the lead time of its type"
    form = client.get(f"/changes/{number}/move-there").text
    assert f"{free.starts_at:%Y-%m-%d %H:%M}" in form
    assert "Nothing blocks or warns in that slot." in form
    stale = client.post(
        f"/changes/{number}/move-there", data={"starts_at": "2026-03-05 01:00", "version": "99"}
    )
    assert stale.status_code == 409
    bad = client.post(
        f"/changes/{number}/move-there", data={"starts_at": "tonight", "version": "1"}
    )
    assert bad.status_code == 400
    moved = client.post(
        f"/changes/{number}/move-there",
        data={"starts_at": f"{free.starts_at:%Y-%m-%d %H:%M}", "version": str(change.version)},
    )
    assert moved.status_code == 303
    with console.view(SYSTEM) as work:
        assert change_queries.change(work, number).starts_at == free.starts_at
        assert queries.blocking(work, number) == []
    assert "C4 ended" in client.get(f"/changes/{number}").text


def test_the_page_needs_the_same_statements_however_much_collides(
    console: Runtime, as_person: SignIn
) -> None:
    """Twenty in the way cost what two do."""
    client = as_person(CHANGER)

    def cost(others: int) -> int:
        number = furnish(console, others)[0]
        client.get(f"/changes/{number}")
        with statements(console.engine) as sent:
            assert client.get(f"/changes/{number}").status_code == 200
        return len(sent)

    assert cost(20) == cost(2)


def test_the_api_gives_the_same(console: Runtime, as_person: SignIn) -> None:
    """Assessment, next slot, assess, waive and move, with the rights of the page."""
    number, other = furnish(console)
    client = as_person(CHANGER)
    found = client.get(f"/api/v1/changes/{number}/assessment").get_json()
    assert [(each["rule"], each["blocks"]) for each in found["findings"]] == [
        ("C4", True),
        *((each["rule"], False) for each in found["findings"][1:]),
    ]
    assert len(found["risk"]["terms"]) == 12
    assert found["risk"]["inputs"]["effects"] == {"KE": "degraded", "MZ": "degraded"}
    free = client.get(f"/api/v1/changes/{number}/next-slot").get_json()
    assert free["horizon_days"] == 90
    assert free["starts_at"] is not None
    key = found["findings"][0]["key"]
    body = {"finding": key, "reason": "agreed"}
    assert as_person(PLANNER).post(f"/api/v1/changes/{number}/waive", json=body).status_code == 403
    assert client.post(f"/api/v1/changes/{number}/waive", json=body).status_code == 200
    assert client.post(f"/api/v1/changes/{number}/assess", json={}).status_code == 200
    bad = client.post(f"/api/v1/changes/{number}/waive", json={"finding": 7, "reason": "x"})
    assert bad.status_code == 400
    version = client.get(f"/api/v1/changes/{number}").get_json()["version"]
    moved = client.post(
        f"/api/v1/changes/{number}/move",
        json={"starts_at": free["starts_at"], "version": version},
    )
    assert moved.status_code == 200
    assert moved.get_json()["starts_at"] == free["starts_at"]
    assert as_person("desk-tz").get(f"/api/v1/changes/{other}/assessment").status_code == 404


def test_a_change_without_window_has_no_slot(console: Runtime, as_person: SignIn) -> None:
    """Nothing to look for, and nothing breaks."""
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        number = factories.change(work, starts_at=None, ends_at=None).id
        assessing.assess(work, number)
    client = as_person(CHANGER)
    assert client.get(f"/changes/{number}").status_code == 200
    answer = client.get(f"/api/v1/changes/{number}/next-slot").get_json()
    assert (answer["starts_at"], answer["has_window"]) == (None, False)
    assert client.get(f"/changes/{number}/move-there").status_code == 400


def test_findings_of_the_calendar(console: Runtime) -> None:
    """Standing findings of a stretch, of live changes the actor may see."""
    number, _ = furnish(console)
    with console.view(SYSTEM) as work:
        change = change_queries.change(work, number)
        assert change.starts_at is not None
        at = change.starts_at
        found = queries.findings_between(work, at, at + timedelta(hours=1))
        assert "C4" in [each.rule for each in found]
        assert queries.findings_between(work, at - timedelta(days=9), at - timedelta(days=8)) == []


def test_moving_says_what_would_warn_in_the_free_slot(console: Runtime, as_person: SignIn) -> None:
    """Free means that nothing blocks; a soft freeze there is told before anybody moves."""
    number, _ = furnish(console)
    with console.work(SYSTEM) as work:
        work.session.add(
            Freeze(
                name="Salary days",
                is_hard=False,
                markets=["KE"],
                since=work.now,
                until=work.now + timedelta(days=9),
                added_by="olu",
                added_at=work.now,
                changed_at=work.now,
            )
        )
    form = as_person(CHANGER).get(f"/changes/{number}/move-there").text
    assert "Nothing blocks in that slot; 1\u00a0warning: " in form
    assert "execution lies in the soft freeze" in form
