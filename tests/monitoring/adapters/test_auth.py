"""Every way of telling who we are, as the server sees it; secrets are never shown."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import AT, ask
from tests.monitoring.adapters.servers import Handler, Server

SECRET = "correct-horse-battery"
COUPLE = base64.b64encode(f"ssoc:{SECRET}".encode()).decode()


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_SECRET", SECRET)


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        pytest.param(
            {"kind": "basic", "user": "ssoc", "password": "env:LAB_SECRET"},
            "authorization",
            f"Basic {COUPLE}",
            id="Basic",
        ),
        pytest.param(
            {"kind": "bearer", "token": "env:LAB_SECRET"},
            "authorization",
            f"Bearer {SECRET}",
            id="bearer",
        ),
        pytest.param(
            {"kind": "header", "name": "X-API-Key", "value": "env:LAB_SECRET"},
            "x-api-key",
            SECRET,
            id="API key",
        ),
        pytest.param(
            {"kind": "headers", "headers": {"X-Country": "KE", "X-Key": "env:LAB_SECRET"}},
            "x-key",
            SECRET,
            id="several headers",
        ),
        pytest.param({"kind": "none"}, "authorization", None, id="none"),
    ],
)
def test_headers_that_tell_who_we_are(
    server: Server, auth: Mapping[str, Any], header: str, value: str | None
) -> None:
    server.answers["/"] = lambda handler: handler.give(200, str(dict(handler.headers)).encode(), {})
    reading = ask("http", {"url": f"{server.url}/", "auth": auth, "headers": {"Origin": "x"}})
    assert reading.health is Health.OK
    assert server.asked[0].headers.get(header) == value
    assert server.asked[0].headers["origin"] == "x"
    assert SECRET not in reading.raw + reading.message, "an echo of the secret is not kept"
    assert COUPLE not in reading.raw


def test_a_secret_from_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    server.says("/", 200)
    auth = {"kind": "bearer", "token": f"file:{tmp_path / 'key'}"}
    ask("http", {"url": f"{server.url}/", "auth": auth})
    assert server.asked[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_missing_secret_is_our_own_fault(server: Server) -> None:
    auth = {"kind": "bearer", "token": "env:LAB_NOWHERE"}
    reading = ask("http", {"url": f"{server.url}/", "auth": auth})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.CONFIGURATION)
    assert "LAB_NOWHERE" in reading.message
    assert server.asked == []


@pytest.mark.parametrize(
    ("auth", "fault"),
    [
        ({"kind": "basic", "user": "a", "password": SECRET}, "not the secret itself"),
        ({"kind": "magic"}, "'magic' is not known"),
        ({}, "None is not known"),
        ({"kind": "bearer"}, "'token' is missing"),
        ({"kind": "none", "token": "x"}, "'token' is not known"),
        ("Bearer x", "expected names and values"),
    ],
)
def test_faults_are_named_and_secrets_never_echoed(auth: object, fault: str) -> None:
    faults = ADAPTERS["http"].faults({"url": "http://h/", "auth": auth})
    assert fault in "; ".join(faults)
    assert SECRET not in "; ".join(faults)


class TestTokens:
    """OAuth2 client credentials."""

    def _auth(self, server: Server, **more: Any) -> dict[str, Any]:
        return {
            "kind": "oauth2",
            "token_url": f"{server.url}/token",
            "client_id": "ssoc",
            "client_secret": "env:LAB_SECRET",
            **more,
        }

    def _settings(self, server: Server, **more: Any) -> dict[str, Any]:
        return {"url": f"{server.url}/balance", "auth": self._auth(server, **more)}

    @pytest.fixture
    def platform(self, server: Server) -> Server:
        """Give a server whose balance takes only the newest token it gave."""
        given: list[str] = []

        def token(handler: Handler) -> None:
            given.append(f"token-number-{len(given) + 1}")
            body = {"access_token": given[-1], "token_type": "Bearer", "expires_in": "3599"}
            handler.give(200, json.dumps(body).encode(), {})

        def balance(handler: Handler) -> None:
            is_good = given and handler.headers.get("Authorization") == f"Bearer {given[-1]}"
            handler.give(200 if is_good else 401, b"", {})

        server.answers = {"/token": token, "/balance": balance}
        return server

    @pytest.mark.parametrize(
        ("more", "method", "head", "body"),
        [
            pytest.param(
                {}, "POST", f"Basic {COUPLE}", b"grant_type=client_credentials", id="Basic, form"
            ),
            pytest.param({"method": "GET"}, "GET", f"Basic {COUPLE}", b"", id="Basic, GET"),
            pytest.param(
                {"client_auth": "form"},
                "POST",
                None,
                f"grant_type=client_credentials&client_id=ssoc&client_secret={SECRET}".encode(),
                id="form",
            ),
            pytest.param(
                {"client_auth": "json"},
                "POST",
                None,
                json.dumps(
                    {
                        "grant_type": "client_credentials",
                        "client_id": "ssoc",
                        "client_secret": SECRET,
                    }
                ).encode(),
                id="JSON",
            ),
        ],
    )
    def test_the_token_call(
        self, platform: Server, more: dict[str, Any], method: str, head: str | None, body: bytes
    ) -> None:
        headers = {"Ocp-Apim-Subscription-Key": "env:LAB_SECRET"}
        reading = ask("http", self._settings(platform, headers=headers, **more))
        assert reading.health is Health.OK, reading.message
        call = platform.asked[0]
        assert (call.method, call.headers.get("authorization"), call.body) == (method, head, body)
        assert call.headers["ocp-apim-subscription-key"] == SECRET
        if method == "GET":
            assert "grant_type=client_credentials" in call.path

    def test_a_token_is_kept_until_a_minute_before_its_end(
        self, platform: Server, client: Client
    ) -> None:
        settings = self._settings(platform)
        for seconds in (0, 30, 3_538):
            ask("http", settings, client, at=AT + timedelta(seconds=seconds))
        assert platform.times("/token") == 1
        ask("http", settings, client, at=AT + timedelta(seconds=3_539))
        assert platform.times("/token") == 2

    def test_a_refused_token_is_renewed_once(self, platform: Server, client: Client) -> None:
        settings = self._settings(platform)
        ask("http", settings, client)
        platform.answers["/token"](_Elsewhere())  # type: ignore[arg-type]  # now ours is stale
        reading = ask("http", settings, client)
        assert reading.health is Health.OK
        assert (platform.times("/token"), platform.times("/balance")) == (2, 3)

    def test_a_platform_that_always_refuses_is_asked_twice_and_no_more(
        self, platform: Server, client: Client
    ) -> None:
        settings = self._settings(platform)
        ask("http", settings, client)
        platform.says("/balance", 401)
        reading = ask("http", settings, client)
        assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.REFUSED)
        assert (platform.times("/token"), platform.times("/balance")) == (2, 3)

    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [
            pytest.param(401, "{}", Reason.REFUSED, id="refused"),
            pytest.param(400, '{"error":"invalid_client"}', Reason.REFUSED, id="bad client"),
            pytest.param(500, "{}", Reason.ERROR_ANSWER, id="error"),
            pytest.param(302, "", Reason.BAD_ANSWER, id="redirect"),
            pytest.param(200, "{}", Reason.REFUSED, id="no token in it"),
            pytest.param(200, "<html>", Reason.REFUSED, id="no JSON"),
            pytest.param(200, "[]", Reason.REFUSED, id="a list"),
            pytest.param(200, '{"access_token":"a\\nb"}', Reason.REFUSED, id="a token with a line"),
            pytest.param(
                200, '{"access_token":"abc","expires_in":1e400}', Reason.REFUSED, id="for ever"
            ),
        ],
    )
    def test_a_token_step_that_fails(
        self, server: Server, status: int, body: str, reason: Reason
    ) -> None:
        server.says("/token", status, body)
        reading = ask("http", self._settings(server))
        assert (reading.health, reading.reason) == (Health.UNKNOWN, reason)
        assert "token call" in reading.message
        assert server.times("/balance") == 0

    def test_an_unreachable_token_service_is_unreachable(self, server: Server) -> None:
        settings = self._settings(server, token_url="http://127.0.0.1:1/token")
        assert ask("http", settings).reason is Reason.UNREACHABLE

    def test_a_token_in_an_answer_is_not_kept_as_raw(self, server: Server) -> None:
        server.says("/", 200, '{"access_token": "zxcvbn-987", "expires_in": "3599"}')
        reading = ask("http", {"url": f"{server.url}/"})
        assert "zxcvbn" not in reading.raw
        assert "3599" in reading.raw


class _Elsewhere:
    """Another client that takes a token, so that ours is stale."""

    def give(self, *_: object) -> None:
        """Take it."""


def test_an_api_key_encrypted_with_rsa(server: Server) -> None:
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = rsa.generate_private_key(65537, 2048)
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    server.says("/", 201, '{"output_ResponseCode":"INS-0","output_SessionID":"abcdef123456"}')
    for public in (base64.b64encode(der).decode(), pem.decode()):
        auth = {"kind": "rsa", "public_key": public, "api_key": "env:LAB_SECRET"}
        settings = {"preset": "mpesa-openapi", "url": f"{server.url}/", "auth": auth}
        reading = ask("http", settings)
        assert reading.health is Health.OK, reading.message
        bearer = server.asked[-1].headers["authorization"].removeprefix("Bearer ")
        opened = key.decrypt(base64.b64decode(bearer), padding.PKCS1v15())
        assert opened.decode() == SECRET
        assert "abcdef123456" not in reading.raw
    bad = {"kind": "rsa", "public_key": "AAAA", "api_key": "env:LAB_SECRET"}
    assert ask("http", {"url": f"{server.url}/", "auth": bad}).reason is Reason.CONFIGURATION
