"""What the address of a list asks for: filters, where the page begins, the row with the bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Request, url_for


@dataclass(frozen=True)
class Chip:
    """A filter in force; ``href`` is the page without it."""

    name: str
    word: str
    href: str


@dataclass(frozen=True)
class Asked:
    """The address of a list, read; ``given`` holds the filters that are not empty."""

    endpoint: str
    given: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""
    at: str = ""
    place: Mapping[str, Any] = field(default_factory=dict)  # what the address names on its way

    def __getitem__(self, name: str) -> str:
        """Return a filter's value, its default when it is not given."""
        return self.given.get(name) or self.defaults.get(name, "")

    @property
    def in_force(self) -> list[str]:
        """Return the filters that narrow the list against its usual view."""
        return [name for name in self.given if self[name] != self.defaults.get(name, "")]

    def link(self, **changed: str) -> str:
        """Return the page with some filters changed, from its beginning."""
        kept = {**self.given, **changed}
        pairs = {key: each for key, each in kept.items() if each != self.defaults.get(key, "")}
        return url_for(self.endpoint, **self.place) + (f"?{urlencode(pairs)}" if pairs else "")

    def chips(self, words: Mapping[str, str]) -> list[Chip]:
        """Return the filters in force; ``words`` replaces names and values that say little."""
        return [
            Chip(words.get(name, name), words.get(self[name], self[name]), self.link(**{name: ""}))
            for name in self.in_force
        ]


def asked_of(
    request: Request,
    endpoint: str,
    names: Sequence[str],
    defaults: Mapping[str, str],
    **place: object,
) -> Asked:
    """Read a request's address; parameters nobody knows are left alone."""
    given = {name: request.args.get(name, "").strip()[:200] for name in names}
    return Asked(
        endpoint,
        {name: value for name, value in given.items() if value},
        defaults,
        request.args.get("cursor", "")[:200],
        request.args.get("at", "")[:40],
        place,
    )
