"""Read what callers ask: parameters and bodies, strictly; what is odd is refused in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import request

from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import storable

USUAL, MOST = 50, 200
NUMBER = 9_223_372_036_854_775_807


@dataclass(frozen=True)
class Fields:
    """The fields of a JSON body that were asked for, each of its type."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str, usual: str | None = None) -> str:
        """Return a text; without ``usual`` it must be there."""
        found = self._found(name, str, usual)
        return str(storable(found))

    def switch(self, name: str) -> bool:
        """Return true or false; false when it is missing."""
        found: bool = self._found(name, bool, False)
        return found

    def number(self, name: str) -> int:
        """Return a whole number that must be there."""
        found: int = self._found(name, int, None)
        if isinstance(found, bool) or not 0 < found <= NUMBER:
            raise BadInput(f"the field {name} must be a whole number above 0")
        return found

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; none when it is missing."""
        found = self.values.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise BadInput(f"the field {name} must be a list of texts")
        return [str(storable(each)) for each in found]

    def instant(self, name: str, usual: datetime | None = None) -> datetime:
        """Return an instant with its offset from UTC."""
        text = self.text(name, usual.isoformat() if usual else None)
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is None:
                raise ValueError
            return found.astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadInput(
                f"the field {name} must be an instant with its offset: 2026-03-02T08:00:00Z"
            ) from None

    def _found(self, name: str, kind: type, usual: Any) -> Any:  # noqa: ANN401 (any JSON)
        found = self.values.get(name, usual)
        if found is None and usual is None:
            raise BadInput(f"the field {name} is missing")
        if not isinstance(found, kind):
            words = {str: "a text", bool: "true or false", int: "a whole number"}
            raise BadInput(f"the field {name} must be {words[kind]}")
        return found


def body(*known: str) -> Fields:
    """Return the JSON object of the request; unknown fields are refused, an empty body is none."""
    sent = request.get_data(cache=True)
    if not sent:
        return Fields()
    if not request.is_json:
        raise BadInput("the body must be JSON: send Content-Type: application/json")
    try:
        found = orjson.loads(sent)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the body is no JSON: {error}"[:300]) from None
    if not isinstance(found, dict):
        raise BadInput("the body must be a JSON object")
    _refuse_strangers(found, known, "field")
    return Fields(found)


def parameters(*known: str) -> Mapping[str, str]:
    """Return the parameters of the address; unknown and doubled ones are refused."""
    _refuse_strangers(request.args, known, "parameter")
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            raise BadInput(f"the parameter {name} is given twice; give it once")
        if not request.args[name].isprintable():
            raise BadInput(f"the parameter {name} holds unprintable signs")
    return request.args.to_dict()


def _refuse_strangers(given: Iterable[str], known: Iterable[str], what: str) -> None:
    strange = sorted(set(given) - set(known))
    if strange:
        there = ", ".join(known) or "none"
        raise BadInput(f"the {what} {strange[0][:64]!r} is not known; there are: {there}")


def limit(given: Mapping[str, str]) -> int:
    """Return how many items a page has."""
    text = given.get("limit", str(USUAL))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST):
        raise BadInput(f"limit must be a whole number from 1 to {MOST}")
    return int(text)


def one_of(given: Mapping[str, str], name: str, known: Iterable[str]) -> str:
    """Return a parameter that is one of the known words, or empty."""
    words, found = list(known), given.get(name, "")
    if found and found not in words:
        raise BadInput(f"{name} must be one of {', '.join(words)}")
    return found


def switch(given: Mapping[str, str], name: str) -> bool:
    """Return a parameter that is true or false; false when it is missing."""
    return one_of(given, name, ("true", "false")) == "true"


def check_market(work: Work, code: str, permission: Permission) -> None:
    """Refuse a market that the caller does not see; whether there is one is not told apart."""
    markets = estate_queries.current(work).markets
    held = work.actor.markets(permission)
    seen = sorted(markets if EVERYWHERE in held else held)
    if not code or code in seen:
        return
    if EVERYWHERE not in held:
        raise BadInput(f"no market {code[:64]!r} is yours to see; there are: {', '.join(seen)}")
    there = ", ".join(seen) or "none: load an estate"
    raise BadInput(f"no market {code[:64]!r}; there are: {there}")
