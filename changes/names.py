"""Names of people: how they are compared, and how a typed one becomes that of an account. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

NEAREST = 3


def plain(name: str) -> str:
    """Return a name as it is compared: without capitals, each blank once, none around it."""
    return " ".join(name.split()).casefold()


def same(one: str, other: str) -> bool:
    """Tell whether two names are one person's; an empty name is nobody's."""
    return bool(one.strip()) and plain(one) == plain(other)


def is_among(name: str, others: Iterable[str]) -> bool:
    """Tell whether somebody is among others."""
    return any(same(name, each) for each in others)


@dataclass(frozen=True)
class Accounts:
    """Who may sign in: sign-in name and display name."""

    shown: Mapping[str, str]
    _by_plain: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find accounts by either of their names; a display name of two people is nobody's."""
        found: dict[str, str] = {}
        twice: set[str] = set()
        for name, display in self.shown.items():
            key = plain(display)
            twice |= {key} & found.keys()
            found[key] = name
        kept = {key: name for key, name in found.items() if key not in twice | {""}}
        names = {plain(name): name for name in self.shown}
        object.__setattr__(self, "_by_plain", {**kept, **names})

    def called(self, typed: str) -> str:
        """Return the account's name for what was typed; what is no account's keeps its letters."""
        return self._by_plain.get(plain(typed)) or " ".join(typed.split())

    def nearest(self, typed: str) -> list[str]:
        """Return the few accounts that are written most like it."""
        close = get_close_matches(plain(typed), list(self._by_plain), NEAREST, 0.5)
        return list(dict.fromkeys(self._by_plain[each] for each in close))

    def faults(self, duties: Mapping[str, str]) -> list[str]:
        """Return, for duties held by nobody who may sign in, what, where and the cure."""
        return [
            f"the {duty} {name[:64]!r} has no account that may sign in; {self._cure(name)}"
            for duty, name in duties.items()
            if name and name not in self.shown
        ]

    def _cure(self, name: str) -> str:
        near = self.nearest(name)
        named = f"name one, such as {' or '.join(near)}; " if near else "name one; "
        return (
            f"{named}a vendor's engineer stands under the vendor or the others at work, or is "
            "given an account by an admin"
        )


def called_of(names: Collection[str]) -> dict[str, str]:
    """Return how people are written whose names are compared otherwise than they are written."""
    written = {plain(each): " ".join(each.split()) for each in sorted(names)}
    return {key: each for key, each in written.items() if key != each}
