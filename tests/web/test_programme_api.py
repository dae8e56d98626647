"""Programmes and sites over the API: everything the pages do, and nothing that harms."""

from collections.abc import Callable, Iterator

import pytest

from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import sites
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.programmes.stage import Told
from tests.programmes.stage import told as standing
from tests.web.conftest import SignIn
from tests.web.people import told
from tests.web.test_api import Machine
from tests.web.test_api import machine as machine

Make = Callable[..., Machine]
MANAGER = "change-manager"


@pytest.fixture
def ids(console: Runtime) -> Iterator[scenes.Ids]:
    """Give a programme of eight shops in two waves, one in Kenya and one in Tanzania."""
    with console.work(SYSTEM) as work:
        factories.estate(work)
        found = scenes.programme(work, 8, ["KE", "TZ"], staff=2)
    with standing():
        yield found


def test_programmes_and_their_sites(machine: Make, ids: scenes.Ids) -> None:
    api = machine(TokenScope.READ)
    [head] = told(api.get("/programmes"))["items"]
    assert (head["name"], head["sites"], head["counts"]) == ("New tills", 8, {"planned": 8})
    whole = told(api.get(f"/programmes/{ids.programme}"))
    assert [each["market"] for each in whole["waves"]] == ["KE", "TZ"]
    assert [each["name"] for each in whole["releases"]] == ["R1"]
    place = f"/programmes/{ids.programme}/sites"
    page = told(api.get(f"{place}?limit=5"))
    assert (len(page["items"]), page["total"]) == (5, 8)
    rest = told(api.get(f"{place}?limit=5&cursor={page['next']}"))
    assert [each["id"] for each in page["items"] + rest["items"]] == list(ids.rollouts)
    assert rest["next"] is None
    assert told(api.get(f"{place}?wave=2&words=TZ-0006"))["total"] == 1
    seen = told(machine(TokenScope.READ, "TZ").get(place))
    assert {each["market"] for each in seen["items"]} == {"TZ"}


def test_a_site_moves_and_says_what_is_in_the_way(as_person: SignIn, ids: scenes.Ids) -> None:
    client = as_person(MANAGER)
    place = f"/api/v1/sites/{ids.first}"
    moved = told(client.post(f"{place}/moves", json={"move": "survey"}))
    assert (moved["state"], moved["moves"][0]["move"]) == ("surveyed", "make ready")
    ready = client.post(f"{place}/moves", json={"move": "make ready"})
    assert ready.status_code == 409
    assert "Network measured at the peak hour: nobody has looked" in ready.text
    blocked = client.post(f"{place}/moves", json={"move": "block", "reason": "mast"})
    assert (blocked.status_code, "no owner was named" in blocked.text) == (400, True)
    body = {"move": "block", "reason": "mast", "kind": "network", "owner": "Ada"}
    assert told(client.post(f"{place}/moves", json=body))["was"] == "surveyed"
    stale = client.post(f"{place}/moves", json={"move": "back to surveyed", "version": 1})
    assert stale.status_code == 409
    past = told(client.get(f"{place}/history"))
    assert [each["move"] for each in past["moves"]] == ["block", "survey"]


def test_many_move_each_for_itself(as_person: SignIn, ids: scenes.Ids) -> None:
    client = as_person(MANAGER)
    client.post(f"/api/v1/sites/{ids.first}/moves", json={"move": "survey"})
    body = {"move": "survey", "sites": list(ids.rollouts[:3])}
    found = told(client.post(f"/api/v1/programmes/{ids.programme}/moves", json=body))["items"]
    assert [each["is_done"] for each in found] == [False, True, True]
    assert found[0]["words"] == "cannot survey while surveyed"


def test_readiness_slot_and_staff(as_person: SignIn, ids: scenes.Ids) -> None:
    client = as_person(MANAGER)
    place = f"/api/v1/sites/{ids.first}"
    body = {"item": "power", "result": "pass", "evidence": "photo", "expires_on": "2026-04-01"}
    found = told(client.post(f"{place}/readiness", json=body))["readiness"]["items"]
    assert [each["state"] for each in found if each["item"] == "power"] == ["pass"]
    slot = told(client.put(f"{place}/slot", json={"day": "2026-03-09", "crew": "A"}))
    assert (slot["slot_on"], slot["crew"]) == ("2026-03-09", "A")
    other = client.put(
        f"/api/v1/sites/{ids.rollouts[1]}/slot", json={"day": "2026-03-09", "crew": "A"}
    )
    assert (other.status_code, "crew A is at KE-0001" in other.text) == (409, True)
    assert told(client.delete(f"{place}/slot"))["slot_on"] is None
    hired = told(client.post(f"{place}/staff", json={"code": "E9", "name": "Ada"}))["items"]
    assert [each["code"] for each in hired] == ["E1", "E2", "E9"]


SHEET = {"code": "KE-9000", "name": "Kiosk", "market": "KE", "banks": ["Lake Bank"]}


def test_a_plan_is_made_from_nothing(as_person: SignIn, console: Runtime) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work)
    client = as_person(MANAGER)

    def post(path: str, body: object) -> dict[str, object]:
        answer = client.post(f"/api/v1{path}", json=body)
        assert answer.status_code in {200, 201}, answer.text
        return dict(told(answer))

    head = post("/programmes", {"name": "Till", "markets": ["KE"], "terms": {"rehearsals": 1}})
    place = f"/programmes/{head['id']}"
    head = post(f"{place}/releases", {"name": "R1", "versions": {"software": "4"}})
    release = head["releases"][0]["id"]  # type: ignore[index]
    post(f"{place}/waves", {"name": "First", "market": "KE", "release_id": release})
    site = post("/sites", SHEET)["site_id"]
    ways = post(f"{place}/waves/1/sites", {"sites": [site]})["ids"]
    assert post(f"{place}/releases/{release}/freeze", {})["releases"][0]["frozen_by"]  # type: ignore[index]
    found = told(client.get(f"/api/v1/sites/{ways[0]}"))  # type: ignore[index]
    assert (found["state"], found["survey_lacks"]) == (
        *("planned", ["connectivity", "hardware", "staff"]),
    )
    body = {**SHEET, "connectivity": "fibre", "version": found["site_version"]}
    told(client.put(f"/api/v1/sites/{found['id']}/sheet", json=body))
    assert client.put(f"/api/v1/sites/{found['id']}/sheet", json=body).status_code == 409


def test_a_file_comes_and_goes(as_person: SignIn, ids: scenes.Ids) -> None:
    client = as_person(MANAGER)
    place = f"/api/v1/programmes/{ids.programme}"
    book = client.get(f"{place}/export")
    assert (book.status_code, book.data[:2]) == (200, b"PK")
    found = told(client.post(f"{place}/import?name=x.xlsx", data=book.data))
    assert {name: each["unchanged"] for name, each in found["sheets"].items()} == {
        "sites": 8,
        "staff": 16,
        "plan": 8,
    }
    sheet = client.get(f"{place}/export?sheet=plan").data
    wrong = client.post(f"{place}/import?sheet=plan", data=sheet.replace(b",1,", b",9,"))
    assert wrong.status_code == 400
    assert "the programme has no wave 9" in wrong.text
    tried = client.post(f"{place}/import?dry_run=true", data=b"code,banks\nKE-0001,One\n")
    assert told(tried)["sheets"]["sites"]["updated"] == 1
    assert told(client.get(f"/api/v1/sites/{ids.first}"))["banks"] == list(scenes.BANKS)


@pytest.mark.parametrize(
    ("who", "path", "body", "status"),
    [
        ("desk-tz", "/sites/{first}/moves", {"move": "survey"}, 404),
        ("auditor", "/sites/{first}/moves", {"move": "survey"}, 403),
        ("noc-operator", "/sites/{first}/moves", {"move": "defer", "reason": "x"}, 403),
        ("noc-operator", "/programmes", {"name": "x", "markets": ["KE"]}, 403),
        ("auditor", "/programmes/{programme}/import", {}, 403),
        ("site-team", "/sites/{first}/readiness", {"item": "power", "result": "waived"}, 403),
    ],
)
def test_who_may_not(  # noqa: PLR0917
    as_person: SignIn, ids: scenes.Ids, who: str, path: str, body: object, status: int
) -> None:
    place = path.format(first=ids.first, programme=ids.programme)
    assert as_person(who).post(f"/api/v1{place}", json=body).status_code == status


BAD: list[tuple[str, object, int]] = [
    ("/sites/{first}/moves", {}, 400),
    ("/sites/{first}/moves", {"move": "fly"}, 400),
    ("/sites/{first}/moves", {"move": "reopen"}, 400),
    ("/sites/{first}/moves", {"move": "survey", "colour": "red"}, 400),
    ("/sites/{first}/moves", {"move": "survey", "version": "1"}, 400),
    ("/sites/{first}/moves", {"move": "defer", "reason": "x", "until": "soon"}, 400),
    ("/sites/99999999999999999999/moves", {"move": "survey"}, 404),
    ("/sites/999/moves", {"move": "survey"}, 404),
    ("/sites/{first}/readiness", {"item": "moon", "result": "pass"}, 400),
    ("/sites/{first}/readiness", {"item": "power", "result": "maybe"}, 400),
    ("/sites/{first}/readiness", {"item": "power", "result": "fail"}, 400),
    ("/sites/{first}/readiness", {"item": "power", "result": "fail", "evidence": "x" * 501}, 400),
    (
        "/sites/{first}/readiness",
        {"item": "power", "result": "pass", "expires_on": "2020-01-01"},
        400,
    ),
    ("/sites/{first}/readiness", {"item": "training", "result": "pass"}, 400),
    ("/sites/{first}/staff", {"code": "E 1", "name": "Ada"}, 400),
    ("/sites", {**SHEET, "market": "ZZ"}, 400),
    ("/sites", {**SHEET, "opening_hours": {"mon": "all day"}}, 400),
    ("/sites", {**SHEET, "latitude": "north"}, 400),
    ("/sites", {**SHEET, "hardware": ["till"]}, 400),
    ("/programmes", {"name": "", "markets": ["KE"]}, 400),
    ("/programmes", {"name": "x", "markets": ["KE"], "terms": {"quorum": 99}}, 400),
    ("/programmes", {"name": "x", "markets": ["KE"], "terms": {"moon": 1}}, 400),
    ("/programmes", {"name": "x", "markets": ["KE"], "steering": {"IT": "carlos"}}, 400),
    ("/programmes", {"name": "x", "markets": ["KE"], "baseline": {"soon": 3}}, 400),
    ("/programmes", {"name": "new TILLS", "markets": ["KE"]}, 409),
    ("/programmes/{programme}/waves", {"name": "x", "market": "EG", "release_id": 1}, 400),
    ("/programmes/{programme}/waves", {"name": "x", "market": "KE", "release_id": 99}, 400),
    ("/programmes/{programme}/waves/1/sites", {"sites": [99]}, 400),
    ("/programmes/{programme}/waves/9/sites", {"sites": [1]}, 400),
    ("/programmes/{programme}/moves", {"move": "survey", "sites": "all"}, 400),
    ("/programmes/{programme}/import", {}, 400),
    ("/programmes/99/import", {}, 404),
]


@pytest.mark.parametrize(("path", "body", "status"), BAD)
def test_bad_input_writes_nothing(
    as_person: SignIn, console: Runtime, ids: scenes.Ids, path: str, body: object, status: int
) -> None:
    place = path.format(first=ids.first, programme=ids.programme)
    answer = as_person(MANAGER).post(f"/api/v1{place}", json=body)
    assert answer.status_code == status, answer.text
    with console.view(SYSTEM) as work:
        assert sites.site(work, ids.first).state is SiteState.PLANNED


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/programmes/99", 404),
        ("/programmes/99999999999999999999/sites", 404),
        ("/programmes/{}/sites?state=flying", 400),
        ("/programmes/{}/sites?cursor=x", 400),
        ("/programmes/{}/sites?wave=one", 400),
        ("/programmes/{}/sites?limit=0", 400),
        ("/programmes/{}/export?sheet=moon", 400),
        ("/sites/99999999999999999999", 404),
    ],
)
def test_what_cannot_be_asked(machine: Make, ids: scenes.Ids, path: str, status: int) -> None:
    assert machine().get(path.format(ids.programme)).status_code == status


def test_a_counted_item_is_not_ticked(as_person: SignIn, ids: scenes.Ids) -> None:
    with standing(training=Told(False, "1 of 2")):
        place = f"/api/v1/sites/{ids.first}"
        found = told(as_person(MANAGER).get(place))["readiness"]["items"]
        [training] = [each for each in found if each["item"] == "training"]
        assert (training["is_counted"], training["why"]) == (True, "1 of 2")
