"""Programmes and sites as frozen values: what screens and the API show. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from changes.programmes.lifecycle import SiteMove, SiteState
from changes.programmes.rules.guards import Obstacle
from changes.programmes.rules.readiness import ReadinessStanding

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class ReleaseView:
    """What is brought to sites; ``change`` is the reference of the change that was approved."""

    id: int
    programme_id: int
    name: str
    versions: Mapping[str, str]
    change_id: int | None
    frozen_at: datetime | None
    frozen_by: str
    version: int = field(default=1, compare=False)

    @property
    def change(self) -> str:
        """Return ``CHG-12``, empty without one."""
        return f"CHG-{self.change_id}" if self.change_id else ""


@dataclass(frozen=True)
class ProgrammeWaveView:
    """One wave with how many of its sites stand where."""

    id: int
    programme_id: int
    release_id: int
    release: str
    position: int
    name: str
    market: str
    region: str
    per_week: int
    criteria_in: Sequence[str]
    criteria_out: Sequence[str]
    starts_on: date | None
    ends_on: date | None
    paused_at: datetime | None
    paused_by: str
    paused_because: str
    counts: Mapping[SiteState, int]
    version: int = field(default=1, compare=False)

    @property
    def sites(self) -> int:
        """Return how many sites it has."""
        return sum(self.counts.values())

    @property
    def accepted(self) -> int:
        """Return how many sites are done."""
        return self.counts.get(SiteState.ACCEPTED, 0)


@dataclass(frozen=True)
class ProgrammeView:
    """One programme, with how many of its sites stand where."""

    id: int
    name: str
    purpose: str
    sponsor: str
    authority: str
    markets: Sequence[str]
    starts_on: date | None
    ends_on: date | None
    steering: Mapping[str, Sequence[str]]
    terms: Mapping[str, Any]
    brake: Mapping[str, Any]
    baseline: Mapping[str, int]
    created_at: datetime
    created_by: str
    counts: Mapping[SiteState, int]
    version: int = field(default=1, compare=False)

    def steers(self, name: str) -> bool:
        """Tell whether somebody is of the steering: in one of its roles, or the authority."""
        return bool(name) and any(
            name in people for people in (*self.steering.values(), [self.authority])
        )

    @property
    def reference(self) -> str:
        """Return what people call it: ``PRG-3``."""
        return f"PRG-{self.id}"

    @property
    def sites(self) -> int:
        """Return how many sites it has."""
        return sum(self.counts.values())

    @property
    def accepted(self) -> int:
        """Return how many sites are done."""
        return self.counts.get(SiteState.ACCEPTED, 0)

    @property
    def under_way(self) -> int:
        """Return how many sites have begun and go on."""
        return sum(number for state, number in self.counts.items() if state.is_under_way)


@dataclass(frozen=True)
class SiteLine:
    """One site as boards and lists show it; ``id`` is that of its way in the release.

    ``blocks`` is what stands in its way, in words: why it is blocked, else the first obstacle of
    its next move; empty when it may go. ``kind`` is the key of that: the kind of the block, or the
    guard that asked. ``others`` is how many more obstacles there are. ``is_lost`` tells that the
    site had its readiness and lost it; then that stands first.
    """

    id: int
    site_id: int
    code: str
    name: str
    market: str
    region: str
    wave_id: int
    wave: int
    state: SiteState
    was: SiteState | None
    slot_on: date | None
    crew: str
    moved_at: datetime
    blocks: str = ""
    kind: str = ""
    others: int = 0
    owner: str = ""
    deferred_to: date | None = None
    is_lost: bool = False


@dataclass(frozen=True)
class SitePage:
    """One page of a list of sites; ``next`` is the cursor of the following one."""

    items: Sequence[SiteLine]
    next: str
    counts: Mapping[SiteState, int]

    @property
    def total(self) -> int:
        """Return how many sites the filters leave, whatever their state."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Board:
    """Every site of a programme that the actor may see, and its waves in order."""

    programme: ProgrammeView
    waves: Sequence[ProgrammeWaveView]
    sites: Sequence[SiteLine]
    blocked_kinds: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One move of a site."""

    move: str
    state: SiteState
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class MoveOffer:
    """A move that can be chosen: where it leads, what is in its way, what has to be said.

    ``asks`` names the fields it needs: ``reason``, ``kind``, ``owner``, ``until``.
    """

    move: SiteMove
    to: SiteState
    obstacles: Sequence[Obstacle]
    asks: Sequence[str]
    is_next: bool = False
    is_allowed: bool = True  # the actor has the permission for it

    @property
    def is_free(self) -> bool:
        """Tell whether nothing is in its way."""
        return not self.obstacles


@dataclass(frozen=True)
class Person:
    """Somebody who works at a site."""

    id: int
    code: str
    name: str
    role: str
    joined_on: date | None
    left_on: date | None


@dataclass(frozen=True)
class SiteView:
    """One site on its way: its sheet, where it stands, and what can be done."""

    id: int
    programme_id: int
    programme: str
    wave_id: int
    wave: int
    wave_name: str
    wave_paused_because: str
    release_id: int
    release: str
    versions: Mapping[str, str]
    site_id: int
    code: str
    name: str
    market: str
    region: str
    type: str
    zone: str
    opening_hours: Mapping[str, Sequence[str]]
    busiest_days: Sequence[str]
    connectivity: str
    latitude: float | None
    longitude: float | None
    minimum_staff: int
    contacts: Rows
    hardware: Rows
    banks: Sequence[str]
    staff: int
    survey_lacks: Sequence[str]
    state: SiteState
    was: SiteState | None
    slot_on: date | None
    crew: str
    champion: str
    blocked_because: str
    blocked_kind: str
    blocked_owner: str
    blocked_at: datetime | None
    deferred_to: date | None
    deferred_by: str
    moved_at: datetime
    cut_over_at: datetime | None
    accepted_at: datetime | None
    readiness: ReadinessStanding
    readiness_lost: str
    moves: Sequence[MoveOffer]
    version: int = field(default=1, compare=False)
    site_version: int = field(default=1, compare=False)

    @property
    def next(self) -> MoveOffer | None:
        """Return the move that leads on, None at the end."""
        return next((each for each in self.moves if each.is_next), None)
