"""Who tells us things, what was refused, heartbeats, the change log, and how noisy it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.actions.heartbeats import has_token
from ssoc.monitoring.models import (
    IS_OPEN,
    Alert,
    AlertHour,
    AlertTransition,
    ChangeEvent,
    HeartbeatState,
    IngestFault,
    IngestSource,
)
from ssoc.monitoring.report import voice_of
from ssoc.monitoring.rules.heartbeats import Heartbeat
from ssoc.monitoring.rules.leases import Voice

_HOUR = timedelta(hours=1)


def voices(work: Work) -> list[Voice]:
    """Return every source by way and market with what it left open, the latest to speak last.

    An alert with a lease is left open by whoever gave it, another one by who spoke of it last.
    """
    last = Alert.way.concat(" ").concat(Alert.source)
    speaker = case((Alert.lease_by != "", Alert.lease_by), else_=last).label("speaker")
    left = select(
        speaker,
        Alert.market,
        func.count().label("open"),
        func.count(Alert.lease_until).label("leased"),
        func.count().filter(Alert.state == 1).label("stale"),
        func.max(Alert.lease_until).label("newest_lease"),
    )
    left = left.where(IS_OPEN).group_by(speaker, Alert.market)
    by_place = {(row.speaker, row.market): row for row in work.session.execute(left)}
    rows = work.session.scalars(
        select(IngestSource)
        .where(work.visible(IngestSource.market, Permission.ALERT_SEE))
        .order_by(IngestSource.last_at)
    )
    found = []
    for row in rows:
        open_ = by_place.get((voice_of(row.way, row.source), row.market))
        figures = (open_.open, open_.leased, open_.stale, open_.newest_lease) if open_ else ()
        found.append(Voice(row.source, row.way, row.market, row.last_at, *(figures or (0, 0, 0))))
    return found


@dataclass(frozen=True)
class Source:
    """One token and way in one market: when it last spoke, and how many alerts it brought."""

    source: str
    way: str
    market: str
    last_at: datetime
    alerts: int


def sources(work: Work) -> list[Source]:
    """Return the sources that ever brought alerts, by name."""
    row = IngestSource
    rows = work.session.scalars(
        select(row)
        .where(work.visible(row.market, Permission.ALERT_SEE))
        .order_by(row.source, row.way, row.market)
    )
    return [Source(each.source, each.way, each.market, each.last_at, each.alerts) for each in rows]


@dataclass(frozen=True)
class Fault:
    """What a door refused, counted, with the newest example."""

    way: str
    source: str
    kind: str
    faults: int
    last_at: datetime
    example: str


def faults(work: Work) -> list[Fault]:
    """Return what doors refused, the newest first; for those who see jobs."""
    if not work.actor.markets(Permission.JOB_SEE):
        work.require(Permission.JOB_SEE, EVERYWHERE)
    rows = work.session.scalars(select(IngestFault).order_by(IngestFault.last_at.desc()))
    return [
        Fault(each.way, each.source, each.kind, each.faults, each.last_at, each.example)
        for each in rows
    ]


def heartbeats(work: Work) -> list[Heartbeat]:
    """Return the heartbeats of the actor's markets, by name; those of the estate at once.

    What left the estate before anybody had an address to ping is no heartbeat any more.
    """
    row, held = HeartbeatState, work.actor.markets(Permission.ALERT_SEE)
    rows = work.session.scalars(select(row).where(work.visible(row.market, Permission.ALERT_SEE)))
    described = {
        each.name: Heartbeat(each.name, each.market, each.component, each.every, each.grace)
        for each in estate_queries.current(work).heartbeats.values()
        if EVERYWHERE in held or each.market in held
    }
    found = [heartbeat_of(each) for each in rows if has_token(each)]
    made = {each.name: each for each in found}
    return sorted((described | made).values(), key=lambda each: each.name)


def heartbeat_of(row: HeartbeatState) -> Heartbeat:
    """Return the row as the value that rules decide with."""
    return Heartbeat(
        name=row.name,
        market=row.market,
        component=row.component,
        every=timedelta(seconds=row.every_seconds),
        grace=timedelta(seconds=row.grace_seconds),
        last_at=row.last_at,
        started_at=row.started_at,
        failed_at=row.failed_at,
        message=row.message,
        made_at=row.made_at if has_token(row) else None,
    )


@dataclass(frozen=True)
class LoggedChange:
    """One entry of the change log."""

    id: int
    at: datetime
    received_at: datetime
    source: str
    market: str
    component: str
    reference: str
    summary: str
    details: Mapping[str, Any]
    links: Sequence[Mapping[str, str]]
    ended_at: datetime | None = None


def changes(
    work: Work,
    components: Collection[str],
    since: datetime,
    limit: int = 200,
    markets: Collection[str] = (),
    until: datetime | None = None,
) -> list[LoggedChange]:
    """Return changes on ``components`` since then, and before ``until``, the newest first.

    With ``markets`` those of a whole market as well, which name no component. All changes if
    neither is named.
    """
    row = ChangeEvent
    query = select(row).where(row.at >= since, work.visible(row.market, Permission.ALERT_SEE))
    if until is not None:
        query = query.where(row.at < until)
    if components or markets:
        of_market = and_(row.component == "", row.market.in_([*markets]))
        query = query.where(or_(row.component.in_([*components]), of_market))
    rows = work.session.scalars(query.order_by(row.at.desc(), row.id.desc()).limit(limit))
    return [_logged(each) for each in rows]


def logged(work: Work, ids: Collection[int]) -> dict[int, LoggedChange]:
    """Return entries of the change log by their numbers, as far as the actor may see them."""
    row = ChangeEvent
    wanted = select(row).where(row.id.in_([*ids]), work.visible(row.market, Permission.CHANGE_SEE))
    return {each.id: _logged(each) for each in work.session.scalars(wanted)} if ids else {}


def logged_since(
    work: Work, since: datetime, after: int = 0, limit: int = 500
) -> list[LoggedChange]:
    """Return what the change log received from ``since`` on, in the order it was written.

    ``after`` is the number of the last one that is known already.
    """
    row = ChangeEvent
    wanted = select(row).where(
        row.received_at >= since, row.id > after, work.visible(row.market, Permission.CHANGE_SEE)
    )
    return [_logged(each) for each in work.session.scalars(wanted.order_by(row.id).limit(limit))]


def _logged(row: ChangeEvent) -> LoggedChange:
    return LoggedChange(
        row.id,
        row.at,
        row.received_at,
        row.source,
        row.market,
        row.component,
        row.reference,
        row.summary,
        row.details,
        row.links,
        row.ended_at,
    )


def changes_heard_at(work: Work) -> datetime | None:
    """Return when the newest entry of the change log came in; None while there is none."""
    row = ChangeEvent
    return work.session.scalar(select(row.received_at).order_by(row.id.desc()).limit(1))


@dataclass(frozen=True)
class Noise:
    """Of about the last hour: raw events that came in, and alerts among them that were new."""

    events: int
    alerts: int


def noise(work: Work) -> Noise:
    """Return the figures of the last sixty minutes, the older hour taken in proportion."""
    hour = work.now.replace(minute=0, second=0, microsecond=0)
    share = 1 - (work.now - hour) / _HOUR
    rows = work.session.execute(
        select(AlertHour.hour_at, func.sum(AlertHour.events), func.sum(AlertHour.alerts))
        .where(AlertHour.hour_at >= hour - _HOUR)
        .where(work.visible(AlertHour.market, Permission.ALERT_SEE))
        .group_by(AlertHour.hour_at)
    )
    weighed = [(1.0 if at >= hour else share, int(e), int(a)) for at, e, a in rows]
    return Noise(
        round(sum(weight * e for weight, e, _ in weighed)),
        round(sum(weight * a for weight, _, a in weighed)),
    )


def waiting_transitions(work: Work) -> int:
    """Return how many changes of alerts wait to be correlated; counted to ten thousand."""
    some = select(AlertTransition.id).where(AlertTransition.taken_at.is_(None)).limit(10_000)
    return work.session.scalar(select(func.count()).select_from(some.subquery())) or 0
