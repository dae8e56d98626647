"""What a round of approval asks for, as data: stages, their demands, and when they apply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from ssoc.core.permissions import Role


class Reach(StrEnum):
    """Which markets of the change somebody must hold the role in to answer a demand."""

    ANY = "any"  # so many people over all its markets together, each at home in one of them
    EACH = "each"  # so many people in each of its markets
    ALL = "all"  # so many people who hold the role in every one of its markets


class OnTimeout(StrEnum):
    """What silence leads to. There is no third word: silence never approves (rule A4)."""

    ESCALATE = "escalate"
    REJECT = "reject"


@dataclass(frozen=True)
class Condition:
    """All of it must hold; what is left out is not asked. Unknown risk counts as the highest."""

    risk_at_least: float | None = None
    criticality: str = ""
    markets_at_least: int | None = None

    def holds(self, facts: "Facts") -> bool:
        """Tell whether a change is of this kind."""
        risk = 100.0 if facts.risk is None else facts.risk
        return (
            (self.risk_at_least is None or risk >= self.risk_at_least)
            and (not self.criticality or self.criticality in facts.criticalities)
            and (self.markets_at_least is None or facts.markets >= self.markets_at_least)
        )


@dataclass(frozen=True)
class Facts:
    """What conditions ask of a change."""

    risk: float | None = None
    criticalities: frozenset[str] = frozenset()
    markets: int = 1


@dataclass(frozen=True)
class Demand:
    """``count`` people who hold ``role``; or, ``by_meeting``, one decision of the board."""

    role: Role
    count: int = 1
    markets: Reach = Reach.ANY
    by_meeting: bool = False

    def __post_init__(self) -> None:
        """Refuse a demand that nobody has to meet."""
        if self.count < 1:
            raise ValueError(f"count is {self.count}; at least 1 person must answer")


@dataclass(frozen=True)
class Stage:
    """One stage: all demands must be met; ``when`` lists conditions, one of which must hold."""

    name: str
    demands: Sequence[Demand]
    when: Sequence[Condition] = ()
    timeout: timedelta | None = None
    on_timeout: OnTimeout = OnTimeout.ESCALATE
    escalate_to: Role = Role.CHANGE_MANAGER

    def __post_init__(self) -> None:
        """Refuse a stage that asks nobody: it would approve by silence."""
        if not self.demands:
            raise ValueError(f"stage {self.name} asks nobody; give it a demand or remove it")

    def applies(self, facts: Facts) -> bool:
        """Tell whether a change has to pass this stage."""
        return not self.when or any(each.holds(facts) for each in self.when)


@dataclass(frozen=True)
class ApprovalPolicy:
    """Stages in their order; none means that nobody is asked."""

    stages: Sequence[Stage] = ()
    note: str = ""

    def stages_for(self, facts: Facts) -> tuple[Stage, ...]:
        """Return the stages a change has to pass."""
        return tuple(each for each in self.stages if each.applies(facts))


@dataclass(frozen=True)
class Quorum:
    """Who must sit in a meeting of the board for it to decide."""

    people: int = 3
    roles: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse roles that nobody can hold."""
        strange = sorted(set(self.roles) - set(Role))
        if strange:
            raise ValueError(f"{strange[0]} is no role; roles are {', '.join(Role)}")


@dataclass(frozen=True)
class Approvals:
    """The section of the policy: who is asked, by name of the policy that a type names."""

    policies: Mapping[str, ApprovalPolicy]
    otherwise: str = "normal"  # for types that name none
    quorum: Quorum = field(default_factory=Quorum)
    link_lasts: timedelta = timedelta(days=3)
    longest_delegation: timedelta = timedelta(days=92)

    def __post_init__(self) -> None:
        """Refuse a fallback that is not there."""
        if self.otherwise not in self.policies:
            known = ", ".join(self.policies)
            raise ValueError(f"otherwise names {self.otherwise}; there are {known}")
