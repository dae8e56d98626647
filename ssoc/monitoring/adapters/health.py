"""Health pages in four shapes, read by one parser.

health+json (``checks``), Spring actuator (``components``), Mojaloop (``services``) and a bare
``{"status": …}``. A failing child lowers a good parent to degraded, a failing parent is down, and
a word that nobody defined is unknown, never up. The body speaks before the HTTP code.

Settings: ``url``, and those of every adapter that asks by HTTP: ``headers``, ``auth``, ``ca``,
``certificate``, ``certificate_key``, ``timeout``.

Samples: ``latency_ms``, ``uptime_seconds`` (Mojaloop), numbers that health+json observed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import Answer, Failure, Outcome, one_line, refusal
from ssoc.monitoring.adapters.asking import HttpOptions, Visit, latency, polled
from ssoc.monitoring.adapters.client import Client, Question
from ssoc.monitoring.adapters.fields import need
from ssoc.monitoring.reading import Health, Reading, Reason, Sample

WORDS: Mapping[str, Health] = {
    "pass": Health.OK,
    "ok": Health.OK,
    "up": Health.OK,
    "warn": Health.DEGRADED,
    "fail": Health.DOWN,
    "error": Health.DOWN,
    "down": Health.DOWN,
    "out_of_service": Health.DOWN,
}
UNDECIDED = "unknown"  # actuator's own word; an aggregate ignores it, so do we below a parent
SPEAKS_FIRST = {401, 403, 404, 405}  # codes that mean us, whatever a bare body says
DEEPEST = 20
ACCEPT = "application/health+json, application/json;q=0.9, */*;q=0.1"


@dataclass(frozen=True, kw_only=True)
class Options(HttpOptions):
    """Settings of a check of this kind."""

    url: str = need(fields.address, "address of the health page")


@dataclass(frozen=True)
class Node:
    """One part of a system, what it says of itself, and its own parts."""

    name: str
    word: str
    children: Sequence["Node"] = ()

    @property
    def health(self) -> Health:
        """Return what its own word means."""
        return WORDS.get(self.word.lower(), Health.UNKNOWN)

    def leaves(self, wanted: Health, above: str = "") -> Iterator[str]:
        """Yield the paths of the deepest parts in a state, such as ``broker/us2``."""
        path = f"{above}/{self.name}" if above else self.name
        below = [leaf for child in self.children for leaf in child.leaves(wanted, path)]
        if below:
            yield from below
        elif self.health is wanted and not self._is_undecided:
            yield path

    @property
    def _is_undecided(self) -> bool:
        return self.word.lower() == UNDECIDED


def poll(check: Check, settings: PollingSettings, at: datetime, client: Client) -> Reading:
    """Ask one health page."""
    return polled(Options, _ask, check, settings, at, client)


def _ask(options: Options, visit: Visit) -> Outcome:
    answer = visit.ask(options, Question(options.url, headers={"Accept": ACCEPT}))
    return answer if isinstance(answer, Failure) else health_page(answer)


def health_page(answer: Answer) -> Outcome:
    """Return what a health page says."""
    root, body = tree(answer)
    if root is None or (answer.status in SPEAKS_FIRST and not root.children):
        wrong = Failure(Reason.BAD_ANSWER, "the answer is no health page", answer.text)
        return refusal(answer) or wrong
    samples = [latency(answer), *_observed(body)]
    health, reason, message = verdict(root)
    if not answer.is_success and health is Health.OK:
        message += f", though with HTTP {answer.status}"
    return Outcome(health, reason, one_line(message), samples, answer.text)


def verdict(root: Node) -> tuple[Health, Reason, str]:
    """Return what a tree of parts means, why, and which parts decided."""
    if root.health is Health.UNKNOWN:
        undecided = root.word.lower() == UNDECIDED
        reason = Reason.NO_DATA if undecided else Reason.BAD_ANSWER
        return Health.UNKNOWN, reason, f"status {root.word[:60]!r} is not known"
    down, warned, strange = (_parts(root, health) for health in _WORST_FIRST)
    if root.health is Health.DOWN:
        return Health.DOWN, Reason.NONE, _naming(f"status {root.word}", down)
    if down or warned or root.health is Health.DEGRADED:
        return Health.DEGRADED, Reason.NONE, _naming(f"status {root.word}", down + warned)
    if strange:
        return Health.UNKNOWN, Reason.BAD_ANSWER, _naming("words that are not known", strange)
    return Health.OK, Reason.NONE, f"status {root.word}"


_WORST_FIRST = (Health.DOWN, Health.DEGRADED, Health.UNKNOWN)


def _parts(root: Node, wanted: Health) -> list[str]:
    """Return the names of parts in a state, each once, in order."""
    return list(dict.fromkeys(leaf for each in root.children for leaf in each.leaves(wanted)))


def _naming(text: str, parts: Sequence[str]) -> str:
    return f"{text}: {', '.join(parts)}" if parts else text


def tree(answer: Answer) -> tuple[Node | None, Mapping[str, Any]]:
    """Return the parts of a health page and its body; None when it is no such page."""
    try:
        body = answer.json
    except ValueError:
        return None, {}
    if not isinstance(body, dict) or not isinstance(body.get("status"), str):
        return None, {}
    return Node("", body["status"], tuple(_children(body, 0))), body


def _children(body: Mapping[str, Any], depth: int) -> Iterator[Node]:
    if depth > DEEPEST:
        return
    for name, part in _named_parts(body):
        if isinstance(part, dict) and isinstance(part.get("status"), str):
            yield Node(name, part["status"], tuple(_children(part, depth + 1)))


def _named_parts(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("checks", "components"):
        for name, part in _items(body.get(key)):
            for each in part if isinstance(part, list) else [part]:
                yield str(name), each
    services = body.get("services")
    for each in services if isinstance(services, list) else []:
        if isinstance(each, dict):
            yield str(each.get("name", "?")), each


def _items(value: object) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _observed(body: Mapping[str, Any]) -> Iterator[Sample]:
    """Yield the numbers of a page; ``startTime`` is not one: it may be the time of the answer."""
    if _is_number(body.get("uptime")):
        yield Sample("uptime_seconds", float(body["uptime"]), "s")
    for name, part in _items(body.get("checks")):
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, dict) and _is_number(each.get("observedValue")):
                labels = {key: str(each[key]) for key in ("componentId", "node") if each.get(key)}
                unit = str(each.get("observedUnit", ""))[:32]
                yield Sample(str(name)[:128], float(each["observedValue"]), unit, labels)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


SETTINGS = fields.described(Options)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check."""
    return fields.faults_of(Options, settings)
