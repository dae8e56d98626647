"""How a target is told who we are. Secrets come by reference only and are never shown.

The setting ``auth`` of a check is a mapping with a ``kind``:

- ``none``: nothing.
- ``basic``: ``user``, ``password``.
- ``bearer``: ``token``.
- ``header``: ``name`` of a header and its ``value``, an API key.
- ``headers``: ``headers``, several fixed ones (tenant, country, subscription key …).
- ``oauth2``: client credentials: ``token_url``, ``client_id``, ``client_secret``, ``client_auth``
  (``basic``, ``form`` or ``json``), ``method`` of the token call (``GET`` or ``POST``), ``scope``,
  ``headers`` of the token call.
- ``rsa``: bearer of the key encrypted with RSA PKCS #1 v1.5: ``public_key``, ``api_key``
  (needs the extra ``mutual-tls``).

``password``, ``token``, ``value``, ``client_secret`` and ``api_key`` must be ``env:NAME`` or
``file:PATH``; ``user``, ``client_id``, ``public_key`` and values of headers may be. A client
certificate is not an auth kind but the settings ``certificate`` and ``certificate_key``.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ssoc.core.errors import BadSettings
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import Answer, Failure, refusal
from ssoc.monitoring.adapters.client import Question, Target, Trust
from ssoc.monitoring.adapters.fields import may, need
from ssoc.monitoring.reading import Reason

EARLY = timedelta(seconds=60)
USUAL_LIFE = timedelta(minutes=5)  # of a token whose answer does not tell


class Auth(Protocol):
    """One way of telling who we are."""

    def headers_for(
        self, target: Target, at: datetime, trust: Trust
    ) -> Mapping[str, str] | Failure:
        """Return the headers that tell it, or why they cannot be had."""


@dataclass(frozen=True, kw_only=True)
class NoAuth:
    """Nobody in particular."""

    def headers_for(self, _target: Target, _at: datetime, _trust: Trust) -> Mapping[str, str]:
        """Return none."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Basic:
    """User and password."""

    user: str = need(fields.text, "user name, or a reference to it")
    password: str = need(fields.reference, "reference to the password")

    def headers_for(self, target: Target, _at: datetime, _trust: Trust) -> Mapping[str, str]:
        """Return the Basic header."""
        return {"Authorization": basic(target, plain(target, self.user), self.password)}


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """A fixed token."""

    token: str = need(fields.reference, "reference to the token")

    def headers_for(self, target: Target, _at: datetime, _trust: Trust) -> Mapping[str, str]:
        """Return the bearer header."""
        return {"Authorization": f"Bearer {target.secret(self.token)}"}


@dataclass(frozen=True, kw_only=True)
class KeyHeader:
    """An API key in a header of its own."""

    name: str = need(fields.text, "name of the header")
    value: str = need(fields.reference, "reference to the key")

    def headers_for(self, target: Target, _at: datetime, _trust: Trust) -> Mapping[str, str]:
        """Return the header."""
        return {self.name: target.secret(self.value)}


@dataclass(frozen=True, kw_only=True)
class FixedHeaders:
    """Several fixed headers."""

    headers: Mapping[str, str] = need(fields.headers, "names and values, references allowed")

    def headers_for(self, target: Target, _at: datetime, _trust: Trust) -> Mapping[str, str]:
        """Return the headers."""
        return resolved(target, self.headers)


@dataclass(frozen=True, kw_only=True)
class RsaKey:
    """An API key, encrypted with the platform's public key, as bearer."""

    public_key: str = need(fields.text, "public key: base64, PEM, or a reference to it")
    api_key: str = need(fields.reference, "reference to the API key")

    def headers_for(self, target: Target, _at: datetime, _trust: Trust) -> Mapping[str, str]:
        """Return the bearer header."""
        sealed = encrypted(plain(target, self.public_key), target.secret(self.api_key))
        target.secrets.add(sealed)
        return {"Authorization": f"Bearer {sealed}"}


@dataclass(frozen=True, kw_only=True)
class OAuth2:
    """Client credentials: a token call first, its token kept until a minute before its end."""

    token_url: str = need(fields.address, "address of the token call")
    client_id: str = need(fields.text, "client id (consumer key), or a reference to it")
    client_secret: str = need(fields.reference, "reference to the client secret")
    client_auth: str = may(
        fields.choice("basic", "form", "json"), "where the client id stands", "basic"
    )
    method: str = may(fields.choice("GET", "POST"), "method of the token call", "POST")
    scope: str = may(fields.text, "scope to ask for", "")
    headers: Mapping[str, str] = may(fields.headers, "more headers of the token call", {})

    def __post_init__(self) -> None:
        if self.method == "GET" and self.client_auth != "basic":
            raise ValueError("a GET token call has no body: use client_auth: basic")

    def headers_for(
        self, target: Target, at: datetime, trust: Trust
    ) -> Mapping[str, str] | Failure:
        """Return the bearer header with a token that is still good."""
        kept = target.memory.get("token")
        if not kept or at >= kept[1]:
            answer = target.ask(self._question(target, trust))
            found = token_of(answer, at)
            if isinstance(found, Failure):
                return found
            target.memory["token"] = kept = found
        target.secrets.add(kept[0])
        return {"Authorization": f"Bearer {kept[0]}"}

    def _question(self, target: Target, trust: Trust) -> Question:
        grant = {"grant_type": "client_credentials"}
        if self.scope:
            grant["scope"] = self.scope
        headers = dict(resolved(target, self.headers))
        client, secret = plain(target, self.client_id), target.secret(self.client_secret)
        if self.client_auth == "basic":
            headers["Authorization"] = basic(target, client, self.client_secret)
        else:
            grant |= {"client_id": client, "client_secret": secret}
        is_get = self.method == "GET"
        return Question(
            self.token_url,
            self.method,
            headers,
            params=grant if is_get else None,
            form=grant if not is_get and self.client_auth != "json" else None,
            json=grant if self.client_auth == "json" else None,
            trust=trust,
        )


KINDS: Mapping[str, type] = {
    "none": NoAuth,
    "basic": Basic,
    "bearer": Bearer,
    "header": KeyHeader,
    "headers": FixedHeaders,
    "oauth2": OAuth2,
    "rsa": RsaKey,
}


def auth(value: object) -> Auth:
    """Read the setting ``auth``, or raise ValueError with every fault."""
    given = dict(fields.mapping(value))
    kind = given.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not known; {', '.join(KINDS)} are")
    chosen: Auth = fields.read(KINDS[kind], given)
    return chosen


def forget_token(target: Target) -> bool:
    """Drop a kept token; tell whether there was one."""
    return target.memory.pop("token", None) is not None


def token_of(answer: Answer | Failure, at: datetime) -> tuple[str, datetime] | Failure:
    """Return token and the instant to renew it, or why there is none; the body is never shown."""
    if isinstance(answer, Failure):
        return Failure(answer.reason, f"token call: {answer.message}")
    if refused := refusal(answer):
        is_client = 400 <= answer.status < 500
        reason = Reason.REFUSED if is_client else refused.reason
        return Failure(reason, f"token call: {refused.message}")
    try:
        body = answer.json
        token = body["access_token"]
        life = timedelta(seconds=float(body.get("expires_in", USUAL_LIFE.total_seconds())))
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError):
        return Failure(Reason.REFUSED, "token call: the answer holds no access_token")
    if not isinstance(token, str) or not token or not token.isprintable():
        return Failure(Reason.REFUSED, "token call: the answer holds no usable access_token")
    return token, at + max(life - EARLY, timedelta())


def basic(target: Target, user: str, password: str) -> str:
    """Return the value of a Basic header; ``password`` is a reference."""
    pair = f"{user}:{target.secret(password)}".encode()
    coded = base64.b64encode(pair).decode()
    target.secrets.add(coded)
    return f"Basic {coded}"


def plain(target: Target, value: str) -> str:
    """Return a text that may be a reference to a secret."""
    return target.secret(value) if fields.is_reference(value) else value


def resolved(target: Target, headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers with their references resolved."""
    return {name: plain(target, value) for name, value in headers.items()}


def encrypted(public_key: str, text: str) -> str:
    """Return text encrypted with RSA PKCS #1 v1.5, in base64."""
    try:
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.serialization import load_der_public_key
    except ImportError:
        raise BadSettings('auth kind rsa needs a library: pip install "ssoc[mutual-tls]"') from None
    lines = [line for line in public_key.split() if line]
    body = "".join(lines) if "-----" not in public_key else _pem_body(public_key)
    try:
        key: Any = load_der_public_key(base64.b64decode(body, validate=True))
    except (ValueError, binascii.Error):
        raise BadSettings("the public key of auth kind rsa cannot be read") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadSettings("the public key of auth kind rsa is not an RSA key")
    return base64.b64encode(key.encrypt(text.encode(), padding.PKCS1v15())).decode()


def _pem_body(public_key: str) -> str:
    return "".join(line for line in public_key.splitlines() if not line.startswith("-----"))
