"""Which markets are not seen, and which alert says so: from what the watch of the polls keeps."""

from collections.abc import Mapping
from dataclasses import dataclass

from ssoc.core.work import Work
from ssoc.monitoring.models import WatchMemory
from ssoc.monitoring.rules.reachability import LINK, alert_key

MEMORY = "reachability"


@dataclass(frozen=True)
class NotSeen:
    """Markets of which no check answers; ``is_link`` if the way to them is suspected."""

    markets: frozenset[str]
    is_link: bool


def not_seen(work: Work) -> Mapping[int, NotSeen]:
    """Return the markets that nobody sees, by the key of the alert of ours that says so.

    For the correlator, whoever asks: one row. An alert that is over has no entry.
    """
    row = work.session.get(WatchMemory, MEMORY, populate_existing=True)
    raised: Mapping[str, Mapping[str, list[str]]] = row.memory.get("raised", {}) if row else {}
    found: dict[int, NotSeen] = {}
    for key, was in raised.items():
        name, _, subject = key.partition("/")
        if was.get("hidden"):
            found[alert_key(name, subject)] = NotSeen(frozenset(was["hidden"]), name == LINK)
    return found
