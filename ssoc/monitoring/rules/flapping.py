"""When an alert changes too often: pages are held, state and counts go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ssoc.core.vocabulary import Severity


@dataclass(frozen=True)
class Episode:
    """A time of flapping: when it began, the last change in it."""

    since: datetime
    last_change_at: datetime


def flapping_at(
    changes: Sequence[datetime],
    now: datetime,
    most: int,
    window: timedelta,
    was: Episode | None = None,
) -> Episode | None:
    """Return the flapping that stands at ``now``, or None.

    It begins with the change that is one more than ``most`` within ``window``, and ends when a
    whole window has passed without a change.

    Args:
        changes: instants of the changes that count, oldest first: it fired, it resolved, its
            severity fell. A rise within an episode is news and is not among them. At least those
            of the last window, and of two windows before the first judgement.
        now: the instant.
        most: as many changes within a window are still normal.
        window: the time looked at.
        was: the flapping that stood when last asked.

    """
    episode = was
    for index, at in enumerate(changes):
        if at > now or (was is not None and at <= was.last_change_at):
            continue
        if episode is not None and at - episode.last_change_at >= window:
            episode = None
        recent = [each for each in changes[: index + 1] if at - each < window]
        if episode is not None:
            episode = Episode(episode.since, at)
        elif len(recent) > most:
            episode = Episode(at, at)
    if episode is not None and now - episode.last_change_at >= window:
        return None
    return episode


def pierces(before: Sequence[Severity], severity: Severity) -> bool:
    """Tell whether a change pages in spite of flapping: critical for the first time."""
    return severity is Severity.CRITICAL and Severity.CRITICAL not in before
