"""Who was told what; limited to the actor's markets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.notify.models import Mail, Page
from ssoc.notify.rules import Kind


@dataclass(frozen=True)
class PageView:
    """One page as a screen shows it: ``state`` is delivered, waiting, failing or not sent."""

    id: int
    receiver: str
    incident_id: int
    number: int
    kind: Kind
    markets: Sequence[str]
    component: str
    priority: str
    text: str
    planned_at: datetime
    due_at: datetime | None
    delivered_at: datetime | None
    attempts: int
    skipped: str
    last_error: str | None

    @property
    def state(self) -> str:
        """Return where the page stands."""
        if self.delivered_at is not None:
            return "delivered"
        if self.due_at is None:
            return "not sent"
        return "failing" if self.last_error else "waiting"


def pages_of(work: Work, incident_id: int) -> list[PageView]:
    """Return what anybody was told about one incident, oldest first."""
    rows = select(Page).where(Page.incident_id == incident_id).order_by(Page.number, Page.id)
    views = [view for row in work.session.scalars(rows) if _sees(work, view := _view(row))]
    return [_for_reader(work, view) for view in views]


def recent_pages(work: Work, limit: int = 50) -> list[PageView]:
    """Return the newest pages that were sent or will be, newest first."""
    rows = select(Page).where(Page.skipped == "").order_by(Page.id.desc()).limit(limit * 4)
    views = [_view(row) for row in work.session.scalars(rows)]
    seen = [view for view in views if _sees(work, view)][:limit]
    return [_for_reader(work, view) for view in seen]


def undelivered(work: Work) -> int:
    """Return how many pages that the actor may see have failed at least once, to be tried again."""
    failing = select(Page).where(Page.due_at.is_not(None), Page.last_error.is_not(None))
    return sum(_sees(work, _view(row)) for row in work.session.scalars(failing))


@dataclass(frozen=True)
class MailView:
    """One letter as a screen shows it; its text may hold a link for its reader and stays here."""

    person: str
    subject: str
    planned_at: datetime
    sent_at: datetime | None
    attempts: int
    skipped: str
    last_error: str | None


def letters(work: Work, prefix: str) -> list[MailView]:
    """Return the letters whose key begins with ``prefix``, the oldest first; who may see asks."""
    rows = select(Mail).where(Mail.key.startswith(prefix, autoescape=True)).order_by(Mail.id)
    return [
        MailView(
            each.person,
            each.subject,
            each.planned_at,
            each.sent_at,
            each.attempts,
            each.skipped,
            each.last_error,
        )
        for each in work.session.scalars(rows)
    ]


def _view(row: Page) -> PageView:
    return PageView(
        row.id,
        row.receiver,
        row.incident_id,
        row.number,
        row.kind,
        tuple(each for each in row.markets.split(",") if each),
        row.component,
        row.priority,
        row.text,
        row.planned_at,
        row.due_at,
        row.delivered_at,
        row.attempts,
        row.skipped,
        row.last_error,
    )


def _for_reader(work: Work, view: PageView) -> PageView:
    """Return the page without what belongs to other markets: its words were made for all.

    A page to the markets an incident has newly reached says nothing of those it came from.
    """
    held = work.actor.markets(Permission.INCIDENT_SEE)
    if view.kind is Kind.SPREAD and EVERYWHERE not in held:
        view = replace(view, component="")
    mine = tuple(each for each in view.markets if work.actor.may(Permission.INCIDENT_SEE, each))
    if len(mine) == len(view.markets):
        return view
    return replace(view, markets=mine, component="", text=_PLAIN[view.kind])


_PLAIN = {
    Kind.FIRING: "it fails",
    Kind.WORSENED: "it has worsened",
    Kind.SPREAD: "it touches one more market",
    Kind.FLAPPING: "it flaps: pages wait until it is quiet",
    Kind.REOPENED: "it is open again",
    Kind.NESTED: "it is part of another incident",
    Kind.RESOLVED: "it is over",
}


def _sees(work: Work, view: PageView) -> bool:
    markets = view.markets or (EVERYWHERE,)
    return any(work.actor.may(Permission.INCIDENT_SEE, each) for each in markets)
