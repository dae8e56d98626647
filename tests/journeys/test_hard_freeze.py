"""A hard freeze refuses the start of an approved change on every way in, until it is overridden."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from changes.cli import change as change_command
from changes.lifecycle import State
from changes.models import Change, Run
from ssoc.accounts.machines import create_token
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import NotAllowed
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.freeze_story import estate
from tests.web import people
from web.app import create_app

WHY = (
    "may not start: the hard freeze Year end in MZ holds until Thu 05 Mar 2026 09:00 "
    "Africa/Maputo (2026-03-05 07:00 UTC)"
)
FREEZE = {
    "name": "Year end",
    "reason": "the books are closed",
    "is_hard": True,
    "markets": ["MZ"],
    "local_since": "2026-03-02T10:00",
    "local_until": "2026-03-05T09:00",
}
Entrance = Callable[["House", int], str]


class House:
    """The installation with its people: a manager, somebody at the desk, a lead, a machine."""

    def __init__(self, runtime: Runtime, app: Flask) -> None:
        self.runtime, self.app = runtime, app
        with runtime.work(SYSTEM) as work:
            estate(work)
            self.token = create_token(work, "runner", TokenScope.WRITE)

    def client(self, name: str) -> FlaskClient:
        return people.sign_in(self.app, name)

    def scheduled(self, component: str = "core") -> int:
        """Return a change of Kenya and Mozambique whose window is now; approved long ago."""
        with self.runtime.work(SYSTEM) as work:
            return factories.change(
                work,
                ("KE", "MZ"),
                (component,),
                steps=[{"title": "Switch over", "planned_minutes": 30}],
                state=State.SCHEDULED,
                starts_at=work.now,
                ends_at=work.now + timedelta(hours=2),
                approved_at=work.now - timedelta(days=7),
            ).id

    def stands(self, number: int) -> tuple[State, int, int]:
        """Return the state of a change, its runs, and how often it was said to have started."""
        with self.runtime.view(SYSTEM) as work:
            runs = work.session.scalars(select(Run).where(Run.change_id == number)).all()
            told = select(EventRecord).where(
                EventRecord.kind == "ChangeStarted", EventRecord.subject == f"change:{number}"
            )
            events = work.session.scalars(told).all()
            return work.session.get_one(Change, number).state, len(runs), len(events)


@pytest.fixture
def house(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> House:
    keyed = people.with_key(runtime, monkeypatch)
    people.add_people(keyed)
    app = create_app(keyed)
    app.config["WTF_CSRF_ENABLED"] = False
    return House(keyed, app)


def by_page(house: House, number: int) -> str:
    """Press Start on the page; return what refuses it, empty when nothing does."""
    answer = house.client("noc-operator").post(f"/changes/{number}/start")
    assert answer.status_code in {303, 403}, answer.text
    return "" if answer.status_code == 303 else answer.text


def by_person_over_the_api(house: House, number: int) -> str:
    answer = house.client("noc-operator").post(f"/api/v1/changes/{number}/start", json={})
    assert answer.status_code in {200, 403}, answer.text
    return "" if answer.status_code == 200 else str((answer.json or {})["detail"])


def by_token_over_the_api(house: House, number: int) -> str:
    answer = house.app.test_client().post(
        f"/api/v1/changes/{number}/start",
        json={},
        headers={"Authorization": f"Bearer {house.token}"},
    )
    assert answer.status_code in {200, 403}, answer.text
    return "" if answer.status_code == 200 else str((answer.json or {})["detail"])


def by_command(house: House, number: int) -> str:
    answer = CliRunner().invoke(change_command, ["start", str(number)], obj=lambda: house.runtime)
    assert answer.exception is None or isinstance(answer.exception, NotAllowed), answer.output
    return str(answer.exception or "")


ENTRANCES = [
    pytest.param(by_page, id="page"),
    pytest.param(by_person_over_the_api, id="API, a person"),
    pytest.param(by_token_over_the_api, id="API, a token"),
    pytest.param(by_command, id="command line"),
]


@pytest.mark.parametrize("start", ENTRANCES)
def test_a_hard_freeze_refuses_on_every_way_in(house: House, start: Entrance) -> None:
    """Set after the approval, in one of two markets; overridden by name it lets one through."""
    first, second = house.scheduled(), house.scheduled("ussd-mz")
    made = house.client("change-manager").post("/api/v1/freezes", json=FREEZE)
    assert made.status_code == 201, made.text
    assert WHY in start(house, first)
    assert house.stands(first) == (State.SCHEDULED, 0, 0), "nothing was half done"
    overridden = house.client("operations-lead").post(
        f"/changes/{first}/override-freeze",
        data={"key": "list/1", "reason": "it mends the incident of today"},
    )
    assert overridden.status_code == 303, overridden.text
    assert start(house, first) == ""
    assert house.stands(first) == (State.RUNNING, 1, 1)
    assert WHY in start(house, second), "one change, one freeze"
    assert house.stands(second) == (State.SCHEDULED, 0, 0)


@pytest.mark.parametrize("start", ENTRANCES)
def test_a_soft_freeze_warns_and_lets_start(house: House, start: Entrance) -> None:
    number = house.scheduled()
    soft = {**FREEZE, "is_hard": False}
    assert house.client("change-manager").post("/api/v1/freezes", json=soft).status_code == 201
    assert "warns" in house.client("noc-operator").get(f"/changes/{number}").text
    assert start(house, number) == ""


@pytest.mark.parametrize("start", ENTRANCES)
def test_a_freeze_refuses_to_its_last_second(
    house: House, start: Entrance, clock: FrozenClock
) -> None:
    number = house.scheduled()
    short = {**FREEZE, "local_until": "2026-03-02T10:30"}
    assert house.client("change-manager").post("/api/v1/freezes", json=short).status_code == 201
    clock.advance(timedelta(minutes=29, seconds=59))
    assert "Year end" in start(house, number)
    clock.advance(timedelta(seconds=1))
    assert start(house, number) == "", "half-open: it is over, though the window had met it"


def test_a_rehearsal_is_no_execution(house: House) -> None:
    number = house.scheduled()
    house.client("change-manager").post("/api/v1/freezes", json=FREEZE)
    rehearsed = house.client("noc-operator").post(f"/changes/{number}/rehearse")
    assert rehearsed.status_code == 303, rehearsed.text
    assert house.stands(number)[0] is State.SCHEDULED


def test_a_change_that_runs_goes_on_when_a_freeze_begins(house: House, clock: FrozenClock) -> None:
    number = house.scheduled()
    assert by_page(house, number) == ""
    clock.advance(timedelta(minutes=5))
    house.client("change-manager").post("/api/v1/freezes", json=FREEZE)
    clock.advance(timedelta(minutes=5))
    page = house.client("noc-operator").get(f"/changes/{number}").text
    assert house.stands(number)[0] is State.RUNNING
    assert "while it was running; it went on" in page
