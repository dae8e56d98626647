"""Documented examples are taken as they stand, by the estate of the demo."""

import json
import re
import textwrap
from pathlib import Path

import pytest

import ssoc.demo
from changes import policy
from ssoc.core.permissions import SYSTEM
from ssoc.estate import actions as estate_actions
from ssoc.estate.reader import read
from ssoc.monitoring import queries
from tests.factories import EIGHT
from tests.ingest.conftest import Room
from tests.ingest.speaking import origin
from web.ingest import change_log
from web.ingest.deploys import argocd
from web.ingest.deploys.telling import Teller
from web.ingest.door import DEPLOYS

PAGE = Path(__file__).parents[2] / "docs/alerts.md"
ESTATE = Path(ssoc.demo.__file__).parent / "estate.yaml"
CALL = re.compile(r"curl \$SSOC(?P<path>\S+)[^\n]*?--json '(?P<body>\{.*?\})'\n\n", re.DOTALL)


def calls() -> list[tuple[str, str]]:
    """Return path and body of every call that the page shows."""
    return [(found["path"], found["body"]) for found in CALL.finditer(PAGE.read_text())]


@pytest.fixture
def demo(room: Room) -> Room:
    with room.runtime.work(SYSTEM) as work:
        estate_actions.replace(work, list(read([ESTATE]).items()))
    return room


def test_the_page_shows_every_door_of_scripts() -> None:
    assert [path for path, _ in calls()] == ["/v2/enqueue", "/v2/change/enqueue", "/api/v1/alerts"]


def test_each_call_is_accepted_and_finds_its_place(demo: Room) -> None:
    for path, body in calls():
        answer = demo.post(path, json.loads(body.replace("'$TOKEN'", demo.token)))
        assert (path, answer.status) == (path, 202), answer.body
        assert not answer.json.get("errors")
    placed = {(each.name, each.market, each.component) for each in demo.alerts()}
    assert placed == {
        ("disk/db1", "KE", "payment-api-ke"),
        ("QueueStuck", "KE", "payment-api-ke"),
    }
    with demo.runtime.view(SYSTEM) as work:
        [change] = queries.changes(work, ["payment-api-ke"], EIGHT)
    assert (change.market, change.reference) == ("KE", "CHG-7")
    assert demo.faults() == {}


def test_what_the_page_names_stands_in_the_demo() -> None:
    components = read([ESTATE]).components
    named = re.findall(r'(?:--component |"component": ")([\w-]+)', PAGE.read_text())
    assert len(named) >= 4
    assert [each for each in named if each not in components] == []


LOG_PAGE = PAGE.parent / "change-log.md"


def test_the_change_log_takes_its_documented_example(demo: Room) -> None:
    [(path, body)] = [(each["path"], each["body"]) for each in CALL.finditer(LOG_PAGE.read_text())]
    answer = demo.post(path, json.loads(body))
    assert (answer.status, answer.json["errors"]) == (202, [])
    assert "warnings" not in answer.json
    with demo.runtime.view(SYSTEM) as work:
        [change] = queries.changes(work, ["payment-api-ke"], EIGHT)
    assert (change.market, change.reference, change.details["by"]) == ("KE", "CHG-7", "amina")


def test_the_change_log_names_every_field_and_door() -> None:
    page = LOG_PAGE.read_text()
    assert [name for name in change_log.FIELDS if f"`{name}`" not in page] == []
    assert [path for path in DEPLOYS if path not in page] == []


def test_the_documented_policy_is_understood(tmp_path: Path) -> None:
    page = LOG_PAGE.read_text()
    doors = re.search(r"    (outside: \{doors: .*)\n", page)
    places = re.search(r"(?s)    (outside:\n      places:\n.*?)\n\n", page)
    assert doors
    assert places
    for text in (doors[1], textwrap.dedent(f"    {places[1]}")):
        (tmp_path / "policy.yaml").write_text(text)
        assert policy.read(tmp_path / "policy.yaml").outside.doors


def test_the_documented_template_of_argo_cd_is_read() -> None:
    found = re.search(r"(?s)body: \|\n(\s+\{\"app\".*?\})\n    trigger", LOG_PAGE.read_text())
    assert found
    filled = re.sub(r"\{\{.*?At\}\}", "2026-03-02T07:00:00Z", found[1])
    filled = re.sub(r"\{\{.*?phase\}\}", "Succeeded", filled)
    teller = Teller(origin(), lambda _: ("core-ke", "KE"))
    change = argocd.parse(json.loads(re.sub(r"\{\{.*?\}\}", "core", filled)), teller)
    assert change
    assert (change.component, change.details["state"]) == ("core-ke", "succeeded")
