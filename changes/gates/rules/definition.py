"""What a gate measures and tolerates: read from plain values, every fault named at once. Pure.

Fields, defaults and refusals are those of Argo Rollouts' analysis, with our own beside them
(docs/health-gates.md). Names may be written ``failure_limit`` or, as Argo does, ``failureLimit``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from changes.gates.rules import expressions
from changes.gates.rules.expressions import Expression, Limit
from changes.gates.rules.providers import Provider, ProviderKind, read_provider
from changes.gates.rules.reading import Readings, duration, figure, one_of, switch, text, whole
from ssoc.core.errors import BadInput

MOST_METRICS = 50
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\- ]{0,63}")
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
ANSWERED_YES = expressions.read("result == 1")  # a person's yes is 1, a no is 0
_LEAST_INTERVAL = timedelta(seconds=1)
_MOST = 1_000_000


class BadDefinition(BadInput):
    """A gate cannot be read; ``faults`` are sentences without their full stop."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("; ".join(self.faults))


class OnFailed(StrEnum):
    """What follows when a metric failed."""

    PAUSE = "pause"
    ROLL_BACK = "rollback"
    NOTIFY = "notify"


class OnNoData(StrEnum):
    """What follows when a metric had nothing to judge for too long."""

    PAUSE = "pause"
    WAIT = "wait"
    NOTIFY = "notify"


@dataclass(frozen=True)
class Baseline:
    """How far a value may lie from the usual one; below ``lowest`` or above ``highest`` it fails.

    In points of the value's own unit, or in percent of the usual value.
    """

    lowest: float | None = None
    highest: float | None = None
    in_percent: bool = False


@dataclass(frozen=True)
class Metric:
    """A series of measurements with limits, measured in each market by itself.

    A ``count`` of None has no end. ``is_per_market`` is False for what is answered once for all.
    """

    name: str
    provider: Provider
    title: str = ""
    unit: str = ""
    interval: timedelta | None = None
    initial_delay: timedelta = timedelta()
    count: int | None = 1
    success_condition: Expression | None = None
    failure_condition: Expression | None = None
    failure_limit: int = 0
    inconclusive_limit: int = 0
    consecutive_error_limit: int = 4
    consecutive_success_limit: int = 0
    min_samples: float = 0
    baseline: Baseline | None = None
    on_failed: OnFailed = OnFailed.PAUSE
    on_no_data: OnNoData = OnNoData.PAUSE
    no_data_limit: int = 4
    is_dry_run: bool = False
    is_per_market: bool = True

    @property
    def is_asked(self) -> bool:
        """Tell whether the gate asks by itself, rather than being told."""
        return self.provider.kind not in {ProviderKind.MANUAL, ProviderKind.RECORDED}

    @property
    def needs_baseline(self) -> bool:
        """Tell whether what is usual at this hour is looked up."""
        return self.baseline is not None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Return the figures the value is compared with, in the words of success."""
        good = self.success_condition.limits if self.success_condition else ()
        bad = self.failure_condition.limits if self.failure_condition else ()
        return (*good, *(Limit(_OPPOSITE[each.sign], each.figure) for each in bad))


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass(frozen=True)
class GateDefinition:
    """A set of metrics that are judged together."""

    metrics: tuple[Metric, ...]

    def metric(self, name: str) -> Metric:
        """Return a metric by its name."""
        return next(each for each in self.metrics if each.name == name)


def read(content: Mapping[str, Any]) -> GateDefinition:
    """Return the gate that plain values describe.

    Raises:
        BadDefinition: it would be refused; every fault is named, with its metric.

    """
    faults: list[str] = []
    metrics = [
        metric
        for place, given in enumerate(_rows(content, faults), 1)
        if (metric := _metric(given, place, faults)) is not None
    ]
    names = [each.name for each in metrics]
    for name in sorted({each for each in names if names.count(each) > 1}):
        faults.append(f"there are two metrics {name!r}; give one of them another name")
    if faults:
        raise BadDefinition(faults)
    return GateDefinition(tuple(metrics))


def snake(name: str) -> str:
    """Return ``failureLimit`` as ``failure_limit``."""
    return _CAMEL.sub(r"_\1", name).lower()


def _rows(content: object, faults: list[str]) -> Sequence[object]:
    if not isinstance(content, Mapping):
        faults.append("a gate is a mapping with a list of metrics")
        return []
    if strange := [str(each)[:40] for each in content if each != "metrics"]:
        faults.append(f"{', '.join(strange)} is not known in a gate; metrics are")
    rows = content.get("metrics")
    if not isinstance(rows, list | tuple) or not rows:
        faults.append("a gate has metrics, a list with one or more of them")
        return []
    if len(rows) > MOST_METRICS:
        faults.append(f"a gate has more than {MOST_METRICS} metrics; split it")
        return []
    return rows


def _metric(given: object, place: int, faults: list[str]) -> Metric | None:
    if not isinstance(given, Mapping):
        faults.append(f"metric {place} is no mapping of names and values")
        return None
    name = str(given.get("name") or "")
    called = f"metric {name[:64]!r}" if name else f"metric {place}"
    readings = Readings()
    plain = _spelt(given, readings)
    if not _NAME.fullmatch(name):
        readings.faults.append(
            "name is missing, or is not 1 to 64 letters, digits, _ - . or blanks"
        )
    provider = readings.take(plain, "provider", read_provider, None)
    if "provider" not in plain:
        readings.faults.append("provider is missing; name one of " + ", ".join(ProviderKind))
    values = {
        field: readings.take(plain, spelling, parse, default)
        for field, (spelling, parse, default) in _FIELDS.items()
    }
    if plain.get("on_error", "pause") != "pause":
        readings.faults.append("on_error is always pause: missing telemetry rolls nothing back")
    if not readings.faults and provider is not None:
        given_count = values["count"] or 0
        values["count"] = _effective_count(given_count, values["interval"])
        if provider.kind is ProviderKind.MANUAL and not _has_condition(values):
            values["success_condition"] = ANSWERED_YES
        metric = Metric(name=name, provider=provider, **values)
        readings.faults.extend(_limit_faults(metric, given_count))
        readings.faults.extend(_fit_faults(metric))
        if not readings.faults:
            return metric
    faults.extend(f"{called}: {each}" for each in readings.faults)
    return None


def _spelt(given: Mapping[Any, Any], readings: Readings) -> dict[str, Any]:
    """Return the fields in our spelling; strange ones and those given twice are faults."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        spelling = snake(str(name))
        if spelling not in _KNOWN:
            readings.faults.append(f"{str(name)[:40]!r} is not known; {', '.join(_KNOWN)} are")
        elif spelling in found:
            readings.faults.append(f"{spelling} stands twice, once as {name!r}; keep one")
        elif value is not None:
            found[spelling] = value
    return found


def _condition(value: object) -> Expression:
    return expressions.read(text(value))


def _interval(value: object) -> timedelta:
    length = duration(value)
    if length < _LEAST_INTERVAL:
        raise ValueError("expected 1s or longer")
    return length


def _baseline(value: object) -> Baseline:
    if not isinstance(value, Mapping):
        raise ValueError("expected lowest, highest or both, such as {lowest: -0.5}")
    readings = Readings()
    strange = sorted(str(each)[:40] for each in value if each not in {"lowest", "highest", "by"})
    if strange:
        readings.faults.append(f"{', '.join(strange)} is not known; lowest, highest, by are")
    lowest = readings.take(value, "lowest", figure, None)
    highest = readings.take(value, "highest", figure, None)
    by = readings.take(value, "by", one_of("points", "percent"), "points")
    if not readings.faults and lowest is None and highest is None:
        readings.faults.append("give lowest, highest or both")
    elif lowest is not None and highest is not None and lowest > highest:
        readings.faults.append(f"lowest {lowest:g} is above highest {highest:g}")
    if readings.faults:
        raise ValueError("; ".join(readings.faults))
    return Baseline(lowest, highest, by == "percent")


# field of Metric: spelling in a definition, reader, default; 1.2 of the reference, then our own
_FIELDS: Mapping[str, tuple[str, Any, Any]] = {
    "title": ("title", text, ""),
    "unit": ("unit", text, ""),
    "interval": ("interval", _interval, None),
    "initial_delay": ("initial_delay", duration, timedelta()),
    "count": ("count", whole(0, _MOST), None),
    "success_condition": ("success_condition", _condition, None),
    "failure_condition": ("failure_condition", _condition, None),
    "failure_limit": ("failure_limit", whole(-1, _MOST), 0),
    "inconclusive_limit": ("inconclusive_limit", whole(0, _MOST), 0),
    "consecutive_error_limit": ("consecutive_error_limit", whole(0, _MOST), 4),
    "consecutive_success_limit": ("consecutive_success_limit", whole(0, _MOST), 0),
    "min_samples": ("min_samples", figure, 0),
    "baseline": ("baseline", _baseline, None),
    "on_failed": ("on_failed", lambda value: OnFailed(one_of(*OnFailed)(value)), OnFailed.PAUSE),
    "on_no_data": ("on_no_data", lambda value: OnNoData(one_of(*OnNoData)(value)), OnNoData.PAUSE),
    "no_data_limit": ("no_data_limit", whole(0, _MOST), 4),
    "is_dry_run": ("dry_run", switch, False),
    "is_per_market": ("per", lambda value: one_of("market", "gate")(value) == "market", True),
}
_KNOWN = ("name", "provider", "on_error", *(spelling for spelling, _, _ in _FIELDS.values()))


def _has_condition(values: Mapping[str, Any]) -> bool:
    return bool(values["success_condition"] or values["failure_condition"])


def _effective_count(count: int, interval: timedelta | None) -> int | None:
    """Return how many measurements make the metric; None is no end, a given 0 is none given."""
    return count or (None if interval else 1)


def _limit_faults(metric: Metric, count: int) -> Iterator[str]:
    """Yield what the reference refuses; ``count`` is the one given, 0 without one."""
    failures, successes = metric.failure_limit, metric.consecutive_success_limit
    if failures == -1 and not successes:
        yield (
            "failure_limit -1 without a consecutive_success_limit could never decide; give one "
            "of them"
        )
    if count and failures >= 0 and count < failures + successes:
        yield (
            f"count {count} is below failure_limit {failures} + consecutive_success_limit "
            f"{successes}; raise count"
        )
    if count and failures == -1 and count < successes:
        yield f"count {count} is below consecutive_success_limit {successes}; raise count"
    if count and count < metric.inconclusive_limit:
        yield f"count {count} is below inconclusive_limit {metric.inconclusive_limit}; raise count"
    if count > 1 and metric.interval is None:
        yield f"count {count} needs an interval; give one, such as 1m"


def _fit_faults(metric: Metric) -> Iterator[str]:
    """Yield what our own fields may not be together."""
    provider = metric.provider
    if metric.min_samples < 0:
        yield "min_samples is below 0"
    if metric.min_samples and not provider.counts_samples:
        yield f"min_samples needs to know how many: {provider.cure_for_samples}"
    if metric.baseline and not provider.has_baseline:
        yield "a baseline needs stored samples; only the provider samples has them"
    if not metric.is_per_market and metric.is_asked:
        yield "per: gate is for manual and recorded metrics; what is measured is per market"
    for word in ("success_condition", "failure_condition"):
        condition: Expression | None = getattr(metric, word)
        if condition is not None:
            yield from (f"{word}: {each}" for each in _name_faults(condition, metric))


def _name_faults(condition: Expression, metric: Metric) -> Iterator[str]:
    if "baseline" in condition.names and metric.baseline is None:
        yield "it looks at baseline, and the metric has none; add baseline"
    if "samples" in condition.names and not metric.provider.counts_samples:
        yield f"it looks at samples: {metric.provider.cure_for_samples}"
