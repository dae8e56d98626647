"""What figures of charts are made of: series, marks, labels, axes. Pure; see ``web.charts``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from web import words

INK, QUIET, THIN = "var(--ink)", "var(--ink-3)", "var(--plot-2)"
_MS = timedelta(milliseconds=1)
_MINUTE = timedelta(minutes=1)
_SHORT = (  # how far ticks of a short time are apart: seconds are named where minutes are too few
    (timedelta(seconds=40), timedelta(seconds=10)),
    (timedelta(minutes=2), timedelta(seconds=30)),
    (timedelta(minutes=5), _MINUTE),
)
_OUTER = ("one in ten", "nine in ten")
Trace = dict[str, Any]
Moments = Sequence[tuple[datetime, float | None]]


class Verdict(StrEnum):
    """How one measurement was judged."""

    PASSED = "passed"
    FAILED = "failed"
    UNSURE = "unsure"
    NO_DATA = "no data"
    ERROR = "error"


MARKS: Mapping[Verdict, tuple[str, int, str, str]] = {  # symbol, size, fill, rim
    Verdict.PASSED: ("circle", 6, "var(--plot-1)", "var(--plot-1)"),
    Verdict.FAILED: ("square", 10, "var(--p1-fill)", "var(--p1-rim)"),
    Verdict.UNSURE: ("diamond", 11, "var(--p3-fill)", "var(--p3-rim)"),
}


@dataclass(frozen=True)
class Measured:
    """One measurement with what it was held against; None in a place is not known or not set."""

    at: datetime
    value: float | None
    verdict: Verdict = Verdict.PASSED
    limit: float | None = None
    usual: float | None = None
    samples: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Mark:
    """A moment worth a line across the chart, such as the start of a wave."""

    at: datetime
    name: str


@dataclass(frozen=True)
class Line:
    """A series by time; None cuts the line. ``is_main`` is drawn in ink, others are quieter."""

    name: str
    points: Moments
    is_main: bool = True
    is_dashed: bool = False


@dataclass(frozen=True)
class Fan:
    """A forecast: at each moment the middle, and what is reached with nine and one in ten."""

    at: Sequence[datetime]
    middle: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def fanned(fan: Fan) -> dict[str, Moments]:
    """Return the three lines of a forecast by what they are called, the highest first."""
    return {
        "one in ten": list(zip(fan.at, fan.high, strict=True)),
        "nine in ten": list(zip(fan.at, fan.low, strict=True)),
        "forecast": list(zip(fan.at, fan.middle, strict=True)),
    }


def fan_lines(lines: Mapping[str, Moments]) -> list[Trace]:
    """Return the band between the outer lines of a forecast, and its middle."""
    high, low, middle = (
        line(
            name, points, THIN if name == "forecast" else "var(--band-1)", float(name == "forecast")
        )
        for name, points in lines.items()
    )
    return [high, {**low, "fill": "tonexty", "fillcolor": "var(--band-1)"}, middle]


def _stamp(at: datetime) -> str:
    """Return an instant as plotly reads it: UTC without its zone, so that nobody's zone counts."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def line(
    name: str,
    points: Moments,
    colour: str,
    width: float = 1.5,
    dash: str = "solid",
) -> Trace:
    """Return a series as a line."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [_stamp(at) for at, _ in points],
        "y": [value for _, value in points],
        "line": {"color": colour, "width": width, "dash": dash},
        "connectgaps": False,
        "hoverinfo": "skip" if width == 0 else "x+y+name",
    }


def dots(verdict: Verdict, points: Sequence[Measured]) -> Trace:
    """Return the measurements judged so, as marks."""
    symbol, size, fill, rim = MARKS[verdict]
    chosen = [each for each in points if each.verdict is verdict and each.value is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": verdict.value,
        "x": [_stamp(each.at) for each in chosen],
        "y": [each.value for each in chosen],
        "marker": {
            "symbol": symbol,
            "size": size,
            "color": fill,
            "line": {"color": rim, "width": 1},
        },
        "hoverinfo": "x+y+name",
    }


def hatched(points: Sequence[Measured]) -> Trace:
    """Return columns over the full height where nothing was measured, on an axis of their own."""
    chosen = [each for each in points if each.value is None]
    return {
        "type": "bar",
        "name": Verdict.NO_DATA.value,
        "yaxis": "y2",
        "x": [_stamp(each.at) for each in chosen],
        "y": [1] * len(chosen),
        "width": _apart(points) * 0.8 / _MS,
        "text": [each.verdict.value for each in chosen],
        "textposition": "none",
        "hoverinfo": "x+text",
        "marker": {
            "color": "var(--panel)",
            "line": {"width": 0},
            "pattern": {"shape": "/", "size": 6, "solidity": 0.25, "fgcolor": "var(--edge)"},
        },
    }


def gaps(points: Sequence[Measured], every: timedelta) -> list[tuple[datetime, datetime]]:
    """Return where nobody measured for long, as over a pause: twice as long as usual and more."""
    longest = 2.5 * max(every, _apart(points))
    pairs = zip(points, points[1:], strict=False)
    return [(a.at, b.at) for a, b in pairs if b.at - a.at > longest]


def broken(points: Moments, gaps: Sequence[tuple[datetime, datetime]]) -> Moments:
    """Return a line that does not go on over gaps."""
    inside: Moments = [(a + (b - a) / 2, None) for a, b in gaps]
    return sorted([*points, *inside], key=lambda each: each[0])


def shade(layout: dict[str, Any], gaps: Sequence[tuple[datetime, datetime]]) -> None:
    """Shade what was not measured, and say so where there is room for one label."""
    for start, end in gaps:
        layout["shapes"].append(
            {
                "type": "rect",
                "layer": "below",
                "x0": _stamp(start),
                "x1": _stamp(end),
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "fillcolor": "var(--band-1)",
                "opacity": 0.5,
                "line": {"width": 0},
                "label": {
                    "text": "not measured" if len(gaps) == 1 else "",
                    "textposition": "top center",
                    "font": {"color": QUIET, "size": 12},
                },
            }
        )


def _apart(points: Sequence[Measured]) -> timedelta:
    """Return how far measurements usually are apart."""
    pairs = zip(points, points[1:], strict=False)
    apart = sorted(b.at - a.at for a, b in pairs if b.at > a.at)
    return apart[(len(apart) - 1) // 2] if apart else _MINUTE


def last(points: Moments) -> float | None:
    """Return the newest known value."""
    return next((value for _, value in reversed(points) if value is not None), None)


def ends(
    ends: Sequence[tuple[str, float | None, str]],
    points: Moments,
    has_value: bool = True,
) -> list[dict[str, Any]]:
    """Return the names at the ends of lines, moved apart where they would lie on each other."""
    known = [value for _, value in points if value is not None]
    reach = (max(known) - min(known)) if known else 0.0
    placed: list[dict[str, Any]] = []
    above: float | None = None
    shift = 0.0
    for name, value, colour in sorted(ends, key=lambda each: -(each[1] or 0)):
        if value is None:
            continue
        near = above is not None and above - value < reach * 0.12
        shift = shift - 14 if near else 0.0
        above = value
        text = f"{name} {_plain(value)}" if has_value else name
        is_strong = colour == INK
        placed.append(
            {
                "x": 1,
                "xref": "paper",
                "xanchor": "left",
                "y": value,
                "yref": "y",
                "yshift": shift,
                "text": _safe(text),
                "showarrow": False,
                "font": _font(colour, is_strong),
            }
        )
    return placed


def named_in_place(done: Moments, plan: Moments) -> list[dict[str, Any]]:
    """Name the two lines of a burn-up where they are: the plan at its middle, the rest at now."""
    found = []
    middle, now = plan[len(plan) // 2 :][:1], done[-1:]
    for at, value in middle:
        found.append(_label(at, value, "plan", "right", QUIET))
    for at, value in now:
        reached = f"{words.exact(round(value or 0))} reached"
        found.append(_label(at, value, reached, "left", INK))
    return found


def _label(
    at: datetime, value: float | None, text: str, anchor: str, colour: str
) -> dict[str, Any]:
    return {
        "x": _stamp(at),
        "y": value,
        "text": text,
        "xanchor": anchor,
        "yanchor": "top" if anchor == "left" else "bottom",
        "showarrow": False,
        "font": _font(colour, colour == INK),
    }


def _font(colour: str, is_strong: bool) -> Trace:
    """Return a font; bold as a weight, for plotly writes its tags as styles the policy refuses."""
    return {"color": colour, "size": 12, **({"weight": 650} if is_strong else {})}


def layout(unit: str, annotations: list[dict[str, Any]], from_zero: bool = False) -> dict[str, Any]:
    """Return axes, margins and signs as every chart of the house has them."""
    longest = max((len(each["text"]) for each in annotations), default=0)
    return {
        "autosize": True,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "bargap": 0,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "separators": f".{words.THIN}",
        "font": {"size": 12, "color": QUIET},
        "hoverlabel": {"bgcolor": "var(--raised)", "font": {"color": INK}},
        "margin": {"l": 44, "r": max(16, 10 + 8 * longest), "t": 18, "b": 40},
        "annotations": annotations,
        "shapes": [],
        "xaxis": {
            "type": "date",
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "nticks": 5,
            "tickangle": 0,
            "hoverformat": "%H:%M, %-d %b",
            "linecolor": "var(--line)",
            "tickformatstops": [
                {"dtickrange": [None, 59_999], "value": "%H:%M:%S\n%-d %b"},
                {"dtickrange": [60_000, 86_399_999], "value": "%H:%M\n%-d %b"},
                {"dtickrange": [86_400_000, "M1"], "value": "%-d %b\n%Y"},
                {"dtickrange": ["M1", None], "value": "%b\n%Y"},
            ],
        },
        "yaxis": {
            "zeroline": False,
            "fixedrange": True,
            "nticks": 5,
            "gridcolor": "var(--line)",
            "rangemode": "tozero" if from_zero else "normal",
            "ticksuffix": f"{words.HARD}%" if unit == "%" else "",
        },
    }


def stretch(layout: dict[str, Any], points: Moments, marks: Sequence[Mark] = ()) -> None:
    """Let the axis of time reach from the first to the last moment, and no label widen it."""
    moments = [at for at, _ in points] + [each.at for each in marks]
    if moments and min(moments) < max(moments):
        span = max(moments) - min(moments)
        more = span * 0.03
        layout["xaxis"]["range"] = [_stamp(min(moments) - more), _stamp(max(moments) + more)]
        step = next((step for longest, step in _SHORT if span < longest), None)
        if step is not None:
            layout["xaxis"]["dtick"] = step / _MS


def put_marks(layout: dict[str, Any], marks: Sequence[Mark], points: Moments = ()) -> None:
    """Draw a dotted line and its name at each moment, names in turn on two heights."""
    stretch(layout, points, marks)
    moments = [at for at, _ in points] + [each.at for each in marks]
    middle = min(moments) + (max(moments) - min(moments)) / 2 if moments else None
    layout["margin"]["t"] += 14 * (len(marks) > 1)
    for number, each in enumerate(marks):
        at = _stamp(each.at)
        layout["shapes"].append(
            {
                "type": "line",
                "x0": at,
                "x1": at,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": "var(--edge)", "width": 1, "dash": "dot"},
            }
        )
        layout["annotations"].append(
            {
                "x": at,
                "yref": "paper",
                "y": 1,
                "yshift": 14 * (number % 2),
                "yanchor": "bottom",
                "xanchor": "right" if middle is not None and each.at > middle else "left",
                "text": _safe(each.name),
                "showarrow": False,
                "font": {"color": QUIET, "size": 12},
            }
        )


def whole(traces: Sequence[Trace], layout: dict[str, Any]) -> dict[str, Any]:
    """Return the figure; series without a point are left out."""
    return {"data": [each for each in traces if each["x"]], "layout": layout}


def _safe(text: str) -> str:
    """Return a text that plotly shows as it stands: it takes a few tags for itself."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(value: float) -> str:
    return f"{round(value, 4):g}"


def figure(value: float | None, unit: str) -> str:
    """Return a value with its unit for a table."""
    return words.NONE if value is None else f"{_plain(value)}{words.HARD}{unit}".strip(words.HARD)


def table(series: Sequence[Line], unit: str) -> list[tuple[str, ...]]:
    """Return one row for each moment of any series."""
    by_time: list[Mapping[datetime, float | None]] = [dict(each.points) for each in series]
    moments = sorted({at for each in by_time for at in each})
    return [(words.full(at), *(figure(each.get(at), unit) for each in by_time)) for at in moments]
