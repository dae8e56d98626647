"""References that two systems write differently, as one form. Pure."""

import re

_OTHER = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"^[A-Z]+(?=\d{3})")


def plain_form(reference: str) -> str:
    """Return a reference without what systems add: case, signs, a word before, leading zeros.

    ``TX-000123``, ``tx123`` and ``123`` are one. What would leave nothing stays as it is.
    """
    upper = reference.upper()
    if not upper.isalnum():
        upper = _OTHER.sub("", upper)
    bare = upper if upper[:1].isdigit() else _LETTERS.sub("", upper)
    return bare.lstrip("0") or upper or reference
