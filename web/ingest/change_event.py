"""PagerDuty change events: something was changed on a platform; they go to the change log."""

from typing import Any

from ssoc.monitoring.actions import Change
from web.ingest.identities import clean
from web.ingest.instants import instant
from web.ingest.parsed import BadItem, Origin, kind_of, link_of, mapping, text_of

_REFERENCES = ("rfc", "reference", "change", "change_id", "number", "ticket", "id")
LONGEST_SUMMARY = 1_024


def parse(payload: object, origin: Origin) -> Change:
    """Read one change event.

    Raises:
        BadItem: it has no summary, its time cannot be read, or it is of another market.

    """
    body = mapping(payload, "the event")
    if not isinstance(body.get("payload"), dict):
        raise BadItem(f"'payload' must be an object, found {kind_of(body.get('payload'))}")
    content = body["payload"]
    summary = text_of(content.get("summary"), LONGEST_SUMMARY).strip()
    if not summary:
        raise BadItem("'payload.summary' is missing or blank")
    details = _details(content, origin)
    links = _links(body)
    known = origin.recognise(_labels(content, details, origin), origin.market)
    origin.check(known.market or known.stranger)
    return Change(
        at=instant(content.get("timestamp"), "'payload.timestamp'") or origin.now,
        summary=summary,
        source=text_of(content.get("source"), 64) or origin.source,
        market=known.market,
        component=known.component,
        reference=_reference(details, links),
        details=details,
        links=links,
    )


def _details(content: dict[str, Any], origin: Origin) -> dict[str, str]:
    """Return the scalars among the details, cut to the limits."""
    given = content.get("custom_details")
    pairs = list(given.items())[: origin.limits.most_labels] if isinstance(given, dict) else []
    longest = origin.limits.most_label_bytes
    return {str(name)[:255]: text_of(value, longest) for name, value in pairs if name}


def _labels(content: dict[str, Any], details: dict[str, str], origin: Origin) -> dict[str, str]:
    short = {name[:64]: value[:255] for name, value in list(details.items())[:90]}
    short["source"] = text_of(content.get("source"), 255) or origin.source
    return clean(short, origin.limits)


def _links(body: dict[str, Any]) -> list[dict[str, str]]:
    given = body.get("links")
    return [
        {"href": address, "text": text_of(each.get("text"), 255)}
        for each in (given[:20] if isinstance(given, list) else ())
        if isinstance(each, dict) and (address := link_of(each.get("href")))
    ]


def _reference(details: dict[str, str], links: list[dict[str, str]]) -> str:
    lowered = {name.lower(): value for name, value in details.items()}
    for name in _REFERENCES:
        if lowered.get(name):
            return lowered[name][:128]
    return next((link["text"][:128] for link in links if link["text"]), "")
