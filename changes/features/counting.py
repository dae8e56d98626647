"""Who asked for flags: counted in memory by feature, market and hour, added to the table later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import delete, select, update

from changes.features.models import Feature, FeatureAsked
from ssoc.core.bulk import insert_new
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work

KEPT = timedelta(days=90)
MOST = 20_000  # places between two writes; features times markets, so that nobody can fill it
Place = tuple[int, str, datetime]


@dataclass
class _Times:
    asked: int = 0
    on: int = 0


class Asked:
    """Counts answers; ``flush`` writes them down and loses none that cannot be written now."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._times: dict[Place, _Times] = {}
        self._lock = Lock()

    def count(self, feature_id: int, market: str, is_on: bool, now: datetime) -> None:
        """Count one answer."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        with self._lock:
            self._add((feature_id, market, hour), _Times(1, int(is_on)))

    def flush(self) -> None:
        """Write what waits, or raise what hinders it and keep it."""
        with self._lock:
            taken, self._times = self._times, {}
        if not taken:
            return
        try:
            with self._runtime.work(SYSTEM) as work:
                known = set(work.session.scalars(select(Feature.id)))
                for place, times in sorted(taken.items()):
                    if place[0] in known:  # else it went with its roll-out
                        _write(work, place, times)
        except Exception:
            with self._lock:
                for place, times in taken.items():
                    self._add(place, times)
            raise

    def _add(self, place: Place, more: _Times) -> None:
        times = self._times.get(place)
        if times is None:
            if len(self._times) >= MOST:
                return
            times = self._times[place] = _Times()
        times.asked += more.asked
        times.on += more.on


def _write(work: Work, place: Place, times: _Times) -> None:
    feature_id, market, hour = place
    key = {"feature_id": feature_id, "market": market, "hour": hour}
    insert_new(work.session, FeatureAsked, [{**key, "asked": 0, "times_on": 0}], list(key))
    work.session.execute(
        update(FeatureAsked)
        .filter_by(**key)
        .values(asked=FeatureAsked.asked + times.asked, on=FeatureAsked.on + times.on),
        execution_options={"synchronize_session": False},
    )


def forget_asked(runtime: Runtime) -> None:
    """Forget how often flags were asked for more than ninety days ago."""
    with runtime.work(SYSTEM) as work:
        work.session.execute(delete(FeatureAsked).where(FeatureAsked.hour < work.now - KEPT))
