"""The shape of API tokens: made once, shown once, kept as a hash."""

import hashlib
import secrets

BYTES = 16  # 32 hex digits: also the length PagerDuty clients insist on for a routing key


def new_token() -> str:
    """Return a fresh token of 128 random bits as 32 hex digits."""
    return secrets.token_hex(BYTES)


def hash_of(plain: str) -> str:
    """Return what is kept of a token; its randomness makes a slow hash needless."""
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
