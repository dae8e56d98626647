"""What must hold of collisions whatever collides."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from changes.lifecycle import Effect
from changes.rules.collisions import LEVELS, Finding, Item, Kind, findings, index_of, pair
from ssoc.core.calendar import Span
from tests.changes.scenes import DAY, ground

GROUND = ground()
PARTS = ("core", "hsm", "ussd-ke", "ussd-mz", "l1", "l2", "n1", "n2", "n3", "mon", "f1")
PEOPLE = st.frozensets(st.sampled_from(["imre", "asha"]))
SOME = st.frozensets(st.sampled_from(["mon", "core"]), max_size=1)


@st.composite
def items(draw: st.DrawFn, number: int = 1) -> Item:
    """Return anything that could stand in the calendar of a day."""
    kind = draw(st.sampled_from(list(Kind)))
    begins = DAY + timedelta(minutes=10 * draw(st.integers(0, 60)))
    ends = begins + timedelta(minutes=10 * draw(st.integers(1, 30)))
    before, after = draw(st.integers(0, 60)), draw(st.integers(0, 60))
    parts = draw(st.dictionaries(st.sampled_from(PARTS), st.sampled_from(list(Effect)), max_size=3))
    is_change = kind is Kind.CHANGE
    return Item(
        key=f"{kind.value}:{number}",
        kind=kind,
        name=f"{kind.value} {number}",
        span=Span(begins - timedelta(minutes=before), ends + timedelta(minutes=after)),
        needed=Span(begins, ends),
        components=parts,
        markets=draw(st.frozensets(st.sampled_from(["KE", "MZ"]), min_size=1)),
        people=draw(PEOPLE) if is_change else frozenset(),
        gates=draw(SOME) if is_change else frozenset(),
        rollback_needs=draw(SOME) if is_change else frozenset(),
        is_hard=kind is Kind.FREEZE and draw(st.booleans()),
    )


def short(found: list[Finding]) -> list[tuple[str, str, str]]:
    """Return what matters of findings."""
    return [(each.key, each.level, each.sentence) for each in found]


@given(items(1), items(2))
def test_pairs_are_symmetric(one: Item, other: Item) -> None:
    """Whichever is assessed: the same keys, levels and sentences."""
    assert short(pair(GROUND, one, other)) == short(pair(GROUND, other, one))


@given(items(1), items(2))
def test_spans_are_half_open(one: Item, other: Item) -> None:
    """What begins when the other ends does not meet it, whatever the two are."""
    after = other.moved(one.span.until - other.span.since)
    assert pair(GROUND, one, after) == []
    touching = after.moved(timedelta(minutes=-1))
    assert len(pair(GROUND, one, touching)) >= 0


@given(items(1), items(2), st.integers(-100_000, 100_000))
def test_moving_both_changes_nothing(one: Item, other: Item, minutes: int) -> None:
    """Only where the two lie to each other counts, not when."""
    by = timedelta(minutes=minutes)
    then = pair(GROUND, one.moved(by), other.moved(by))
    now = pair(GROUND, one, other)
    assert [(e.key, e.level, e.path) for e in then] == [(e.key, e.level, e.path) for e in now]


@given(items(1), items(2), st.integers(0, 600), st.integers(0, 600))
def test_a_shorter_span_never_adds_findings(one: Item, other: Item, cut: int, end: int) -> None:
    """Less time, fewer or the same findings, and none of them worse."""
    since = min(one.span.until, one.span.since + timedelta(minutes=cut))
    until = max(since, one.span.until - timedelta(minutes=end))
    needed = Span(max(since, one.needed.since), min(until, one.needed.until))
    if needed.since > needed.until:
        needed = Span(since, since)
    shorter = replace(one, span=Span(since, until), needed=needed)
    less = {each.key: LEVELS.index(each.level) for each in pair(GROUND, shorter, other)}
    more = {each.key: LEVELS.index(each.level) for each in pair(GROUND, one, other)}
    assert less.keys() <= more.keys()
    assert all(less[key] <= more[key] for key in less)


@given(items(1), items(2), st.integers(0, 4), st.integers(0, 4))
def test_more_hops_never_take_findings_away(one: Item, other: Item, k: int, more: int) -> None:
    """C2 is monotone in k, and the other rules do not care."""
    few = short(pair(ground(k), one, other))
    many = short(pair(ground(k + more), one, other))
    assert {key for key, _, _ in few} <= {key for key, _, _ in many}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_index_finds_what_looking_at_each_one_finds(data: st.DataObject) -> None:
    """An index is only faster: every pair by itself gives the same keys."""
    one = data.draw(items(1))
    others = [data.draw(items(number)) for number in range(2, data.draw(st.integers(2, 12)))]
    found = findings(GROUND, one, index_of([one, *others]))
    alone = {each.key for other in others for each in pair(GROUND, one, other)}
    assert {each.key for each in found if len(each.items) > 1} == alone
