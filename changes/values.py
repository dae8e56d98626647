"""A change as a frozen value: what rules, screens and the API decide and show with. Pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from changes import names
from changes.lifecycle import Effect, Outcome, State
from ssoc.core.calendar import Span

FOUND = "change log"  # the origin of what nobody announced
WAVES = "ssoc roll-outs"  # the source of entries of the change log that tell of waves


@dataclass(frozen=True)
class Touched:
    """A component the change touches, and what happens to it while it lasts."""

    component: str
    effect: Effect = Effect.NONE


@dataclass(frozen=True)
class PlanStep:
    """One step of a plan; ``needs`` are positions it waits for, by default the one before."""

    position: int
    title: str
    owner: str = ""
    planned_minutes: int = 0
    check: str = ""
    undo: str = ""
    is_hold_point: bool = False
    needs: Sequence[int] = ()


@dataclass(frozen=True)
class PlannedTest:
    """A test before the change; ``evidence`` is a text, a link or an attachment's name."""

    name: str
    evidence: str = ""
    passed: bool = False


@dataclass(frozen=True)
class Notice:
    """Somebody to be told, so many hours before the window begins."""

    to: str
    market: str = ""
    hours_before: int = 0
    text: str = ""
    sent_at: str = ""  # ISO, in UTC; empty until it was sent


@dataclass(frozen=True)
class Training:
    """People who must learn something before."""

    audience: str
    subject: str = ""
    done: bool = False


@dataclass(frozen=True)
class ChangeView:
    """One change with its plan; times in UTC, lengths in minutes."""

    id: int
    title: str
    type: str
    state: State
    requester: str
    markets: Sequence[str]
    touched: Sequence[Touched]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    preparation_minutes: int = 0
    rollback_minutes: int = 0
    soak_minutes: int = 0
    outcome: Outcome | None = None
    purpose: str = ""
    template_id: int | None = None
    implementer: str = ""
    verifier: str = ""
    team: str = ""
    people: Sequence[str] = ()
    vendor: str = ""
    vendor_must_attend: bool = False
    rollback_plan: str = ""
    rollback_rehearsed_at: datetime | None = None
    gates: Sequence[str] = ()
    rollback_needs: Sequence[str] = ()
    steps: Sequence[PlanStep] = ()
    tests: Sequence[PlannedTest] = ()
    notices: Sequence[Notice] = ()
    trainings: Sequence[Training] = ()
    origin: str = ""
    external_reference: str = ""
    is_unauthorised: bool = False
    is_preapproved: bool = False
    round: int = 0
    plan_digest: str = ""
    waves_digest: str | None = None
    risk_points: float | None = None
    created_at: datetime | None = None
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_because: str = ""
    version: int = field(default=1, compare=False)

    @property
    def reference(self) -> str:
        """Return what people call it: ``CHG-12``."""
        return f"CHG-{self.id}"

    @property
    def was_found(self) -> bool:
        """Tell whether it was found in the change log: nobody asked for it, planned or approved."""
        return self.origin == FOUND

    @property
    def components(self) -> tuple[str, ...]:
        """Return the keys of what it touches."""
        return tuple(each.component for each in self.touched)

    @property
    def window(self) -> Span | None:
        """Return the window of execution, None while it has none."""
        if self.starts_at is None or self.ends_at is None:
            return None
        return Span(self.starts_at, self.ends_at)

    @property
    def span(self) -> Span | None:
        """Return what it may occupy: preparation to roll-back and soak, half-open."""
        if self.starts_at is None or self.ends_at is None:
            return None
        return Span(
            self.starts_at - timedelta(minutes=self.preparation_minutes),
            self.ends_at + timedelta(minutes=self.rollback_minutes + self.soak_minutes),
        )

    @property
    def checkpoint(self) -> datetime | None:
        """Return the last moment to begin a roll-back that ends within the window."""
        if self.ends_at is None:
            return None
        return self.ends_at - timedelta(minutes=self.rollback_minutes)

    @property
    def people_at_work(self) -> frozenset[str]:
        """Return everybody who is busy with it: implementer, people, owners of steps."""
        named = {self.implementer, *self.people, *(each.owner for each in self.steps)}
        return frozenset(named - {""})

    def is_at_work(self, person: str) -> bool:
        """Tell whether somebody is busy with it, however the name is written there."""
        return names.is_among(person, self.people_at_work)


def plan_digest(change: ChangeView) -> str:
    """Return the hash of what an approval is about: scope, time and plan, not who or what it cost.

    An approval given to one digest is void for another (rule A7).
    """
    about: dict[str, object] = {
        "title": change.title,
        "type": change.type,
        "markets": sorted(change.markets),
        "touched": sorted([each.component, each.effect.value] for each in change.touched),
        "window": [each.isoformat() if each else "" for each in (change.starts_at, change.ends_at)],
        "minutes": [change.preparation_minutes, change.rollback_minutes, change.soak_minutes],
        "rollback": [change.rollback_plan, *sorted(change.rollback_needs)],
        "gates": sorted(change.gates),
        "steps": [
            [s.title, s.planned_minutes, s.check, s.undo, s.is_hold_point, list(s.needs)]
            for s in sorted(change.steps, key=lambda step: step.position)
        ],
    }
    if change.waves_digest:  # only then, so that what was approved without waves stays approved
        about["waves"] = change.waves_digest
    text = json.dumps(about, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
