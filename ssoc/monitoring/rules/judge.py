"""When a check raises and when it clears: one reading and what was remembered in, verdicts out.

``n`` of the last ``m`` polls raise; ``clear_after`` good ones in a row clear; between limit and
clear limit a poll is neither. NaN, infinities, an empty result or a missing figure never breach
and never clear. A verdict carries its yardstick in words, since an operator always asks why.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from ssoc.core.vocabulary import Severity
from ssoc.monitoring.reading import Reading, Reason, Sample
from ssoc.monitoring.rules.baseline import Usual
from ssoc.monitoring.rules.deadline import Day, latest_deadline
from ssoc.monitoring.rules.thresholds import Rule
from ssoc.monitoring.rules.words import counted, span_words, with_unit

Memory = Mapping[str, Any]
Labels = tuple[tuple[str, str], ...]


class Outcome(Enum):
    """What one poll says to one rule."""

    BREACH = "breach"
    GOOD = "good"
    NEITHER = "neither"  # between the limits: it is no breach, and it does not clear
    HELD = "held"  # too little traffic to judge: what is, stays
    ABSENT = "absent"  # nothing was said


@dataclass(frozen=True)
class Context:
    """What a rule may look at beside the reading: what is usual, and the market's days."""

    usuals: Mapping[tuple[str, Labels], Usual] = field(default_factory=dict)
    zone: str = "UTC"
    is_working_day: Day = lambda _: True


@dataclass(frozen=True)
class Verdict:
    """What is to be said about one alert of a check: it fires, again or still, or it cleared."""

    name: str
    labels: Labels
    severity: Severity
    is_firing: bool
    since: datetime
    reason: str
    concerns: str = ""  # "ssoc" or "source": it is not about the platform

    @property
    def key(self) -> str:
        """Return what names the alert within its check."""
        return alert_key(self.name, self.labels)


@dataclass(frozen=True)
class Judgement:
    """The verdicts of one reading, and what to remember until the next."""

    verdicts: Sequence[Verdict]
    memory: Memory


@dataclass(frozen=True)
class _Finding:
    """What one rule makes of one figure."""

    rule: Rule
    labels: Labels
    outcome: Outcome
    words: str


@dataclass(frozen=True)
class _Track:
    """What is remembered of one rule and series: the last polls, good ones in a row."""

    recent: str = ""
    good: int = 0
    is_firing: bool = False


def judge(rules: Sequence[Rule], reading: Reading, memory: Memory, context: Context) -> Judgement:
    """Return what the rules say after ``reading``; alerts of rules that are gone are cleared."""
    tracks = {key: _Track(*kept) for key, kept in memory.get("tracks", {}).items()}
    alerts: dict[str, Any] = dict(memory.get("alerts", {}))
    found = [finding for rule in rules for finding in _findings(rule, reading, context)]
    for finding in found:
        key = f"{finding.rule.key}|{label_words(finding.labels)}"
        tracks[key] = _step(finding.rule, tracks.get(key, _Track()), finding.outcome)
    verdicts = [
        verdict
        for name, group in _grouped(found).items()
        if (verdict := _verdict(group, tracks, alerts.get(name), reading.started_at))
    ]
    verdicts += _orphans(rules, alerts, reading.started_at)
    for verdict in verdicts:
        alerts.pop(verdict.key, None)
        if verdict.is_firing:
            alerts[verdict.key] = [verdict.since.isoformat(), int(verdict.severity)]
    return Judgement(verdicts, _remember(rules, tracks, alerts))


def withdraw(memory: Memory, at: datetime, reason: str) -> list[Verdict]:
    """Return verdicts that clear every alert in ``memory``: its check is no longer asked."""
    return list(_cleared(memory.get("alerts", {}), at, reason))


def alert_key(name: str, labels: Labels) -> str:
    """Return what names an alert within its check."""
    return f"{name}|{label_words(labels)}"


def label_words(labels: Labels) -> str:
    """Return labels as one text that can be read back; empty for none."""
    return json.dumps(dict(labels), sort_keys=True) if labels else ""


def _findings(rule: Rule, reading: Reading, context: Context) -> Iterator[_Finding]:
    if rule.healths:
        yield _of_health(rule, reading)
    elif rule.reasons:
        yield _of_reason(rule, reading)
    elif rule.way == "deadline":
        yield _of_deadline(rule, reading, context)
    elif rule.way != "never":
        for sample in reading.samples:
            if sample.name == rule.sample and rule.labels.items() <= sample.labels.items():
                yield _of_sample(rule, sample, reading, context)


def _of_health(rule: Rule, reading: Reading) -> _Finding:
    words = f"says it is {reading.health}"
    if reading.message:
        words += f" ({reading.message})"
    if reading.health in rule.healths:
        return _Finding(rule, (), Outcome.BREACH, words)
    known = reading.reason is Reason.NONE
    return _Finding(rule, (), Outcome.GOOD if known else Outcome.ABSENT, words)


def _of_reason(rule: Rule, reading: Reading) -> _Finding:
    words = _reason_words(reading)
    if reading.reason in rule.reasons:
        return _Finding(rule, (), Outcome.BREACH, words)
    answered = reading.reason is Reason.NONE
    return _Finding(rule, (), Outcome.GOOD if answered else Outcome.ABSENT, "it answers again")


def _reason_words(reading: Reading) -> str:
    if reading.reason is Reason.ERROR_ANSWER and reading.message.startswith("answers "):
        return reading.message
    return f"{reading.reason}: {reading.message}" if reading.message else f"{reading.reason}"


def _of_deadline(rule: Rule, reading: Reading, context: Context) -> _Finding:
    """Judge the newest file against the last deadline that has passed on a working day."""
    came = [s.value for s in reading.samples if s.name == rule.sample and math.isfinite(s.value)]
    silent = reading.reason not in {Reason.NONE, Reason.NO_DATA, Reason.STALE}
    due = latest_deadline(
        reading.started_at, context.zone, rule.deadline_minute, context.is_working_day
    )
    if silent or due is None:
        return _Finding(rule, (), Outcome.ABSENT, "")
    day, midnight, at = due
    limit = f"deadline {at:%H:%M} on {day:%a %d %b} ({context.zone})"
    if came and max(came) >= midnight.timestamp():
        return _Finding(rule, (), Outcome.GOOD, f"came, {limit}")
    age = span_words(reading.started_at.timestamp() - max(came)) if came else ""
    words = f"the newest is {age} old" if came else "nothing came"
    return _Finding(rule, (), Outcome.BREACH, f"{words}, {limit}")


def _of_sample(rule: Rule, sample: Sample, reading: Reading, context: Context) -> _Finding:
    labels: Labels = tuple(sorted(sample.labels.items()))
    usual = context.usuals.get((sample.name, labels))
    if not math.isfinite(sample.value):
        return _Finding(rule, labels, Outcome.ABSENT, "")
    value = sample.value
    if rule.way == "older_than":
        value = reading.started_at.timestamp() - value
    if held := _too_little(rule, reading, labels, usual):
        return _Finding(rule, labels, Outcome.HELD, held)
    factor = usual.mean if rule.way == "against" and usual else 1.0
    words = _yardstick(rule, sample, value, usual, rule.limit * factor)
    return _Finding(rule, labels, _outcome(rule, value, factor), words)


def _outcome(rule: Rule, value: float, factor: float) -> Outcome:
    limit, clear = rule.limit * factor, rule.clear * factor
    if value < limit if rule.is_below else value > limit:
        return Outcome.BREACH
    good = value >= clear if rule.is_below else value <= clear
    return Outcome.GOOD if good else Outcome.NEITHER


def _too_little(rule: Rule, reading: Reading, labels: Labels, usual: Usual | None) -> str:
    """Return why there is too little to judge by, in words; empty when there is enough."""
    if rule.way == "against" and (usual is None or usual.mean <= 0):
        return "not judged: nothing is known yet of this hour of the week"
    least = rule.minimum_usual
    if least is not None and (usual is None or usual.mean < least):
        known = f"usual {usual.mean:.4g}" if usual else "nothing usual is known"
        return f"not judged: {known}, at least {least:g} needed"
    if rule.minimum is None:
        return ""
    volume = _volume(rule.minimum_sample, reading.samples, labels)
    if volume is None or volume >= rule.minimum:
        return ""  # a guard that cannot be read must not silence the rule for ever
    return f"not judged: {rule.minimum_sample} {volume:.4g}, at least {rule.minimum:g} needed"


def _volume(name: str, samples: Iterable[Sample], labels: Labels) -> float | None:
    """Return the figure that says how much happens: of the same labels, else the whole."""
    named = {tuple(sorted(s.labels.items())): s.value for s in samples if s.name == name}
    value = named.get(labels, named.get(()))
    return value if value is not None and math.isfinite(value) else None


def _yardstick(rule: Rule, sample: Sample, value: float, usual: Usual | None, limit: float) -> str:
    if rule.way == "older_than":
        return f"{span_words(value)} old, limit {span_words(limit)}"
    words = with_unit(value, sample.unit, sample.name)
    if usual:
        words += f", usual {with_unit(usual.mean, sample.unit, sample.name)}"
    return f"{words}, limit {with_unit(limit, sample.unit, sample.name)}"


def _step(rule: Rule, track: _Track, outcome: Outcome) -> _Track:
    if outcome in {Outcome.ABSENT, Outcome.HELD}:
        return track  # gaps stay gaps
    breached = outcome is Outcome.BREACH
    recent = (track.recent + ("1" if breached else "0"))[-rule.of :]
    good = track.good + 1 if outcome is Outcome.GOOD else 0
    if track.is_firing and good >= rule.clear_after:
        return _Track()
    raised = breached and recent.count("1") >= rule.n
    return _Track(recent, min(good, rule.clear_after), track.is_firing or raised)


def _grouped(found: Iterable[_Finding]) -> dict[str, list[_Finding]]:
    """Return the findings by alert: rules of one name are levels of one alert."""
    groups: dict[str, list[_Finding]] = {}
    for finding in found:
        groups.setdefault(alert_key(finding.rule.name, finding.labels), []).append(finding)
    return groups


def _verdict(
    group: Sequence[_Finding],
    tracks: Mapping[str, _Track],
    raised: Sequence[Any] | None,
    at: datetime,
) -> Verdict | None:
    if all(finding.outcome is Outcome.ABSENT for finding in group):
        return None  # nothing was said: the alert is left to its lease
    firing = [each for each in group if _track(each, tracks).is_firing]
    if not firing and raised is None:
        return None
    told = max(firing or group, key=lambda each: each.rule.severity)
    since = datetime.fromisoformat(raised[0]) if raised else at
    return Verdict(
        name=told.rule.name,
        labels=told.labels,
        severity=told.rule.severity if firing else Severity(raised[1] if raised else 2),
        is_firing=bool(firing),
        since=since,
        reason=_said(told, _track(told, tracks)) if firing else _clear_words(told),
        concerns=_concerns(told.rule),
    )


def _track(finding: _Finding, tracks: Mapping[str, _Track]) -> _Track:
    return tracks[f"{finding.rule.key}|{label_words(finding.labels)}"]


def _said(finding: _Finding, track: _Track) -> str:
    start = f"{finding.rule.summary}: " if finding.rule.summary else ""
    polls = f", {track.recent.count('1')} of {counted(finding.rule.of, 'poll')}"
    return start + finding.words + (polls if finding.outcome is not Outcome.HELD else "")


def _clear_words(finding: _Finding) -> str:
    return f"cleared: {finding.words}, {finding.rule.clear_after} good in a row"


def _concerns(rule: Rule) -> str:
    whose = {reason.concerns for reason in rule.reasons}
    return whose.pop() if len(whose) == 1 else ""


def _orphans(rules: Sequence[Rule], alerts: Memory, at: datetime) -> Iterator[Verdict]:
    """Clear the alerts whose rule was taken away."""
    names = {rule.name for rule in rules}
    gone = {key: kept for key, kept in alerts.items() if key.partition("|")[0] not in names}
    return _cleared(gone, at, "its rule was taken away")


def _cleared(alerts: Memory, at: datetime, reason: str) -> Iterator[Verdict]:
    for key, (since, severity) in alerts.items():
        name, _, labels = key.partition("|")
        pairs: Labels = tuple(sorted(json.loads(labels).items())) if labels else ()
        began = min(datetime.fromisoformat(since), at)
        yield Verdict(name, pairs, Severity(severity), False, began, reason)


def _remember(
    rules: Sequence[Rule], tracks: Mapping[str, _Track], alerts: Mapping[str, Any]
) -> Memory:
    """Keep only what matters later: a run of polls without a breach is like no memory at all."""
    known = {rule.key for rule in rules}
    kept = {
        key: [track.recent, track.good, track.is_firing]
        for key, track in tracks.items()
        if (track.is_firing or "1" in track.recent) and "|".join(key.split("|")[:2]) in known
    }
    return {"tracks": kept, "alerts": dict(alerts)} if kept or alerts else {}
