"""Gates and their evidence as frozen values. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from changes.gates.lifecycle import Effect, Judgement, Phase
from changes.gates.rules.counting import Counters
from changes.gates.rules.definition import Metric
from changes.gates.rules.providers import ProviderKind


@dataclass(frozen=True)
class Measurement:
    """One measurement as it was kept: the question, the figures, the judgement and what it made.

    ``result`` are all figures where there were several. ``used`` are the days its baseline rests
    on, ``left_out`` the others with the reason. ``by`` is the person, empty for the clock.
    """

    id: int
    number: int
    at: datetime
    query: str
    value: float | None
    result: Sequence[str]
    samples: float | None
    baseline: float | None
    baseline_judgement: Judgement | None
    used: Sequence[str]
    left_out: Mapping[str, str]
    judgement: Judgement
    why: str
    phase: Phase
    counters: Counters
    by: str = ""
    planned_at: datetime | None = None
    is_consumed: bool = False


@dataclass(frozen=True)
class SeriesView:
    """One metric in one market: where it stands, its counters and its newest measurement."""

    metric: Metric
    market: str
    phase: Phase
    why: str
    counters: Counters
    number: int
    effect: Effect
    counts: bool
    newest: Measurement | None = None
    next_at: datetime | None = None
    decided_at: datetime | None = None
    is_stopped: bool = False

    @property
    def question(self) -> str:
        """Return what a person is asked now; empty where nobody is, or not any more."""
        if self.metric.provider.kind is not ProviderKind.MANUAL or self.phase.is_final:
            return ""
        return str(self.metric.provider.at(self.market)["question"])


@dataclass(frozen=True)
class GateView:
    """A gate with its verdict, in words and per market, and every series."""

    id: int
    about: str
    phase: Phase
    effect: Effect
    why: str
    markets: Mapping[str, Phase]
    series: Sequence[SeriesView]
    components: Sequence[str]
    opened_at: datetime
    opened_by: str
    decided_at: datetime | None
    through: int
    consumed: int
    is_rollback_tested: bool = False

    @property
    def words(self) -> str:
        """Return the verdict in one sentence without its full stop."""
        if self.phase.is_final:
            return f"{self.phase}: {self.why}" if self.why else str(self.phase)
        done = sum(each.phase.is_final for each in self.series)
        waiting = sum(bool(each.question) for each in self.series)
        asked = f", {waiting} to be answered by hand" if waiting else ""
        return f"{self.phase}: {done} of {len(self.series)} decided{asked}"


@dataclass(frozen=True)
class EvidencePage:
    """Some measurements, the newest first, and the cursor of the next page; empty at the end."""

    items: Sequence[Measurement]
    next: str = ""


@dataclass(frozen=True)
class Point:
    """One measurement as a chart draws it."""

    at: datetime
    value: float | None
    baseline: float | None
    judgement: Judgement
    number: int
