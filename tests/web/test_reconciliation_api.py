"""Reconciliation over the API, and from the command line: all that the pages do."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from changes.recon_cli import reconcile
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.reconciling_story import PLAIN, extract, prepare
from tests.web.conftest import SignIn
from tests.web.test_reconciliation import NOON_OF_FRIDAY, PLANNER, READER, WORKER

ROOT = "/api/v1/parallel-runs"


@pytest.fixture
def parallel(console: Runtime, clock: FrozenClock) -> int:
    clock.advance(NOON_OF_FRIDAY - clock.now())
    with console.work(SYSTEM) as work:
        return prepare(work)


def files(old: bytes, new: bytes) -> dict[str, Any]:
    return {"old": (BytesIO(old), "old.csv"), "new": (BytesIO(new), "new.csv")}


def test_a_day_over_the_api(parallel: int, as_person: SignIn) -> None:
    client = as_person(WORKER)
    day = f"{ROOT}/1/days/2026-03-02"
    made = client.post(day, data=files(extract("A 100, C 7"), extract("A 100.00")))
    assert made.status_code == 201, made.data
    assert made.get_json()["totals"][0]["difference"] == "-7.00"
    assert made.get_json()["classes"] == [
        {"class": "missing", "currency": "KES", "breaks": 1, "value": "7.00"}
    ]
    [lone] = client.get(f"{day}/breaks?state=open").get_json()["items"]
    assert (lone["reference"], lone["old_amount"], lone["new_amount"]) == ("C", "7.00", None)
    body = {"breaks": [lone["id"]], "owner": "juma", "reason": "tomorrow's batch"}
    told = client.post(f"{ROOT}/1/carry", json=body)
    assert (told.status_code, told.get_json()["exit"]["marks"][0]) == (200, ["2026-03-02", "value"])
    assert client.get(day).get_json()["items"][0]["is_current"]
    assert (
        client.post(f"{ROOT}/1/close", json={"breaks": [lone["id"]], "reason": "x"}).status_code
        == 200
    )
    assert (
        client.post(f"{ROOT}/1/reopen", json={"breaks": [lone["id"]], "reason": "x"}).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/1/burn", {}, 404),
        ("/1/explain", {"breaks": "1", "reason": "x"}, 400),
        ("/1/explain", {"breaks": [True], "reason": "x"}, 400),
        ("/1/explain", {"breaks": [10**30], "reason": "x"}, 400),
        ("/1/explain", {"breaks": [1]}, 400),
        ("/9/explain", {"breaks": [1], "reason": "x"}, 404),
        ("/1/end", {"reason": "enough"}, 403),
    ],
)
def test_odd_requests(parallel: int, as_person: SignIn, path: str, body: Any, status: int) -> None:
    assert as_person(WORKER).post(ROOT + path, json=body).status_code == status


def test_plans_over_the_api(parallel: int, as_person: SignIn) -> None:
    client = as_person(PLANNER)
    put = client.put(
        "/api/v1/extract-definitions/third", json={"market": "KE", "content": dict(PLAIN)}
    )
    assert put.status_code == 200, put.data
    body = {
        "subject": "site:9",
        "title": "Shop 9",
        "market": "KE",
        "starts_on": "2026-03-02",
        "old": {"definition": "third"},
        "new": {"definition": "legacy"},
    }
    made = client.post(ROOT, json=body)
    assert (made.status_code, made.get_json()["days"], made.get_json()["version"]) == (201, 3, 1)
    number = made.get_json()["id"]
    again = client.put(f"{ROOT}/{number}", json={**body, "days": 5, "version": 1})
    assert again.get_json()["days"] == 5
    assert client.put(f"{ROOT}/{number}", json={**body, "version": 1}).status_code == 409
    assert [each["id"] for each in client.get(f"{ROOT}?subject=site:9").get_json()["items"]] == [
        number
    ]
    for wrong in (
        {"old": {"kind": "pigeon"}},
        {"old": {"definition": 7}},
        {"tolerance": "many"},
        {"weekdays": ["Mon"]},
        {"weekdays": [9]},
        {"days": "3"},
        {"starts_on": "2026-02-30"},
        {"mode": "blind"},
        {"strange": 1},
    ):
        assert client.post(ROOT, json={**body, **wrong}).status_code == 400, wrong
    content = {**PLAIN, "mark": ";"}
    bad = client.put("/api/v1/extract-definitions/bad", json={"market": "KE", "content": content})
    assert bad.status_code == 400
    assert as_person(READER).post(ROOT, json=body).status_code == 403


def test_the_command_line(console: Runtime, parallel: int, tmp_path: Path, app: Flask) -> None:
    (tmp_path / "old.csv").write_bytes(extract("A 100, C 7"))
    (tmp_path / "new.csv").write_bytes(extract("A 100.00"))

    def call(*words: str) -> Any:
        obj: Callable[[], Runtime] = lambda: console  # noqa: E731
        return CliRunner().invoke(reconcile, words, obj=obj)

    brought = ("--old", str(tmp_path / "old.csv"), "--new", str(tmp_path / "new.csv"))
    ran = call("run", "1", "2026-03-02", *brought, "--json")
    assert json.loads(ran.output)["breaks"] == 1, ran.output
    shown = call("show", "1", "2026-03-02")
    assert "missing" in shown.output
    assert "107.00" in shown.output
    number = shown.output.splitlines()[-1].split()[0]
    done = call("explain", "1", number, "--reason", "test", "--owner", "amina")
    assert done.output == "1 explained\n"
    assert "1 of 3" not in call("show", "1").output
    assert "value" in call("show", "1").output
    (tmp_path / "new.csv").write_bytes(extract("A x"))
    failed = call("run", "1", "2026-03-02", *brought)
    assert failed.exit_code != 0
    assert "is no amount" in failed.output
