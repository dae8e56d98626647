"""What one package offers to the whole; ``<package>/module.py`` holds its MODULE."""

from collections.abc import Callable, Mapping, Sequence
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
class Module:
    """Jobs with their intervals, services and subscriptions of one package.

    ``history`` are what a demo installation is given of a past; each does nothing where there is
    one.
    """

    name: str
    jobs: Mapping[Callable[[Runtime], None], timedelta] = field(default_factory=dict)
    services: Sequence[Callable[[Runtime], Service]] = ()
    subscriptions: Sequence[Subscription] = ()
    history: Sequence[Callable[[Runtime], None]] = ()
