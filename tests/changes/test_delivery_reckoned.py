"""Delivery figures against a slow reckoning: one change at a time, sets and sorted lists only."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from sqlalchemy import select

from changes.lifecycle import Outcome, State, Verdict
from changes.models import CauseVerdict, Change, ChangeComponent, ChangeMarket, TroubledIncident
from changes.queries.delivery import Wanted, delivery
from changes.rules.delivery import By, Figures
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.factories import EIGHT, person

SINCE = EIGHT - timedelta(days=60)
WEEK = timedelta(days=7)
MARKETS, PARTS = ("KE", "TZ", "EG"), ("core-ke", "core-tz", "hsm")
DONE = (State.ENDED, State.REVIEWED, State.CLOSED)
BAD = (Outcome.FAILED, Outcome.ROLLED_BACK)


def draw(work: Work, chance: random.Random) -> int:
    """Store a change that ended some day, in any way, or not at all."""
    finished = SINCE + timedelta(minutes=chance.randrange(-5_000, 95_000))
    text = chance.choice(("", "", "", "mends INC-7"))
    kind = chance.choice(("normal", "standard", "emergency"))
    return factories.change(
        work,
        chance.sample(MARKETS, chance.randint(1, 3)),
        chance.sample(PARTS, chance.randint(1, 2)),
        type=kind,
        team=chance.choice(("", "core", "net")),
        vendor=chance.choice(("", "tern")),
        title=chance.choice(("Larger log", "Larger log", text or "x")),
        purpose=text,
        origin=chance.choice(("", "", "incident")) if kind == "emergency" else "",
        external_reference=chance.choice(("", "INC-9", "CH-1")),
        state=chance.choice((*DONE, *DONE, State.RUNNING)),
        outcome=chance.choice((*Outcome, None)),
        is_unauthorised=chance.random() < 0.1,
        cancelled_because=chance.choice(("", "", "it belongs to CHG-1")),
        created_at=finished - timedelta(minutes=chance.randrange(-60, 30_000)),
        started_at=finished - timedelta(minutes=chance.randrange(1, 600)),
        finished_at=finished,
    ).id


def hurt(work: Work, chance: random.Random, number: int, change_id: int) -> None:
    """Let an incident be judged, most often confirmed, some still going on."""
    began_at = SINCE + timedelta(minutes=chance.randrange(80_000))
    lasted = timedelta(minutes=chance.randrange(5, 900))
    work.session.add(
        TroubledIncident(
            incident_id=number,
            markets=["KE"],
            priority="P2",
            began_at=began_at,
            ended_at=chance.choice((began_at + lasted, began_at + lasted, None)),
        )
    )
    work.session.flush()
    work.session.add(
        CauseVerdict(
            incident_id=number,
            candidate=f"change:{change_id}",
            change_id=change_id,
            kind="change",
            title="x",
            verdict=chance.choice((Verdict.CONFIRMED, Verdict.CONFIRMED, Verdict.RULED_OUT)),
            reason="seen",
            by="amina",
            at=work.now,
        )
    )
    work.session.flush()


@dataclass(frozen=True)
class Told:
    """One deployment, told slowly."""

    row: Change
    markets: frozenset[str]
    parts: frozenset[str]
    hurts: Sequence[TroubledIncident]

    @property
    def has_failed(self) -> bool:
        """Tell whether it needed intervention."""
        return self.row.outcome in BAD or bool(self.hurts)

    @property
    def is_rework(self) -> bool:
        """Tell whether it was unplanned and made because of an incident."""
        row = self.row
        names = "INC-" in row.title or "INC-" in row.purpose
        because = names or row.external_reference.startswith("INC-") or row.origin == "incident"
        return row.type == "emergency" and because

    @property
    def lead(self) -> float | None:
        """Return the minutes from request to running."""
        row = self.row
        if self.has_failed or row.outcome is None or row.is_unauthorised:
            return None
        assert row.finished_at
        return max((row.finished_at - row.created_at) / timedelta(minutes=1), 0)

    @property
    def recovery(self) -> float | None:
        """Return the minutes a failure lasted."""
        row, ends = self.row, [each.ended_at for each in self.hurts]
        if ends:
            known = [each for each in ends if each]
            first = min(each.began_at for each in self.hurts)
            whole = len(known) == len(ends)
            return max((max(known) - first) / timedelta(minutes=1), 0) if whole else None
        assert row.finished_at
        assert row.started_at
        undone = row.outcome is Outcome.ROLLED_BACK
        return (row.finished_at - row.started_at) / timedelta(minutes=1) if undone else None

    def groups(self, by: By) -> list[str]:
        """Return the groups it is in."""
        assert self.row.finished_at
        return {
            By.MARKET: sorted(self.markets),
            By.COMPONENT: sorted(self.parts),
            By.VENDOR: [self.row.vendor],
            By.TYPE: [self.row.type],
            By.TEAM: [self.row.team],
            By.MONTH: [f"{self.row.finished_at:%Y-%m}"],
        }[by]


def told(work: Work, wanted: Wanted, seen: Sequence[str]) -> list[Told]:
    """Return the deployments that are looked at."""
    confirmed = select(CauseVerdict).where(CauseVerdict.verdict == Verdict.CONFIRMED)
    by = [(each.change_id, each.incident_id) for each in work.session.scalars(confirmed)]
    hurts = {each.incident_id: each for each in work.session.scalars(select(TroubledIncident))}
    found = []
    for row in work.session.scalars(select(Change)):
        places = select(ChangeMarket.market).where(ChangeMarket.change_id == row.id)
        parts = select(ChangeComponent.component).where(ChangeComponent.change_id == row.id)
        markets = frozenset(work.session.scalars(places))
        assert row.finished_at
        fits = (
            row.state in DONE
            and wanted.since <= row.finished_at < wanted.until
            and (row.outcome or row.is_unauthorised or not row.cancelled_because)
            and markets & set(seen)
            and (not wanted.market or wanted.market in markets)
            and (not wanted.type or wanted.type == row.type)
        )
        if fits:
            mine = [hurts[number] for change_id, number in by if change_id == row.id]
            found.append(Told(row, markets, frozenset(work.session.scalars(parts)), mine))
    return found


def summed(cases: Sequence[Told], weeks: float) -> tuple[object, ...]:
    """Return the figures of some deployments, reckoned slowly."""
    known = [each for each in cases if each.row.outcome or each.hurts]
    leads = [each.lead for each in cases if each.lead is not None]
    lasted = [each.recovery for each in cases if each.has_failed and each.recovery is not None]
    return (
        *(len(cases), round(len(cases) / weeks, 6), len(cases) - len(known)),
        *(sum(each.has_failed for each in cases), len(known)),
        sum(each.is_rework for each in cases),
        *(len(leads), round(median(leads), 3) if leads else None),
        *(len(lasted), round(median(lasted), 3) if lasted else None),
    )


def short(found: Figures) -> tuple[object, ...]:
    """Return the same of what the query says."""
    times = (found.lead, found.recovery)
    lead, recovery = (
        (each.n, round(each.median / timedelta(minutes=1), 3) if each.median is not None else None)
        for each in times
    )
    return (
        *(found.deployments, round(found.per_week, 6), found.unknown),
        *(found.failed.hits, found.failed.n, found.rework.hits),
        *(*lead, *recovery),
    )


@pytest.fixture
def drawn(runtime: Runtime) -> Runtime:
    """Store a random story of 150 changes, every third of which was judged once or twice."""
    chance = random.Random(11)  # noqa: S311 (the same story each time)
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz, hsm")
        numbers = [draw(work, chance) for _ in range(150)]
        for number in range(1, 60):
            hurt(work, chance, number, chance.choice(numbers))
    return runtime


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize(
    ("actor", "seen"),
    [
        pytest.param(SYSTEM, MARKETS, id="who sees all"),
        pytest.param(person("desk", Role.NOC_OPERATOR, "TZ"), ("TZ",), id="who sees one market"),
    ],
)
def test_figures_are_those_of_a_slow_reckoning(
    drawn: Runtime, by: By, actor: Actor, seen: Sequence[str]
) -> None:
    """The whole and every group, for all and for one market or type."""
    for given in ({}, {"market": "TZ"}, {"type": "emergency"}):
        wanted = Wanted(SINCE, EIGHT, by=by, **given)
        with drawn.view(actor) as work:
            found, cases = delivery(work, wanted), told(work, wanted, seen)
        assert short(found.whole) == summed(cases, (EIGHT - SINCE) / WEEK)
        names = {name for each in cases for name in each.groups(by)}
        names &= set(seen) if by is By.MARKET else names
        expected = {
            name: summed([each for each in cases if name in each.groups(by)], weeks(by, name))
            for name in names
        }
        assert {name: short(each) for name, each in found.groups.items()} == expected
        assert sum(done for _, done, _ in found.weeks) == len(cases)


def weeks(by: By, name: str) -> float:
    """Return how many weeks of the period a group covers."""
    if by is not By.MONTH:
        return (EIGHT - SINCE) / WEEK
    first = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
    after = (first + timedelta(days=32)).replace(day=1)
    return (min(after, EIGHT) - max(first, SINCE)) / WEEK
