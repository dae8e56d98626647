"""Readers of single fields of a gate; each raises ValueError in words. Pure."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ssoc.core import readers
from ssoc.core.readers import one_of as one_of
from ssoc.core.readers import switch as switch
from ssoc.core.readers import whole as whole
from ssoc.core.signs import told

LONGEST_TEXT = 4_000
_LONGEST = timedelta(days=366)


@dataclass
class Readings:
    """What was wrong so far; a field that cannot be read has its default meanwhile."""

    faults: list[str] = field(default_factory=list)

    def take(
        self,
        given: Mapping[str, Any],
        name: str,
        parse: Callable[[Any], Any],
        default: Any,  # noqa: ANN401 (what the reader gives)
    ) -> Any:  # noqa: ANN401
        """Return a field as its reader gives it, or the default."""
        value = given.get(name)
        if value is None:
            return default
        try:
            return parse(value)
        except ValueError as fault:
            self.faults.append(f"{name}: {fault}")
            return default


def text(value: object) -> str:
    """Read a text that is not too long."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ValueError(f"expected a text of at most {LONGEST_TEXT} signs")
    return told(value)


def figure(value: object) -> float:
    """Read a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise ValueError("expected a number")
    return float(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def duration(value: object) -> timedelta:
    """Read ``30s``, ``5m``, ``1h30m``; at most a year."""
    try:
        length = readers.duration(value)
    except OverflowError:
        raise ValueError("expected a duration of at most a year") from None
    if length > _LONGEST:
        raise ValueError("expected a duration of at most a year")
    return length
