"""Scripted faults on the demo estate with several changes each, one of which is the true cause.

The fault model is the simulator's own (``ssoc.demo.faults``): what is broken, and what feels it
over the graph. Its alerts go through the real ingest and the real correlator, events through the
outbox; the ranking is what the incident's page would show.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

from changes.lifecycle import Outcome, State
from changes.models import Change
from changes.policy import policy
from changes.queries import causes
from changes.queries.candidates import candidates
from changes.rules.neighbourhood import hops
from changes.rules.suspects import Candidate, Hops, SuspectPolicy, Troubled, rank
from incidents import jobs
from incidents import queries as incident_queries
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime, Work
from ssoc.demo.faults import Fault, Faults, Kind
from ssoc.demo.folder import ESTATE
from ssoc.estate import actions as estate_actions
from ssoc.estate import queries as estate_queries
from ssoc.estate.reader import read
from ssoc.estate.values import Estate
from ssoc.monitoring.actions import Change as Logged
from ssoc.monitoring.actions import ingest, record_change
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import MaintenanceWindow
from ssoc.monitoring.report import Report
from tests import factories

FIRST = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
APART = timedelta(days=20)  # stories never see each other's changes: the look-back is 7 days
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LINKS = ("wan-", "hq-")  # broken links are found by the poller, which plays no part here


class Class(StrEnum):
    """In which way the true cause led to the fault."""

    SAME = "same component"  # minutes to 6 h after it began
    UPSTREAM = "upstream"  # on what the failing part stands on, which itself stays healthy
    LATER = "day later"  # 18 to 30 h after it began
    OVERRAN = "overran"  # it ran, or had run, past its window


@dataclass(frozen=True)
class Story:
    """What happened: the fault, every change before and after it, and which one caused it."""

    number: int
    kind: Class
    component: str
    fault: Kind
    at: datetime
    plans: Sequence["Plan"]

    @property
    def cause(self) -> "Plan":
        """Return the true cause."""
        return next(each for each in self.plans if each.is_cause)


@dataclass(frozen=True)
class Plan:
    """One change of a story; ``way`` is how we know of it: a change, the log, a window."""

    way: str
    components: Sequence[str]
    markets: Sequence[str]
    began_at: datetime
    ended_at: datetime | None
    window_end: datetime
    outcome: Outcome = Outcome.SUCCESSFUL
    risk: float = 0.0
    is_cause: bool = False


@dataclass(frozen=True)
class Case:
    """What the ranking was given for one story, and the right answer."""

    story: Story
    incident: Troubled
    candidates: Sequence[Candidate]
    hops: Hops = field(repr=False)
    cause: str = ""

    def ranked(self, terms: SuspectPolicy) -> list[str]:
        """Return the candidates' keys as the formula ranks them."""
        found = rank(self.incident, self.candidates, self.hops, terms)
        return [each.candidate.key for each in found]

    def latest(self) -> list[str]:
        """Return them by the naive rule: whatever began last before the incident."""
        began = max(self.incident.began)
        before = [each for each in self.candidates if each.began_at < began]
        return [each.key for each in sorted(before, key=lambda one: (one.began_at, one.key))][::-1]

    def latest_there(self) -> list[str]:
        """Return them by the other naive rule: the last ones on the incident's own component."""
        here = {c.key for c in self.candidates if self.incident.component in c.components}
        return [each for each in self.latest() if each in here]


# ------------------------------------------------------------- what is drawn


def draw(seed: int, number: int, estate: Estate) -> Iterator[Story]:
    """Draw so many stories; the same seed gives the same stories."""
    random = Random(seed)  # noqa: S311 (a lot, not a secret)
    classes = tuple(Class)
    for each in range(number):
        yield _story(random, each, classes[each % len(classes)], estate)


def _story(random: Random, number: int, kind: Class, estate: Estate) -> Story:
    breakable = sorted(
        each
        for each in estate.components
        if not each.startswith(LINKS) and _has_check(estate, each)
    )
    if kind is Class.UPSTREAM:
        breakable = [each for each in breakable if estate.needs.get(each)]
    component = random.choice(breakable)
    at = FIRST + number * APART + timedelta(minutes=random.randrange(24 * 60))
    cause = _cause(random, kind, component, at, estate)
    others = [_other(random, component, at, estate) for _ in range(random.randint(2, 7))]
    plans = [cause, *others]
    random.shuffle(plans)
    fault = random.choices((Kind.DOWN, Kind.SLOW), (3, 1))[0]
    return Story(number, kind, component, fault, at, plans)


def _has_check(estate: Estate, component: str) -> bool:
    return any(each.component == component for each in estate.checks.values())


def _cause(random: Random, kind: Class, component: str, at: datetime, estate: Estate) -> Plan:
    touched = component
    lasts = timedelta(minutes=random.randint(20, 180))
    began = at - timedelta(minutes=random.uniform(3, 6 * 60))
    if kind is Class.UPSTREAM:
        below = [edge.needs for edge in estate.needs[component]]
        deeper = [e.needs for b in below for e in estate.needs.get(b, ())]
        touched = random.choice(below + deeper)
    elif kind is Class.LATER:
        began = at - timedelta(minutes=random.uniform(18 * 60, 30 * 60))
    planned = began + lasts
    ended: datetime | None = planned
    if kind is Class.OVERRAN:
        began = at - timedelta(minutes=random.uniform(60, 24 * 60))
        planned = began + min(lasts, (at - began) * 0.5)
        ended = planned + timedelta(minutes=random.uniform(10, 240))
    ended = None if ended is not None and ended > at else ended
    ways = (8, 0, 2) if kind is Class.OVERRAN else (7, 2, 1)
    return Plan(
        random.choices(("change", "log", "window"), ways)[0],
        (touched,),
        estate.markets_of(touched),
        began,
        ended,
        planned,
        _outcome(random, 0.25),
        _risk(random),
        is_cause=True,
    )


def _other(random: Random, component: str, at: datetime, estate: Estate) -> Plan:
    """Draw a change that caused nothing: near or far, some after the fault, few that went badly."""
    near = [key for key, (n, _) in hops(estate, [component]).items() if n <= 1]
    mine = set(estate.markets_of(component))
    beside = [k for k, each in estate.components.items() if mine & set(each.markets)]
    pool = random.choices((near, beside, list(estate.components)), (25, 35, 40))[0]
    touched = random.choice(sorted(pool))
    band = random.choices(((-12 * 60, -1), (1, 180), (180, 5 * 24 * 60)), (15, 25, 60))[0]
    began = at - timedelta(minutes=random.uniform(*band))
    lasts = timedelta(minutes=random.randint(20, 180))
    overran = random.random() < 0.1
    ended = began + lasts * (random.uniform(1.1, 2.5) if overran else random.uniform(0.5, 1))
    return Plan(
        random.choices(("change", "log", "window"), (7, 2, 1))[0],
        (touched,),
        estate.markets_of(touched),
        began,
        ended if ended < at else None,
        began + lasts,
        _outcome(random, 0.08),
        _risk(random),
    )


def _outcome(random: Random, bad: float) -> Outcome:
    if random.random() >= bad:
        return Outcome.SUCCESSFUL
    return random.choice((Outcome.WITH_ISSUES, Outcome.ROLLED_BACK, Outcome.FAILED))


def _risk(random: Random) -> float:
    """Draw a risk; of the same distribution for all, so that it tells nothing here."""
    return round(100 * random.betavariate(2, 4), 1)


# ------------------------------------------------------------ what is played


def demo_estate(runtime: Runtime) -> Estate:
    """Load the demo estate, as the demo does, and return it."""
    with runtime.work(SYSTEM) as work:
        estate_actions.replace(work, read([ESTATE]).items())
    with runtime.view(SYSTEM) as work:
        return estate_queries.current(work)


def play(runtime: Runtime, clock: FrozenClock, estate: Estate, story: Story) -> Case | None:
    """Let a story happen; return what the ranking saw, None when no incident was opened."""
    faults, random = Faults(estate.dependencies), Random(story.number)  # noqa: S311
    clock.at = story.at
    with runtime.work(SYSTEM) as work:
        keys = {_written(work, each): each for each in story.plans}
    faults.set(Fault(story.component, story.fault, story.at + HOUR))
    felt = {
        each: kind
        for each in sorted(estate.components)
        if _has_check(estate, each) and (kind := faults.felt(each, clock.now()))
    }
    heard = sorted((random.uniform(2, 30), each) for each in felt)
    for seconds, component in heard:
        clock.at = story.at + timedelta(seconds=seconds)
        _say(runtime, estate, component, felt[component], clock.at)
        jobs.correlate(runtime)
    for _ in range(4):
        clock.advance(timedelta(seconds=15))
        jobs.correlate(runtime)
    outbox.deliver(runtime)
    case = _case(runtime, story, keys)
    _mend(runtime, clock, estate, {each: story.at + timedelta(seconds=s) for s, each in heard})
    return case


def _written(work: Work, plan: Plan) -> str:
    """Write a change where people and tools would, and return the key it is a candidate by."""
    title = f"{plan.way} on {plan.components[0]}"
    if plan.way == "log":
        market = plan.markets[0] if len(plan.markets) == 1 else ""
        entry = Logged(plan.began_at, "deploy", title, market, plan.components[0])
        return f"event:{record_change(work, entry)}"
    if plan.way == "window":
        row = MaintenanceWindow(
            title=title,
            reference="",
            components=list(plan.components),
            markets=[],
            starts_at=plan.began_at,
            ends_at=plan.window_end,
            announced_at=plan.began_at - 24 * HOUR,
            created_by="vendor",
            ended_at=plan.ended_at,
        )
        work.session.add(row)
        work.session.flush()
        return f"window:{row.id}"
    is_over = plan.ended_at is not None
    change = factories.change(
        work,
        plan.markets,
        list(plan.components),
        title=title,
        state=State.ENDED if is_over else State.RUNNING,
        outcome=plan.outcome if is_over else None,
        starts_at=plan.began_at,
        ends_at=plan.window_end,
        started_at=plan.began_at,
        finished_at=plan.ended_at,
        risk_points=plan.risk,
        created_at=plan.began_at - 48 * HOUR,
    )
    return f"change:{change.id}"


def _say(
    runtime: Runtime, estate: Estate, component: str, kind: Kind, now: datetime, over: bool = False
) -> None:
    severity = Severity.WARNING if kind is Kind.SLOW else Severity.CRITICAL
    markets = estate.markets_of(component)
    said: Report = factories.report(
        name="Unhealthy",
        component=component,
        market=markets[0] if len(markets) == 1 else "",
        severity=severity,
        started_at=now,
        said_at=runtime.clock.now(),
        state=AlertState.RESOLVED if over else AlertState.FIRING,
        summary="requests time out",
    )
    with runtime.work(SYSTEM) as work:
        ingest(work, [said])


def _case(runtime: Runtime, story: Story, keys: dict[str, Plan]) -> Case | None:
    with runtime.view(SYSTEM) as work:
        lines = [each for each in incident_queries.wall(work).lines if each.parent_id is None]
        if not lines:
            return None
        found = causes.suspects(work, max(lines, key=lambda each: each.alerts).id)
        incident = Troubled(found.component, found.markets, (found.began_at,))
        estate = estate_queries.current(work)
        given = candidates(work, estate, incident.began)
        near = hops(estate, [incident.component])
        shown = [each.suspect.candidate.key for each in found.suspects]
    cause = next(key for key, plan in keys.items() if plan.is_cause)
    case = Case(story, incident, given, near, cause)
    assert case.ranked(_policy(runtime)) == shown, "the page shows what is measured"
    return case


def _policy(runtime: Runtime) -> SuspectPolicy:
    with runtime.view(SYSTEM) as work:
        return policy(work).suspects


def _mend(runtime: Runtime, clock: FrozenClock, estate: Estate, began: dict[str, datetime]) -> None:
    """Let everything recover and every work end, so that the next story begins in peace."""
    clock.advance(10 * MINUTE)
    for component, at in began.items():
        _say(runtime, estate, component, Kind.DOWN, at, over=True)
    for _ in range(4):
        clock.advance(MINUTE)
        jobs.correlate(runtime)
    outbox.deliver(runtime)
    with runtime.work(SYSTEM) as work:
        for row in work.session.query(Change).filter(Change.finished_at.is_(None)):
            row.finished_at, row.state, row.outcome = clock.now(), State.ENDED, Outcome.SUCCESSFUL
        for window in work.session.query(MaintenanceWindow).filter_by(ended_at=None):
            window.ended_at = clock.now()


def cases(
    runtime: Runtime,
    clock: FrozenClock,
    seed: int,
    number: int,
    told: Callable[[int], None] = lambda _: None,
) -> list[Case]:
    """Play so many stories one after the other and return those that became an incident."""
    estate = demo_estate(runtime)
    found = []
    for story in draw(seed, number, estate):
        case = play(runtime, clock, estate, story)
        if case is not None:
            found.append(case)
        told(story.number)
    return found


def with_tau(terms: SuspectPolicy, hours: float) -> SuspectPolicy:
    """Return the policy with another tau."""
    return replace(terms, tau=timedelta(hours=hours))
