"""Any HTTP answer: status, words in the body, numbers in JSON, latency, days left of TLS.

Operators' own APIs (Daraja, MTN MoMo, Airtel, Orange, M-Pesa OpenAPI) are presets of it.

Settings:

- ``preset``: name of a preset, whose settings stand unless given here.
- ``url``, ``method``, ``params``; ``json`` or ``form``, the body (texts ``env:`` and ``file:`` in
  it are secrets).
- ``expect_status``: codes that are an answer; 200 to 299 when absent. ``down_status``: codes by
  which this target says that it is down.
- ``body_matches``: a regular expression the body must match; ``down_matches``: one that says down.
- ``when``: what the JSON body means, whatever the code: ``ok``, ``degraded``, ``down``,
  ``refused``, ``configuration`` each map paths to a value or a list of them (``*``: anything). The
  worst that holds counts; when ``ok`` is given and nothing holds, the answer is a bad one.
- ``values``: sample name to path, or to ``{path or pattern, commas, unit}``; ``commas: true`` says
  that commas part thousands; the first group of ``pattern`` is the number.
- those of every adapter that asks by HTTP: ``headers``, ``auth``, ``ca``, ``certificate``,
  ``certificate_key``, ``timeout``.

Samples: ``latency_ms``, ``days_left`` of an https address, and the values.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import (
    Answer,
    Failure,
    Outcome,
    complaint,
    names_a_secret,
    one_line,
    refusal,
)
from ssoc.monitoring.adapters.asking import HttpOptions, Visit, days_until, latency, polled
from ssoc.monitoring.adapters.client import Client, Question, Target
from ssoc.monitoring.adapters.fields import may, need
from ssoc.monitoring.adapters.paths import Absent, at_path, number_of, steps
from ssoc.monitoring.adapters.presets import PRESETS
from ssoc.monitoring.reading import Health, Reading, Reason, Sample

MEANINGS: Mapping[str, tuple[Health, Reason]] = {  # first that holds counts
    "refused": (Health.UNKNOWN, Reason.REFUSED),
    "configuration": (Health.UNKNOWN, Reason.CONFIGURATION),
    "down": (Health.DOWN, Reason.NONE),
    "degraded": (Health.DEGRADED, Reason.NONE),
    "ok": (Health.OK, Reason.NONE),
}
Conditions = Mapping[str, Mapping[str, Sequence[Any]]]


@dataclass(frozen=True)
class Value:
    """Where a number stands in the body, and how it is written."""

    name: str
    path: str = ""
    pattern: re.Pattern[str] | None = None
    commas: bool = False
    unit: str = ""


def conditions(value: object) -> Conditions:
    """Read the setting ``when``."""
    given = fields.mapping(value)
    if strange := [name for name in given if name not in MEANINGS]:
        raise ValueError(f"{', '.join(strange)} is not known; {', '.join(MEANINGS)} are")
    found = {}
    for meaning, paths in given.items():
        for path in fields.mapping(paths):
            steps(path)
        found[meaning] = {
            path: each if isinstance(each, list) else [each] for path, each in paths.items()
        }
    return found


def values(value: object) -> tuple[Value, ...]:
    """Read the setting ``values``."""
    return tuple(_value(name, each) for name, each in fields.mapping(value).items())


def _value(name: str, given: object) -> Value:
    if isinstance(given, str):
        steps(given)
        return Value(name, given)
    table = dict(fields.mapping(given))
    path, pattern = table.pop("path", ""), table.pop("pattern", None)
    commas, unit = fields.switch(table.pop("commas", False)), fields.text(table.pop("unit", ""))
    if table or bool(path) == bool(pattern):
        raise ValueError(f"{name}: give path or pattern, and if needed commas and unit")
    steps(path)
    compiled = fields.pattern(pattern) if pattern else None
    if compiled is not None and not compiled.groups:
        raise ValueError(f"{name}: the pattern needs a group around the number")
    return Value(name, path, compiled, commas, unit)


def codes(value: object) -> tuple[int, ...]:
    """Read one HTTP code or a list of them."""
    read = fields.whole(100, 599)
    return tuple(read(each) for each in (value if isinstance(value, list | tuple) else [value]))


def json_body(value: object) -> Any:  # noqa: ANN401 (JSON)
    """Read what can be sent as JSON; a bare date in a YAML file cannot."""
    try:
        json.dumps(value, allow_nan=False)
    except TypeError as fault:
        raise ValueError(f"not JSON: {fault}; put it in quotation marks") from None
    return value


@dataclass(frozen=True, kw_only=True)
class Options(HttpOptions):
    """Settings of a check of this kind."""

    preset: str = may(fields.choice(*PRESETS), f"one of {', '.join(PRESETS)}", "")
    url: str = need(fields.address, "address to ask")
    method: str = may(fields.choice("GET", "POST", "HEAD", "PUT"), "method", "GET")
    params: Mapping[str, Any] = may(fields.mapping, "query of the address", {})
    json: Any = may(json_body, "JSON body", None)
    form: Mapping[str, Any] | None = may(fields.mapping, "form body", None)
    expect_status: tuple[int, ...] = may(codes, "codes that are an answer, else 200 to 299", ())
    down_status: tuple[int, ...] = may(codes, "codes by which it says that it is down", ())
    body_matches: re.Pattern[str] | None = may(fields.pattern, "what the body must match", None)
    down_matches: re.Pattern[str] | None = may(fields.pattern, "what says that it is down", None)
    when: Conditions = may(conditions, "what the JSON body means", {})
    values: tuple[Value, ...] = may(values, "sample name to path or pattern", ())

    def __post_init__(self) -> None:
        if self.json is not None and self.form is not None:
            raise ValueError("give json or form, not both")


def poll(check: Check, settings: PollingSettings, at: datetime, client: Client) -> Reading:
    """Ask one address."""
    whole = replace(check, settings=with_preset(check.settings))
    return polled(Options, _ask, whole, settings, at, client)


def with_preset(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return settings on top of those of their preset; mappings are merged one level deep."""
    merged = dict(PRESETS.get(str(settings.get("preset", "")), {}))
    for name, value in settings.items():
        under = merged.get(name)
        is_merged = isinstance(value, Mapping) and isinstance(under, Mapping)
        merged[name] = {**under, **value} if is_merged and under else value
    return merged


def _ask(options: Options, visit: Visit) -> Outcome:
    question = Question(
        options.url,
        options.method,
        params=_open(visit.target, options.params),
        form=_open(visit.target, options.form),
        json=_open(visit.target, options.json),
    )
    answer = visit.ask(options, question)
    return answer if isinstance(answer, Failure) else judged(answer, options, visit.at)


def _open(target: Target, value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a body with the secrets in place of their references."""
    if isinstance(value, Mapping):
        return {name: _open(target, each) for name, each in value.items()}
    if isinstance(value, list):
        return [_open(target, each) for each in value]
    return target.secret(value) if fields.is_reference(value) else value


def judged(answer: Answer, options: Options, at: datetime) -> Outcome:
    """Return what an answer means; what the body says of itself comes before the code."""
    samples = [latency(answer)]
    if answer.certificate_ends_at is not None:
        samples.append(Sample("days_left", days_until(answer.certificate_ends_at, at), "d"))
    outcome = _said(answer, options) or _by_status(answer, options) or _by_words(answer, options)
    if outcome is None:
        outcome = _with_values(answer, options)
    return replace_samples(outcome, [*samples, *outcome.samples])


def replace_samples(outcome: Outcome, samples: Sequence[Sample]) -> Outcome:
    """Return an outcome with other samples."""
    return Outcome(outcome.health, outcome.reason, outcome.message, samples, outcome.raw)


def _said(answer: Answer, options: Options) -> Outcome | None:
    """Return what ``when`` says of the body, unless it is plainly good."""
    if not options.when:
        return None
    try:
        body = answer.json
    except ValueError:
        return _not_json(answer) if answer.is_success else None
    meaning = next((word for word in MEANINGS if _holds(options.when.get(word), body)), "")
    if meaning == "ok":
        return None
    if meaning:
        health, reason = MEANINGS[meaning]
        text = one_line(f"the answer says {_found(options.when[meaning], body)}", 200)
        if said := complaint(answer):
            text += f": {said}"
        return Outcome(health, reason, text, raw=answer.text)
    if "ok" in options.when and answer.is_success:
        text = one_line(f"the answer says {_found(options.when['ok'], body)}", 200)
        return Failure(Reason.BAD_ANSWER, text, answer.text)
    return None


def _holds(wanted: Mapping[str, Sequence[Any]] | None, body: object) -> bool:
    return bool(wanted) and all(
        _is_one_of(body, path, words) for path, words in (wanted or {}).items()
    )


def _is_one_of(body: object, path: str, words: Sequence[Any]) -> bool:
    try:
        found = at_path(body, path)
    except Absent:
        return False
    return "*" in words or any(_spelt(found) == _spelt(word) for word in words)


def _spelt(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _found(wanted: Mapping[str, Sequence[Any]], body: object) -> str:
    return ", ".join(f"{path} = {_spelt(_at(body, path))}" for path in wanted)


def _at(body: object, path: str) -> object:
    try:
        return "***" if names_a_secret(path) else at_path(body, path)
    except Absent:
        return "(absent)"


def _by_status(answer: Answer, options: Options) -> Outcome | None:
    if answer.status in options.down_status:
        text = f"the target says so: HTTP {answer.status}"
        return Outcome(Health.DOWN, message=text, raw=answer.text)
    if not options.expect_status:
        return refusal(answer)
    if answer.status in options.expect_status:
        return None
    text = f"HTTP {answer.status} where {', '.join(map(str, options.expect_status))} is expected"
    return refusal(answer) or Failure(Reason.BAD_ANSWER, text, answer.text)


def _by_words(answer: Answer, options: Options) -> Outcome | None:
    if options.down_matches and options.down_matches.search(answer.text):
        return Outcome(Health.DOWN, message="the body says that it is down", raw=answer.text)
    if options.body_matches and not options.body_matches.search(answer.text):
        text = f"the body does not match {options.body_matches.pattern!r}"
        return Failure(Reason.BAD_ANSWER, text, answer.text)
    return None


def _with_values(answer: Answer, options: Options) -> Outcome:
    text = f"HTTP {answer.status}"
    samples: list[Sample] = []
    for each in options.values:
        try:
            samples.append(Sample(each.name, _number(answer, each), each.unit))
        except Absent as fault:
            return Failure(Reason.NO_DATA, f"{each.name}: nothing at {fault}", answer.text, samples)
        except ValueError as fault:
            return Failure(Reason.BAD_ANSWER, f"{each.name}: {fault}", answer.text, samples)
    return Outcome(Health.OK, message=text, samples=samples, raw=answer.text)


def _number(answer: Answer, value: Value) -> float:
    if value.pattern is None:
        return number_of(at_path(answer.json, value.path), value.commas)
    found = value.pattern.search(answer.text)
    if found is None:
        raise Absent(value.pattern.pattern)
    return number_of(found[1], value.commas)


def _not_json(answer: Answer) -> Failure:
    return Failure(Reason.BAD_ANSWER, "the answer is not JSON", answer.text)


SETTINGS = fields.described(Options)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check."""
    try:
        return fields.faults_of(Options, with_preset(settings))
    except TypeError:
        return ["the settings are no names and values"]
