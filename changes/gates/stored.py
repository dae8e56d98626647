"""Rows of gates as the values that rules understand."""

import json
from functools import lru_cache

from changes.gates.models import Gate, GateSeries
from changes.gates.rules.combining import Standing
from changes.gates.rules.counting import Counters
from changes.gates.rules.definition import GateDefinition, read
from changes.gates.rules.effects import consequence, counts


def definition_of(gate: Gate) -> GateDefinition:
    """Return the definition a gate runs; a process reads each definition once."""
    return _read(json.dumps(gate.definition, sort_keys=True))


@lru_cache(maxsize=256)
def _read(text: str) -> GateDefinition:
    return read(json.loads(text))


def counters_of(series: GateSeries) -> Counters:
    """Return the counters a series keeps."""
    return Counters(
        series.count,
        series.failed,
        series.inconclusive,
        series.errors,
        series.successes,
        series.no_data,
    )


def keep(series: GateSeries, counters: Counters) -> None:
    """Write counters into a series."""
    series.count, series.failed = counters.count, counters.failed
    series.inconclusive, series.errors = counters.inconclusive, counters.errors
    series.successes, series.no_data = counters.successes, counters.no_data


def standing_of(gate: Gate, series: GateSeries) -> Standing:
    """Return where a series stands, and whether it counts for the verdict of its gate."""
    metric = definition_of(gate).metric(series.metric)
    found = consequence(metric, series.phase, is_rollback_tested=gate.is_rollback_tested)
    return Standing(series.metric, series.market, series.phase, counts(metric, found.effect))
