"""Who was told what stands on the incident and under Operations, never on a wall screen."""

from typing import Any

import pytest
from flask import Flask

from ssoc.accounts import machines
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.notify.models import Page
from ssoc.notify.rules import Kind
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn


@pytest.fixture
def told(console: Runtime) -> Runtime:
    """Give an incident in TZ with one page of each state."""
    states: dict[str, dict[str, Any]] = {
        "desk": {"delivered": True},
        "webhook": {"attempts": 3, "last_error": "refused: <b>connection</b>"},
        "duty": {},
        "mail": {"skipped": "resolved before it was sent"},
    }
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-tz")
        number = factories.incident(work, ["TZ"], component="core-tz").id
        for receiver, given in states.items():
            is_done = bool(given.pop("delivered", False))
            is_due = not is_done and "skipped" not in given
            work.session.add(
                Page(
                    key=f"{receiver}/{number}/1",
                    receiver=receiver,
                    incident_id=number,
                    number=1,
                    kind=Kind.FIRING,
                    markets="TZ",
                    component="core-tz",
                    priority="P1",
                    text="core-tz: writes time out",
                    planned_at=work.now,
                    due_at=work.now if is_due else None,
                    delivered_at=work.now if is_done else None,
                    **given,
                )
            )
    return console


def panel(page: str) -> str:
    """Return the panel of the incident."""
    return page.partition('id="pages"')[2].partition("</section>")[0]


def test_the_incident_says_who_was_told_and_who_was_not(told: Runtime, as_person: SignIn) -> None:
    found = panel(as_person(people.OPERATOR).get("/incidents/1").text)
    for receiver in ("desk", "webhook", "duty", "mail"):
        assert f"<bdi>{receiver}</bdi>" in found
    for words in ("1 not delivered", "on its way", "resolved before it was sent"):
        assert words in found
    assert "refused: &lt;b&gt;connection&lt;/b&gt;" in found
    assert found.index("webhook") < found.index("desk"), "what did not arrive stands on top"


def test_operations_lists_pages_undelivered_first(told: Runtime, as_person: SignIn) -> None:
    page = as_person(people.OPERATOR).get("/admin/pages").text
    assert "1\u00a0page did not arrive" in page
    assert page.index("<bdi>webhook</bdi>") < page.index("<bdi>desk</bdi>")
    assert "<bdi>mail</bdi>" not in page, "what was never sent is on the incident only"
    assert 'href="/incidents/1"' in page


def test_nobody_was_told(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.incident(work)
    client = as_person(people.OPERATOR)
    assert "Nobody was told yet." in panel(client.get("/incidents/1").text)
    assert "Nobody was paged yet" in client.get("/admin/pages").text


def test_other_markets_and_wall_screens_see_no_names(
    told: Runtime, app: Flask, as_person: SignIn
) -> None:
    elsewhere = as_person("desk-ke").get("/admin/pages")
    assert "webhook" not in elsewhere.text
    with told.work(SYSTEM) as work:
        link = machines.create_kiosk(work, "wall-2", [])
    screen = app.test_client()
    screen.get(f"/kiosk/{link}")
    assert screen.get("/admin/pages").status_code == 403
    assert screen.get("/incidents/1").status_code == 403
    assert "webhook" not in screen.get("/wall").text
