"""Adoption and errors of a roll-out's feature in the market that was chosen, beside its gate."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from changes.features.queries import curves, features
from changes.features.values import FeatureView
from changes.rollouts.values import RolloutView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.rollouts import feature_view
from web.rollouts.feature_view import Drawn


@dataclass(frozen=True)
class Choice:
    """A market whose curves may be looked at."""

    code: str
    href: str
    is_here: bool


@dataclass(frozen=True)
class CurvesPanel:
    """Both curves of one feature in one market, and the markets to choose from."""

    key: str
    market: str
    choices: Sequence[Choice]
    drawn: Sequence[Drawn]
    missing: str


def panel(work: Work, rollout: RolloutView, wanted: str, bad: Sequence[str]) -> CurvesPanel | None:
    """Return the curves of the first feature that names any; None without one.

    The market is the one that was asked for, else one that went bad, else the first of the wave
    under way. The curves of further features are on their own pages.
    """
    found = features.of_rollout(work, rollout.id)
    view = next((each for each in found if each.adoption or each.errors), None)
    seen = [e for e in rollout.markets if work.actor.may(Permission.CHANGE_SEE, e)]
    if view is None or not seen:
        return None
    current = rollout.current
    liked = [wanted, *bad, *((current.markets or ()) if current else ())]
    market = next((each for each in liked if each in seen), seen[0])
    return _of(work, rollout, view, market, seen)


def _of(
    work: Work, rollout: RolloutView, view: FeatureView, market: str, seen: Sequence[str]
) -> CurvesPanel:
    drawn = feature_view.curves_drawn(view, curves.of_markets(work, view, [market]), [market])
    choices = [
        Choice(e, url_for("rollouts.rollout", rollout_id=rollout.id, market=e), e == market)
        for e in seen
    ]
    missing = feature_view.missing(work, view, drawn, [market])
    return CurvesPanel(view.key, market, choices, drawn, missing)
