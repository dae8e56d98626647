"""The calendar over the API: what touches a stretch, within the markets one sees."""

from datetime import timedelta
from typing import Any

import pytest

from changes.actions import assessing
from changes.lifecycle import State
from changes.models import Freeze
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.models import MaintenanceWindow
from tests import factories
from tests.web.conftest import SignIn
from tests.web.people import told

URL = "/api/v1/change-calendar"
HOUR = timedelta(hours=1)


@pytest.fixture
def planned(console: Runtime) -> Runtime:
    """Give two changes of one core that collide, a freeze, and announced work of a vendor."""
    with console.work(SYSTEM) as work:
        core = factories.component("core", "KE", "TZ")
        factories.estate(work, "link-tz", components=[core], markets=("KE", "TZ"))
        times: dict[str, Any] = {"starts_at": work.now + 50 * HOUR, "ends_at": work.now + 52 * HOUR}
        first, _ = (
            factories.change(work, [code], ["core"], state=State.SCHEDULED, **times)
            for code in ("KE", "TZ")
        )
        work.session.flush()
        work.session.add(
            Freeze(
                name="Election",
                is_hard=True,
                markets=["TZ"],
                since=work.now + 60 * HOUR,
                until=work.now + 70 * HOUR,
                added_by="olu",
                added_at=work.now,
                changed_at=work.now,
            )
        )
        work.session.add(
            MaintenanceWindow(
                title="Fibre ring",
                reference="M-1",
                components=["link-tz"],
                markets=[],
                starts_at=work.now + 80 * HOUR,
                ends_at=work.now + 84 * HOUR,
                announced_at=work.now,
                created_by="vendor",
            )
        )
        assessing.assess(work, first.id)
    return console


def asked(as_person: SignIn, who: str = "change-manager", query: str = "") -> dict[str, Any]:
    answer = as_person(who).get(f"{URL}{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = told(answer)
    return found


def test_it_gives_changes_works_freezes_and_findings(planned: Runtime, as_person: SignIn) -> None:
    found = asked(as_person)
    assert found["markets"] == ["KE", "TZ"]
    assert [each["reference"] for each in found["changes"]] == ["CHG-1", "CHG-2"]
    assert [(each["title"], each["markets"]) for each in found["works"]] == [("Fibre ring", ["TZ"])]
    assert [(each["name"], each["is_hard"]) for each in found["freezes"]] == [("Election", True)]
    assert {(each["rule"], *each["changes"]) for each in found["findings"]} == {
        ("C4", 1, 2),
        ("C5", 1, 2),
    }


@pytest.mark.parametrize(
    ("query", "changes", "works", "freezes"),
    [
        pytest.param("?market=KE", 1, 0, 0, id="one market"),
        pytest.param("?component=link-tz", 0, 1, 1, id="one component"),
        pytest.param("?since=2026-03-05T00:00Z&until=2026-03-06T00:00Z", 0, 1, 1, id="one day"),
    ],
)
def test_it_is_narrowed(
    planned: Runtime, as_person: SignIn, query: str, changes: int, works: int, freezes: int
) -> None:
    found = asked(as_person, query=query)
    counts = [len(found[each]) for each in ("changes", "works", "freezes")]
    assert counts == [changes, works, freezes]


def test_a_desk_of_one_market_sees_its_own(planned: Runtime, as_person: SignIn) -> None:
    found = asked(as_person, "desk-ke")
    assert found["markets"] == ["KE"]
    assert [each["reference"] for each in found["changes"]] == ["CHG-1"]
    assert (found["works"], found["freezes"]) == ([], [])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?since=tonight", "since"),
        ("?since=2026-03-05T00:00Z&until=2026-03-05T00:00Z", "until must be after since"),
        ("?since=2026-03-05T00:00Z&until=2027-03-05T00:00Z", "62 days at most"),
        ("?since=1826-03-05T00:00Z", "the years 2000 to 2190"),
        ("?market=XX", "no market 'XX'"),
        ("?colour=red", "colour"),
    ],
)
def test_a_stretch_that_makes_no_sense_is_refused(
    planned: Runtime, as_person: SignIn, query: str, said: str
) -> None:
    answer = as_person("change-manager").get(f"{URL}{query}")
    assert answer.status_code == 400
    assert said in told(answer)["detail"]


def test_who_sees_no_changes_is_refused(planned: Runtime, as_person: SignIn) -> None:
    assert as_person("nobody-yet").get(URL).status_code == 403
