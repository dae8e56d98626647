"""The network below: a TCP connection, a TLS handshake, a name.

Settings: ``kind`` (``tcp``, ``tls`` or ``dns``), ``host``, ``port`` (tcp and tls), ``ca``
(tls: PEM file of the private CA), ``certificate`` and ``certificate_key`` (tls: PEM files of
ours), ``server_name`` (tls: the name to verify, else the host), ``warn_days`` and
``critical_days`` (tls: the certificate ends so soon), ``expect`` (dns: addresses that must be
among the answer), ``timeout``.

Samples: ``connect_ms``, ``handshake_ms``, ``days_left``; ``lookup_ms`` and ``addresses``.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from time import perf_counter
from typing import Any

from ssoc.core.errors import BadSettings
from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import Failure, Outcome
from ssoc.monitoring.adapters.asking import Visit, days_until, polled
from ssoc.monitoring.adapters.client import Client, certificate_end
from ssoc.monitoring.adapters.failures import failure_of
from ssoc.monitoring.adapters.fields import may, need
from ssoc.monitoring.adapters.hosts import host_fault
from ssoc.monitoring.adapters.line import Line, PlainSocket, close_quietly, resolve, trust
from ssoc.monitoring.reading import Health, Reading, Reason, Sample
from ssoc.monitoring.rules.words import counted


def addresses(value: object) -> tuple[str, ...]:
    """Read IP addresses."""
    return tuple(str(ip_address(each)) for each in fields.texts(value))


@dataclass(frozen=True, kw_only=True)
class Options:
    """Settings of a check of this kind."""

    kind: str = need(fields.choice("tcp", "tls", "dns"), "tcp, tls or dns")
    host: str = need(fields.text, "host to reach, or name to look up")
    port: int = may(fields.whole(1, 65_535), "port (tcp and tls)", 0)
    ca: str = may(fields.text, "tls: PEM file of the private CA to trust instead", "")
    certificate: str = may(fields.text, "tls: PEM file of our client certificate", "")
    certificate_key: str = may(fields.text, "tls: PEM file of its key", "")
    server_name: str = may(fields.text, "tls: name to verify, else the host", "")
    warn_days: float = may(fields.number(0, 3_650), "tls: degraded when it ends so soon", 30)
    critical_days: float = may(fields.number(0, 3_650), "tls: says critical when so soon", 7)
    expect: tuple[str, ...] = may(addresses, "dns: addresses that must be among the answer", ())
    timeout: timedelta | None = may(fields.duration, "time for the whole poll", None)

    def __post_init__(self) -> None:
        if self.kind != "dns" and not self.port:
            raise ValueError(f"setting 'port' is missing: a {self.kind} check needs one")


def poll(check: Check, settings: PollingSettings, at: datetime, client: Client) -> Reading:
    """Try one connection or name."""
    return polled(Options, _ask, check, settings, at, client)


def _ask(options: Options, visit: Visit) -> Outcome:
    if fault := host_fault(options.host, visit.target.settings.allow_hosts):
        return Failure(Reason.CONFIGURATION, fault)
    where = f"{options.host}:{options.port}" if options.port else options.host
    try:
        if options.kind == "dns":
            return _lookup(options, visit.target.line)
        return _connection(options, visit.target.line, visit.at)
    except OSError as error:
        return failure_of(error, where)


def _connection(options: Options, line: Line, at: datetime) -> Outcome:
    began = perf_counter()
    link = line.connect(options.host, options.port)
    samples = [_since("connect_ms", began)]
    try:
        if options.kind == "tcp":
            return Outcome(Health.OK, message="connected", samples=samples)
        began = perf_counter()
        ends_at = _handshake(options, line, link)
    finally:
        close_quietly(link)
    return certificate(ends_at, options, at, [*samples, _since("handshake_ms", began)])


def _handshake(options: Options, line: Line, link: PlainSocket) -> datetime | None:
    try:
        context = trust(options.ca, options.certificate, options.certificate_key)
    except (OSError, ssl.SSLError):
        raise BadSettings("cannot read the PEM files of this check: check the paths") from None
    link.settimeout(line.patience(line.read_seconds))
    name = options.server_name or options.host
    with context.wrap_socket(link, server_hostname=name) as secure:
        return certificate_end(dict(secure.getpeercert() or {}))


def certificate(
    ends_at: datetime | None, options: Options, at: datetime, samples: list[Sample]
) -> Outcome:
    """Return what the end of a certificate means."""
    if ends_at is None:
        return Failure(Reason.BAD_ANSWER, "the certificate does not tell its end", "", samples)
    days = days_until(ends_at, at)
    samples = [*samples, Sample("days_left", days, "d")]
    text = f"the certificate ends on {ends_at:%Y-%m-%d}, in {counted(round(days), 'day')}"
    if days > options.warn_days:
        return Outcome(Health.OK, message=text, samples=samples)
    word = "critical: " if days <= options.critical_days else ""
    return Outcome(Health.DEGRADED, message=f"{word}{text}", samples=samples)


def _lookup(options: Options, line: Line) -> Outcome:
    began = perf_counter()
    found = resolve(options.host, options.port, line.patience(line.read_seconds))
    known = sorted({str(each[4][0]).split("%")[0] for each in found})
    samples = [_since("lookup_ms", began), Sample("addresses", float(len(known)))]
    return name_service(known, options.expect, samples)


def name_service(found: list[str], expected: tuple[str, ...], samples: list[Sample]) -> Outcome:
    """Return what the addresses behind a name mean."""
    present = {str(ip_address(each)) for each in found}
    lost = [each for each in expected if each not in present]
    text = f"resolves to {', '.join(found)}"
    if lost:
        health = Health.DOWN if len(lost) == len(expected) else Health.DEGRADED
        return Outcome(health, message=f"{text}; missing {', '.join(lost)}", samples=samples)
    return Outcome(Health.OK, message=text, samples=samples)


def _since(name: str, began: float) -> Sample:
    return Sample(name, round((perf_counter() - began) * 1000, 3), "ms")


SETTINGS = fields.described(Options)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check."""
    return fields.faults_of(Options, settings)
