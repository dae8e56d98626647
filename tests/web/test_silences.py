"""Silences and windows: made, previewed, changed, ended; refused with the cure."""

import re
from datetime import timedelta

import pytest

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import WindowDraft, ingest, set_window
from ssoc.monitoring.report import hex_of
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn

GOOD = {"name": "alertname", "op": "=", "value": "Down", "minutes": "60", "comment": "planned"}


@pytest.fixture
def down(console: Runtime) -> str:
    """Give the hex key of one open alert."""
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        one = factories.report(name="Down", labels={"alertname": "Down", "market": "KE"})
        ingest(work, [one])
    return hex_of(one.key)


def test_a_silence_from_an_alert_to_its_end(
    console: Runtime, clock: FrozenClock, as_person: SignIn, down: str
) -> None:
    client = as_person(people.OPERATOR)
    form = client.get(f"/silences/new?alert={down}").text
    assert 'value="alertname"' in form
    assert "1 of 1 open alerts would be held back now." in form
    made = client.post("/silences/new", data={**GOOD, "do": "set"})
    assert made.status_code == 303
    page = client.get(made.headers["Location"]).text
    assert "1\u00a0h left" in page
    assert "1\u00a0open alert" in page
    assert "noc-operator" in page
    number = made.headers["Location"].rpartition("/")[2]
    assert 'value="planned"' in client.get(f"/silences/new?from={number}").text
    client.post(f"/silences/{number}/expire")
    assert "expired" in client.get("/silences").text


def test_a_silence_nobody_needs_is_named(
    console: Runtime, clock: FrozenClock, as_person: SignIn, down: str
) -> None:
    client = as_person(people.OPERATOR)
    client.post("/silences/new", data={**GOOD, "value": "Gone", "until": "2026-03-20 08:00"})
    assert "matched nothing for 7 days" not in client.get("/silences").text
    clock.advance(timedelta(days=8))
    client = as_person(people.OPERATOR)
    assert "matched nothing for 7 days" in client.get("/silences").text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"comment": ""}, "say why"),
        ({"name": ""}, "at least one matcher"),
        ({"op": "=~", "value": "("}, "regular expression"),
        ({"op": "=~", "value": ".*"}, "would silence everything"),
        ({"op": "=~", "value": ".+"}, "would silence everything"),
        ({"until": "soon"}, "is no date and time"),
        ({"until": "2026-03-01 08:00"}, "ends"),
        ({"minutes": "7"}, "none of those offered"),
    ],
)
def test_a_bad_silence_is_refused_with_the_cure(
    console: Runtime, as_person: SignIn, down: str, changed: dict[str, str], words: str
) -> None:
    client = as_person(people.OPERATOR)
    answer = client.post("/silences/new", data={**GOOD, **changed, "do": "set"})
    assert answer.status_code == 400
    assert words in answer.text
    assert "No silence is set" in client.get("/silences").text


def test_who_may_not_silence_is_refused(as_person: SignIn, down: str) -> None:
    client = as_person(people.AUDITOR)
    assert client.get("/silences").status_code == 200
    assert client.get("/silences/new").status_code == 403
    assert client.post("/silences/new", data=GOOD).status_code == 403
    assert client.post("/windows/new", data={"title": "x"}).status_code in {400, 403}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"title": ""}, "no title"),
        ({"component": ""}, "covers nothing"),
        ({"component": "nowhere"}, "does not know nowhere"),
        ({"ends": "2026-03-02 08:30"}, "ends before it starts"),
        ({"starts": "x"}, "is no date and time"),
    ],
)
def test_windows(as_person: SignIn, down: str, changed: dict[str, str], words: str) -> None:
    client = as_person(people.OPERATOR)
    given = {
        "title": "Manutenção",
        "component": "core-ke",
        "starts": "2026-03-02 09:00",
        "ends": "2026-03-02 10:00",
        **changed,
    }
    sent = {name: value for name, value in given.items() if value}
    answer = client.post("/windows/new", data=sent)
    assert answer.status_code == (400 if words else 303)
    assert words in answer.text
    page = client.get("/windows").text
    assert ("Manutenção" in page) is (not words)


def test_a_window_is_ended(as_person: SignIn, down: str) -> None:
    client = as_person(people.OPERATOR)
    given = {"title": "t", "market": "KE", "starts": "2026-03-02 07:00", "ends": "2026-03-02 10:00"}
    client.post("/windows/new", data=given)
    assert "2\u00a0h left" in client.get("/windows").text
    assert client.post("/windows/1/end").status_code == 303
    assert "over" in client.get("/windows").text
    assert client.post("/windows/1/end").status_code == 409


NAIROBI = "Africa/Nairobi"
WORK = {"title": "Disks", "reference": "MN-1", "starts": "2026-03-02 09:00"} | {
    "ends": "2026-03-02 10:00",
    "component": "core-ke",
}


def test_a_window_is_changed(
    console: Runtime, clock: FrozenClock, as_person: SignIn, down: str
) -> None:
    client = as_person(people.OPERATOR)
    client.post("/windows/new", data=WORK)
    assert 'href="/windows/1"' in client.get("/windows").text
    form = client.get("/windows/1").text
    for shown in ("Change the window", 'value="Disks"', 'value="MN-1"', 'value="core-ke" selected'):
        assert shown in form
    refused = client.post("/windows/1", data={**WORK, "title": " "})
    assert refused.status_code == 400
    assert "Change the window" in refused.text
    clock.advance(timedelta(minutes=70))
    assert client.post("/windows/1", data={**WORK, "title": "More disks"}).status_code == 303
    page = client.get("/windows").text
    assert "More disks" in page
    assert page.count("data-row=") == 1, "it is changed, not announced again"
    assert "announced late" not in page, "what is not wider was announced in time"
    client.post("/windows/1", data={**WORK, "ends": "2026-03-02 11:00"})
    assert "announced late" in client.get("/windows").text


def test_what_is_typed_back_unchanged_widens_nothing(
    console: Runtime, clock: FrozenClock, as_person: SignIn, down: str
) -> None:
    now = clock.now()
    odd = WindowDraft("Odd", now + timedelta(seconds=90), now + timedelta(hours=1), ["core-ke"])
    with console.work(SYSTEM) as work:
        set_window(work, odd)
    clock.advance(timedelta(minutes=5))
    client = as_person(people.OPERATOR)
    starts = re.search(r'name="starts" type="text" value="([^"]+)"', client.get("/windows/1").text)
    assert starts is not None
    assert starts[1] == "2026-03-02 11:01:30", "on the clocks of its one market"
    given = {"title": "Odd", "starts": starts[1], "ends": "2026-03-02 12:00", "zone": NAIROBI}
    client.post("/windows/1", data={**given, "component": "core-ke"})
    assert "announced late" not in client.get("/windows").text


@pytest.mark.parametrize(
    ("person", "path", "status"),
    [
        pytest.param(people.OPERATOR, "/windows/1", 409, id="it has ended"),
        pytest.param(people.OPERATOR, "/windows/0", 404, id="none such"),
        pytest.param(people.OPERATOR, "/windows/9", 404, id="none such either"),
        pytest.param(people.AUDITOR, "/windows/2", 403, id="may not"),
        pytest.param("desk-ke", "/windows/2", 403, id="of another market"),
    ],
)
def test_a_window_that_cannot_be_changed(
    console: Runtime, as_person: SignIn, down: str, person: str, path: str, status: int
) -> None:
    operator = as_person(people.OPERATOR)
    operator.post("/windows/new", data=WORK)
    operator.post("/windows/1/end")
    operator.post("/windows/new", data={**WORK, "title": "Links", "component": "core-tz"})
    answer = as_person(person).post(path, data={**WORK, "title": "Taken"})
    assert answer.status_code == status
    assert "Taken" not in operator.get("/windows").text


THERE = {"title": "Disks", "component": "core-ke", "zone": NAIROBI} | {
    "starts": "2026-03-03 01:00",
    "ends": "2026-03-03 02:30",
}


def test_a_window_on_the_clocks_of_its_market(as_person: SignIn, down: str) -> None:
    client = as_person(people.OPERATOR)
    assert "UTC+03:00" in client.get("/windows/new").text
    answer = client.post("/windows/new", data=THERE, follow_redirects=True)
    page = answer.text.replace("\u00a0", " ")
    said = "Tue 3 Mar 01:00 to Tue 3 Mar 02:30 Nairobi, which is 22:00 to 23:30 UTC."
    assert f"The window is announced. {said}" in page
    assert "22:00 UTC</span><small>Tue 3 Mar 01:00 Nairobi" in page
    form = client.get("/windows/1").text
    assert f'value="{NAIROBI}" selected' in form
    assert 'value="2026-03-03 01:00"' in form


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"zone": "Europe/Paris"}, "choose one of the list"),
        ({"starts": "tomorrow"}, "on the clocks of Nairobi"),
        ({"starts": "2026-03-02 22:00-00:00", "ends": "2026-03-02 01:00"}, "ends before it starts"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_kept(
    as_person: SignIn, down: str, changed: dict[str, str], words: str
) -> None:
    client = as_person(people.OPERATOR)
    answer = client.post("/windows/new", data={**THERE, **changed})
    assert answer.status_code == 400
    assert words in answer.text
    assert f'value="{({**THERE, **changed})["starts"]}"' in answer.text
    assert "No window is announced" in client.get("/windows").text


def test_lists_are_narrowed_to_a_market_and_show_its_time(as_person: SignIn, down: str) -> None:
    client = as_person(people.OPERATOR)
    client.post("/windows/new", data=THERE)
    client.post("/silences/new", data={**GOOD, "name": "market", "value": "KE", "do": "set"})
    client.post("/silences/new", data={**GOOD, "value": "Everywhere", "do": "set"})
    assert "Disks" in client.get("/windows?market=KE").text
    assert "No window for TZ is announced" in client.get("/windows?market=TZ").text
    mine = client.get("/silences?market=KE").text
    assert mine.count("data-row=") == 2, "one without a market holds everywhere"
    assert "12:00 Nairobi" in mine
    assert client.get("/silences?market=TZ").text.count("data-row=") == 1
    assert client.get("/silences?market=nowhere").status_code == 200


def test_a_silence_ends_by_the_clocks_of_a_market(as_person: SignIn, down: str) -> None:
    client = as_person(people.OPERATOR)
    given = {**GOOD, "name": "market", "value": "KE", "zone": NAIROBI, "do": "set"}
    made = client.post("/silences/new", data={**given, "until": "2026-03-02 12:00"})
    page = client.get(made.location).text
    assert "09:00 UTC" in page
    assert "12:00 Nairobi" in page


def test_a_silence_form_leads_back_to_where_it_was_asked_for(as_person: SignIn, down: str) -> None:
    client = as_person(people.OPERATOR)
    for query, back in (
        (f"?alert={down}", f"/alerts/{down}"),
        ("?back=/triage?market=KE", "/triage?market=KE"),
        ("?back=//evil.example", "/silences"),
        ("", "/silences"),
    ):
        form = client.get(f"/silences/new{query}").text
        assert f'href="{back}" data-escape' in form, query
