"""What one measurement says, from what was found and the limits of its metric. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from changes.gates.lifecycle import Judgement
from changes.gates.rules.definition import Baseline, Metric
from changes.gates.rules.expressions import Expression, Fault, against, between, evaluate


@dataclass(frozen=True)
class Usual:
    """What a figure is at this hour of such weekdays; ``value`` is None with too little history.

    ``used`` are the days it rests on, as ISO dates; ``left_out`` says for each other day why.
    """

    value: float | None = None
    used: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Found:
    """What a provider found: numbers, how many samples they rest on, or why there are none.

    ``error`` says why the question could not be asked or answered; without one an empty
    ``result`` is no data, and ``nothing`` may say why.
    """

    result: tuple[float, ...] = ()
    samples: float | None = None
    usual: Usual | None = None
    error: str = ""
    nothing: str = ""


@dataclass(frozen=True)
class Judged:
    """A judgement and its reason in words; ``baseline`` is that of the baseline limit alone."""

    judgement: Judgement
    why: str = ""
    baseline: Judgement | None = None


def judge(metric: Metric, found: Found) -> Judged:
    """Return what a measurement says.

    Order: an error; nothing or too few samples; the conditions; the baseline. Of conditions and
    baseline either can fail it. What looks at a baseline that is not there says nothing, the
    rest still counts; where nothing is left that says anything it is no data.
    """
    if found.error:
        return Judged(Judgement.ERROR, found.error)
    if lacking := _lacking(metric, found):
        return Judged(Judgement.NO_DATA, lacking)
    has_usual = found.usual is not None and found.usual.value is not None
    absolute = _absolute(metric, found, has_usual=has_usual)
    against = _against(metric.baseline, found) if metric.baseline else None
    return _together(absolute, against)


def by_table(success: bool | Fault | None, failure: bool | Fault | None) -> Judgement:
    """Return the judgement of the two conditions; None is a condition that is not set."""
    if isinstance(success, Fault) or isinstance(failure, Fault):
        return Judgement.ERROR
    if failure:
        return Judgement.FAILED
    if success is None or success:
        return Judgement.SUCCESSFUL
    return Judgement.FAILED if failure is None else Judgement.INCONCLUSIVE


def _lacking(metric: Metric, found: Found) -> str:
    if not found.result:
        return found.nothing or "the result is empty"
    if any(math.isnan(each) for each in found.result):
        return "the result is not a number (NaN)"
    if not metric.min_samples:
        return ""
    if found.samples is None or math.isnan(found.samples):
        return f"nobody knows how many samples it rests on, {metric.min_samples:g} are needed"
    if found.samples < metric.min_samples:
        return f"{found.samples:g} samples, {metric.min_samples:g} are needed"
    return ""


def _absolute(metric: Metric, found: Found, *, has_usual: bool) -> Judged | None:
    """Return what the conditions say; None when all that are set need a baseline that is not."""
    given = [metric.success_condition, metric.failure_condition]
    usable = [
        each if each and (has_usual or "baseline" not in each.names) else None for each in given
    ]
    if not any(usable) and (any(given) or metric.baseline):
        return None
    success, failure = (_asked(each, found) for each in usable)
    judgement = by_table(success, failure)
    return Judged(judgement, _why(metric, judgement, found, success, failure))


def _asked(condition: Expression | None, found: Found) -> bool | Fault | None:
    if condition is None:
        return None
    usual = found.usual.value if found.usual else None
    return evaluate(condition, found.result, usual, found.samples)


def _why(
    metric: Metric,
    judgement: Judgement,
    found: Found,
    success: bool | Fault | None,
    failure: bool | Fault | None,
) -> str:
    for name, answer in (("success", success), ("failure", failure)):
        if isinstance(answer, Fault):
            return f"the {name} condition has no answer: {answer.why}"
    good, bad, value = metric.success_condition, metric.failure_condition, found.result[0]
    match judgement:
        case Judgement.FAILED if bad and failure:
            return against(bad, value, metric.unit, holds=True)
        case Judgement.FAILED if good:
            return against(good, value, metric.unit, holds=False)
        case Judgement.INCONCLUSIVE if good and bad:
            return between(good, bad, value, metric.unit)
    return ""


def _against(limit: Baseline, found: Found) -> Judged:
    usual = found.usual or Usual()
    if usual.value is None:
        return Judged(Judgement.NO_DATA, f"baseline: no data, {_history(usual)}")
    if len(found.result) != 1:
        return Judged(Judgement.ERROR, "a baseline needs one figure, and there are several")
    moved = found.result[0] - usual.value
    if limit.in_percent:
        if not usual.value:
            return Judged(Judgement.NO_DATA, "baseline: no data, a percentage of nothing")
        moved = 100 * moved / abs(usual.value)
    moved = _rounded(moved)
    sign = " %" if limit.in_percent else ""
    words = f"{moved:+g}{sign} against the usual {usual.value:g}"
    if limit.lowest is not None and moved < limit.lowest:
        return Judged(Judgement.FAILED, f"baseline: {words}, {limit.lowest:+g}{sign} tolerated")
    if limit.highest is not None and moved > limit.highest:
        return Judged(Judgement.FAILED, f"baseline: {words}, {limit.highest:+g}{sign} tolerated")
    return Judged(Judgement.SUCCESSFUL, "")


def _rounded(value: float) -> float:
    """Return what is left when the noise of binary fractions is taken away: 99.4 - 99.9 is -0.5."""
    return round(value, 9)


def _history(usual: Usual) -> str:
    days = f"{len(usual.used)} of {len(usual.used) + len(usual.left_out)} days"
    reasons = "; ".join(f"{day} {reason}" for day, reason in usual.left_out)
    return f"{days}: {reasons}" if reasons else days


def _together(absolute: Judged | None, against: Judged | None) -> Judged:
    if against is None:
        return absolute or Judged(Judgement.NO_DATA, "no baseline, and no other limit")
    if absolute is None:
        return Judged(against.judgement, against.why, against.judgement)
    parts: Sequence[Judged] = (absolute, against)
    for worst in (Judgement.ERROR, Judgement.FAILED, Judgement.INCONCLUSIVE):
        bad = [each for each in parts if each.judgement is worst]
        if bad:
            return Judged(worst, "; ".join(each.why for each in bad), against.judgement)
    return Judged(absolute.judgement, against.why or absolute.why, against.judgement)
