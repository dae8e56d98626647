"""A stale alert whose source is gone for good is closed by a person."""

import pytest
from sqlalchemy import select

from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.running import revision
from ssoc.monitoring import jobs, queries
from ssoc.monitoring.actions import close_stale
from ssoc.monitoring.report import hex_of
from tests.factories import person
from tests.monitoring.alerts.story import FIRING, RESOLVED, STALE, Story

OPERATOR = person("asha", Role.NOC_OPERATOR)


@pytest.fixture
def stale(story: Story) -> int:
    """Give the key of an alert whose lease ran out at 240."""
    story.say(start=0, lease=240)
    story.go_to(240)
    jobs.sweep_leases(story.runtime)
    return int(story.rows("select key from alert")[0][0])


def close(story: Story, *keys: int, reason: str = "the exporter is gone", by: object = None) -> int:
    with story.runtime.work(by or OPERATOR) as work:  # type: ignore[arg-type]
        return close_stale(work, keys, reason)


def test_it_is_resolved_and_in_the_audit_trail(story: Story, stale: int) -> None:
    with story.runtime.view(SYSTEM) as work:
        before = revision(work.session)
    voices = story.rows("select source, way, last_at from ingest_source")
    story.go_to(300)
    assert close(story, stale, reason=" decommissioned ") == 1
    assert story.moves() == [(None, FIRING), (FIRING, STALE), (STALE, RESOLVED)]
    assert story.rows("select source, way, last_at from ingest_source") == voices, "it was silent"
    with story.runtime.view(SYSTEM) as work:
        assert revision(work.session) > before
        (event,) = work.session.scalars(
            select(EventRecord).where(EventRecord.kind == "AlertsClosed")
        )
        assert (event.by, event.subject) == ("asha", f"alert:{hex_of(stale)}")
        assert event.body["reason"] == "decommissioned"
        assert queries.alert(work, stale).alert.state == RESOLVED


def test_its_source_may_speak_again(story: Story, stale: int) -> None:
    story.go_to(300)
    close(story, stale)
    assert story.say(start=0, lease=400, said=250) == 0, "said before it was closed"
    story.go_to(310)
    assert story.say(start=0, lease=550) == 1, "the source never said that the episode ended"
    assert story.moves()[-1] == (RESOLVED, FIRING)
    story.go_to(320)
    story.say(state=RESOLVED, start=0)
    story.go_to(330)
    assert story.say(start=0, lease=570) == 0, "now it has"


@pytest.mark.parametrize(
    ("reason", "key", "by", "expect"),
    [
        pytest.param(" ", 0, None, BadInput, id="no reason"),
        pytest.param("x", 1, None, NotFound, id="no such alert"),
        pytest.param("x", 0, person("t", Role.NOC_OPERATOR, "TZ"), NotAllowed, id="other market"),
        pytest.param("x", 0, person("a", Role.AUDITOR), NotAllowed, id="who only reads"),
    ],
)
def test_refused(
    story: Story, stale: int, reason: str, key: int, by: object, expect: type[Exception]
) -> None:
    with pytest.raises(expect):
        close(story, key or stale, reason=reason, by=by)
    with pytest.raises(BadInput):
        close(story)
    assert story.moves()[-1] == (FIRING, STALE)


def test_all_of_them_or_none(story: Story, stale: int) -> None:
    story.say(start=0, lease=900, labels={"alertname": "B", "country": "KE"})
    firing = int(story.rows("select key from alert where state = 0")[0][0])
    with pytest.raises(Conflict, match="not stale but firing"):
        close(story, stale, firing)
    assert story.rows("select count(*) from alert where state = 1") == [(1,)]
