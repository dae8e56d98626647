"""What can collide: changes, works of vendors, freezes; and what a collision is. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from changes.lifecycle import Effect
from changes.names import called_of, plain
from changes.values import ChangeView
from ssoc.core.calendar import Span


class Kind(StrEnum):
    """What an item is."""

    CHANGE = "change"
    WORKS = "works"
    FREEZE = "freeze"


class Level(StrEnum):
    """How bad a finding is: one that blocks must be waived before the change is scheduled."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


LEVELS = (Level.INFO, Level.WARN, Level.BLOCK)


@dataclass(frozen=True)
class Item:
    """One thing in the calendar, with its spans in UTC, half-open.

    ``span`` is all it occupies; ``needed`` is its execution with the roll-back, which must fit
    into change hours; the rest of ``span`` is preparation and soak. ``components`` map to what
    happens to them. ``people`` stand as names are compared, ``called`` has those that are written
    otherwise. A freeze without components or without markets holds for all of them.
    ``hurt`` are markets that a change reaches beside its own, since the estate is another one now.
    """

    key: str
    kind: Kind
    name: str
    span: Span
    needed: Span
    components: Mapping[str, Effect] = field(default_factory=dict)
    markets: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    vendors: frozenset[str] = frozenset()
    gates: frozenset[str] = frozenset()
    rollback_needs: frozenset[str] = frozenset()
    is_hard: bool = False
    called: Mapping[str, str] = field(default_factory=dict)
    hurt: frozenset[str] = frozenset()

    @property
    def held(self) -> frozenset[str]:
        """Return the markets whose freezes and hours it is held to."""
        return self.markets | self.hurt

    def moved(self, by: timedelta) -> "Item":
        """Return the same item so much later."""
        span, needed = self.span, self.needed
        later = {
            "span": Span(span.since + by, span.until + by),
            "needed": Span(needed.since + by, needed.until + by),
        }
        return Item(**{**self.__dict__, **later})


@dataclass(frozen=True)
class Finding:
    """Two items that collide, or one with its market's calendar: why, how badly, where.

    ``key`` is the same for as long as rule, pair and subject are; ``place`` changes when one of
    the two moves, and then a waiver no longer holds. ``waivers`` are the roles who may waive it.
    """

    key: str
    rule: str
    level: Level
    subject: str
    items: tuple[str, ...]
    sentence: str
    path: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    place: str = ""

    @property
    def reason(self) -> str:
        """Return why, without the full stop: to stand inside another sentence."""
        return self.sentence.removesuffix(".")


def item_of(change: ChangeView, hurt: Iterable[str] = ()) -> Item:
    """Return a change that has a window as an item; ValueError without one."""
    if change.span is None or change.starts_at is None or change.ends_at is None:
        raise ValueError(f"{change.reference} has no window")
    return Item(
        key=change_key(change.id),
        kind=Kind.CHANGE,
        name=f"{change.reference} {change.title}",
        span=change.span,
        needed=Span(change.starts_at, change.ends_at + timedelta(minutes=change.rollback_minutes)),
        components={each.component: each.effect for each in change.touched},
        markets=frozenset(change.markets),
        people=frozenset(map(plain, change.people_at_work)),
        vendors=frozenset({change.vendor} - {""} if change.vendor_must_attend else ()),
        gates=frozenset(change.gates),
        rollback_needs=frozenset(change.rollback_needs),
        called=called_of(change.people_at_work),
        hurt=frozenset(hurt),
    )


def change_key(change_id: int) -> str:
    """Return the key of a change as an item."""
    return f"change:{change_id}"


def number_of(key: str) -> int | None:
    """Return the number of the change that a key names; None for anything else."""
    kind, _, number = key.partition(":")
    return int(number) if kind == Kind.CHANGE and number.isdecimal() else None


def key_of(rule: str, items: tuple[str, ...], subject: str) -> str:
    """Return the stable key of a finding: ``C1-`` and the start of a hash."""
    text = "|".join([rule, *sorted(items), subject])
    return f"{rule}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def overlap(one: Span, other: Span) -> Span | None:
    """Return what two half-open spans share; None when they only touch."""
    since, until = max(one.since, other.since), min(one.until, other.until)
    return Span(since, until) if since < until else None


def when(span: Span) -> str:
    """Return a span in words: ``26 Oct 21:00 to 23:00 UTC``; the second day only if another."""
    since, until = span
    last = f"{until:%H:%M}" if until.date() == since.date() else f"{until.day} {until:%b %H:%M}"
    return f"{since.day} {since:%b %H:%M} to {last} UTC"
