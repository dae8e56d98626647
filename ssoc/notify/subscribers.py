"""What happens to incidents becomes pages; what is held, nested or acknowledged stays quiet."""

from dataclasses import replace

from sqlalchemy import select

from ssoc.core.vocabulary import (
    IncidentEvent,
    IncidentFlapped,
    IncidentNested,
    IncidentOpened,
    IncidentRecovered,
    IncidentReleased,
    IncidentReopened,
    IncidentResolved,
    IncidentSpread,
    IncidentUnnested,
    IncidentUnwatched,
    IncidentWorsened,
)
from ssoc.core.work import Work
from ssoc.notify.models import Page
from ssoc.notify.rules import Kind, Told, plan

NOC = "noc"
WEBHOOK = "webhook"


def page_opened(work: Work, event: IncidentOpened) -> None:
    """Page a new incident, unless its pages are held."""
    if not event.held_because:
        _page(work, event, Kind.FIRING, event.title)


def page_released(work: Work, event: IncidentReleased) -> None:
    """Page what still fails when its silence or window has ended, or it flaps no longer."""
    is_calm = event.was.startswith("flapping")
    _page(work, event, Kind.FIRING, f"still fails, no longer {'flapping' if is_calm else 'held'}")


def page_flapped(work: Work, event: IncidentFlapped) -> None:
    """Say once that it comes and goes; the next page is about its end, or first turn critical."""
    _page(work, event, Kind.FLAPPING, "flapping: it comes and goes; pages wait until it is quiet")


def page_worsened(work: Work, event: IncidentWorsened) -> None:
    """Page again when it got worse."""
    if not event.held_because:
        rose = event.was != event.priority
        text = f"worsened from {event.was} to {event.priority}" if rose else "worsened"
        text = text if rose else f"{text}, still {event.priority}"
        _page(work, event, Kind.WORSENED, f"{text}: {event.news}" if event.news else text)


def page_spread(work: Work, event: IncidentSpread) -> None:
    """Page the markets it has newly reached, once; the others know already."""
    if not event.held_because:
        codes = event.reached.replace(",", ", ")
        _page(work, replace(event, markets=event.reached), Kind.SPREAD, f"now touches {codes} too")


def page_reopened(work: Work, event: IncidentReopened) -> None:
    """Page a relapse, or what a person took up again."""
    if not event.held_because:
        _page(work, event, Kind.REOPENED, f"open again: {event.reason}")


def page_unnested(work: Work, event: IncidentUnnested) -> None:
    """Page a symptom that outlived its cause."""
    if not event.held_because:
        _page(work, event, Kind.FIRING, f"outlived INC-{event.parent_id}, stands alone")


def tell_nested(work: Work, event: IncidentNested) -> None:
    """Tell those who were paged that it is part of something else; no more pages follow."""
    _page(work, event, Kind.NESTED, f"now part of INC-{event.parent_id}")


def tell_recovered(work: Work, event: IncidentRecovered) -> None:
    """Keep the resolve promise when an incident recovered by itself."""
    _page(work, event, Kind.RESOLVED, "recovered")


def tell_unwatched(work: Work, event: IncidentUnwatched) -> None:
    """Tell that it is over because nobody asks any more, not because it works again."""
    _page(work, event, Kind.RESOLVED, "no longer watched; whether it works is not known")


def tell_resolved(work: Work, event: IncidentResolved) -> None:
    """Keep the resolve promise when a person resolved it."""
    _page(work, event, Kind.RESOLVED, f"resolved: {event.reason}" if event.reason else "resolved")


def _page(work: Work, event: IncidentEvent, kind: Kind, text: str) -> None:
    """Write a row for each receiver: those of today, and whoever was told before."""
    ledger: dict[str, list[Page]] = {}
    rows = select(Page).where(Page.incident_id == event.incident_id).with_for_update()
    for row in work.session.scalars(rows.order_by(Page.id)):
        ledger.setdefault(row.receiver, []).append(row)
    today = {NOC, *([WEBHOOK] if work.settings.notify.webhook else [])}
    receivers = today | set(ledger) if kind.needs_firing else today
    for receiver in sorted(receivers):
        _tell(work, event, kind, text, receiver, ledger.get(receiver, []))


def _tell(
    work: Work, event: IncidentEvent, kind: Kind, text: str, receiver: str, rows: list[Page]
) -> None:
    told = [Told(row.number, row.kind, _may_be_known(row), row.due_at is not None) for row in rows]
    decided = plan(kind, event.number, told)
    if decided.skipped == "told already":
        return
    for row in rows:
        if row.number in decided.superseded:
            row.due_at, row.skipped = None, f"superseded by {kind}"
    is_sent = not decided.skipped
    work.session.add(
        Page(
            key=f"{receiver}:{event.incident_id}:{event.number}",
            receiver=receiver,
            incident_id=event.incident_id,
            number=event.number,
            kind=kind,
            markets=event.markets,
            component=event.component,
            priority=event.priority,
            text=text,
            planned_at=work.now,
            due_at=work.now if is_sent and receiver != NOC else None,
            delivered_at=work.now if is_sent and receiver == NOC else None,
            skipped=decided.skipped,
        )
    )


def _may_be_known(row: Page) -> bool:
    """Tell whether the receiver may have it: what was tried may have arrived."""
    return row.delivered_at is not None or row.attempts > 0
