"""A page of metrics, in Prometheus' text format or OpenMetrics, also a blackbox exporter's probe.

The blackbox exporter answers 200 even when its probe fails: ``probe_success`` decides then.

Settings: ``url`` (of the page, or ``…/probe?module=M&target=T``), ``select`` (what to keep: a
selector, a list of them, or sample name to selector; everything when absent), ``unit``, ``most``
(samples at most), ``fresh_within`` (older time stamps are stale), and those of every adapter that
asks by HTTP: ``headers``, ``auth``, ``ca``, ``certificate``, ``certificate_key``, ``timeout``.

Samples: the selected ones; of a probe also ``days_left``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import Answer, Failure, Outcome, is_readable, one_line, refusal
from ssoc.monitoring.adapters.asking import HttpOptions, Visit, days_until, polled
from ssoc.monitoring.adapters.client import Client, Question
from ssoc.monitoring.adapters.fields import may, need
from ssoc.monitoring.adapters.selectors import Selector, selector
from ssoc.monitoring.reading import Health, Reading, Reason, Sample
from ssoc.monitoring.rules.words import counted

OPENMETRICS = "application/openmetrics-text"
ACCEPT = f"{OPENMETRICS};version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1"
EXPIRY = "probe_ssl_earliest_cert_expiry"
SUCCESS = "probe_success"
STATUS = "probe_http_status_code"


class Selected(NamedTuple):
    """What to keep, and under which name (empty: its own)."""

    name: str
    selector: Selector


class Read(NamedTuple):
    """One sample as it stood on the page."""

    sample: Sample
    at: datetime | None = None


def selection(value: object) -> tuple[Selected, ...]:
    """Read the setting ``select``."""
    if isinstance(value, Mapping):
        return tuple(Selected(str(name), selector(each)) for name, each in value.items())
    return tuple(Selected("", selector(each)) for each in fields.texts(value))


@dataclass(frozen=True, kw_only=True)
class Options(HttpOptions):
    """Settings of a check of this kind."""

    url: str = need(fields.address, "address of the page, or of a blackbox exporter's probe")
    select: tuple[Selected, ...] = may(
        selection, "a selector, a list of them, or sample name to selector; else everything", ()
    )
    unit: str = may(fields.text, "unit of the samples", "")
    most: int = may(fields.whole(1, 50_000), "samples at most", 2_000)
    fresh_within: timedelta | None = may(fields.duration, "older time stamps are stale", None)


def poll(check: Check, settings: PollingSettings, at: datetime, client: Client) -> Reading:
    """Read one page of metrics."""
    return polled(Options, _ask, check, settings, at, client)


def _ask(options: Options, visit: Visit) -> Outcome:
    answer = visit.ask(options, Question(options.url, headers={"Accept": ACCEPT}))
    return answer if isinstance(answer, Failure) else page(answer, options, visit.at)


def page(answer: Answer, options: Options, at: datetime) -> Outcome:
    """Return what a page of metrics says."""
    if refused := refusal(answer):
        return refused
    read = parsed(answer)
    if isinstance(read, Failure):
        return read
    kept, missing = selected(read, options.select, options.unit)
    if len(kept) > options.most:
        text = f"the page has {len(kept)} samples, more than {options.most}: select fewer"
        return Failure(Reason.CONFIGURATION, text, answer.text)
    samples = [each.sample for each in kept]
    own = {each.sample.name: each.sample.value for each in read}
    if SUCCESS in own:
        samples += _days_left(own, at)
        if own[SUCCESS] != 1:
            text = f"the probe failed{_status(own)}"
            return Outcome(Health.DOWN, message=text, samples=samples, raw=answer.text)
    return _judged(kept, missing, samples, options, at, answer)


def _judged(
    kept: Sequence[Read],
    missing: Sequence[str],
    samples: Sequence[Sample],
    options: Options,
    at: datetime,
    answer: Answer,
) -> Outcome:
    if missing or not kept:
        what = ", ".join(missing) or "any sample"
        text = one_line(f"the page does not have {what}", 300)
        return Failure(Reason.NO_DATA, text, answer.text, samples)
    stamps = [each.at for each in kept if each.at is not None]
    if options.fresh_within and stamps and at - max(stamps) > options.fresh_within:
        text = f"the newest time stamp is {max(stamps):%Y-%m-%d %H:%M:%S} UTC"
        return Failure(Reason.STALE, text, answer.text, samples)
    return Outcome(Health.OK, message=counted(len(kept), "sample"), samples=samples)


def parsed(answer: Answer) -> Sequence[Read] | Failure:
    """Return every sample of a page; the end mark tells OpenMetrics when the header does not."""
    text = answer.text
    kind = answer.headers.get("content-type", "")
    is_open = OPENMETRICS in kind or text.rstrip().endswith("\n# EOF") or text.strip() == "# EOF"
    parse = parse_openmetrics if is_open else parse_text
    try:
        return [_read(each) for family in parse(text) for each in family.samples]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as fault:
        why = f": {fault}" if is_readable(text) else ", it holds signs that are no text"
        return Failure(Reason.BAD_ANSWER, one_line(f"no page of metrics{why}", 120), text)


def _read(each: Any) -> Read:  # noqa: ANN401 (the parser's own sample)
    stamp = None
    if each.timestamp is not None:
        try:
            stamp = datetime.fromtimestamp(float(each.timestamp), UTC)
        except (OSError, OverflowError, ValueError):
            stamp = None
    return Read(Sample(each.name, float(each.value), "", dict(each.labels)), stamp)


def selected(
    read: Iterable[Read], chosen: Sequence[Selected], unit: str = ""
) -> tuple[list[Read], list[str]]:
    """Return the samples that are meant, and the selectors that meant nothing on the page."""
    if not chosen:
        return [_named(each, "", unit) for each in read], []
    kept: list[Read] = []
    hit: set[int] = set()
    for each in read:
        for number, (name, meant) in enumerate(chosen):
            if meant.selects(each.sample.name, each.sample.labels):
                hit.add(number)
                kept.append(_named(each, name, unit))
    return kept, [meant.text for number, (_, meant) in enumerate(chosen) if number not in hit]


def _named(each: Read, name: str, unit: str) -> Read:
    own = each.sample
    return Read(Sample(name or own.name, own.value, unit, own.labels), each.at)


def _days_left(own: Mapping[str, float], at: datetime) -> list[Sample]:
    """Return the days a probed certificate is good; an unverified chain says nonsense."""
    expiry = own.get(EXPIRY, -1.0)
    if not 0 < expiry < 253_402_300_800:  # year 10000
        return []
    return [Sample("days_left", days_until(datetime.fromtimestamp(expiry, UTC), at), "d")]


def _status(own: Mapping[str, float]) -> str:
    code = own.get(STATUS)
    if code is None:
        return ""
    return f": HTTP {code:.0f}" if code else ": no HTTP answer"


SETTINGS = fields.described(Options)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check."""
    return fields.faults_of(Options, settings)
