"""The installation's own key, and what is derived from it: nothing secret is in the database."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from ssoc.core.settings import secret


def make_key(reference: str) -> bool:
    """Write a fresh key into the file that ``reference`` names, unless it is there; tell if so."""
    kind, _, name = reference.partition(":")
    if kind != "file":
        return False
    try:
        handle = os.open(Path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    return True


def app_key(reference: str) -> bytes:
    """Return the key that signs sessions and derives second factors."""
    return secret(reference).encode()


def totp_secret(reference: str, name: str, nonce: str) -> str:
    """Return a person's TOTP secret in base32, derived from the key and the kept nonce."""
    made = hmac.digest(app_key(reference), f"totp:{name}:{nonce}".encode(), hashlib.sha256)
    return base64.b32encode(made[:20]).decode()
