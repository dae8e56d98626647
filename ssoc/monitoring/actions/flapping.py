"""Judge which alerts change too often, from the changes that are stored."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, func, not_, or_, select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.monitoring.actions.upkeep import set_flapping
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import AlertTransition, Flapping
from ssoc.monitoring.report import Transition
from ssoc.monitoring.rules.flapping import Episode, flapping_at

_MOST_CHANGES = 200  # of one alert, looked at for flapping
_NEW = AlertTransition.was_state.is_(None) | AlertTransition.was_severity.is_(None)
_RISEN = and_(
    AlertTransition.state < AlertState.RESOLVED,
    AlertTransition.state == AlertTransition.was_state,
    AlertTransition.severity > AlertTransition.was_severity,
)
_COUNTS = or_(_NEW, not_(_RISEN))  # growing worse within an episode is news, not flapping


def note_flapping(work: Work, transitions: Collection[Transition]) -> None:
    """Judge the alerts of ``transitions`` at once, so that whoever acts on them knows."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    most = work.settings.ingest.flapping_changes
    keys = {each.key for each in transitions if each.number >= most}  # a first storm has none
    if keys:
        set_flapping(work, judged(work, keys))


def judged(work: Work, keys: Collection[int] | None = None) -> Mapping[int, Episode | None]:
    """Return the alerts whose flapping began, went on or ended; of ``keys`` only, if given."""
    limits = work.settings.ingest
    most, window = limits.flapping_changes, limits.flapping_window
    changing = select(AlertTransition.key).where(AlertTransition.at > work.now - window, _COUNTS)
    noted = select(Flapping)
    if keys is not None:
        changing = changing.where(AlertTransition.key.in_(keys))
        noted = noted.where(Flapping.key.in_(keys))
    known = {row.key: Episode(row.since, row.last_change_at) for row in work.session.scalars(noted)}
    restless = work.session.scalars(
        changing.group_by(AlertTransition.key).having(func.count() > most)
    )
    found = {
        key: flapping_at(_changes(work, key, window), work.now, most, window, known.get(key))
        for key in {*restless, *known}
    }
    return {key: episode for key, episode in found.items() if episode != known.get(key)}


def _changes(work: Work, key: int, window: timedelta) -> list[datetime]:
    rows = work.session.scalars(
        select(AlertTransition.at)
        .where(AlertTransition.key == key, AlertTransition.at > work.now - 2 * window, _COUNTS)
        .order_by(AlertTransition.number.desc())
        .limit(_MOST_CHANGES)
    )
    return sorted(rows)
