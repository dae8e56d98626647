"""The alert explorer: filters, pages by keyset, capped counts, and who may see what."""

from typing import Any

import pytest
from sqlalchemy import delete, event, text

from ssoc import modules
from ssoc.core.database import is_sqlite, make_engine
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.monitoring import alert_store, jobs, queries
from ssoc.monitoring.models import Alert
from ssoc.monitoring.queries import AlertFilter, Wanted
from ssoc.monitoring.queries.explorer import _narrowed, _page
from tests.factories import at, person, report
from tests.monitoring.alerts.story import (
    CRITICAL,
    ERROR,
    FIRING,
    INFO,
    RESOLVED,
    STALE,
    WARNING,
    Story,
)


@pytest.fixture
def some(story: Story) -> Story:
    story.go_to(1000)
    story.tell(
        report(instance="a", severity=WARNING, started_at=at(10), summary="Disk 80% full"),
        report(instance="b", severity=CRITICAL, started_at=at(20)),
        report(instance="c", severity=CRITICAL, started_at=at(30), market="TZ", component="x-tz"),
        report(instance="d", severity=INFO, started_at=at(40), market="", component=""),
        report(instance="e", severity=ERROR, started_at=at(50), state=RESOLVED),
        report(instance="f", severity=ERROR, started_at=at(60), lease_until=at(500), source="b_c"),
    )
    jobs.sweep_leases(story.runtime)
    return story


def listed(work: Work, cursor: str = "", limit: int = 50, **wanted: Any) -> str:
    page = queries.alerts(work, AlertFilter(**wanted), cursor, limit)
    return "".join(each.instance for each in page.alerts)


@pytest.mark.parametrize(
    ("wanted", "expect"),
    [
        pytest.param({}, "cbfad", id="open, worst and newest first"),
        pytest.param({"wanted": Wanted.FIRING}, "cbad", id="firing"),
        pytest.param({"wanted": Wanted.STALE}, "f", id="stale"),
        pytest.param({"wanted": Wanted.RESOLVED}, "e", id="resolved"),
        pytest.param({"markets": ["TZ"]}, "c", id="one market"),
        pytest.param({"markets": ["TZ", ""]}, "cd", id="two, one of them nobody's"),
        pytest.param({"severities": [WARNING, INFO]}, "ad", id="severities"),
        pytest.param({"components": ["x-tz"]}, "c", id="component"),
        pytest.param({"sources": ["b_c"]}, "f", id="source"),
        pytest.param({"text": "disk FULL"}, "a", id="words, case apart"),
        pytest.param({"text": "80%"}, "a", id="a percent sign is itself"),
        pytest.param({"text": "8%0"}, "", id="and no wildcard"),
        pytest.param({"text": "a_b"}, "", id="nor is the underscore"),
        pytest.param({"text": "nothing\0such"}, "", id="a NUL is harmless"),
    ],
)
def test_filters(some: Story, wanted: dict[str, Any], expect: str) -> None:
    with some.runtime.view(SYSTEM) as work:
        assert listed(work, **wanted) == expect
        assert queries.count(work, AlertFilter(**wanted)).number == len(expect)


@pytest.mark.parametrize(
    ("markets", "expect"),
    [(["TZ"], "c"), (["KE"], "bfa"), (["KE", "TZ"], "cbfa"), (["*"], "cbfad"), (["MZ"], "")],
)
def test_one_sees_the_markets_of_ones_roles(some: Story, markets: list[str], expect: str) -> None:
    with some.runtime.view(person("p", Role.NOC_OPERATOR, *markets)) as work:
        assert listed(work) == expect
        assert sum(queries.open_by_market(work).values()) == len(expect)


def test_what_was_counted_never_stands_for_another_database_of_the_same_address(
    some: Story, url: str
) -> None:
    with some.runtime.view(SYSTEM) as work:
        assert sum(queries.open_by_market(work).values()) == 5
    with some.runtime.work(SYSTEM) as work:
        work.session.execute(delete(Alert))  # emptied, as a restored one may be
    again = modules.wire(make_engine(url), some.clock)
    with again.view(SYSTEM) as work:
        assert queries.open_by_market(work) == {}
    again.engine.dispose()


def test_pages_join_without_gap_or_repeat(story: Story) -> None:
    story.tell(
        *[
            report(instance=str(n), started_at=at(-(n % 7)), severity=Severity(1 + n % 4))
            for n in range(103)
        ]
    )
    with story.runtime.view(SYSTEM) as work:
        whole = [each.key for each in queries.alerts(work, limit=500).alerts]
        pages, cursor = [], ""
        while True:
            page = queries.alerts(work, cursor=cursor, limit=10)
            pages.append([each.key for each in page.alerts])
            if page.next is None:
                break
            cursor = page.next
        assert (
            [key for keys in pages for key in keys]
            == whole
            == [each.key for each in queries.each_open(work)]
        )
    assert [len(keys) for keys in pages] == [10] * 10 + [3]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "ÿ", "MS4yLjM", "9" * 999, "NC4xLng"])
def test_damaged_cursors_are_refused_or_harmless(some: Story, cursor: str) -> None:
    with some.runtime.view(SYSTEM) as work:
        try:
            assert queries.alerts(work, cursor=cursor).alerts == []
        except BadInput as error:
            assert "begin again" in str(error)  # noqa: PT017 (either is right)


def test_counts_stop_at_what_a_screen_needs(some: Story) -> None:
    with some.runtime.view(SYSTEM) as work:
        assert str(queries.count(work)) == "5"
        assert str(queries.count(work, most=3)) == "3+"
        assert str(queries.Count(1_000, True)) == "1 000+"


def test_one_alert_with_all_about_it(some: Story) -> None:
    with some.runtime.view(SYSTEM) as work:
        (row,) = queries.alerts(work, AlertFilter(sources=["b_c"])).alerts
        page = queries.alert(work, row.id)
        assert queries.alert(work, row.key) == page
        assert page.alert == row
        assert [each.state for each in page.changes] == [STALE, 0]
        assert page.alert.labels["instance"] == "f"
        with pytest.raises(NotFound):
            queries.alert(work, "00000000000000ff")
        with pytest.raises(BadInput, match="16 hexadecimal"):
            queries.alert(work, "xyz")
    tanzanian = person("t", Role.NOC_OPERATOR, "TZ")
    with pytest.raises(NotAllowed), some.runtime.view(tanzanian) as work:
        queries.alert(work, row.id)


INDEXES = {
    "ix_alert_open": AlertFilter(),
    "ix_alert_open_market": AlertFilter(markets=["KE"]),
    "ix_alert_resolved": AlertFilter(wanted=Wanted.RESOLVED),
}


def test_pages_use_the_partial_indexes(story: Story) -> None:
    markets = ("KE", *(["TZ"] * 7))
    with story.runtime.work(SYSTEM) as work:
        reports = [
            report(
                instance=str(n),
                market=markets[n % 8],
                state=FIRING if n % 3 else RESOLVED,
                severity=Severity(1 + n // 8 % 4),
                started_at=at(-n - 1),
                said_at=at(0),
            )
            for n in range(8_000)
        ]
        alert_store.store(work.session, reports, work.now)
    with story.runtime.engine.begin() as connection:
        connection.execute(text("analyze"))
    for index, wanted in INDEXES.items():
        for cursor in (None, (4, at(0), 7)):
            with story.runtime.view(SYSTEM) as work:
                plan = explained(work, _page(_narrowed(work, wanted), cursor, 50))
            assert index in plan
            assert "temp b-tree" not in plan.lower()
            assert "Sort" not in plan


def explained(work: Work, query: Any) -> str:
    connection, seen = work.session.connection(), []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        seen.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    connection.execute(query).all()
    event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = seen
    words = "explain query plan " if is_sqlite(connection.engine) else "explain "
    return str(connection.exec_driver_sql(words + statement, parameters).all())
