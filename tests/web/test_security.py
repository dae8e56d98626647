"""What must hold for every address and every page: asked of the address map itself."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, Rule

from ssoc.accounts import machines
from ssoc.core import outbox
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.factories import incident
from tests.web import people, scenery
from tests.web.conftest import SignIn
from tests.web.people import told
from web.hardening import HEADERS

PUBLIC = {
    "static",
    "plotly.static",
    "account.sign_in",
    "account.enter",
    "account.sign_out",
    "account.kiosk",
    "health.health",
    "health.ready",
    "health.metrics",
    "feeds.changes",  # its address is the secret: what is wrong is not found
}
VALUES = {
    "name": "auditor",
    "token": "0" * 32,
    "number": 1,
    "incident_id": 1,
    "window_id": 1,
    "silence_id": "00000000-0000-0000-0000-000000000000",
    "key": "0000000000000001",
    "book": "NoData",
    "action": "acknowledge",
    "filename": "ssoc.css",
    "subject": "x",
}
TEMPLATES = sorted(Path(__file__).parents[2].glob("web/**/templates/**/*.html"))
# not pages: a 503 is their answer
BY_STATUS = {"static", "plotly.static", "health.health", "health.ready"}
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules()]


def methods(rule: Rule) -> set[str]:
    return set(rule.methods or ())


def address(rule: Rule) -> str:
    """Return an address of the rule: one of the words it takes, else a 1 if nobody foresaw it."""
    values = {name: VALUES.get(name, 1) for name in rule.arguments}
    for name, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
    built = rule.build(values, append_unknown=False)
    assert built is not None, rule
    return built[1]


@pytest.fixture
def furnished(console: Runtime) -> Runtime:
    scenery.furnish(console)
    with console.work(SYSTEM) as work:
        incident(work, ("KE",))
    return console


def test_every_address_needs_a_sign_in_except_the_named_ones(app: Flask) -> None:
    client, tried = app.test_client(), 0
    for rule in rules(app):
        if rule.endpoint in PUBLIC:
            continue
        for method in methods(rule) - {"HEAD", "OPTIONS"}:
            answer = client.open(address(rule), method=method)
            tried += 1
            signs_in = answer.status_code == 303 and answer.location.startswith("/sign-in")
            assert signs_in or answer.status_code == 401, f"{method} {rule}: {answer.status}"
    assert tried > 20


def test_the_named_addresses_exist(app: Flask) -> None:
    assert {rule.endpoint for rule in rules(app)} >= PUBLIC


def test_every_write_asks_for_a_csrf_token(
    app: Flask, furnished: Runtime, as_person: SignIn
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client, tried = as_person(people.ADMIN), 0
    before = events(furnished)
    for rule in rules(app):
        for method in methods(rule) & WRITES:
            answer = client.open(address(rule), method=method, data={"csrf_token": "wrong"})
            tried += 1
            assert answer.status_code == 400, f"{method} {rule}: {answer.status}"
            assert "too old" in answer.text, f"{method} {rule}"
    assert tried > 20
    assert events(furnished) == before


def test_every_write_from_another_site_is_refused(
    app: Flask, furnished: Runtime, as_person: SignIn
) -> None:
    client = as_person(people.ADMIN)
    before = events(furnished)
    for rule in rules(app):
        for method in methods(rule) & WRITES:
            for site in ("cross-site", "same-site"):
                answer = client.open(address(rule), method=method, headers={"Sec-Fetch-Site": site})
                assert answer.status_code == 403, f"{method} {rule}: {answer.status}"
    assert events(furnished) == before


def events(runtime: Runtime) -> int:
    from sqlalchemy import func, select

    from ssoc.core.events import EventRecord

    with runtime.view(SYSTEM) as work:
        return work.session.scalar(select(func.count()).select_from(EventRecord)) or 0


def test_no_address_that_only_looks_writes(
    app: Flask, furnished: Runtime, as_person: SignIn
) -> None:
    """Whatever GET is asked, nothing is recorded: links may be followed by anybody's browser."""
    client = as_person(people.ADMIN)
    before = events(furnished)
    for path in pages(app):
        assert client.get(path).status_code < 500, path
    assert events(furnished) == before


def pages(app: Flask) -> list[str]:
    """Return every address that can be looked at, but those that speak of health by status."""
    return [
        address(rule)
        for rule in rules(app)
        if "GET" in methods(rule)
        and rule.endpoint not in {"static", "health.health", "health.ready"}
    ]


def test_every_answer_has_exactly_the_strict_policy(
    app: Flask, furnished: Runtime, as_person: SignIn
) -> None:
    for client in (as_person(people.ADMIN), as_person(people.OPERATOR), app.test_client()):
        for path in [*pages(app), "/static/ssoc.css", "/no/such/page", "/api/v1/nothing"]:
            answer = client.get(path, buffered=True)
            for name, value in HEADERS.items():
                assert answer.headers.getlist(name) == [value], f"{path}: {name}"
            if not path.startswith("/static/"):
                assert "no-store" in answer.headers["Cache-Control"], path
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy


INLINE = re.compile(
    r"<style|\sstyle\s*=|<script(?![^>]*\ssrc=| type=\"application/json\")|\son[a-z]+\s*=\s*[\"']"
    r"|javascript:|https?://(?!127)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_style_or_script_or_foreign_address(template: Path) -> None:
    found = INLINE.findall(template.read_text(encoding="utf-8"))
    assert found == []


def test_no_page_has_inline_style_or_script(
    app: Flask, furnished: Runtime, as_person: SignIn
) -> None:
    client = as_person(people.ADMIN)
    for path in pages(app):
        answer = client.get(path)
        if answer.mimetype == "text/html":
            body = answer.text.replace("https://wiki.example/ledger-east", "")
            body = body.replace("http://www.w3.org/2000/svg", "")
            assert INLINE.findall(body) == [], path


def test_every_form_carries_the_token(app: Flask, furnished: Runtime, as_person: SignIn) -> None:
    for client in (as_person(people.ADMIN), as_person(people.MANAGER)):
        for path in pages(app):
            for form in re.findall(r"<form[^>]*>.*?</form>", client.get(path).text, re.DOTALL):
                if 'method="post"' in form.split(">")[0]:
                    assert 'name="csrf_token"' in form, path


PARAMETERS = (
    *("market", "kind", "q", "subject", "by", "since", "until", "before", "cursor", "state"),
    *("priority", "owner", "next", "limit", "component", "severity", "source", "clock", "window"),
)
BAD = ("\x00", "a" * 100_000, "‮evil", "<script>alert(1)</script>", "'; DROP TABLE person; --", "%s")


def test_odd_input_is_never_our_fault(app: Flask, furnished: Runtime, as_person: SignIn) -> None:
    """Every form field of every write, and every parameter, with what no person types."""
    client = as_person(people.ADMIN)
    names = (
        "name",
        "password",
        "old",
        "new",
        "again",
        "code",
        "next",
        "scope",
        "markets",
        "days",
        "role",
        "event",
        "subscriber",
        "theme",
        "language",
        "reason",
        "text",
        "owner",
        "into",
        "priority",
        "comment",
        "ids",
        "i",
        "title",
        "starts_at",
        "ends_at",
        "matchers",
    )
    for bad in BAD:
        for rule in rules(app):
            for method in methods(rule) & WRITES:
                if rule.endpoint == "account.sign_out":
                    continue
                answer = client.open(address(rule), method=method, data=dict.fromkeys(names, bad))
                assert answer.status_code < 500, f"{method} {rule} with {bad[:20]!r}"
                assert "<script>alert" not in answer.text
                if rule.endpoint == "account.enter":
                    client = as_person(people.ADMIN)


@pytest.mark.parametrize("bad", [*(each for each in BAD if len(each) < 1_000), "-1", "9" * 40])
def test_odd_addresses_are_never_our_fault(
    app: Flask, furnished: Runtime, as_person: SignIn, bad: str
) -> None:
    client = as_person(people.ADMIN)
    for path in pages(app):
        answer = client.get(path, query_string=dict.fromkeys(PARAMETERS, bad))
        assert answer.status_code < 500, f"{path} with {bad!r}"
        assert "<script>alert" not in answer.text
    for rule in rules(app):
        if rule.arguments and "GET" in methods(rule):
            path = re.sub(r"<[^>]*>", lambda _: bad.replace("/", ""), rule.rule)
            answer = client.get(path, buffered=True)
            assert answer.status_code < 500, rule
            assert answer.mimetype != "text/html" or "<script>alert" not in answer.text


def test_an_oversized_form_is_413(as_person: SignIn) -> None:
    answer = as_person(people.ADMIN).post("/account/password", data={"old": "x" * 300_000})
    assert answer.status_code == 413
    assert "too large" in answer.text
    many = as_person(people.ADMIN).post(
        "/admin/tokens",
        data="&".join(f"a{n}=1" for n in range(20_000)),
        content_type="application/x-www-form-urlencoded",
    )
    assert many.status_code in {400, 413}


# role by page: who may open what; everybody may open their own account
OPEN: dict[str, set[str]] = {
    "/account": {*people.ROLES},
    "/estate": {*people.ROLES} - {"nobody-yet"},
    "/triage": {*people.ROLES} - {"nobody-yet"},
    "/wall": {*people.ROLES} - {"nobody-yet"},
    "/api/v1/incidents": {*people.ROLES} - {"nobody-yet", "site-team"},
    "/api/v1/alerts": {*people.ROLES} - {"nobody-yet", "site-team"},
    "/admin/jobs": {
        "noc-operator",
        "incident-manager",
        "operations-lead",
        "quality-lead",
        "auditor",
        "admin",
        "desk-ke",
    },
    "/admin/ingest": {
        "noc-operator",
        "incident-manager",
        "operations-lead",
        "quality-lead",
        "auditor",
        "admin",
        "desk-ke",
    },
    "/admin/pages": {
        "noc-operator",
        "incident-manager",
        "operations-lead",
        "quality-lead",
        "auditor",
        "admin",
        "desk-ke",
    },
    "/admin/audit": {"auditor", "admin"},
    "/admin/deliveries": {"admin"},
    "/admin/people": {"admin"},
    "/admin/people/new": {"admin"},
    "/admin/people/auditor": {"admin"},
    "/admin/tokens": {"admin"},
    "/admin/tokens/x/revoke": {"admin"},
    "/admin/kiosks": {"admin"},
}


@pytest.mark.parametrize("path", OPEN)
def test_who_may_open_what(app: Flask, furnished: Runtime, as_person: SignIn, path: str) -> None:
    opened = set()
    for name in people.ROLES:
        answer = as_person(name).get(path)
        if answer.status_code == 200:
            opened.add(name)
        else:
            assert answer.status_code == 403, f"{name}: {answer.status}"
            is_json = answer.is_json
            assert "ou may not" in answer.text or (is_json and f"{name} may not" in answer.text)
            is_told = is_json or not people.ROLES[name]
            assert is_told or "othing of it is shown" in answer.text
            assert "admin can grant" in answer.text
    desks = {"desk-tz"} if "desk-ke" in OPEN[path] else set()
    assert opened == OPEN[path] | desks


STUCK = "the number of the event that is stuck"
ADMIN_WRITES = [
    ("/admin/people", {"name": "x", "password": people.PASSWORD}),
    ("/admin/people/auditor/roles", {"role": "admin"}),
    ("/admin/people/auditor/password", {"password": "another four words"}),
    ("/admin/people/auditor/disable", {}),
    ("/admin/people/auditor/enable", {}),
    ("/admin/tokens", {"name": "x", "scope": "read"}),
    ("/admin/tokens/reports/revoke", {}),
    ("/admin/kiosks", {"name": "x"}),
    ("/admin/kiosks/wall-east/revoke", {}),
    ("/admin/deliveries/retry", {"event": STUCK, "subscriber": "incidents.subscribers.end_window"}),
    ("/admin/audit/verify", {}),
]


@pytest.mark.parametrize(("path", "given"), ADMIN_WRITES)
def test_only_administrators_do_what_administrators_do(
    furnished: Runtime, as_person: SignIn, path: str, given: dict[str, str]
) -> None:
    with furnished.view(SYSTEM) as work:
        stuck = str(outbox.stuck(work)[0].event_id)
    given = {key: stuck if value == STUCK else value for key, value in given.items()}
    before = events(furnished)
    for name in set(people.ROLES) - {"admin", "auditor"}:
        assert as_person(name).post(path, data=given).status_code == 403, name
    assert events(furnished) == before
    assert as_person(people.ADMIN).post(path, data=given).status_code in {200, 303}


def test_navigation_offers_what_may_be_opened(app: Flask, as_person: SignIn) -> None:
    for name in people.ROLES:
        client = as_person(name)
        page = client.get("/account").text
        nav = page.partition('aria-label="Main"')[2].partition("</nav>")[0]
        for path in re.findall(r'href="([^"]+)"', nav):
            assert client.get(path).status_code == 200, f"{name} {path}"


def test_a_page_says_that_the_database_is_away(app: Flask, console: Runtime) -> None:
    client = people.sign_in(app, people.OPERATOR)
    app.extensions["ssoc"] = Runtime(
        make_engine("sqlite:////nowhere/ssoc.db"), console.clock, console.settings
    )
    for path in ("/triage", "/account", "/admin/jobs", "/"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert answer.headers["Retry-After"] == "10"
        assert "The database does not answer" in answer.text
        assert "nothing acknowledged is lost" in answer.text
        assert answer.headers["Refresh"] == f"10;url={path}"
        assert "Traceback" not in answer.text
    odd = client.get("/estate/%E2%82%AC?a=%0aSet-Cookie:b")
    assert odd.headers["Refresh"] == "10;url=/estate/%E2%82%AC?a=%0aSet-Cookie:b"
    written = client.post("/account/password", data={})
    assert written.status_code == 503
    signing = app.test_client().post("/sign-in", data={"name": "a", "password": "b"})
    assert signing.status_code == 503
    machine = client.get("/api/v1/incidents")
    assert (machine.status_code, told(machine)["status"]) == (503, 503)


def test_a_locked_database_is_said_and_recovers(app: Flask, console: Runtime) -> None:
    from ssoc.core.database import is_sqlite

    if not is_sqlite(console.engine):
        pytest.skip("PostgreSQL locks rows, not the database")
    import sqlite3

    client = people.sign_in(app, people.ADMIN)
    slow = make_engine(str(console.engine.url))
    app.extensions["ssoc"] = Runtime(slow, console.clock, console.settings)
    holder = sqlite3.connect(console.engine.url.database or "")
    holder.execute("BEGIN EXCLUSIVE")
    from sqlalchemy import event

    event.listen(slow, "connect", lambda made, _: made.execute("PRAGMA busy_timeout = 50"))
    answer = client.post("/admin/kiosks", data={"name": "wall-9"})
    assert answer.status_code == 503
    holder.rollback()
    holder.close()
    assert client.post("/admin/kiosks", data={"name": "wall-9"}).status_code == 200
    slow.dispose()


def test_a_newer_schema_is_said(app: Flask, console: Runtime) -> None:
    from sqlalchemy import text

    client = people.sign_in(app, people.ADMIN)
    with console.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("ALTER TABLE kiosk_link RENAME TO kiosk_link_moved"))
    answer = client.get("/admin/kiosks")
    assert answer.status_code == 503
    assert "install the newer release" in answer.text


def test_a_bug_is_logged_under_a_number_and_tells_nothing(
    app: Flask, as_person: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(machines, "tokens", broken)
    answer = as_person(people.ADMIN).get("/admin/tokens")
    assert answer.status_code == 500
    number = re.search(r"as ([0-9a-f]{8})", answer.text)
    assert number is not None
    assert "hunter2" not in answer.text
    assert number[1] in caplog.text


def test_the_name_of_the_server_software_is_not_told(app: Flask) -> None:
    answer: FlaskClient = app.test_client()
    assert "Server" not in answer.get("/sign-in").headers
