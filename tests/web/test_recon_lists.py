"""The lists of reconciliation in the console and over the API: who may, filters, judging, files."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from openpyxl import load_workbook

from changes.programmes.lifecycle import SiteState
from changes.reconciliation.queries import break_list
from changes.reconciliation.queries.break_list import BreakFilter
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.reconciling_story import prepare, run
from tests.programmes import scenes
from tests.web.conftest import SignIn
from tests.web.counting import statements

NOON_OF_TUESDAY = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
WORKER, READER, OTHER = "site-team", "auditor", "desk-tz"
LIST, BREAKS = "/programmes/reconciliation", "/programmes/reconciliation/breaks"


@pytest.fixture
def sites(console: Runtime, clock: FrozenClock) -> scenes.Ids:
    """Two shops of two waves with breaks of Monday, and one without a run."""
    clock.advance(NOON_OF_TUESDAY - clock.now())
    with console.work(SYSTEM) as work:
        prepare(work, subject="desk", title="Desk <i>")
        ids = scenes.programme(work, 2, 2, states=[SiteState.PARALLEL])
        for each in ids.rollouts:
            prepare(work, subject=f"site:{each}", title=f"Shop {each}")
    for at in (2, 3):
        run(console, at, f"A 100, B 20, C{at} 7", "B 20, A 90")
    return ids


def numbers(runtime: Runtime) -> list[int]:
    with runtime.view(SYSTEM) as work:
        return break_list.numbers(work, BreakFilter())


def test_the_list_says_what_lacks_and_whose_turn_it_is(
    sites: scenes.Ids, as_person: SignIn
) -> None:
    client = as_person(WORKER)
    shown = client.get(LIST).get_data(as_text=True).replace("\xa0", " ")
    assert "Desk &lt;i&gt;" in shown
    assert "bring both extracts of Mon 02 Mar" in shown
    assert "assign 2 breaks" in shown
    assert "KES 17.00" in shown, "10 and 7"
    assert "missing <b>1</b>" in shown
    assert "unclean <b>2</b>" in shown
    assert shown.index("Desk") < shown.index("Shop")
    wave = client.get(f"{LIST}?wave={sites.waves[0]}").get_data(as_text=True).replace("\xa0", " ")
    assert "KE-0001, Wave 1" in wave
    assert "Desk" not in wave.partition("Filters")[2].partition("<tbody>")[2]
    only = client.get(f"{LIST}?state=missing").get_data(as_text=True).replace("\xa0", " ")
    assert "Shop" not in only.partition("<tbody>")[2]
    assert "Ended ones are shown" in client.get(f"{LIST}?q=nothing").get_data(as_text=True).replace(
        "\xa0", " "
    )


def test_pages_of_the_list_follow_each_other(
    console: Runtime, sites: scenes.Ids, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.programmes.recon_list_view.PAGE", 2)
    client = as_person(WORKER)
    first = client.get(LIST).get_data(as_text=True).replace("\xa0", " ")
    assert "2 on this page, 3 of 3 parallel runs" in first
    cursor = first.partition("cursor=")[2].partition('"')[0]
    second = client.get(f"{LIST}?cursor={cursor}").get_data(as_text=True).replace("\xa0", " ")
    assert second.count("<tr><td") == 1
    assert "First page" in second


def test_breaks_are_assigned_and_explained_from_the_list(
    console: Runtime, sites: scenes.Ids, as_person: SignIn
) -> None:
    client = as_person(WORKER)
    shown = client.get(BREAKS).get_data(as_text=True).replace("\xa0", " ")
    assert "C2" in shown
    assert "C3" in shown
    some = numbers(console)
    form = {"act": "assign", "break": [str(each) for each in some[:2]], "owner": "juma"}
    assert client.post(BREAKS, data=form).status_code == 303
    shown = client.get(f"{BREAKS}?owner=juma").get_data(as_text=True).replace("\xa0", " ")
    assert "2 breaks" in shown
    filtered = f"{BREAKS}?kind=missing"
    every = {"act": "explain", "every": "3", "reason": "till was closed"}
    refused = client.post(filtered, data=every)
    assert refused.status_code == 409
    assert "The filter leaves 2 breaks by now" in refused.get_data(as_text=True).replace(
        "\xa0", " "
    )
    answered = client.post(filtered, data={**every, "every": "2"})
    assert (answered.status_code, answered.location) == (303, filtered)
    assert len(numbers(console)) == 2


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"act": "explain"}, 400),
        ({"act": "explain", "break": "x"}, 400),
        ({"act": "tidy", "break": "1", "reason": "r"}, 400),
        ({"act": "explain", "break": "1"}, 400),
        ({"act": "explain", "break": "99999999", "reason": "r"}, 404),
        ({"act": "explain", "break": "9" * 40, "reason": "r"}, 400),
        ({"act": "assign", "break": "1", "owner": "nobody-here"}, 400),
        ({"act": "close", "break": "1", "reason": "r"}, 409),
    ],
)
def test_bad_answers_are_said_on_the_page(
    console: Runtime, sites: scenes.Ids, as_person: SignIn, form: dict[str, str], status: int
) -> None:
    before = numbers(console)
    answered = as_person(WORKER).post(BREAKS, data=form)
    assert answered.status_code == status
    assert 'role="alert"' in answered.get_data(as_text=True).replace("\xa0", " ")
    assert numbers(console) == before


@pytest.mark.parametrize(
    "query",
    [
        "state=odd",
        "kind=odd",
        "age=x",
        "age=99999",
        "amount=x",
        "amount=NaN",
        "amount=1e99",
        "day=soon",
        "wave=x",
        "wave=999",
        "run=x",
        "order=odd",
        "cursor=x",
        "cursor=2026-13-40.1",
    ],
)
def test_odd_filters_are_refused(sites: scenes.Ids, as_person: SignIn, query: str) -> None:
    client = as_person(WORKER)
    assert client.get(f"{BREAKS}?{query}").status_code == 400
    api = query.replace("cursor", "after")
    assert client.get(f"/api/v1/parallel-breaks?{api}").status_code == 400


@pytest.mark.parametrize("query", ["state=odd", "day=soon", "wave=x", "cursor=x"])
def test_odd_filters_of_the_list_are_refused(
    sites: scenes.Ids, as_person: SignIn, query: str
) -> None:
    assert as_person(WORKER).get(f"{LIST}?{query}").status_code == 400


def test_breaks_say_when_older_parallel_runs_are_left_out(
    sites: scenes.Ids, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_person(WORKER)
    said = "Only breaks of the newest 2 parallel runs"
    for most, is_cut in ((3, False), (2, True)):
        monkeypatch.setattr(break_list, "MOST", most)
        assert (said in client.get(BREAKS).get_data(as_text=True)) == is_cut
        assert client.get("/api/v1/parallel-breaks").get_json()["is_cut"] is is_cut


def test_who_may(console: Runtime, sites: scenes.Ids, as_person: SignIn) -> None:
    some = str(numbers(console)[0])
    form = {"act": "explain", "break": some, "reason": "fine"}
    reader = as_person(READER)
    shown = reader.get(BREAKS).get_data(as_text=True).replace("\xa0", " ")
    assert "C2" in shown
    assert "Do it" not in shown
    assert reader.post(BREAKS, data=form).status_code == 403
    other = as_person(OTHER)
    assert "C2" not in other.get(BREAKS).get_data(as_text=True).replace("\xa0", " ")
    assert (
        "Shop"
        not in other.get(LIST).get_data(as_text=True).replace("\xa0", " ").partition("<main")[2]
    )
    assert other.post(BREAKS, data=form).status_code in {403, 404}
    assert b"C2" not in other.get(f"{BREAKS}.csv").data
    assert len(numbers(console)) == 4


def test_breaks_leave_as_files(sites: scenes.Ids, as_person: SignIn) -> None:
    client = as_person(READER)
    answered = client.get(f"{BREAKS}.csv?kind=missing")
    assert answered.content_type == "text/csv; charset=utf-8"
    assert answered.headers["Content-Disposition"].endswith('"breaks-2026-03-03.csv"')
    assert answered.data.count(b"\r\n") == 3
    page = load_workbook(io.BytesIO(client.get(f"{BREAKS}.xlsx").data)).active
    assert page is not None
    assert page.max_row == 5
    assert client.get(f"{BREAKS}.pdf").status_code == 404
    assert client.get("/api/v1/parallel-breaks.csv?kind=missing").data == answered.data


def test_the_lists_over_the_api(console: Runtime, sites: scenes.Ids, as_person: SignIn) -> None:
    client = as_person(WORKER)
    seen = client.get(f"/api/v1/parallel-runs/overview?wave={sites.waves[1]}").get_json()
    assert seen["counts"] == {"unclean": 1}
    [one] = seen["items"]
    assert one["open"]["values"] == {"KES": "17.00"}
    assert one["open"]["unowned"] == 2
    page = client.get("/api/v1/parallel-breaks?limit=3").get_json()
    assert len(page["items"]) == 3
    rest = client.get(f"/api/v1/parallel-breaks?limit=3&after={page['next']}").get_json()
    assert rest["next"] is None
    every = [each["id"] for each in (*page["items"], *rest["items"])]
    assert every == numbers(console)
    body = {"breaks": every, "reason": "a batch of yesterday", "owner": "juma"}
    answered = client.post("/api/v1/parallel-breaks/carry", json=body)
    assert (answered.status_code, answered.get_json()) == (200, {"judged": 4})
    assert client.get("/api/v1/parallel-breaks").get_json()["items"] == []
    assert client.post("/api/v1/parallel-breaks/tidy", json=body).status_code == 404
    assert client.post("/api/v1/parallel-breaks/carry", json={"breaks": "1"}).status_code == 400


def test_pages_cost_the_same_however_many(
    console: Runtime, sites: scenes.Ids, as_person: SignIn
) -> None:
    client = as_person(WORKER)
    pages = (LIST, BREAKS, f"{BREAKS}?wave={sites.waves[0]}&age=1", f"{BREAKS}.csv")

    def cost(path: str) -> int:
        client.get(path)
        with statements(console.engine) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    few = [cost(path) for path in pages]
    with console.work(SYSTEM) as work:
        more = [prepare(work, subject=f"site:{n}", title=f"S{n}") for n in range(20, 24)]
    for each in more:
        run(console, each, "A 100, B 20, C 7", "B 20, A 90")
    assert [cost(path) for path in pages] == few


def test_a_parallel_run_and_its_site_open_with_what_is_to_be_done(
    console: Runtime, sites: scenes.Ids, as_person: SignIn
) -> None:
    client = as_person(WORKER)
    pages = (f"{LIST}/2", f"/programmes/sites/{sites.first}")
    for path in pages:
        shown = client.get(path).get_data(as_text=True).replace("\xa0", " ")
        assert "Assign 2 breaks" in shown
        assert "KES 17.00" in shown
        assert "oldest 1 business day" in shown
        assert f"{BREAKS}?run=2" in shown
    some = numbers(console)[:2]
    form = {"act": "assign", "break": [str(each) for each in some], "owner": "juma"}
    client.post(BREAKS, data=form)
    shown = client.get(pages[0]).get_data(as_text=True)
    assert "Owned by juma: explain or carry" in shown
    assert "Bring both extracts of Mon 02 Mar" in client.get(f"{LIST}/1").get_data(as_text=True)


def test_a_met_exit_leads_to_its_site(
    console: Runtime, sites: scenes.Ids, clock: FrozenClock, as_person: SignIn
) -> None:
    clock.advance(timedelta(days=2))
    for back in range(3):
        day = date(2026, 3, 2) + timedelta(days=back)
        run(console, 2, "A 1, B 2", "B 2, A 1", day)
        run(console, 1, "A 1, B 2, C 3", "B 2, A 1, C 3", day)
    client = as_person(WORKER)
    shown = client.get(f"{LIST}?state=exit+met").get_data(as_text=True)
    assert f'href="/programmes/sites/{sites.first}"><bdi>exit met' in shown
    assert "Go there" in client.get(f"{LIST}/2").get_data(as_text=True)
    assert "Go there" not in client.get(f"{LIST}/1").get_data(as_text=True), "it is of no site"
