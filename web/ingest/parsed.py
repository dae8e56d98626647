"""What every parser is given and what it gives back: values only, no request, no database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ssoc.core.permissions import EVERYWHERE
from ssoc.core.settings import IngestSettings
from ssoc.core.vocabulary import Severity
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report

LONGEST_URL = 2_048
LONGEST_SUMMARY = 1_024
_SUMMARIES = ("summary", "message", "description", "title")


class BadItem(ValueError):
    """One item cannot be used; the others are kept. ``kind`` is the word it is counted by."""

    def __init__(self, message: str, kind: str = "bad alert") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Fault:
    """Something wrong with one item; ``index`` is its place in the batch."""

    kind: str
    message: str
    index: int = 0


@dataclass(frozen=True)
class Parsed:
    """What a payload held: reports to keep, faults to answer with, and notes only we count."""

    reports: list[Report] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a set of labels means; reckoned once and remembered, since sources repeat themselves."""

    key: int
    labels: Mapping[str, str]
    market: str
    component: str
    name: str
    service: str
    instance: str
    severity: Severity
    severity_word: str
    stranger: str = ""  # the market its labels name when the estate knows none of that name


Recognise = Callable[[Mapping[str, Any], str], Identity]


@dataclass(frozen=True)
class Origin:
    """Who speaks, by which way and when; ``market`` is theirs when nothing else tells one."""

    source: str
    way: str
    now: datetime
    recognise: Recognise
    markets: frozenset[str] = frozenset({EVERYWHERE})
    market: str = ""
    limits: IngestSettings = field(default_factory=IngestSettings)
    titles: Mapping[str, str] = field(default_factory=dict)  # of components, case folded: key

    @property
    def resolve_timeout(self) -> timedelta:
        """Return the lease of an alert that comes without an end."""
        return self.limits.resolve_timeout

    def check(self, market: str) -> None:
        """Raise BadItem unless the sender may speak for ``market``."""
        if EVERYWHERE not in self.markets and market not in self.markets:
            held = ", ".join(sorted(self.markets)) or "none"
            wanted = f"market {market}" if market else "no market that its labels name"
            raise BadItem(
                f"the alert is of {wanted}, this token is for {held}; send it with another token",
                "other market",
            )


def items(payload: object, what: str) -> list[Any]:
    """Return ``payload`` if it is a list, else raise BadItem."""
    if not isinstance(payload, list):
        raise BadItem(f"{what} must be a list, found {kind_of(payload)}", "bad payload")
    return payload


def mapping(payload: object, what: str) -> dict[str, Any]:
    """Return ``payload`` if it is an object, an empty one for null, else raise BadItem."""
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise BadItem(f"{what} must be an object, found {kind_of(payload)}")
    return payload


def kind_of(value: object) -> str:
    """Return the JSON word for what ``value`` is."""
    words = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else words.get(type(value), "a number")


def text_of(value: object, longest: int = LONGEST_SUMMARY) -> str:
    """Return a scalar as text, cut to ``longest``; empty for null, objects and lists."""
    if isinstance(value, str):
        return value if len(value) <= longest else value[: longest - 1] + "…"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:longest] if isinstance(value, int | float) else ""


def link_of(value: object) -> str:
    """Return a web address, or nothing: links are shown to people who click on them."""
    text = value if isinstance(value, str) else ""
    return text[:LONGEST_URL] if text[:8].lower().startswith(("http://", "https://")) else ""


def notes_of(value: object, limits: IngestSettings) -> dict[str, str]:
    """Return annotations as texts, cut rather than refused: they are no part of an identity."""
    if not isinstance(value, dict):
        return {}
    kept = list(value.items())[: limits.most_labels]
    return {
        name[:255]: text_of(each, limits.most_label_bytes)
        for name, each in kept
        if each is not None
    }


def report_of(
    origin: Origin,
    identity: Identity,
    state: AlertState,
    started_at: datetime,
    annotations: Mapping[str, str],
    lease_until: datetime | None = None,
    url: str = "",
) -> Report:
    """Return what ``origin`` said about the alert ``identity``; a start in the future is now."""
    origin.check(identity.market or identity.stranger)
    return Report(
        key=identity.key,
        state=state,
        severity=identity.severity,
        started_at=min(started_at, origin.now),
        said_at=origin.now,
        lease_until=lease_until,
        market=identity.market,
        component=identity.component,
        name=identity.name,
        service=identity.service,
        instance=identity.instance,
        summary=summary_of(annotations),
        source=origin.source,
        way=origin.way,
        severity_word=identity.severity_word,
        labels=identity.labels,
        annotations=annotations,
        url=url,
    )


def summary_of(annotations: Mapping[str, str]) -> str:
    """Return the line that people read first."""
    for name in _SUMMARIES:
        if annotations.get(name):
            return annotations[name][:LONGEST_SUMMARY]
    return ""
