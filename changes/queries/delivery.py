"""Delivery figures of a period: a fixed number of statements, however many changes there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from changes.lifecycle import Outcome, Sighted
from changes.models import (
    CauseVerdict,
    Change,
    ChangeComponent,
    ChangeMarket,
    ChangeSighting,
    TroubledIncident,
)
from changes.policy import policy
from changes.queries import links, views
from changes.queries.history import ENDED
from changes.rules.delivery import (
    WEEK,
    By,
    Case,
    Coverage,
    Deployment,
    Figures,
    Hurt,
    broken_down,
    case_of,
    failures_without_incident,
    figures,
)
from changes.rules.shares import Share, wilson
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

LONGEST = timedelta(days=1100)


@dataclass(frozen=True)
class Wanted:
    """Which deployments are looked at: those that ended in [since, until) and fit the rest."""

    since: datetime
    until: datetime
    by: By = By.MARKET
    market: str = ""
    type: str = ""

    def __post_init__(self) -> None:
        """Refuse a period that is none, or longer than anybody means."""
        if not timedelta(0) < self.until - self.since <= LONGEST:
            raise BadInput(
                f"the period must end after it begins, and be {LONGEST.days} days at most"
            )

    @property
    def period(self) -> timedelta:
        """Return its length."""
        return self.until - self.since


@dataclass(frozen=True)
class Delivery:
    """The figures of all, of each group, and what is missing."""

    wanted: Wanted
    whole: Figures
    groups: Mapping[str, Figures]
    coverage: Coverage
    weeks: Sequence[tuple[date, int, int]]  # first day, deployments, failed ones


def delivery(work: Work, wanted: Wanted) -> Delivery:
    """Return the figures of the changes that the actor may see."""
    rows, cases = _cases(work, wanted)
    groups = _groups(work, wanted, rows)
    found = broken_down(cases, groups, wanted.period, _length(wanted))
    whole = figures(cases.values(), wanted.period)
    return Delivery(
        wanted,
        whole,
        {name: found[name] for name in sorted(found, key=lambda each: _place(found, each, wanted))},
        Coverage(
            failures_without_incident(cases.values()),
            _incidents_unjudged(work, wanted),
            _entries_without_change(work, wanted),
            wilson(whole.unknown, whole.deployments),
        ),
        _weeks(cases, wanted),
    )


def _cases(work: Work, wanted: Wanted) -> tuple[list[Any], dict[int, Case]]:
    unplanned = policy(work).review.unplanned_types
    names = or_(
        Change.origin == "incident",
        Change.external_reference.like("INC-%"),
        Change.title.like("%INC-%"),
        Change.purpose.like("%INC-%"),
    )
    columns = (Change.id, Change.type, Change.vendor, Change.team, Change.outcome)
    undone = case((Change.outcome == Outcome.ROLLED_BACK, Change.started_at)).label("started_at")
    instants = (Change.created_at, undone, Change.finished_at)
    rows = list(
        work.session.execute(
            select(
                *columns,
                *instants,
                Change.is_unauthorised,
                case((names, 1), else_=0).label("names_incident"),
            ).where(*_conditions(work, wanted))
        )
    )
    caused = links.confirmed(work, [row.id for row in rows])
    return rows, {
        row.id: case_of(
            Deployment(
                row.created_at,
                row.started_at,
                row.finished_at,
                row.outcome,
                row.type not in unplanned,
                bool(row.names_incident),
                row.is_unauthorised,
                [Hurt(each.began_at, each.ended_at) for each in caused[row.id]]
                if row.id in caused
                else (),
            )
        )
        for row in rows
    }


def _conditions(work: Work, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return what makes a change a deployment that is looked at.

    What was found in the change log and then settled by a person was no deployment of its own.
    """
    found = [
        Change.state.in_(ENDED),
        Change.finished_at >= wanted.since,
        Change.finished_at < wanted.until,
        or_(Change.outcome.is_not(None), Change.is_unauthorised, Change.cancelled_because == ""),
        views.is_visible(work),
    ]
    if wanted.type:
        found.append(Change.type == wanted.type)
    if wanted.market:
        there = select(ChangeMarket.change_id).where(ChangeMarket.market == wanted.market)
        found.append(Change.id.in_(there))
    return found


def _groups(work: Work, wanted: Wanted, rows: Sequence[Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    match wanted.by:
        case By.MARKET:
            held = views.seen_markets(work)
            pairs = [
                pair
                for pair in _pairs(work, wanted, ChangeMarket, ChangeMarket.market)
                if EVERYWHERE in held or pair[0] in held
            ]
        case By.COMPONENT:
            pairs = _pairs(work, wanted, ChangeComponent, ChangeComponent.component)
        case By.MONTH:
            pairs = [(f"{row.finished_at:%Y-%m}", row.id) for row in rows]
        case _:
            pairs = [(getattr(row, wanted.by.value), row.id) for row in rows]
    for name, number in pairs:
        found.setdefault(name, []).append(number)
    return found


def _pairs(work: Work, wanted: Wanted, table: Any, column: Any) -> list[tuple[str, int]]:  # noqa: ANN401
    mine = select(Change.id).where(*_conditions(work, wanted))
    found = work.session.execute(select(column, table.change_id).where(table.change_id.in_(mine)))
    return [(name, number) for name, number in found]


def _length(wanted: Wanted) -> Any:  # noqa: ANN401 (a function, or None)
    """Return how long the period of a month is, as far as the wanted one covers it."""
    if wanted.by is not By.MONTH:
        return None

    def length(month: str) -> timedelta:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        after = (first + timedelta(days=32)).replace(day=1)
        return max(min(after, wanted.until) - max(first, wanted.since), timedelta(hours=1))

    return length


def _place(found: Mapping[str, Figures], name: str, wanted: Wanted) -> tuple[Any, ...]:
    """Return where a group stands: months in their order, others by what they deploy."""
    return (name,) if wanted.by is By.MONTH else (-found[name].deployments, name)


def _incidents_unjudged(work: Work, wanted: Wanted) -> Share:
    """Return the share of incidents of the period of whose cause nobody has said anything."""
    row = TroubledIncident
    judged = select(CauseVerdict.incident_id).where(CauseVerdict.incident_id == row.incident_id)
    rows = work.session.execute(
        select(row.markets, judged.exists().label("is_judged")).where(
            row.began_at >= wanted.since, row.began_at < wanted.until
        )
    )
    held = work.actor.markets(Permission.INCIDENT_SEE)
    mine = [
        each.is_judged
        for each in rows
        if (EVERYWHERE in held or held & set(each.markets))
        and (not wanted.market or wanted.market in each.markets)
    ]
    return wilson(sum(not each for each in mine), len(mine))


def _entries_without_change(work: Work, wanted: Wanted) -> Share:
    """Return the share of entries of the change log that belong to no change."""
    row = ChangeSighting
    lost = case((row.change_id.is_(None), 1), else_=0)
    counted = select(func.count(), func.coalesce(func.sum(lost), 0)).where(
        row.at >= wanted.since,
        row.at < wanted.until,
        row.verdict.not_in((Sighted.AHEAD, Sighted.IGNORED)),
        work.visible(row.market, Permission.CHANGE_SEE),
    )
    if wanted.market:
        counted = counted.where(row.market == wanted.market)
    n, missing = work.session.execute(counted).one()
    return wilson(missing, n)


def _weeks(cases: Mapping[int, Case], wanted: Wanted) -> list[tuple[date, int, int]]:
    """Return deployments and failed ones of each week from Monday, UTC, the oldest first."""
    monday = wanted.since - timedelta(days=wanted.since.weekday())
    first = monday.replace(hour=0, minute=0, second=0, microsecond=0)
    count = (wanted.until - timedelta(microseconds=1) - first) // WEEK + 1
    done, failed = [0] * count, [0] * count
    for each in cases.values():
        at = (each.finished_at - first) // WEEK
        done[at] += 1
        failed[at] += each.has_failed
    return [(first.date() + at * WEEK, done[at], failed[at]) for at in range(count)]
