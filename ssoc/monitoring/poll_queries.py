"""What the checks say: present states, freshness per market, availability."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Check, Estate
from ssoc.monitoring.models import CheckState, Poll, PollHour, RollUpDue, WatchMemory
from ssoc.monitoring.reading import Health, Reason
from ssoc.monitoring.rules.baseline import HOUR, hour_of
from ssoc.monitoring.rules.schedule import fresh_for, interval

SHORTEST = timedelta(seconds=0.1)
AWAKE = "awake"  # what the watch of the poller remembers of its own turns


@dataclass(frozen=True)
class CheckView:
    """What the newest poll of a check said; ``is_fresh`` tells whether that still counts."""

    check: str
    component: str
    market: str
    path: str
    is_control: bool
    every: timedelta
    health: Health
    reason: Reason
    message: str
    since: datetime
    polled_at: datetime
    answered_at: datetime | None
    good_at: datetime | None
    unanswered: int
    is_fresh: bool
    raw: str = ""


@dataclass(frozen=True)
class Freshness:
    """How well a market is seen: ``state`` is fresh, partly, not seen, stale or unwatched.

    *not seen*: none of its checks got an answer, which is not down. *stale*: nothing has been
    polled lately, so we know nothing. ``answered_at`` is the newest answer of any check.
    """

    market: str
    state: str
    checks: int
    answering: int
    polled_at: datetime | None
    answered_at: datetime | None
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Availability:
    """Polls counted over a time; ``share`` is of those that got a verdict: unknown is not down.

    ``share`` counts ok and degraded as up; ``ok_share`` ok alone; both None without a verdict.
    ``coverage`` is the part of the expected polls that got a verdict, ``resolution`` the time
    between two polls: what lies below it cannot be proved.
    """

    check: str
    ok: int
    degraded: int
    down: int
    unknown: int
    missed: int
    expected: int
    resolution: timedelta

    @property
    def n(self) -> int:
        """Return how many polls got a verdict."""
        return self.ok + self.degraded + self.down

    @property
    def share(self) -> float | None:
        """Return the part of the verdicts that was up, degraded included."""
        return (self.ok + self.degraded) / self.n if self.n else None

    @property
    def ok_share(self) -> float | None:
        """Return the part of the verdicts that was entirely ok."""
        return self.ok / self.n if self.n else None

    @property
    def coverage(self) -> float:
        """Return the part of the expected polls that got a verdict."""
        return min(1.0, self.n / self.expected) if self.expected else 0.0


def check_states(work: Work, components: Collection[str] | None = None) -> list[CheckView]:
    """Return the state of every check the actor may see, in the order of their keys."""
    estate = estate_queries.current(work)
    found = select(CheckState).order_by(CheckState.check)
    if components is not None:
        found = found.where(CheckState.component.in_(components))
    return [
        _view(row, estate.checks[row.check], work.now)
        for row in work.session.scalars(found)
        if row.check in estate.checks and sees(work, estate, estate.checks[row.check])
    ]


def sees(work: Work, estate: Estate, check: Check) -> bool:
    """Tell whether the actor may see a check: of its market, or of one its component serves."""
    held = work.actor.markets(Permission.ESTATE_SEE)
    markets = {check.market} if check.market else {*estate.markets_of(check.component)}
    return EVERYWHERE in held or bool(held & markets)


def _view(row: CheckState, check: Check, now: datetime) -> CheckView:
    return CheckView(
        check=row.check,
        component=check.component,
        market=check.market,
        path=check.path,
        is_control=check.is_control,
        every=check.every,
        health=row.health,
        reason=row.reason,
        message=row.message,
        since=row.since,
        polled_at=row.polled_at,
        answered_at=row.answered_at,
        good_at=row.good_at,
        unanswered=row.unanswered,
        is_fresh=now - row.polled_at <= fresh_for(check.every, row.unanswered),
        raw=row.raw,
    )


def freshness(work: Work) -> dict[str, Freshness]:
    """Return how well each market the actor may see is seen; control probes do not count."""
    estate, found = estate_queries.current(work), {view.check: view for view in check_states(work)}
    held = work.actor.markets(Permission.ESTATE_SEE)
    asked: dict[str, list[CheckView | None]] = {
        code: [] for code in estate.markets if EVERYWHERE in held or code in held
    }
    for check in estate.checks.values():
        if check.market in asked and not check.is_control:
            asked[check.market].append(found.get(check.key))
    return {code: _freshness(code, views) for code, views in asked.items()}


def _freshness(market: str, views: Sequence[CheckView | None]) -> Freshness:
    known = [view for view in views if view is not None]
    fresh = [view for view in known if view.is_fresh]
    answering = [view for view in fresh if view.reason is not Reason.UNREACHABLE]
    reasons: dict[str, int] = {}
    for view in fresh:
        if view.reason is not Reason.NONE:
            reasons[view.reason.value] = reasons.get(view.reason.value, 0) + 1
    return Freshness(
        market=market,
        state=_seen(len(views), len(fresh), len(answering)),
        checks=len(views),
        answering=len(answering),
        polled_at=max((view.polled_at for view in known), default=None),
        answered_at=max((v.answered_at for v in known if v.answered_at), default=None),
        reasons=reasons,
    )


def _seen(checks: int, fresh: int, answering: int) -> str:
    if not checks:
        return "unwatched"
    if not fresh:
        return "stale"
    if not answering:
        return "not seen"
    return "fresh" if answering == checks else "partly"


def good_components(work: Work, now: datetime) -> set[str]:
    """Return the components that every one of their checks says are ok, freshly.

    A component without checks is not good but unseen, and so is one whose check is late.
    """
    return set(good_since_poll(work, now))


def good_since_poll(work: Work, now: datetime) -> dict[str, datetime]:
    """Return for each good component the instant of the oldest of its newest ok answers.

    What was seen good before a failure began proves nothing about it, so the instant matters.
    """
    checks = estate_queries.current(work).checks
    rows = work.session.execute(
        select(CheckState.check, CheckState.polled_at).where(CheckState.health == Health.OK)
    )
    ok = {check: polled_at for check, polled_at in rows}
    found: dict[str, datetime] = {}
    bad: set[str] = set()
    for check in checks.values():
        polled_at = ok.get(check.key)
        if polled_at is None or now - polled_at > fresh_for(check.every, 0):
            bad.add(check.component)
        else:
            found[check.component] = min(polled_at, found.get(check.component, polled_at))
    return {each: polled_at for each, polled_at in found.items() if each not in bad}


def availability(
    work: Work, checks: Iterable[str], since: datetime, until: datetime
) -> dict[str, Availability]:
    """Return the counted polls of each check; whole hours, rolled up ones from the roll-ups.

    ``since`` is moved down to its hour, so that the same question has the same answer after
    the raw polls are gone.
    """
    estate = estate_queries.current(work)
    wanted = [
        estate.checks[key]
        for key in checks
        if key in estate.checks and sees(work, estate, estate.checks[key])
    ]
    keys, start = [check.key for check in wanted], hour_of(since)
    due = [hour for hour in _due(work, start, until)]
    counted: dict[str, dict[str, int]] = {key: {} for key in keys}
    for key, *numbers in _rolled(work, keys, start, until, due):
        _add(counted[key], zip((*Health, "missed"), numbers, strict=True))
    for key, health, polls in _raw(work, keys, due, until):
        _add(counted[key], [(health, polls)])
    return {
        check.key: Availability(
            check=check.key,
            **{word: counted[check.key].get(word, 0) for word in (*Health, "missed")},
            expected=int((min(until, work.now) - start) / max(check.every, SHORTEST)),
            resolution=check.every,
        )
        for check in wanted
    }


def _due(work: Work, since: datetime, until: datetime) -> Iterable[datetime]:
    waiting = select(RollUpDue.hour_at).where(RollUpDue.hour_at >= since, RollUpDue.hour_at < until)
    return work.session.scalars(waiting)


def _rolled(
    work: Work, keys: Sequence[str], since: datetime, until: datetime, due: Sequence[datetime]
) -> Sequence[Any]:
    rolled = PollHour.hour_at.not_in(due)
    ok, degraded, down, unknown = (
        func.coalesce(func.sum(column).filter(rolled), 0)
        for column in (PollHour.ok, PollHour.degraded, PollHour.down, PollHour.unknown)
    )
    hours = and_(PollHour.hour_at >= since, PollHour.hour_at < until)
    counted = select(PollHour.check, ok, degraded, down, unknown, func.sum(PollHour.missed)).where(
        PollHour.check.in_(keys), hours
    )
    return work.session.execute(counted.group_by(PollHour.check)).all()


def _raw(
    work: Work, keys: Sequence[str], due: Sequence[datetime], until: datetime
) -> Sequence[Any]:
    if not due:
        return []
    within: list[ColumnElement[bool]] = [
        and_(Poll.at >= hour, Poll.at < min(hour + HOUR, until)) for hour in due
    ]
    counted = select(Poll.check, Poll.health, func.count()).where(
        Poll.check.in_(keys), or_(*within)
    )
    return work.session.execute(counted.group_by(Poll.check, Poll.health)).all()


def _add(counts: dict[str, int], more: Iterable[tuple[str, int]]) -> None:
    for word, number in more:
        counts[word] = counts.get(word, 0) + int(number)


def poller_silent_since(work: Work) -> datetime | None:
    """Return since when the poller is silent although there are checks; None when it is not.

    For screens and health answers: a scheduler that is dead cannot raise the alert itself. One
    that was stopped and runs again has the same time to begin as a poller that falls silent.
    """
    estate = estate_queries.current(work)
    if not estate.checks:
        return None
    rows = work.session.execute(
        select(CheckState.check, CheckState.polled_at, CheckState.unanswered)
    )
    states = {key: (polled_at, unanswered) for key, polled_at, unanswered in rows}
    newest = max((at for at, _ in states.values()), default=None)
    began = newest or estate_queries.loaded_at(work)
    often = min(
        interval(check.every, states[key][1] if key in states else 0, check.is_control)
        for key, check in estate.checks.items()
    )
    allowed = max(work.settings.polling.heartbeat_after, 3 * often)
    if began is None or work.now - began <= allowed:
        return None
    watch = work.session.get(WatchMemory, AWAKE, populate_existing=True)
    awake = datetime.fromisoformat(watch.memory["since"]) if watch else began
    return began if work.now - awake > allowed else None
