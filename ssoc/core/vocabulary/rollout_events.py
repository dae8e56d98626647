"""What happens to roll-outs and their waves."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class RolloutEvent(DomainEvent):
    """Base of what happens to one roll-out; ``markets`` are codes with commas between."""

    rollout_id: int
    change_id: int
    markets: str

    @property
    def subject(self) -> str:
        """Return the roll-out."""
        return f"rollout:{self.rollout_id}"


@dataclass(frozen=True)
class WaveMoved(RolloutEvent):
    """A wave moved along its lifecycle, by whom stands in the event's actor; with the reason."""

    position: int = 0
    name: str = ""
    move: str = ""
    state: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RolloutMoved(RolloutEvent):
    """The roll-out as a whole moved along its lifecycle."""

    move: str = ""
    state: str = ""
    reason: str = ""
