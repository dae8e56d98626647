"""Features over the API: what the page does, for machines and people alike."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from changes.features.queries import features
from ssoc.accounts.machines import create_token
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from tests.changes.features import story
from tests.changes.features.story import KEY
from tests.web.conftest import SignIn
from tests.web.people import told

ALL, ONE = "/api/v1/features", f"/api/v1/features/{KEY}"
NEW = {"key": "limits", "title": "Limits", "kind": "object", "on": {"most": 5}, "off": {}}


def killed(runtime: Runtime) -> set[str]:
    with runtime.view(SYSTEM) as work:
        return set(features.feature(work, KEY).killed)


def test_all_that_the_page_does(console: Runtime, as_person: SignIn) -> None:
    number = story.feature(console)
    web = as_person("change-manager")
    made = web.post(ALL, json=NEW | {"rollout": number})
    assert made.status_code == 201
    assert told(made)["on"] == {"most": 5}
    assert [each["key"] for each in told(web.get(f"{ALL}?market=KE"))["items"]] == ["limits", KEY]
    off = web.post(f"{ONE}/kill", json={"markets": ["KE"], "reason": "double debits"})
    assert off.status_code == 200
    assert told(off)["markets"][0] == {"market": "KE", "who": "forced off", "is_forced_off": True}
    one = told(web.get(ONE))
    assert one["waves"][1]["percent"] == 10
    assert (one["curves"], one["asked"]) == ([], [])
    on = web.post(f"{ONE}/lift", json={"markets": ["KE"], "reason": "mended"})
    assert told(on)["kills"][0]["lifted_by"] == "change-manager"
    ended = web.post(f"{ONE}/end", json={"reason": "over"})
    assert told(ended)["ended_because"] == "over"


BAD: list[Any] = [
    ("", {}, 400),
    ("", NEW, 400),
    ("", NEW | {"rollout": 99}, 404),
    ("", NEW | {"rollout": 1, "kind": "float"}, 400),
    ("", NEW | {"rollout": 1, "on": None}, 400),
    ("", NEW | {"rollout": 1, "key": "\u0000"}, 400),
    ("", NEW | {"rollout": 1, "extra": 1}, 400),
    ("", {"key": "x", "title": "x", "kind": "string", "rollout": 1}, 400),
    (f"/{KEY}/kill", {"markets": "KE", "reason": "x"}, 400),
    (f"/{KEY}/kill", {"markets": ["XX"], "reason": "x"}, 400),
    (f"/{KEY}/kill", {"markets": ["KE"]}, 400),
    (f"/{KEY}/lift", {"markets": ["KE"], "reason": "x"}, 409),
    ("/none/kill", {"markets": ["KE"], "reason": "x"}, 404),
    (f"/{KEY}/start", {}, 404),
]


@pytest.mark.parametrize(("path", "body", "status"), BAD)
def test_bad_bodies_write_nothing(
    console: Runtime, as_person: SignIn, path: str, body: dict[str, Any], status: int
) -> None:
    story.feature(console)
    answer = as_person("change-manager").post(f"{ALL}{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert killed(console) == set()


def by_token(app_client: FlaskClient, token: str, path: str, body: object = None) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    if body is None:
        return app_client.get(path, headers=headers).status_code
    return app_client.post(path, json=body, headers=headers).status_code


def test_tokens_by_scope(console: Runtime, as_person: SignIn) -> None:
    story.feature(console)
    web = as_person("nobody-yet").application.test_client()
    tokens = {}
    for scope in TokenScope:
        with console.work(SYSTEM) as work:
            tokens[scope] = create_token(work, f"t-{scope}", scope)
    off = {"markets": ["KE"], "reason": "error budget gone"}
    assert by_token(web, tokens[TokenScope.READ], ONE) == 200
    assert by_token(web, tokens[TokenScope.FLAGS], ONE) == 403
    assert by_token(web, tokens[TokenScope.READ], f"{ONE}/kill", off) == 403
    assert by_token(web, tokens[TokenScope.WRITE], f"{ONE}/kill", off) == 200
    assert by_token(web, tokens[TokenScope.WRITE], f"{ONE}/lift", off) == 403, "for people alone"
    assert killed(console) == {"KE"}
