"""The form of a change: raised, edited, refused in words; each role; bad input; files."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask

from changes import queries
from changes.lifecycle import State, TemplateState
from changes.models import Change, ChangeTemplate
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.story import put
from tests.web.conftest import SignIn
from tests.web.counting import statements

MANAGER = "change-manager"
GOOD: Mapping[str, Any] = {
    "title": "Core Kenya: larger log volume",
    "type": "normal",
    "purpose": "the volume is 83 % full",
    "zone": "Africa/Nairobi",
    "starts": "2026-03-06 23:00",
    "ends": "2026-03-07 01:00",
    "preparation": "30",
    "rollback": "45",
    "soak": "",
    "rollback_plan": "the old volume stays",
    "implementer": "imre",
    "people": "ana, ben",
    "market": ["KE"],
    "components-1-component": "core-ke (core-ke)",
    "components-1-effect": "degraded",
    "steps-1-title": "Stop writes",
    "steps-1-minutes": "10",
    "steps-3-title": "Attach the volume",
    "steps-3-minutes": "30",
    "steps-3-needs": "1",
    "steps-3-hold": "yes",
    "notices-1-to": "partners",
    "notices-1-market": "KE",
    "notices-1-hours": "48",
}


@pytest.fixture
def house(console: Runtime) -> Runtime:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke > db-ke, core-tz")
        factories.accounts(work, "imre")
    return console


def only(house: Runtime) -> Any:
    with house.view(SYSTEM) as work:
        rows = list(work.session.query(Change).all())
        assert len(rows) == 1
        return queries.changes_of(work, rows)[0]


def test_raised_by_the_form_it_is_what_was_typed(house: Runtime, as_person: SignIn) -> None:
    answer = as_person(MANAGER).post("/changes/new", data={**GOOD, "then": "keep"})
    assert answer.status_code == 303, answer.text
    found = only(house)
    assert found.state is State.DRAFT
    assert f"{found.starts_at:%Y-%m-%d %H:%M}" == "2026-03-06 20:00", "Nairobi is UTC+3"
    assert [(e.position, e.title, e.needs, e.is_hold_point) for e in found.steps] == [
        (1, "Stop writes", (), False),
        (2, "Attach the volume", (1,), True),
    ], "an empty row is left out, what follows is numbered anew"
    assert (found.people, found.soak_minutes) == (("ana", "ben"), 0)
    page = as_person(MANAGER).get(f"/changes/{found.id}").text
    for text in ("Stop writes", "the old volume stays", "48 h before", "Submit", "Edit…", "imre"):
        assert text in page


def test_saved_and_submitted_at_once(house: Runtime, as_person: SignIn) -> None:
    as_person(MANAGER).post("/changes/new", data={**GOOD, "then": "submit"})
    assert only(house).state is State.SUBMITTED


def test_a_market_that_is_hurt_is_added_and_the_page_says_why(
    house: Runtime, as_person: SignIn
) -> None:
    """The hint says it beforehand, the page after saving and after an edit that leaves it out."""
    with house.work(SYSTEM) as work:
        east = factories.component("core", "KE", "MZ", name="Core ledger East")
        factories.estate(work, components=[east])
    client = as_person(MANAGER)
    assert "Where something will be down or degraded, the market is added" in (
        client.get("/changes/new").text
    )
    said = "Mozambique was added: Core ledger East is degraded there."
    data = {**GOOD, "components-1-component": "core"}
    answer = client.post("/changes/new", data=data, follow_redirects=True)
    assert said in answer.text
    found = only(house)
    assert found.markets == ("KE", "MZ")
    path = f"/changes/{found.id}/edit"
    again = {**data, "version": str(found.version)}
    assert said in client.post(path, data=again, follow_redirects=True).text
    assert (
        said
        not in client.post(path, data={**again, "market": ["KE", "MZ"]}, follow_redirects=True).text
    )
    refused = as_person("desk-ke").post("/changes/new", data=data)
    assert refused.status_code == 403
    assert said in refused.text
    assert "Stop writes" in refused.text, "what was typed stays"


def test_what_cannot_be_submitted_is_not_kept_either(house: Runtime, as_person: SignIn) -> None:
    answer = as_person(MANAGER).post(
        "/changes/new", data={**GOOD, "rollback_plan": "", "purpose": "", "then": "submit"}
    )
    assert answer.status_code == 400
    assert "also needs a purpose, a roll-back plan" in answer.text
    assert "Stop writes" in answer.text, "what was typed stays"
    with house.view(SYSTEM) as work:
        assert work.session.query(Change).count() == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"ends": "2026-03-06 22:00"}, "not after it starts", id="ends before"),
        pytest.param({"starts": "soon"}, "&#39;soon&#39; is no date and time", id="no time"),
        pytest.param(
            {"zone": "Africa/Cairo", "starts": "2026-04-24 00:30", "ends": "2026-04-24 03:00"},
            "does not exist in Cairo",
            id="an hour that does not exist",
        ),
        pytest.param(
            {"zone": "Africa/Cairo", "starts": "2026-10-29 23:30", "ends": "2026-10-30 03:00"},
            "comes twice in Cairo",
            id="an hour that comes twice",
        ),
        pytest.param({"zone": "Mars/Base"}, "no market lives by the clocks", id="zone"),
        pytest.param({"preparation": "-5"}, "the preparation takes -5 minutes", id="negative"),
        pytest.param({"soak": "long"}, "no whole number of minutes", id="no number"),
        pytest.param({"steps-1-minutes": "x"}, "no whole number", id="step's minutes"),
        pytest.param({"steps-1-needs": "9"}, "waits for &#39;9&#39;, which is no step", id="need"),
        pytest.param({"steps-1-needs": "3"}, "in a circle: 1 → 2 → 1", id="circle"),
        pytest.param({"components-1-component": "cor"}, "no component is called", id="component"),
        pytest.param({"components-1-effect": "gone"}, "choose what happens to it", id="effect"),
        pytest.param({"type": "nrml"}, "there is no type", id="type"),
        pytest.param({"market": ["XX"]}, "may not raise or edit changes|no market", id="market"),
        pytest.param({"title": ""}, "a change has a title", id="title"),
        pytest.param({"notices-1-hours": "many"}, "no whole number", id="hours"),
        pytest.param({"starts": "9999-12-31 23:00"}, "lies in the year 9999|beyond", id="year"),
    ],
)
def test_bad_input_is_said_above_what_was_typed(
    house: Runtime, as_person: SignIn, given: Mapping[str, Any], said: str
) -> None:
    answer = as_person(MANAGER).post("/changes/new", data={**GOOD, **given})
    assert answer.status_code == 400
    text = answer.text.casefold()
    assert any(each.casefold() in text for each in said.split("|")), answer.text[-3000:]
    assert 'role="alert"' in answer.text
    with house.view(SYSTEM) as work:
        assert work.session.query(Change).count() == 0


def test_rows_are_added_without_scripts(as_person: SignIn, house: Runtime) -> None:
    assert house
    answer = as_person(MANAGER).post("/changes/new", data={**GOOD, "more": "steps"})
    assert answer.status_code == 200
    assert 'name="steps-10-title"' in answer.text, "two filled, three spare, five more"
    assert 'value="Attach the volume"' in answer.text


@pytest.mark.parametrize("name", [f"steps-{10**30}-title", "steps-x-title", "steps--1-title"])
def test_odd_names_of_rows_are_left_alone(house: Runtime, as_person: SignIn, name: str) -> None:
    answer = as_person(MANAGER).post("/changes/new", data={**GOOD, name: "x"})
    assert answer.status_code == 303
    assert len(only(house).steps) == 2


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (MANAGER, 200),
        ("noc-operator", 200),
        ("capacity-planner", 200),
        ("desk-ke", 200),
        ("quality-lead", 403),
        ("auditor", 403),
        ("admin", 403),
        ("nobody-yet", 403),
    ],
)
def test_who_may_plan_sees_the_form(
    as_person: SignIn, house: Runtime, who: str, status: int
) -> None:
    assert house
    assert as_person(who).get("/changes/new").status_code == status
    assert as_person(who).get("/changes/templates/new").status_code == status


def test_another_market_is_refused(house: Runtime, as_person: SignIn) -> None:
    answer = as_person("desk-tz").post("/changes/new", data=GOOD)
    assert answer.status_code == 403
    with house.view(SYSTEM) as work:
        assert work.session.query(Change).count() == 0


def raised(house: Runtime, as_person: SignIn) -> Any:
    as_person(MANAGER).post("/changes/new", data=GOOD)
    return only(house)


def test_edited_and_overtaken(house: Runtime, as_person: SignIn) -> None:
    change, client = raised(house, as_person), as_person(MANAGER)
    page = client.get(f"/changes/{change.id}/edit").text
    assert 'value="2026-03-06 23:00"' in page, "on the clocks of its only market"
    data = {**GOOD, "title": "Another", "version": str(change.version)}
    assert client.post(f"/changes/{change.id}/edit", data=data).status_code == 303
    assert only(house).title == "Another"
    late = client.post(f"/changes/{change.id}/edit", data={**data, "title": "Late"})
    assert (late.status_code, only(house).title) == (409, "Another")
    assert "meanwhile" in late.text


def test_the_buttons_follow_state_and_right(house: Runtime, as_person: SignIn) -> None:
    number = raised(house, as_person).id
    assert "Submit" in as_person(MANAGER).get(f"/changes/{number}").text
    assert "Edit…" not in as_person("auditor").get(f"/changes/{number}").text
    assert as_person("desk-tz").get(f"/changes/{number}").status_code == 404
    put(house, number, State.CLOSED)
    assert "Edit…" not in as_person(MANAGER).get(f"/changes/{number}").text


def test_moves_by_the_page(house: Runtime, as_person: SignIn) -> None:
    number, client = raised(house, as_person).id, as_person(MANAGER)
    assert client.post(f"/changes/{number}/submit").status_code == 303
    assert only(house).state is State.SUBMITTED
    asked = client.get(f"/changes/{number}/withdraw").text
    assert "Answers given so far are void" in asked
    assert client.post(f"/changes/{number}/withdraw", data={"reason": ""}).status_code == 400
    client.post(f"/changes/{number}/withdraw", data={"reason": "not yet"})
    assert only(house).state is State.DRAFT
    client.post(f"/changes/{number}/cancel", data={"reason": "never"})
    assert only(house).state is State.CANCELLED
    assert client.post(f"/changes/{number}/submit").status_code == 409
    assert "Taken back to draft: not yet" in client.get(f"/changes/{number}").text


@pytest.mark.parametrize("name", ["submit", "schedule", "cancel", "withdraw", "close"])
@pytest.mark.parametrize("who", ["auditor", "executive"])
def test_who_only_looks_moves_nothing(
    house: Runtime, as_person: SignIn, name: str, who: str
) -> None:
    number = raised(house, as_person).id
    answer = as_person(who).post(f"/changes/{number}/{name}", data={"reason": "x"})
    assert answer.status_code == 403
    assert only(house).state is State.DRAFT


def test_an_approved_one_says_what_is_in_its_way(house: Runtime, as_person: SignIn) -> None:
    number = raised(house, as_person).id
    at = house.clock.now()
    put(house, number, State.APPROVED, starts_at=at, submitted_at=at, approved_at=at)
    page = as_person(MANAGER).get(f"/changes/{number}").text
    assert "Approved, and not scheduled" in page
    assert "Its window began" in page


PDF = b"%PDF-1.7 a plan"


def attach(as_person: SignIn, number: int, name: str, content: bytes, who: str = MANAGER) -> Any:
    """Send a form with a file; its body is made here, since the client's own leaves files open."""
    quoted = name.replace('"', "%22")
    head = f'--part\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
    return as_person(who).post(
        f"/changes/{number}/files",
        data=head.encode() + content + b"\r\n--part--\r\n",
        content_type="multipart/form-data; boundary=part",
    )


@pytest.fixture
def with_folder(house: Runtime, app: Flask, tmp_path: Any) -> Runtime:
    from dataclasses import replace

    settings = replace(house.settings, folder=str(tmp_path))
    kept = replace(house, settings=settings)
    app.extensions["ssoc"] = kept
    return kept


def test_a_file_goes_in_and_comes_out_as_a_download(
    with_folder: Runtime, as_person: SignIn
) -> None:
    number = raised(with_folder, as_person).id
    assert attach(as_person, number, '../Plán "1".pdf', PDF).status_code == 303
    client = as_person("auditor")
    page = client.get(f"/changes/{number}").text
    assert "Plán" in page
    got = client.get(f"/changes/{number}/files/1")
    assert got.data == PDF
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"].startswith("attachment; filename")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert as_person("desk-tz").get(f"/changes/{number}/files/1").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "status", "said"),
    [
        pytest.param("plan.pdf", b"MZ\x90\x00 a program", 400, "told by its content", id="program"),
        pytest.param("plan.pdf", b"<html>\0", 400, "told by its content", id="named as pdf"),
        pytest.param("x.zip", b"PK\x03\x04 some archive", 400, "told by its content", id="zip"),
        pytest.param("empty.txt", b"", 400, "is empty", id="empty"),
        pytest.param("", PDF, 400, "no file was chosen", id="no file"),
        pytest.param("big.pdf", PDF * 705_000, 413, "larger than", id="too large"),
        pytest.param("huge.pdf", b"%PDF-" + b"x" * 11_000_000, 413, "", id="beyond the route"),
    ],
)
def test_files_that_are_refused(
    with_folder: Runtime, as_person: SignIn, name: str, content: bytes, status: int, said: str
) -> None:
    number = raised(with_folder, as_person).id
    answer = attach(as_person, number, name, content)
    assert answer.status_code == status, answer.text
    assert said in answer.text.casefold()
    assert "No file is attached." in as_person(MANAGER).get(f"/changes/{number}").text


def test_a_form_elsewhere_stays_small(house: Runtime, as_person: SignIn) -> None:
    assert house
    answer = as_person(MANAGER).post("/changes/new", data={"title": "x" * 300_000})
    assert answer.status_code == 413


def test_the_same_name_twice_and_taken_away(with_folder: Runtime, as_person: SignIn) -> None:
    number, client = raised(with_folder, as_person).id, as_person(MANAGER)
    attach(as_person, number, "plan.pdf", PDF)
    assert attach(as_person, number, "plan.pdf", PDF).status_code == 409
    assert client.post(f"/changes/{number}/files/1/remove").status_code == 303
    assert client.get(f"/changes/{number}/files/1").status_code == 404
    assert attach(as_person, number, "plan.pdf", PDF).status_code == 303
    assert attach(as_person, number, "x.pdf", PDF, who="auditor").status_code == 403


def test_a_page_costs_as_many_statements_with_many_steps(house: Runtime, as_person: SignIn) -> None:
    client = as_person(MANAGER)
    costs = []
    for steps in (1, 40):
        rows = {f"steps-{at}-title": f"step {at}" for at in range(1, steps + 1)}
        plain = {name: value for name, value in GOOD.items() if not name.startswith("steps")}
        where = client.post("/changes/new", data={**plain, **rows}).headers["Location"]
        with statements(house.engine) as seen:
            assert client.get(where).status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_a_change_is_raised_because_of_an_incident(house: Runtime, as_person: SignIn) -> None:
    """Its number stands in the purpose, by which the change counts as rework."""
    with house.work(SYSTEM) as work:
        number = factories.incident(work, component="core-ke", title="Core Kenya is slow").id
    client = as_person("noc-operator")
    assert f"/changes/new?incident={number}" in client.get(f"/incidents/{number}").text
    form = client.get(f"/changes/new?incident={number}").text
    assert f"INC-{number}: Core Kenya is slow" in form
    assert 'value="emergency" selected' in form
    assert 'value="core-ke' in form
    assert client.get("/changes/new?incident=999").status_code == 404
    assert as_person("desk-tz").get(f"/changes/new?incident={number}").status_code == 404


def test_a_reference_elsewhere_is_typed_shown_and_edited(house: Runtime, as_person: SignIn) -> None:
    client = as_person(MANAGER)
    client.post("/changes/new", data={**GOOD, "external_reference": " ORD-77 ", "then": "keep"})
    found = only(house)
    assert found.external_reference == "ORD-77"
    assert "ORD-77" in client.get(f"/changes/{found.id}").text
    assert 'value="ORD-77"' in client.get(f"/changes/{found.id}/edit").text
    again = {**GOOD, "external_reference": "ORD-78", "version": str(found.version)}
    assert client.post(f"/changes/{found.id}/edit", data=again).status_code == 303
    assert only(house).external_reference == "ORD-78"


def test_the_reference_of_an_imported_change_stays(house: Runtime, as_person: SignIn) -> None:
    with house.work(SYSTEM) as work:
        factories.change(work, origin="servicenow", external_reference="CHG0030042")
    client, found = as_person(MANAGER), only(house)
    page = client.get("/changes/1/edit").text
    assert '<input type="hidden" name="external_reference" value="CHG0030042">' in page
    for given, status in (("X-1", 400), ("CHG0030042", 303)):
        data = {**GOOD, "external_reference": given, "version": str(found.version)}
        assert client.post("/changes/1/edit", data=data).status_code == status
    assert only(house).external_reference == "CHG0030042"


def test_a_refusal_says_times_on_the_clocks_that_were_typed_and_has_the_focus(
    house: Runtime, as_person: SignIn
) -> None:
    page = as_person(MANAGER).post("/changes/new", data={**GOOD, "ends": "2026-03-06 22:00"}).text
    assert "The window ends at 2026-03-06 19:00Z (22:00 Nairobi), not after" in page
    assert page.count("autofocus") == 1
    assert 'role="alert" tabindex="-1" autofocus' in page


def test_nobody_is_offered_to_accept_their_own_proposal(house: Runtime, as_person: SignIn) -> None:
    with house.work(SYSTEM) as work:
        row = ChangeTemplate(
            name="Certificates", plan={}, includes=[], state=TemplateState.PROPOSED,
            plan_since=work.now, proposed_by=MANAGER, changed_at=work.now, changed_by=MANAGER,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        path = f"/changes/templates/{row.id}"
    own = as_person(MANAGER).get(path).text
    assert "Accept as standard" not in own
    assert "Somebody else accepts it." in own
    with house.work(SYSTEM) as work:
        work.session.query(ChangeTemplate).update({"proposed_by": "somebody"})
    assert "Accept as standard" in as_person(MANAGER).get(path).text


def test_people_are_suggested_and_a_stranger_is_refused(house: Runtime, as_person: SignIn) -> None:
    page = as_person(MANAGER).get("/changes/new").text
    assert '<option value="imre">Imre</option>' in page
    for name in ("implementer", "verifier", "steps-1-owner"):
        assert re.search(rf'name="{name}"[^>]*list="accounts"', page), name
    sent = {**GOOD, "implementer": "Imrey", "then": "submit"}
    answer = as_person(MANAGER).post("/changes/new", data=sent)
    assert answer.status_code == 400
    assert "has no account that may sign in; name one, such as imre" in answer.text
    kept = as_person(MANAGER).post("/changes/new", data={**GOOD, "implementer": " IMRE "})
    assert kept.status_code == 303
    assert only(house).implementer == "imre"
