"""Whether a gate can be measured in its markets: asked when a change is planned, not when it runs.

What the definition alone says is refused by ``rules.definition``; this asks the estate for the
checks it names, and the settings for the hosts it asks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from changes.gates.providers import outside
from changes.gates.providers.samples import series_named
from changes.gates.rules.definition import BadDefinition, GateDefinition, Metric, read
from changes.gates.rules.providers import ProviderKind
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.sample_queries import series_of, stored


def faults(work: Work, content: Mapping[str, Any], markets: Sequence[str]) -> tuple[str, ...]:
    """Return every fault of a definition in some markets; empty when it can be measured."""
    try:
        definition = read(content)
    except BadDefinition as refused:
        return refused.faults
    found = [
        f"metric {metric.name!r}{f' in {code}' if code else ''}: {fault}"
        for metric, code in _places(definition, markets)
        for fault in _faults(work, metric, code)
    ]
    return tuple(dict.fromkeys(found))


def refuse_unfit(work: Work, content: Mapping[str, Any], markets: Sequence[str]) -> None:
    """Raise BadDefinition, with every fault, unless a gate can be measured in its markets."""
    if found := faults(work, content, markets):
        raise BadDefinition(found)


def without_samples(work: Work, definition: GateDefinition, markets: Sequence[str]) -> list[str]:
    """Return in words which series were never stored so far; they begin as no data."""
    estate = estate_queries.current(work)
    named = {
        (metric.name, code): series_named(estate, code, metric.provider.at(code))[0]
        for metric, code in _places(definition, markets)
        if metric.provider.kind is ProviderKind.SAMPLES
    }
    known = series_of(work, {ref for ref in named.values() if ref})
    return [
        f"metric {name!r} in {code}: nothing was ever stored of {' '.join(ref)}"
        for (name, code), ref in named.items()
        if ref and ref not in known
    ]


def too_early(definition: GateDefinition) -> list[str]:
    """Return in words which metrics look at figures from before their gate began."""
    return [
        f"metric {each.name!r}: its first measurement looks back to before the gate began; let "
        f"initial_delay be as long as its window, {int(over.total_seconds())}s"
        for each in definition.metrics
        if each.provider.kind is ProviderKind.SAMPLES
        and each.initial_delay < (over := each.provider.at("")["over"])
    ]


MOST_CHECKS = 500


def offered(work: Work, markets: Sequence[str]) -> list[str]:
    """Return which stored figures a metric may name in some markets: ``check sample``.

    What every market has under the same name but for its code is offered once, with ``{cc}``.
    """
    checks = estate_queries.current(work).checks
    known = [key for key, each in checks.items() if each.market in markets][:MOST_CHECKS]
    found: dict[str, set[str]] = {}
    for check, sample in stored(work, known):
        code = checks[check].market
        name = re.sub(rf"(?<![a-z0-9]){re.escape(code.lower())}(?![a-z0-9])", "{cc}", check)
        found.setdefault(f"{name} {sample}", set()).add(code)
    return sorted(found)


def components_of(
    estate: Estate, content: Mapping[str, Any], markets: Sequence[str]
) -> frozenset[str]:
    """Return the components whose stored samples a definition judges by; none if it has faults."""
    try:
        definition = read(content)
    except BadDefinition:
        return frozenset()
    refs = [
        series_named(estate, code, metric.provider.at(code))[0]
        for metric, code in _places(definition, markets)
        if metric.provider.kind is ProviderKind.SAMPLES
    ]
    return frozenset(estate.checks[ref[0]].component for ref in refs if ref)


def _places(definition: GateDefinition, markets: Sequence[str]) -> Iterator[tuple[Metric, str]]:
    for metric in definition.metrics:
        for code in (markets or [""]) if metric.is_per_market else [""]:
            yield metric, code


def _faults(work: Work, metric: Metric, market: str) -> Iterator[str]:
    if metric.provider.kind is ProviderKind.SAMPLES:
        estate = estate_queries.current(work)
        _, fault = series_named(estate, market, metric.provider.at(market))
        if fault:
            yield fault
    yield from outside.faults(metric.provider, market, work.settings.polling)
