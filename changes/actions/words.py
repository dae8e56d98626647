"""Reasons that people give for what they do."""

from ssoc.core.errors import BadInput
from ssoc.monitoring.report import storable

LONGEST = 500


def told(reason: str, what: str) -> str:
    """Return a reason fit to keep, or raise BadInput when there is none."""
    said = str(storable(reason)).strip()
    if not said:
        raise BadInput(f"{what} needs a reason; say in a few words why")
    if len(said) > LONGEST:
        raise BadInput(f"the reason is longer than {LONGEST} signs; shorten it")
    return said
