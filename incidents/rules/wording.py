"""Texts as facts: what is told is kept in parts, and put into words for who reads it.

A component is kept by its key and named at reading; words that come from one market's alert or
silence keep that market. Who does not see the market reads how many there are, not which.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from ssoc.core.signs import calm
from ssoc.estate.values import Estate
from ssoc.monitoring.report import is_own_place

MOST_NAMES = 4
ELSEWHERE = "a component in another market"


@dataclass(frozen=True)
class Named:
    """Components by their keys, named one after the other."""

    components: tuple[str, ...]


@dataclass(frozen=True)
class Quoted:
    """Words for those who see all of ``markets``; the others read ``instead``."""

    text: str
    markets: tuple[str, ...]
    instead: str = ""


@dataclass(frozen=True)
class Across:
    """Markets by their codes, named one after the other."""

    markets: tuple[str, ...]


@dataclass(frozen=True)
class When:
    """An instant, in ISO 8601; its date is named to who reads it on another day."""

    at: str


Part = str | Named | Quoted | Across | When
Told = tuple[Part, ...]


class Reader(Protocol):
    """Whoever reads: what may be named to them, and when."""

    @property
    def now(self) -> datetime | None:
        """Return the instant of reading; None when it is not known."""

    def name(self, component: str) -> str:
        """Return the name of a component; empty when it belongs to other markets."""

    def sees(self, markets: Sequence[str]) -> bool:
        """Tell whether all ``markets`` are the reader's."""

    def market(self, code: str) -> str:
        """Return the name of a market; empty when it is not the reader's."""


@dataclass(frozen=True)
class Everybody:
    """The reader who sees every market: for what is stored and searched."""

    estate: Estate
    now: datetime | None = None

    def name(self, component: str) -> str:
        """Return the name."""
        return place_name(self.estate, component)

    def sees(self, markets: Sequence[str]) -> bool:  # noqa: ARG002 (all of them)
        """Say yes."""
        return True

    def market(self, code: str) -> str:
        """Return the name."""
        return market_name(self.estate, code)


def say(told: Sequence[Part], reader: Reader) -> str:
    """Return the words for one reader."""
    text = "".join(_words(part, reader) for part in told)
    return text[:1].upper() + text[1:] if text.startswith(ELSEWHERE) else text


def _words(part: Part, reader: Reader) -> str:
    match part:
        case Named(components):
            return _names(components, reader)
        case Quoted(text, markets, instead):
            return text if reader.sees(markets) else instead
        case Across(codes):
            return _markets(codes, reader)
        case When(at):
            return clock_words(datetime.fromisoformat(at), reader.now)
    return part


def when(at: datetime) -> When:
    """Return the part that names an instant."""
    return When(at.isoformat())


def clock_words(at: datetime, now: datetime | None) -> str:
    """Return an instant in UTC, with its date unless that is today's."""
    at = at.astimezone(UTC)
    if now is not None and at.date() == now.astimezone(UTC).date():
        return f"{at:%H:%M} UTC"
    year = "" if now is not None and at.year == now.year else f" {at.year}"
    return f"{at.day} {at:%b}{year} {at:%H:%M} UTC"


def _names(components: Sequence[str], reader: Reader) -> str:
    known = sorted(name for each in components if (name := reader.name(each)))
    hidden = len(components) - len(known)
    if hidden == len(components) == 1:
        return ELSEWHERE
    items = known[:MOST_NAMES]
    if len(known) > MOST_NAMES:
        items.append(f"{len(known) - MOST_NAMES} more")
    if hidden:
        items.append(f"{hidden} component{'' if hidden == 1 else 's'} in other markets")
    return phrase(items)


def _markets(codes: Sequence[str], reader: Reader) -> str:
    known = [name for each in codes if (name := reader.market(each))]
    hidden = len(codes) - len(known)
    if hidden:
        which = "other " if known else ""
        known.append(f"{hidden} {which}market{'' if hidden == 1 else 's'}")
    return phrase(known)


def market_name(estate: Estate, code: str) -> str:
    """Return the name of a market; an unknown code is its own name."""
    known = estate.markets.get(code)
    return known.name if known else code


def phrase(items: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def place_name(estate: Estate, component: str) -> str:
    """Return a component's name; of ``?KE/DiskFull`` the alert and its market."""
    if not component.startswith("?"):
        return estate.name_of(component)
    market, _, name = component[1:].partition("/")
    return calm(name if market == "-" or is_own_place(component) else f"{name} in {market}")


def to_plain(told: Sequence[Part]) -> list[Any]:
    """Return the parts as plain JSON."""
    return [part if isinstance(part, str) else asdict(part) for part in told]


def from_plain(stored: Sequence[Any]) -> Told:
    """Read what ``to_plain`` wrote."""
    return tuple(_part(each) for each in stored)


def _part(stored: Any) -> Part:  # noqa: ANN401 (any JSON)
    if isinstance(stored, str):
        return stored
    if "components" in stored:
        return Named(tuple(stored["components"]))
    if "at" in stored:
        return When(stored["at"])
    if "text" not in stored:
        return Across(tuple(stored["markets"]))
    return Quoted(stored["text"], tuple(stored["markets"]), stored["instead"])
