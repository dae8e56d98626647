"""One file that was found. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Found:
    """A file as one poll saw it."""

    path: str
    size: int
    changed_at: datetime
