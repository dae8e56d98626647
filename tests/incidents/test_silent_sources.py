"""A source falls silent: one line of the story for each source and market, however many alerts."""

from collections.abc import Sequence

from incidents import queries
from ssoc.core.permissions import Actor, Role
from ssoc.monitoring import jobs
from ssoc.monitoring.report import Report
from tests import factories
from tests.incidents.stories import Story

COUNTRIES = ("KE", "MZ", "TZ")


def leased(*components: str, until: float, **given: object) -> list[Report]:
    return [
        factories.report(
            component=each,
            market=each.rpartition("-")[2].upper(),
            lease_until=factories.at(until),
            **given,
        )
        for each in components
    ]


def silence_lines(story: Story, incident: int, who: Actor | None = None) -> Sequence[str]:
    reader = who or factories.person("amina")
    with story.runtime.view(reader) as work:
        moments = queries.timeline(work, incident)
    return sorted(each.text for each in moments if each.kind == "silent")


def shared(story: Story, services: int = 12) -> list[str]:
    """Let one database of three countries fail with all that needs it."""
    names = [f"s{n}-{code.lower()}" for n in range(services) for code in COUNTRIES]
    story.estate(", ".join(f"{each} > db" for each in names))
    return names


def test_one_line_for_each_source_and_market(story: Story) -> None:
    names = shared(story)
    story.fire("db")
    story.send(*leased(*names, until=240))
    story.settle()
    assert story.alone() == ["db"]
    story.until(239)
    jobs.sweep_leases(story.runtime)
    story.turn()
    assert silence_lines(story, 1) == []
    story.until(240)
    jobs.sweep_leases(story.runtime)
    story.turn()
    found = silence_lines(story, 1)
    assert len(found) == 3, found
    for code, text in zip(COUNTRIES, found, strict=True):
        mine = f"s0-{code.lower()}, s1-{code.lower()}, s10-{code.lower()}, s11-{code.lower()}"
        said = f"{mine} and 8 more: their source prometheus is silent since 08:04 UTC"
        assert text == said
    story.turn(60)
    assert len(silence_lines(story, 1)) == 3
    story.send(*leased(*names, until=900, said_at=factories.at(320)))
    story.turn(20)
    found = silence_lines(story, 1)
    assert sum("is heard again at 08:05 UTC" in text for text in found) == 3
    assert len(found) == 6


def test_two_sources_of_one_market_are_two_lines(story: Story) -> None:
    story.estate("a-ke > db-ke, b-ke > db-ke")
    story.fire("db-ke")
    story.send(*leased("a-ke", until=100), *leased("b-ke", until=100, source="zabbix"))
    story.settle()
    story.until(100)
    jobs.sweep_leases(story.runtime)
    story.turn()
    assert silence_lines(story, 1) == [
        "a-ke: its source prometheus is silent since 08:01 UTC",
        "b-ke: its source zabbix is silent since 08:01 UTC",
    ]


def test_several_turns_of_one_silence_are_one_line(story: Story) -> None:
    """A mass end of leases is taken in batches."""
    story.estate("a-ke > db-ke, b-ke > db-ke")
    story.fire("db-ke")
    story.send(*leased("a-ke", until=100), *leased("b-ke", until=104))
    story.settle()
    for second in (100, 104):
        story.until(second)
        jobs.sweep_leases(story.runtime)
        story.turn()
    assert len(silence_lines(story, 1)) == 1


def test_a_reader_of_one_market_reads_no_source_of_the_others(story: Story) -> None:
    shared(story, services=1)
    story.fire("db")
    story.send(*leased("s0-ke", "s0-tz", until=100, source="kenya-secret"))
    story.settle()
    story.until(100)
    jobs.sweep_leases(story.runtime)
    story.turn()
    found = silence_lines(story, 1, factories.person("neema", Role.NOC_OPERATOR, "TZ"))
    assert [text for text in found if "kenya-secret" in text] == [
        "s0-tz: its source kenya-secret is silent since 08:01 UTC"
    ]


def test_each_market_gets_its_own_source_silent(story: Story) -> None:
    """Three markets at once, whatever incident their alerts are in: three alerts, three places."""
    names = shared(story)
    story.fire("db")
    story.send(*leased(*names, until=240))
    story.settle()
    story.until(240)
    jobs.sweep_leases(story.runtime)
    jobs.watch_sources(story.runtime)
    story.settle()
    own = [each for each in story.alone() if "SourceSilent" in each]
    assert own == [f"?{code}/SourceSilent" for code in COUNTRIES]
