"""Links are lost one after the other, or together and come back one by one: one incident each."""

import pytest

from incidents import queries
from incidents.models import Incident
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.polling.recorder import Recorder
from ssoc.notify import queries as notify
from tests.journeys.test_countries_vanish import MARKETS, UPLINK, Sky
from tests.journeys.test_countries_vanish import made as made


@pytest.fixture
def sky(runtime: Runtime, clock: FrozenClock, made: Recorder) -> Sky:
    found = Sky(runtime, clock, made)
    found.minutes(2)
    return found


def standing(sky: Sky) -> dict[str, tuple[str, ...]]:
    """Return where incidents stand on the wall, and which markets each does not see."""
    return {each.component: each.unseen for each in sky.lines()}


def told(sky: Sky, number: int) -> list[str]:
    with sky.runtime.view(SYSTEM) as work:
        return [each.text for each in queries.timeline(work, number)]


def pages(sky: Sky, number: int) -> list[str]:
    outbox.deliver(sky.runtime)
    with sky.runtime.view(SYSTEM) as work:
        return [str(each.kind) for each in notify.pages_of(work, number)]


def test_a_second_link_minutes_later_is_a_second_incident(sky: Sky) -> None:
    """ET for four minutes, then LS: six others answer over the uplink, nobody blames it."""
    sky.minutes(4, away=("ET",))
    (first,) = sky.lines()
    sky.minutes(5, away=("ET", "LS"))
    assert standing(sky) == {"link-et": ("ET",), "link-ls": ("LS",)}
    assert not [each for each in told(sky, first.id) if "seen again" in each]
    assert pages(sky, first.id) == ["firing"]
    sky.minutes(4, away=("LS",))
    assert standing(sky) == {"link-ls": ("LS",)}
    sky.minutes(3)
    assert standing(sky) == {}
    assert _count(sky) == 2


def test_a_lost_link_goes_on_as_part_of_the_shared_one_and_alone_again(sky: Sky) -> None:
    """ET is lost; a minute later all: ET's incident is nested, and stands alone again after."""
    sky.minutes(3, away=("ET",))
    (first,) = sky.lines()
    sky.minutes(4, away=MARKETS)
    assert list(standing(sky)) == [UPLINK]
    story = told(sky, first.id)
    assert any("now part of INC-2" in each for each in story)
    assert not [each for each in story if "seen again" in each or "recovered" in each]
    assert "resolved" not in pages(sky, first.id)
    sky.minutes(3, away=("ET",))
    assert standing(sky) == {"link-et": ("ET",)}
    assert not [each for each in told(sky, first.id) if "seen again" in each]
    assert not [each for each in told(sky, 2) if "seen again" in each and "Ethiopia" in each]
    assert "resolved" not in pages(sky, first.id)
    sky.minutes(3)
    assert standing(sky) == {}
    assert _count(sky) == 2


def test_what_is_left_of_a_shared_loss_is_the_same_incident(sky: Sky) -> None:
    """Three vanish, two return: the incident moves to the link of the third."""
    sky.minutes(4, away=("ET", "LS", "KE"))
    (line,) = sky.lines()
    assert line.component == UPLINK
    sky.minutes(5, away=("LS",))
    (line,) = sky.lines()
    assert (line.component, line.unseen) == ("link-ls", ("LS",))
    assert line.title == "link-ls: not seen: Lesotho"
    assert any("Lesotho is still not seen" in each for each in told(sky, line.id))
    assert pages(sky, line.id) == ["firing"]
    sky.minutes(3)
    assert standing(sky) == {}, "nothing flaps by our own counting"
    assert _count(sky) == 1
    assert pages(sky, line.id)[-1] == "resolved"


def _count(sky: Sky) -> int:
    with sky.runtime.view(SYSTEM) as work:
        return work.session.query(Incident).count()
