"""Send letters that are due: claimed first, sent outside any transaction, then marked."""

import logging
from datetime import datetime

from sqlalchemy import Select, select

from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.notify.channels.mail import Letter, send
from ssoc.notify.models import Mail
from ssoc.notify.rules import retry_delay

log = logging.getLogger(__name__)
AT_ONCE = 20


def send_mail(runtime: Runtime) -> None:
    """Send what is due; what fails is tried again, until it is too old to be of use."""
    if not runtime.settings.notify.mail_server:
        return
    for number, letter in _claim(runtime):
        fault = send(runtime.settings.notify, letter, runtime.clock.now())
        _mark(runtime, number, letter.key, fault)


def _claim(runtime: Runtime) -> list[tuple[int, Letter]]:
    """Count the attempt before it is made: whoever is killed in between has tried."""
    with runtime.view(SYSTEM) as work:
        if work.session.scalar(_due(work.now)) is None:
            return []
    with runtime.work(SYSTEM) as work:
        claimed = []
        for row in work.session.scalars(_due(work.now).with_for_update(skip_locked=True)):
            if row.expires_at <= work.now:
                row.due_at, row.skipped = None, "it is too old to be of use"
                continue
            row.attempts += 1
            row.due_at = work.now + retry_delay(row.attempts)
            claimed.append((row.id, Letter(row.key, row.address, row.subject, row.text)))
        return claimed


def _due(now: datetime) -> Select[Mail]:
    return select(Mail).where(Mail.due_at <= now).order_by(Mail.due_at, Mail.id).limit(AT_ONCE)


def _mark(runtime: Runtime, number: int, key: str, fault: str) -> None:
    with runtime.work(SYSTEM) as work:
        row = work.session.get_one(Mail, number, with_for_update=True)
        if fault:
            row.last_error = fault[:500]
            log.warning("letter %s was not sent: %s", key, fault)
        else:
            row.sent_at, row.due_at, row.last_error = work.now, None, None
