"""What one package offers to the whole; ``<package>/module.py`` holds its MODULE."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from ssoc.core.work import Runtime, Subscription


class Service(Protocol):
    """Something the leading scheduler keeps running beside its jobs, as the poller is."""

    def start(self) -> None:
        """Begin; returns at once."""

    def stop(self) -> None:
        """End politely; what is in flight is finished or given up within a few seconds."""


@dataclass(frozen=True)
class Finding:
    """One thing that ``ssoc doctor`` looked at: ``good``, ``warning`` or ``bad``; what to do."""

    what: str
    verdict: str
    text: str
    cure: str = ""


@dataclass(frozen=True)
class Module:
    """Jobs with their intervals, services and subscriptions of one package.

    ``history`` are what a demo installation is given of a past; each does nothing where there is
    one. ``looks`` are what ``ssoc doctor`` looks at for the package, such as a server it needs.
    """

    name: str
    jobs: Mapping[Callable[[Runtime], None], timedelta] = field(default_factory=dict)
    services: Sequence[Callable[[Runtime], Service]] = ()
    subscriptions: Sequence[Subscription] = ()
    history: Sequence[Callable[[Runtime], None]] = ()
    looks: Sequence[Callable[[Runtime], Iterator[Finding]]] = ()
