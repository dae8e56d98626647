"""What is done to sites on their pages: moves, findings, bookings, plans and files."""

import io
import re
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import sites as site_queries
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.web import people, shops
from tests.web.conftest import SignIn
from tests.web.shops import MANAGER, TEAM, of_state, state_of


@pytest.fixture
def made(console: Runtime) -> scenes.Ids:
    """Give a programme half way through in three markets."""
    return shops.half_way(console)


def test_a_move_is_made_with_its_reason(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    number = of_state(console, made, SiteState.PLANNED)
    client, here = as_person(TEAM), f"/programmes/sites/{number}"
    assert client.post(f"{here}/move/survey", data={}).headers["Location"].endswith(here)
    assert state_of(console, number) is SiteState.SURVEYED
    given = {"kind": "permit", "reason": "la préfecture n'a pas signé", "owner": TEAM}
    assert client.post(f"{here}/move/block", data=given).status_code == 303
    page = client.get(here).text
    assert "Blocked: la préfecture n&#39;a pas signé. Owner: site-team." in page
    assert client.post(f"{here}/move/back-to-surveyed", data={}).status_code == 303
    assert state_of(console, number) is SiteState.SURVEYED


@pytest.mark.parametrize(
    ("slug", "given", "status", "said"),
    [
        pytest.param("block", {"kind": "permit", "owner": "x"}, 400, "say why", id="no reason"),
        pytest.param(
            "block", {"kind": "moon", "reason": "x", "owner": "x"}, 400, "kind", id="kind"
        ),
        pytest.param("survey", {"version": "99"}, 409, "meanwhile", id="seen before"),
        pytest.param("survey", {"version": "x"}, 400, "no whole number", id="version"),
        pytest.param("accept", {}, 409, "", id="not from here"),
        pytest.param("reopen", {}, 400, "", id="nobody's move"),
        pytest.param("dance", {}, 404, "", id="no move at all"),
    ],
)
def test_a_move_that_lacks_something_changes_nothing(
    as_person: SignIn,
    console: Runtime,
    made: scenes.Ids,
    slug: str,
    given: Mapping[str, str],
    status: int,
    said: str,
) -> None:
    number = of_state(console, made, SiteState.PLANNED)
    answer = as_person(TEAM).post(f"/programmes/sites/{number}/move/{slug}", data=given)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert state_of(console, number) is SiteState.PLANNED


def test_every_obstacle_is_said_before_the_move_and_with_its_refusal(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    number = of_state(console, made, SiteState.READY)
    path = f"/programmes/sites/{number}/move/migrate"
    client = as_person(TEAM)
    asked, refused = client.get(path), client.post(path, data={})
    assert refused.status_code == 409
    for words in ("no slot and crew is booked", "the baseline of the release R1 is not frozen"):
        assert words in asked.text
        assert words in refused.text
    assert state_of(console, number) is SiteState.READY


@pytest.mark.parametrize("name", ["auditor", "quality-lead", "desk-tz"])
def test_who_only_looks_moves_nothing(
    as_person: SignIn, console: Runtime, made: scenes.Ids, name: str
) -> None:
    number, client = of_state(console, made, SiteState.PLANNED), as_person(name)
    here = f"/programmes/sites/{number}"
    posts = {
        f"{here}/move/survey": {},
        f"{here}/readiness/network": {"result": "pass"},
        f"{here}/book": {"day": "2026-03-09", "crew": "A"},
        f"{here}/edit": {"name": "x"},
        "/programmes/new": {"name": "x", "markets": "KE"},
        f"/programmes/{made.programme}/edit": {"name": "x"},
        f"/programmes/{made.programme}/waves/new": {"name": "x"},
        f"/programmes/releases/{made.release}/freeze": {},
        f"/programmes/waves/{made.waves[0]}/sites/new": {"code": "x"},
    }
    answers = {path: client.post(path, data=given).status_code for path, given in posts.items()}
    assert set(answers.values()) <= {403, 404}, answers
    assert state_of(console, number) is SiteState.PLANNED


def test_a_pass_leaves_the_failure_before_it_to_be_read(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    here = f"/programmes/sites/{of_state(console, made, SiteState.SURVEYED)}"
    client = as_person(TEAM)
    for given in (
        {"result": "fail", "evidence": "no signal at the till"},
        {"result": "pass", "evidence": "mast repaired"},
    ):
        assert client.post(f"{here}/readiness/network", data=given).status_code == 303
    page = client.get(here).text
    old = page[page.index("earlier result") :].partition("</details>")[0]
    assert "no signal at the till" in old
    assert "mast repaired" not in old
    assert "<li>fail: <bdi" in old


def test_readiness_is_recorded_by_one_press(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    number = of_state(console, made, SiteState.SURVEYED)
    client, here = as_person(TEAM), f"/programmes/sites/{number}"
    given = {"result": "pass", "evidence": "débit 18 Mbit/s à 12 h"}
    answer = client.post(f"{here}/readiness/network", data=given)
    assert answer.headers["Location"].endswith(f"{here}#item-network")
    page = client.get(here).text
    assert "débit 18 Mbit/s à 12 h" in page
    assert "Waive</button>" not in page, "a waiver is decided by others"
    assert "Waive</button>" in as_person(MANAGER).get(here).text


@pytest.mark.parametrize(
    ("item", "given", "status"),
    [
        pytest.param("network", {"result": "fail"}, 400, id="a failure without a reason"),
        pytest.param("network", {"result": "maybe"}, 400, id="no result"),
        pytest.param("moon", {"result": "pass"}, 400, id="no item"),
        pytest.param("network", {"result": "waived", "evidence": "x"}, 403, id="not theirs"),
        pytest.param("network", {"result": "pass", "until": "soon"}, 400, id="no day"),
    ],
)
def test_a_finding_that_lacks_something_is_asked_again(
    as_person: SignIn,
    console: Runtime,
    made: scenes.Ids,
    item: str,
    given: Mapping[str, str],
    status: int,
) -> None:
    number = of_state(console, made, SiteState.SURVEYED)
    path = f"/programmes/sites/{number}/readiness/{item}"
    assert as_person(TEAM).post(path, data=given).status_code == status
    with console.view(SYSTEM) as work:
        assert site_queries.readiness_history(work, number) == []


def test_slot_and_crew_are_booked_and_given_back(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    with console.view(SYSTEM) as work:
        found = site_queries.board(work, made.programme).sites
    first, second = [each.id for each in found if each.state is SiteState.READY and each.wave == 3][
        :2
    ]
    client = as_person(TEAM)
    given = {"day": "2026-03-09", "crew": "équipe A", "champion": "Amina"}
    assert client.post(f"/programmes/sites/{first}/book", data=given).status_code == 303
    assert "équipe A" in client.get(f"/programmes/sites/{first}").text
    again = client.post(f"/programmes/sites/{second}/book", data=given)
    assert (again.status_code, "is at EG-" in again.text) == (409, True), "one crew, one place"
    empty = {"day": "", "crew": "", "champion": "Amina"}
    assert client.post(f"/programmes/sites/{first}/book", data=empty).status_code == 303
    assert client.post(f"/programmes/sites/{second}/book", data=given).status_code == 303
    assert client.post(f"/programmes/sites/{second}/book", data={"crew": "B"}).status_code == 400


def test_a_week_of_crews_says_who_is_where(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    number = of_state(console, made, SiteState.READY, "EG")
    client, here = as_person(MANAGER), f"/programmes/{made.programme}/crews"
    assert "No crew is booked" in client.get(here).text
    given = {"day": "2026-03-09", "crew": "طاقم ١"}
    assert client.post(f"/programmes/sites/{number}/book", data=given).status_code == 303
    assert f"/programmes/sites/{number}" not in client.get(here).text, "another week"
    week = client.get(f"{here}?on=2026-03-11").text
    assert f'<td data-label="Mon\u00a09\u00a0Mar"><a href="/programmes/sites/{number}">' in week
    assert week.count(">free<") == 6
    assert {client.get(f"{here}?on={each}").status_code for each in ("soon", "9999-12-31")} == {400}


# ---------------------------------------------------------------- many at once


def test_many_are_moved_each_for_itself(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    with console.view(SYSTEM) as work:
        found = site_queries.board(work, made.programme).sites
    planned = [each.id for each in found if each.state is SiteState.PLANNED][:3]
    accepted = next(each.id for each in found if each.state is SiteState.ACCEPTED)
    client, path = as_person(MANAGER), f"/programmes/{made.programme}/sites/move"
    chosen = [*planned, accepted]
    first = client.post(path, data={"i": chosen})
    assert "Survey (3 of 4, then surveyed)" in first.text
    asked = client.post(path, data={"i": chosen, "move": "survey"})
    assert 'name="sure"' in asked.text
    assert state_of(console, planned[0]) is SiteState.PLANNED, "nothing yet"
    done = client.post(
        path, data={"i": chosen, "move": "survey", "sure": "yes"}, follow_redirects=True
    )
    assert {state_of(console, each) for each in planned} == {SiteState.SURVEYED}
    assert state_of(console, accepted) is SiteState.ACCEPTED
    assert "Survey: KE-" in done.text
    assert " stays: " in done.text


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="none"),
        pytest.param({"i": ["x", "-1", "99999999999"]}, id="no numbers of sites"),
    ],
)
def test_nothing_chosen_moves_nothing(
    as_person: SignIn, made: scenes.Ids, given: dict[str, object]
) -> None:
    path = f"/programmes/{made.programme}/sites/move"
    answer = as_person(MANAGER).post(path, data=given, follow_redirects=True)
    assert (answer.status_code, "Nothing was chosen" in answer.text) == (200, True)


# ---------------------------------------------------------------- the plan


def test_a_programme_is_planned_by_forms(as_person: SignIn, console: Runtime) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work)
    client = as_person(MANAGER)
    given = {
        "name": "Nouvelles caisses",
        "markets": ["KE", "CD"],
        "starts_on": "2026-03-09",
        "ends_on": "2026-09-30",
        "steering": "IT: admin\nbusiness: incident-manager, executive",
    }
    here = client.post("/programmes/new", data=given).headers["Location"]
    page = client.get(here).text
    assert "Nouvelles caisses" in page
    assert "No wave is planned yet." in page
    release = {"name": "R1", "versions": "software: 4.2.0\nterminal: 11.3"}
    assert client.post(f"{here}/releases/new", data=release).status_code == 303
    number = re.search(r"/programmes/releases/(\d+)/freeze", client.get(here).text)
    assert number
    wave = {"name": "Vague 1", "market": "CD", "release": number[1], "per_week": "5"}
    assert client.post(f"{here}/waves/new", data=wave).status_code == 303
    added = re.search(r"/programmes/waves/(\d+)/sites/new", client.get(here).text)
    assert added
    site = {
        "code": "CD-001",
        "name": "Boutique de la Libération",
        "type": "shop",
        "zone": "Africa/Kinshasa",
        "hours": "mon: 08:00-18:00\nsat: 09:00–13:00",
        "busy": ["fri", "sat"],
        "contacts": "Mireille | gérante | +243 81 000 0000",
        "hardware": "till | T-40 | S1\nprinter",
        "banks": "Copper Bank\nLake Bank",
        "minimum_staff": "2",
    }
    place = client.post(f"/programmes/waves/{added[1]}/sites/new", data=site).headers["Location"]
    shown = client.get(place).text
    for words in ("Boutique de la Libération", "tel:+243810000000", "09:00–13:00", "printer"):
        assert words in shown, words
    assert "the site sheet has no connectivity" in shown.lower()
    form = client.get(f"{place}/edit").text
    assert "Mireille | gérante | +243 81 000 0000" in form
    changed = {**site, "connectivity": "4G", "version": "1"}
    assert client.post(f"{place}/edit", data=changed).status_code == 303
    assert client.post(f"{place}/edit", data=changed).status_code == 409, "seen before the change"
    frozen = client.post(f"/programmes/releases/{number[1]}/freeze", data={})
    assert frozen.status_code == 303
    assert client.post(f"/programmes/releases/{number[1]}/edit", data=release).status_code == 409
    assert client.post(f"/programmes/waves/{added[1]}/edit", data={**wave, "per_week": "6"})
    renamed = {**given, "name": "Caisses", "version": "1"}
    assert client.post(f"{here}/edit", data=renamed).status_code == 303


@pytest.mark.parametrize(
    ("path", "given"),
    [
        pytest.param("/programmes/new", {}, id="a programme of nothing"),
        pytest.param("/programmes/new", {"name": "x", "markets": "XX"}, id="no such market"),
        pytest.param(
            "/programmes/new", {"name": "x", "markets": "KE", "starts_on": "soon"}, id="day"
        ),
        pytest.param("{here}/releases/new", {"name": "R9", "versions": "4.2"}, id="version"),
        pytest.param("{here}/releases/new", {"name": "R9", "change": "CHG-x"}, id="change"),
        pytest.param(
            "{here}/waves/new", {"name": "x", "market": "KE", "release": "x"}, id="release"
        ),
        pytest.param("{here}/waves/new", {"name": "x", "release": "9" * 30}, id="a long number"),
        pytest.param("{wave}/sites/new", {"code": "K 1", "name": "x", "type": "shop"}, id="code"),
        pytest.param("{wave}/sites/new", {"code": "K1", "hours": "mon: all day"}, id="hours"),
        pytest.param("{wave}/sites/new", {"code": "K1", "latitude": "nan"}, id="degrees"),
        pytest.param("{wave}/sites/new", {"code": "K1", "minimum_staff": "²"}, id="staff"),
    ],
)
def test_forms_that_lack_something_write_nothing(
    as_person: SignIn, console: Runtime, made: scenes.Ids, path: str, given: Mapping[str, str]
) -> None:
    here, wave = f"/programmes/{made.programme}", f"/programmes/waves/{made.waves[0]}"
    client = as_person(MANAGER)
    before = client.get(here).text.count("<li")
    answer = client.post(path.format(here=here, wave=wave), data=given)
    assert answer.status_code in {400, 403}
    assert client.get(here).text.count("<li") == before


def test_forms_need_their_token(app: Flask, made: scenes.Ids) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = people.sign_in(app, MANAGER).post(f"/programmes/sites/{made.first}/move/survey")
    assert answer.status_code == 400


# ---------------------------------------------------------------- found, brought, taken away


def brought(client: FlaskClient, made: scenes.Ids, text: str) -> TestResponse:
    file = (io.BytesIO(text.encode()), "sites.csv")
    return client.post(f"/programmes/{made.programme}/import", data={"file": file})


def test_a_file_is_looked_at_before_it_is_imported(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(MANAGER)
    answer = brought(client, made, "code,name,market\nKE-9001,Duka la Mji,KE\n")
    place = answer.headers["Location"]
    page = client.get(place).text
    assert "Import 1" in page
    assert "Duka la Mji" in client.get(place).text
    done = client.post(place, data={}, follow_redirects=True)
    assert "Imported: 1 new, 0 altered." in done.text
    assert client.post(place, data={}).status_code == 409, "it was imported already"


def test_every_fault_of_a_file_is_shown_by_row_and_nothing_is_imported(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(MANAGER)
    text = "code,name,market,zone\nKE-9001,Good,KE,\nK 1,Bad,KE,\nKE-9003,Bad,XX,Mars/Olympus\n"
    place = brought(client, made, text).headers["Location"]
    page = client.get(place).text
    assert page.count('data-label="Fault"') >= 3
    assert "Nothing is imported until there is none" in page
    assert client.post(place, data={}).status_code == 409
    assert as_person("admin").get(place).status_code in {403, 404}, "a file is its bringer's"
    assert "Location" not in client.get("/triage?q=KE-9001").headers


@pytest.mark.parametrize("text", ["", "\x00\x01", "a;b\n1;2", "PK\x03\x04broken"])
def test_a_file_that_cannot_be_read_is_refused(
    as_person: SignIn, made: scenes.Ids, text: str
) -> None:
    assert brought(as_person(MANAGER), made, text).status_code == 400


@pytest.mark.parametrize("name", ["sites.csv", "staff.csv", "plan.csv", "programme.xlsx"])
def test_exports_are_read_again_unchanged(as_person: SignIn, made: scenes.Ids, name: str) -> None:
    client, here = as_person(MANAGER), f"/programmes/{made.programme}"
    sent = client.get(f"{here}/export/{name}")
    assert sent.headers["Content-Disposition"].startswith("attachment")
    file = (io.BytesIO(sent.data), name)
    place = client.post(f"{here}/import", data={"file": file}).headers["Location"]
    page = client.get(place).text
    assert "Import 0" in page, "nothing is new, nothing altered"


def test_who_may_not_plan_brings_nothing_and_takes_what_they_see(
    as_person: SignIn, made: scenes.Ids
) -> None:
    client = as_person("desk-ke")
    assert brought(client, made, "code\nKE-1\n").status_code == 403
    text = client.get(f"/programmes/{made.programme}/export/sites.csv").text
    assert "KE-0001" in text
    assert "CD-0025" not in text
    assert client.get(f"/programmes/{made.programme}/export/secrets.csv").status_code == 400
