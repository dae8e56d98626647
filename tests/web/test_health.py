"""What load balancers and Prometheus hear, in good times and bad."""

from datetime import timedelta

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import JobRun
from ssoc.core.work import Runtime
from tests.factories import incident
from tests.web import people, scenery
from tests.web.conftest import SignIn
from tests.web.people import told

ALL_GOOD = {
    "database": "ok",
    "schema": "ok",
    "writes": "ok",
    "scheduler": "ok",
    "poller": "ok",
    "jobs": "ok",
    "outbox": "ok",
}


def beat(runtime: Runtime, name: str = "ssoc.core.deliver_events", every: int = 1) -> None:
    with runtime.work(SYSTEM) as work:
        run = work.session.get(JobRun, name) or JobRun(name=name, every_seconds=every)
        run.started_at = run.ended_at = work.now
        work.session.add(run)


def parts(app: Flask) -> tuple[int, dict[str, str]]:
    answer = app.test_client().get("/api/health")
    return answer.status_code, told(answer)["parts"]


def test_all_is_well_while_jobs_run(app: Flask, console: Runtime) -> None:
    beat(console)
    assert parts(app) == (200, ALL_GOOD)
    assert told(app.test_client().get("/api/health"))["status"] == "ok"


def test_no_scheduler_ever_is_red_but_ready(app: Flask) -> None:
    assert parts(app) == (503, {**ALL_GOOD, "scheduler": "failed"})
    ready = app.test_client().get("/api/ready")
    assert (ready.status_code, told(ready)) == (200, {"status": "ready"})


def test_a_silent_scheduler_is_red(app: Flask, console: Runtime, clock: FrozenClock) -> None:
    beat(console)
    clock.advance(timedelta(seconds=30))
    assert parts(app)[0] == 200
    clock.advance(timedelta(seconds=4))
    assert parts(app) == (503, {**ALL_GOOD, "scheduler": "failed", "jobs": "degraded"})


def test_every_late_job_is_named_and_not_green(
    app: Flask, console: Runtime, clock: FrozenClock
) -> None:
    for name in ("incidents.reckon_impact", "ssoc.monitoring.expire"):
        beat(console, name, 30)
    began = "2026-03-02T08:00:00Z"
    clock.advance(timedelta(seconds=121))
    beat(console)
    answer = app.test_client().get("/api/health")
    assert (answer.status_code, told(answer)) == (
        503,
        {
            "status": "degraded",
            "parts": {**ALL_GOOD, "jobs": "degraded"},
            "since": {"jobs": began},
            "late_jobs": ["incidents.reckon_impact", "ssoc.monitoring.expire"],
        },
    )
    beat(console, "incidents.reckon_impact", 30)
    assert told(app.test_client().get("/api/health"))["late_jobs"] == ["ssoc.monitoring.expire"]


def test_a_writer_that_hangs_is_said_with_since_when(
    app: Flask, console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    """Reading works all the while, so that only a write can tell."""
    beat(console)
    client = app.test_client()
    assert parts(app) == (200, ALL_GOOD)
    with console.engine.connect() as other, other.begin():
        other.execute(text("UPDATE revision SET number = number + 1"))  # never committed
        clock.advance(timedelta(seconds=4))
        since = {"writes": "2026-03-02T08:00:04Z"}
        for _ in range(2):
            answer = client.get("/api/health")
            assert (answer.status_code, told(answer)["status"]) == (503, "failed")
            assert told(answer)["parts"] == {**ALL_GOOD, "writes": "failed"}
            assert told(answer)["since"] == since, "the first failure, not the last"
            clock.advance(timedelta(seconds=4))
        ready = client.get("/api/ready")
        assert ready.status_code == 200, "the wall is still to be seen"
        assert told(ready) == {"status": "ready, cannot write", "since": since}
        assert "ssoc_database_writable 0.0" in client.get("/metrics").text
        details = told(as_person(people.OPERATOR).get("/api/health"))["details"]
        assert "cannot write: " in details["writes"]
        assert "2026-03-02 08:00:00" in details["writes"], "when the last write succeeded"
    clock.advance(timedelta(seconds=4))
    assert parts(app) == (200, ALL_GOOD)
    assert told(client.get("/api/ready")) == {"status": "ready"}
    assert "ssoc_database_writable 1.0" in client.get("/metrics").text


def test_a_stuck_delivery_is_a_warning(app: Flask, console: Runtime) -> None:
    beat(console)
    scenery.stick(console, "incidents.subscribers.x")
    assert parts(app) == (200, {**ALL_GOOD, "outbox": "warning"})


def test_a_silent_poller_is_red(app: Flask, console: Runtime, clock: FrozenClock) -> None:
    scenery.furnish(console)
    clock.advance(timedelta(minutes=5))
    for name in ("incidents.correlate", "ssoc.core.deliver_events", "incidents.reckon_impact"):
        beat(console, name)
    code, found = parts(app)
    assert (code, found["poller"], found["scheduler"]) == (503, "failed", "ok")


def test_without_a_sign_in_there_are_words_only(
    app: Flask, console: Runtime, as_person: SignIn
) -> None:
    scenery.furnish(console)
    stranger = told(app.test_client().get("/api/health"))
    assert set(stranger) == {"status", "parts", "since", "late_jobs"}
    words = {"ok", "failed", "degraded", "warning", "unknown"}
    assert set(stranger["parts"].values()) <= words
    operator = told(as_person(people.OPERATOR).get("/api/health"))
    assert "incidents.reckon_impact" in operator["details"]["jobs"]


def test_a_newer_schema_is_said(app: Flask, console: Runtime, as_person: SignIn) -> None:
    with console.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    code, found = parts(app)
    assert (code, found["database"], found["schema"]) == (503, "ok", "failed")
    assert found["poller"] == "unknown"
    assert app.test_client().get("/api/ready").status_code == 503
    details = told(as_person(people.OPERATOR).get("/api/health"))["details"]
    assert "install the newer release" in details["schema"]


def test_a_database_that_is_away_is_said(app: Flask, console: Runtime) -> None:
    console.engine.dispose()
    gone = Runtime(_nowhere(), console.clock, console.settings)
    app.extensions["ssoc"] = gone
    code, found = parts(app)
    assert (code, found["database"], found["scheduler"]) == (503, "failed", "unknown")
    assert app.test_client().get("/api/ready").status_code == 503
    assert "ssoc_database_up 0.0" in app.test_client().get("/metrics").text


def _nowhere() -> Engine:
    return make_engine("sqlite:////nowhere/at/all.db")


def test_figures_are_prometheus_text_without_names(app: Flask, console: Runtime) -> None:
    scenery.furnish(console)
    with console.work(SYSTEM) as work:
        incident(work, ("KE", "TZ"), owner="amina")
        incident(work, ("KE",), component="x", parent_id=1)
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["ssoc_incidents_open", "KE", "P1"] == 1
    assert samples["ssoc_incidents_open", "P1", "TZ"] == 1
    assert samples["ssoc_job_late", "incidents.reckon_impact"] == 1
    assert samples["ssoc_job_age_seconds", "incidents.reckon_impact"] == 900
    assert samples["ssoc_job_runs_total", "incidents.correlate"] == 12_345
    assert samples["ssoc_checks", "ET", "unknown", "unreachable"] == 1
    assert samples["ssoc_outbox_stuck",] == 1
    assert samples["ssoc_database_up",] == 1
    assert samples["ssoc_poll_age_seconds",] == 4
    for secret in ("amina", people.KEY, "p95"):
        assert secret not in answer.text


@pytest.mark.parametrize("name", [None, people.OPERATOR])
def test_figures_may_be_kept_from_strangers(
    console: Runtime, app: Flask, as_person: SignIn, name: str | None
) -> None:
    from dataclasses import replace

    web = replace(console.settings.web, public_metrics=False)
    app.extensions["ssoc"] = replace(console, settings=replace(console.settings, web=web))
    client = as_person(name) if name else app.test_client()
    expected = 200 if name else 401
    assert client.get("/metrics").status_code == expected
