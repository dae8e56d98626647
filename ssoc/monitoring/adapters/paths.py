"""Paths into JSON, and numbers as other people write them. Pure."""

import math
import re
from typing import Any

_STEP = re.compile(r'(?:^|\.)(?P<name>[^.\[\]"]+)|\[(?P<index>-?\d+)\]|\["(?P<quoted>[^"]+)"\]')


class Absent(LookupError):
    """The path leads nowhere."""


def steps(path: str) -> tuple[str | int, ...]:
    """Read ``data.items[0].balance`` or ``["a.b"].c``; ``$.`` in front is allowed.

    Raises:
        ValueError: the path cannot be read.

    """
    text = path.removeprefix("$").removeprefix(".")
    found: list[str | int] = []
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise ValueError(f'{path!r} is no path such as data.items[0]["a.b"]')
        at = step.end()
        found.append(int(step["index"]) if step["index"] else step["name"] or step["quoted"])
    return tuple(found)


def at_path(body: Any, path: str) -> Any:  # noqa: ANN401 (JSON)
    """Return what stands at ``path``, or raise Absent."""
    for step in steps(path):
        try:
            body = body[step] if isinstance(step, int) or isinstance(body, dict) else None
        except (KeyError, IndexError, TypeError):
            raise Absent(path) from None
        if body is None:
            raise Absent(path)
    return body


def number_of(value: object, commas: bool = False) -> float:
    """Return a number that is written as number, text or truth value, or raise ValueError.

    ``commas`` says that commas part thousands; without it a comma is refused, since elsewhere
    it parts decimals.
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if not isinstance(value, str):
        raise ValueError(f"a {type(value).__name__} is no number")
    text = value.strip()
    if commas and re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if "_" in text:
        raise ValueError(f"{value[:40]!r} is no number")
    try:
        return float(text)
    except ValueError:
        cure = "; set commas: true if they part thousands" if "," in text else ""
        raise ValueError(f"{value[:40]!r} is no number{cure}") from None
