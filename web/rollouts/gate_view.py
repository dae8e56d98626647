"""A gate as its table by market, and its evidence as charts with their limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for

from changes.gates.lifecycle import Judgement, Phase
from changes.gates.queries import gates
from changes.gates.rules.definition import Baseline, Metric
from changes.gates.rules.providers import ProviderKind
from changes.gates.values import GateView, Point, SeriesView
from changes.rollouts.values import RolloutView, WaveView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import charts, words
from web.charts import Chart, Measured, Verdict

MOST_CHARTS = 4
_RUN = Permission.CHANGE_RUN
_BAD = {Phase.FAILED: "p1", Phase.ERROR: "p2", Phase.INCONCLUSIVE: "p3"}
_WORDS = {
    Phase.PENDING: "not measured yet",
    Phase.SUCCESSFUL: "pass",
    Phase.NO_DATA: "no data",
    Phase.INCONCLUSIVE: "unsure",
    Phase.ERROR: "error",
    Phase.FAILED: "fail",
}
_VERDICT = {
    Judgement.SUCCESSFUL: Verdict.PASSED,
    Judgement.FAILED: Verdict.FAILED,
    Judgement.INCONCLUSIVE: Verdict.UNSURE,
    Judgement.ERROR: Verdict.ERROR,
    Judgement.NO_DATA: Verdict.NO_DATA,
}
_SIGNS = {">=": "≥", "<=": "≤", "!=": "≠", "==": "="}


@dataclass(frozen=True)
class Cell:
    """One metric in one market: its newest figure and where it stands."""

    figure: str
    said: str
    tone: str = ""
    kind: str = ""
    href: str = ""
    ask: str = ""  # where a person answers, empty where nobody is asked


@dataclass(frozen=True)
class Line:
    """One metric with its limit, and a cell for each market; None where it has none."""

    title: str
    limit: str
    cells: Sequence[Cell | None]


@dataclass(frozen=True)
class GatePanel:
    """A gate as a page shows it."""

    title: str
    words: str
    markets: Sequence[str]
    lines: Sequence[Line]
    charts: Sequence[tuple[str, Chart]]
    bad: Sequence[str] = ()  # the markets that went bad
    export: str = ""


def gate_panel(work: Work, rollout: RolloutView) -> GatePanel | None:
    """Return the gate that decides now or decided last; None before the first."""
    wave, gate_id = shown(rollout)
    if gate_id is None:
        return None
    gate = gates.gate(work, gate_id)
    markets = list(dict.fromkeys(each.market for each in gate.series))
    names = list(dict.fromkeys(each.metric.name for each in gate.series))
    found = {(each.metric.name, each.market): each for each in gate.series}
    lines = [
        _line(work, rollout, gate, [found.get((name, market)) for market in markets])
        for name in names
    ]
    title = f"Gate of wave {wave.position}, by market" if wave else "Watch after the last wave"
    bad = [each.market for each in gate.series if each.phase in _BAD]
    export = url_for("rollouts.evidence_csv", rollout_id=rollout.id, gate_id=gate.id)
    return GatePanel(title, gate.words, markets, lines, _charts(work, gate), bad, export)


def shown(rollout: RolloutView) -> tuple[WaveView | None, int | None]:
    """Return the gate of the wave under way, else of the watch, else of the last wave that had."""
    current = rollout.current
    if current is not None and current.gate_id is not None:
        return current, current.gate_id
    if rollout.gate_id is not None and rollout.watched_from is not None:
        return None, rollout.gate_id
    last = [each for each in rollout.waves if each.gate_id is not None]
    return (last[-1], last[-1].gate_id) if last else (None, None)


def _line(
    work: Work, rollout: RolloutView, gate: GateView, row: Sequence[SeriesView | None]
) -> Line:
    metric = next(each.metric for each in row if each is not None)
    return Line(
        metric.title or metric.name,
        limit_words(metric),
        [None if each is None else _cell(work, rollout, gate, each) for each in row],
    )


def limit_words(metric: Metric) -> str:
    """Return what a metric is held against: ``≥ 99 %, usual −0.5 points``."""
    if metric.provider.kind is ProviderKind.MANUAL:
        return "yes"
    found = [
        f"{_SIGNS.get(each.sign, each.sign)} {figure(each.figure, metric.unit)}"
        for each in metric.limits
    ]
    found += _baseline_words(metric.baseline) if metric.baseline else []
    return ", ".join([*found, *(["dry run"] if metric.is_dry_run else [])])


def _baseline_words(baseline: Baseline) -> list[str]:
    unit = "%" if baseline.in_percent else "points"
    sides = [each for each in (baseline.lowest, baseline.highest) if each is not None]
    return [f"usual {words.difference(each)} {unit}" for each in sides]


def figure(value: float | None, unit: str) -> str:
    """Return a figure with its unit."""
    if value is None:
        return words.NONE
    text = words.exact(value) if value == int(value) else f"{value:.4g}"
    return f"{text}{words.HARD}{unit}" if unit else text


def _cell(work: Work, rollout: RolloutView, gate: GateView, each: SeriesView) -> Cell:
    newest, phase = each.newest, each.phase
    value = figure(newest.value if newest else None, each.metric.unit)
    if _is_manual(each) and newest is not None:
        value = "yes" if newest.value else "no"
    is_empty = newest is not None and newest.judgement is Judgement.NO_DATA
    said = _said(each)
    kind = "nodata" if phase is Phase.NO_DATA or (is_empty and not phase.is_final) else ""
    place: dict[str, Any] = {"gate_id": gate.id, "metric": each.metric.name, "market": each.market}
    may_answer = bool(each.question) and work.actor.may(_RUN, each.market or "*")
    return Cell(
        "no data" if is_empty else value if newest else "–",
        said,
        "" if each.metric.is_dry_run else _BAD.get(phase, "") or _unsure(each),
        kind,
        url_for("rollouts.evidence", rollout_id=rollout.id, **place),
        url_for("rollouts.answer", rollout_id=rollout.id, **place) if may_answer else "",
    )


def _is_manual(each: SeriesView) -> bool:
    return each.metric.provider.kind is ProviderKind.MANUAL


def _said(each: SeriesView) -> str:
    counters, metric = each.counters, each.metric
    if each.question:
        return "to be answered"
    match each.phase:
        case Phase.FAILED:
            return (
                f"{words.counted(counters.failed, 'fail')}, {max(metric.failure_limit, 0)} allowed"
            )
        case Phase.INCONCLUSIVE:
            return f"unsure {counters.inconclusive}, {metric.inconclusive_limit} allowed"
        case Phase.SUCCESSFUL | Phase.RUNNING:
            of = f"/{metric.count}" if metric.count else ""
            good = "stopped" if each.is_stopped else _WORDS.get(each.phase, "measuring")
            return f"{good} {counters.count}{of}"
    return _WORDS[each.phase]


def _unsure(each: SeriesView) -> str:
    """Return the tone of what was unsure on the way, and tolerated."""
    return "p3" if each.counters.inconclusive and not each.phase.is_final else ""


def _charts(work: Work, gate: GateView) -> list[tuple[str, Chart]]:
    """Return the charts of the series that matter most: bad ones first, then as defined."""
    chosen = [each for each in gate.series if each.number and not _is_manual(each)]
    chosen.sort(key=lambda each: each.phase not in _BAD)
    estate = estate_queries.current(work)
    found = []
    for number, each in enumerate(chosen[:MOST_CHARTS], 1):
        market = estate.markets.get(each.market)
        title = each.metric.title or each.metric.name
        where = market.name if market else each.market
        points = gates.points(work, gate.id, each.metric.name, each.market)
        found.append(
            (f"evidence-{number}", chart(f"{title}, {where}" if where else title, each, points))
        )
    return found


def chart(title: str, series: SeriesView, points: Sequence[Point]) -> Chart:
    """Return the evidence of one series."""
    limit = series.metric.limits[0].figure if series.metric.limits else None
    measured = [
        Measured(each.at, each.value, _VERDICT[each.judgement], limit, each.baseline)
        for each in points
    ]
    bad = sum(each.judgement is Judgement.FAILED for each in points)
    empty = sum(each.judgement is Judgement.NO_DATA for each in points)
    finding = f"{bad} of {len(points)} failed" if bad else f"none of {len(points)} failed"
    finding += f", {empty} without data" if empty else ""
    return charts.evidence(
        title, finding, series.metric.unit, measured, every=series.metric.interval or timedelta(0)
    )
