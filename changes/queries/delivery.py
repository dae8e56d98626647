"""Delivery figures of a period: a fixed number of statements, however many changes there are."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

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
from changes.run_values import is_of_a_run
from ssoc.core.database import Base
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

LONGEST = timedelta(days=1100)
_SOME = 1_000  # rows that are looked at in one go
_ROW = Change.__table__.c  # of the table: ten thousand rows are no objects of the session


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
    since: datetime  # from when on changes are known: weeks are counted from there


def delivery(work: Work, wanted: Wanted) -> Delivery:
    """Return the figures of the changes that the actor may see."""
    cases, groups = _cases(work, wanted)
    if wanted.by in {By.MARKET, By.COMPONENT, By.MONTH}:
        groups = _groups(work, wanted, cases)
    since = _covered_since(work, wanted)
    covered = max(wanted.until - since, WEEK)
    found = broken_down(cases, groups, covered, _length(wanted, since))
    whole = figures(cases.values(), covered)
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
        _weeks(cases, since, wanted.until),
        since,
    )


def _covered_since(work: Work, wanted: Wanted) -> datetime:
    """Return from when on the period has changes at all: weeks before the first tell nothing.

    Of all that the actor may see, whatever is chosen: a market that seldom deploys was there too.
    """
    done = select(_ROW.finished_at).where(*_deployed(work), _ROW.finished_at < wanted.until)
    first = work.session.scalar(done.order_by(_ROW.finished_at).limit(1))
    return max(first or wanted.since, wanted.since)


def _cases(work: Work, wanted: Wanted) -> tuple[dict[int, Case], dict[str, list[int]]]:
    """Return what each change counts as, and the groups that a column of the change makes.

    Rows are let go as they come: tens of thousands that are kept cost more than what is reckoned.
    """
    mine = _conditions(work, wanted)
    unplanned = policy(work).review.unplanned_types
    caused = {
        number: [Hurt(each.began_at, each.ended_at) for each in found]
        for number, found in links.confirmed_among(work, select(_ROW.id).where(*mine)).items()
    }
    cases, groups = dict[int, Case](), dict[str, list[int]]()
    for rows in work.session.execute(_facts(wanted, unplanned).where(*mine)).partitions(_SOME):
        for number, begun, started, finished, outcome, kind, is_rework, alone, group in rows:
            hurt = caused.get(number, ())
            planned = kind not in unplanned
            done = Deployment(begun, started, finished, outcome, planned, is_rework, alone, hurt)
            cases[number] = case_of(done)
            groups.setdefault(group, []).append(number)
    return cases, groups


def _facts(wanted: Wanted, unplanned: Sequence[str]) -> Select[Any]:
    names = or_(
        _ROW.origin == "incident",
        _ROW.external_reference.like("INC-%"),
        _ROW.title.like("%INC-%"),
        _ROW.purpose.like("%INC-%"),
    )
    undone = case((_ROW.outcome == Outcome.ROLLED_BACK, _ROW.started_at))
    rework = case((and_(_ROW.type.in_(unplanned), names), 1), else_=0)  # of others nobody asks
    group = _ROW[wanted.by.value] if wanted.by in {By.VENDOR, By.TYPE, By.TEAM} else literal("")
    return select(
        *(_ROW.id, _ROW.created_at, undone, _ROW.finished_at, _ROW.outcome, _ROW.type),
        *(rework, _ROW.is_unauthorised, group),
    )


def _conditions(work: Work, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return what makes a change a deployment that is looked at."""
    found = [
        *_deployed(work),
        _ROW.finished_at >= wanted.since,
        _ROW.finished_at < wanted.until,
    ]
    if wanted.type:
        found.append(_ROW.type == wanted.type)
    if wanted.market:
        place = ChangeMarket.__table__.c
        there = select(place.change_id).where(place.market == wanted.market)
        found.append(_ROW.id.in_(there))
    return found


def _deployed(work: Work) -> list[ColumnElement[bool]]:
    """Return what makes a change a deployment.

    What was found in the change log and then settled by a person was none of its own.
    """
    return [
        _ROW.state.in_(ENDED),
        or_(_ROW.outcome.is_not(None), _ROW.is_unauthorised, _ROW.cancelled_because == ""),
        views.is_visible(work),
    ]


def _groups(work: Work, wanted: Wanted, cases: Mapping[int, Case]) -> dict[str, list[int]]:
    """Return the groups of months, markets or components, of which a change may be in several."""
    match wanted.by:
        case By.MONTH:
            pairs = ((each.finished_at.isoformat()[:7], key) for key, each in cases.items())
        case By.MARKET:
            held = views.seen_markets(work)
            pairs = (
                (market, number)
                for market, number in _pairs(work, wanted, ChangeMarket, "market")
                if EVERYWHERE in held or market in held
            )
        case _:
            pairs = _pairs(work, wanted, ChangeComponent, "component")
    found: dict[str, list[int]] = {}
    for name, number in pairs:
        found.setdefault(name, []).append(number)
    return found


def _pairs(
    work: Work, wanted: Wanted, table: type[Base], column: str
) -> Generator[tuple[str, int], None, None]:
    """Yield the names of groups with the change that belongs to each, as often as it does."""
    row = table.__table__.c
    mine = select(_ROW.id).where(*_conditions(work, wanted))
    found = work.session.execute(select(row[column], row.change_id).where(row.change_id.in_(mine)))
    for rows in found.partitions(_SOME):
        yield from (tuple(each) for each in rows)


def _length(wanted: Wanted, since: datetime) -> Any:  # noqa: ANN401 (a function, or None)
    """Return how long the period of a month is, as far as changes are known of it."""
    if wanted.by is not By.MONTH:
        return None

    def length(month: str) -> timedelta:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        after = (first + timedelta(days=32)).replace(day=1)
        return max(min(after, wanted.until) - max(first, since), timedelta(days=1))

    return length


def _place(found: Mapping[str, Figures], name: str, wanted: Wanted) -> tuple[Any, ...]:
    """Return where a group stands: months in their order, others by what they deploy."""
    return (name,) if wanted.by is By.MONTH else (-found[name].deployments, name)


def _incidents_unjudged(work: Work, wanted: Wanted) -> Share:
    """Return the share of incidents of the period of whose cause nobody has said anything.

    The alert of a late run names its cause itself; what is nested has the cause of another one.
    """
    row = TroubledIncident
    judged = select(CauseVerdict.incident_id).where(CauseVerdict.incident_id == row.incident_id)
    rows = work.session.execute(
        select(row.markets, row.component, judged.exists().label("is_judged")).where(
            row.began_at >= wanted.since, row.began_at < wanted.until, row.is_nested.is_(False)
        )
    )
    held = work.actor.markets(Permission.INCIDENT_SEE)
    mine = [
        each.is_judged
        for each in rows
        if not is_of_a_run(each.component)
        and (EVERYWHERE in held or held & set(each.markets))
        and (not wanted.market or wanted.market in each.markets)
    ]
    return wilson(sum(not each for each in mine), len(mine))


def _entries_without_change(work: Work, wanted: Wanted) -> Share:
    """Return the share of entries of the change log that belong to no announced change.

    The finding that was raised for an entry is no announcement of it.
    """
    row = ChangeSighting
    lost = case((row.verdict == Sighted.ANNOUNCED, 0), else_=1)
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


def _weeks(
    cases: Mapping[int, Case], since: datetime, until: datetime
) -> list[tuple[date, int, int]]:
    """Return deployments and failed ones of each week from Monday, UTC, the oldest first."""
    monday = since - timedelta(days=since.weekday())
    first = monday.replace(hour=0, minute=0, second=0, microsecond=0)
    count = (until - timedelta(microseconds=1) - first) // WEEK + 1
    done, failed = [0] * count, [0] * count
    for each in cases.values():
        at = (each.finished_at - first) // WEEK
        done[at] += 1
        failed[at] += each.has_failed
    return [(first.date() + at * WEEK, done[at], failed[at]) for at in range(count)]
