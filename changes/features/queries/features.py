"""Features as values: one, many; a fixed number of statements."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from changes.features.models import Feature, FeatureKill
from changes.features.values import FeatureView, KillView
from changes.queries import views
from changes.rollouts.models import Rollout
from changes.rollouts.queries import rollouts
from changes.rollouts.values import RolloutView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE
from ssoc.core.work import Work

MOST = 500
_SAME = (
    *("id", "key", "title", "kind", "owner", "adoption", "errors", "rollout_id"),
    *("created_at", "created_by", "ended_at", "ended_by", "ended_because"),
)
_KILL = tuple(KillView.__dataclass_fields__)


def listed(work: Work) -> list[FeatureView]:
    """Return the features that the actor may see: those that go on first, then the newest."""
    chosen = select(Feature).order_by(Feature.ended_at.is_not(None), Feature.id.desc())
    return _seen(work, views_of(work, work.session.scalars(chosen.limit(MOST))))


def feature(work: Work, key: str) -> FeatureView:
    """Return one feature, or raise NotFound when there is none that the actor may see."""
    found = _seen(work, views_of(work, work.session.scalars(select(Feature).filter_by(key=key))))
    if not found:
        raise NotFound(f"there is no feature {key[:64]} that you may see")
    return found[0]


def of_rollout(work: Work, rollout_id: int) -> list[FeatureView]:
    """Return the features a roll-out brings, in the order they were made."""
    chosen = select(Feature).where(Feature.rollout_id == rollout_id).order_by(Feature.id)
    return _seen(work, views_of(work, work.session.scalars(chosen)))


def views_of(work: Work, rows: Iterable[Feature]) -> list[FeatureView]:
    """Return features as values, whoever asks."""
    known = list(rows)
    found = _rollouts(work, {each.rollout_id for each in known})
    kills = _kills(work, [each.id for each in known])
    return [
        _view(each, found[each.rollout_id], kills.get(each.id, []))
        for each in known
        if each.rollout_id in found
    ]


def _rollouts(work: Work, ids: Iterable[int]) -> Mapping[int, RolloutView]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows = work.session.scalars(select(Rollout).where(Rollout.id.in_(wanted)))
    return {each.id: each for each in rollouts.views_of(work, rows)}


def _kills(work: Work, ids: Sequence[int]) -> dict[int, list[KillView]]:
    found: dict[int, list[KillView]] = {}
    if ids:
        chosen = select(FeatureKill).where(FeatureKill.feature_id.in_(ids))
        for row in work.session.scalars(chosen.order_by(FeatureKill.id.desc())):
            view = KillView(**{name: getattr(row, name) for name in _KILL})
            found.setdefault(row.feature_id, []).append(view)
    return found


def _view(row: Feature, rollout: RolloutView, kills: Sequence[KillView]) -> FeatureView:
    return FeatureView(
        **{name: getattr(row, name) for name in _SAME},
        on=row.on_value["value"],
        off=row.off_value["value"],
        change_id=rollout.change_id,
        rollout_title=rollout.title,
        state=rollout.state,
        markets=tuple(rollout.markets),
        waves=tuple(rollout.waves),
        requester=rollout.requester,
        implementer=rollout.implementer,
        kills=tuple(kills),
    )


def _seen(work: Work, found: Sequence[FeatureView]) -> list[FeatureView]:
    held = views.seen_markets(work)
    return [each for each in found if EVERYWHERE in held or held & set(each.markets)]
