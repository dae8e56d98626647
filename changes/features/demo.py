"""The demo's feature: what the demo's roll-out brings, with its first days and who asked.

From now on its curves come from what the demo's platforms answer; before, staff alone had it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from changes.demo.month import people_of
from changes.demo.stage import Stage
from changes.features.actions import keeping
from changes.features.models import Feature, FeatureAsked
from changes.features.queries import features
from changes.features.values import FeatureDraft
from changes.rollouts import demo as rollout_demo
from changes.rollouts.queries import rollouts
from changes.rollouts.values import RolloutView
from ssoc.core.permissions import operator
from ssoc.core.running import bump
from ssoc.core.work import Runtime, Work
from ssoc.demo.traffic import RHYTHMS, SAVINGS_STAFF, noise, savings_failed, tps
from ssoc.monitoring import sample_store
from ssoc.monitoring.sample_store import HourFigure

KEY = "savings-pocket"
CHECK = "payment-api-{cc}/figures"
ADOPTION, ERRORS = "savings_adoption_percent", "savings_failed_percent"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_ASKED_HOURS = 47
_SHARE_OF_TRAFFIC = 0.02  # of transactions for which the menu asks for the flag


def remember(runtime: Runtime) -> None:
    """Tie the feature to the demo's roll-out where there is none; without it do nothing."""
    with runtime.work(operator()) as work:
        people = people_of(work)
        found = [each for each in rollouts.listed(work) if each.title == rollout_demo.TITLE]
        if not found or not people or features.listed(work):
            return
        _write(Stage(work, people), found[0])
        bump(work.session)


def _write(stage: Stage, rollout: RolloutView) -> None:
    now = stage.work.now
    began = min((each.started_at for each in rollout.waves if each.started_at), default=now)
    draft = FeatureDraft(
        key=KEY,
        title="Savings pocket in the menu",
        rollout_id=rollout.id,
        owner="zuri",
        adoption=f"{CHECK}/{ADOPTION}",
        errors=f"{CHECK}/{ERRORS}",
    )
    number = keeping.make(stage.as_("kofi", began - _DAY), draft)
    for market in rollout.markets:
        check = CHECK.format(cc=market.lower())
        sample_store.backfill(stage.work, check, ADOPTION, _hours(market, began, now, True))
        sample_store.backfill(stage.work, check, ERRORS, _hours(market, began, now, False))
        _ask(stage.work, stage.work.get(Feature, number), market, now)


def _hours(market: str, began: datetime, now: datetime, is_adoption: bool) -> Iterator[HourFigure]:
    """Return the hours from before the first wave until this one."""
    first = began.replace(minute=0, second=0, microsecond=0) - _HOUR
    for number in range(int((now - first) / _HOUR)):
        hour = first + number * _HOUR
        days = max(hour - began, timedelta()) / _DAY
        adopted = SAVINGS_STAFF * min(days / 2, 1.0)
        mean = adopted if is_adoption else savings_failed(market, hour)
        yield HourFigure(hour, mean, mean, mean, 240)


def _ask(work: Work, row: Feature, market: str, now: datetime) -> None:
    """Write how often the menu asked for the flag in each of the last hours."""
    this = now.replace(minute=0, second=0, microsecond=0)
    for number in range(1, _ASKED_HOURS):
        hour = this - number * _HOUR
        asked = round(tps(RHYTHMS[market], hour) * 3_600 * _SHARE_OF_TRAFFIC)
        on = round(asked * (0.002 + 0.0005 * noise(f"{market}asked", hour)))
        work.session.add(
            FeatureAsked(feature_id=row.id, market=market, hour=hour, asked=asked, on=on)
        )
