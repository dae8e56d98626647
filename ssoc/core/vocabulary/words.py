"""What every event is, and the words all rooms share."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar


@dataclass(frozen=True)
class DomainEvent:
    """Something that has happened and that other packages or auditors may care about."""

    types: ClassVar[dict[str, type["DomainEvent"]]] = {}

    def __init_subclass__(cls) -> None:
        """Register the subclass under its own name."""
        DomainEvent.types[cls.__name__] = cls

    @property
    def subject(self) -> str:
        """Return what the event is about, as ``kind:key``."""
        raise NotImplementedError


class Severity(IntEnum):
    """How bad a source says it is, worst highest; stored as the number."""

    INFO = 1
    WARNING = 2
    ERROR = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """Return the word operators use."""
        return self.name.lower()


class Priority(StrEnum):
    """What an incident deserves, from impact and urgency."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"

    @property
    def word(self) -> str:
        """Return the word beside the mark."""
        return {"P1": "critical", "P2": "high", "P3": "medium", "P4": "low"}[self.value]
