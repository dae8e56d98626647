"""What a metric has counted and where it stands: folded from its measurements alone. Pure.

Source: argo-rollouts at 9f8d111, ``analysis/analysis.go``; the streak of ``no data`` is ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from changes.gates.lifecycle import Judgement, Phase
from changes.gates.rules.definition import Metric, OnNoData

RETRY_AFTER = timedelta(seconds=10)  # an error, whatever the interval
USUAL_INTERVAL = timedelta(minutes=1)  # after no data, where a metric has no interval


@dataclass(frozen=True)
class Counters:
    """What is kept of all measurements; ``count`` are those that were neither error nor no data."""

    count: int = 0
    failed: int = 0
    inconclusive: int = 0
    errors: int = 0  # in a row
    successes: int = 0  # in a row
    no_data: int = 0  # in a row

    def after(self, judgement: Judgement) -> "Counters":
        """Return the counters after one more measurement.

        An error and no data leave each other's row alone: a metric that flaps between the two
        is decided all the same. Every other result ends both rows.
        """
        match judgement:
            case Judgement.ERROR:
                return replace(self, errors=self.errors + 1, successes=0)
            case Judgement.NO_DATA:
                return replace(self, no_data=self.no_data + 1, successes=0)
        is_good = judgement is Judgement.SUCCESSFUL
        return Counters(
            count=self.count + 1,
            failed=self.failed + (judgement is Judgement.FAILED),
            inconclusive=self.inconclusive + (judgement is Judgement.INCONCLUSIVE),
            successes=self.successes + 1 if is_good else 0,
        )


def fold(judgements: Iterable[Judgement], since: Counters | None = None) -> Counters:
    """Return the counters after a sequence of measurements."""
    counters = since or Counters()
    for each in judgements:
        counters = counters.after(each)
    return counters


def phase_of(
    metric: Metric, counters: Counters, *, is_measured: bool = True, is_stopping: bool = False
) -> Phase:
    """Return where a metric stands after its newest measurement.

    All limits are strictly greater, all are tested, and a later hit overwrites an earlier one.
    No data that is waited for (``on_no_data: wait``) decides only when the gate is stopped.
    """
    violated = _violated(metric, counters, is_stopping=is_stopping)
    if violated is not None:
        return violated
    wanted = metric.consecutive_success_limit
    if wanted and counters.successes >= wanted:
        return Phase.SUCCESSFUL
    if metric.count is not None and counters.count >= metric.count:
        if not wanted:
            return Phase.SUCCESSFUL
        return Phase.FAILED if metric.failure_limit < 0 else Phase.INCONCLUSIVE
    if is_stopping:
        return Phase.SUCCESSFUL
    return Phase.RUNNING if is_measured else Phase.PENDING


def _violated(metric: Metric, counters: Counters, *, is_stopping: bool) -> Phase | None:
    found = None
    is_waited_for = metric.on_no_data is OnNoData.WAIT and not is_stopping
    if counters.no_data > metric.no_data_limit and not is_waited_for:
        found = Phase.NO_DATA
    if 0 <= metric.failure_limit < counters.failed:
        found = Phase.FAILED
    if counters.inconclusive > metric.inconclusive_limit:
        found = Phase.INCONCLUSIVE
    if counters.errors > metric.consecutive_error_limit:
        found = Phase.ERROR
    return found


def why(metric: Metric, counters: Counters, phase: Phase) -> str:
    """Return in words what decided a metric, or how far it is."""
    match phase:
        case Phase.FAILED if metric.failure_limit < 0:
            return (
                f"{counters.count} measured, never {metric.consecutive_success_limit} good in a row"
            )
        case Phase.FAILED:
            return f"{counters.failed} failed, {metric.failure_limit} tolerated"
        case Phase.INCONCLUSIVE if counters.inconclusive > metric.inconclusive_limit:
            return f"{counters.inconclusive} inconclusive, {metric.inconclusive_limit} tolerated"
        case Phase.INCONCLUSIVE:
            return (
                f"{counters.count} measured, never {metric.consecutive_success_limit} good in a row"
            )
        case Phase.ERROR:
            return f"{counters.errors} errors in a row, {metric.consecutive_error_limit} tolerated"
        case Phase.NO_DATA:
            count = counters.no_data
            times = "once no data" if count == 1 else f"{count} times no data in a row"
            return f"{times}, {metric.no_data_limit} tolerated"
        case Phase.PENDING:
            return "nothing measured yet"
    of = f" of {metric.count}" if metric.count is not None else ""
    return f"{counters.count}{of} measured, {counters.failed} failed"
