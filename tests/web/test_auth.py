"""Sessions, kiosk links, and one's own account."""

import re
from datetime import timedelta
from urllib.parse import quote

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ssoc.accounts import actions, machines, queries
from ssoc.accounts.keys import totp_secret
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.web import people
from tests.web.conftest import SignIn
from web.auth import local_target


def enter(
    client: FlaskClient, name: str = people.ADMIN, password: str = people.PASSWORD, **more: str
) -> TestResponse:
    return client.post("/sign-in", data={"name": name, "password": password, **more})


def test_a_person_signs_in_and_out(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/account").location == "/sign-in?next=/account"
    answer = enter(client, next="/account")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert client.get("/account").status_code == 200
    assert client.get("/sign-in").status_code == 303
    assert client.post("/sign-out").location == "/sign-in"
    assert client.get("/account").status_code == 303


def test_a_wrong_password_says_how_many_tries_are_left(app: Flask) -> None:
    client = app.test_client()
    for left in (4, 3, 2, 1):
        answer = enter(client, password="wrong")
        assert answer.status_code == 401
        assert f"{left} more before a pause of 5 min" in answer.text
    assert "wait 5 min" in enter(client, password="wrong").text.lower()
    answer = enter(client)
    assert answer.status_code == 429
    assert "counts in 5 min" in answer.text


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/triage?state=open#x", "/triage?state=open#x"),
        ("/a/b", "/a/b"),
        ("https://evil.example/", "/home"),
        ("//evil.example/", "/home"),
        ("/\\evil.example", "/home"),
        ("\\\\evil.example", "/home"),
        ("/x\\y", "/home"),
        ("javascript:alert(1)", "/home"),
        ("/a\r\nSet-Cookie: x=1", "/home"),
        ("/\t/evil.example", "/home"),
        ("evil.example", "/home"),
        ("", "/home"),
        ("http:/evil", "/home"),
    ],
)
def test_nobody_is_sent_to_another_site(wanted: str, expected: str) -> None:
    assert local_target(wanted, "/home") == expected


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/%5Cevil.example"])
def test_sign_in_goes_nowhere_else(app: Flask, wanted: str) -> None:
    client = app.test_client()
    answer = client.post(
        f"/sign-in?next={quote(wanted)}", data={"name": "admin", "password": people.PASSWORD}
    )
    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))
    assert client.get(answer.location).status_code in {200, 303, 404}


def test_a_session_from_before_is_dropped_at_sign_in(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["totp_nonce"] = "f" * 32
    enter(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert "totp_nonce" not in session


def test_a_session_ends_after_its_hours(app: Flask, as_person: SignIn, clock: FrozenClock) -> None:
    client = as_person(people.OPERATOR)
    clock.advance(timedelta(hours=12) - timedelta(seconds=1))
    assert client.get("/account").status_code == 200
    clock.advance(timedelta(seconds=1))
    assert client.get("/account").status_code == 303


def test_a_disabled_person_is_out_with_the_next_click(console: Runtime, as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    assert client.get("/account").status_code == 200
    with console.work(SYSTEM) as work:
        actions.disable(work, people.OPERATOR)
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize(
    "content",
    [
        {"person": 1, "epoch": 7, "at": 4_000_000_000},
        {"person": 10**9, "epoch": 0, "at": 4_000_000_000},
        {"kiosk": "nothing"},
        {"person": 1},
    ],
)
def test_odd_sessions_open_nothing(app: Flask, content: dict[str, object]) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(content)
    assert client.get("/account").status_code in {303, 401}


def test_a_forged_cookie_opens_nothing(app: Flask) -> None:
    client = app.test_client()
    for forged in ("x", "eyJwZXJzb24iOjF9.aaaa.bbbb", "\x7f" * 20):
        client.set_cookie("ssoc_session", forged)
        assert client.get("/account").status_code == 303


def test_cookie_flags(app: Flask) -> None:
    plain = enter(app.test_client()).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    behind_tls = app.test_client().post(
        "/sign-in",
        data={"name": "admin", "password": people.PASSWORD},
        base_url="https://noc.example",
    )
    assert "Secure" in behind_tls.headers["Set-Cookie"]
    assert "max-age" in behind_tls.headers["Strict-Transport-Security"]


def test_proxies_are_believed_only_when_told_so(console: Runtime) -> None:
    from dataclasses import replace

    from web.app import create_app

    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.1.1.1"}

    def cookie(hops: int) -> str:
        web = replace(console.settings.web, trusted_proxies=hops)
        made = create_app(replace(console, settings=replace(console.settings, web=web)))
        made.config["WTF_CSRF_ENABLED"] = False
        given = {"name": "admin", "password": people.PASSWORD}
        return (
            made.test_client().post("/sign-in", data=given, headers=headers).headers["Set-Cookie"]
        )

    assert "Secure" not in cookie(0)
    assert "Secure" in cookie(1)


def link(console: Runtime, *markets: str) -> str:
    with console.work(SYSTEM) as work:
        return f"/kiosk/{machines.create_kiosk(work, 'wall-1', markets)}"


def test_a_kiosk_link_shows_the_wall_and_nothing_else(app: Flask, console: Runtime) -> None:
    client, path = app.test_client(), link(console, "KE")
    assert client.get(path).location == "/wall"
    wall = client.get("/wall")
    assert wall.status_code == 200
    for closed in ("/triage", "/account", "/admin/people", "/estate", "/api/v1/incidents"):
        answer = client.get(closed)
        assert answer.status_code == 403, closed
        assert answer.text.find("/admin/people") < 0
    assert client.post("/sign-out").status_code == 303


def test_a_revoked_kiosk_link_ends_its_screens(app: Flask, console: Runtime) -> None:
    client, path = app.test_client(), link(console)
    client.get(path)
    with console.work(SYSTEM) as work:
        assert machines.kiosks(work)[0].last_seen_at is None
    client.get("/wall")
    with console.work(SYSTEM) as work:
        assert machines.kiosks(work)[0].last_seen_at is not None
        machines.revoke_kiosk(work, "wall-1")
    assert client.get("/wall").status_code in {303, 401}
    again = app.test_client().get(path)
    assert again.status_code in {303, 401}
    assert app.test_client().get("/kiosk/guessed").status_code in {303, 401}


def test_a_person_who_opens_a_kiosk_link_stays_a_person(
    app: Flask, console: Runtime, as_person: SignIn
) -> None:
    client = as_person(people.OPERATOR)
    client.get(link(console))
    assert client.get("/account").status_code == 200


def test_own_password_is_changed_and_other_sessions_end(as_person: SignIn) -> None:
    here, elsewhere = as_person(people.AUDITOR), as_person(people.AUDITOR)
    new = "another four words"
    for given, words in (
        ({"old": "wrong", "new": new, "again": new}, "present password is wrong"),
        ({"old": people.PASSWORD, "new": new, "again": "other"}, "passwords differ"),
        ({"old": people.PASSWORD, "new": "short", "again": "short"}, "at least 12"),
        ({}, "too short"),
    ):
        answer = here.post("/account/password", data=given)
        assert answer.status_code == 400
        assert words in answer.text
    given = {"old": people.PASSWORD, "new": new, "again": new}
    assert here.post("/account/password", data=given).status_code == 303
    assert "Password changed" in here.get("/account").text
    assert elsewhere.get("/account").status_code == 303


def test_a_second_factor_is_turned_on_asked_for_and_off(
    app: Flask, console: Runtime, as_person: SignIn, clock: FrozenClock
) -> None:
    client = as_person(people.AUDITOR)
    client.post("/account/second-factor")
    page = client.get("/account").text
    shown = re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)
    assert shown is not None
    assert "<svg width" in page or "<svg " in page
    device = pyotp.TOTP(shown[1].replace(" ", ""))
    wrong = client.post("/account/second-factor/confirm", data={"code": "000000"})
    assert (wrong.status_code, "code is wrong" in wrong.text) == (400, True)
    with console.view(SYSTEM) as work:
        assert not queries.person(work, people.AUDITOR).has_second_factor
    done = client.post("/account/second-factor/confirm", data={"code": device.at(clock.now())})
    assert done.status_code == 303
    assert enter(app.test_client(), people.AUDITOR).status_code == 401
    clock.advance(timedelta(seconds=30))
    code = device.at(clock.now())
    assert enter(app.test_client(), people.AUDITOR, code=code).status_code == 303
    off = client.post("/account/second-factor/remove", data={"password": "wrong"})
    assert off.status_code == 400
    off = client.post("/account/second-factor/remove", data={"password": people.PASSWORD})
    assert off.status_code == 303
    assert enter(app.test_client(), people.AUDITOR).status_code == 303


def test_an_enrolment_can_be_dropped(as_person: SignIn) -> None:
    client = as_person(people.AUDITOR)
    client.post("/account/second-factor")
    assert "Turn on" in client.get("/account").text
    client.post("/account/second-factor/cancel")
    assert "Turn on" not in client.get("/account").text


def test_the_second_factor_is_bound_to_the_person() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSOC_TEST_KEY", people.KEY)
        secrets = {totp_secret("env:SSOC_TEST_KEY", name, "f" * 32) for name in ("a", "b")}
    assert len(secrets) == 2


def test_preferences_are_kept_and_used(as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    page = client.get("/account").text
    assert 'data-theme="light" data-keys="on"' in page
    given = {"theme": "dark", "language": "en", "sound": "on"}
    assert client.post("/account/preferences", data=given).status_code == 303
    assert 'data-theme="dark" data-keys="off"' in client.get("/account").text
    odd = client.post("/account/preferences", data={"theme": '"><script>', "language": "en"})
    assert odd.status_code == 400
    assert "<script>" not in odd.text
