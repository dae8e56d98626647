"""What tools outside change on our platforms: where it belongs, and whether it was announced."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from string import Formatter

from changes.lifecycle import State
from changes.values import ChangeView
from ssoc.estate.values import Estate

LONGEST = 255  # characters of a name that patterns look at
AUTHORISED = frozenset(
    {
        State.APPROVED,
        State.SCHEDULED,
        State.RUNNING,
        State.ENDED,
        State.REVIEWED,
        State.CLOSED,
    }
)


@dataclass(frozen=True)
class DoorTerms:
    """How one tool proves who it is, for which markets, and which branches deploy."""

    secret: str = ""
    markets: Sequence[str] = ()
    branches: Sequence[str] = ("main", "master")


@dataclass(frozen=True)
class Deployed:
    """What a tool says it has deployed: names of its own world."""

    source: str = ""
    repository: str = ""
    environment: str = ""
    application: str = ""

    @cached_property
    def names(self) -> dict[str, str]:
        """Return its names as patterns see them: lower case, cut to a bearable length."""
        given = {
            "source": self.source,
            "repository": self.repository,
            "environment": self.environment,
            "application": self.application,
        }
        return {name: value.casefold()[:LONGEST] for name, value in given.items()}


@dataclass(frozen=True)
class PlaceRule:
    """Which component and market a deployment means; ``rank`` orders the rules, lowest first."""

    component: str = ""
    market: str = ""
    source: str = ""
    repository: str = ""
    environment: str = ""
    application: str = ""
    rank: int = 0

    def __post_init__(self) -> None:
        """Refuse patterns that are none, and names that no pattern has caught."""
        caught = {"source", "repository", "environment", "application"}
        for name, pattern in self._patterns.items():
            try:
                caught |= set(re.compile(pattern).groupindex)
            except re.error as error:
                raise ValueError(f"{name}: {pattern!r} is no pattern: {error}") from error
        for template in (self.component, self.market):
            for name in _names_in(template) - caught:
                raise ValueError(
                    f"{{{name}}} is caught by no pattern; write (?P<{name}>…) in one of them"
                )

    @property
    def _patterns(self) -> dict[str, str]:
        names = ("source", "repository", "environment", "application")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def place(self, deployed: Deployed) -> tuple[str, str] | None:
        """Return the component and the market it means, None when a pattern does not fit."""
        caught = dict(deployed.names)
        for name, pattern in self._patterns.items():
            fits = re.fullmatch(pattern, deployed.names[name], re.IGNORECASE)
            if fits is None:
                return None
            caught |= {key: value or "" for key, value in fits.groupdict().items()}
        return self.component.format_map(caught), self.market.format_map(caught).upper()


def _names_in(template: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError as error:
        raise ValueError(f"{template!r}: {error}") from error


@dataclass(frozen=True)
class Ignored:
    """Entries of the change log that need no change; empty patterns fit everything."""

    because: str
    source: str = ""
    component: str = ""
    summary: str = ""

    def __post_init__(self) -> None:
        """Refuse patterns that are none, and one that would ignore everything."""
        given = [self.source, self.component, self.summary]
        if not any(given):
            raise ValueError("it would ignore everything: name a source, component or summary")
        for pattern in given:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no pattern: {error}") from error

    def covers(self, entry: "Entry") -> bool:
        """Tell whether the entry is one of these."""
        pairs = (
            (self.source, entry.source),
            (self.component, entry.component),
            (self.summary, entry.summary),
        )
        return all(
            not pattern or re.fullmatch(pattern, text[:LONGEST], re.IGNORECASE)
            for pattern, text in pairs
        )


@dataclass(frozen=True)
class Watched:
    """Components on which nothing changes unannounced."""

    criticalities: Sequence[int] = (1, 2)
    kinds: Sequence[str] = ()


@dataclass(frozen=True)
class OutsidePolicy:
    """How the change log is read, as data."""

    doors: Mapping[str, DoorTerms] = field(default_factory=dict)
    places: Mapping[str, PlaceRule] = field(default_factory=dict)
    references: Sequence[str] = ()
    watched: Watched = field(default_factory=Watched)
    tolerance: timedelta = timedelta(minutes=15)
    joining: timedelta = timedelta(hours=6)
    looked_back: timedelta = timedelta(days=1)
    raised_type: str = "emergency"
    ignored: Mapping[str, Ignored] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse patterns that are none."""
        for pattern in self.references:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"references: {pattern!r} is no pattern: {error}") from error

    @cached_property
    def reference_pattern(self) -> re.Pattern[str] | None:
        """Return what finds numbers of changes in a text."""
        if not self.references:
            return None
        either = "|".join(f"(?:{each})" for each in self.references)
        return re.compile(rf"(?<![\w-])(?:{either})(?!\w)", re.IGNORECASE)


def place(deployed: Deployed, policy: OutsidePolicy, estate: Estate) -> tuple[str, str]:
    """Return the component and market that a deployment means; empty what the estate has not.

    The first rule that names a component of the estate wins; when none does, the first that
    names a market of it.
    """
    known = {key.casefold(): key for key in estate.components}
    fallback = ""
    for rule in sorted(policy.places.values(), key=lambda each: each.rank):
        found = rule.place(deployed)
        if found is None:
            continue
        market = found[1] if found[1] in estate.markets else ""
        market = fallback = fallback or market
        if component := known.get(found[0].casefold(), ""):
            held = estate.markets_of(component)
            if not market:
                return component, held[0] if len(held) == 1 else ""
            if market in held:
                return component, market
    return "", fallback


def references_in(texts: Sequence[str], policy: OutsidePolicy) -> list[str]:
    """Return the numbers of changes that texts name, each once, in their order."""
    pattern = policy.reference_pattern
    if pattern is None:
        return []
    found = (each.group() for text in texts for each in pattern.finditer(text[:4096]))
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Entry:
    """One entry of the change log, as far as it is judged."""

    at: datetime
    source: str
    summary: str
    market: str = ""
    component: str = ""


@dataclass(frozen=True)
class Judgement:
    """What became of an entry, the change it belongs to, and why."""

    verdict: str
    reason: str
    change_id: int | None = None


def covers(change: ChangeView, entry: Entry, tolerance: timedelta) -> bool:
    """Tell whether the change was authorised to do this, here and then.

    Its time is what it was planned to occupy, and what its execution really took.
    """
    return (
        change.state in AUTHORISED
        and not change.is_unauthorised
        and _is_there(change, entry)
        and is_then(change, entry.at, tolerance)
    )


def _is_there(change: ChangeView, entry: Entry) -> bool:
    if entry.component:
        here = entry.component in change.components
        return here and (not entry.market or entry.market in change.markets)
    return bool(entry.market) and entry.market in change.markets


def is_then(change: ChangeView, at: datetime, tolerance: timedelta) -> bool:
    """Tell whether the change covers that instant, give or take ``tolerance``."""
    if change.span and change.span.since - tolerance <= at < change.span.until + tolerance:
        return True
    if change.started_at is None or at < change.started_at - tolerance:
        return False
    return change.finished_at is None or at < change.finished_at + tolerance


def misfits(change: ChangeView, done: ChangeView, tolerance: timedelta) -> list[str]:
    """Return in words why ``done``, which nobody announced, is not what ``change`` planned."""
    name, at = change.reference, done.started_at
    strange = [each for each in done.components if each not in change.components]
    found = [f"{name} does not touch {', '.join(strange)}"] if strange else []
    if at is not None and not is_then(change, at, tolerance):
        found.append(f"the window of {name} is at another time")
    if at is not None and change.approved_at is not None and change.approved_at > at:
        found.append(f"{name} was approved only afterwards")
    return found


def unwatched_because(entry: Entry, policy: OutsidePolicy, estate: Estate) -> str:
    """Return why nobody need announce a change there, empty when it is watched."""
    known = estate.components.get(entry.component)
    if known is None:
        return "it names no component of the estate"
    if int(known.criticality) not in policy.watched.criticalities:
        return f"{known.key} is {known.criticality.name.lower()}, which is not watched"
    if policy.watched.kinds and known.kind not in policy.watched.kinds:
        return f"{known.key} is a {known.kind}, which is not watched"
    return ""
