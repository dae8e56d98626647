"""What forms of programmes share: numbers and days as they are typed, and the way back."""

from datetime import date

from flask import url_for

from ssoc.core.errors import BadInput


def whole(text: str, what: str, usual: int | None = None) -> int:
    """Return a whole number of 0 or more that was typed."""
    said = text.strip()
    if not said and usual is not None:
        return usual
    if not (said.isascii() and said.isdecimal() and len(said) < 10):
        raise BadInput(f"{what} {said[:20]!r} is no whole number; correct it")
    return int(said)


def day(text: str, what: str) -> date:
    """Return a day that was typed: 2026-03-09."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{what} {text[:20]!r} is no day; write it like 2026-03-09") from None


def lines(text: str) -> list[str]:
    """Return the lines of a text that hold something."""
    return [each.strip() for each in text.splitlines() if each.strip()]


def numbers(given: list[str], what: str) -> list[int]:
    """Return the whole numbers of ticked boxes."""
    return [whole(each, what) for each in given]


def site_href(rollout_id: int) -> str:
    """Return the page of a site."""
    return url_for("programmes.site", site_rollout_id=rollout_id)


def programme_href(programme_id: int) -> str:
    """Return the page of a programme."""
    return url_for("programmes.programme", programme_id=programme_id)
