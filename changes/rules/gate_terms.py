"""Gates that come along to choose from when waves are planned: metrics with their usual limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class MetricTemplate:
    """One metric of a template; exactly one of ``kpi``, ``sample`` with ``check``, ``question``.

    ``success`` is the condition under which a measurement is good, ``lowest`` how many points
    below what is usual at that hour it may lie. ``delay`` is the wait before the first measurement,
    best as long as the window that it looks at.
    """

    title: str
    kpi: str = ""
    check: str = ""
    sample: str = ""
    question: str = ""
    over: str = ""
    unit: str = ""
    success: str = ""
    lowest: float | None = None
    interval: str = ""
    delay: str = ""
    count: int | None = None
    failure_limit: int = 0
    min_samples: float = 0
    on_failed: str = ""
    on_no_data: str = ""

    @property
    def provider(self) -> Mapping[str, Any]:
        """Return who gives its figure, as a definition has it."""
        if self.question:
            return {"manual": {"question": self.question}}
        source = {"kpi": self.kpi} if self.kpi else {"check": self.check, "sample": self.sample}
        return {"samples": {**source, **({"over": self.over} if self.over else {})}}

    def definition(self, name: str) -> dict[str, Any]:
        """Return it as a metric of a gate is written, what is usual left out."""
        found: dict[str, Any] = {
            "name": name,
            "title": self.title,
            "provider": dict(self.provider),
            "unit": self.unit,
            "success_condition": self.success,
            "baseline": None if self.lowest is None else {"lowest": self.lowest},
            "interval": self.interval,
            "initial_delay": self.delay,
            "count": self.count,
            "failure_limit": self.failure_limit,
            "min_samples": self.min_samples,
            "on_failed": self.on_failed,
            "on_no_data": self.on_no_data,
        }
        return {key: value for key, value in found.items() if value not in ("", None, 0)}


@dataclass(frozen=True)
class GateTemplate:
    """A gate to begin with."""

    title: str
    metrics: Mapping[str, MetricTemplate]

    @property
    def definitions(self) -> list[dict[str, Any]]:
        """Return its metrics as a gate has them."""
        return [each.definition(name) for name, each in self.metrics.items()]


@dataclass(frozen=True)
class GateTerms:
    """The templates by key, the first one being what a new wave begins with.

    ``attributes`` are those of a context that a cohort is offered by.
    """

    templates: Mapping[str, GateTemplate]
    attributes: Sequence[str] = field(default=("stripe",))
