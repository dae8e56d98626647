"""Currencies of ISO 4217 that are paid with somewhere today, as CLDR lists them."""

from functools import cache

from babel.core import get_global
from babel.numbers import get_territory_currencies


@cache
def _in_use() -> frozenset[str]:
    """Return the codes of all money in use; CLDR knows since and until when, land by land."""
    lands = get_global("territory_currencies")
    return frozenset(code for land in lands for code in get_territory_currencies(land))


def is_currency(code: str) -> bool:
    """Tell whether a code such as KES is money somewhere today; ZZZ, XXX and ZMK are not."""
    return code in _in_use()
