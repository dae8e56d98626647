"""Our alerts and silences in the JSON of Alertmanager's API v2."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from ssoc.monitoring.peer_queries import WholeAlert
from ssoc.monitoring.report import hex_of
from ssoc.monitoring.rules.inhibition import seen
from ssoc.monitoring.rules.matching import to_plain
from ssoc.monitoring.rules.suppression import Silence, Suppressions

RECEIVER = "ssoc"
API_VERSION = "0.25.0"  # whose API this is: clients choose their dialect by it
Json = dict[str, Any]


def stamp(at: datetime) -> str:
    """Return an instant as Alertmanager writes it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def status(started_at: datetime, group_by: Sequence[str]) -> Json:
    """Return who we are; the configuration is YAML that amtool can read."""
    route = {"receiver": RECEIVER, "group_by": list(group_by), "continue": False}
    original = yaml.safe_dump({"route": route, "receivers": [{"name": RECEIVER}]}, sort_keys=False)
    return {
        "cluster": {"name": "ssoc", "status": "disabled", "peers": []},
        "config": {"original": original},
        "uptime": stamp(started_at),
        "versionInfo": {
            "branch": "ssoc",
            "buildDate": "",
            "buildUser": "ssoc",
            "goVersion": "",
            "revision": "ssoc",
            "version": API_VERSION,
        },
    }


def alert(it: WholeAlert, active: Suppressions, timeout: timedelta) -> Json:
    """Return one alert, with who holds its pages back."""
    silenced = active.silences_of(it.labels, it.market)
    windows = active.windows_of(it.component, it.market) if it.component else []
    told = seen(it.labels, it.severity, it.market, it.component)
    inhibited = [each.id for each in active.inhibitions.of(told)]
    return {
        "annotations": dict(it.annotations),
        "endsAt": stamp(it.lease_until or active.at + timeout),
        "fingerprint": hex_of(it.key),
        "receivers": [{"name": RECEIVER}],
        "startsAt": stamp(it.started_at),
        "status": {
            "inhibitedBy": inhibited,
            "mutedBy": [each.title for each in windows],
            "silencedBy": silenced,
            "state": "suppressed" if silenced or inhibited or windows else "active",
        },
        "updatedAt": stamp(it.said_at),
        "generatorURL": it.url,
        "labels": dict(it.labels),
    }


def groups(alerts: Iterable[Json], group_by: Sequence[str]) -> list[Json]:
    """Return alerts that share the values of ``group_by``, group by group."""
    found: dict[tuple[tuple[str, str], ...], list[Json]] = {}
    for each in alerts:
        labels: Mapping[str, str] = each["labels"]
        found.setdefault(tuple((n, labels[n]) for n in group_by if n in labels), []).append(each)
    return [
        {"alerts": members, "labels": dict(shared), "receiver": {"name": RECEIVER}}
        for shared, members in sorted(found.items())
    ]


def silence(it: Silence, now: datetime) -> Json:
    """Return one silence, where it stands now included."""
    return {
        "id": it.id,
        "status": {"state": it.state(now).value},
        "updatedAt": stamp(it.updated_at or it.starts_at),
        "comment": it.comment,
        "createdBy": it.created_by,
        "endsAt": stamp(it.ends_at),
        "matchers": to_plain(it.matchers),
        "startsAt": stamp(it.starts_at),
    }
