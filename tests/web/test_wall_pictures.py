"""One picture for all screens that may see the same, never for one that may see less."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from incidents import actions
from ssoc.accounts import machines
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.counting import statements
from web import assets
from web.noc.pictures import MOST_SCOPES, Pictures

SECOND = timedelta(seconds=1)


@pytest.fixture
def two(console: Runtime) -> Runtime:
    """Give an incident in each of two markets."""
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        factories.incident(work, ["KE"], title="Core ledger Kenya: slow")
        factories.incident(work, ["TZ"], component="core-tz", title="Core ledger Tanzania: slow")
    return console


def kiosk(app: Flask, runtime: Runtime, name: str, *markets: str) -> FlaskClient:
    """Return a wall screen that is open."""
    with runtime.work(SYSTEM) as work:
        token = machines.create_kiosk(work, name, markets)
    client = app.test_client()
    client.get(f"/kiosk/{token}")
    return client


def drawn(sent: list[str]) -> int:
    """Return how many pictures these statements were for."""
    return len([each for each in sent if "GROUP BY incident.priority" in each])


def test_fifty_screens_cost_one_picture(two: Runtime, app: Flask, clock: FrozenClock) -> None:
    walls = [kiosk(app, two, f"wall-{number}") for number in range(50)]
    clock.advance(10 * SECOND)
    with statements(two.engine) as sent:
        pages = [wall.get("/wall").text for wall in walls]
    assert all("Core ledger Kenya" in page for page in pages)
    assert drawn(sent) == 1
    reads = [each for each in sent if each.startswith("SELECT")]
    assert len(reads) <= 50 * 3 + 40, "who asks, and whether something is new; nothing else"


def test_pictures_never_mix_scopes(two: Runtime, app: Flask, as_person: SignIn) -> None:
    with two.work(SYSTEM) as work:
        actions.assign(work, 1, "Amina Wanjiku")
    screens = {
        "all": kiosk(app, two, "all"),
        "KE": kiosk(app, two, "ke", "KE"),
        "TZ": kiosk(app, two, "tz", "TZ"),
        "desk-ke": as_person("desk-ke"),
        "operator": as_person(people.OPERATOR),
    }
    for _ in range(2):  # drawn, then from what was drawn
        seen = {name: client.get("/wall").text for name, client in screens.items()}
        found = {
            name: ("Ledger Kenya" in page or "ledger Kenya" in page, "ledger Tanzania" in page)
            for name, page in seen.items()
        }
        assert found == {
            "all": (True, True),
            "KE": (True, False),
            "TZ": (False, True),
            "desk-ke": (True, False),
            "operator": (True, True),
        }
        named = [name for name, page in seen.items() if "Amina" in page]
        assert named == ["desk-ke", "operator"], "wall screens name nobody"


def test_a_screen_that_follows_is_at_most_a_second_behind(
    two: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    follower, other = as_person(people.OPERATOR), as_person(people.OPERATOR)
    tag = follower.get("/wall").headers["ETag"]

    def change() -> None:
        with two.work(SYSTEM) as work:
            actions.note(work, 1, "something has changed")

    change()
    with statements(two.engine) as sent:
        again = follower.get("/wall", headers={"If-None-Match": tag})
    assert (again.status_code, drawn(sent)) == (304, 0), "within a second nothing is drawn anew"
    opened = other.get("/wall")
    assert opened.headers["ETag"] != tag, "who opens the page sees everything at once"
    change()
    clock.advance(SECOND)
    assert follower.get("/wall", headers={"If-None-Match": tag}).status_code == 200


def test_rights_that_were_taken_show_at_once(two: Runtime, app: Flask, as_person: SignIn) -> None:
    client = kiosk(app, two, "wall-1")
    assert "ledger Tanzania" in client.get("/wall").text
    with two.work(SYSTEM) as work:
        machines.revoke_kiosk(work, "wall-1")
    assert "ledger" not in client.get("/wall").text


def test_an_upgrade_changes_every_tag(
    two: Runtime, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_person(people.OPERATOR)
    first = client.get("/wall")
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/wall", headers=known).status_code == 304
    monkeypatch.setattr(assets, "together", lambda: "0123456789")
    assert client.get("/wall", headers=known).status_code == 200


def test_few_scopes_are_kept(two: Runtime) -> None:
    kept = Pictures()
    for number in range(MOST_SCOPES + 20):
        with two.view(factories.person("a", Role.NOC_OPERATOR, f"M{number}")) as work:
            kept.of(work, False, lambda _: None)  # type: ignore[arg-type, return-value]
    assert len(kept._places) == MOST_SCOPES
