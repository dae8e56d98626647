"""Our own format of the change log: ``POST /api/v1/change-events``, strict and repeatable."""

from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from ssoc.monitoring.actions import Change
from web.ingest.identities import clean
from web.ingest.instants import instant
from web.ingest.parsed import (
    BadItem,
    Fault,
    Origin,
    items,
    kind_of,
    link_of,
    mapping,
    text_of,
)

FIELDS = {
    "summary": "what was changed, in one line; needed",
    "at": "when it began, RFC 3339 with a zone; now when left out",
    "ended_at": "when it was over; may follow later, with the same key",
    "key": "your own name for it: sent again it is the same change",
    "market": "code or name of the market",
    "component": "key of the component, its title, or a name that the estate matches",
    "reference": "number of the change it belongs to: `CHG-12`, or the number of your own tool",
    "source": "what did it; the token's name when left out",
    "by": "who did it",
    "details": "an object of texts, numbers and switches",
    "url": "where to read more",
}
AHEAD = timedelta(days=366)
LONGEST_KEY = 255


@dataclass(frozen=True)
class ParsedChanges:
    """What a payload held: entries to keep, faults by place in the batch, and warnings."""

    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def parse(payload: object, origin: Origin) -> ParsedChanges:
    """Read a list of changes; a bad one is a fault, the others are kept.

    Raises:
        BadItem: the payload is no object with a list of changes.

    """
    body = mapping(payload, "the body")
    if set(body) != {"change_events"}:
        raise BadItem('the body must be an object with "change_events", a list', "bad payload")
    parsed = ParsedChanges()
    given = items(body["change_events"], "change_events")
    if not given:
        raise BadItem("change_events is empty; send at least one", "bad payload")
    for index, item in enumerate(given):
        try:
            change, unplaced = _change(mapping(item, "a change event"), origin)
        except BadItem as error:
            parsed.faults.append(Fault(error.kind, str(error), index))
            continue
        parsed.changes.append(change)
        if unplaced:
            parsed.notes.append(Fault("unknown component", unplaced, index))
    return parsed


def _change(item: dict[str, Any], origin: Origin) -> tuple[Change, str]:
    _refuse_strangers(item)
    summary = _text(item, "summary", 1_024).strip()
    if not summary:
        raise BadItem("summary is missing or blank: say what was changed")
    at = instant(item.get("at"), "at") or origin.now
    if at > origin.now + AHEAD:
        raise BadItem(f"at is more than {AHEAD.days} days ahead; correct it")
    ended_at = instant(item.get("ended_at"), "ended_at")
    if ended_at is not None and ended_at < at:
        raise BadItem("ended_at is before at")
    market, component, unplaced = _place(item, origin)
    return (
        Change(
            at=at,
            source=_text(item, "source", 64) or origin.source,
            summary=summary,
            market=market,
            component=component,
            reference=_text(item, "reference", 128),
            details=_details(item, origin),
            links=_links(item),
            key=_text(item, "key", LONGEST_KEY),
            ended_at=ended_at,
        ),
        unplaced,
    )


def _refuse_strangers(item: dict[str, Any]) -> None:
    for name in item:
        if name not in FIELDS:
            near = get_close_matches(name.lower(), FIELDS, 1)
            cure = f"did you mean {near[0]}?" if near else f"there are {', '.join(FIELDS)}"
            raise BadItem(f"no field is called {name[:64]}; {cure}", "unknown field")


def _place(item: dict[str, Any], origin: Origin) -> tuple[str, str, str]:
    limits = origin.limits
    market, component = _text(item, "market", 255), _text(item, "component", 255)
    labels = {}
    if market and limits.market_labels:
        labels[limits.market_labels[0]] = market
    if component and limits.component_labels:
        labels[limits.component_labels[0]] = component
    if not labels:
        origin.check(origin.market)
        return origin.market, "", ""
    known = origin.recognise(clean(labels, limits), origin.market)
    titled = origin.titles.get(component.strip().casefold(), "")
    if titled and not known.component and limits.component_labels:
        labels[limits.component_labels[0]] = titled
        known = origin.recognise(clean(labels, limits), origin.market)
    if market and known.stranger:
        raise BadItem(f"the estate has no market {market[:64]!r}; give its code", "unknown market")
    origin.check(known.market)
    if component and not known.component:
        said = f"the estate has no component {component[:64]!r}; the change belongs to no component"
        return known.market, "", said
    return known.market, known.component, ""


def _details(item: dict[str, Any], origin: Origin) -> dict[str, str]:
    given = mapping(item.get("details"), "details")
    if len(given) > origin.limits.most_labels:
        raise BadItem(f"details has more than {origin.limits.most_labels} entries (most_labels)")
    for name, value in given.items():
        if value is not None and not isinstance(value, str | int | float):
            raise BadItem(f"details.{name[:64]} must be a text or a number, found {kind_of(value)}")
    longest = origin.limits.most_label_bytes
    found = {name[:255]: text_of(value, longest) for name, value in given.items() if name}
    return found | ({"by": by} if (by := _text(item, "by", 128)) else {})


def _links(item: dict[str, Any]) -> list[dict[str, str]]:
    address = _text(item, "url", 2_048)
    if not address:
        return []
    if not link_of(address):
        raise BadItem("url must begin with https:// or http://")
    return [{"href": link_of(address), "text": ""}]


def _text(item: dict[str, Any], name: str, longest: int) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadItem(f"{name} must be a text, found {kind_of(value)}")
    return text_of(value, longest)
