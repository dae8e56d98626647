"""What happens to features and their flags."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class FeatureEvent(DomainEvent):
    """Base of what happens to one feature; ``markets`` are codes with commas between."""

    key: str
    rollout_id: int
    markets: str
    reason: str = ""

    @property
    def subject(self) -> str:
        """Return the feature."""
        return f"feature:{self.key}"


@dataclass(frozen=True)
class FeatureMade(FeatureEvent):
    """A feature was tied to a roll-out: its flag can be read."""


@dataclass(frozen=True)
class FeatureOver(FeatureEvent):
    """A feature was ended: its flag is not found any more."""


@dataclass(frozen=True)
class FlagKilled(FeatureEvent):
    """A person forced a feature off in these markets."""


@dataclass(frozen=True)
class FlagKillLifted(FeatureEvent):
    """A person let a feature go on in these markets, as an approval."""
