"""What a programme asks of its sites: set with a reason, by who plans, for what follows."""

import pytest
from sqlalchemy import select

from changes.programmes.models import Programme
from changes.programmes.queries.terms import exit_terms, terms_of
from changes.programmes.rules import brake
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.web.conftest import SignIn
from tests.web.counting import statements

MANAGER, TEAM = "change-manager", "site-team"
WHY = {"reason": "steering of 2 March"}


@pytest.fixture
def made(console: Runtime) -> scenes.Ids:
    """Give a programme half way through."""
    with console.work(SYSTEM) as work:
        factories.estate(work)
        return scenes.programme(work, 24, ("KE", "CD"), states=scenes.HALF_WAY, staff=1)


def place(made: scenes.Ids) -> str:
    return f"/programmes/{made.programme}/settings"


def kept(console: Runtime, made: scenes.Ids) -> Programme:
    with console.view(SYSTEM) as work:
        return work.session.get_one(Programme, made.programme)


def test_each_value_shows_the_policy_and_from_when_it_counts(
    as_person: SignIn, made: scenes.Ids
) -> None:
    page = as_person(MANAGER).get(place(made)).text
    assert 'placeholder="3"' in page, "what holds while the field is empty"
    assert "one that is planned keeps its own" in page
    assert "past it stay as they are" in page
    assert "meetings planned from then on" in page


def test_it_is_set_with_a_reason_and_on_record(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(MANAGER)
    given = {
        "exit.clean_days": "5",
        "exit.month_end": "yes",
        "training_share": "90",
        "acceptance.cover": "pairwise",
        "quorum": "2",
        "voters": "IT, business",
        "brake.failed_sites.failure_limit": "4",
        "baseline": "2026-03-08: 40\n2026-03-15: 70",
    }
    answer = client.post(place(made), data={**given, **WHY, "version": "1"})
    assert answer.status_code == 303, answer.text
    row = kept(console, made)
    with console.view(SYSTEM) as work:
        found = terms_of(work, row)
        assert exit_terms(work, made.first).clean_days == 5
        event = work.session.scalars(
            select(EventRecord).where(EventRecord.kind == "ProgrammeTermsSet")
        ).one()
    assert (found.exit.month_end, found.training_share, found.quorum) == (True, 0.9, 2)
    assert row.baseline == {"2026-03-08": 40, "2026-03-15": 70}
    assert row.brake["metrics"][0]["failure_limit"] == 4
    assert [each["name"] for each in row.brake["metrics"]] == [
        each["name"] for each in brake.SHIPPED["metrics"]
    ]
    assert "exit.clean_days 3 to 5" in event.body["change"]
    assert event.body["reason"] == "steering of 2 March"
    assert 'value="5"' in client.get(place(made)).text
    planned = client.get(f"/programmes/reconciliation/new?subject=site:{made.first}&market=KE").text
    assert 'id="e-days" name="days" type="text" value="5"' in planned


def test_an_empty_field_is_the_policys_again(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(MANAGER)
    client.post(place(made), data={"rehearsals": "4", **WHY})
    assert kept(console, made).terms == {"rehearsals": 4}
    client.post(place(made), data={"rehearsals": "", **WHY})
    assert kept(console, made).terms == {}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"exit.clean_days": "many"}, "is no whole number", id="no number"),
        pytest.param({"exit.clean_days": "0"}, "give 1 to 3650", id="out of bounds"),
        pytest.param({"quorum": "9"}, "the voters", id="more than vote"),
        pytest.param({"training_share": "130"}, "per cent from 0 to 100", id="no share"),
        pytest.param({"exit.tolerance": "NaN"}, "amount such as 1.00", id="no amount"),
        pytest.param({"acceptance.cover": "some"}, "choice of the list", id="no choice"),
        pytest.param({"brake.tickets_per_site.failure_condition": "x"}, "no number", id="brake"),
        pytest.param({"baseline": "soon: 4"}, "is no day", id="baseline without a day"),
        pytest.param({"baseline": "2026-03-08: 4\n2026-03-15: 3"}, "fewer than", id="falls"),
        pytest.param({"rehearsals": "3", "reason": " "}, "needs a reason", id="no reason"),
        pytest.param({"rehearsals": "3\u200b"}, "is no whole number", id="unprintable"),
    ],
)
def test_what_cannot_be_is_refused_whole(
    as_person: SignIn, console: Runtime, made: scenes.Ids, given: dict[str, str], says: str
) -> None:
    answer = as_person(MANAGER).post(place(made), data={"hypercare_days": "9", **WHY, **given})
    assert (answer.status_code, says in answer.text) == (400, True), answer.text[-3000:]
    assert kept(console, made).terms == {}, "nothing half written"
    assert 'value="9"' in answer.text, "what was typed stays"


def test_of_two_at_once_one_is_told(as_person: SignIn, console: Runtime, made: scenes.Ids) -> None:
    client = as_person(MANAGER)
    seen = str(kept(console, made).version)
    assert client.post(place(made), data={"quorum": "2", **WHY, "version": seen}).status_code == 303
    late = client.post(place(made), data={"quorum": "4", **WHY, "version": seen})
    assert (late.status_code, "changed meanwhile" in late.text) == (409, True)
    assert kept(console, made).terms == {"quorum": 2}


@pytest.mark.parametrize("name", [TEAM, "desk-ke", "auditor"])
def test_who_may_not_plan_looks_only(as_person: SignIn, made: scenes.Ids, name: str) -> None:
    client = as_person(name)
    page = client.get(place(made))
    assert (page.status_code, 'name="reason"' in page.text) == (200, False)
    assert client.post(place(made), data={"quorum": "2", **WHY}).status_code == 403
    assert as_person("desk-tz").get(place(made)).status_code == 404


def test_the_api_says_and_sets_the_same(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(MANAGER)
    at = f"/api/v1/programmes/{made.programme}/terms"
    found = client.get(at).json
    assert found is not None
    assert {each["path"]: each["policy"] for each in found["items"]}["quorum"] == "3"
    body = {"terms": {"quorum": 2}, "version": found["version"], "reason": "fewer roles"}
    set_to = client.put(at, json=body)
    assert set_to.status_code == 200, set_to.text
    assert set_to.json is not None
    assert set_to.json["changed"] == ["quorum 3 to 2"]
    odd = {"brake": {"metrics": [{"name": "mood", "provider": {"manual": {}}}]}}
    refused = client.put(at, json={**body, **odd, "version": set_to.json["version"]})
    assert refused.status_code == 400
    again = {"baseline": {"2026-03-08": "x"}, "version": set_to.json["version"]}
    assert client.put(at, json={**body, **again}).status_code == 400


def test_statements_do_not_grow_with_sites(
    as_person: SignIn, console: Runtime, made: scenes.Ids
) -> None:
    client = as_person(MANAGER)
    client.get(place(made))
    with statements(console.engine) as few:
        client.get(place(made))
    with console.work(SYSTEM) as work:
        more = scenes.programme(
            work, 60, ("KE", "CD"), states=scenes.HALF_WAY, name="B", prefix="B"
        )
    with statements(console.engine) as many:
        client.get(place(more))
    assert len(many) == len(few)
