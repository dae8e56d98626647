"""Deploy webhooks: what each tool sends, who is believed, and what stands in the change log."""

import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from sqlalchemy import select

from changes.policy import read
from changes.rules.outside import place
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from ssoc.monitoring.models import ChangeEvent
from ssoc.monitoring.writer import Writer
from tests import factories
from tests.factories import EIGHT
from tests.ingest.conftest import Room, nothing_here
from tests.ingest.speaking import NOW, origin
from web.ingest.deploys import ansible, argocd, github, gitlab
from web.ingest.deploys.telling import Teller, moment
from web.ingest.door import Door
from web.ingest.parsed import BadItem

POLICY = read().outside
ESTATE = factories.estate_of("core-ke, core-tz")
SECRET = "quite a secret for a hook"


def teller(**given: Any) -> Teller:
    who = origin(source="deployer", **given)
    return Teller(who, lambda deployed: place(deployed, POLICY, ESTATE), ("main",))


GITHUB = {
    "deployment": {
        "id": 871,
        "sha": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d",
        "ref": "v4.2",
        "task": "deploy",
        "environment": "prod-ke",
        "description": "CHG-12",
        "payload": {},
        "creator": {"login": "octo"},
        "created_at": "2026-03-02T07:40:00Z",
    },
    "repository": {"name": "core", "full_name": "acme/core"},
}
STATUS = {
    **GITHUB,
    "deployment_status": {
        "state": "success",
        "environment": "prod-ke",
        "target_url": "https://ci.example/871",
        "created_at": "2026-03-02T07:44:00Z",
    },
}
PUSH = {
    "ref": "refs/heads/main",
    "after": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d",
    "head_commit": {"message": "limits table\n\nCHG-9", "timestamp": "2026-02-20T10:00:00Z"},
    "pusher": {"name": "octo"},
    "repository": {"name": "core-ke", "full_name": "acme/core-ke"},
}
GITLAB = {
    "object_kind": "deployment",
    "status": "success",
    "status_changed_at": "2026-03-02 10:50:00 +0300",
    "deployment_id": 15,
    "deployable_url": "https://gitlab.example/core/-/jobs/796",
    "environment": "production/ke",
    "project": {"name": "Core Ledger", "path_with_namespace": "acme/core"},
    "short_sha": "279484c0",
    "ref": "main",
    "user": {"username": "root"},
    "commit_title": "Larger log volume",
}
PIPELINE = {
    "object_kind": "pipeline",
    "object_attributes": {
        "id": 31,
        "ref": "main",
        "tag": False,
        "sha": "bcbb5ec396a2c0f828686f14fac9b80b780504f2",
        "status": "success",
        "created_at": "2026-03-02 07:23:28 UTC",
        "finished_at": "2026-03-02 07:26:29 UTC",
    },
    "project": {"name": "core-tz", "path_with_namespace": "acme/core-tz"},
    "user": {"username": "root"},
    "commit": {"message": "test\n", "url": "http://gitlab.example/c/bcbb"},
}
ARGOCD = {
    "app": "core",
    "namespace": "wallet-ke",
    "cluster": "https://kubernetes.default.svc",
    "repository": "https://git.example/acme/core",
    "revision": "a1b2c3d4e5f6a7b8",
    "phase": "Succeeded",
    "started_at": "2026-03-02T07:50:00Z",
    "finished_at": "2026-03-02T07:51:30Z",
    "by": "<no value>",
}
AWX = {
    "id": 38,
    "name": "core",
    "url": "https://awx.example/#/jobs/playbook/38",
    "created_by": "bianca",
    "started": "2026-03-02T07:28:07.123456+00:00",
    "finished": "2026-03-02T07:29:05",
    "status": "successful",
    "inventory": "Production KE",
    "project": "Platform",
    "playbook": "upgrade.yml",
    "limit": "prod-ke",
    "extra_vars": '{"ssoc_reference": "CHG-12"}',
}


def brief(change: Any) -> tuple[Any, ...]:
    end = change.ended_at
    return (
        change.source,
        change.market,
        change.component,
        (NOW - change.at) / timedelta(minutes=1),
        (NOW - end) / timedelta(minutes=1) if end else None,
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (github.parse("deployment", GITHUB, teller()), ("github", "KE", "core-ke", 20.0, None)),
        (github.parse("deployment_status", STATUS, teller()), ("github", "KE", "core-ke", 20, 16)),
        (github.parse("push", PUSH, teller()), ("github", "KE", "core-ke", 0.0, None)),
        (gitlab.parse(GITLAB, teller()), ("gitlab", "KE", "core-ke", 10.0, 10.0)),
        (
            gitlab.parse(PIPELINE, teller()),
            (
                "gitlab",
                "TZ",
                "core-tz",
                pytest.approx(36.53, abs=0.01),
                pytest.approx(33.5, abs=0.1),
            ),
        ),
        (argocd.parse(ARGOCD, teller()), ("argocd", "KE", "core-ke", 10.0, 8.5)),
        (
            ansible.parse(AWX, teller()),
            (
                "ansible",
                "KE",
                "core-ke",
                pytest.approx(31.88, abs=0.01),
                pytest.approx(30.9, abs=0.1),
            ),
        ),
    ],
    ids=["deployment", "status", "push", "gitlab", "pipeline", "argocd", "awx"],
)
def test_what_each_tool_sends(found: Any, expected: tuple[Any, ...]) -> None:
    assert brief(found) == expected


def test_a_deployment_and_its_status_are_one_change() -> None:
    first, later = (
        github.parse("deployment", GITHUB, teller()),
        github.parse("deployment_status", STATUS, teller()),
    )
    assert first
    assert later
    assert first.key == later.key
    assert (later.details["state"], later.details["by"]) == ("success", "octo")
    assert later.links == [{"href": "https://ci.example/871", "text": "github"}]


def test_what_still_runs_is_not_told_as_done() -> None:
    found = argocd.parse({**ARGOCD, "phase": "Running", "finished_at": ""}, teller())
    assert found is not None
    assert (found.summary, found.ended_at) == ("core: sync to a1b2c3d4e5f6 in wallet-ke", None)


def test_what_it_names_itself_goes_first() -> None:
    named = {"market": "TZ", "component": "core-tz", "reference": "CHG-7"}
    payload = {**GITHUB, "deployment": {**GITHUB["deployment"], "payload": named}}  # type: ignore[dict-item]
    found = github.parse("deployment", payload, teller())
    assert found
    # the estate of these tests places by the label service, so the mapping decides the component
    assert (found.market, found.reference) == ("TZ", "CHG-7")


@pytest.mark.parametrize(
    "found",
    [
        github.parse("ping", {"zen": "x"}, teller()),
        github.parse("push", {**PUSH, "ref": "refs/heads/feature"}, teller()),
        github.parse("push", {**PUSH, "ref": "refs/tags/main"}, teller()),
        github.parse("push", {**PUSH, "deleted": True}, teller()),
        github.parse(
            "deployment_status", {**STATUS, "deployment_status": {"state": "inactive"}}, teller()
        ),
        gitlab.parse({**GITLAB, "status": "created"}, teller()),
        gitlab.parse({"object_kind": "note"}, teller()),
        gitlab.parse(
            {**PIPELINE, "object_attributes": {"ref": "x", "status": "success"}}, teller()
        ),
        argocd.parse({**ARGOCD, "phase": "Terminating"}, teller()),
        ansible.parse({"body": "Ansible Tower Test Notification"}, teller()),
        ansible.parse({**AWX, "status": "pending"}, teller()),
        ansible.parse({**AWX, "extra_vars": {"ansible_check_mode": True}}, teller()),
    ],
)
def test_what_changes_nothing(found: object) -> None:
    assert found is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: github.parse("", GITHUB, teller()),
        lambda: github.parse("deployment", {}, teller()),
        lambda: github.parse("deployment", [], teller()),
        lambda: github.parse("push", {**PUSH, "after": None}, teller()),
        lambda: github.parse(
            "deployment", {"deployment": {"id": 1, "created_at": "yesterday"}}, teller()
        ),
        lambda: gitlab.parse({}, teller()),
        lambda: gitlab.parse({"object_kind": "deployment", "status": "running"}, teller()),
        lambda: argocd.parse({"app": "<no value>"}, teller()),
        lambda: ansible.parse({"id": 1}, teller()),
        lambda: ansible.parse(AWX, teller(markets=frozenset({"TZ"}))),
    ],
)
def test_what_is_refused(call: Any) -> None:
    with pytest.raises(BadItem):
        call()


@pytest.mark.parametrize("value", [1e300, -1e18, float(2**63)], ids=repr)
def test_no_clock_shows_that(value: float) -> None:
    with pytest.raises(BadItem):
        moment(value, "'at'")


def test_times_in_every_habit() -> None:
    for said in (
        "2026-03-02T08:00:00Z",
        "2026-03-02 08:00:00 UTC",
        "2026-03-02 11:00:00 +0300",
        "2026-03-02T08:00:00",
        1772438400,
    ):
        assert moment(said, "'at'") == EIGHT
    assert moment("", "'at'") is moment(None, "'at'") is moment("<no value>", "'at'") is None


def logged(room: Room) -> list[tuple[str, str, str]]:
    with room.runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(ChangeEvent).order_by(ChangeEvent.id))
        return [(row.source, row.market, row.component) for row in rows]


def signed(body: bytes, key: str = SECRET) -> dict[str, str]:
    digest = hmac.new(key.encode(), body, sha256).hexdigest()
    return {"HTTP_X_HUB_SIGNATURE_256": f"sha256={digest}", "HTTP_X_GITHUB_EVENT": "deployment"}


@pytest.fixture
def guarded(
    runtime: Runtime, room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Room]:
    """Give a room whose policy names a secret for GitHub and GitLab, for Kenya only."""
    monkeypatch.setenv("SSOC_HOOK", SECRET)
    doors = "{secret: 'env:SSOC_HOOK', markets: [KE]}"
    text = f"outside: {{doors: {{github: {doors}, gitlab: {doors}, ansible: {doors}}}}}\n"
    (tmp_path / "changes.yaml").write_text(text)
    settings = replace(
        runtime.settings,
        folder=str(tmp_path),
        changes=replace(runtime.settings.changes, policy="changes.yaml"),
    )
    other = replace(runtime, settings=settings)
    room.door.close()
    door = Door(nothing_here, other, Writer(other))
    yield replace(room, door=door, runtime=other)
    door.close()  # what it noted is written before the database is the next test's


def test_a_token_is_enough_where_no_secret_is_named(room: Room) -> None:
    answer = room.post("/hooks/github", GITHUB, HTTP_X_GITHUB_EVENT="deployment")
    assert (answer.status, answer.json["accepted"]) == (202, 1)
    again = room.post("/hooks/github", STATUS, HTTP_X_GITHUB_EVENT="deployment_status")
    assert again.json["ids"] == answer.json["ids"]
    assert room.post("/hooks/gitlab", GITLAB, "", HTTP_X_GITLAB_TOKEN=room.token).status == 202
    assert room.post("/hooks/argocd", ARGOCD).status == 202
    assert room.post("/hooks/ansible", AWX).status == 202
    assert logged(room) == [
        (tool, "KE", "core-ke") for tool in ("github", "gitlab", "argocd", "ansible")
    ]


def test_without_a_token_nothing_is_taken(room: Room) -> None:
    reader = room.new_token("reader", TokenScope.READ)
    for path in ("github", "gitlab", "argocd", "ansible"):
        assert room.post(f"/hooks/{path}", GITHUB, token="").status == 401
        assert room.post(f"/hooks/{path}", GITHUB, token="no such").status == 401
        assert room.post(f"/hooks/{path}", GITHUB, token=reader).status == 403
        assert room.get(f"/hooks/{path}").status == 405
    assert logged(room) == []


def test_a_signature_is_checked_over_the_very_bytes(guarded: Room) -> None:
    body = orjson.dumps(GITHUB)
    assert guarded.post("/hooks/github", body, "", **signed(body)).status == 202
    assert guarded.post("/hooks/github", body + b" ", "", **signed(body)).status == 401
    assert guarded.post("/hooks/github", body, "", **signed(body, "other")).status == 401
    assert guarded.post("/hooks/github", body, HTTP_X_GITHUB_EVENT="deployment").status == 401
    form = urlencode({"payload": body.decode()}).encode()
    kind = "application/x-www-form-urlencoded"
    assert guarded.post("/hooks/github", form, "", CONTENT_TYPE=kind, **signed(form)).status == 202
    assert (
        guarded.post("/hooks/github", b"x=1", "", CONTENT_TYPE=kind, **signed(b"x=1")).status == 400
    )
    assert logged(guarded) == [("github", "KE", "core-ke")]


def test_a_secret_speaks_for_its_markets_only(guarded: Room) -> None:
    other = {**GITHUB, "deployment": {**GITHUB["deployment"], "environment": "prod-tz"}}  # type: ignore[dict-item]
    body = orjson.dumps(other)
    assert guarded.post("/hooks/github", body, "", **signed(body)).status == 400
    assert guarded.post("/hooks/gitlab", GITLAB, "", HTTP_X_GITLAB_TOKEN=SECRET).status == 202
    assert guarded.post("/hooks/gitlab", GITLAB, "", HTTP_X_GITLAB_TOKEN="x").status == 401
    assert guarded.post("/hooks/ansible", AWX, SECRET).status == 202
    assert guarded.post("/hooks/ansible", AWX).status == 401


def test_a_secret_that_is_away_lets_them_come_again(
    guarded: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSOC_HOOK")
    body = orjson.dumps(GITHUB)
    assert guarded.post("/hooks/github", body, "", **signed(body)).status == 503


def test_a_policy_that_is_wrong_lets_them_come_again(guarded: Room) -> None:
    folder = Path(guarded.runtime.settings.folder)
    (folder / "changes.yaml").write_text("outside: {places: {x: {application: '('}}}\n")
    assert guarded.post("/hooks/argocd", ARGOCD).status == 503


def test_too_large_a_body_is_refused(room: Room) -> None:
    most = room.runtime.settings.ingest.most_body_bytes
    assert room.post("/hooks/github", b"x" * (most + 1)).status == 413
