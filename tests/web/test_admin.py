"""What administrators and auditors do on their pages, without JavaScript."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from ssoc.accounts import machines, queries
from ssoc.accounts.signing_in import Attempt, sign_in
from ssoc.core.clock import FrozenClock
from ssoc.core.database import is_sqlite
from ssoc.core.permissions import ANONYMOUS, SYSTEM, ActorKind, Role, TokenScope
from ssoc.core.work import Runtime
from ssoc.estate.values import Check
from ssoc.monitoring.reading import Health, Reason
from ssoc.monitoring.sample_queries import CheckView
from tests.factories import EIGHT, estate
from tests.web import people, scenery
from tests.web.conftest import SignIn
from web.admin.estate_view import say

NEW = "another four words"


@pytest.fixture
def furnished(console: Runtime) -> Runtime:
    scenery.furnish(console)
    return console


def test_a_person_is_added_with_roles_and_signs_in(console: Runtime, as_person: SignIn) -> None:
    admin = as_person(people.ADMIN)
    given = {
        "name": "wairimu",
        "display_name": "Wairimu Njoroge",
        "password": NEW,
        "role": ["noc_operator", "auditor"],
        "markets-noc_operator": "KE, tz",
        "markets-executive": "CD",  # not ticked, so not granted
    }
    answer = admin.post("/admin/people", data=given, follow_redirects=True)
    assert "wairimu may sign in" in answer.text
    with console.view(SYSTEM) as work:
        assert queries.person(work, "wairimu").roles == ["auditor", "noc_operator:KE,TZ"]
    assert sign_in(console, Attempt("wairimu", NEW, "", "x")).name == "wairimu"


def test_a_password_that_was_made_is_shown_once(console: Runtime, as_person: SignIn) -> None:
    admin = as_person(people.ADMIN)
    answer = admin.post("/admin/people", data={"name": "wairimu", "password": ""})
    made = re.search(r'<code id="secret"[^>]*>([a-z2-9-]+)</code>', answer.text)
    assert made is not None
    assert "no-store" in answer.headers["Cache-Control"]
    assert sign_in(console, Attempt("wairimu", made[1], "", "x")).name == "wairimu"
    assert made[1] not in admin.get("/admin/people/wairimu").text


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"name": "Wairimu", "password": NEW}, 400, "is not usable"),
        ({"name": "auditor", "password": NEW}, 409, "already a person"),
        ({"name": "ok", "password": "short"}, 400, "at least 12"),
        ({"name": "ok", "password": NEW, "role": "boss"}, 400, "not a role"),
        (
            {"name": "ok", "password": NEW, "role": "admin", "markets-admin": "Kenya"},
            400,
            "not a market",
        ),
        (
            {"name": "ok", "password": NEW, "role": "admin", "markets-admin": "ZZ"},
            400,
            "no market ZZ",
        ),
        ({"name": "ok\u200b", "password": NEW}, 400, "unprintable"),
    ],
)
def test_bad_people_are_refused_and_what_was_typed_stays(
    console: Runtime, as_person: SignIn, given: dict[str, str], status: int, words: str
) -> None:
    with console.work(SYSTEM) as work:
        estate(work, "core-ke")
    answer = as_person(people.ADMIN).post("/admin/people", data={**given, "display_name": "Typed"})
    assert answer.status_code == status
    assert words in answer.text
    assert 'value="Typed"' in answer.text
    assert NEW not in answer.text, "a password is never sent back"


def test_roles_are_changed_and_count_at_once(console: Runtime, as_person: SignIn) -> None:
    admin, operator = as_person(people.ADMIN), as_person("nobody-yet")
    assert operator.get("/estate").status_code == 403
    given = {"role": ["noc_operator"], "markets-noc_operator": "KE"}
    assert admin.post("/admin/people/nobody-yet/roles", data=given).status_code == 303
    assert operator.get("/estate").status_code == 200
    page = admin.get("/admin/people/nobody-yet").text
    assert 'name="markets-noc_operator" value="KE"' in page
    assert admin.post("/admin/people/nobody-yet/roles", data={}).status_code == 303
    assert operator.get("/estate").status_code == 403


def test_an_admin_stays_admin(as_person: SignIn) -> None:
    admin = as_person(people.ADMIN)
    answer = admin.post("/admin/people/admin/disable")
    assert answer.status_code == 403
    assert "own account" in answer.text
    answer = admin.post("/admin/people/admin/roles", data={"role": "auditor"})
    assert answer.status_code == 403
    assert admin.get("/admin/people").status_code == 200


def test_shut_out_and_let_in(as_person: SignIn) -> None:
    admin, other = as_person(people.ADMIN), as_person(people.AUDITOR)
    page = admin.post("/admin/people/auditor/disable", follow_redirects=True).text
    assert "is shut out" in page
    assert "Let in again" in page
    assert other.get("/account").status_code == 303
    page = admin.post("/admin/people/auditor/enable", follow_redirects=True).text
    assert "may sign in again" in page


def test_a_password_is_reset(console: Runtime, as_person: SignIn) -> None:
    admin = as_person(people.ADMIN)
    assert (
        "at least 12" in admin.post("/admin/people/auditor/password", data={"password": "x"}).text
    )
    admin.post("/admin/people/auditor/password", data={"password": NEW})
    assert sign_in(console, Attempt("auditor", NEW, "", "x")).name == "auditor"
    assert admin.get("/admin/people/stranger").status_code == 404


def test_a_token_is_made_shown_once_used_and_revoked(
    app: Flask, console: Runtime, as_person: SignIn
) -> None:
    admin = as_person(people.ADMIN)
    given = {"name": "reports", "scope": "read", "markets": "KE, TZ", "days": "90"}
    answer = admin.post("/admin/tokens", data=given)
    shown = re.search(r'<code id="secret"[^>]*>([0-9a-f]{32})</code>', answer.text)
    assert shown is not None
    listed = admin.get("/admin/tokens").text
    assert "reports" in listed
    assert shown[1] not in listed
    with console.view(ANONYMOUS) as work:
        assert queries.token_actor(work, shown[1]).kind is ActorKind.TOKEN
    with console.view(SYSTEM) as work:
        made = machines.tokens(work)[0]
    assert (made.markets, made.expires_at) == ("KE,TZ", EIGHT + timedelta(days=90))
    headers = {"Authorization": f"Bearer {shown[1]}"}
    assert app.test_client().get("/api/v1/incidents", headers=headers).status_code == 200
    question = admin.get("/admin/tokens/reports/revoke").text
    assert "cannot be undone" in question
    assert re.search(r'<a class="button main"[^>]* autofocus>Keep it</a>', question)
    assert admin.post("/admin/tokens/reports/revoke").status_code == 303
    assert app.test_client().get("/api/v1/incidents", headers=headers).status_code == 401
    assert admin.post("/admin/tokens/nothing/revoke").status_code == 404


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"name": "Has Space"}, 400, "is not usable"),
        ({"name": "ok", "scope": "all"}, 400, "no choice for scope"),
        ({"name": "ok", "days": "soon"}, 400, "no number of days"),
        ({"name": "ok", "days": "99999"}, 400, "ten years"),
        ({"name": "ok", "days": "0"}, 400, "ten years"),
        ({"name": "ok", "markets": "Kenya"}, 400, "not a market"),
        ({"name": "reports"}, 409, "is taken"),
    ],
)
def test_bad_tokens_are_refused_in_words(
    furnished: Runtime, as_person: SignIn, given: dict[str, str], status: int, words: str
) -> None:
    answer = as_person(people.ADMIN).post("/admin/tokens", data={"scope": "read", **given})
    assert (answer.status_code, words in answer.text) == (status, True), answer.text[-3000:]


def test_a_kiosk_link_is_made_opened_and_revoked(app: Flask, as_person: SignIn) -> None:
    admin = as_person(people.ADMIN)
    page = admin.post("/admin/kiosks", data={"name": "wall-9", "markets": "KE"}).text
    shown = re.search(r"http://localhost(/kiosk/[0-9a-f]{32})", page)
    assert shown is not None
    screen = app.test_client()
    assert screen.get(shown[1]).status_code == 303
    assert screen.get("/wall").status_code == 200
    admin.post("/admin/kiosks/wall-9/revoke")
    assert screen.get("/wall").status_code != 200


def test_late_jobs_stand_first_and_are_marked(furnished: Runtime, as_person: SignIn) -> None:
    page = as_person(people.OPERATOR).get("/admin/jobs").text
    assert page.index("incidents.reckon_impact") < page.index("incidents.correlate")
    assert "stays away" in page
    assert "15\u00a0min ago" in page
    assert "the database is locked" in page


def test_a_stuck_delivery_is_tried_again(furnished: Runtime, as_person: SignIn) -> None:
    admin = as_person(people.ADMIN)
    page = admin.get("/admin/deliveries").text
    event = re.search(r'name="event" value="(\d+)"', page)
    assert event is not None
    given = {"event": event[1], "subscriber": "incidents.subscribers.end_window"}
    answer = admin.post("/admin/deliveries/retry", data=given, follow_redirects=True)
    assert "being delivered" in answer.text
    assert "Nothing is stuck" in answer.text
    assert admin.post("/admin/deliveries/retry", data=given).status_code == 404


def test_sources_and_refusals_are_shown(furnished: Runtime, as_person: SignIn) -> None:
    page = as_person(people.OPERATOR).get("/admin/ingest").text
    assert "12\u00a0s ago" in page
    assert "alerts[3]" in page
    assert "no alert name" in page


def events_on(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<th scope="row">([\w ]+)<small>(\d+)</small>', page)


def test_the_audit_trail_is_filtered_and_paged(
    furnished: Runtime, as_person: SignIn, clock: FrozenClock
) -> None:
    auditor = as_person(people.AUDITOR)
    with furnished.work(SYSTEM) as work:
        for number in range(60):
            machines.create_token(work, f"t{number}", TokenScope.READ)
    first = auditor.get("/admin/audit").text
    assert len(events_on(first)) == 50
    older = re.search(r'href="([^"]*before=\d+)"', first)
    assert older is not None
    second = auditor.get(older[1].replace("&amp;", "&")).text
    numbers = [int(number) for _, number in [*events_on(first), *events_on(second)]]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == 1 or len(numbers) == 100
    for query, kinds in (
        ("kind=EstateLoaded", {"Estate loaded"}),
        ("subject=token:wall-east", {"Token changed"}),
        ("subject=person:*", {"Person changed"}),
        ("by=nobody", set()),
        ("since=2026-03-03", set()),
        ("until=2026-03-01", set()),
        ("since=2026-03-02&until=2026-03-02&kind=WindowEnded", {"Window ended"}),
    ):
        page = auditor.get(f"/admin/audit?{query}")
        assert {kind for kind, _ in events_on(page.text)} == kinds, query
    for odd in ("kind=Nonsense", "since=yesterday", "before=x", "before=-1"):
        assert auditor.get(f"/admin/audit?{odd}").status_code == 400


def test_the_chain_is_verified_and_a_break_is_shown(furnished: Runtime, as_person: SignIn) -> None:
    auditor = as_person(people.AUDITOR)
    assert "The chain is whole" in auditor.post("/admin/audit/verify").text
    with furnished.engine.begin() as connection:
        _drop_guard(furnished, connection)
        connection.execute(text("UPDATE event SET by = 'somebody' WHERE id = 3"))
    page = auditor.post("/admin/audit/verify").text
    assert "The chain is broken at event 3" in page
    assert "content was changed" in page


def _drop_guard(runtime: Runtime, connection) -> None:  # type: ignore[no-untyped-def]
    """Take the append-only guard away, as an attacker with the database's password would."""
    if is_sqlite(runtime.engine):
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'"
        for name in connection.execute(text(names)).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))


def test_the_estate_is_shown_with_last_states(furnished: Runtime, as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    page = client.get("/estate").text
    assert page.index("Ledger database East") < page.index(">api-ke<") < page.index(">api-tz<")
    for word in ("down", "degraded", "not seen", "no data", "auth refused", "not polled yet"):
        assert word in page, word
    assert ">api-tz<" not in client.get("/estate?market=KE").text
    assert ">api-ke<" not in client.get("/estate?kind=database").text
    assert "Ledger database East" in client.get("/estate?q=pangolin").text
    assert "No such component" in client.get("/estate?q=zzz").text
    one = client.get("/estate/ledger-east").text
    for words in ("p95 of writes is 4.2", "array-n1", "core-ke", "Pangolin Storage", "Runbook"):
        assert words in one, words
    assert client.get("/estate/nothing").status_code == 404


def test_the_estate_is_limited_to_ones_markets(furnished: Runtime, as_person: SignIn) -> None:
    client = as_person("desk-ke")
    page = client.get("/estate").text
    assert "Ledger database East" in page, "a shared component is seen from each of its markets"
    for other in (">api-tz<", "sms-cd", ">TZ</b> <a"):
        assert other not in page
    assert client.get("/estate/api-tz").status_code == 404


def test_no_estate_says_what_to_do(as_person: SignIn) -> None:
    assert "ssoc estate load" in as_person(people.OPERATOR).get("/estate").text


@pytest.mark.parametrize(
    ("health", "reason", "is_fresh", "word", "tone", "is_none"),
    [
        (Health.OK, Reason.NONE, True, "ok", "", False),
        (Health.OK, Reason.NONE, False, "stale", "", True),
        (Health.DOWN, Reason.NONE, True, "down", "p1", False),
        (Health.DOWN, Reason.NONE, False, "stale", "", True),
        (Health.DEGRADED, Reason.NONE, True, "degraded", "p2", False),
        (Health.UNKNOWN, Reason.UNREACHABLE, True, "not seen", "", True),
        (Health.UNKNOWN, Reason.REFUSED, True, "auth refused", "", True),
        (Health.UNKNOWN, Reason.NONE, True, "not known", "", True),
    ],
)
def test_not_knowing_is_a_state_of_its_own(
    health: Health, reason: Reason, is_fresh: bool, word: str, tone: str, is_none: bool
) -> None:
    every = timedelta(seconds=15)
    check = Check("core-ke", "x", "http", every)
    view = CheckView(
        "core-ke/x",
        "core-ke",
        "KE",
        "",
        False,
        every,
        health,
        reason,
        "",
        EIGHT,
        EIGHT,
        EIGHT,
        EIGHT,
        0,
        is_fresh,
    )
    said = say(check, view)
    assert (said.word, said.tone, said.is_none) == (word, tone, is_none)


def test_every_role_has_a_box(as_person: SignIn) -> None:
    page = as_person(people.ADMIN).get("/admin/people/new").text
    assert set(re.findall(r'name="role" value="(\w+)"', page)) == {each.value for each in Role}
