"""Who speaks in the tests of parsers, which need no database."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ssoc.core.settings import IngestSettings
from tests.factories import EIGHT
from web.ingest.identities import Identities
from web.ingest.parsed import Origin

NOW = EIGHT
MINUTE = timedelta(minutes=1)
KNOWN = ("KE", "TZ", "GH", "MZ")


def place(labels: Mapping[str, str], market: str) -> tuple[str, str]:
    """Place by label alone, as an estate of four markets would."""
    named = next((labels[name] for name in ("market", "country") if name in labels), "")
    return (named if named in KNOWN else market), labels.get("service", "")


def origin(**given: Any) -> Origin:
    """Return a sender for all markets whose clock shows eight."""
    limits = given.pop("limits", IngestSettings())
    usual: dict[str, Any] = {
        "source": "prometheus",
        "way": "push",
        "now": NOW,
        "recognise": Identities(place, limits),
        "limits": limits,
    }
    return Origin(**{**usual, **given})
