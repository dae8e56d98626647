"""What people do with incidents, on both databases."""

import pytest

from incidents import actions, queries
from incidents.lifecycle import State
from incidents.queries import Filters
from ssoc.core.errors import IllegalMove, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime, Work
from tests import factories

AMINA = factories.person("amina", Role.NOC_OPERATOR, "KE")


def test_taking_an_incident(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        number = factories.incident(work).id
    with runtime.work(AMINA) as work:
        taken = actions.acknowledge(work, number)
        assert (taken.state, taken.owner) == (State.ACKNOWLEDGED, "amina")
    with pytest.raises(IllegalMove), runtime.work(AMINA) as work:
        actions.acknowledge(work, number)
    with runtime.view(AMINA) as work:
        assert [each.text for each in queries.page(work, number).timeline] == [
            "acknowledged by amina"
        ]
        assert queries.wall(work).counts[Priority.P1] == 1


def test_acting_needs_every_market_and_seeing_any(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        both = factories.incident(work, ["KE", "TZ"]).id
        other = factories.incident(work, ["TZ"], component="core-tz").id
    with runtime.view(AMINA) as work:
        assert queries.line_of(work, both).markets == ("KE",)
        assert [each.id for each in queries.triage(work).items] == [both]
    with pytest.raises(NotAllowed, match="1 more market"), runtime.work(AMINA) as work:
        actions.acknowledge(work, both)
    with pytest.raises(NotFound), runtime.work(AMINA) as work:
        actions.acknowledge(work, other)


def test_a_note_needs_one_market_and_an_update_all(runtime: Runtime) -> None:
    viewer = factories.person("juma", Role.EXECUTIVE, "KE")
    with runtime.work(SYSTEM) as work:
        both = factories.incident(work, ["KE", "TZ"]).id
        other = factories.incident(work, ["TZ"], component="core-tz").id
    with runtime.work(AMINA) as work:
        actions.note(work, both, "the carrier is informed")
    with pytest.raises(NotAllowed, match="1 more market"), runtime.work(AMINA) as work:
        actions.update(work, both, "we work on it")
    with pytest.raises(NotFound), runtime.work(AMINA) as work:
        actions.note(work, other, "not mine")
    with pytest.raises(NotAllowed, match="KE"), runtime.work(viewer) as work:
        actions.note(work, both, "only looking")
    with runtime.view(AMINA) as work:
        told = [each.text for each in queries.timeline(work, both)]
    assert told == ["the carrier is informed"]


def test_the_queue_pages_by_keyset(work: Work) -> None:
    ids = [factories.incident(work, component=f"c{n}").id for n in range(5)]
    seen, cursor = [], ""
    while True:
        found = queries.triage(work, Filters(market="KE"), cursor, limit=2)
        seen += [each.id for each in found.items]
        cursor = found.next
        if not cursor:
            break
    assert seen == ids
    assert found.total == 5
