"""What holds pages back: silences, maintenance windows, flapping; as values at ``work.now``."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from sqlalchemy import and_, or_, select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.monitoring import models
from ssoc.monitoring.report import place_of
from ssoc.monitoring.rules.matching import from_plain
from ssoc.monitoring.rules.suppression import Silence, Suppressions
from ssoc.monitoring.rules.windows import Window, WindowState

UNUSED_AFTER = timedelta(days=7)
_KEPT = timedelta(days=5)  # expired silences are listed this long, as Alertmanager does


def suppressions(work: Work) -> Suppressions:
    """Return the silences and windows that are active now, whoever asks."""
    silence, window = models.Silence, models.MaintenanceWindow
    silences = work.session.scalars(
        select(silence).where(silence.starts_at <= work.now, silence.ends_at > work.now)
    )
    windows = work.session.scalars(
        select(window).where(
            window.starts_at <= work.now,
            window.ends_at > work.now,
            or_(window.ended_at.is_(None), window.ended_at > work.now),
        )
    )
    return Suppressions(
        work.now, tuple(map(_silence, silences)), tuple(window_of(each) for each in windows)
    )


def held(work: Work, components: Collection[str]) -> dict[str, str]:
    """Return the components all of whose open alerts are silenced, each with the reason.

    A component is a key of the estate or ``?market/name`` for what the estate does not know. One
    without open alerts is not held.
    """
    active = suppressions(work)
    if not active.silences or not components:
        return {}
    by_id = {each.id: each for each in active.silences}
    holding: dict[str, list[str]] = {}
    for place, market, labels in _open_labels(work, components):
        if place not in holding:
            holding[place] = active.silences_of(labels, market)
        elif holding[place]:
            found = active.silences_of(labels, market)
            holding[place] = found and list(dict.fromkeys([*holding[place], *found]))
    return {
        place: "; ".join(_reason(by_id[each]) for each in ids)
        for place, ids in holding.items()
        if ids
    }


def _open_labels(
    work: Work, components: Collection[str]
) -> Iterable[tuple[str, str, Mapping[str, str]]]:
    alert, detail = models.Alert, models.AlertDetail
    known = [each for each in components if not each.startswith("?")]
    unknown = [each[1:].partition("/") for each in components if each.startswith("?")]
    places = [
        and_(alert.component == "", alert.market == market.replace("-", ""), alert.name == name)
        for market, _, name in unknown
    ]
    rows = work.session.execute(
        select(alert.component, alert.market, alert.name, detail.labels)
        .join(detail, detail.key == alert.key)
        .where(models.IS_OPEN, or_(alert.component.in_(known), *places))
    )
    for component, market, name, labels in rows:
        yield place_of(component, market, name), market, labels


def _reason(silence: Silence) -> str:
    until = silence.ends_at.strftime("%Y-%m-%d %H:%M UTC")
    comment = f": {silence.comment}" if silence.comment else ""
    return f"silenced by {silence.created_by} until {until}{comment}"


def under_maintenance(work: Work, component: str, market: str = "") -> str:
    """Return why ``component`` is under maintenance now, or an empty text."""
    found = suppressions(work).windows_of(component, market)
    return maintenance_reason(found[0]) if found else ""


def maintenance_reason(window: Window) -> str:
    """Return the words an operator reads about an open window."""
    reference = f" ({window.reference})" if window.reference else ""
    return f"under maintenance until {window.ends_at:%Y-%m-%d %H:%M} UTC: {window.title}{reference}"


def silences(work: Work, expired: bool = True) -> list[Silence]:
    """Return silences, the one that ends last first; ``expired`` ones for five days after.

    Those whose authors may silence none of the actor's markets are left out.
    """
    since = work.now - _KEPT if expired else work.now
    rows = work.session.scalars(
        select(models.Silence)
        .where(models.Silence.ends_at > since)
        .order_by(models.Silence.ends_at.desc(), models.Silence.id)
    )
    return [each for each in map(_silence, rows) if _is_visible(work, each)]


def silence(work: Work, silence_id: str) -> Silence:
    """Return one silence, also a long expired one, or raise NotFound."""
    found = _silence(work.get(models.Silence, silence_id))
    if not _is_visible(work, found):
        work.require(Permission.ALERT_SEE, found.markets[0])
    return found


def unused_silences(work: Work) -> list[Silence]:
    """Return running silences that have matched nothing for seven days: to be removed."""
    since = work.now - UNUSED_AFTER
    return [
        each
        for each in silences(work, expired=False)
        if each.starts_at <= since and (each.last_match_at or each.starts_at) <= since
    ]


def _is_visible(work: Work, silence: Silence) -> bool:
    return any(work.actor.may(Permission.ALERT_SEE, each) for each in silence.markets) or (
        EVERYWHERE in silence.markets and bool(work.actor.markets(Permission.ALERT_SEE))
    )


def _silence(row: models.Silence) -> Silence:
    return Silence(
        id=row.id,
        matchers=from_plain(row.matchers),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_by=row.created_by,
        comment=row.comment,
        markets=tuple(row.markets.split(",")),
        updated_at=row.updated_at,
        last_match_at=row.last_match_at,
    )


def windows(work: Work, days: int = 30) -> list[Window]:
    """Return windows that are open, to come, or ended within ``days``, the newest first."""
    work.require(Permission.ALERT_SEE, next(iter(work.actor.markets(Permission.ALERT_SEE)), ""))
    row = models.MaintenanceWindow
    since = work.now - timedelta(days=days)
    rows = work.session.scalars(
        select(row)
        .where(or_(row.ends_at > since, row.ended_at.is_(None)))
        .order_by(row.starts_at.desc(), row.id.desc())
    )
    return [window_of(each) for each in rows if _sees_window(work, each.markets)]


def window(work: Work, window_id: int) -> Window:
    """Return one window or raise NotFound."""
    return window_of(work.get(models.MaintenanceWindow, window_id))


def overrun_windows(work: Work) -> list[Window]:
    """Return windows past their end that nobody has ended."""
    row = models.MaintenanceWindow
    rows = work.session.scalars(
        select(row).where(row.ended_at.is_(None), row.ends_at <= work.now).order_by(row.id)
    )
    found = [window_of(each) for each in rows]
    return [each for each in found if each.state(work.now) is WindowState.OVERRUN]


def window_of(row: models.MaintenanceWindow) -> Window:
    """Return the row as the value that rules decide with."""
    return Window(
        id=row.id,
        title=row.title,
        reference=row.reference,
        components=frozenset(row.components),
        markets=frozenset(row.markets),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        announced_at=row.announced_at,
        created_by=row.created_by,
        ended_at=row.ended_at,
    )


def _sees_window(work: Work, markets: Collection[str]) -> bool:
    held = work.actor.markets(Permission.ALERT_SEE)
    return not markets or EVERYWHERE in held or any(each in held for each in markets)


def flapping(work: Work, keys: Collection[int] | None = None) -> set[int]:
    """Return the keys of alerts that change too often; of ``keys`` only, if given."""
    wanted = select(models.Flapping.key)
    if keys is not None:
        wanted = wanted.where(models.Flapping.key.in_(keys))
    return set(work.session.scalars(wanted))
