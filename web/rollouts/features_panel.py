"""The features of a roll-out, as a panel of its page."""

from collections.abc import Sequence

from changes.features.queries import features
from changes.features.values import FeatureView
from changes.rollouts.values import RolloutView
from ssoc.core.work import Work
from web.rollouts import feature_view
from web.rollouts.feature_view import Market

TEMPLATE = "rollouts/panels/features.html"


def panel(work: Work, rollout: RolloutView) -> list[tuple[FeatureView, Sequence[Market]]] | None:
    """Return the features that a roll-out brings with who has each by market; None without any."""
    found = features.of_rollout(work, rollout.id)
    return [(each, feature_view.markets(each)) for each in found] or None
