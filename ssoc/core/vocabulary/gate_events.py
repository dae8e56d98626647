"""What happens to health gates."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class GateDecided(DomainEvent):
    """A metric of a gate was decided; ``effect`` is what follows for what stands behind the gate.

    ``about`` names that: ``wave:7``, ``watch:3``, ``brake:2``. ``metric`` and ``market`` are empty
    where the gate as a whole passed. ``through`` is the newest measurement it rests on.
    """

    gate_id: int
    about: str
    phase: str
    effect: str
    metric: str = ""
    market: str = ""
    reason: str = ""
    through: int = 0

    @property
    def subject(self) -> str:
        """Return the gate."""
        return f"gate:{self.gate_id}"
