"""Files that have to arrive, such as settlement and reconciliation files, here or by SFTP.

A file counts once its size stood still in two polls, or for two intervals when it is first seen.
Whether it came in time is a rule on the sample ``newest_at``, not a setting: ``{sample: newest_at,
deadline: "08:30"}`` is judged in the market's local time on its working days. A pattern that never
matched anything is *no data*.

Settings: ``pattern`` (path with ``*`` and ``?``; by SFTP in the last part only), ``least_bytes``
(smaller is degraded), ``host``, ``port``, ``user``, ``password`` or ``key`` (a reference, or the
path of a private key), ``host_key`` (by SFTP: type and base64 as in a ``.pub`` file), ``timeout``.
SFTP needs the extra ``sftp``.

Samples: ``newest_at`` (unix seconds), ``newest_bytes``, ``files``.
"""

import glob
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import fields
from ssoc.monitoring.adapters.answer import Failure, Outcome
from ssoc.monitoring.adapters.asking import Visit, polled
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.adapters.fields import may, need
from ssoc.monitoring.adapters.found import Found
from ssoc.monitoring.adapters.hosts import host_fault
from ssoc.monitoring.adapters.sftp import Place, listing
from ssoc.monitoring.reading import Health, Reading, Reason, Sample

SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Options:
    """Settings of a check of this kind."""

    pattern: str = need(fields.text, "path of the files, with * and ?")
    least_bytes: int = may(fields.whole(0, 10**15), "a smaller file is degraded", 1)
    host: str = may(fields.text, "SFTP server; the files of this machine when absent", "")
    port: int = may(fields.whole(1, 65_535), "its port", 22)
    user: str = may(fields.text, "its user", "")
    password: str = may(fields.reference, "reference to the password", "")
    key: str = may(fields.text, "path of the private key", "")
    host_key: str = may(fields.text, "the server's key, type and base64 as in a .pub file", "")
    timeout: timedelta | None = may(fields.duration, "time for the whole poll", None)

    def __post_init__(self) -> None:
        if self.host and not (self.user and self.host_key and (self.password or self.key)):
            raise ValueError("SFTP needs user, host_key, and password or key")
        if not self.pattern.startswith("/"):
            raise ValueError("setting 'pattern': expected a path from the root, such as /in/*.csv")


def poll(check: Check, settings: PollingSettings, at: datetime, client: Client) -> Reading:
    """Look once for the newest file."""
    return polled(Options, _ask, check, settings, at, client)


def _ask(options: Options, visit: Visit) -> Outcome:
    found = _remote(options, visit) if options.host else _local(options.pattern)
    if isinstance(found, Failure):
        return found
    before: Mapping[str, Found] | None = visit.target.memory.get("files")
    visit.target.memory["files"] = {each.path: each for each in found}
    settled = still(found, before, visit.at - 2 * visit.check.every)
    return newest(settled, len(found) - len(settled), options)


def still(found: Sequence[Found], before: Mapping[str, Found] | None, old: datetime) -> list[Found]:
    """Return the files nobody writes to any more, oldest first.

    ``before`` is what the last poll found; on the first one, what changed before ``old`` counts.
    """
    settled = [
        each
        for each in found
        if (before or {}).get(each.path) == each or (before is None and each.changed_at < old)
    ]
    return sorted(settled, key=lambda each: (each.changed_at, each.path))


def newest(settled: Sequence[Found], growing: int, options: Options) -> Outcome:
    """Return what the newest file says."""
    note = f", {growing} still growing" if growing else ""
    if not settled:
        return Failure(Reason.NO_DATA, f"no file like {options.pattern}{note}")
    last = settled[-1]
    samples = [
        Sample("newest_at", last.changed_at.timestamp(), "s"),
        Sample("newest_bytes", float(last.size), "bytes"),
        Sample("files", float(len(settled))),
    ]
    name = os.path.basename(last.path)
    text = f"{name} of {last.changed_at:%Y-%m-%d %H:%M} UTC, {last.size} bytes{note}"
    raw = "\n".join(os.path.basename(each.path) for each in settled[-SHOWN:])
    if last.size < options.least_bytes:
        text = f"{text}: fewer than {options.least_bytes}"
        return Outcome(Health.DEGRADED, message=text, samples=samples, raw=raw)
    return Outcome(Health.OK, message=text, samples=samples, raw=raw)


def _local(pattern: str) -> list[Found] | Failure:
    found = []
    for path in glob.glob(pattern, recursive=True):
        try:
            state = os.stat(path)
        except OSError:
            continue  # it went between listing and looking
        if stat.S_ISREG(state.st_mode):
            found.append(Found(path, state.st_size, datetime.fromtimestamp(state.st_mtime, UTC)))
    return found


def _remote(options: Options, visit: Visit) -> list[Found] | Failure:
    if fault := host_fault(options.host, visit.target.settings.allow_hosts):
        return Failure(Reason.CONFIGURATION, fault)
    password = visit.target.secret(options.password) if options.password else ""
    place = Place(options.host, options.port, options.user, password, options.key, options.host_key)
    return listing(place, options.pattern, visit.target.line)


SETTINGS = fields.described(Options)


def faults(settings: Mapping[str, Any]) -> list[str]:
    """Return every fault in the settings of a check."""
    return fields.faults_of(Options, settings)
