"""A silence as amtool and others post it, read with Alertmanager's own refusals."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ssoc.monitoring.actions import SilenceDraft
from ssoc.monitoring.rules.matching import Matcher
from web.ingest.instants import instant
from web.ingest.parsed import BadItem, kind_of, mapping, text_of

_REQUIRED = ("comment", "createdBy", "endsAt", "matchers", "startsAt")
MOST_MATCHERS = 100
_KINDS = (("isRegex", bool), ("name", str), ("value", str))
REQUIRED, TOO_FEW, WRONG_TYPE = 602, 612, 601  # codes of its validator


class Invalid(ValueError):
    """The body breaks the schema: answered 422 with the code of the first fault."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        super().__init__("; ".join(message for _, message in faults))
        self.code = faults[0][0]


def parse(payload: object, now: datetime) -> SilenceDraft:
    """Read the body of a POST.

    Raises:
        Invalid: something required is missing or of another kind; all of it is named.
        BadItem: the times make no sense.

    """
    body = mapping(payload, "the body")
    faults = [
        (REQUIRED, f"{name} in body is required") for name in _REQUIRED if body.get(name) is None
    ]
    rows = body.get("matchers")
    faults += _faults_of(rows)
    if faults:
        raise Invalid(faults)
    starts_at = instant(body["startsAt"], "startsAt") or now
    ends_at = instant(body["endsAt"], "endsAt")
    if ends_at is None or ends_at <= starts_at:
        raise BadItem("Failed to create silence: start time must be before end time")
    if ends_at <= now:
        raise BadItem("Failed to create silence: end time can't be in the past")
    return SilenceDraft(
        matchers=tuple(_matcher(each) for each in body["matchers"][:MOST_MATCHERS]),
        starts_at=max(starts_at, now),
        ends_at=ends_at,
        created_by=text_of(body["createdBy"], 128),
        comment=text_of(body["comment"], 4_096),
        id=text_of(body.get("id"), 64),
    )


def _faults_of(rows: object) -> list[tuple[int, str]]:
    """Return what is wrong with matchers that are there."""
    if rows is None:
        return []
    if not isinstance(rows, list):
        return [(WRONG_TYPE, f"matchers in body must be a list, found {kind_of(rows)}")]
    if not rows:
        return [(TOO_FEW, "matchers in body should have at least 1 items")]
    return [
        fault
        for number, row in enumerate(rows[:MOST_MATCHERS])
        for fault in _faults_of_matcher(row, f"matchers.{number}")
    ]


def _faults_of_matcher(row: object, where: str) -> Iterator[tuple[int, str]]:
    given = row if isinstance(row, dict) else {}
    for name, kind in _KINDS:
        if given.get(name) is None:
            yield REQUIRED, f"{where}.{name} in body is required"
        elif not isinstance(given[name], kind):
            yield WRONG_TYPE, f"{where}.{name} in body is of the wrong type"


def _matcher(given: Mapping[str, Any]) -> Matcher:
    is_equal = given.get("isEqual")
    return Matcher(
        given["name"][:255], given["value"][:4_096], given["isRegex"], is_equal is not False
    )
