"""Charts as plotly figures: frozen values in, JSON out, with a sentence and a table that agree.

Colours are names of tokens (``var(--plot-1)``); ``charts.js`` puts in what the theme gives them.
A failed measurement is a red square, a passed one a dot, no data a hatched column; the limit is a
solid line, what is usual a dashed one, both named at their end. Pure; plotly itself is not needed
to make them, tests hold them against its schema.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from web import chart_parts as parts
from web import words
from web.chart_parts import INK, QUIET, THIN, Fan, Line, Mark, Measured, Moments, Verdict

__all__ = ["Chart", "Fan", "Line", "Mark", "Measured", "Verdict", "burn_up", "evidence", "lines"]
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class Chart:
    """A figure, the sentence that says its finding, and its table."""

    title: str
    finding: str
    unit: str
    figure: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]] = field(default=())

    @property
    def json(self) -> Markup:
        """Return the figure for a data block of a page: nothing in it can end the block."""
        text = json.dumps(self.figure, ensure_ascii=False, separators=(",", ":"))
        return Markup(text.translate(_ESCAPES))  # noqa: S704 (escaped in the line itself)


def evidence(
    title: str,
    finding: str,
    unit: str,
    points: Sequence[Measured],
    marks: Sequence[Mark] = (),
    every: timedelta = timedelta(0),
) -> Chart:
    """Return the measurements of one metric in one market with limit and usual.

    Args:
        title: metric and market.
        finding: what it shows, as a sentence.
        unit: of the values, empty for a bare number.
        points: oldest first; limit and usual may change from one to the next.
        marks: starts of waves and the like.
        every: how far measurements are meant to be apart; over a pause the line is broken.

    """
    gaps = parts.gaps(points, every)
    limits = [(each.at, each.limit) for each in points]
    usuals = [(each.at, each.usual) for each in points]
    values = [(each.at, each.value) for each in points]
    traces = [
        parts.hatched(points),
        parts.line("value", parts.broken(values, gaps), "var(--plot-2)", width=1),
        parts.line("usual", usuals, QUIET, dash="dash"),
        parts.line("limit", limits, INK, width=2),
        *(parts.dots(verdict, points) for verdict in parts.MARKS),
    ]
    named = [("limit", parts.last(limits), INK), ("usual", parts.last(usuals), QUIET)]
    shape = parts.layout(unit, parts.ends(named, values + limits + usuals))
    shape["yaxis2"] = {"overlaying": "y", "visible": False, "range": [0, 1], "fixedrange": True}
    parts.put_marks(shape, marks, values)
    parts.shade(shape, gaps)
    rows = [
        (
            words.full(each.at),
            parts.figure(each.value, unit),
            each.verdict.value + (f": {each.why}" if each.why else ""),
            parts.figure(each.limit, unit),
            parts.figure(each.usual, unit),
            words.NONE if each.samples is None else words.exact(each.samples),
        )
        for each in points
    ]
    columns = ("Time", "Value", "Judged", "Limit", "Usual", "Samples")
    return Chart(title, finding, unit, parts.whole(traces, shape), columns, rows)


def lines(
    title: str, finding: str, unit: str, series: Sequence[Line], marks: Sequence[Mark] = ()
) -> Chart:
    """Return up to three series by time from zero, each named at its end; one has the title."""
    traces = [
        parts.line(
            each.name,
            each.points,
            "var(--plot-1)" if each.is_main else THIN,
            width=2 if each.is_main else 1,
            dash="dash" if each.is_dashed else "solid",
        )
        for each in series
    ]
    named = [
        (each.name, parts.last(each.points), INK if each.is_main else QUIET) for each in series
    ]
    everything = [point for each in series for point in each.points]
    labels = parts.ends(named, everything, has_value=False) if len(series) > 1 else []
    shape = parts.layout(unit, labels, from_zero=True)
    parts.put_marks(shape, marks, everything)
    return Chart(
        title,
        finding,
        unit,
        parts.whole(traces, shape),
        ("Time", *(each.name for each in series)),
        parts.table(series, unit),
    )


def burn_up(
    title: str,
    finding: str,
    done: Moments,
    plan: Moments,
    fan: Fan | None = None,
    unit: str = "",
) -> Chart:
    """Return what is reached, the plan dashed, and the forecast as a fan with its middle."""
    fanned = parts.fanned(fan) if fan is not None else {}
    traces = parts.fan_lines(fanned) if fanned else []
    traces.append(parts.line("plan", plan, INK, dash="dash", width=1))
    traces.append(parts.line("reached", done, "var(--plot-1)", width=3))
    shape = parts.layout(unit, [], from_zero=True)
    shape["annotations"] = parts.named_in_place(done, plan)
    series = [Line("reached", done), Line("plan", plan)]
    series += [Line(name, points) for name, points in fanned.items()]
    return Chart(
        title,
        finding,
        unit,
        parts.whole(traces, shape),
        ("Time", *(each.name for each in series)),
        parts.table(series, unit),
    )
