"""Reconciliation in the console: who may, both files brought, breaks judged, nothing 5xx."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Site, SiteRollout
from changes.programmes.queries import sites
from changes.reconciliation.queries import days, parallels
from changes.reconciliation.values import RunView
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.reconciling_story import MONDAY, PLAIN, extract, prepare
from tests.programmes.proving import programme
from tests.web.conftest import SignIn
from tests.web.counting import statements

NOON_OF_FRIDAY = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
WORKER, PLANNER, READER, OTHER = "site-team", "change-manager", "auditor", "desk-tz"
DAY = "/programmes/reconciliation/1/2026-03-02"


@pytest.fixture
def parallel(console: Runtime, clock: FrozenClock) -> int:
    clock.advance(NOON_OF_FRIDAY - clock.now())
    with console.work(SYSTEM) as work:
        return prepare(work)


def bring(client: FlaskClient, old: bytes, new: bytes, day: str = DAY):  # type: ignore[no-untyped-def] # noqa: ANN201
    files = {"old": (BytesIO(old), "old.csv"), "new": (BytesIO(new), "new.csv")}
    return client.post(day, data=files, content_type="multipart/form-data")


def last(runtime: Runtime) -> RunView:
    with runtime.view(SYSTEM) as work:
        return days.runs(work, 1, MONDAY)[0]


def test_a_day_from_files_to_explained(console: Runtime, parallel: int, as_person: SignIn) -> None:
    client = as_person(WORKER)
    assert b"No run of this day" in client.get(DAY).data
    answered = bring(client, extract("A 100, B 5, C 7"), extract("A 100.00, B 5.00"))
    assert (answered.status_code, answered.location) == (303, DAY)
    shown = client.get(DAY).get_data(as_text=True)
    assert "KES\xa0112.00" in shown
    assert "missing" in shown
    number = last(console).id
    with console.view(SYSTEM) as work:
        [lone] = days.breaks(work, number).items
    form = {"act": "explain", "break": str(lone.id), "reason": "a <test> sale", "owner": ""}
    assert client.post(f"{DAY}/breaks", data=form).status_code == 303
    shown = client.get(DAY).get_data(as_text=True)
    assert "a &lt;test&gt; sale" in shown
    assert "explained" in shown
    assert "value" in client.get("/programmes/reconciliation/1").get_data(as_text=True)


def test_a_wrong_clock_is_told_and_all_breaks_are_judged_at_once(
    console: Runtime, parallel: int, as_person: SignIn
) -> None:
    client = as_person(WORKER)
    old, new = (", ".join(f"T{at} 70 {hour}:{at}" for at in range(10, 60)) for hour in ("09", "12"))
    assert bring(client, extract(old), extract(new)).status_code == 303
    shown = client.get(DAY).get_data(as_text=True).replace("\xa0", " ")
    assert "50 of 50 timing breaks are exactly 3 h apart, the new system later" in shown
    assert "09:10:00, row 2" in shown
    assert "12:10:00, row 2" in shown
    assert "new 3 h later" in shown
    form = {"act": "explain", "reason": "a till", "every": "49"}
    answered = client.post(f"{DAY}/breaks?state=open", data=form)
    assert answered.status_code == 409
    said = answered.get_data(as_text=True).replace("\xa0", " ").replace("\u202f", " ")
    assert "The day has 50 breaks in this state by now" in said
    answered = client.post(f"{DAY}/breaks?state=open", data={**form, "every": "50"})
    assert answered.status_code == 303
    assert "All 50 breaks of the day, ticked or not" in client.get(DAY).get_data(as_text=True)
    with console.view(SYSTEM) as work:
        assert days.counted(work, last(console).id, "explained") == 50


def test_faults_are_listed_by_row(console: Runtime, parallel: int, as_person: SignIn) -> None:
    client = as_person(WORKER)
    assert bring(client, extract("A 100, B <b>"), extract("A 1")).status_code == 303
    shown = client.get(DAY).get_data(as_text=True)
    assert "rows with faults: 1 of the old system and 0 of the new system" in shown
    assert "&lt;b&gt;" in shown
    assert not last(console).has_result


def test_faults_come_in_the_order_of_rows(
    console: Runtime, parallel: int, as_person: SignIn
) -> None:
    old = extract("A 1, B x, C 1") + b"\nD,1\n" + extract("E y").partition(b"\n")[2]
    assert bring(as_person(WORKER), old, extract("A 1")).status_code == 303
    assert [each["row"] for each in last(console).faults] == [3, 5, 6]


def test_what_is_no_currency_is_a_fault_of_its_row(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    clock.advance(NOON_OF_FRIDAY - clock.now())
    columns = {"reference": "ref", "amount": "amount", "at": "time", "currency": "money"}
    with console.work(SYSTEM) as work:
        prepare(work, legacy={**PLAIN, "columns": columns})
    held = f"ref,amount,time,money\nA,1,{MONDAY} 09:00:00,KES\nB,1,{MONDAY} 09:00:00,ZZZ"
    client = as_person(WORKER)
    assert bring(client, held.encode(), extract("A 1, B 1")).status_code == 303
    assert not last(console).has_result
    [fault] = last(console).faults
    assert (fault["row"], fault["column"]) == (3, "money")
    assert "&#39;ZZZ&#39; is no currency that is in use" in client.get(DAY).get_data(as_text=True)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"act": "explain", "reason": "x"}, "choose from 1 to 1000 breaks"),
        ({"act": "explain", "break": "1", "reason": ""}, "say in a few words why"),
        ({"act": "carry", "break": "1", "reason": "x"}, "a break is carried with a name"),
        ({"act": "close", "break": "1", "reason": "x"}, "close"),
        ({"act": "assign", "break": "1", "owner": "nobody at all"}, "no person named"),
        ({"act": "burn", "break": "1"}, "say what to do"),
        ({"act": "explain", "break": "77", "reason": "x"}, "no break 77"),
        ({"act": "explain", "break": "٣", "reason": "x"}, "choose from 1 to 1000"),
    ],
)
def test_bad_answers_are_said_on_the_page(
    console: Runtime, parallel: int, as_person: SignIn, form: dict[str, str], said: str
) -> None:
    client = as_person(WORKER)
    bring(client, extract("A 100, C 7"), extract("A 100.00"))
    answered = client.post(f"{DAY}/breaks", data=form)
    assert 400 <= answered.status_code < 500
    assert said.lower() in answered.get_data(as_text=True).lower()


def test_who_may(console: Runtime, parallel: int, as_person: SignIn) -> None:
    reader, other = as_person(READER), as_person(OTHER)
    assert reader.get(DAY).status_code == 200
    assert b'type="file"' not in reader.get(DAY).data
    assert bring(reader, extract("A 1"), extract("A 1.0")).status_code == 403
    assert reader.post(f"{DAY}/breaks", data={"act": "explain"}).status_code in {400, 403}
    for path in ("/programmes/reconciliation/1", DAY):
        assert other.get(path).status_code == 404
    assert bring(other, extract("A 1"), extract("A 1.0")).status_code == 404
    assert b"Shop 12" not in other.get("/programmes/reconciliation").data
    assert as_person(WORKER).get("/programmes/reconciliation/new").status_code == 403
    assert as_person("nobody-yet").get("/programmes/reconciliation").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/programmes/reconciliation/99",
        "/programmes/reconciliation/1/2026-02-30",
        "/programmes/reconciliation/1/x",
        "/programmes/reconciliation/99999999999999999999",
    ],
)
def test_what_is_not_there(parallel: int, as_person: SignIn, path: str) -> None:
    assert as_person(WORKER).get(path).status_code == 404


@pytest.mark.parametrize("query", ["?state=gone", "?after=x", "?after=٣"])
def test_odd_filters(console: Runtime, parallel: int, as_person: SignIn, query: str) -> None:
    client = as_person(WORKER)
    bring(client, extract("A 100, C 7"), extract("A 100.00"))
    assert client.get(DAY + query).status_code == 400


def test_days_that_cannot_be_run_are_refused_on_the_page(parallel: int, as_person: SignIn) -> None:
    client = as_person(WORKER)
    for day in ("2026-03-01", "2026-03-09"):
        answered = bring(
            client, extract("A 1"), extract("A 1.0"), f"/programmes/reconciliation/1/{day}"
        )
        assert answered.status_code == 400
    assert client.post(DAY, data={}).status_code == 400


def test_a_parallel_run_is_planned_changed_and_ended(
    console: Runtime, parallel: int, as_person: SignIn
) -> None:
    client = as_person(PLANNER)
    form = {
        "title": "Shop 9",
        "subject": "site:9",
        "market": "KE",
        "mode": "shadow",
        "starts_on": "2026-03-02",
        "days": "5",
        "tolerance": "2.50",
        "weekday-1": "yes",
        "old-definition": "legacy",
        "new-definition": "next",
    }
    assert client.get("/programmes/reconciliation/new").status_code == 200
    made = client.post("/programmes/reconciliation/new", data=form)
    assert made.location == "/programmes/reconciliation/2"
    shown = client.get("/programmes/reconciliation/2").get_data(as_text=True)
    assert "5\xa0business days in a row" in shown
    edit = "/programmes/reconciliation/2/edit"
    assert 'value="2.50"' in client.get(edit).get_data(as_text=True)
    assert client.post(edit, data={**form, "version": "9"}).status_code == 409
    assert client.post(edit, data={**form, "days": "4", "version": "1"}).status_code == 303
    assert client.post(edit, data={**form, "tolerance": "NaN", "version": "2"}).status_code == 400
    end = "/programmes/reconciliation/2/end"
    assert client.post(end, data={"reason": ""}).status_code == 400
    assert client.post(end, data={"reason": "accepted"}).status_code == 303
    assert client.post(end, data={"reason": "again"}).status_code == 409


def test_business_days_are_those_of_the_sites_hours(
    console: Runtime, parallel: int, as_person: SignIn
) -> None:
    ids = programme(console, sites=1, staff=1)
    with console.work(SYSTEM) as work:
        row = work.session.get_one(Site, work.session.get_one(SiteRollout, ids.first).site_id)
        row.opening_hours = {day: ["08:00", "18:00"] for day in ("tue", "sat", "sun")}
        market = row.market
    client, new = as_person(PLANNER), "/programmes/reconciliation/new"
    shown = client.get(f"{new}?subject=site:{ids.first}").get_data(as_text=True)
    assert re.findall(r'name="weekday-(\d)"[^>]* checked', shown) == ["2", "6", "7"]
    assert "None ticked: the days of the site&#39;s opening hours" in shown
    for strange in ("site:99", "site:x", "site:" + "9" * 30, "desk"):
        assert "checked" not in client.get(f"{new}?subject={strange}").get_data(as_text=True)
    form = {"title": "Shop", "subject": f"site:{ids.first}", "market": market, "mode": "shadow"}
    both = {"starts_on": "2026-03-02", "old-definition": "legacy", "new-definition": "next"}
    made = client.post(new, data={**form, **both})
    with console.view(SYSTEM) as work:
        number = int(made.location.rpartition("/")[2])
        assert list(parallels.parallel(work, number).weekdays) == [2, 6, 7]


@pytest.mark.parametrize(
    "wrong",
    [
        {"market": "XX"},
        {"market": ""},
        {"mode": "blind"},
        {"starts_on": "soon"},
        {"days": "0"},
        {"tolerance": "-1"},
        {"zone": "Mars/Base"},
        {"old-definition": "nothing"},
        {"new-kind": "pigeon"},
        {"new-kind": "sql", "new-url": "postgresql://u:p@h/d", "new-query": "select 1"},
        {"new-kind": "folder", "new-path": "../../etc/{day}"},
        {"title": ""},
        {"window_seconds": "99999999"},
    ],
    ids=str,
)
def test_plans_that_cannot_be(parallel: int, as_person: SignIn, wrong: dict[str, str]) -> None:
    form = {
        "title": "Shop 9",
        "subject": "site:9",
        "market": "KE",
        "mode": "shadow",
        "starts_on": "2026-03-02",
        "old-definition": "legacy",
        "new-definition": "next",
    }
    answered = as_person(PLANNER).post("/programmes/reconciliation/new", data={**form, **wrong})
    assert 400 <= answered.status_code < 500


def test_how_an_extract_is_read_is_set_and_tried(parallel: int, as_person: SignIn) -> None:
    client = as_person(PLANNER)
    form = {
        "name": "shop till",
        "market": "KE",
        "column-reference": "Nr",
        "column-amount": "Betrag",
        "column-at": "Zeit",
        "currency": "kes",
        "zone": "Africa/Nairobi",
        "time": "%d.%m.%Y %H:%M",
        "mark": ",",
        "group": ".",
        "filters": "Status = ok, done\nType != test",
    }
    path = "/programmes/reconciliation/extracts"
    assert client.post(f"{path}/set", data=form).status_code == 303
    again = client.get(f"{path}/set?name=shop+till").get_data(as_text=True)
    assert "Status = done, ok" in again
    content = "Nr;Betrag;Zeit;Status;Type\nA;1.234,50;02.03.2026 09:00;ok;sale\nB;x;y;ok;sale\n"
    file = {"name": "shop till", "file": (BytesIO(content.encode()), "x.csv")}
    shown = client.post(path, data=file, content_type="multipart/form-data")
    text = shown.get_data(as_text=True)
    assert "KES 1234.50" in text
    assert "2026-03-02 06:00:00" in text
    assert "is no amount" in text
    for wrong in (
        {"mark": ".", "group": "."},
        {"time": "%d.%m."},
        {"filters": "Status"},
        {"column-amount": ""},
        {"currency": "shilling"},
        {"zone": ""},
    ):
        answered = client.post(f"{path}/set?name=shop+till", data={**form, **wrong})
        assert answered.status_code == (303 if wrong == {"zone": ""} else 400), wrong
    odd = {"name": "shop till", "file": (BytesIO(b"\xff\xfe\x00"), "x.csv")}
    assert client.post(path, data=odd, content_type="multipart/form-data").status_code == 400


def test_the_page_of_a_site_shows_its_parallel_run(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    clock.advance(NOON_OF_FRIDAY - clock.now())
    ids = programme(console, sites=1, staff=1)
    with console.work(SYSTEM) as work:
        row = work.session.get_one(SiteRollout, ids.first)
        row.state = SiteState.PARALLEL
        site = sites.site(work, ids.first)
    client = as_person(PLANNER)
    page = f"/programmes/sites/{ids.first}"
    shown = client.get(page).get_data(as_text=True)
    assert "No parallel run is planned" in shown
    assert "no parallel run is planned; plan one under reconciliation" in shown, "as the guard says"
    with console.work(SYSTEM) as work:
        prepare(work, subject=f"site:{ids.first}", market=site.market)
    shown = client.get(page).get_data(as_text=True)
    assert "Mon 02 Mar no run" in shown
    assert "/programmes/reconciliation/1" in shown


def test_pages_cost_the_same_however_many(
    console: Runtime, parallel: int, as_person: SignIn
) -> None:
    client = as_person(WORKER)
    bring(client, extract("A 100, C 7"), extract("A 100.00"))

    def cost(path: str) -> int:
        client.get(path)
        with statements(console.engine) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    few = [cost(path) for path in (DAY, "/programmes/reconciliation")]
    bring(client, extract(", ".join(f"C{n} 7" for n in range(40))), extract("A 100.00"))
    with console.work(SYSTEM) as work:
        for n in range(20, 30):
            prepare(work, subject=f"site:{n}")
    assert [cost(path) for path in (DAY, "/programmes/reconciliation")] == few
