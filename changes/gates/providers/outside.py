"""Figures that others give: PromQL and HTTP, asked as the poller asks, outside any transaction.

Hosts must stand in ``allow_hosts`` of ``[polling]``, answers and times are bounded, secrets are
references: all of that is the adapters' own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from changes.gates.actions.writing import Asked
from changes.gates.queries.due import Due
from changes.gates.rules.judging import Found
from changes.gates.rules.providers import Provider, ProviderKind, dotted
from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import http, promql
from ssoc.monitoring.adapters.answer import without_query
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.adapters.hosts import url_fault
from ssoc.monitoring.reading import Reading, Reason

PATIENCE = "5s"  # for one question, where the definition says nothing else
MOST_SERIES = 100
_SILENT = {Reason.NO_DATA, Reason.STALE}
_ASKING = ("headers", "auth", "ca", "certificate", "certificate_key")
_BODIES = ("method", "params", "json", "form")


def ask(due: Due, settings: PollingSettings, at: datetime, client: Client) -> Asked:
    """Return what the other side says; its faults are a result, nothing is raised."""
    given = due.metric.provider.at(due.market)
    if due.metric.provider.kind is ProviderKind.PROMQL:
        return _promql(due, given, settings, at, client)
    return _http(due, given, settings, at, client)


def faults(provider: Provider, market: str, settings: PollingSettings) -> list[str]:
    """Return what is wrong with the settings of a provider in a market; empty for others."""
    given = provider.at(market)
    if provider.kind is ProviderKind.PROMQL:
        found = promql.faults(_prometheus(given, str(given.get("query", ""))))
    elif provider.kind is ProviderKind.HTTP:
        found = http.faults(_answer(given))
    else:
        return []
    refused = url_fault(str(given["url"]), settings.allow_hosts)
    return [*found, refused] if refused else found


def _promql(
    due: Due, given: Mapping[str, Any], settings: PollingSettings, at: datetime, client: Client
) -> Asked:
    query, counting = str(given["query"]), str(given.get("samples_query", ""))
    found = promql.poll(_check(due, _prometheus(given, query), "promql"), settings, at, client)
    result = _values(found)
    samples = None
    if counting and not _fault(found):
        counted = promql.poll(_check(due, _prometheus(given, counting), "n"), settings, at, client)
        if _fault(counted):
            return Asked(_found(counted, (), None), f"{query}; {counting}", at)
        numbers = _values(counted)
        samples = sum(numbers) if numbers else 0.0
    text = f"{query}; samples: {counting}" if counting else query
    return Asked(_found(found, result, samples), text, at)


def _http(
    due: Due, given: Mapping[str, Any], settings: PollingSettings, at: datetime, client: Client
) -> Asked:
    found = http.poll(_check(due, _answer(given), "http"), settings, at, client)
    named = {each.name: each.value for each in found.samples}
    result = (named["value"],) if "value" in named else ()
    where = without_query(str(given["url"]))
    query = f"{given.get('method', 'GET')} {where} {given['value']}"
    if "samples" in given:
        query += f"; samples: {given['samples']}"
    return Asked(_found(found, result, named.get("samples")), query, at)


def _check(due: Due, settings: Mapping[str, Any], name: str) -> Check:
    """Return the question as the adapters know questions: each of its own connection."""
    turn = due.turn
    return Check(
        component=f"gate {turn.gate_id}",
        name=f"{turn.series_id} {name}",
        adapter="http" if name == "http" else "promql",
        every=due.metric.interval or timedelta(minutes=1),
        market=due.market,
        settings=settings,
    )


def _prometheus(given: Mapping[str, Any], query: str) -> dict[str, Any]:
    made = {"url": given.get("url"), "query": query, "most": MOST_SERIES}
    if "method" in given:
        made["method"] = given["method"]
    return made | _shared(given)


def _answer(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        name: {"path": dotted(str(given[name]))} for name in ("value", "samples") if name in given
    }
    bodies = {name: given[name] for name in _BODIES if name in given}
    return {"url": given.get("url"), "values": values} | bodies | _shared(given)


def _shared(given: Mapping[str, Any]) -> dict[str, Any]:
    shared = {name: given[name] for name in _ASKING if name in given}
    return shared | {"timeout": given.get("timeout", PATIENCE)}


def _values(found: Reading) -> tuple[float, ...]:
    ordered = sorted(found.samples, key=lambda each: sorted(each.labels.items()))
    return tuple(each.value for each in ordered)


def _fault(found: Reading) -> bool:
    return found.reason is not Reason.NONE and found.reason not in _SILENT


def _found(found: Reading, result: tuple[float, ...], samples: float | None) -> Found:
    if _fault(found):
        return Found(error=f"{found.reason}: {found.message}"[:500])
    if found.reason in _SILENT:
        return Found(samples=samples, nothing=found.message[:500])
    return Found(result, samples)
