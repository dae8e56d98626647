"""The search in the stored calendar gives what the rule gives over everything in it."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from changes import queries as change_queries
from changes.lifecycle import Effect, State
from changes.models import Change, Freeze
from changes.queries.calendar_items import items_between
from changes.queries.collisions import ground_of, item_for
from changes.queries.slot_search import free_slots, next_free_slot, why_no_slot
from changes.rules.collisions import index_of
from changes.rules.slots import Slot, meets, next_free, without
from changes.values import ChangeView
from ssoc.core.calendar import Span
from ssoc.core.work import Runtime, Work
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Estate
from ssoc.monitoring.models import MaintenanceWindow
from tests import factories

DAYS = 45
PARTS = ("core", "hsm", "ussd-ke", "ussd-mz", "nbo", "l1", "l2", "app", "n1", "n2", "n3")
PEOPLE = ("imre", "aisha", "bo", "chi", "dalia", "ed")
LIVE = (State.SUBMITTED, State.APPROVED, State.SCHEDULED)


@pytest.fixture
def estate(work: Work) -> Estate:
    """Store shared parts, two groups, and two markets, one of them with change hours."""
    graph = "ussd-ke > core, ussd-mz > core, core > hsm, nbo > l1|l2, app > n1|n2|n3, core > app"
    shared = [factories.component(key, "KE", "MZ") for key in PARTS if "-" not in key]
    value = factories.estate_of(graph, components=shared, markets=("KE", "MZ"))
    markets = {
        "KE": factories.market("KE", peak_hours="08:00-22:00"),
        "MZ": factories.market("MZ", change_hours="22:00-05:00"),
    }
    whole = type(value)(**{**value.__dict__, "markets": markets})
    estate_actions.replace(work, factories.items_of(whole))
    return whole


def stored(work: Work, chance: random.Random) -> Change:
    """Store a change of any kind, somewhere within the next weeks."""
    starts_at = work.now + timedelta(minutes=15 * chance.randrange(-96, 96 * DAYS))
    hours = chance.choice((1, 2, 6, 30, 100))
    named = chance.choice(("", *PEOPLE))
    return factories.change(
        work,
        chance.choice((("KE",), ("MZ",), ("KE", "MZ"))),
        [(key, chance.choice(list(Effect))) for key in some(chance, PARTS, 3)],
        [{"owner": chance.choice(("", *PEOPLE))} for _ in range(chance.randrange(3))],
        type=chance.choice(("normal", "standard", "unheard of")),
        state=chance.choice((*LIVE, *LIVE, State.DRAFT, State.CANCELLED)),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=hours),
        preparation_minutes=chance.choice((0, 30, 600)),
        rollback_minutes=chance.choice((0, 30)),
        soak_minutes=chance.choice((0, 45, 3_000)),
        implementer=named if chance.random() < 0.3 else "",
        people=some(chance, PEOPLE, 2) if chance.random() < 0.2 else [],
        vendor=chance.choice(("", "Ericsson", "Huawei")),
        vendor_must_attend=chance.random() < 0.2,
        gates=some(chance, PARTS, 2) if chance.random() < 0.3 else [],
        rollback_needs=some(chance, PARTS, 1) if chance.random() < 0.3 else [],
    )


def some(chance: random.Random, names: Sequence[str], most: int) -> list[str]:
    """Return one to ``most`` of the names."""
    return sorted(chance.sample(names, chance.randint(1, most)))


def others(work: Work, chance: random.Random) -> None:
    """Store works of a vendor and freezes among them."""
    for number in range(4):
        starts_at = work.now + timedelta(hours=chance.randrange(24 * DAYS))
        ends_at = starts_at + timedelta(hours=chance.choice((4, 50)))
        work.session.add(
            MaintenanceWindow(
                title=f"Works {number}",
                reference="",
                components=some(chance, PARTS, 2) if number else [],
                markets=["KE"] if not number else [],
                starts_at=starts_at,
                ends_at=ends_at,
                announced_at=work.now,
                created_by="vendor",
            )
        )
        work.session.add(
            Freeze(
                name=f"Freeze {number}",
                is_hard=bool(number % 2),
                markets=some(chance, ("KE", "MZ"), 2) if number > 1 else [],
                components=some(chance, PARTS, 3) if number == 3 else [],
                since=starts_at,
                until=ends_at,
                added_by="olu",
                added_at=work.now,
                changed_at=work.now,
            )
        )
    work.session.flush()


def by_the_rule(work: Work, change: ChangeView) -> Slot | None:
    """Return the slot by the rule over everything that is in the calendar."""
    assert change.window
    items = items_between(work, work.now - timedelta(days=9), work.now + timedelta(days=200))
    late = {"normal": timedelta(hours=48)}.get(change.type, timedelta())
    since = max(work.now, work.now + late - timedelta(minutes=change.preparation_minutes))
    window = change.window.length
    ground = ground_of(work)
    return next_free(ground, item_for(ground, change), window, index_of(items), since)


@pytest.mark.usefixtures("estate")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("count", [10, 60, 200])
def test_the_search_finds_what_the_rule_finds(work: Work, seed: int, count: int) -> None:
    """Changes, works and freezes drawn at random: sparse, dense, and nearly nothing left."""
    chance = random.Random(seed)  # noqa: S311 (the same story each time)
    made = [stored(work, chance) for _ in range(count)]
    others(work, chance)
    asked = [change_queries.change(work, row.id) for row in chance.sample(made, 10)]
    expected = {each.id: by_the_rule(work, each) for each in asked}
    assert {each.id: next_free_slot(work, each, work.now) for each in asked} == expected
    assert free_slots(work, asked) == {key: slot for key, slot in expected.items() if slot}


@pytest.mark.usefixtures("estate")
def test_what_blocks_the_whole_horizon_leaves_no_slot(work: Work) -> None:
    """By the component, by a person, by the same group: each alone is enough."""
    until = work.now + timedelta(days=120)
    for key, implementer in (("core", ""), ("nbo", "imre"), ("l2", "")):
        factories.change(
            work,
            ["KE"],
            [(key, Effect.DOWN)],
            state=State.SCHEDULED,
            starts_at=work.now,
            ends_at=until,
            implementer=implementer,
        )
    for key, implementer in (("core", ""), ("hsm", "imre"), ("l1", "")):
        row = factories.change(work, ["KE"], [(key, Effect.DOWN)], implementer=implementer)
        change = change_queries.change(work, row.id)
        assert next_free_slot(work, change, work.now) is None, key
        assert why_no_slot(work, change, work.now).startswith("something is in the way")
    row = factories.change(work, ["KE"], [("ussd-ke", Effect.DOWN)], implementer="")
    assert next_free_slot(work, change_queries.change(work, row.id), work.now)


@pytest.mark.usefixtures("estate")
def test_change_hours_that_are_too_short_cost_no_statement(runtime: Runtime, work: Work) -> None:
    """Nothing is loaded when no start fits into the hours of a market."""
    row = factories.change(
        work, ["MZ"], [("core", Effect.DOWN)], ends_at=work.now + timedelta(hours=30)
    )
    change = change_queries.change(work, row.id)
    assert next_free_slot(work, change, work.now) is None
    said: list[str] = []
    with_statement = lambda *given: said.append(given[2])  # noqa: E731
    event.listen(runtime.engine, "before_cursor_execute", with_statement)
    assert next_free_slot(work, change, work.now) is None
    event.remove(runtime.engine, "before_cursor_execute", with_statement)
    assert [each for each in said if "FROM change" in each] == []


def spans(text: str) -> list[Span]:
    """Return spans of minutes: ``0-5 7-7``."""
    begin = datetime(2026, 3, 2).astimezone()
    pairs = [map(int, each.split("-")) for each in text.split()]
    return [Span(*(begin + timedelta(minutes=each) for each in pair)) for pair in pairs]


@pytest.mark.parametrize(
    ("free", "ways", "left"),
    [
        pytest.param("0-9", "", "0-9", id="nothing in the way"),
        pytest.param("0-9", "3-5", "0-3 5-9", id="in the middle; its ends may be used"),
        pytest.param("0-9", "0-9", "0-0 9-9", id="all but both ends"),
        pytest.param("1-8", "0-9", "", id="all"),
        pytest.param("0-9", "3-5 5-7", "0-3 5-5 7-9", id="an instant where two only touch"),
        pytest.param("0-9", "3-6 5-7", "0-3 7-9", id="two that overlap"),
        pytest.param("0-2 4-6 8-9", "1-5", "0-1 5-6 8-9", id="over two stretches"),
        pytest.param("3-3 5-5", "3-5", "3-3 5-5", id="instants at its ends"),
        pytest.param("4-4", "3-5", "", id="an instant within"),
    ],
)
def test_what_is_left(free: str, ways: str, left: str) -> None:
    """Starts are closed stretches, what is in the way leaves out its ends."""
    assert without(spans(free), spans(ways)) == spans(left)
    for way in spans(ways):
        touched = without(spans(free), [way]) != spans(free)
        assert meets(spans(free), way) is touched
