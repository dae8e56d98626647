"""Features as frozen values. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from changes.rollouts.lifecycle import RolloutState
from changes.rollouts.values import WaveView


class FlagKind(StrEnum):
    """What a flag's values are."""

    BOOLEAN = "boolean"
    STRING = "string"
    INTEGER = "integer"
    OBJECT = "object"


class Reason(StrEnum):
    """Why a flag says what it says, in OpenFeature's words."""

    STATIC = "STATIC"  # the same for everybody in this market
    TARGETING_MATCH = "TARGETING_MATCH"  # a wave reaches what the context says of the customer
    SPLIT = "SPLIT"  # by the share, or by the stripe
    DEFAULT = "DEFAULT"  # waves go on here, and none reaches this context
    DISABLED = "DISABLED"  # forced off by a person


@dataclass(frozen=True)
class Flag:
    """All that an answer depends on: values, waves, and the markets where it is forced off."""

    id: int
    key: str
    on: Any
    off: Any
    rollout_id: int
    state: RolloutState
    markets: Sequence[str]
    waves: Sequence[WaveView]
    killed: Collection[str] = frozenset()


@dataclass(frozen=True)
class FlagAnswer:
    """What a flag says in a context, why, and by which wave (None by none)."""

    key: str
    value: Any
    is_on: bool
    reason: Reason
    rollout_id: int
    wave: int | None = None

    @property
    def variant(self) -> str:
        """Return the variant's name."""
        return "on" if self.is_on else "off"

    @property
    def metadata(self) -> Mapping[str, str | int]:
        """Return where the answer comes from."""
        known: dict[str, str | int] = {"rollout": f"ROL-{self.rollout_id}"}
        return known if self.wave is None else known | {"wave": self.wave}


@dataclass(frozen=True)
class FeatureDraft:
    """What somebody writes of a feature."""

    key: str
    title: str
    rollout_id: int
    kind: FlagKind = FlagKind.BOOLEAN
    on: Any = True
    off: Any = False
    owner: str = ""
    adoption: str = ""
    errors: str = ""


@dataclass(frozen=True)
class KillView:
    """A market in which a person has forced the feature off."""

    market: str
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lifted_because: str = ""


@dataclass(frozen=True)
class FeatureView:
    """A feature as screens and the API show it, the newest kill first."""

    id: int
    key: str
    title: str
    kind: FlagKind
    on: Any
    off: Any
    owner: str
    adoption: str
    errors: str
    rollout_id: int
    change_id: int
    rollout_title: str
    state: RolloutState
    markets: Sequence[str]
    waves: Sequence[WaveView]
    created_at: datetime
    created_by: str
    requester: str = ""
    implementer: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_because: str = ""
    kills: Sequence[KillView] = field(default=())

    @property
    def killed(self) -> frozenset[str]:
        """Return the markets where it is forced off now."""
        return frozenset(each.market for each in self.kills if each.lifted_at is None)

    @property
    def flag(self) -> Flag:
        """Return what its answers depend on."""
        return Flag(
            self.id,
            self.key,
            self.on,
            self.off,
            self.rollout_id,
            self.state,
            self.markets,
            self.waves,
            self.killed,
        )
