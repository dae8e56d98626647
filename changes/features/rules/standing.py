"""How far a feature is in each market, in words. Pure."""

from changes.features.rules import flags
from changes.features.values import FeatureView
from changes.rollouts.rules.reach import whom

FORCED_OFF, NOBODY = "forced off", "nobody"


def now_in(view: FeatureView, market: str) -> str:
    """Return who has the feature in a market: ``nobody``, ``everybody``, ``10 % of customers``."""
    if market in view.killed:
        return FORCED_OFF
    if view.ended_at is not None:
        return "as the code says"
    flag = view.flag
    reached = [
        whom(each.cohorts, each.percent, each.sites)
        for each in view.waves
        if flags.counts(flag, each) and market in flags.markets_of(flag, each)
    ]
    if "everybody" in reached:
        return "everybody"
    return "; ".join(dict.fromkeys(reached)) or NOBODY
