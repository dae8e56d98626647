"""Amounts as extracts write them, exactly: texts in, whole minor units out. Pure.

Minor units are those of ISO 4217; a currency it does not list here has two decimals.
"""

import re
from decimal import Decimal, InvalidOperation

from ssoc.core.currencies import is_currency
from ssoc.core.errors import BadInput

MOST_MINOR = 4 * 10**12  # of one line; two million such lines still fit into 64 bits
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
EXPONENTS = {**dict.fromkeys(_NONE.split(), 0), **dict.fromkeys(_THREE.split(), 3)}
MARKS = (".", ",")
GROUPS = ("", ",", ".", " ", "'")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2019": "'"})


def exponent_of(currency: str) -> int:
    """Return how many decimals a currency has."""
    return EXPONENTS.get(currency, 2)


def currency_of(text: str) -> str:
    """Return an ISO code as it is written here, or raise BadInput."""
    found = text.strip().upper()
    if not is_currency(found):
        raise BadInput(
            f"{text[:16]!r} is no currency that is in use; expected an ISO 4217 code such as KES"
        )
    return found


def minor_units(amount: Decimal, currency: str) -> int:
    """Return an amount in minor units; more decimals than the currency has are refused."""
    scaled = amount.scaleb(exponent_of(currency))
    if scaled != scaled.to_integral_value():
        raise BadInput(
            f"{amount} has more decimals than {currency} has ({exponent_of(currency)}); is the "
            "decimal mark another one?"
        )
    return _bounded(int(scaled), str(amount))


def _bounded(found: int, text: str) -> int:
    if abs(found) > MOST_MINOR:
        raise BadInput(f"{text[:32]!r} is larger than any payment; is the decimal mark another?")
    return found


def decimal_of(minor: int, currency: str) -> Decimal:
    """Return minor units as an amount."""
    return Decimal(minor).scaleb(-exponent_of(currency))


class AmountReader:
    """Reads amounts that are written in one way.

    A minus may stand before or behind, and parentheses mean one too. Groups are three digits
    each, so that ``1,50`` is never taken for 150.
    """

    def __init__(self, mark: str = ".", group: str = "") -> None:
        self.mark, self.group = mark, group
        grouped = rf"|\d{{1,3}}(?:{re.escape(group)}\d{{3}})+" if group else ""
        self._form = re.compile(rf"(?:\d+{grouped})?(?:{re.escape(mark)}\d*)?", re.ASCII)

    def minor(self, text: str, currency: str) -> int:
        """Return a text in minor units, or raise BadInput that says what was expected."""
        whole, mark, decimals = text.partition(self.mark)
        places = exponent_of(currency)
        if mark and text.isascii() and len(decimals) == places and (whole + decimals).isdigit():
            return _bounded(int(whole + decimals), text)  # as nearly all are written
        plain = text.translate(_SPACES).strip()
        body, is_minus = _unsigned(plain)
        if not self._form.fullmatch(body) or not any(each.isdigit() for each in body):
            raise BadInput(f"{text[:32]!r} is no amount with {self.in_words}")
        whole, _, decimals = body.replace(self.group, "").partition(self.mark)
        if len(decimals) > places and decimals[places:].strip("0"):
            raise BadInput(
                f"{text[:32]!r} has more decimals than {currency} has ({places}); is the decimal "
                "mark another one?"
            )
        found = int((whole or "0") + decimals[:places].ljust(places, "0"))
        return _bounded(-found if is_minus else found, text)

    @property
    def in_words(self) -> str:
        """Return how amounts are written, for people."""
        return f"{self.mark!r} as decimal mark and {self.group!r} between thousands"


def _unsigned(text: str) -> tuple[str, bool]:
    """Return a text without its sign, and whether that was a minus."""
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    for sign in ("-", "+"):
        if text.startswith(sign):
            return text[1:].lstrip(), sign == "-"
        if text.endswith(sign):
            return text[:-1].rstrip(), sign == "-"
    return text, False


def tolerance_of(text: str) -> Decimal:
    """Return a tolerance that is not negative, or raise BadInput."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or found < 0:
        raise BadInput(f"{text[:16]!r} is no tolerance; expected an amount such as 1.00")
    return found
