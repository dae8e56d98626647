"""What is done about freezes by the clock: read calendars again, note what changes run into."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from changes.actions.freeze_feeds import Fetched, keep_fetched
from changes.actions.freezes import note_met
from changes.freeze_fetching import fetch
from changes.lifecycle import State
from changes.models import Change, FreezeFeed, FreezeMet
from changes.queries.freezes import freezes_begun_during
from changes.queries.views import changes_of
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring import own_alerts
from ssoc.monitoring.own_alerts import OwnAlert

FAILING = "FreezeFeedFailing"
MOST_AT_ONCE = 5
EXPAND_AGAIN = timedelta(days=1)  # what repeats for ever is worked out 400 days ahead


@dataclass(frozen=True)
class _Due:
    id: int
    url: str
    etag: str
    asks: bool


def refresh_feeds(runtime: Runtime) -> None:
    """Read the calendars that are due; each is kept in a unit of work of its own.

    One that cannot be read keeps its last good copy, and an alert says so until it can.
    """
    for due in _due(runtime)[:MOST_AT_ONCE]:
        found = Fetched(is_unchanged=True)
        if due.asks:
            found = fetch(runtime.settings, due.url, due.etag)
        with runtime.work(SYSTEM) as work:
            keep_fetched(work, due.id, found)
    _alarm(runtime)


def _due(runtime: Runtime) -> list[_Due]:
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(
            select(FreezeFeed).where(FreezeFeed.removed_at.is_(None)).order_by(FreezeFeed.tried_at)
        )
        found = []
        for row in rows:
            every = timedelta(minutes=row.every_minutes)
            asks = bool(row.url) and (row.tried_at is None or work.now - row.tried_at >= every)
            stale = row.expanded_at is not None and work.now - row.expanded_at >= EXPAND_AGAIN
            if asks or stale:
                found.append(_Due(row.id, row.url, row.etag if row.content else "", asks))
        return found


def _alarm(runtime: Runtime) -> None:
    with runtime.view(SYSTEM) as work:
        failing = work.session.scalars(
            select(FreezeFeed).where(
                FreezeFeed.removed_at.is_(None), FreezeFeed.failing_since.is_not(None)
            )
        )
        alerts = [
            OwnAlert(
                FAILING,
                f"the calendar of freezes {row.name} cannot be read: {row.fault[:200]}; "
                + ("its last good copy holds" if row.content else "none of its freezes is known"),
                {"calendar": str(row.id)},
                row.markets[0] if len(row.markets) == 1 else "",
            )
            for row in failing
        ]
    own_alerts.keep(runtime, FAILING, {each.key: each for each in alerts})


def note_freezes(runtime: Runtime) -> None:
    """Write down the freezes that began while a change was running; a quiet turn writes nothing."""
    with runtime.view(SYSTEM) as work:
        rows = list(work.session.scalars(select(Change).where(Change.state == State.RUNNING)))
        running = changes_of(work, rows)
        pairs = select(FreezeMet.change_id, FreezeMet.freeze_key).where(
            FreezeMet.change_id.in_([each.id for each in running])
        )
        known = {(change_id, key) for change_id, key in work.session.execute(pairs)}
        met = [
            each.id
            for each in running
            if any(
                (each.id, hit.freeze.key) not in known for hit in freezes_begun_during(work, each)
            )
        ]
    for change_id in met:
        with runtime.work(SYSTEM) as work:
            row = work.session.get(Change, change_id, with_for_update=True)
            if row is not None:
                for change in changes_of(work, [row]):
                    note_met(work, change)


JOBS = {refresh_feeds: timedelta(seconds=60), note_freezes: timedelta(seconds=30)}
