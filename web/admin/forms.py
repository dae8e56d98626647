"""Read what the forms of the administration send; what is odd is refused in words."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from werkzeug.datastructures import MultiDict

from ssoc.accounts.rules import parse_role
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Role

Form = MultiDict[str, str]


def text(form: Form, name: str, most: int = 255) -> str:
    """Return a field without its margins; unprintable signs and far too much are refused."""
    found = form.get(name, "").strip()
    if not found.isprintable():
        raise BadInput(f"the field {name} holds unprintable signs; nothing was changed")
    if len(found) > most:
        raise BadInput(f"the field {name} is too long: {most} signs at most; nothing was changed")
    return found


def roles(form: Form) -> list[tuple[Role, str]]:
    """Return the ticked roles, each with its markets; no market named means all of them."""
    pairs: list[tuple[Role, str]] = []
    for word in form.getlist("role"):
        try:
            pairs += parse_role(f"{word}:{text(form, f'markets-{word[:32]}')}")
        except ValueError as error:
            raise BadInput(f"{error}; nothing was changed") from error
    return pairs


def codes(form: Form) -> list[str]:
    """Return market codes with commas or spaces between them."""
    return [each for each in text(form, "markets").replace(",", " ").split() if each]


def days(form: Form, name: str) -> timedelta | None:
    """Return a number of days, None when the field is empty."""
    found = text(form, name, 8)
    if not found:
        return None
    if not found.isascii() or not found.isdecimal():
        raise BadInput(f"{found!r} is no number of days; nothing was changed; give 90, or nothing")
    return timedelta(days=int(found))


def day(form: Form, name: str) -> datetime | None:
    """Return the beginning of a day in UTC, None when the field is empty."""
    found = text(form, name, 16)
    if not found:
        return None
    try:
        return datetime.strptime(found, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput(f"{found!r} is no day; give one such as 2026-03-02") from None


def number(form: Form, name: str) -> int | None:
    """Return a whole number, None when the field is empty."""
    found = text(form, name, 18)
    if not found:
        return None
    if not found.isascii() or not found.isdecimal():
        raise BadInput(f"the field {name} is no number; leave it out to begin again")
    return int(found)


def choice(form: Form, name: str, known: Iterable[str]) -> str:
    """Return one of the known words, or an empty text."""
    found = text(form, name, 64)
    if found and found not in set(known):
        raise BadInput(f"{found!r} is no choice for {name}; choose from the list")
    return found
