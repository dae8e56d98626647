"""The examples of docs/alerts.md are taken as they stand, by the estate of the demo."""

import json
import re
from pathlib import Path

import pytest

import ssoc.demo
from ssoc.core.permissions import SYSTEM
from ssoc.estate import actions as estate_actions
from ssoc.estate.reader import read
from ssoc.monitoring import queries
from tests.factories import EIGHT
from tests.ingest.conftest import Room

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
