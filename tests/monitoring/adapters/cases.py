"""What these tests share: answers, captured ones too, and checks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.adapters.answer import Answer
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.reading import Reading

SHARED = Path(__file__).parents[3] / "../shared"
CAPTURED = SHARED / "fixtures" / "captured"
HANDMADE = SHARED / "fixtures" / "handmade"
AT = datetime(2026, 11, 21, 21, 6, 50, tzinfo=UTC)
QUICK = replace(
    PollingSettings(),
    connect_timeout=timedelta(seconds=1),
    read_timeout=timedelta(seconds=1),
    total_timeout=timedelta(seconds=2),
)


def said(status: int, body: str | bytes, kind: str = "application/json") -> Answer:
    """Return an answer written in the test."""
    raw = body.encode() if isinstance(body, str) else body
    return Answer(status, raw, {"content-type": kind}, seconds=0.012)


def captured(name: str) -> Answer:
    """Return an answer that a real tool gave, or skip when the fixtures are not there."""
    path = CAPTURED / name
    if not path.exists():
        pytest.skip(f"captured traffic is not beside the repository: {name}")
    raw = path.read_bytes()
    if path.suffix != ".http":
        return Answer(200, raw, {"content-type": "text/plain"})
    _, _, rest = raw.partition(b"\n")
    head, _, body = rest.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    return Answer(int(first.split()[1]), body, {name.lower(): value for name, value in pairs})


def check(adapter: str, settings: Mapping[str, Any]) -> Check:
    """Return a check of Kenya's core, asked every 30 s."""
    return Check("ke-core", "probe", adapter, timedelta(seconds=30), "KE", settings=settings)


def ask(
    adapter: str,
    settings: Mapping[str, Any],
    client: Client | None = None,
    at: datetime = AT,
    polling: PollingSettings = QUICK,
) -> Reading:
    """Poll once for real."""
    chosen = client or Client()
    try:
        return ADAPTERS[adapter].poll(check(adapter, settings), polling, at, chosen)
    finally:
        if client is None:
            chosen.close()
