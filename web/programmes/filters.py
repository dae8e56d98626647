"""Filters of the board: the same for the drawing, the address, and the script that applies them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from changes.programmes.lifecycle import SiteState
from changes.programmes.values import Board, SiteLine
from web.noc.asked import Asked
from web.noc.choices import Choice

NAMES = ("state", "wave", "region", "market", "kind", "crew", "q")


@dataclass(frozen=True)
class BoardFilter:
    """What the board is narrowed to; empty means all. Every word of ``q`` must be in the name."""

    state: str = ""
    wave: str = ""
    region: str = ""
    market: str = ""
    kind: str = ""
    crew: str = ""
    q: str = ""

    def leaves(self, site: SiteLine, name: str) -> bool:
        """Tell whether a site stays; ``name`` is what its square is called."""
        if not self.is_any:
            return True
        same = (
            (self.state, site.state.value),
            (self.wave, str(site.wave)),
            (self.region, site.region),
            (self.market, site.market),
            (self.kind, site.kind),
            (self.crew, site.crew),
        )
        if any(wanted and wanted != found for wanted, found in same):
            return False
        text = name.lower()
        return all(word in text for word in self.q.lower().split())

    @property
    def is_any(self) -> bool:
        """Tell whether anything is asked for."""
        return any((self.state, self.wave, self.region, self.market, self.kind, self.crew, self.q))


def filter_of(asked: Asked) -> BoardFilter:
    """Return what an address asks for; a value that no site has leaves none."""
    return BoardFilter(**{name: asked[name] for name in NAMES})


def choices(board: Board, asked: Asked, is_for_list: bool = False) -> list[Choice]:
    """Return the filters with what this programme's sites may be asked by."""
    sites = board.sites
    waves = [(str(each.position), f"{each.position} · {each.name}") for each in board.waves]
    states = [(each.value, each.value.capitalize()) for each in SiteState]
    found = [
        Choice("state", "State", [("", "Any state"), *states], asked["state"]),
        Choice("wave", "Wave", [("", "All waves"), *waves], asked["wave"]),
        _values("market", "Market", "All markets", (each.market for each in sites), asked),
        _values("region", "Region", "All regions", (each.region for each in sites), asked),
        _kinds(board, asked),
        _values("crew", "Crew", "Any crew", (each.crew for each in sites), asked),
    ]
    return [each for each in found if is_for_list or len(each.options) > 2 or each.chosen]


def _values(name: str, label: str, every: str, given: Iterable[str], asked: Asked) -> Choice:
    known: Sequence[str] = sorted({*given, asked[name]} - {""})
    return Choice(name, label, [("", every), *((each, each) for each in known)], asked[name])


def _kinds(board: Board, asked: Asked) -> Choice:
    """Return what may be in the way: kinds of blocks by their titles, guards by their keys."""
    known = sorted({*(each.kind for each in board.sites), asked["kind"]} - {""})
    named = [(each, word_of(each, board.blocked_kinds)) for each in known]
    return Choice("kind", "In the way", [("", "Anything"), *named], asked["kind"])


def word_of(kind: str, titles: Mapping[str, str]) -> str:
    """Return the title of what is in the way."""
    return titles.get(kind) or kind[:1].upper() + kind[1:]
