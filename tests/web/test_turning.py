"""Signs that turn or hide text are not printed; what runs from right to left still does."""

import re

import pytest

from incidents import actions, jobs
from ssoc.core import outbox
from ssoc.core.permissions import SYSTEM
from ssoc.core.signs import calm
from ssoc.core.work import Runtime
from ssoc.monitoring import actions as monitoring
from ssoc.notify.queries import pages_of
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b\x7f\u2028]")
ARABIC, FRENCH = "بوابة بطاقات الدفع بطيئة", "reçus SMS en retard : 38 %"
EVIL = f"\u202eevil \u2066{ARABIC} \x1b[31m{FRENCH}"


@pytest.fixture
def hostile(console: Runtime) -> Runtime:
    with console.work(SYSTEM) as work:
        factories.estate(work, "db-ke")
        labels = {
            "alertname": "Evil\u202e",
            "market": "KE",
            "component": "db-ke",
            "turn": "\u202ex",
        }
        monitoring.ingest(work, [factories.report(component="db-ke", summary=EVIL, labels=labels)])
        unplaced = factories.report(component="", name="Disk\u202eFull", summary=EVIL)
        monitoring.ingest(work, [unplaced])
    jobs.correlate(console)
    with console.work(SYSTEM) as work:
        actions.note(work, 1, EVIL)
    outbox.deliver(console)
    return console


@pytest.mark.parametrize(
    "path",
    ["/wall", "/triage", "/alerts", "/incidents/1", "/incidents/1/timeline", "/incidents/2"],
)
def test_no_page_is_turned_round(hostile: Runtime, as_person: SignIn, path: str) -> None:
    answer = as_person(people.OPERATOR).get(path)
    assert answer.status_code == 200
    assert not TURNING.search(answer.text)


def test_other_scripts_stay_as_they_are(hostile: Runtime, as_person: SignIn) -> None:
    page = as_person(people.OPERATOR).get("/incidents/1").text
    assert ARABIC in page
    assert FRENCH.split(":", maxsplit=1)[0] in page
    assert "<bdi" in page


def test_pages_to_people_are_not_turned(hostile: Runtime) -> None:
    with hostile.view(SYSTEM) as work:
        texts = [each.text for number in (1, 2) for each in pages_of(work, number)]
    assert texts
    assert not any(TURNING.search(each) for each in texts)


def test_what_was_said_is_kept_as_it_was(hostile: Runtime, as_person: SignIn) -> None:
    found = as_person(people.OPERATOR).get("/api/v1/alerts").get_json()["items"]
    assert EVIL in {each["summary"] for each in found}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\u202edead\u202c", "dead", id="override"),
        pytest.param("\u2066a\u2069", "a", id="isolate"),
        pytest.param("a\x00b\x1bc\u2028d", "abcd", id="controls"),
        pytest.param(ARABIC, ARABIC, id="arabic"),
        pytest.param(f"\u200f{ARABIC}\u200e", f"\u200f{ARABIC}\u200e", id="marks stay"),
        pytest.param("two\nlines\tand", "two\nlines\tand", id="line ends stay"),
    ],
)
def test_calm(text: str, shown: str) -> None:
    assert calm(text) == shown
