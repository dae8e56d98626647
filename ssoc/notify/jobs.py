"""Send what is due: claimed first, sent outside any transaction, then marked."""

import logging
from dataclasses import dataclass
from datetime import datetime

import requests
from sqlalchemy import select

from ssoc.core.errors import BadSettings
from ssoc.core.permissions import SYSTEM
from ssoc.core.settings import NotifySettings, secret
from ssoc.core.work import Runtime
from ssoc.notify.models import Page
from ssoc.notify.rules import retry_delay
from ssoc.notify.subscribers import WEBHOOK

log = logging.getLogger(__name__)
AT_ONCE = 50
TIMEOUT = (3.05, 10)  # seconds to connect, and between two bytes


@dataclass(frozen=True)
class Due:
    """A page to be sent, as a value that outlives its transaction."""

    id: int
    key: str
    body: dict[str, object]


def send_pages(runtime: Runtime) -> None:
    """Send what is due to the webhook; what fails is tried again, until something newer comes."""
    for due in _claim(runtime):
        _mark(runtime, due, _send(runtime.settings.notify, due))


def _claim(runtime: Runtime) -> list[Due]:
    """Count the attempt before it is made: whoever is killed in between has tried."""
    with runtime.work(SYSTEM) as work:
        waiting = (
            select(Page)
            .where(Page.due_at <= work.now, Page.receiver == WEBHOOK)
            .order_by(Page.due_at, Page.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        claimed = []
        for row in work.session.scalars(waiting):
            row.attempts += 1
            row.due_at = work.now + retry_delay(row.attempts)
            claimed.append(Due(row.id, row.key, _body(row)))
        return claimed


def _body(row: Page) -> dict[str, object]:
    return {
        "key": row.key,
        "incident": f"INC-{row.incident_id}",
        "kind": row.kind.value,
        "priority": row.priority,
        "component": row.component,
        "markets": [each for each in row.markets.split(",") if each],
        "text": row.text,
        "planned_at": _iso(row.planned_at),
        "attempt": row.attempts,
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _send(settings: NotifySettings, due: Due) -> str:
    """Return an empty text, or what went wrong; never the token."""
    if not settings.webhook:
        return "no webhook is set any more; set notify.webhook again to keep the promise"
    headers = {"Idempotency-Key": due.key}
    try:
        if settings.webhook_token:
            headers["Authorization"] = f"Bearer {secret(settings.webhook_token)}"
        answer = requests.post(
            settings.webhook,
            json=due.body,
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except (requests.RequestException, BadSettings) as error:
        return f"{type(error).__name__}: {error}"
    if answer.status_code >= 300:
        return f"the receiver answered {answer.status_code}"
    return ""


def _mark(runtime: Runtime, due: Due, fault: str) -> None:
    with runtime.work(SYSTEM) as work:
        row = work.session.get_one(Page, due.id, with_for_update=True)
        if fault:
            row.last_error = fault[:500]
            log.warning("page %s was not delivered: %s", due.key, fault)
        else:
            row.delivered_at, row.due_at, row.last_error = work.now, None, None
