"""An adapter's settings as a dataclass: read, checked and documented from one declaration. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field, fields
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ssoc.core import settings as readers

Parse = Callable[[object], Any]
Options = TypeVar("Options")


class Misconfigured(ValueError):
    """The settings of a check cannot be used; the message lists every fault."""


def need(parse: Parse, doc: str) -> Any:  # noqa: ANN401 (typed by the field)
    """Declare a setting that must be given."""
    return field(metadata={"parse": parse, "doc": doc})


def may(parse: Parse, doc: str, default: Any) -> Any:  # noqa: ANN401
    """Declare a setting with a default."""
    metadata = {"parse": parse, "doc": doc}
    if isinstance(default, dict | list):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


def described(kind: type) -> dict[str, str]:
    """Return name and meaning of every setting of an adapter."""
    return {each.name: _described(each) for each in fields(kind)}


def _described(each: Field[Any]) -> str:
    doc = str(each.metadata["doc"])
    return f"{doc} (required)" if _is_required(each) else doc


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def read(kind: type[Options], settings: Mapping[str, Any]) -> Options:
    """Return the settings as ``kind``, or raise Misconfigured with every fault."""
    values, faults = _values(kind, settings)
    if faults:
        raise Misconfigured("; ".join(faults))
    try:
        return kind(**values)
    except ValueError as fault:
        raise Misconfigured(str(fault)) from None


def faults_of(kind: type, settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check, each with its cure."""
    values, faults = _values(kind, settings)
    if not faults:
        try:
            kind(**values)
        except ValueError as fault:
            faults.append(str(fault))
    return faults


def _values(kind: type, settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    known = {each.name: each for each in fields(kind)}
    values: dict[str, Any] = {}
    faults = [
        f"setting {name!r} is not known; {', '.join(known)} are"
        for name in settings
        if name not in known
    ]
    for name, each in known.items():
        if settings.get(name) is not None:
            try:
                values[name] = each.metadata["parse"](settings[name])
            except (ValueError, TypeError, KeyError) as fault:
                faults.append(f"setting {name!r}: {fault}")
        elif _is_required(each):
            faults.append(f"setting {name!r} is missing: {each.metadata['doc']}")
    return values, faults


def text(value: object) -> str:
    """Read a text; a number counts as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("expected a text")
    return str(value)


def texts(value: object) -> tuple[str, ...]:
    """Read a text or a list of texts."""
    return tuple(text(each) for each in (value if isinstance(value, list | tuple) else [value]))


def switch(value: object) -> bool:
    """Read true or false."""
    return readers.switch(value)


def number(least: float, most: float) -> Parse:
    """Return a reader of numbers within bounds."""

    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("expected a number")
        if not least <= value <= most:
            raise ValueError(f"expected a number from {least:g} to {most:g}")
        return value

    return parse


def whole(least: int, most: int) -> Parse:
    """Return a reader of whole numbers within bounds."""
    return readers.whole(least, most)


def duration(value: object) -> timedelta:
    """Read ``"5s"``, ``"2m"``; it must be longer than nothing."""
    length = readers.duration(value)
    if length <= timedelta():
        raise ValueError("expected a duration longer than nothing")
    return length


def choice(*words: str) -> Parse:
    """Return a reader of one of some words."""

    def parse(value: object) -> str:
        if value not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return str(value)

    return parse


def address(value: object) -> str:
    """Read an http or https address without a user in it."""
    try:
        parts = urlsplit(str(value))
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise ValueError("expected an address such as https://host/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address holds a user; use auth instead")
    return str(value)


def reference(value: object) -> str:
    """Read a reference to a secret; the secret itself is refused and never echoed."""
    return readers.reference(value)


def headers(value: object) -> Mapping[str, str]:
    """Read header names and values; a value ``env:NAME`` or ``file:PATH`` is a secret."""
    if not isinstance(value, Mapping):
        raise ValueError("expected names and values")
    read_headers = {text(name): text(each) for name, each in value.items()}
    for name, each in read_headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or re.search(r"[\r\n\0]", each):
            raise ValueError(f"{name!r} is no header")
    return read_headers


def pattern(value: object) -> re.Pattern[str]:
    """Read a regular expression."""
    try:
        return re.compile(text(value), re.MULTILINE)
    except re.error as fault:
        raise ValueError(f"no regular expression: {fault}") from None


def zone(value: object) -> str:
    """Read an IANA time zone."""
    try:
        ZoneInfo(text(value))
    except (KeyError, OSError, ValueError):
        raise ValueError(f"{value!r} is no time zone such as Africa/Nairobi") from None
    return text(value)


def mapping(value: object) -> Mapping[str, Any]:
    """Read names and values of any kind."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ValueError("expected names and values")
    return dict(value)


def is_reference(value: object) -> bool:
    """Tell whether a text refers to a secret."""
    return isinstance(value, str) and value.startswith(("env:", "file:"))
