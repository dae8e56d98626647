"""What one commit takes: reports in key order, so that writers cannot deadlock; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ssoc.monitoring.report import Report

MOST_ROWS = 2_000  # alerts in one statement


@dataclass(slots=True)
class Line:
    """A report as it goes into a statement; ``repeats`` like it came directly before it."""

    report: Report
    repeats: int = 0
    is_met: bool = True  # whether we know already that this source reports this alert


def waves(reports: Sequence[Report], now: datetime) -> Iterator[list[Line]]:
    """Yield lists in which every key stands once, keys ascending.

    A key that occurs several times comes in the order its source spoke, one wave each, unless
    it only repeats itself. Nobody speaks from the future: ``said_at`` is at most ``now``.
    """
    lines = _collapsed(_in_order(reports, now))
    for chunk in _chunks(lines):
        while chunk:
            wave, rest = _first_of_each_key(chunk)
            yield wave
            chunk = rest


def _in_order(reports: Sequence[Report], now: datetime) -> list[Report]:
    timely = [each if each.said_at <= now else replace(each, said_at=now) for each in reports]
    return sorted(timely, key=lambda each: (each.key, each.said_at))


def _collapsed(ordered: Sequence[Report]) -> list[Line]:
    lines: list[Line] = []
    for report in ordered:
        last = lines[-1] if lines else None
        if last is not None and _repeats(last.report, report):
            last.report, last.repeats = report, last.repeats + 1
        else:
            lines.append(Line(report))
    return lines


def _repeats(one: Report, other: Report) -> bool:
    return (
        one.key == other.key
        and one.state is other.state
        and one.severity is other.severity
        and one.started_at == other.started_at
        and (one.source, one.way) == (other.source, other.way)
    )


def _chunks(lines: list[Line]) -> Iterator[list[Line]]:
    start = 0
    while start < len(lines):
        end = min(start + MOST_ROWS, len(lines))
        while end < len(lines) and lines[end].report.key == lines[end - 1].report.key:
            end += 1  # a key stays in one chunk: its lock was taken with the first wave
        yield lines[start:end]
        start = end


def _first_of_each_key(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    first: list[Line] = []
    rest: list[Line] = []
    last: int | None = None
    for line in lines:
        (rest if line.report.key == last else first).append(line)
        last = line.report.key
    return first, rest
