"""The alert explorer: filtered pages by keyset, capped counts, one alert with all about it."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Select, func, or_, select, true, tuple_
from sqlalchemy.pool import Pool

from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import (
    IS_OPEN,
    IS_RESOLVED,
    Alert,
    AlertDetail,
    AlertSource,
    AlertTransition,
)
from ssoc.monitoring.queries.archived import archived
from ssoc.monitoring.queries.scope import require_alert, visible_alerts
from ssoc.monitoring.queries.shapes import (
    AlertFilter,
    AlertPage,
    AlertRow,
    ChangeOfAlert,
    Count,
    Held,
    Page,
    SourceOfAlert,
    Wanted,
)
from ssoc.monitoring.queries.suppression import flapping, maintenance_reason, suppressions_shown
from ssoc.monitoring.report import key_of
from ssoc.monitoring.rules.inhibition import seen
from ssoc.monitoring.rules.suppression import Suppressions

MOST_COUNTED = 1_000
MOST_ROWS = 5_000
_MOST_LOOKED_AT = 10_000  # alerts read for one page when only silenced ones are wanted
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def alerts(
    work: Work, wanted: AlertFilter | None = None, cursor: str = "", limit: int = 50
) -> Page:
    """Return alerts the actor may see: worst first, then newest, then by key.

    A page asked for by ``silenced`` may be short of ``limit`` before the end: it stops reading
    after ten thousand alerts, and ``next`` goes on from there.
    """
    chosen = wanted or AlertFilter()
    most = max(1, min(limit, MOST_ROWS))
    active, found, looked_at = suppressions_shown(work), [], 0
    after = _after(cursor) if cursor else None
    while True:
        rows = work.session.execute(_page(_narrowed(work, chosen), after, most)).all()
        for row in rows:
            looked_at += 1
            after = (row.Alert.severity, row.Alert.started_at, row.Alert.key)
            one = _row(row.Alert, row.AlertDetail, active)
            if _is_wanted(one, chosen):
                found.append(one)
            if len(found) == most:
                break
        if len(found) == most or len(rows) < most or looked_at >= _MOST_LOOKED_AT:
            is_end = len(rows) < most and (not rows or after == _place(rows[-1].Alert))
            next_page = None if is_end or after is None else _cursor(*after)
            return Page(_with_flapping(work, found), next_page)


def alert(work: Work, key: int | str) -> AlertPage:
    """Return one alert by its key or its 16 hex digits, or raise NotFound or NotAllowed.

    One that was resolved long ago comes out of the archive.
    """
    number = key if isinstance(key, int) else _key(key)
    row = work.session.get(Alert, number)
    if row is None:
        return archived(work, number)
    require_alert(work, row.market, row.component)
    sources = work.session.scalars(
        select(AlertSource).where(AlertSource.key == number).order_by(AlertSource.first_at)
    )
    changes = work.session.scalars(
        select(AlertTransition)
        .where(AlertTransition.key == number)
        .order_by(AlertTransition.number.desc())
        .limit(200)
    )
    detail = work.session.get(AlertDetail, number)
    (one,) = _with_flapping(work, [_row(row, detail, suppressions_shown(work))])
    return AlertPage(
        one,
        [SourceOfAlert(each.source, each.way, each.first_at) for each in sources],
        [_change(each) for each in changes],
    )


def count(work: Work, wanted: AlertFilter | None = None, most: int = MOST_COUNTED) -> Count:
    """Return how many alerts a list has, counted to ``most``; ``silenced`` is not looked at."""
    some = _narrowed(work, wanted or AlertFilter()).with_only_columns(Alert.key).limit(most + 1)
    number = work.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return Count(min(number, most), number > most)


def open_by_market(work: Work) -> dict[tuple[str, Severity], int]:
    """Return how many alerts are open by market and severity; seconds old at most.

    Counting a hundred thousand takes a quarter of a second, so it is done once for all screens.
    """
    database = work.session.get_bind().engine.pool  # a view's engine is another each time
    known = _counted.get(database)
    if known is None or not timedelta() <= work.now - known[0] < _FRESH:
        rows = work.session.execute(
            select(Alert.market, Alert.severity, func.count())
            .where(IS_OPEN)
            .group_by(Alert.market, Alert.severity)
        )
        known = (work.now, {(market, Severity(level)): n for market, level, n in rows})
        _counted[database] = known
    held = work.actor.markets(Permission.ALERT_SEE)
    sees_all = EVERYWHERE in held
    return {key: n for key, n in known[1].items() if sees_all or key[0] in held}


_FRESH = timedelta(seconds=3)
_Counted = tuple[datetime, dict[tuple[str, Severity], int]]
_counted: WeakKeyDictionary[Pool, _Counted] = WeakKeyDictionary()


def each_open(work: Work) -> Iterator[AlertRow]:
    """Yield every open alert the actor may see, in the order of the pages."""
    cursor: str | None = ""
    while cursor is not None:
        page = alerts(work, cursor=cursor, limit=MOST_ROWS)
        yield from page.alerts
        cursor = page.next


def _is_wanted(row: AlertRow, chosen: AlertFilter) -> bool:
    """Tell whether what holds an alert's pages is what is asked for."""
    if chosen.silenced is not None and bool(row.silenced_by) is not chosen.silenced:
        return False
    match chosen.held:
        case None:
            return True
        case Held.SILENCED:
            return bool(row.silenced_by)
        case Held.INHIBITED:
            return bool(row.inhibited_by)
        case Held.WINDOW:
            return bool(row.held_because)
        case Held.NOTHING:
            return not (row.silenced_by or row.inhibited_by or row.held_because)


def _narrowed(work: Work, wanted: AlertFilter) -> Select[Alert]:
    query = select(Alert).where(visible_alerts(work, Alert.market, Alert.component))
    states = {
        Wanted.OPEN: IS_OPEN,
        Wanted.RESOLVED: IS_RESOLVED,
        Wanted.FIRING: IS_OPEN & (Alert.state == 0),
        Wanted.STALE: IS_OPEN & (Alert.state == 1),
        Wanted.ALL: true(),
    }
    query = query.where(states[wanted.wanted])
    for column, values in (
        (Alert.market, wanted.markets),
        (Alert.severity, wanted.severities),
        (Alert.component, wanted.components),
        (Alert.source, wanted.sources),
        (Alert.key, wanted.keys),
    ):
        if values:
            query = query.where(column.in_([*values]))
    for word in wanted.text.replace("\0", "").split():
        columns = (Alert.name, Alert.summary, Alert.instance, Alert.service)
        query = query.where(or_(*(each.icontains(word, autoescape=True) for each in columns)))
    return query


def _page(
    query: Select[Alert], after: tuple[int, datetime, int] | None, limit: int
) -> Select[Alert, AlertDetail]:
    order = (Alert.severity, Alert.started_at, Alert.key)
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*after))
    query = query.order_by(*(each.desc() for each in order)).limit(limit)
    return query.add_columns(AlertDetail).outerjoin(AlertDetail, AlertDetail.key == Alert.key)


def _row(row: Alert, detail: AlertDetail | None, active: Suppressions) -> AlertRow:
    labels = detail.labels if detail else {}
    held = active.windows_of(row.component, row.market) if active.windows else []
    told = seen(labels, Severity(row.severity), row.market, row.component)
    is_open = AlertState(row.state).is_open
    return AlertRow(
        key=row.key,
        state=AlertState(row.state),
        severity=Severity(row.severity),
        market=row.market,
        component=row.component,
        name=row.name,
        service=row.service,
        instance=row.instance,
        summary=row.summary,
        source=row.source,
        way=row.way,
        started_at=row.started_at,
        said_at=row.said_at,
        lease_until=row.lease_until,
        resolved_at=row.resolved_at,
        changes=row.changes,
        repeats=row.repeats,
        labels=labels,
        annotations=detail.annotations if detail else {},
        url=detail.url if detail else "",
        severity_word=detail.severity_word if detail else "",
        silenced_by=tuple(active.silences_of(labels, row.market)),
        inhibited_by=tuple(active.inhibitions.of(told)) if is_open else (),
        held_because=maintenance_reason(held[0]) if held else "",
    )


def _with_flapping(work: Work, rows: Sequence[AlertRow]) -> list[AlertRow]:
    keys = flapping(work)  # few by nature
    return [AlertRow(**{**vars(each), "is_flapping": each.key in keys}) for each in rows]


def _change(row: AlertTransition) -> ChangeOfAlert:
    return ChangeOfAlert(
        row.number,
        AlertState(row.state),
        Severity(row.severity),
        None if row.was_state is None else AlertState(row.was_state),
        None if row.was_severity is None else Severity(row.was_severity),
        row.started_at,
        row.at,
    )


def _key(digits: str) -> int:
    try:
        return key_of(int(digits, 16) & ((1 << 64) - 1))
    except ValueError:
        raise BadInput(f"{digits!r} is no alert; give its 16 hexadecimal digits") from None


def _place(row: Alert) -> tuple[int, datetime, int]:
    return row.severity, row.started_at, row.key


def _cursor(severity: int, started_at: datetime, key: int) -> str:
    micros = (started_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{severity}.{micros}.{key}".encode()).decode().rstrip("=")


def _after(cursor: str) -> tuple[int, datetime, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        severity, micros, key = map(int, base64.urlsafe_b64decode(padded).decode().split("."))
        return severity, _EPOCH + timedelta(microseconds=micros), key
    except (ValueError, OverflowError, binascii.Error):
        raise BadInput("the cursor of this page is damaged; begin again at the first") from None
