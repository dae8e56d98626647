"""Freezes on pages, over the API and on the command line."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from changes.freeze_cli import freeze
from ssoc.accounts.machines import create_token
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from tests.web.counting import statements
from tests.web.freezing import DESK, DESK_KE, LEAD, MANAGER, SignIn, change
from tests.web.freezing import house as house
from tests.web.people import told

FORM = {
    "name": "Year end",
    "kind": "hard",
    "reason": "books are closed",
    "zone": "local",
    "since": "2026-03-02 09:00",
    "until": "2026-03-05 09:00",
    "market": ["KE", "MZ"],
}
BODY = {
    "name": "Year end",
    "is_hard": True,
    "reason": "books are closed",
    "markets": ["MZ"],
    "since": "2026-03-02T07:00:00Z",
    "until": "2026-03-05T07:00:00Z",
}


def freezes(runtime: Runtime) -> list[str]:
    with runtime.view(SYSTEM) as work:
        return list(work.session.scalars(text("select name from change_freeze order by id")))


def test_a_freeze_is_set_changed_and_lifted_on_the_page(house: Runtime, as_person: SignIn) -> None:
    number, manager = change(house), as_person(MANAGER)
    answer = manager.post("/changes/freezes/new", data=FORM, follow_redirects=True)
    assert (
        "The hard freeze Year end holds from 06:00 to Thu\xa05\xa0Mar\xa007:00 UTC." in answer.text
    )
    page = manager.get("/changes/freezes").text
    assert f'<a href="/changes/{number}">CHG-{number}</a>' in page
    assert "09:00 Nairobi" in page
    form = manager.get("/changes/freezes/1").text
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version is not None
    wanted = {**FORM, "name": "Year end, softly", "kind": "soft", "version": version[1]}
    assert manager.post("/changes/freezes/1", data=wanted).status_code == 303
    stale = manager.post("/changes/freezes/1", data={**wanted, "name": "Other"})
    assert (stale.status_code, freezes(house)) == (409, ["Year end, softly"])
    assert "Why it holds no more" in manager.get("/changes/freezes/1/lift").text
    refused = manager.post("/changes/freezes/1/lift", data={"reason": " "})
    assert (refused.status_code, "has no reason" in refused.text) == (400, True)
    assert manager.post("/changes/freezes/1/lift", data={"reason": "done"}).status_code == 303
    page = manager.get("/changes/freezes").text
    assert "Ended within 30 days" in page
    assert manager.get("/changes/freezes/1").status_code == 409


@pytest.mark.parametrize(
    ("name", "sees", "sets"),
    [
        pytest.param(MANAGER, 200, 303, id="a change manager"),
        pytest.param("admin", 200, 403, id="an admin sees"),
        pytest.param(DESK, 200, 403, id="the desk sees"),
        pytest.param(DESK_KE, 200, 403, id="a desk of one market sees"),
        pytest.param("nobody-yet", 403, 403, id="nobody"),
    ],
)
def test_who_opens_and_sets(
    house: Runtime, as_person: SignIn, name: str, sees: int, sets: int
) -> None:
    client = as_person(name)
    for page in ("/changes/freezes", "/changes/freezes/feeds", "/changes/calendars"):
        assert client.get(page).status_code == sees, page
    assert client.get("/changes/freezes/new").status_code == (200 if sets == 303 else 403)
    assert client.post("/changes/freezes/new", data=FORM).status_code == sets
    assert len(freezes(house)) == (sets == 303)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"name": ""}, "no name", id="no name"),
        pytest.param({"reason": " "}, "has no reason; say why", id="no reason"),
        pytest.param({"kind": "firm"}, "hard, and stops work", id="kind"),
        pytest.param({"until": "2026-03-01 09:00"}, "ends before it starts", id="backwards"),
        pytest.param({"since": "soon"}, "is no date and time", id="no time"),
        pytest.param({"since": "2026-03-02 09:00+03:00"}, "names an offset", id="offset"),
        pytest.param({"zone": "Mars/Base"}, "market lives by the clocks", id="zone"),
        pytest.param({"zone": "", "until": "9999-12-31 23:59"}, "after the year", id="for ever"),
        pytest.param({"zone": "", "until": "2030-12-31 23:59"}, "longer than 400", id="years"),
        pytest.param({"market": ["XX"]}, "does not know XX", id="market"),
        pytest.param(
            {"zone": "Africa/Cairo", "since": "2026-04-24 00:30"}, "does not exist", id="no hour"
        ),
    ],
)
def test_a_bad_form_is_given_back(
    house: Runtime, as_person: SignIn, given: dict[str, Any], words: str
) -> None:
    answer = as_person(MANAGER).post("/changes/freezes/new", data={**FORM, **given})
    assert answer.status_code == 400
    assert words in answer.text
    assert "2026-03-02 09:00" in answer.text or given.keys() & {"since"}, "what was typed is kept"
    assert freezes(house) == []


def test_filters_narrow_the_list(house: Runtime, as_person: SignIn) -> None:
    manager = as_person(MANAGER)
    manager.post("/changes/freezes/new", data=FORM)
    for query, there in (
        ("market=KE&source=list", True),
        ("market=EG&source=list", False),
        ("kind=soft&source=list", False),
        ("source=computed", False),
        ("market=nope&kind=&source=list", True),
    ):
        page = manager.get(f"/changes/freezes?{query}").text
        assert ("Year end" in page) is there, query
    assert "No freeze fits" in manager.get("/changes/freezes?market=EG&source=list").text


def test_the_page_needs_as_many_statements_for_many_as_for_few(
    house: Runtime, as_person: SignIn
) -> None:
    manager = as_person(MANAGER)
    counts = []
    for _ in range(2):
        for number in range(5):
            manager.post("/changes/freezes/new", data={**FORM, "name": f"n{number}"})
            change(house)
        manager.get("/changes/freezes")
        with statements(house.engine) as sent:
            assert manager.get("/changes/freezes").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 21


def test_the_panel_shows_what_is_in_the_way_and_takes_an_override(
    house: Runtime, as_person: SignIn
) -> None:
    number = change(house)
    as_person(MANAGER).post("/changes/freezes/new", data=FORM)
    page = as_person(DESK).get(f"/changes/{number}").text
    assert "refuses the start" in page
    assert "Override…" not in page
    lead = as_person(LEAD)
    link = re.search(
        r'href="(/changes/\d+/override-freeze[^"]+)"', lead.get(f"/changes/{number}").text
    )
    assert link is not None
    assert "Why it cannot wait" in lead.get(link[1]).text
    act = f"/changes/{number}/override-freeze"
    assert lead.post(act, data={"key": "list/1", "reason": ""}).status_code == 400
    assert lead.post(act, data={"key": "list/9", "reason": "x"}).status_code == 404
    for other in (MANAGER, DESK_KE):
        wanted = {"key": "list/1", "reason": "mine"}
        assert as_person(other).post(act, data=wanted).status_code == 403
    assert lead.post(act, data={"key": "list/1", "reason": "urgent fix"}).status_code == 303
    page = as_person(DESK).get(f"/changes/{number}").text
    assert "Overridden by <b><bdi>operations-lead</bdi></b>" in page
    assert "urgent fix" in page
    events = as_person("auditor").get("/admin/audit").text
    assert "FreezeOverridden" in events
    again = lead.post(act, data={"key": "list/1", "reason": "again"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("begins", "shown"),
    [
        pytest.param(timedelta(), True, id="it may begin now"),
        pytest.param(timedelta(hours=1), True, id="its preparation has begun"),
        pytest.param(timedelta(days=7), False, id="next week the freeze is over"),
        pytest.param(-timedelta(hours=3), False, id="its window is over"),
    ],
)
def test_the_panel_shows_freezes_of_its_own_time(
    house: Runtime, as_person: SignIn, begins: timedelta, shown: bool
) -> None:
    at = house.clock.now() + begins
    until = at + timedelta(hours=2)
    number = change(house, starts_at=at, ends_at=until, preparation_minutes=90)
    as_person(MANAGER).post("/changes/freezes/new", data=FORM)
    page = as_person(DESK).get(f"/changes/{number}").text
    assert ("refuses the start" in page) is shown


def test_from_when_to_when_names_both_days(house: Runtime, as_person: SignIn) -> None:
    """A freeze that ends today says so: its time alone reads like the day it began."""
    number = change(house)
    as_person(MANAGER).post("/changes/freezes/new", data=FORM)
    page = as_person(DESK).get(f"/changes/{number}").text.replace("\xa0", " ")
    assert "Mon 2 Mar 06:00–Thu 5 Mar 07:00 UTC" in page
    assert "Mon 2 Mar 09:00–Thu 5 Mar 09:00 Nairobi, Maputo" in page, "one freeze, told once"


def test_when_a_freeze_begins_stands_under_from(house: Runtime, as_person: SignIn) -> None:
    form = {**FORM, "since": "2026-03-04 09:00"}
    as_person(MANAGER).post("/changes/freezes/new", data=form)
    page = as_person(DESK).get("/changes/freezes").text.replace("\xa0", " ")
    row = page[page.index('data-row="list/1"') :]
    since, until = (row[row.index(f'data-label="{name}"') :] for name in ("From", "Until"))
    assert "begins in 1 d 22 h" in since.partition("</td>")[0]
    assert "begins in" not in until.partition("</td>")[0]


# the API


def token(runtime: Runtime, scope: TokenScope = TokenScope.WRITE) -> dict[str, str]:
    with runtime.work(SYSTEM) as work:
        return {"Authorization": f"Bearer {create_token(work, f'm-{scope}', scope)}"}


def test_freezes_over_the_api(house: Runtime, as_person: SignIn) -> None:
    number, manager = change(house), as_person(MANAGER)
    made = told(manager.post("/api/v1/freezes", json=BODY))
    assert (made["key"], made["state"], made["since"]) == ("list/1", "now", "2026-03-02T07:00:00Z")
    (line,) = (
        each for each in told(manager.get("/api/v1/freezes"))["items"] if each["key"] == "list/1"
    )
    assert line["hits"] == [{"change": number, "phase": "execution", "markets": ["MZ"]}]
    assert line["spans"][0]["until"] == "2026-03-05T07:00:00Z"
    changed = manager.put("/api/v1/freezes/1", json={**BODY, "name": "Other", "version": 1})
    assert told(changed)["name"] == "Other"
    again = manager.put("/api/v1/freezes/1", json={**BODY, "version": 1})
    assert again.status_code == 409
    lifted = told(manager.post("/api/v1/freezes/1/lift", json={"reason": "done"}))
    assert (lifted["state"], lifted["lifted_by"]) == ("lifted", MANAGER)
    assert told(manager.get("/api/v1/freezes/1"))["lifted_because"] == "done"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("post", "/freezes", {}, 400, id="nothing"),
        pytest.param("post", "/freezes", {**BODY, "more": 1}, 400, id="a stranger"),
        pytest.param("post", "/freezes", {**BODY, "is_hard": "yes"}, 400, id="no switch"),
        pytest.param("post", "/freezes", {**BODY, "since": "2026-03-02"}, 400, id="no offset"),
        pytest.param("post", "/freezes", {**BODY, "local_since": "x"}, 400, id="no wall time"),
        pytest.param("post", "/freezes", {**BODY, "markets": "KE"}, 400, id="no list"),
        pytest.param("get", "/freezes?since=x", None, 400, id="no instant"),
        pytest.param(
            "get",
            "/freezes?since=2026-01-01T00:00:00Z&until=2036-01-01T00:00:00Z",
            None,
            400,
            id="ten years",
        ),
        pytest.param("get", "/freezes?market=XX", None, 400, id="no such market"),
        pytest.param("get", "/freezes?since=9999-12-30T00:00:00Z", None, 400, id="the end of time"),
        pytest.param("get", "/freezes/9", None, 404, id="no such freeze"),
        pytest.param("post", "/freezes/9/lift", {"reason": "x"}, 404, id="none to lift"),
        pytest.param("put", "/freezes/9", {**BODY, "version": 1}, 404, id="none to change"),
        pytest.param("post", "/freeze-feeds", {"name": "x"}, 400, id="a feed of nothing"),
        pytest.param("post", "/freeze-feeds/9/refresh", {}, 404, id="no such feed"),
        pytest.param("post", "/calendars", {"name": "x", "shows": "all"}, 400, id="shows"),
        pytest.param("post", "/calendars/9/revoke", {}, 404, id="no such calendar"),
    ],
)
def test_odd_requests_change_nothing(
    house: Runtime, as_person: SignIn, method: str, path: str, body: Any, status: int
) -> None:
    answer = getattr(as_person(MANAGER), method)(f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    assert freezes(house) == []


def test_a_token_neither_sets_nor_overrides_nor_has_calendars(
    house: Runtime, app: Flask, as_person: SignIn
) -> None:
    number, machine, sent = change(house), app.test_client(), token(house)
    as_person(MANAGER).post("/api/v1/freezes", json=BODY)
    assert machine.get("/api/v1/freezes", headers=sent).status_code == 200
    assert machine.post("/api/v1/freezes", json=BODY, headers=sent).status_code == 403
    wanted = {"freeze": "list/1", "reason": "urgent"}
    path = f"/api/v1/changes/{number}/override_freeze"
    assert machine.post(path, json=wanted, headers=sent).status_code == 403
    assert machine.get("/api/v1/calendars", headers=sent).status_code == 403
    assert machine.post("/api/v1/calendars", json={"name": "x"}, headers=sent).status_code == 403
    assert as_person(LEAD).post(path, json=wanted).status_code == 200
    assert as_person(LEAD).post(path, json=wanted).status_code == 409


# the command line


def run(runtime: Runtime, *words: str) -> Any:
    return CliRunner().invoke(freeze, words, obj=lambda: runtime)


def test_freezes_on_the_command_line(house: Runtime) -> None:
    number = change(house)
    made = run(
        *(house, "add", "Year end", "--from", "2026-03-02T09:00", "--until", "2026-03-05T09:00"),
        *("--market", "KE", "--market", "MZ", "--reason", "books", "--json"),
    )
    assert json.loads(made.output) == {"id": 1, "key": "list/1"}
    lines = run(house, "list", "--market", "KE").output.splitlines()
    assert lines[0].split() == [
        "FREEZE",
        "KIND",
        "FROM",
        "(UTC)",
        "UNTIL",
        "(UTC)",
        *("MARKETS", "HITS", "NAME"),
    ]
    (line,) = (each for each in lines if each.startswith("list/1"))
    assert line.split() == [
        *("list/1", "hard", "2026-03-02", "06:00", "2026-03-05", "07:00", "KE", "MZ", "1"),
        *("Year", "end"),
    ]
    found = json.loads(run(house, "list", "--json").output)
    assert [each["changes"] for each in found if each["key"] == "list/1"] == [[number]]
    assert run(house, "lift", "1", "--reason", "done").output == "freeze 1 is lifted\n"
    assert not any(
        each["key"] == "list/1" for each in json.loads(run(house, "list", "--json").output)
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("--from", "soon", "--until", "later"), "is no time", id="no time"),
        pytest.param(
            ("--from", "2026-03-02T09:00Z", "--until", "2026-03-03T09:00"), "both alike", id="mixed"
        ),
        pytest.param(
            ("--from", "2026-03-03T09:00", "--until", "2026-03-02T09:00", "--utc"),
            "before it starts",
            id="backwards",
        ),
    ],
)
def test_bad_words_are_refused(house: Runtime, words: tuple[str, ...], said: str) -> None:
    answer = run(house, "add", "X", "--reason", "closed", *words)
    assert said in str(answer.exception)
    assert freezes(house) == []
