"""What is done about days by the clock: fetch and compare what is due, tell what lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from changes.reconciliation.actions.reconciling import reconcile
from changes.reconciliation.models import ParallelRun, ReconRun
from changes.reconciliation.queries.parallels import business_days, due_at, last_day, source_of
from changes.reconciliation.rules.business import days
from changes.reconciliation.values import SourceKind
from ssoc.core.calendar import local_date
from ssoc.core.errors import Conflict
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime, Work
from ssoc.monitoring import own_alerts
from ssoc.monitoring.own_alerts import OwnAlert

MISSING = "ReconciliationMissing"
AGAIN_AFTER = timedelta(hours=1)
LOOKS_BACK = timedelta(days=7)
AT_ONCE = 20  # days a turn
NAMED = 5


@dataclass(frozen=True)
class Lack:
    """A business day whose result should be there; ``may_try``: nobody tried within the hour."""

    parallel_id: int
    title: str
    market: str
    day: date
    is_fetched: bool
    may_try: bool


def lacking(work: Work) -> list[Lack]:
    """Return the days of the last week that are due and have no result, the oldest first."""
    rows = list(work.session.scalars(select(ParallelRun).where(ParallelRun.ended_at.is_(None))))
    since = work.now.date() - LOOKS_BACK - timedelta(days=1)
    tried: dict[tuple[int, date], list[ReconRun]] = {}
    for run in work.session.scalars(select(ReconRun).where(ReconRun.day >= since)):
        tried.setdefault((run.parallel_id, run.day), []).append(run)
    found = [each for row in rows for each in _lacking(work, row, tried)]
    return sorted(found, key=lambda each: (each.day, each.parallel_id))


def _lacking(
    work: Work, row: ParallelRun, tried: dict[tuple[int, date], list[ReconRun]]
) -> Iterable[Lack]:
    today = local_date(row.zone, work.now)
    open_days = business_days(work, row, today)
    is_fetched = all(source_of(each).kind is not SourceKind.UPLOAD for each in (row.old, row.new))
    for day in days(max(row.starts_on, today - LOOKS_BACK), last_day(row, today)):
        runs = tried.get((row.id, day), [])
        is_due = open_days.is_open(day) and due_at(row, day, open_days) <= work.now
        if is_due and not any(each.has_result for each in runs):
            last = max((each.at for each in runs), default=None)
            may_try = is_fetched and (last is None or last <= work.now - AGAIN_AFTER)
            yield Lack(row.id, row.title, row.market, day, is_fetched, may_try)


def reconcile_due(runtime: Runtime) -> None:
    """Fetch and compare due days; what lacks then is an alert of its market until it is there."""
    with runtime.view(SYSTEM) as work:
        due = [each for each in lacking(work) if each.may_try]
    for each in due[:AT_ONCE]:
        try:
            reconcile(runtime, SYSTEM, each.parallel_id, each.day)
        except Conflict:
            continue  # somebody did so meanwhile
    with runtime.view(SYSTEM) as work:
        alerts = _alerts(lacking(work))
    own_alerts.keep(runtime, MISSING, {each.key: each for each in alerts})


def _alerts(lacks: list[Lack]) -> list[OwnAlert]:
    titles: dict[str, list[str]] = {}
    for each in lacks:
        titles.setdefault(each.market, []).append(f"{each.title} {each.day:%d %b}")
    return [
        OwnAlert(MISSING, _words(some), {}, market, severity=Severity.WARNING)
        for market, some in sorted(titles.items())
    ]


def _words(some: list[str]) -> str:
    more = f" and {len(some) - NAMED} more" if len(some) > NAMED else ""
    return f"days of parallel runs without a result: {', '.join(some[:NAMED])}{more}"


JOBS = {reconcile_due: timedelta(minutes=5)}
