"""Ask other people's calendars of freezes over the network: allowed hosts alone, bounded.

The same client as polling's: it follows no redirect, keeps to its times and reads no more than it
may. Nothing here opens a transaction.
"""

from dataclasses import replace

from changes.actions.freeze_feeds import Fetched
from ssoc.core.settings import PollingSettings, Settings
from ssoc.monitoring.adapters.answer import Answer, Failure, without_query
from ssoc.monitoring.adapters.client import Question, Target

_OK, _UNCHANGED = 200, 304
_REDIRECTS = range(300, 400)


def fetch(settings: Settings, url: str, etag: str) -> Fetched:
    """Return what a calendar's address answers; never raises for the other side."""
    target, limits = Target(), _limits(settings)
    headers = {"Accept": "text/calendar"} | ({"If-None-Match": etag} if etag else {})
    try:
        target.begin(limits, {}, limits.total_timeout.total_seconds())
        return _read(target.ask(Question(url, headers=headers)), url)
    finally:
        target.close()


def _limits(settings: Settings) -> PollingSettings:
    chosen = settings.changes
    return replace(
        settings.polling,
        allow_hosts=chosen.feed_hosts,
        most_body_bytes=chosen.most_feed_bytes,
    )


def _read(answer: Answer | Failure, url: str) -> Fetched:
    if isinstance(answer, Failure):
        return Fetched(fault=_ours(answer.message))
    if answer.status == _UNCHANGED:
        return Fetched(is_unchanged=True)
    where = without_query(url)
    if answer.status in _REDIRECTS:
        return Fetched(fault=f"{where} leads elsewhere ({answer.status}); give the last address")
    if answer.status != _OK:
        return Fetched(fault=f"{where} answered {answer.status}; ask whoever keeps the calendar")
    return Fetched(content=answer.body, etag=answer.headers.get("etag", ""))


def _ours(text: str) -> str:
    """Return a fault with the names of our own settings instead of polling's."""
    text = text.replace("allow_hosts in [polling]", "feed_hosts in [changes]")
    return text.replace("most_body_bytes in [polling]", "most_feed_bytes in [changes]")
