"""What happens to programmes and their sites."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class ProgrammeEvent(DomainEvent):
    """Base of what happens to one programme; ``markets`` are codes with commas between."""

    programme_id: int
    markets: str

    @property
    def subject(self) -> str:
        """Return the programme."""
        return f"programme:{self.programme_id}"


@dataclass(frozen=True)
class SiteStateMoved(ProgrammeEvent):
    """A site moved along its lifecycle, with the reason."""

    site_rollout_id: int = 0
    site: str = ""
    move: str = ""
    state: str = ""
    reason: str = ""
