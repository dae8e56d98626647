"""Where the figure of a metric comes from: exactly one provider, its settings checked. Pure.

``{cc}`` and ``{CC}`` in names, addresses and queries stand for the code of the market, in small
and in capital letters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from changes.gates.rules.reading import Readings, duration, one_of, text

AGGREGATES = ("mean", "min", "max", "last", "sum")
KPIS = ("tps", "success_percent")
LONGEST_PATIENCE = timedelta(seconds=30)  # for one question to others
LONGEST_WINDOW = timedelta(hours=24)
_OVER = timedelta(minutes=5)


class ProviderKind(StrEnum):
    """Who gives the figure."""

    SAMPLES = "samples"
    PROMQL = "promql"
    HTTP = "http"
    MANUAL = "manual"
    RECORDED = "recorded"


@dataclass(frozen=True)
class Provider:
    """The one provider of a metric; ``settings`` are its own, with defaults filled in."""

    kind: ProviderKind
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counts_samples(self) -> bool:
        """Tell whether it says how many samples a figure rests on."""
        match self.kind:
            case ProviderKind.SAMPLES | ProviderKind.RECORDED:
                return True
            case ProviderKind.PROMQL:
                return bool(self.settings.get("samples_query"))
            case ProviderKind.HTTP:
                return bool(self.settings.get("samples"))
        return False

    @property
    def cure_for_samples(self) -> str:
        """Return what makes it say how many."""
        return _CURES[self.kind]

    @property
    def has_baseline(self) -> bool:
        """Tell whether what is usual can be looked up."""
        return self.kind is ProviderKind.SAMPLES

    def at(self, market: str) -> Mapping[str, Any]:
        """Return the settings with the market's code in place of ``{cc}`` and ``{CC}``."""
        return {name: placed(value, market) for name, value in self.settings.items()}


def placed(value: Any, market: str) -> Any:  # noqa: ANN401 (plain values of any depth)
    """Return a setting with the market's code in place; braces of PromQL stay what they are."""
    if isinstance(value, str):
        return value.replace("{cc}", market.lower()).replace("{CC}", market.upper())
    if isinstance(value, Mapping):
        return {placed(name, market): placed(each, market) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [placed(each, market) for each in value]
    return value


_CURES = {
    ProviderKind.SAMPLES: "",
    ProviderKind.RECORDED: "",
    ProviderKind.PROMQL: "give the provider a samples_query",
    ProviderKind.HTTP: "give the provider samples, the place of the number in the answer",
    ProviderKind.MANUAL: "a manual metric has no samples; take it out",
}


def read_provider(value: object) -> Provider:
    """Return the one provider that a mapping names.

    Raises:
        ValueError: there is none, more than one, or its settings have faults.

    """
    if not isinstance(value, Mapping):
        raise ValueError("expected one of " + ", ".join(ProviderKind) + " with its settings")
    names = [str(each)[:40] for each in value]
    if len(names) != 1:
        found = ", ".join(names) or "none"
        raise ValueError(f"exactly one provider is needed, and there are {len(names)}: {found}")
    spelling = "promql" if names[0] == "prometheus" else names[0]
    if spelling not in set(ProviderKind):
        raise ValueError(f"{names[0]!r} is not known; {', '.join(ProviderKind)} are")
    kind = ProviderKind(spelling)
    given = next(iter(value.values()))
    if kind is ProviderKind.MANUAL and isinstance(given, str):
        given = {"question": given}
    if kind is ProviderKind.RECORDED and given in (None, ""):
        given = {}
    if not isinstance(given, Mapping):
        raise ValueError(f"{kind} needs its settings as names and values")
    return Provider(kind, _READERS[kind](given))


def _read(
    given: Mapping[Any, Any],
    known: Mapping[str, tuple[Callable[[Any], Any], Any]],
    readings: Readings,
) -> dict[str, Any]:
    if strange := [str(each)[:40] for each in given if each not in known]:
        readings.faults.append(f"{', '.join(strange)} is not known; {', '.join(known)} are")
    return {
        name: readings.take(given, name, parse, default) for name, (parse, default) in known.items()
    }


def _close(readings: Readings, found: Mapping[str, Any]) -> Mapping[str, Any]:
    if readings.faults:
        raise ValueError("; ".join(readings.faults))
    return {name: value for name, value in found.items() if value not in (None, "")}


def _samples(given: Mapping[Any, Any]) -> Mapping[str, Any]:
    readings = Readings()
    found = _read(
        given,
        {
            "check": (text, ""),
            "sample": (text, ""),
            "kpi": (one_of(*KPIS), ""),
            "aggregate": (one_of(*AGGREGATES), "mean"),
            "over": (duration, _OVER),
            "samples_of": (text, ""),
            "samples_by": (one_of(*AGGREGATES), "sum"),
        },
        readings,
    )
    if not readings.faults:
        named = bool(found["check"]), bool(found["sample"])
        if found["kpi"] and any(named):
            readings.faults.append("give check and sample, or kpi, not both")
        elif not found["kpi"] and not all(named):
            readings.faults.append("give check and sample, or kpi")
        if not timedelta() < found["over"] <= LONGEST_WINDOW:
            readings.faults.append("over is longer than nothing and at most 24h, such as 5m")
    return _close(readings, found)


def _asked(value: Any) -> Any:  # noqa: ANN401 (the adapter's own readers check them)
    return value


def _patience(value: object) -> str:
    if not timedelta() < duration(value) <= LONGEST_PATIENCE:
        raise ValueError(f"expected at most {LONGEST_PATIENCE.seconds}s, such as 5s")
    return str(value)


_HTTP: Mapping[str, tuple[Callable[[Any], Any], Any]] = {
    **{name: (_asked, None) for name in ("headers", "auth", "ca")},
    **{name: (_asked, None) for name in ("certificate", "certificate_key")},
    "timeout": (_patience, None),
}


def _promql(given: Mapping[Any, Any]) -> Mapping[str, Any]:
    readings = Readings()
    known = {"url": (text, ""), "query": (text, ""), "samples_query": (text, "")}
    found = _read(given, {**known, "method": (one_of("GET", "POST"), ""), **_HTTP}, readings)
    for name in ("url", "query"):
        if not found[name] and not readings.faults:
            readings.faults.append(f"{name} is missing")
    return _close(readings, found)


def _http(given: Mapping[Any, Any]) -> Mapping[str, Any]:
    readings = Readings()
    known = {"url": (text, ""), "value": (text, ""), "samples": (text, "")}
    more = {name: (_asked, None) for name in ("method", "params", "json", "form")}
    found = _read(given, {**known, **more, **_HTTP}, readings)
    for name in ("url", "value"):
        if not found[name] and not readings.faults:
            readings.faults.append(f"{name} is missing")
    for name in ("value", "samples"):
        if found[name]:
            readings.take({name: found[name]}, name, dotted, None)
    return _close(readings, found)


def dotted(pointer: str) -> str:
    """Return a place in JSON as the adapters write it; ``/data/0/rate`` is ``data[0].rate``.

    What does not begin with a slash is such a place already.

    Raises:
        ValueError: a name holds what no place can.

    Source: RFC 6901 (JSON pointer): ``~1`` is a slash in a name, ``~0`` a tilde.

    """
    if not pointer.startswith("/"):
        return pointer
    found = ""
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if '"' in name or not name:
            raise ValueError(f"{pointer!r} is no place in an answer, such as /data/0/rate")
        found += f"[{name}]" if name.isascii() and name.isdecimal() else f'["{name}"]'
    return found


def _manual(given: Mapping[Any, Any]) -> Mapping[str, Any]:
    readings = Readings()
    found = _read(given, {"question": (text, "")}, readings)
    if not found["question"] and not readings.faults:
        readings.faults.append("question is missing; write what a person is to answer")
    return _close(readings, found)


def _recorded(given: Mapping[Any, Any]) -> Mapping[str, Any]:
    readings = Readings()
    return _close(readings, _read(given, {"source": (text, "")}, readings))


_READERS: Mapping[ProviderKind, Callable[[Mapping[Any, Any]], Mapping[str, Any]]] = {
    ProviderKind.SAMPLES: _samples,
    ProviderKind.PROMQL: _promql,
    ProviderKind.HTTP: _http,
    ProviderKind.MANUAL: _manual,
    ProviderKind.RECORDED: _recorded,
}
