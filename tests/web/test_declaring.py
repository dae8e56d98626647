"""An incident that no alert has told, declared on a page of its own."""

import pytest

from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn

GIVEN = {
    "title": "agents cannot log in",
    "component": "core-ke",
    "impact": "1",
    "urgency": "1",
    "markets": "ke",
    "note": "three banks called",
}


@pytest.fixture(autouse=True)
def estate(console: Runtime) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")


def test_it_is_reached_from_triage_by_button_and_key(as_person: SignIn) -> None:
    page = as_person("desk-ke").get("/triage").text
    assert '<a class="button" href="/incidents/new" data-key="c">Declare' in page
    form = as_person("desk-ke").get("/incidents/new").text
    assert '<option value="core-ke">' in form
    assert "core-tz" not in form, "somebody else's"


def test_it_opens_and_leads_to_its_page(as_person: SignIn) -> None:
    client = as_person("desk-ke")
    answer = client.post("/incidents/new", data=GIVEN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/incidents/1")
    page = client.get("/incidents/1").text
    assert "agents cannot log in" in page
    assert "three banks called" in page
    assert "Declared by desk-ke." in page
    again = client.post("/incidents/new", data=GIVEN)
    assert again.status_code == 409
    assert "INC-1 is already open at core-ke; work on that one." in again.text
    assert 'value="agents cannot log in"' in again.text, "nothing typed is lost"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"component": "moon"}, "no component"),
        ({"impact": "9"}, "impact must be 1"),
        ({"markets": "XX"}, "No market"),
        ({"title": " "}, "title is empty"),
    ],
)
def test_what_is_wrong_is_said_above_the_form(
    as_person: SignIn, changed: dict[str, str], words: str
) -> None:
    answer = as_person("desk-ke").post("/incidents/new", data=GIVEN | changed)
    assert answer.status_code == 400
    assert words in answer.text


def test_who_may_not_work_may_not_declare(as_person: SignIn) -> None:
    client = as_person(people.AUDITOR)
    assert "/incidents/new" not in client.get("/triage").text
    assert client.get("/incidents/new").status_code == 403
    assert client.post("/incidents/new", data=GIVEN).status_code == 403
    foreign = GIVEN | {"component": "core-tz", "markets": ""}
    assert as_person("desk-ke").post("/incidents/new", data=foreign).status_code == 403
