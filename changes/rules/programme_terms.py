"""What a site needs on its way, as data: the section ``programmes`` of the policy. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from ssoc.core.signs import is_blank

MOST_DAYS = 3_650


class Cover(StrEnum):
    """Which cells of the acceptance matrix have to pass."""

    FULL = "full"
    PAIRWISE = "pairwise"


@dataclass(frozen=True)
class ExitTerms:
    """When a parallel run may end: so many clean business days in a row, within a tolerance.

    ``tolerance`` is an amount in the site's own currency; with ``month_end`` one of the days must
    be the end of a month or a payday.
    """

    clean_days: int = 3
    tolerance: Decimal = Decimal("1.00")
    month_end: bool = False

    def __post_init__(self) -> None:
        """Refuse a run that could never end, or that would end before it began."""
        if not 1 <= self.clean_days <= MOST_DAYS:
            raise ValueError(f"clean_days is {self.clean_days}; give 1 to {MOST_DAYS}")
        if not (self.tolerance.is_finite() and self.tolerance >= 0):
            raise ValueError(f"tolerance is {self.tolerance}; give an amount of 0 or more")


@dataclass(frozen=True)
class AcceptanceTerms:
    """How much of the acceptance matrix has to pass, as a share from 0 to 1."""

    cover: Cover = Cover.FULL
    share: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is {self.share}; give 0 to 1")


@dataclass(frozen=True)
class ReadinessItem:
    """One line of the readiness sheet; a soft one is shown and stops nothing."""

    title: str
    is_hard: bool = True
    valid_days: int | None = None

    def __post_init__(self) -> None:
        """Refuse an item that nobody could pass."""
        if is_blank(self.title):
            raise ValueError("title is empty; say what has to be ready")
        if self.valid_days is not None and not 1 <= self.valid_days <= MOST_DAYS:
            raise ValueError(f"valid_days is {self.valid_days}; give 1 to {MOST_DAYS}, or none")

    @property
    def valid_for(self) -> timedelta | None:
        """Return how long a pass counts, None for ever."""
        return None if self.valid_days is None else timedelta(days=self.valid_days)


@dataclass(frozen=True)
class WatchTerms:
    """The limits of a day of hypercare; per cent are of the usual, ``ticket_ratio`` of controls.

    A site outside on more than ``outside_days`` days has failed.
    """

    below_percent: float = 20
    above_percent: float = 60
    failed_percent: float = 2
    missing_percent: float = 10
    ticket_ratio: float = 2
    least_tickets: int = 3
    outside_days: int = 2

    def __post_init__(self) -> None:
        """Refuse limits that mean nothing."""
        if not 0 < self.below_percent <= 100 or self.above_percent <= 0:
            raise ValueError("below_percent lies over 0 up to 100, above_percent over 0")
        if not 0 <= self.missing_percent < 100 or not 0 <= self.failed_percent <= 100:
            raise ValueError("missing_percent and failed_percent are shares of 100")
        if self.ticket_ratio < 1 or self.least_tickets < 1 or self.outside_days < 0:
            raise ValueError("ticket_ratio and least_tickets are 1 or more, outside_days 0 or more")


@dataclass(frozen=True)
class ProgrammeTerms:
    """The values that decide what a site needs; a programme's own are laid over the policy's."""

    readiness: Mapping[str, ReadinessItem]
    blocked_kinds: Mapping[str, str]
    exit: ExitTerms = ExitTerms()
    rehearsals: int = 2
    hypercare_days: int = 5
    watch: WatchTerms = WatchTerms()
    training_share: float = 1.0
    acceptance: AcceptanceTerms = AcceptanceTerms()
    quorum: int = 3
    voters: Sequence[str] = field(default=("IT", "business", "finance", "security", "vendor"))

    def __post_init__(self) -> None:
        """Refuse values that let nobody through, or everybody."""
        if not 0 <= self.rehearsals <= MOST_DAYS:
            raise ValueError(f"rehearsals is {self.rehearsals}; give 0 or more")
        if not 0 <= self.hypercare_days <= MOST_DAYS:
            raise ValueError(f"hypercare_days is {self.hypercare_days}; give 0 to {MOST_DAYS}")
        if not 0 <= self.training_share <= 1:
            raise ValueError(f"training_share is {self.training_share}; give 0 to 1")
        if not 1 <= self.quorum <= len(self.voters):
            raise ValueError(f"quorum is {self.quorum}; give 1 to {len(self.voters)}, the voters")
        if not self.blocked_kinds:
            raise ValueError("blocked_kinds is empty; name at least one kind")
