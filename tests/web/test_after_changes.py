"""Pages of what comes after a change: reviews, the change log, delivery, import; as each role."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from changes.lifecycle import Outcome, Sighted, State
from changes.models import Change, ChangeSighting
from changes.outside_jobs import match_change_log
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import Change as Told
from ssoc.monitoring.actions import record_change
from tests import factories
from tests.changes.test_importing import HEAD, line
from tests.factories import EIGHT
from tests.web.people import sign_in

MANAGER, OPERATOR, AUDITOR, TZ = "change-manager", "noc-operator", "auditor", "desk-tz"


@pytest.fixture
def failed(runtime: Runtime, app: Flask) -> int:
    """Store a change of Kenya that failed an hour ago."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        return factories.change(
            work,
            state=State.ENDED,
            outcome=Outcome.FAILED,
            approved_at=EIGHT - timedelta(hours=4),
            starts_at=EIGHT - timedelta(hours=2),
            ends_at=EIGHT - timedelta(hours=1),
            started_at=EIGHT - timedelta(hours=2),
            finished_at=EIGHT - timedelta(minutes=61),
        ).id


@pytest.fixture
def unannounced(runtime: Runtime, failed: int) -> int:
    """Let GitHub deploy what nobody announced; give back the change that was raised."""
    with runtime.work(SYSTEM) as work:
        told = Told(EIGHT, "github", "deployed <b>core</b>", "KE", "core-ke", key="7")
        number = record_change(work, told)
    match_change_log(runtime)
    with runtime.view(SYSTEM) as work:
        found = work.session.get_one(ChangeSighting, number).change_id
        assert found is not None
        return found


PAGES = ("/changes/reviews", "/changes/change-log", "/changes/delivery", "/changes/delivery.csv")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("name", "status"),
    [(MANAGER, 200), (OPERATOR, 200), (AUDITOR, 200), (TZ, 200), ("nobody-yet", 403)],
)
def test_who_sees_the_pages(
    app: Flask, unannounced: int, path: str, name: str, status: int
) -> None:
    answer = sign_in(app, name).get(path)
    assert answer.status_code == status
    if name == TZ:
        assert f"CHG-{unannounced}" not in answer.text


def test_strangers_sign_in_first(app: Flask) -> None:
    assert {app.test_client().get(path).status_code for path in PAGES} == {303}


def test_a_review_is_owed_written_and_shown(app: Flask, failed: int) -> None:
    client = sign_in(app, MANAGER)
    assert "it ended as failed" in client.get("/changes/reviews").text
    page = client.get(f"/changes/{failed}").text
    assert "Review…" in page
    assert "all that are owed" in page
    asked = client.get(f"/changes/{failed}/review").text
    assert "Why: it ended as failed." in asked
    assert "How it ended" not in asked
    given = {"findings": "full & slow", "actions": "grow it; imre; 2026-03-09\n\nwatch it"}
    assert client.post(f"/changes/{failed}/review", data=given).status_code == 303
    page = client.get(f"/changes/{failed}").text
    assert "full &amp; slow" in page
    assert "until 2026-03-09" in page
    assert "Review…" not in page
    assert "No review is owed" in client.get("/changes/reviews").text


@pytest.mark.parametrize(
    "given",
    [
        {"findings": ""},
        {"findings": "x", "actions": "a; b; tomorrow"},
        {"findings": "x", "outcome": "splendid"},
        {"findings": "x", "actions": "\n".join(["a"] * 51)},
        {},
    ],
)
def test_what_is_no_review_is_said_above_the_form(
    app: Flask, runtime: Runtime, failed: int, given: dict[str, str]
) -> None:
    answer = sign_in(app, MANAGER).post(f"/changes/{failed}/review", data=given)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
    with runtime.view(SYSTEM) as work:
        assert work.session.get_one(Change, failed).state is State.ENDED


@pytest.mark.parametrize(
    ("name", "status"), [(OPERATOR, 403), (TZ, 404), (AUDITOR, 403), ("nobody-yet", 403)]
)
def test_who_may_not_review(app: Flask, failed: int, name: str, status: int) -> None:
    client = sign_in(app, name)
    answer = client.post(f"/changes/{failed}/review", data={"findings": "x"})
    assert answer.status_code == status
    if name in {OPERATOR, AUDITOR}:
        assert "Review…" not in client.get(f"/changes/{failed}").text


def stages(page: str) -> list[str]:
    """Return the stages of the lifecycle line of a change's page."""
    line = re.search(r'(?s)<div id="life".*?</div>', page)
    assert line is not None
    bare = re.sub(r"<[^>]+>", " ", line[0]).split()
    return [each for each in bare if each[0].isupper()]


def test_an_unauthorised_change_is_shown_and_settled(
    app: Flask, failed: int, unannounced: int
) -> None:
    client = sign_in(app, MANAGER)
    log = client.get("/changes/change-log").text
    assert "nobody had announced, to review or settle" in log
    assert "deployed &lt;b&gt;core" in log
    assert f"CHG-{unannounced}" in client.get("/changes/change-log?verdict=unauthorised").text
    assert f"CHG-{unannounced}" in client.get("/changes/change-log?market=KE").text
    assert f"CHG-{unannounced}" not in client.get("/changes/change-log?market=TZ").text
    assert client.get("/changes/change-log?market=nowhere").status_code == 200
    assert "deployed" not in re.sub(
        r"(?s)<section.*?Unauthorised.*?</section>",
        "",
        client.get("/changes/change-log?verdict=ignored").text,
    )
    page = client.get(f"/changes/{unannounced}").text
    assert "It belongs to…" in page
    assert "Ignore…" in page
    assert stages(page) == ["Unauthorised", "Reviewed", "Closed"]
    assert "Nobody planned this change" in page
    assert "not known" in page
    assert not [each for each in ("no effect", "0 min", "nobody can be asked") if each in page]
    wrong = client.post(f"/changes/{unannounced}/belongs-to", data={"other": "CHG-999"})
    assert (wrong.status_code, "There is no change" in wrong.text) == (400, True)
    right = {"other": f"CHG-{failed}", "reason": "same night"}
    assert client.post(f"/changes/{unannounced}/belongs-to", data=right).status_code == 303
    assert "deployed &lt;b&gt;core" in client.get(f"/changes/{failed}").text
    page = client.get(f"/changes/{unannounced}").text
    assert f"Settled: it belongs to CHG-{failed}, though the window of" in page
    assert stages(page) == ["Unauthorised", "Settled"]
    assert "same night" in page
    assert "Cancelled" not in page
    again = client.post(f"/changes/{unannounced}/ignore", data={"reason": "x"})
    assert again.status_code in {400, 409}


def test_an_operator_may_not_settle_it(app: Flask, unannounced: int) -> None:
    client = sign_in(app, OPERATOR)
    assert "Ignore…" not in client.get(f"/changes/{unannounced}").text
    for act in ("ignore", "belongs-to"):
        answer = client.post(f"/changes/{unannounced}/{act}", data={"reason": "x", "other": "1"})
        assert answer.status_code in {400, 403}


def test_delivery_shows_cases_and_intervals(app: Flask, failed: int) -> None:
    client = sign_in(app, MANAGER)
    page = client.get("/changes/delivery?by=component&days=28").text
    assert "100\u00a0% (20.7\u2013100)" in page
    assert "1 of 1" in page
    assert "Failed changes without an incident" in page
    assert "weeks counted from 02 Mar 2026, when the first change ended" in page
    assert 'aria-label="1 deployed in 1\u00a0week, 1 of them failed; most in the week' in page
    assert ">2 Mar</text>" in page
    assert "The same as a table" in page
    assert "Entries of the change log without an announced change" in page
    assert client.get("/changes/delivery?by=x&days=-1&market=XX&type=x").status_code == 200
    empty = client.get("/changes/delivery?market=TZ").text
    assert "No change has ended" in empty


def test_the_export_holds_the_same(app: Flask, failed: int) -> None:
    answer = sign_in(app, MANAGER).get("/changes/delivery.csv?by=vendor")
    assert answer.content_type == "text/csv; charset=utf-8"
    head, whole, group = answer.text.splitlines()
    assert head.startswith("by,group,deployments,deployments_per_week")
    assert whole.split(",")[:8] == ["vendor", "all", "1", "1.000", "0", "1", "1", "1.0000"]
    assert group.split(",")[1] == ""


def test_a_group_is_no_formula(app: Flask, runtime: Runtime, failed: int) -> None:
    with runtime.work(SYSTEM) as work:
        work.session.get_one(Change, failed).vendor = "=HYPERLINK(1)"
    text = sign_in(app, MANAGER).get("/changes/delivery.csv?by=vendor").text
    assert "vendor,'=HYPERLINK(1)," in text


def upload(*lines: str, **given: Any) -> dict[str, Any]:
    content = given.pop("content", None) or "\n".join([HEAD, *lines, ""]).encode()
    return {"tool": "servicenow", **given, "file": (io.BytesIO(content), "changes.csv")}


def test_an_import_is_looked_at_and_then_done(app: Flask, runtime: Runtime, failed: int) -> None:
    client = sign_in(app, MANAGER)
    assert "ServiceNow" in client.get("/changes/import").text
    sent = client.post("/changes/import", data=upload(line(1), line(2, state="New")))
    assert sent.status_code == 303
    page = client.get(sent.location).text
    assert "Import 2\u00a0changes" in page
    assert page.count("<div><dt>") >= 4
    assert "CHG0000001" in page
    with runtime.view(SYSTEM) as work:
        assert work.session.query(Change).count() == 1
    assert client.post(sent.location).status_code == 303
    with runtime.view(SYSTEM) as work:
        assert work.session.query(Change).count() == 3
    assert client.post(sent.location).status_code == 409, "not twice"
    assert "changes.csv" in client.get("/changes/import").text


def test_faults_are_listed_and_nothing_is_imported(
    app: Flask, runtime: Runtime, failed: int
) -> None:
    client = sign_in(app, MANAGER)
    sent = client.post("/changes/import", data=upload(line(1), line(2, state="Limbo")))
    page = client.get(sent.location).text
    assert "1\u00a0fault" in page
    assert "no state is called" in page
    assert "Import 1" not in page
    assert client.post(sent.location).status_code == 409
    with runtime.view(SYSTEM) as work:
        assert work.session.query(Change).count() == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"content": "é".encode("utf-16")}, 400),
        ({"content": b"a,b\n"}, 400),
        ({"content": b"\x00" * 50}, 400),
        ({"tool": "remedy"}, 400),
        ({"zone": "Mars"}, 400),
        ({"encoding": "klingon"}, 400),
        ({"dates": "sideways"}, 400),
        ({"mapping": "a: ["}, 400),
        ({"mapping": "[]"}, 400),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_once(
    app: Flask, failed: int, given: dict[str, Any], status: int
) -> None:
    answer = sign_in(app, MANAGER).post("/changes/import", data=upload(line(1), **given))
    assert (answer.status_code, 'role="alert"' in answer.text) == (status, True)


def test_dates_that_two_forms_fit_are_asked_for(app: Flask, runtime: Runtime, failed: int) -> None:
    client = sign_in(app, MANAGER)
    row = line(1, start="10-04-2026 21:00:00", end="10-04-2026 23:00:00", state="New")
    refused = client.post("/changes/import", data=upload(row))
    assert (refused.status_code, "day-first or month-first" in refused.text) == (400, True)
    sent = client.post("/changes/import", data=upload(row, dates="month-first"))
    assert "dates have the month first" in client.get(sent.location).text
    assert client.post(sent.location).status_code == 303
    with runtime.view(SYSTEM) as work:
        [start] = work.session.scalars(
            select(Change.starts_at).where(Change.origin == "servicenow")
        )
    assert start is not None
    assert (start.month, start.day) == (10, 4)


def test_no_file_at_all(app: Flask, failed: int) -> None:
    answer = sign_in(app, MANAGER).post("/changes/import", data={"tool": "itop"})
    assert (answer.status_code, "no file came" in answer.text.lower()) == (400, True)


def test_who_may_not_import(app: Flask, failed: int) -> None:
    client = sign_in(app, OPERATOR)
    assert client.get("/changes/import").status_code == 403
    assert client.post("/changes/import", data=upload(line(1))).status_code == 403
    other = sign_in(app, MANAGER).post("/changes/import", data=upload(line(1))).location
    assert client.get(other).status_code == 404
    assert client.post(other).status_code == 404


def test_pages_take_a_fixed_number_of_statements(
    app: Flask, runtime: Runtime, unannounced: int
) -> None:
    client = sign_in(app, MANAGER)

    def counted(path: str) -> int:
        statements: list[str] = []

        def note(*given: Any) -> None:
            statements.append(given[2])

        event.listen(runtime.engine, "before_cursor_execute", note)
        assert client.get(path).status_code == 200
        event.remove(runtime.engine, "before_cursor_execute", note)
        return len(statements)

    few = {path: counted(path) for path in PAGES}
    with runtime.work(SYSTEM) as work:
        for number in range(30):
            one = factories.change(
                work,
                state=State.ENDED,
                outcome=Outcome.FAILED,
                started_at=EIGHT - timedelta(hours=3),
                finished_at=EIGHT - timedelta(hours=2),
            )
            work.session.add(
                ChangeSighting(
                    event_id=1_000 + number,
                    at=EIGHT,
                    received_at=EIGHT,
                    source="x",
                    market="KE",
                    component="core-ke",
                    verdict=Sighted.ANNOUNCED,
                    change_id=one.id,
                    reason="",
                    judged_at=EIGHT,
                )
            )
    assert {path: counted(path) for path in PAGES} == few
