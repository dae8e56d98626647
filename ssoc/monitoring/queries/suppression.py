"""What holds pages back: silences, inhibition, windows, flapping; as values at ``work.now``."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Row, or_, select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring import models
from ssoc.monitoring.lookup_queries import at_places
from ssoc.monitoring.queries.inhibition import inhibitions, recent_inhibitions
from ssoc.monitoring.report import place_of
from ssoc.monitoring.rules.inhibition import Inhibitions, seen
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


def suppressions_shown(work: Work) -> Suppressions:
    """Return the same with who inhibits whom, for screens: seconds old at most."""
    return replace(suppressions(work), inhibitions=recent_inhibitions(work))


def held(work: Work, components: Collection[str]) -> dict[str, str]:
    """Return the components whose pages are held by silences or inhibition, with the reason.

    Held is one all of whose open alerts above information are; see ``held_or_loud``.
    """
    return {place: reason for place, reason in held_or_loud(work, components).items() if reason}


def held_or_loud(work: Work, components: Collection[str]) -> dict[str, str]:
    """Return why the pages of components are held; an empty text for those that may page.

    A component is a key of the estate or ``?market/name`` for what the estate does not know. One
    with no open alert above information has no say and is left out: information pages nobody.
    """
    if not components:
        return {}
    holding: dict[str, dict[str, str]] = {}
    for place, reasons in _reasons(work, components, holding):
        before = holding.get(place, reasons)
        holding[place] = before | reasons if before and reasons else {}
    return {place: "; ".join(reasons.values()) for place, reasons in holding.items()}


def _reasons(
    work: Work, components: Collection[str], known: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place of each loud open alert, and by id what holds its pages, if anything.

    Places that are ``known`` to page already are not looked at any further.
    """
    active = suppressions(work)
    by_id = {each.id: each for each in active.silences}
    rules = Inhibitions(estate_queries.current(work).inhibitions.values())
    open_now: Inhibitions | None = None  # read only when a rule may be about one of the alerts
    for component, market, name, severity, labels in _loud(work, components):
        place = place_of(component, market, name)
        if place in known and not known[place]:
            continue
        if silencing := active.silences_of(labels, market):
            yield place, {each: _reason(by_id[each]) for each in silencing}
            continue
        told = seen(labels, Severity(severity), market, component)
        if open_now is None and rules.may_mute(told):
            open_now = inhibitions(work)
        yield place, {each.id: str(each) for each in open_now.of(told)} if open_now else {}


def _loud(
    work: Work, components: Collection[str]
) -> Iterable[Row[str, str, str, int, Mapping[str, str]]]:
    """Return place, name, severity and labels of open alerts above information."""
    alert, detail = models.Alert, models.AlertDetail
    return work.session.execute(
        select(alert.component, alert.market, alert.name, alert.severity, detail.labels)
        .join(detail, detail.key == alert.key)
        .where(models.IS_OPEN, alert.severity > Severity.INFO)
        .where(at_places(components))
    )


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


def windows_between(work: Work, since: datetime, until: datetime) -> list[Window]:
    """Return the windows of all markets that touch [since, until), whoever asks: no secret."""
    row = models.MaintenanceWindow
    rows = work.session.scalars(
        select(row)
        .where(row.ends_at > since, row.starts_at < until)
        .where(or_(row.ended_at.is_(None), row.ended_at > since))
        .order_by(row.starts_at, row.id)
    )
    return [window_of(each) for each in rows]


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
