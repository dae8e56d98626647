"""What somebody typed is given back, ready to send again; nothing is half written."""

import html
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from incidents.models import TimelineEntry
from ssoc.core.clock import FrozenClock
from ssoc.core.database import is_sqlite, make_engine
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.factories import incident
from tests.web import people
from web.resending import carried

TEXT = "Pangolin a rappelé : « baie N1 <b>morte</b> »,\nالنص العربي باقٍ كما هو" + " …" * 900
OURS = {"Origin": "http://localhost"}
NOTE = "/incidents/1/note"
Trouble = Callable[[Flask, Runtime], AbstractContextManager[None]]


@pytest.fixture
def house(console: Runtime) -> Runtime:
    with console.work(SYSTEM) as work:
        incident(work)
    return console


def written(runtime: Runtime) -> tuple[int, int]:
    """Return how many lines of timelines and how many events there are."""
    with runtime.view(SYSTEM) as work:
        counts = [
            work.session.scalar(select(func.count()).select_from(kind)) or 0
            for kind in (TimelineEntry, EventRecord)
        ]
    return counts[0], counts[1]


def fields(page: str) -> list[tuple[str, str]]:
    """Return the fields of the last form of a page, as a browser would send them."""
    form = page.rpartition('<form method="post"')[2].partition("</form>")[0]
    found = []
    for tag, name, rest in re.findall(
        r"<(input|textarea)[^>]*? name=\"([^\"]+)\"([^>]*>[^<]*)", form
    ):
        value = re.search(r'value="([^"]*)"', rest)
        text = rest.partition(">")[2].removeprefix("\n") if tag == "textarea" else ""
        found.append((name, html.unescape(value[1] if value else text)))
    return found


def send_again(client: FlaskClient, page: str) -> TestResponse:
    """Press the button of a page that gave the form back."""
    action = re.search(r'<form method="post" action="([^"]+)" class="fields', page)
    assert action is not None, "the page holds no form"
    given: dict[str, list[str]] = {}
    for name, value in fields(page):
        given.setdefault(name, []).append(value)
    return client.post(html.unescape(action[1]), data=given, headers=OURS)


@contextmanager
def locked(app: Flask, runtime: Runtime) -> Iterator[None]:
    """Let somebody else hold the write lock of the database for as long as this lasts."""
    impatient = make_engine(runtime.engine.url.render_as_string(hide_password=False))
    if is_sqlite(runtime.engine):
        event.listen(impatient, "connect", lambda made, _: made.execute("PRAGMA busy_timeout = 50"))
        holder = sqlite3.connect(runtime.engine.url.database or "")
        holder.execute("BEGIN IMMEDIATE")
        release = holder.close
    else:
        event.listen(impatient, "connect", lambda made, _: _setting(made, "lock_timeout = '50ms'"))
        held = runtime.engine.connect()
        held.exec_driver_sql(
            "LOCK TABLE incident_timeline, incident, silence IN ACCESS EXCLUSIVE MODE"
        )
        release = held.close
    with _instead(app, runtime, impatient):
        try:
            yield
        finally:
            release()


@contextmanager
def stopped(app: Flask, runtime: Runtime) -> Iterator[None]:
    """Stop the write path: a disk that can only be read, a server that is down."""
    if is_sqlite(runtime.engine):
        url = f"sqlite:///file:{runtime.engine.url.database}?mode=ro&uri=true"
    else:
        url = "postgresql+psycopg://ssoc@127.0.0.1:9/ssoc"
    with _instead(app, runtime, make_engine(url)):
        yield


def _setting(made: object, text: str) -> None:
    made.execute(f"SET {text}")  # type: ignore[attr-defined]
    made.commit()  # type: ignore[attr-defined]


@contextmanager
def _instead(app: Flask, runtime: Runtime, engine: object) -> Iterator[None]:
    app.extensions["ssoc"] = Runtime(
        engine,  # type: ignore[arg-type]
        runtime.clock,
        runtime.settings,
        runtime.subscriptions,
    )
    try:
        yield
    finally:
        app.extensions["ssoc"] = runtime
        engine.dispose()  # type: ignore[attr-defined]


@pytest.mark.parametrize("trouble", [locked, stopped], ids=["locked", "write path stopped"])
def test_a_note_comes_back_when_the_database_takes_nothing(
    app: Flask, house: Runtime, trouble: Trouble
) -> None:
    client, before = people.sign_in(app, people.OPERATOR), written(house)
    with trouble(app, house):
        answer = client.post(NOTE, data={"text": TEXT, "kind": "update"}, headers=OURS)
        assert answer.status_code == 503, answer.text
        assert "Refresh" not in answer.headers, "a page that reloads itself would lose the text"
        assert "locked or away" in answer.text
        assert ("text", TEXT) in fields(answer.text)
        again = send_again(client, answer.text)
        assert again.status_code == 503
        assert ("text", TEXT) in fields(again.text), "as often as it is refused"
    assert written(house) == before
    assert send_again(client, again.text).status_code == 303
    lines, events = written(house)
    assert (lines, events) == (before[0] + 1, before[1] + 1)
    assert html.escape("« baie N1 <b>morte</b> »") in client.get("/incidents/1").text


def test_a_form_comes_back_when_the_database_is_away_altogether(app: Flask, house: Runtime) -> None:
    client = people.sign_in(app, people.OPERATOR)
    nowhere = make_engine("sqlite:////nowhere/ssoc.db")
    given = {"title": "USSD Kenya", "component": "ussd-ke", "impact": "1", "note": TEXT}
    with _instead(app, house, nowhere):
        answer = client.post("/incidents/new", data=given, headers=OURS)
    assert answer.status_code == 503
    assert set(given.items()) <= set(fields(answer.text))


def test_lists_keep_their_order(app: Flask, house: Runtime) -> None:
    client = people.sign_in(app, people.OPERATOR)
    rows = {
        "name": ["market", "", "alertname"],
        "op": ["=~", "=", "!="],
        "value": ["KE|TZ", "", "Slow"],
        "comment": "asked by the core team",
        "minutes": "30",
        "do": "set",
    }
    with locked(app, house):
        answer = client.post("/silences/new", data=rows, headers=OURS)
    found = fields(answer.text)
    for name in ("name", "op", "value"):
        assert [value for key, value in found if key == name] == rows[name]
    done = send_again(client, answer.text)
    assert done.status_code == 303
    assert "alertname!=" in html.unescape(client.get(done.location).text)


def token(page: str) -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_old_page_gives_the_text_back(app: Flask, house: Runtime) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client, before = people.sign_in(app, people.OPERATOR), written(house)
    answer = client.post(NOTE, data={"text": TEXT, "csrf_token": "old"}, headers=OURS)
    assert answer.status_code == 400
    assert "too old" in answer.text
    assert written(house) == before
    assert ("text", TEXT) in fields(answer.text)
    assert ("csrf_token", "old") not in fields(answer.text)
    assert send_again(client, answer.text).status_code == 303
    assert written(house)[0] == before[0] + 1


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/localhost"}],
    ids=["nobody knows from where", "another site", "referred by another site"],
)
def test_nobody_is_handed_a_form_that_another_site_wrote(
    app: Flask, house: Runtime, headers: dict[str, str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = people.sign_in(app, people.OPERATOR)
    answer = client.post(NOTE, data={"text": "resign at once"}, headers=headers)
    assert answer.status_code == 400
    assert "resign at once" not in answer.text


def test_a_session_that_ended_keeps_the_text_through_the_sign_in(
    app: Flask, house: Runtime, clock: FrozenClock
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client, before = people.sign_in(app, people.OPERATOR), written(house)
    page = client.get("/incidents/1").text
    clock.at = clock.at.replace(day=clock.at.day + 2)  # the session lasts a day at most
    given = {"text": TEXT, "kind": "note", "csrf_token": token(page)}
    asked = client.post(NOTE, data=given, headers=OURS)
    assert asked.status_code == 401
    assert "What you typed is kept" in asked.text
    signing = {"name": people.OPERATOR, "password": "wrong", "csrf_token": token(asked.text)}
    kept = html.unescape(re.search(r'name="kept" value="([^"]*)"', asked.text)[1])  # type: ignore[index]
    refused = client.post("/sign-in", data={**signing, "kept": kept}, headers=OURS)
    assert refused.status_code == 401
    assert kept in html.unescape(refused.text), "a wrong password loses nothing"
    signing = {**signing, "password": people.PASSWORD, "csrf_token": token(refused.text)}
    back = client.post("/sign-in", data={**signing, "kept": kept}, headers=OURS)
    assert back.status_code == 200
    assert "You are signed in" in back.text
    assert ("text", TEXT) in fields(back.text)
    assert written(house)[0] == before[0], "nothing is sent without a press of the button"
    assert send_again(client, back.text).status_code == 303
    assert written(house)[0] == before[0] + 1


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/account/password", {"old": "secret-one", "new": "secret-two", "again": "secret-two"}),
        ("/admin/people", {"name": "ann", "password": "secret-one"}),
        ("/sign-in", {"name": "ann", "password": "secret-one"}),
    ],
)
def test_passwords_never_come_back(
    app: Flask, house: Runtime, path: str, given: dict[str, str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = people.sign_in(app, people.ADMIN)
    answer = client.post(path, data=given, headers=OURS)
    assert answer.status_code in {400, 405}
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"path": "//evil.example/x", "pairs": [["text", "x"]]}',
        '{"path": "/\\\\evil.example", "pairs": [["text", "x"]]}',
        '{"path": "https://evil.example", "pairs": [["text", "x"]]}',
        '{"path": "javascript:alert(1)", "pairs": [["text", "x"]]}',
        '{"path": "/a", "pairs": [["password", "x"]]}',
        '{"path": "/a", "pairs": [["text", " "]]}',
        '{"path": "/a", "pairs": 7}',
        '{"path": "/a", "pairs": [["text", "' + "x" * 100_001 + '"]]}',
    ],
)
def test_what_the_sign_in_form_carries_is_read_with_care(text: str) -> None:
    assert carried(text) is None
