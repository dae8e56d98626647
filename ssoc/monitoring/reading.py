"""The one result shape of every poll."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Health(StrEnum):
    """What a target said of itself; UNKNOWN when it said nothing that counts."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a poll brought no answer; none of these is "down" by itself."""

    NONE = ""
    UNREACHABLE = "unreachable"
    REFUSED = "auth refused"
    CONFIGURATION = "configuration"
    NO_DATA = "no data"
    BAD_ANSWER = "bad answer"
    ERROR_ANSWER = "error answer"
    STALE = "stale"

    @property
    def concerns(self) -> str:
        """Return whose turn it is: the link first, us, or the owner of the source."""
        if self is Reason.UNREACHABLE:
            return "link"
        if self in {Reason.NO_DATA, Reason.STALE}:
            return "source"
        return "" if self in {Reason.NONE, Reason.ERROR_ANSWER} else "ssoc"


@dataclass(frozen=True)
class Sample:
    """One number a poll brought; NaN and infinities are kept and never breach."""

    name: str
    value: float
    unit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What one poll of one check brought."""

    check: str
    started_at: datetime
    duration: timedelta
    health: Health
    reason: Reason = Reason.NONE
    message: str = ""
    samples: Sequence[Sample] = ()
    raw: str = ""

    @property
    def reached(self) -> bool:
        """Tell whether the target answered at all."""
        return self.reason is not Reason.UNREACHABLE
