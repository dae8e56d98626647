"""What every parser of deployments is given, and what it makes of a tool's own words."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from changes.rules.outside import Deployed
from ssoc.monitoring.actions import Change
from web.ingest.identities import clean
from web.ingest.instants import instant
from web.ingest.parsed import BadItem, Origin, link_of, text_of

Where = Callable[[Deployed], tuple[str, str]]
NO_VALUE = "<no value>"  # what a Go template writes for something that is not there
_SPACED = re.compile(
    r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? ?(UTC|[+-]\d\d:?\d\d)", re.ASCII
)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Teller:
    """Who tells, how its names are placed, and which branches deploy."""

    origin: Origin
    where: Where
    branches: Sequence[str] = ()

    def deploys(self, branch: str) -> bool:
        """Tell whether what reaches this branch is a change on a platform."""
        return branch in self.branches


@dataclass(frozen=True)
class Deployment:
    """One deployment in the words of its tool; ``named`` are a market and component it names."""

    what: Deployed
    summary: str
    key: str
    at: datetime | None = None
    ended_at: datetime | None = None
    reference: str = ""
    url: object = ""
    named: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)


def entry(teller: Teller, told: Deployment) -> Change:
    """Return the entry of the change log, or raise BadItem when the sender may not speak for it.

    A component or market that the tool names itself goes before what its names are mapped to.
    """
    origin = teller.origin
    market, component = _named(origin, told.named)
    if not component:
        mapped_component, mapped_market = teller.where(told.what)
        if not market or mapped_market in {"", market}:
            component, market = mapped_component, mapped_market or market
    market = market or origin.market
    origin.check(market)
    at = min(told.at or origin.now, origin.now)
    address = link_of(told.url)
    texts = {name: text_of(value, origin.limits.most_label_bytes) for name, value in _names(told)}
    return Change(
        at=at,
        source=told.what.source,
        summary=told.summary[:1024],
        market=market,
        component=component,
        reference=told.reference[:128],
        details={name: text for name, text in texts.items() if text and text != NO_VALUE},
        links=[{"href": address, "text": told.what.source}] if address else [],
        key=told.key,
        ended_at=max(told.ended_at, at) if told.ended_at else None,
    )


def _names(told: Deployment) -> list[tuple[str, object]]:
    what = told.what
    return [
        ("repository", what.repository),
        ("environment", what.environment),
        ("application", what.application),
        *told.details.items(),
    ]


def _named(origin: Origin, named: Mapping[str, str]) -> tuple[str, str]:
    """Return market and component as the estate knows them; empty where it knows no such thing."""
    limits = origin.limits
    labels = {
        names[0]: named[word]
        for word, names in (
            ("market", limits.market_labels),
            ("component", limits.component_labels),
        )
        if named.get(word) and names
    }
    if not labels:
        return "", ""
    known = origin.recognise(clean(labels, limits), "")
    if known.stranger:
        origin.check(known.stranger)
    return known.market, known.component


def word(value: object, longest: int = 255) -> str:
    """Return a text or a number as text; empty for anything else, and for Go's "no value"."""
    found = text_of(value, longest).strip()
    return "" if found == NO_VALUE else found


def part(value: object) -> dict[str, object]:
    """Return an object as it is, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def moment(value: object, name: str) -> datetime | None:
    """Return an instant in one of the ways that deploy tools write it; None when it is absent.

    Raises:
        BadItem: it is no instant.

    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_epoch(value, name)
    text = word(value, 64)
    if not text:
        return None
    if spaced := _SPACED.fullmatch(text):
        day, clock, zone = spaced.groups()
        text = f"{day}T{clock}{'Z' if zone == 'UTC' else zone}"
    elif _NAIVE.fullmatch(text):
        text += "Z"  # AWX leaves the zone out and means UTC
    return instant(text, name)


def _of_epoch(value: float, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadItem(f"{name} is no time that a clock can show") from error
