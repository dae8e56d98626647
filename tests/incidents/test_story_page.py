"""A storm's story is read page by page: nothing twice, nothing left out, the first page fast."""

from collections import Counter
from datetime import timedelta

import pytest

from incidents import queries
from incidents.models import IncidentAlert, TimelineEntry
from incidents.queries import Moment, story_page
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.actions.changes import Change, record_change
from tests import factories
from tests.incidents.test_queries import counted

ENTRIES, ALERTS = 1_300, 3_000


@pytest.fixture
def storm(runtime: Runtime) -> Runtime:
    """Give an incident with thousands of lines, many of them at the very same instant."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core")
        made = factories.incident(work, component="core")
        work.session.add_all(_entry(made.id, at, work) for at in range(ENTRIES))
        work.session.add_all(_alert(made.id, at, work) for at in range(ALERTS))
        for at in (-300, 30, 200):
            record_change(
                work,
                Change(
                    at=work.now + timedelta(seconds=at),
                    source="deployer",
                    market="KE",
                    component="core",
                    reference=f"CHG-{at}",
                    summary="release",
                ),
            )
    return runtime


def _entry(incident: int, at: int, work: Work) -> TimelineEntry:
    """Return a line; the first 600 fall on one instant, the rest a second apart."""
    moment = work.now + timedelta(seconds=max(0, at - 600))
    by = "amina" if at % 3 == 0 else SYSTEM.name
    return TimelineEntry(
        incident_id=incident, at=moment, kind="noted", by=by, text=f"{at}", body={}
    )


def _alert(incident: int, at: int, work: Work) -> IncidentAlert:
    """Return an alert; 2 500 begin within the first minute, each at an instant of its own."""
    offset = timedelta(milliseconds=at * 20 if at < 2_500 else at * 60)
    joined = work.now + offset
    return IncidentAlert(
        key=at,
        started_at=joined,
        incident_id=incident,
        component="core",
        market="KE",
        name=f"Down{at % 7}",
        severity=40,
        state=0,
        joined_at=joined,
        ended_at=joined + timedelta(minutes=3) if at % 2 else None,
    )


def pages(work: Work, source: str = "", limit: int = 100) -> list[Moment]:
    """Read the whole story page by page."""
    found: list[Moment] = []
    cursor: str | None = ""
    while cursor is not None:
        page = queries.story(work, 1, source, cursor, limit)
        assert 0 < len(page.moments) <= limit
        found += page.moments
        cursor = page.next
    return found


@pytest.mark.parametrize("limit", [7, 100, 5_000])
def test_pages_are_the_whole_story_once(storm: Runtime, limit: int) -> None:
    with storm.view(SYSTEM) as work:
        found = pages(work, limit=limit)
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    told = [each.text for each in found if each.kind == "noted"]
    assert told == [f"{at}" for at in reversed(range(ENTRIES))]
    began = sum((Counter(each.body) for each in found if each.kind == "alerts_began"), Counter())
    cleared = [Counter(each.body) for each in found if each.kind == "alerts_cleared"]
    assert began.total() == ALERTS
    assert sum(cleared, Counter()).total() == ALERTS // 2
    changed = [each.text for each in found if each.source == "changes"]
    assert changed == ["CHG-200: release", "CHG-30: release", "CHG--300: release"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [("people", 434), ("correlation", 866), ("changes", 3)],
)
def test_one_kind_is_paged_by_itself(storm: Runtime, source: str, lines: int) -> None:
    with storm.view(SYSTEM) as work:
        found = pages(work, source)
    assert len(found) == lines
    assert {each.source for each in found} == {source}


def test_the_first_page_reads_no_more_than_it_shows(storm: Runtime) -> None:
    with storm.view(SYSTEM) as work:
        queries.story(work, 1)
        with counted(storm.engine) as statements:
            page = queries.story(work, 1)
    assert len(page.moments) == 100
    assert len(statements) <= 12
    told = next(each for each in statements if "FROM incident_timeline" in each)
    assert "LIMIT" in told


def test_a_page_stays_what_it_was_while_the_story_goes_on(storm: Runtime) -> None:
    with storm.view(SYSTEM) as work:
        first = queries.story(work, 1)
        second = queries.story(work, 1, cursor=first.next or "")
    with storm.work(SYSTEM) as work:
        work.session.add(_entry(1, ENTRIES + 500, work))
    with storm.view(SYSTEM) as work:
        assert queries.story(work, 1, cursor=first.next or "") == second


@pytest.mark.parametrize("cursor", ["x", "1", "1.2", "1.2.x", "9" * 40 + ".1.1", "1.2.3.4"])
def test_a_damaged_cursor_is_refused(storm: Runtime, cursor: str) -> None:
    with storm.view(SYSTEM) as work, pytest.raises(BadInput, match="begin again"):
        queries.story(work, 1, cursor=cursor)


def test_of_another_market_there_is_no_story(storm: Runtime) -> None:
    stranger = factories.person("selam", Role.NOC_OPERATOR, "ET")
    with storm.view(stranger) as work, pytest.raises(NotFound):
        queries.story(work, 1)


def test_a_minute_with_more_alerts_than_one_read_is_counted_whole(
    storm: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story_page, "MOST_ROWS", 50)
    with storm.view(SYSTEM) as work:
        found = pages(work, "alerts")
    began = [sum(each.body.values()) for each in found if each.kind == "alerts_began"]
    assert sum(began) == ALERTS
    assert max(began) == 2_500
