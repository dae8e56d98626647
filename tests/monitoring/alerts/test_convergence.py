"""Whatever order and however often reports arrive, the state is that of the newest."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.monitoring.actions import ingest
from ssoc.monitoring.batch import waves
from ssoc.monitoring.report import Report
from tests.factories import at, report
from tests.monitoring.alerts.story import FIRING, LABELS, RESOLVED, Story


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return what honest sources say of two alerts: episodes that fire, repeat, and may end."""
    found = []
    for instance in ("a", "b"):
        now = 0
        for _ in range(draw(st.integers(1, 3))):
            start = now + 1
            for _ in range(draw(st.integers(1, 3))):
                now += draw(st.integers(2, 5))
                severity = draw(st.sampled_from(Severity))
                found.append((instance, FIRING, start, now, severity))
            for _ in range(draw(st.integers(0, 2))):
                now += draw(st.integers(2, 5))
                found.append((instance, RESOLVED, start, now, severity))
    names = ("instance", "state", "start", "said", "severity")
    return [dict(zip(names, each, strict=True)) for each in found]


def made(story: Story, what: dict[str, Any]) -> Report:
    rest = {name: value for name, value in what.items() if name != "instance"}
    return story.report(labels={**LABELS, "instance": what["instance"]}, **rest)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_and_duplication_ends_in_the_same_state(
    story: Story, data: st.DataObject
) -> None:
    history = data.draw(histories())
    copies = data.draw(st.lists(st.sampled_from(history), max_size=5))
    shuffled = data.draw(st.permutations([*history, *copies]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(shuffled) - 1)))) if shuffled[1:] else []
    story.go_to(10_000)
    with story.runtime.work(SYSTEM) as work:
        for table in ("alert", "alert_detail", "alert_source", "alert_transition"):
            work.session.execute(text(f"delete from {table}"))  # noqa: S608
        for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True):
            ingest(work, [made(story, each) for each in shuffled[start:end]])
    newest = {each["instance"]: each for each in sorted(history, key=lambda each: each["said"])}
    rows = story.rows("select state, severity, said_at, key, changes from alert order by key")
    expect = sorted((made(story, each) for each in newest.values()), key=lambda each: each.key)
    assert [row.state for row in rows] == [each.state for each in expect]
    for row, said in zip(rows, expect, strict=True):
        if said.state is FIRING:
            assert row.severity == said.severity
    _transitions_chain(story)


def _transitions_chain(story: Story) -> None:
    """Every transition begins where the one before it ended, and the last is the state."""
    chain: dict[int, tuple[int, int]] = {}
    for row in story.rows(
        "select key, number, state, severity, was_state, was_severity "
        "from alert_transition order by key, number"
    ):
        if row.key in chain:
            assert (row.was_state, row.was_severity) == chain[row.key]
        chain[row.key] = (row.state, row.severity)
    for row in story.rows("select key, state, severity from alert"):
        assert chain.get(row.key, (row.state, row.severity)) == (row.state, row.severity)


@given(
    keys=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.sampled_from(Severity))),
)
def test_waves_are_sorted_and_hold_each_key_once(keys: list[tuple[int, int, Severity]]) -> None:
    reports = [report(key=key, said_at=at(said), severity=severity) for key, said, severity in keys]
    seen: dict[int, Any] = {}
    lines = 0
    for wave in waves(reports, at(5)):
        found = [line.report.key for line in wave]
        assert found == sorted(set(found))
        for line in wave:
            lines += 1 + line.repeats
            assert line.report.said_at <= at(5), "nobody speaks from the future"
            assert line.report.said_at >= seen.get(line.report.key, at(-1))
            seen[line.report.key] = line.report.said_at
    assert lines == len(reports)
