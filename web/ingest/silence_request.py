"""A silence as amtool and others post it, read with Alertmanager's own refusals."""

from datetime import datetime
from typing import Any

from ssoc.monitoring.actions import SilenceDraft
from ssoc.monitoring.rules.matching import Matcher
from web.ingest.instants import instant
from web.ingest.parsed import BadItem, kind_of, mapping, text_of

_REQUIRED = ("comment", "createdBy", "endsAt", "matchers", "startsAt")
REQUIRED, TOO_FEW, WRONG_TYPE = 602, 612, 601  # codes of its validator


class Invalid(ValueError):
    """The body breaks the schema: answered 422 with a code of its own."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(payload: object, now: datetime) -> SilenceDraft:
    """Read the body of a POST.

    Raises:
        Invalid: something required is missing or of another kind.
        BadItem: the times make no sense.

    """
    body = mapping(payload, "the body")
    for name in _REQUIRED:
        if body.get(name) is None:
            raise Invalid(REQUIRED, f"{name} in body is required")
    starts_at = instant(body["startsAt"], "startsAt") or now
    ends_at = instant(body["endsAt"], "endsAt")
    matchers = tuple(_matcher(each, n) for n, each in enumerate(_rows(body["matchers"])))
    if ends_at is None or ends_at <= starts_at:
        raise BadItem("Failed to create silence: start time must be before end time")
    if ends_at <= now:
        raise BadItem("Failed to create silence: end time can't be in the past")
    return SilenceDraft(
        matchers=matchers,
        starts_at=max(starts_at, now),
        ends_at=ends_at,
        created_by=text_of(body["createdBy"], 128),
        comment=text_of(body["comment"], 4_096),
        id=text_of(body.get("id"), 64),
    )


def _rows(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid(WRONG_TYPE, f"matchers in body must be a list, found {kind_of(value)}")
    if not value:
        raise Invalid(TOO_FEW, "matchers in body should have at least 1 items")
    return value[:100]


def _matcher(row: object, number: int) -> Matcher:
    given = row if isinstance(row, dict) else {}
    for name, kind in (("isRegex", bool), ("name", str), ("value", str)):
        if given.get(name) is None:
            raise Invalid(REQUIRED, f"matchers.{number}.{name} in body is required")
        if not isinstance(given[name], kind):
            raise Invalid(WRONG_TYPE, f"matchers.{number}.{name} in body is of the wrong type")
    is_equal = given.get("isEqual")
    return Matcher(
        given["name"][:255], given["value"][:4_096], given["isRegex"], is_equal is not False
    )
