"""One thing a source said about one alert: what every parser makes and the store takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ssoc.core.signs import is_blank
from ssoc.core.vocabulary import Severity
from ssoc.monitoring.lifecycle import AlertState

_OFFSET, _PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Report:
    """One thing a source said about one alert; sources repeat themselves, we do not.

    ``key`` names the alert (see ``key_of``), ``started_at`` its present episode, ``said_at`` the
    instant the source spoke, ``lease_until`` when its promise runs out (None: no lease).
    ``market`` is empty when nothing tells it; ``component`` when the estate knows no such thing.
    ``source`` is the token's name, ``way`` the door it came through (``push``, ``webhook`` …).
    """

    key: int
    state: AlertState
    severity: Severity
    started_at: datetime
    said_at: datetime
    lease_until: datetime | None = None
    market: str = ""
    component: str = ""
    name: str = ""
    service: str = ""
    instance: str = ""
    summary: str = ""
    source: str = ""
    way: str = ""
    severity_word: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


NOT_WATCHED = "no longer watched"  # how the words of an alert begin whose check was retired
_OWN = "?ssoc/"  # no market has that code
WATCH = "watch"  # the way of what keeps us from watching: it says nothing of the component


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert changed state or severity; ``number`` counts its changes from 0.

    ``was_state`` and ``was_severity`` are None when it was new; ``at`` is when its source said
    so. ``place`` is where an incident about it belongs.
    """

    key: int
    number: int
    state: AlertState
    severity: Severity
    was_state: AlertState | None
    was_severity: Severity | None
    market: str
    component: str
    started_at: datetime
    at: datetime
    name: str = ""
    way: str = ""

    @property
    def is_ours(self) -> bool:
        """Tell whether it is about our watching of the component, not about the component."""
        return self.way == WATCH

    @property
    def place(self) -> str:
        """Return the component, or the place made up for what the estate does not know."""
        return place_of(self.component, self.market, self.name)


def place_of(component: str, market: str, name: str) -> str:
    """Return the component, or ``?market/name`` when the estate knows no component for it."""
    return component or f"?{market or '-'}/{name}"


def own_place(story: str) -> str:
    """Return the place of a story that ssoc tells itself, such as one run of a change.

    All its alerts are one incident, whatever their names and markets are.
    """
    return f"{_OWN}{story}"


def is_own_place(place: str) -> bool:
    """Tell whether ``own_place`` made it."""
    return place.startswith(_OWN)


def voice_of(way: str, source: str) -> str:
    """Return one word for who speaks by which way; no way has a space."""
    return f"{way} {source}"


def fingerprint(labels: Mapping[str, str]) -> int:
    """Return FNV-1a, 64 bit, over the sorted labels, as Prometheus reckons it."""
    return _fnv(part for name in sorted(labels) for part in (name, labels[name]))


def identity(*parts: str) -> int:
    """Return the key of an alert that other words than labels identify, such as a dedup key."""
    return _fnv(parts)


def _fnv(parts: Iterable[str]) -> int:
    value = _OFFSET
    for part in parts:
        for byte in part.encode("utf-8", "surrogatepass") + b"\xff":
            value = ((value ^ byte) * _PRIME) & _MASK
    return value


def key_of(unsigned: int) -> int:
    """Return a 64-bit hash as the signed number that databases keep."""
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned


def hex_of(key: int) -> str:
    """Return a key as the 16 hex digits that Alertmanager and people use."""
    return f"{key & _MASK:016x}"


def storable(value: Any) -> Any:  # noqa: ANN401 (plain JSON in, plain JSON out)
    """Return ``value`` without what databases refuse: NUL, and halves of surrogate pairs.

    A text of signs that nobody sees, spaces without width, is an empty one.
    """
    match value:
        case str() if not value.isascii() and is_blank(value):
            return ""
        case str():
            return value.replace("\0", "").encode("utf-8", "replace").decode()
        case Mapping():
            return {storable(name): storable(each) for name, each in value.items()}
        case list() | tuple():
            return [storable(each) for each in value]
        case _:
            return value
