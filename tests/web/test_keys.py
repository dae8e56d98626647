"""The keyboard: on every page of a signed-in person, and its help says exactly what exists."""

import re
from pathlib import Path

import pytest
from flask import Flask

import web
from ssoc.accounts import machines
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.web import people
from tests.web.conftest import SignIn
from web.shell import NAVIGATION

HOME = Path(web.__file__).parent
GOALS = [each for each in NAVIGATION if each.key]
PAGES = [
    *("/wall", "/triage", "/alerts", "/silences", "/silences/new", "/windows", "/windows/new"),
    *("/estate", "/account", "/keys", "/admin/jobs", "/admin/audit", "/admin/people"),
]


def scripted() -> set[str]:
    """Return the keys of the script's own table."""
    script = (HOME / "static" / "keys.js").read_text()
    table = re.search(r"^const acts = \{(.*)\};$", script, re.MULTILINE)
    assert table is not None
    found = re.findall(r'(?:^|, )\s*"?(.)"?: ', table[1])
    escape = {"Esc"} if 'event.key === "Escape"' in script else set()
    return {*found, *escape, *re.findall(r'event\.key === "(Enter)"', script)}


def buttons() -> set[str]:
    """Return the keys that press a button of some page."""
    pages = "".join(each.read_text() for each in HOME.rglob("*.html"))
    acts = (HOME / "noc" / "incident_acts.py").read_text()
    of_changes = "".join(
        (HOME / "change_managers" / f"{each}.py").read_text()
        for each in ("approvals_panel", "request_acts", "reviews", "run_begin", "run_view")
    )
    return {
        *re.findall(r'data-key="(\w)"', pages),
        *re.findall(r'key="(\w)"', acts),
        *re.findall(r'", (?:True|False), "(\w)"\)', acts),
        *re.findall(r', "([a-z])"[,)]', of_changes),
    }


def helped(page: str) -> set[str]:
    """Return the keys a help names, ``g w`` for two in a row."""
    lines = re.findall(r"<span>((?:<kbd>[^<]+</kbd> ?)+)</span>", page)
    named = [re.findall(r"<kbd>([^<]+)</kbd>", line) for line in lines]
    return {key for keys in named for key in ([" ".join(keys)] if keys[0] == "g" else keys)}


def test_the_help_lists_exactly_the_keys_that_exist(as_person: SignIn) -> None:
    exist = scripted() | buttons() | {f"g {each.key}" for each in GOALS}
    page = as_person(people.ADMIN).get("/keys").text.replace("&#34;", '"')
    assert helped(page.partition("<footer")[0]) == exist
    assert {"j", "/", "?", "a", "u", "g d"} <= exist


def test_no_two_places_share_a_key() -> None:
    assert len({each.key for each in GOALS}) == len(GOALS)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_keys_and_leads_to_windows(as_person: SignIn, path: str) -> None:
    page = as_person(people.ADMIN).get(path).text
    assert page.count('id="keys-help"') == 1
    assert "keys.js" in page
    assert 'href="/windows" data-go="d"' in page


def test_keys_lead_only_where_one_may_go(as_person: SignIn) -> None:
    client = as_person(people.AUDITOR)
    goals = re.findall(r'href="([^"]+)" data-go', client.get("/account").text)
    assert goals
    for path in goals:
        assert client.get(path).status_code == 200, path


def test_strangers_and_wall_screens_have_none(app: Flask, console: Runtime) -> None:
    with console.work(SYSTEM) as work:
        link = machines.create_kiosk(work, "wall-2", [])
    screen = app.test_client()
    assert screen.get(f"/kiosk/{link}").status_code in {302, 303}
    for page in (app.test_client().get("/sign-in"), screen.get("/wall")):
        assert page.status_code == 200
        assert "keys.js" not in page.text
        assert "keys-help" not in page.text
