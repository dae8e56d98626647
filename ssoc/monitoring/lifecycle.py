"""The states of an alert; sources and their silence decide them, so there are no moves of ours."""

from enum import IntEnum


class AlertState(IntEnum):
    """What a source last said, or that it stopped saying it; stored as the number."""

    FIRING = 0
    STALE = 1  # its lease ran out: the source is silent, which is not a resolve
    RESOLVED = 2

    @property
    def is_open(self) -> bool:
        """Tell whether it still counts as failing."""
        return self is not AlertState.RESOLVED
