"""Readers of single settings: a value of TOML or of the environment in, a checked one out.

Each raises ValueError that says what was expected, and never repeats a secret.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31_557_600}
Parse = Callable[[object], Any]


def duration(value: object) -> timedelta:
    """Read ``"90s"``, ``"5m"``, ``"1h30m"``, ``"14d"``; a bare number is refused."""
    text = str(value).replace(" ", "")
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError('expected a duration such as "30s", "5m", "1h30m" or "14d"')
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))


def whole(least: int, most: int) -> Parse:
    """Return a reader of whole numbers within bounds."""

    def parse(value: object) -> int:
        text = str(value)
        if isinstance(value, bool) or not re.fullmatch(r"-?\d+", text):
            raise ValueError("expected a whole number")
        if not least <= int(text) <= most:
            raise ValueError(f"expected a number from {least} to {most}")
        return int(text)

    return parse


def words(value: object) -> tuple[str, ...]:
    """Read a list of words, or a text with commas between them."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError('expected a list of texts, such as ["a", "b"]')
    return tuple(item.strip() for item in items)


def switch(value: object) -> bool:
    """Read true or false."""
    known = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
    if str(value).lower() not in known:
        raise ValueError("expected true or false")
    return known[str(value).lower()]


def one_of(*words: str) -> Parse:
    """Return a reader of one of some words."""

    def parse(value: object) -> str:
        if value not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return str(value)

    return parse


def host_and_port(value: object) -> str:
    """Read ``host:port``, or an empty text."""
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})", str(value))
    if value and (found is None or not 1 <= int(found[2]) <= 65535):  # noqa: PLR2004 (ports end)
        raise ValueError("expected host:port such as mail.example.org:587, or an empty text")
    return str(value)


def text(value: object) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise ValueError("expected a text in quotation marks")
    return value


def database_url(value: object) -> str:
    """Read the address of a database."""
    if not str(value).startswith(("sqlite:///", "postgresql+psycopg:")):
        raise ValueError("expected sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME")
    try:
        _ = urlsplit(str(value)).port
    except ValueError:  # its own words would repeat the password
        raise ValueError(
            "expected a number as port, and % signs for :, / and @ in a password: "
            "postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME"
        ) from None
    return str(value)


def reference(value: object) -> str:
    """Read a reference to a secret; the secret itself is refused and never echoed."""
    if not str(value).startswith(("env:", "file:")):
        raise ValueError("expected env:NAME or file:PATH, not the secret itself")
    return str(value)


def zone(value: object) -> str:
    """Read the IANA name of a time zone, or an empty text."""
    if value and str(value) not in available_timezones():
        raise ValueError("expected an IANA name such as Africa/Johannesburg, or an empty text")
    return str(value)


def listen(value: object) -> str:
    """Read HOST:PORT."""
    host, _, port = str(value).rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise ValueError("expected HOST:PORT, such as 127.0.0.1:8080")
    return str(value)


def matrix(value: object) -> str:
    """Read the priority matrix: three rows (impact) of three priorities (urgency)."""
    rows = [row.split() for row in str(value).split("/")]
    good = all(re.fullmatch("P[1-4]", word) for row in rows for word in row)
    if [len(row) for row in rows] != [3, 3, 3] or not good:
        raise ValueError('expected three rows of three, such as "P1 P2 P3 / P2 P3 P4 / P3 P4 P4"')
    return str(value)
