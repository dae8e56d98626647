"""The evidence of a gate as a file: one line for each measurement, figures as they were kept."""

import csv
import io
from collections.abc import Iterable

from changes.gates.values import GateView, Measurement
from web.change_managers.delivery import harmless

COLUMNS = (
    *("metric", "market", "number", "at", "value", "unit", "usual", "samples", "judged", "why"),
    *("consumed", "phase", "count", "failed", "inconclusive", "errors_in_a_row"),
    *("no_data_in_a_row", "asked", "by"),
)


def as_csv(gate: GateView, rows: Iterable[tuple[str, str, Measurement]]) -> str:
    """Return the measurements of a gate; no cell is taken for a formula."""
    units = {each.metric.name: each.metric.unit for each in gate.series}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for metric, market, each in rows:
        counters = each.counters
        writer.writerow(
            [
                *(harmless(metric), market, each.number, each.at.isoformat(), each.value),
                *(harmless(units.get(metric, "")), each.baseline, each.samples),
                *(each.judgement.value, harmless(each.why), "yes" if each.is_consumed else ""),
                *(each.phase.value, counters.count, counters.failed, counters.inconclusive),
                *(counters.errors, counters.no_data, harmless(each.query), harmless(each.by)),
            ]
        )
    return out.getvalue()
