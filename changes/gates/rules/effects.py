"""What a decided metric does to what stands behind its gate. Pure."""

from dataclasses import dataclass

from changes.gates.lifecycle import Effect, Phase
from changes.gates.rules.definition import Metric, OnFailed, OnNoData

NOT_TESTED = "rollback not tested"


@dataclass(frozen=True)
class Consequence:
    """An effect, and why it is another than the one asked for."""

    effect: Effect
    why: str = ""


def consequence(metric: Metric, phase: Phase, *, is_rollback_tested: bool) -> Consequence:
    """Return what follows when a metric was decided.

    Only a failure can roll back, and only by a roll-back that was tested; an error or missing
    figures never do. A dry run does nothing.
    """
    if metric.is_dry_run:
        return Consequence(Effect.GO_ON)
    match phase:
        case Phase.FAILED:
            return _failed(metric.on_failed, is_rollback_tested=is_rollback_tested)
        case Phase.NO_DATA:
            return Consequence(_NO_DATA[metric.on_no_data])
        case Phase.ERROR:
            why = "rollback is never by missing telemetry"
            return Consequence(Effect.PAUSE, why if _rolls_back(metric) else "")
        case Phase.INCONCLUSIVE:
            return Consequence(Effect.PAUSE, "a person decides: resume or abort")
    return Consequence(Effect.GO_ON)


def _rolls_back(metric: Metric) -> bool:
    return metric.on_failed is OnFailed.ROLL_BACK


def _failed(wanted: OnFailed, *, is_rollback_tested: bool) -> Consequence:
    match wanted:
        case OnFailed.ROLL_BACK if is_rollback_tested:
            return Consequence(Effect.ROLL_BACK)
        case OnFailed.ROLL_BACK:
            return Consequence(Effect.PAUSE, NOT_TESTED)
        case OnFailed.NOTIFY:
            return Consequence(Effect.NOTIFY)
    return Consequence(Effect.PAUSE)


_NO_DATA = {
    OnNoData.PAUSE: Effect.PAUSE,
    OnNoData.WAIT: Effect.WAIT,
    OnNoData.NOTIFY: Effect.NOTIFY,
}


def counts(metric: Metric, effect: Effect) -> bool:
    """Tell whether a metric counts for the verdict of its gate.

    A dry run never does, nor what is only told: the roll-out goes on.
    """
    return not metric.is_dry_run and effect is not Effect.NOTIFY
