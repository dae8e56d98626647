"""Pages as text: who was told what about an incident, when, and what did not arrive."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ssoc.core.work import Work
from ssoc.notify import queries
from ssoc.notify.queries import PageView
from web import words

_WORDS = {
    "delivered": ("delivered", "", "done"),
    "waiting": ("on its way", "", ""),
    "failing": ("not delivered", "p2", ""),
    "not sent": ("not sent", "", "none"),
}
NEWEST, LISTED, LOOKED_AT = 12, 50, 200


@dataclass(frozen=True)
class PageLine:
    """One page in a list; ``why`` says what stood in its way."""

    incident: int
    receiver: str
    kind: str
    text: str
    at: str
    full: str
    state: str
    tone: str
    badge: str
    why: str


@dataclass(frozen=True)
class Pages:
    """What was told, the newest first, and how much of it is not shown."""

    lines: list[PageLine]
    note: str = ""


def pages_of(work: Work, incident_id: int) -> Pages:
    """Return what anybody was told about one incident."""
    found = queries.pages_of(work, incident_id)[::-1]
    failing = sum(each.state == "failing" for each in found)
    note = f"{words.exact(failing)} not delivered, tried again" if failing else ""
    beyond = len(found) - NEWEST
    if beyond > 0:
        older = f"{words.exact(beyond)} older not shown"
        note = f"{note}; {older}" if note else older
    return Pages(lines(_troubled_first(found)[:NEWEST], work.now), note)


def recent(work: Work) -> list[PageLine]:
    """Return the newest pages, those that did not arrive on top."""
    found = queries.recent_pages(work, LOOKED_AT)
    return lines(_troubled_first(found)[:LISTED], work.now)


def lines(pages: Iterable[PageView], now: datetime) -> list[PageLine]:
    """Return pages as text."""
    return [_line(each, now) for each in pages]


def _troubled_first(pages: list[PageView]) -> list[PageView]:
    return sorted(pages, key=lambda each: each.state != "failing")


def _line(page: PageView, now: datetime) -> PageLine:
    word, tone, badge = _WORDS[page.state]
    at = page.delivered_at or page.planned_at
    return PageLine(
        incident=page.incident_id,
        receiver=page.receiver,
        kind=page.kind.value,
        text=words.cut(page.text, 160),
        at=words.when(at, now),
        full=words.full(at),
        state=word,
        tone=tone,
        badge=badge,
        why=_why(page, now),
    )


def _why(page: PageView, now: datetime) -> str:
    if page.skipped:
        return page.skipped
    if page.state != "failing":
        return ""
    tries = words.counted(page.attempts, "try", "tries")
    return f"{tries}, again {words.when(page.due_at, now)}: {words.cut(page.last_error or '', 160)}"
