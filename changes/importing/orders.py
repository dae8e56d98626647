"""In which order a form of dates has day, month and year. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from ssoc.core.errors import BadInput

_DIRECTIVE = re.compile("%([YyGmbBdjUVWu])")
_FIRST = {"Y": "year", "y": "year", "G": "year", "m": "month", "b": "month", "B": "month"}
ORDERS = ("year-first", "day-first", "month-first")


def order_of(form: str) -> str:
    """Return what a form has first: one of ``ORDERS``."""
    found = _DIRECTIVE.search(form)
    return f"{_FIRST.get(found[1], 'day') if found else 'day'}-first"


def in_words(order: str) -> str:
    """Return an order as a sentence says it: ``the day first``."""
    return f"the {order.replace('-', ' ')}"


def only(forms: Sequence[str], order: str) -> Sequence[str]:
    """Return the forms of one order, or raise BadInput when there is none."""
    if order not in ORDERS:
        raise BadInput(f"{order[:32]!r} is no order of dates; there are {', '.join(ORDERS)}")
    if found := [each for each in forms if order_of(each) == order]:
        return found
    raise BadInput(
        f"no form of dates has {in_words(order)}, there are {', '.join(forms)}; add one to dates "
        "of the mapping"
    )


def by_order(forms: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return forms together that name day, month and year alike, in the order they are given."""
    found: dict[str, tuple[str, ...]] = {}
    for form in forms:
        key = "".join(_DIRECTIVE.findall(form))
        found[key] = (*found.get(key, ()), form)
    return found


def told_by(forms: Iterable[str], text: str) -> datetime | None:
    """Return the local time that a cell says by the first of ``forms`` it has, or None."""
    for form in forms:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (its zone is the tool's)
        except ValueError:
            continue
    return None
