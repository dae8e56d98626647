"""Calendars of freezes that are read, and calendars of changes that are handed out."""

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from ssoc.accounts import actions as accounts
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from tests.changes.freeze_story import calendar
from tests.web.freezing import DESK, DESK_KE, MANAGER, SignIn, change
from tests.web.freezing import house as house
from tests.web.people import told
from web import app as web_app

# read: what others freeze


def test_a_file_of_freezes_is_added_and_removed_on_the_page(
    house: Runtime, as_person: SignIn
) -> None:
    manager = as_person(MANAGER)
    form = {"name": "Group", "kind": "hard", "every": "60", "zone": "", "market": "EG"}
    bad = calendar(("UID:a", "SUMMARY:Feast"), ("UID:b",))
    answer = manager.post(
        "/changes/freezes/feeds/new", data={**form, "file": (BytesIO(bad), "f.ics")}
    )
    assert answer.status_code == 400
    assert "Event 1 (Feast): it has no DTSTART." in answer.text
    assert "Event 2 (no summary): it has no DTSTART." in answer.text
    good = calendar(("UID:a", "DTSTART;VALUE=DATE:20260424", "SUMMARY:Feast"))
    answer = manager.post(
        "/changes/freezes/feeds/new", data={**form, "file": (BytesIO(good), "f.ics")}
    )
    assert answer.status_code == 303
    page = manager.get("/changes/freezes/feeds").text
    assert "Group" in page
    [number] = set(re.findall(r"/freezes/feeds/(\d+)/remove", page))
    here = f"/changes/freezes/feeds/{number}"
    assert "Feast" in manager.get("/changes/freezes?source=feed").text
    address = {**form, "url": "http://10.0.0.1/x.ics"}
    refused = manager.post("/changes/freezes/feeds/new", data=address)
    assert (refused.status_code, "feed_hosts in [changes]" in refused.text) == (400, True)
    assert as_person(DESK).post(f"{here}/remove", data={}).status_code == 403
    assert "1\xa0freeze of it" in manager.get(f"{here}/remove").text
    assert manager.post(f"{here}/refresh").status_code == 400, "a file"
    gone = manager.post(f"{here}/remove", data={"reason": "moved"})
    assert gone.status_code == 303
    assert "Feast" not in manager.get("/changes/freezes?source=feed").text


def test_feeds_over_the_api(house: Runtime, as_person: SignIn) -> None:
    manager = as_person(MANAGER)
    good = calendar(("UID:a", "DTSTART;VALUE=DATE:20260424", "SUMMARY:Feast")).decode()
    body = {"name": "Group", "is_hard": True, "markets": ["EG"], "content": good}
    assert told(manager.post("/api/v1/freeze-feeds", json=body))["to_come"] == 1
    broken = manager.put("/api/v1/freeze-feeds/1/content", json={"content": "hello"})
    assert (broken.status_code, "is no calendar" in told(broken)["detail"]) == (400, True)
    assert told(manager.get("/api/v1/freeze-feeds"))["items"][0]["faults"] == []
    two = good.replace(
        "END:VCALENDAR",
        "BEGIN:VEVENT\r\nUID:b\r\nDTSTART;VALUE=DATE:20260425\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    assert (
        told(manager.put("/api/v1/freeze-feeds/1/content", json={"content": two}))["to_come"] == 2
    )
    gone = told(manager.post("/api/v1/freeze-feeds/1/remove", json={"reason": "moved"}))
    assert gone["is_removed"] is True


# handed out: what readers of changes subscribe to


def address(client: FlaskClient, **given: Any) -> str:
    page = client.post(
        "/changes/calendars", data={"name": "telephone", "shows": "changes", **given}
    )
    assert page.headers["Cache-Control"] == "no-store"
    found = re.search(r"/feeds/changes/[0-9a-f]{32}\.ics", page.text)
    assert found is not None
    return found[0]


def references(content: bytes) -> list[str]:
    found = Calendar.from_ical(content).walk("VEVENT")
    return sorted(str(each["SUMMARY"]).partition(" ")[0] for each in found)


def test_an_address_is_all_a_reader_needs(house: Runtime, app: Flask, as_person: SignIn) -> None:
    number = change(house)
    where, reader = address(as_person(DESK)), app.test_client()
    answer = reader.get(where)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert references(answer.data) == [f"CHG-{number}"]
    assert "Set-Cookie" not in answer.headers
    again = reader.get(where, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert reader.head(where).status_code == 200
    for method in ("post", "put", "delete"):
        assert getattr(reader, method)(where).status_code == 405
    assert reader.get(where.replace("/feeds/changes/", "/feeds/changes/0")).status_code == 404
    assert "telephone" in as_person(DESK).get("/changes/calendars").text
    assert where not in as_person(DESK).get("/changes/calendars").text


def test_it_shows_what_its_person_may_see_when_it_is_read(
    house: Runtime, app: Flask, as_person: SignIn
) -> None:
    kenya, mozambique = change(house, ("KE",)), change(house, ("MZ",))
    where, reader = address(as_person(DESK_KE)), app.test_client()
    assert references(reader.get(where).data) == [f"CHG-{kenya}"]
    with house.work(SYSTEM) as work:
        accounts.set_roles(work, DESK_KE, ((Role.NOC_OPERATOR, "MZ"),))
    assert references(reader.get(where).data) == [f"CHG-{mozambique}"]
    with house.work(SYSTEM) as work:
        accounts.set_roles(work, DESK_KE, ())
    assert reader.get(where).status_code == 404, "no role at all"
    with house.work(SYSTEM) as work:
        accounts.set_roles(work, DESK_KE, ((Role.NOC_OPERATOR, "KE"),))
    assert reader.get(where).status_code == 200
    with house.work(SYSTEM) as work:
        accounts.disable(work, DESK_KE)
    assert reader.get(where).status_code == 404, "disabled"


def test_a_revoked_address_answers_no_more(house: Runtime, app: Flask, as_person: SignIn) -> None:
    desk, reader = as_person(DESK), app.test_client()
    where = address(desk)
    assert as_person(DESK_KE).post("/changes/calendars/1/revoke").status_code == 404
    assert reader.get(where).status_code == 200
    assert desk.post("/changes/calendars/1/revoke").status_code == 303
    assert reader.get(where).status_code == 404


def test_reading_is_bounded(
    house: Runtime, app: Flask, as_person: SignIn, clock: FrozenClock
) -> None:
    where, reader = address(as_person(DESK)), app.test_client()
    assert {reader.get(where).status_code for _ in range(30)} == {200}
    refused = reader.get(where)
    assert (refused.status_code, "once an hour" in refused.text) == (429, True)
    wrong = [reader.get(f"/feeds/changes/{n:032x}.ics").status_code for n in range(31)]
    assert wrong == [404] * 30 + [429]
    clock.advance(timedelta(minutes=5))
    assert reader.get(where).status_code == 200


def test_the_address_is_that_of_the_installation(
    house: Runtime, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = replace(house.settings.web, public_url="https://ssoc.example/")
    runtime = replace(house, settings=replace(house.settings, web=public))
    made = web_app.create_app(runtime)
    made.config["WTF_CSRF_ENABLED"] = False
    from tests.web import people

    client = people.sign_in(made, DESK)
    body = told(client.post("/api/v1/calendars", json={"name": "desk", "shows": "freezes"}))
    assert body["address"].startswith("https://ssoc.example/feeds/changes/")
    content = client.get(body["address"].removeprefix("https://ssoc.example")).data
    assert b"@ssoc.example" in content
    (line,) = told(client.get("/api/v1/calendars"))["items"]
    assert "address" not in line
    gone = told(client.post(f"/api/v1/calendars/{line['id']}/revoke"))
    assert gone["revoked_at"] is not None
